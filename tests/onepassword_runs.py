"""What the tests of 1Password share: one run of the program, with or without a terminal, and what it asked of `op`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from typing import NamedTuple

import pexpect

SAID = "mfa-session: "
HINT = SAID + "hint: "


def asked(world) -> list[dict]:
    """The calls that want something of 1Password; the list of accounts is looked at whenever `op` is slow."""
    return [call for call in world.op.calls if call["argv"][:2] != ["account", "list"]]


def argvs(world) -> list[list[str]]:
    return [call["argv"] for call in asked(world)]


class Failure(NamedTuple):
    message: str
    hints: list[str]
    stderr: str


def failure(world, account: str = "test", *, status: int = 1, **environ: str) -> Failure:
    """A run that has to fail as everything does here: nothing on stdout, one sentence, something to type."""
    return explained(world.run("export", account, **environ), status)


def explained(result: subprocess.CompletedProcess, status: int = 1) -> Failure:
    assert (result.returncode, result.stdout) == (status, ""), result.stderr
    assert not any(trace in result.stderr for trace in ("Traceback", ".py"))
    # Whether these two come depends on how fast the machine is just now.
    passing = ("approve the 1Password prompt", "AWS refused the code (it takes each one once)")
    lines = [one for one in result.stderr.splitlines() if not one.removeprefix(SAID).startswith(passing)]
    assert lines[0].startswith(SAID)
    assert not lines[0].startswith(HINT)
    assert all(line.startswith(HINT) for line in lines[1:]), result.stderr
    return Failure(
        lines[0].removeprefix(SAID), [line.removeprefix(HINT) for line in lines[1:]], result.stderr
    )


def start(world, *args: str, **environ: str) -> subprocess.Popen:
    """A run that the test goes on beside; the program leads a session without a terminal."""
    return subprocess.Popen(
        [world.bin / "mfa-session", *args],
        cwd=world.home,
        env=world.env | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_hear_ctrl_c,
    )


def _hear_ctrl_c() -> None:
    """Tests that run in the background were started deaf to it, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


IN_A_SHELL = """\
trap : INT
mfa-session export {account} --shell json >{file}
code=$?
stty -a
exit $code
"""


class Window:
    """A shell in a terminal that runs `mfa-session export`, its stdout in a file as `$(…)` would have it."""

    def __init__(self, world, account: str = "test", **environ: str) -> None:
        self.file = world.home / "session.json"
        self.typescript = pexpect.spawn(
            "/bin/sh",
            ["-c", IN_A_SHELL.format(account=account, file=self.file.name)],
            cwd=str(world.home),
            env=world.env | environ,
            encoding="utf-8",
            timeout=30,
            preexec_fn=_hear_ctrl_c,
        )
        self.pid = self.typescript.pid
        self.shown = ""

    def see(self, text: str) -> None:
        self.typescript.expect_exact(text)
        self.shown += self.typescript.before + self.typescript.after

    def type(self, line: str) -> None:
        self.typescript.sendline(line)

    def end(self) -> int:
        """The program's exit status, once it has ended by itself; the terminal has to be as it was."""
        self.typescript.expect(pexpect.EOF)
        self.shown += self.typescript.before
        self.typescript.close()
        assert {"echo", "icanon", "isig"} <= set(re.split(r"[;\s]+", self.shown)), self.shown
        return self.typescript.exitstatus

    def session(self) -> dict:
        assert self.end() == 0, self.shown
        return json.loads(self.file.read_text())


def wait_for(condition, seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def program(world, script: str, name: str = "op") -> None:
    """Put a program of the test's own in front of the stand-in, which the script can run as `real-op`."""
    if not (world.bin / "real-op").exists():
        world.op.program.rename(world.bin / "real-op")
    path = world.bin / name
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)


def item(world, title: str) -> dict:
    return next(one for one in world.op.state["items"] if one["title"] == title)


def otp_field(world, title: str) -> dict:
    return next(one for one in item(world, title)["fields"] if one["type"] == "OTP")
