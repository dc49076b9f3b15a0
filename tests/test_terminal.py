"""A person at a terminal: what is asked, what is shown, what Ctrl-C does, and what is left on the screen and on disk."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
import time
from pathlib import Path

import conftest
import pexpect
import pytest
import shell_family

pytestmark = pytest.mark.one_python

PROMPT = "ready> "  # of every shell here
INTERACTIVE = {
    "bash": ("--noprofile", "--norc", "-i"),
    "zsh": ("-f", "-i"),
    "fish": ("-i", "-C", f"function fish_prompt; echo -n '{PROMPT}'; end; set fish_greeting"),
}
SOURCE = {
    "bash": "source get_mfa_session.sh test",
    "zsh": "source get_mfa_session.sh test",
    "fish": "source (command -s get_mfa_session.fish) test",
}
TOUCH = "press Enter in place of the fingerprint"
PASSWORD = "Enter the password for user@example.com at my.1password.com:"
APPROVE = "mfa-session: approve the 1Password prompt for test (111122223333)"


class Window:
    """An interactive shell in a terminal of its own; `seen` is all that ever came to the screen."""

    def __init__(self, world, shell: str) -> None:
        self.home = world.home
        self.log = io.StringIO()
        env = world.env | {"PS1": PROMPT, "TERM": "dumb"}
        how = {"cwd": world.home, "env": env, "encoding": "utf-8", "timeout": 30, "dimensions": (50, 400)}
        # Tests that were started in the background may have come to ignore it, and hand that down.
        how["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.child = pexpect.spawn(conftest.shell(shell), list(INTERACTIVE[shell]), **how)
        self.child.logfile_read = self.log
        self.expect(PROMPT)

    @property
    def seen(self) -> str:
        return self.log.getvalue()

    def expect(self, text: str) -> None:
        self.child.expect_exact(text)

    def type(self, line: str) -> None:
        self.child.sendline(line)

    def do(self, line: str) -> str:
        """Type a line, and wait for the prompt behind what it does; returns what came to the screen meanwhile."""
        self.type(f"{line}; echo do''ne")
        self.expect("done\r\n")
        shown = self.child.before
        self.expect(PROMPT)
        return shown

    def state(self, name: str) -> tuple[dict[str, str], str]:
        """The environment and the modes of the terminal that a program gets here."""
        self.do(f"{shell_family.DUMP} {name}; stty -g >{name}.modes")
        return shell_family.dumped(self.home / name), (self.home / f"{name}.modes").read_text()

    def close(self) -> None:
        self.type("exit")
        self.child.expect(pexpect.EOF)
        self.child.close()


@pytest.fixture
def open_window(world):
    windows = []

    def opened(shell: str) -> Window:
        windows.append(Window(world, shell))
        return windows[-1]

    yield opened
    for window in windows:
        window.child.close(force=True)


@pytest.fixture
def world(world):
    shell_family.link_shims(world.bin)
    (world.home / "dump.py").write_text(shell_family.DUMPER)
    world.env |= {"PYTHON": sys.executable, "DUMP": "dump.py"}
    return world


def wait_for(condition) -> None:
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """False for a zombie too: in a container there may be nobody to collect it."""
    stat = Path(f"/proc/{pid}/stat")  # where there is no /proc, zombies are collected
    try:
        os.kill(pid, 0)
        return not (stat.exists() and ") Z " in stat.read_text())
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize("shell", INTERACTIVE)
def test_a_touch_inside_the_substitution_and_no_secret_on_screen_or_in_history(world, open_window, shell):
    world.op.update(auth={"mode": "touch"})
    window = open_window(shell)
    if shell == "zsh":
        window.do("HISTFILE=~/.zsh_history HISTSIZE=100 SAVEHIST=100; setopt rcs")  # -f means no history too
    window.type(SOURCE[shell])
    window.expect(TOUCH)
    window.type("")
    window.expect("mfa-session: test is live until ")
    assert "12h" in window.do("mfa-session status --short")
    window.do("mfa_session_deactivate")
    window.close()
    name = ".local/share/fish/fish_history" if shell == "fish" else f".{shell}_history"
    history = (world.home / name).read_text()
    assert SOURCE[shell] in history
    for secret in world.secrets:
        assert secret not in window.seen + history


@pytest.mark.parametrize(
    ("shell", "mode"),
    [*((shell, "touch") for shell in INTERACTIVE), ("bash", "not_signed_in"), ("bash", "ok")],
)
def test_ctrl_c_gives_130_and_everything_back(world, open_window, shell, mode):
    world.op.update(auth={"mode": mode, "password": "open sesame"})
    world.aws.fault("GetSessionToken", "hang")
    window = open_window(shell)
    before = window.state("before")
    window.type(SOURCE[shell])
    window.expect({"touch": TOUCH, "not_signed_in": PASSWORD, "ok": SOURCE[shell]}[mode])
    wait_for(lambda: mode != "ok" or world.aws.count("GetSessionToken"))
    window.child.sendintr()
    window.expect(PROMPT)
    assert "status=130\r\n" in window.do("echo status=" + ("$status" if shell == "fish" else "$?"))
    assert window.state("after") == before
    for call in world.op.calls:
        wait_for(lambda pids=(call["pid"], call["ppid"]): not any(map(alive, pids)))
    assert "Traceback" not in window.seen


@pytest.mark.parametrize("delay", [2, 0.3])
def test_the_prompt_is_announced_only_where_op_lets_wait(world, open_window, delay):
    world.op.update(auth={"mode": "prompt", "delay": delay})
    window = open_window("bash")
    window.type(SOURCE["bash"])
    window.expect("mfa-session: test is live until ")
    call = world.op.calls[0]
    assert (APPROVE in window.seen) is (call["ended"] - call["started"] > 1)


def screen(seen: str) -> str:
    """What of it is still there to read, by the few movements that are used here."""
    lines, row = [""], 0
    for part in re.split(r"(\r?\n|\r|\x1b\[1A|\x1b\[2K)", seen):
        if part.endswith("\n"):
            row += 1
            lines += [""] * (row == len(lines))
        elif part == "\x1b[1A":
            row -= 1
        elif part == "\x1b[2K":
            lines[row] = ""
        elif part != "\r":
            lines[row] += part
    return "\n".join(lines)


def test_a_password_is_asked_for_once_and_leaves_no_trace(world, open_window):
    world.op.update(auth={"mode": "not_signed_in", "password": "open sesame"})
    window = open_window("bash")
    before = window.state("before")
    window.type(SOURCE["bash"])
    window.expect(PASSWORD)
    wait_for(lambda: not window.child.getecho())
    window.type("open sesame")
    window.expect("mfa-session: test is live until ")
    window.do("mfa_session_deactivate")
    assert window.state("after") == before
    window.close()
    assert window.seen.count(PASSWORD) == 1
    assert PASSWORD not in screen(window.seen)
    (token,) = world.op.state_file.parent.glob("*.memory/token-*")
    for secret in ("open sesame", token.name.removeprefix("token-"), *world.secrets):
        assert secret not in window.seen


def test_without_a_terminal_a_dialog_will_do_but_a_password_can_not_be_asked_for(world):
    world.op.update(auth={"mode": "prompt", "outcome": "approve"})
    world.export("test")
    world.op.update(auth={"mode": "not_signed_in", "password": "open sesame"})
    result = world.run("export", "test")
    assert (result.returncode, result.stdout) == (4, "")
    assert "mfa-session: hint: type: eval $(op signin)\n" in result.stderr


# It holds up the program that has started it until the terminal is as op wants it, as a busy machine may do.
HASTY_OP = """\
#!/bin/sh
case $1 in item) kill -STOP $PPID; stty raw -echo </dev/tty; kill -CONT $PPID ;; esac
exec "$0-itself" "$@"
"""


@pytest.mark.parametrize("hasty", [False, True])
def test_op_without_an_account_is_not_left_asking_and_the_terminal_recovers(world, open_window, hasty):
    world.op.update(auth={"mode": "no_accounts"})
    if hasty:
        world.op.program.rename(f"{world.op.program}-itself")
        world.op.program.write_text(HASTY_OP)
        world.op.program.chmod(0o755)
    window = open_window("bash")
    before = window.state("before")
    started = time.monotonic()
    window.type(SOURCE["bash"])
    window.expect("mfa-session: op is not connected to any 1Password account")
    window.expect("mfa-session: hint: ")
    assert "status=1\r\n" in window.do("echo status=$?")
    assert time.monotonic() - started < 10
    assert window.state("after") == before
    assert not alive(world.op.calls[0]["pid"])


def test_a_code_that_was_used_is_waited_out_before_the_persons_eyes(world, open_window):
    world.export("test")
    window = open_window("bash")
    counts = []
    while not counts:  # else the step has ended in between, and op had another code by then
        window.type(SOURCE["bash"])
        while (
            window.child.expect([r"next code in (\d+) s: the code of this moment", "test is live until "])
            == 0
        ):
            counts.append(int(window.child.match[1]))
    window.close()
    assert len(counts) > counts[0] / 2
    assert counts == sorted(counts, reverse=True)
    assert "next code in" not in screen(window.seen)
    answers = [request.error for request in world.aws.requests if request.action == "GetSessionToken"]
    assert set(answers) == {""}, "the used one was not sent again"
