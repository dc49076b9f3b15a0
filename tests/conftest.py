"""A world for each test: a home, an account, stand-ins for `op` and AWS, and an environment with nothing else in it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import longest
import programs
import pytest
from standins import op_install, sts

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = Path(sys.executable).parent
NO_NETWORK = "http://tests-must-not-reach-the-network.invalid:1"

# Whoever was started in the background is deaf to Ctrl-C, or by nohup to SIGHUP, and hands that down to all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.environ["HOME"] = "/nonexistent/this-test-forgot-to-choose-a-home"
for name in [name for name in os.environ if name.startswith(("AWS_", "OP_", "MFA_SESSION_", "XDG_"))]:
    del os.environ[name]


ONE_PYTHON = re.compile(r"^pytestmark = .*\bpytest\.mark\.one_python\b", re.MULTILINE)


def pytest_ignore_collect(collection_path, config):
    """On the other Pythons, files whose tests would all be deselected: to import them takes longer than to read them."""
    if config.option.markexpr != "not one_python" or collection_path.suffix != ".py":
        return None
    return True if ONE_PYTHON.search(collection_path.read_text(encoding="utf-8")) else None


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: longest.RANKS.get(item.path.stem, len(longest.RANKS)))


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """In this process; the programs that tests start are kept in by an HTTPS_PROXY that names the offence."""
    connect = socket.socket.connect

    def loopback_only(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            raise AssertionError(f"this test reached for the network: {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", loopback_only)


@pytest.fixture
def aws():
    """The stand-in for AWS, with a user for each account of `World`."""
    with sts.AwsStandIn(users=[dataclasses.replace(sts.DEMO_USER), dataclasses.replace(PROD_USER)]) as server:
        yield server
        assert not server.bugs, server.bugs


PROD_USER = sts.User(
    account_id="444455556666",
    name="alice",
    access_key_id="AKIAEXAMPLEPROD00000",
    secret_access_key="another/+secret/of/nobody/at/all/0000000",
    mfa_serial="arn:aws:iam::444455556666:mfa/alice",
    seed="KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU",
)


class World:
    """A person's home with the accounts `test` (its key in an AWS profile) and `prod` (its key in 1Password)."""

    def __init__(self, folder: Path, aws: sts.AwsStandIn) -> None:
        self.aws = aws
        self.user = aws.users[0]
        self.home = folder / "home"
        self.bin = folder / "bin"
        for made in (self.home, self.bin):
            made.mkdir()
        prod = aws.users[1]
        state = op_install.default_state(seed=self.user.seed)
        state["items"].append(_prod_item(state["items"][0], prod))
        self.op = op_install.install(self.bin, state)
        for program in (
            "mfa-session",
            "mfa-session-credentials",
            "get_mfa_session.sh",
            "get_mfa_session.fish",
        ):
            (self.bin / program).symlink_to(SCRIPTS / program)
        self.write(
            ".aws/credentials",
            f"[test-bootstrap]\naws_access_key_id = {self.user.access_key_id}\n"
            f"aws_secret_access_key = {self.user.secret_access_key}\n",
        )
        self.write(".aws/config", "[profile test-bootstrap]\nregion = eu-west-1\n")
        self.account()
        self.account(
            "prod",
            AWS_ACCOUNT_ID=prod.account_id,
            MFA_SERIAL=prod.mfa_serial,
            OP_ITEM="AWS prod",
            OP_VAULT="Work",
            AWS_ACCESS_KEY_ID="op://Work/AWS prod/access key id",
            AWS_SECRET_ACCESS_KEY="op://Work/AWS prod/secret access key",
            AWS_REGION="us-east-1",
        )
        self.env = {
            "HOME": str(self.home),
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "TZ": "UTC",
            "AWS_ENDPOINT_URL": aws.url,
            "MFA_SESSION_STORE": "none",  # what is kept would be found by another test; those of the stores choose
            "HTTPS_PROXY": NO_NETWORK,
            "NO_PROXY": "127.0.0.1",
        }

    @property
    def secrets(self) -> list[str]:
        """Everything that must not be seen: keys, seeds, sessions minted so far."""
        known = [*self.aws.key_secrets, *(user.seed for user in self.aws.users)]
        for session in self.aws._world.sessions.values():
            known += [session.secret_access_key, session.token]
        return known

    def forget_codes(self) -> None:
        """On both sides, for tests that need several sessions within one step."""
        self.aws.forget_codes()
        for folder in (self.home / ".local/state", Path(self.env.get("XDG_RUNTIME_DIR", "/nonexistent"))):
            for note in (folder / "mfa-session").glob("device-*"):
                note.unlink()

    def write(self, name: str, text: str, mode: int = 0o600) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def account(self, name: str = "test", **keys: str | None) -> Path:
        """Write `envs/.env.NAME`; the keys replace those of the account `test`, None leaves one out."""
        usual = {
            "AWS_ACCOUNT_ID": self.user.account_id,
            "MFA_SERIAL": self.user.mfa_serial,
            "OP_ITEM": "AWS test",
        }
        lines = [f"{key}={value}" for key, value in (usual | keys).items() if value is not None]
        return self.write(f"envs/.env.{name}", "\n".join(lines) + "\n")

    def run(self, *args: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run mfa-session as a person in their home would, but with no terminal."""
        return self.call([str(self.bin / "mfa-session"), *args], **environ)

    def call(self, argv: list[str], cwd: Path | None = None, timeout: float = 60, **environ: str):
        return subprocess.run(
            argv,
            cwd=cwd or self.home,
            env=self.env | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            start_new_session=True,
            check=False,
        )

    def export(self, *args: str, **environ: str) -> dict:
        """The session as an object; fails the test where there is none."""
        result = self.run("export", "--shell", "json", *args, **environ)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)


def _prod_item(test_item: dict, user: sts.User) -> dict:
    values = {
        "access key id": user.access_key_id,
        "secret access key": user.secret_access_key,
        "one-time password": user.seed,
    }
    fields = [
        field | {"id": f"prod{number}", "value": values.get(field["label"], field["value"])}
        for number, field in enumerate(test_item["fields"])
    ]
    place = {"id": "awsproditemaaaaaaaaaaaaaaa", "title": "AWS prod", "vault": "workvaultaaaaaaaaaaaaaaaaa"}
    return test_item | place | {"fields": fields}


@pytest.fixture
def world(tmp_path, aws):
    return World(tmp_path, aws)


# What a command does with what is kept is the same for both, and so it is for one of them on the other Pythons;
# tests/test_stores.py and tests/test_kernel_keyring.py run the kernel's itself on each.
KERNEL = pytest.param("kernel", marks=pytest.mark.one_python)


@pytest.fixture(params=[KERNEL, "runtime"])
def shared(request, world):
    """`world`, in which sessions are kept for all processes; what a test has kept goes with it.

    `kernel_only` is for what has to do with that store.
    """
    import keyctl_runs

    world.env["MFA_SESSION_STORE"] = request.param
    if request.param == "kernel":
        keyctl_runs.skip_where_forbidden()
        yield world
        keyctl_runs.tidy(str(world.home))
        return
    if not Path("/dev/shm").is_dir():
        pytest.skip("needs a file system in memory: run it on Linux")
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="mfa-session-test-") as folder:
        world.env["XDG_RUNTIME_DIR"] = folder
        yield world


@pytest.fixture
def runtime(world):
    """`world`, with a runtime folder in memory, as a login session has it; sessions are kept there."""
    if not Path("/dev/shm").is_dir():
        pytest.skip("needs a file system in memory: run it on Linux")
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="mfa-session-test-") as folder:
        world.env |= {"XDG_RUNTIME_DIR": folder, "MFA_SESSION_STORE": "runtime"}
        yield world


kernel_only = pytest.mark.parametrize("shared", [KERNEL], indirect=True)
# For what is slow, and not about where a session is kept: another test of the same file has shown that for both.
either_store = pytest.mark.parametrize("shared", ["runtime"], indirect=True)


def shell(name: str) -> str:
    """The path of a shell. Where it is missing: a failure in CI, a skip that says what to install elsewhere."""
    return programs.path_of(name, f"{name}, or brew install {name}")
