"""Puts the stand-in for `op` into a folder of PATH, and gives a test its state and its log."""

from __future__ import annotations

import copy
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from standins import op_state

WRAPPER = """\
#!/bin/sh
# A stand-in for the 1Password CLI, for tests and the demo; not the real one.
STANDIN_OP_STATE={state}
STANDIN_OP_LOG={log}
export STANDIN_OP_STATE STANDIN_OP_LOG
exec {python} -I -S {program} "$@"
"""


class OpStandIn:
    """One installed stand-in: `state` is what it is told, `stored` what it has now, `calls` what was asked of it."""

    def __init__(self, program: Path, state: dict, state_file: Path, log_file: Path) -> None:
        self.program = program
        self.state = state
        self.state_file = state_file
        self.log_file = log_file
        self.base: dict | None = None
        self.save()

    def save(self) -> None:
        """Writes the state so that a call in progress sees the old one or the new one, whole.

        Items that calls have written meanwhile stay, and come into `state`.
        """
        path = str(self.state_file)
        with op_state.locked(path):
            if self.base:
                op_state.merge(self.state, self.base, op_state.load(path))
            op_state.replace(path, self.state)
        self.base = copy.deepcopy(self.state)

    def update(self, **changes: object) -> None:
        """Replaces top-level keys of the state, for instance `auth={"mode": "locked"}`; quirks count anew."""
        self.state.update(changes)
        self.save()
        for fact in Path(f"{self.state_file}.memory").glob("quirk-*"):
            if "quirks" in changes:
                fact.unlink(missing_ok=True)

    def stored(self, title: str) -> list[dict]:
        """The items of that title as they are now, those in the archive too."""
        return [one for one in op_state.load(str(self.state_file))["items"] if one["title"] == title]

    @property
    def events(self) -> list[dict]:
        """Every line of the log, in order."""
        if not self.log_file.exists():
            return []
        text = self.log_file.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    @property
    def calls(self) -> list[dict]:
        """One entry per call in the order of their starts; `ended` and `exit` are None while (or if) it never ended."""
        calls: dict[tuple, dict] = {}
        for event in self.events:
            if event["event"] == "start":
                calls[event["pid"], event["started"]] = {**event, "ended": None, "exit": None}
            elif event["event"] == "end" and (event["pid"], event["started"]) in calls:
                calls[event["pid"], event["started"]].update(ended=event["ended"], exit=event["exit"])
        for call in calls.values():
            del call["event"]
        return list(calls.values())

    @property
    def prompts(self) -> list[dict]:
        """The approvals that a person was asked for."""
        return [event for event in self.events if event["event"] == "prompt"]

    def run(self, *args: str, given: str | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs it away from any terminal, with nothing but `environ` around it and `given` in a pipe on stdin."""
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environ}
        how = {"stdin": subprocess.DEVNULL} if given is None else {"input": given}
        return subprocess.run(
            [self.program, *args],
            **how,
            capture_output=True,
            env=env,
            start_new_session=True,
            timeout=60,
            text=True,
        )

    def clear(self) -> None:
        """Forgets the calls so far."""
        self.log_file.unlink(missing_ok=True)

    def forget(self) -> None:
        """Forgets approvals, session tokens and what has happened once, as locking the app does."""
        memory = Path(f"{self.state_file}.memory")
        for fact in memory.glob("*"):
            fact.unlink(missing_ok=True)


def install(bin_dir: Path, state: dict, *, name: str = "op", python: str = sys.executable) -> OpStandIn:
    """Makes `bin_dir/name` run the stand-in; its state, memory and log lie in a hidden folder beside it."""
    folder = bin_dir / f".{name}-stand-in"
    folder.mkdir(parents=True, exist_ok=True)
    program = bin_dir / name
    state_file, log_file = folder / "state.json", folder / "log.jsonl"
    texts = {
        "state": state_file.absolute(),
        "log": log_file.absolute(),
        "python": python,
        "program": Path(__file__).with_name("op.py").absolute(),
    }
    program.write_text(
        WRAPPER.format(**{key: shlex.quote(str(text)) for key, text in texts.items()}), encoding="utf-8"
    )
    program.chmod(0o755)
    return OpStandIn(program, state, state_file, log_file)


def default_state(
    *,
    seed: str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    access_key_id: str = "AKIAIOSFODNN7EXAMPLE",
    secret_access_key: str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    second_account: bool = False,
) -> dict:
    """One account, two vaults, and in `Private` the item "AWS test" with a key pair and a one-time password."""
    aws = {"id": "Section_aws", "label": "AWS"}
    accounts = [_account("my.1password.com", "user@example.com", "A")]
    if second_account:
        accounts.append(_account("team.1password.com", "user@example.com", "B"))
    return {
        "version": "2.32.1",
        "accounts": accounts,
        "vaults": [
            {"id": "privatevaultaaaaaaaaaaaaaa", "name": "Private"},
            {"id": "workvaultaaaaaaaaaaaaaaaaa", "name": "Work"},
        ],
        "items": [
            {
                "id": "awstestitemaaaaaaaaaaaaaaa",
                "title": "AWS test",
                "version": 1,
                "vault": "privatevaultaaaaaaaaaaaaaa",
                "category": "LOGIN",
                "created_at": "2024-01-01T12:00:00Z",
                "updated_at": "2024-01-01T12:00:00Z",
                "additional_information": "user@example.com",
                "fields": [
                    _field("username", "STRING", "username", "user@example.com", purpose="USERNAME"),
                    _field("password", "CONCEALED", "password", "correct horse battery", purpose="PASSWORD"),
                    _field(
                        "accesskeyidfieldaaaaaaaaaa", "STRING", "access key id", access_key_id, section=aws
                    ),
                    _field(
                        "secretkeyfieldaaaaaaaaaaaa",
                        "CONCEALED",
                        "secret access key",
                        secret_access_key,
                        section=aws,
                    ),
                    _field(
                        "TOTP_otpfieldaaaaaaaaaaaaa",
                        "OTP",
                        "one-time password",
                        seed,
                        section={"id": "add more"},
                    ),
                ],
            }
        ],
        "auth": {"mode": "ok"},
        "quirks": [],
        "latency": 0,
        "account_list_latency": 0,
        "clock_offset": 0,
    }


def _account(url: str, email: str, letter: str) -> dict:
    return {"url": url, "email": email, "user_uuid": letter * 26, "account_uuid": letter * 25 + "Z"}


def _field(ident: str, kind: str, label: str, value: str, **more: object) -> dict:
    return {"id": ident, **more, "type": kind, "label": label, "value": value}
