"""A conversation with `init` in a terminal."""

from __future__ import annotations

import re
import signal

import pexpect
from init_runs import no_accounts

NAME = "a name for the account [test]: "
KEY = "which AWS profile has the base key?"
DEVICE = "the ARN or number of your MFA device [arn:aws:iam::111122223333:mfa/alice]: "
ITEM = "which 1Password item has the one-time password?"
REGION = "the region, or none [none]: "
WRITE = "write this to envs/.env.test? [Y/n] "
PICK = "number or name [1]: "
IN_A_SHELL = """\
trap : INT
stty -a >before
mfa-session init {args}
code=$?
stty -a >after
exit $code
"""


class Talk:
    """`init` in a terminal, run by a shell that looks at the terminal's modes before and after."""

    def __init__(self, world, *args: str, columns: int = 120, **environ: str) -> None:
        self.folder = world.home / "project"
        self.child = pexpect.spawn(
            "/bin/sh",
            ["-c", IN_A_SHELL.format(args=" ".join(args))],
            cwd=str(self.folder),
            env=world.env | environ,
            encoding="utf-8",
            timeout=30,
            dimensions=(50, columns),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.shown = ""

    def see(self, text: str) -> str:
        """What came to the terminal before it."""
        self.child.expect_exact(text)
        self.shown += self.child.before + self.child.after
        return self.child.before

    def say(self, question: str, answer: str) -> str:
        before = self.see(question)
        self.child.sendline(answer)
        return before

    def end(self) -> int:
        """The exit code; the terminal has to be as it was."""
        self.child.expect(pexpect.EOF)
        self.shown += self.child.before
        self.child.close()
        assert (self.folder / "before").read_text() == (self.folder / "after").read_text()
        assert "Traceback" not in self.shown
        return self.child.exitstatus

    @property
    def left(self) -> str:
        """What can still be read in the end: from a place that was remembered, all behind it is erased."""
        shown = self.shown
        while match := re.search(r"\x1b7((?!\x1b7).)*?\x1b8\r\x1b\[J", shown, re.DOTALL):
            shown = shown[: match.start()] + shown[match.end() :]
        return shown


def asked_for_nothing_yet(world):
    """Someone in a checkout, whose 1Password also has an item without a code, and a card; returns the checkout."""
    made = no_accounts(world)
    world.env["AWS_PROFILE"] = "test-bootstrap"
    state = world.op.state
    plain = state["items"][0] | {"id": "consoleitemaaaaaaaaaaaaaaa", "title": "AWS console"}
    plain["fields"] = [field for field in plain["fields"] if field["type"] != "OTP"]
    state["items"].append(plain)
    state["items"].append(
        plain | {"id": "cardaaaaaaaaaaaaaaaaaaaaaa", "title": "Visa", "category": "CREDIT_CARD"}
    )
    world.op.save()
    return made
