"""An AWS config file for a test, and profiles of ours going in and out of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import botocore.configloader

from mfa_session.adapters import aws_config

PROGRAM = ["/opt/x y/bin/mfa-session-credentials", "/home/alice/envs/.env.test"]
BLOCK = """[profile test]
# written by mfa-session; to take it out, type: mfa-session configure test --remove
region = eu-west-1
credential_process = "/opt/x y/bin/mfa-session-credentials" "/home/alice/envs/.env.test" --
"""


class File:
    """An AWS config file in a folder of its own."""

    def __init__(self, data: bytes | str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "config")
        self.put(data)

    def put(self, data: bytes | str) -> None:
        self.path.write_bytes(data if isinstance(data, bytes) else data.encode())

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()

    @property
    def profiles(self) -> dict:
        return self.read()["profiles"]

    def read(self) -> dict:
        return botocore.configloader.load_config(str(self.path))

    def entry(self, profile: str = "test", account: str = "test") -> aws_config.Entry:
        environ = {
            "AWS_CONFIG_FILE": str(self.path),
            "AWS_SHARED_CREDENTIALS_FILE": f"{self.folder.name}/credentials",
        }
        return aws_config.Entry(profile, account, environ)

    def add(self, profile: str = "test", region: str | None = "eu-west-1", words: list[str] = PROGRAM):
        edit = self.entry(profile).adding(words, region)
        edit.save()
        return edit

    def remove(self, profile: str = "test"):
        edit = self.entry(profile).removing()
        edit.save()
        return edit


def profiles(config: Path) -> dict:
    """Those that botocore finds in it."""
    return botocore.configloader.load_config(str(config))["profiles"]


def beside(config: Path) -> list[str]:
    """What lies in its folder, itself included."""
    return sorted(path.name for path in config.parent.iterdir())
