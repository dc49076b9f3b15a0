"""What the tests of items in 1Password share: the adapter before the stand-in, and a look at all that `op` was given."""

from __future__ import annotations

import json
import re
import stat
import sys
import time
import traceback
from pathlib import Path

import pytest
from standins import op_install

from mfa_session.adapters.onepassword_items import Items
from mfa_session.errors import MfaSessionError
from mfa_session.model import BaseKey

ROOT = Path(__file__).resolve().parents[1]
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
KEY = BaseKey("AKIAEXAMPLENEWKEY001", "a/new+secret/of/nobody/at/all/0000000001")
SPARE = BaseKey("AKIAEXAMPLENEWKEY002", "a/spare+secret/of/nobody/at/all/00000002")
OLD = BaseKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
ID, VAULT = "awstestitemaaaaaaaaaaaaaaa", "privatevaultaaaaaaaaaaaaaa"
SECRETS = [SEED, KEY.secret_access_key, SPARE.secret_access_key, OLD.secret_access_key]
RECORDER = """\
#!/bin/sh
{{ env; printf '%s\\n' "$@"; }} >>"$HOME/seen"
{more}
exec real-op "$@"
"""
# What 1Password computes by itself, of an item and of a field.
COMPUTED = {
    "version",
    "updated_at",
    "last_edited_by",
    "additional_information",
    "sections",
    "totp",
    "reference",
}


class Place:
    """A home with `op` on its PATH, and the items of the default state: "AWS test" in the vault Private."""

    def __init__(self, folder: Path) -> None:
        self.home, self.bin = folder, folder / "bin"
        self.op = op_install.install(self.bin, op_install.default_state())
        self.op.program.rename(self.bin / "real-op")
        self.op.program = self.bin / "real-op"
        self.env = {"HOME": str(folder), "PATH": f"{self.bin}:/usr/bin:/bin"}
        self.first("")

    def first(self, more: str) -> None:
        """Have a script go first, each time; it is asked what the person's `op` is."""
        program = self.bin / "op"
        program.write_text(RECORDER.format(more=more), encoding="utf-8")
        program.chmod(0o755)

    def items(self, account: str | None = None, **environ: str) -> Items:
        return Items("test", self.env | environ, account)

    @property
    def test_item(self) -> dict:
        return self.op.state["items"][0]

    def add(self, title: str, vault: str = "Work", **changes: object) -> dict:
        """Another item like the first."""
        ident = re.sub(r"\W", "", title).lower().ljust(24, "x") + f"{len(self.op.state['items']):02}"
        vaults = {one["name"]: one["id"] for one in self.op.state["vaults"]}
        item = json.loads(json.dumps(self.test_item)) | {"id": ident, "title": title, "vault": vaults[vault]}
        self.op.state["items"].append(item | changes)
        self.op.save()
        return self.op.state["items"][-1]

    def value(self, reference: str) -> str:
        return self.op.run("read", reference).stdout.rstrip("\n")

    def json(self, item: str) -> dict:
        """The item as `op` shows it, without what 1Password computes by itself."""
        shown = json.loads(self.op.run("item", "get", item, "--format", "json").stdout)
        fields = [{name: one[name] for name in one.keys() - COMPUTED} for one in shown["fields"]]
        return {name: shown[name] for name in shown.keys() - COMPUTED} | {"fields": fields}

    def calls(self, *words: str) -> list[dict]:
        """Those whose command line has all these words."""
        return [call for call in self.op.calls if set(words) <= set(call["argv"])]

    def check(self) -> None:
        """No secret has been where others see it, or left on the disk, and writing went through a real pipe."""
        seen = (self.home / "seen").read_text() if (self.home / "seen").exists() else ""
        assert not [secret for secret in SECRETS if secret in seen]
        for call in self.calls("item", "--format"):
            assert call["stdin"] == ("fifo" if {"create", "edit"} & set(call["argv"]) else "chr")
        own = (self.op.state_file, self.op.log_file)
        for path in self.home.rglob("*"):
            if path.is_file() and path not in own and not stat.S_ISFIFO(path.stat().st_mode):
                text = path.read_text(encoding="utf-8", errors="replace")
                assert not [secret for secret in SECRETS if secret in text], path


@pytest.fixture
def place(tmp_path, monkeypatch):
    made = Place(tmp_path)
    monkeypatch.setenv("PATH", made.env["PATH"])
    yield made
    made.op.log_file.touch()
    made.check()


def with_values(item, key):
    """What is expected: the item with another key."""
    values = {OLD.access_key_id: key.access_key_id, OLD.secret_access_key: key.secret_access_key}
    fields = [
        one | {"value": values.get(one["value"], one["value"])} if "value" in one else one
        for one in item["fields"]
    ]
    return item | {"fields": fields}


def failure(call, *args: object) -> MfaSessionError:
    """The error of a call that has to fail; however loudly it is reported, no secret is in it."""
    with pytest.raises(MfaSessionError) as caught:
        call(*args)
    error = caught.value
    assert error.hints
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.args) + "".join(error.hints)
    assert not [secret for secret in SECRETS if secret in told]
    return error


DRIVER = """\
import json, os, sys
from mfa_session.adapters.onepassword_items import Items
from mfa_session.model import BaseKey
items = Items("test (111122223333)", dict(os.environ))
with open(sys.argv[1]) as file:
    steps = json.load(file)
os.remove(sys.argv[1])
for name, args in steps:
    args = [BaseKey(*one) if isinstance(one, list) else one for one in args]
    print(name, getattr(items, name)(*args))
"""


def driver(place: Place, *steps: tuple) -> list[str]:
    """The command line of a program that takes these steps, each the name of a method and its arguments."""
    file = place.bin / ".op-stand-in/steps"
    keyless = [
        (name, [list(vars_of(one)) if isinstance(one, BaseKey) else one for one in args])
        for name, *args in steps
    ]
    file.write_text(json.dumps(keyless))
    return [sys.executable, "-c", DRIVER, str(file)]


def vars_of(key: BaseKey) -> tuple[str, str]:
    return key.access_key_id, key.secret_access_key


def wait_for(condition, seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)
