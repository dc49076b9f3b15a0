"""A code that a person types: asked for, offered where its source fails, and in a race with one that is slow."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pexpect
import pytest
from code_runs import failure
from onepassword_runs import Window, alive, asked, program, wait_for
from standins import totp
from standins import ykman as standin
from test_secrets import watched
from test_terminal import Window as Shell
from test_terminal import screen

pytestmark = pytest.mark.one_python

QUESTION = "one-time code for test (111122223333): "
APPROVE = "approve the 1Password prompt for test (111122223333)"
INSTEAD = ", or type its code here"
DISMISS = {"mode": "prompt", "outcome": "dismiss"}
HANG = {"mode": "prompt", "outcome": "hang"}
LOCKED = {"mode": "error", "stderr": "[ERROR] 2026/01/02 03:04:05 error initializing client: app is locked\n"}
EXPORT = "mfa-session export test --shell json >session.json"


def code(world) -> str:
    return totp.code(world.user.seed, time.time())


def session(world) -> dict:
    return json.loads((world.home / "session.json").read_text())


def is_clean(world, shown: str, *more: str) -> bool:
    """Nothing of a question is left on the screen, and nothing of a code ever came to it."""
    codes = [totp.code(world.user.seed, time.time() + late) for late in (-30, 0, 30)]
    left = screen(shown)
    return not any(text in shown for text in (*codes, *world.secrets, *more)) and not any(
        text in left for text in ("one-time code for", "6 digits, please")
    )


def asking(world, **keys) -> Window:
    """A window in which the question for a code is being put."""
    world.account(OTP_SOURCE="prompt", OP_ITEM=None, **keys)
    window = Window(world)
    window.see(QUESTION)
    return window


@pytest.fixture
def shell(world):
    """An interactive bash, in which jobs can be stopped."""
    opened = Shell(world, "bash")
    yield opened
    opened.child.close(force=True)


# It answers, or goes on, once the test has made the file `go`.
PATIENT_OP = """\
#!/bin/sh
if [ "$1" = item ]; then while [ ! -e "$HOME/go" ]; do sleep 0.05; done; fi
exec real-op "$@"
"""


@pytest.fixture
def go(world):
    program(world, PATIENT_OP)
    return lambda: world.write("go", "")


def modes(shell: Shell) -> set[str]:
    return set(shell.do("stty -a").replace(";", " ").split())


USUAL = {"icanon", "echo", "isig"}


def test_a_code_is_asked_for_checked_and_leaves_nothing_behind(world):
    with watched(world) as seen:
        window = asking(world)
        window.type("12345x")
        window.see("6 digits, please")
        typed = code(world)
        window.type(f" {typed[:3]} {typed[3:]} ")
        window.session()
    assert is_clean(world, window.shown, "12345x")
    assert not world.op.calls
    everything = b"\n".join(seen)
    assert b"mfa-session" in everything
    assert typed.encode() not in everything


@pytest.mark.parametrize(
    ("key", "status", "words"),
    [
        ("\x03", 130, "^C"),
        ("\x04", 1, "no code was typed"),
        ("1\n2\n3\n", 1, "what was typed is no one-time code"),
    ],
    ids=["Ctrl-C", "Ctrl-D", "three times"],
)
def test_ways_not_to_type_one(world, key, status, words):
    window = asking(world)
    window.typescript.send(key)
    assert window.end() == status
    assert words in window.shown
    assert is_clean(world, window.shown)
    assert "Traceback" not in window.shown
    assert window.file.read_text() == ""


@pytest.mark.parametrize(("number", "race"), [(signal.SIGTERM, True), (signal.SIGHUP, False)])
def test_a_signal_gives_the_terminal_back(world, shell, number, race):
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip("needs to be started without nohup")
    world.op.update(auth=HANG)
    world.account(OTP_SOURCE="op" if race else "prompt")
    shell.type(f"{EXPORT}; stty -a")
    shell.expect(INSTEAD if race else QUESTION)
    for process in Path("/proc").glob("[0-9]*"):
        if is_ours(world, process):
            os.kill(int(process.name), number)
    shell.expect(" echo ")
    assert not (asked(world) and alive(asked(world)[0]["pid"]))


def is_ours(world, process: Path) -> bool:
    try:
        return f"{world.bin}/mfa-session".encode() in (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def test_ctrl_z_hands_the_terminal_over_and_fg_takes_it_again(world, shell):
    world.op.update(auth=HANG)
    for source in ("prompt", "op"):
        world.account(OTP_SOURCE=source)
        world.forget_codes()
        shell.type(EXPORT)
        shell.expect(QUESTION if source == "prompt" else INSTEAD)
        shell.child.send("\x1a")
        shell.expect("Stopped")
        shell.expect("ready> ")
        assert modes(shell) >= USUAL
        shell.type("fg")
        shell.expect(QUESTION if source == "prompt" else "export test")
        wait_for(lambda: not shell.child.getecho())
        shell.type(code(world))
        shell.expect("ready> ")
        assert session(world)
        assert modes(shell) >= USUAL
    assert is_clean(world, shell.seen)


@pytest.mark.parametrize("how", ["no terminal", "background"])
def test_where_nobody_can_type(world, shell, how):
    world.account(OTP_SOURCE="prompt", OP_ITEM=None)
    if how == "no terminal":
        assert "no terminal to type the code for test" in failure(world, status=4).message
    else:
        shell.type(f"{EXPORT} & wait $!; echo status=$?")
        shell.expect("no terminal to type the code for test")
        shell.expect("status=4")
    assert world.aws.count("GetSessionToken") == 0


def test_a_wrong_base_key_takes_the_question_back(world):
    world.user.active = False
    world.aws.latency = 0.5
    window = asking(world)
    assert window.end() == 1
    assert "AWS does not know the base key" in window.shown
    assert is_clean(world, window.shown)


@pytest.mark.parametrize(
    ("auth", "why"),
    [
        (DISMISS, "the 1Password prompt was dismissed"),
        (LOCKED, "op can't reach the 1Password app"),
        (None, "op, is not installed"),
    ],
    ids=["dismissed", "locked", "not installed"],
)
def test_where_1password_gives_none_it_is_said_why_and_the_code_may_be_typed(world, auth, why):
    if auth:
        world.op.update(auth=auth)
    else:
        world.op.program.unlink()
    window = Window(world)
    window.see(why)
    window.see(QUESTION)
    window.type(code(world))
    window.session()
    assert is_clean(world, window.shown)


def test_where_typing_would_not_help_it_is_not_offered(world):
    world.account(OP_ITEM="AWS nowhere")
    window = Window(world)
    assert window.end() == 1
    assert "one-time code for" not in window.shown
    world.op.update(auth=DISMISS)
    window = Window(world, "prod")  # its key is in 1Password too
    assert window.end() == 1
    assert "one-time code for" not in window.shown


def test_without_a_terminal_the_reason_is_all_there_is(world):
    world.op.update(auth=DISMISS)
    assert "was dismissed" in failure(world).message


def test_a_code_that_is_typed_meanwhile_wins_and_ends_op(world):
    world.op.update(auth=HANG)
    with watched(world) as seen:
        window = Window(world)
        window.see(f"{APPROVE}{INSTEAD}\r\n")
        window.type("no code")
        window.see("6 digits, please")
        window.type(code(world))
        window.session()
    assert is_clean(world, window.shown, "no code")
    (call,) = asked(world)
    assert call["exit"] == 143
    assert not alive(call["pid"])
    assert code(world).encode() not in b"\n".join(seen)


def test_a_touch_that_is_not_given_can_be_typed_away(world):
    key = standin.install(world.bin, world.user.seed, "aws")
    key.key["accounts"]["aws"]["touch"], key.touch = True, 14
    key.save()
    world.account(OTP_SOURCE="ykman", YKMAN_ACCOUNT="aws")
    window = Window(world)
    window.see(f"touch your YubiKey for test (111122223333){INSTEAD}")
    window.type(code(world))
    window.session()
    assert not alive(key.calls[0]["pid"])


@pytest.mark.parametrize("source", ["op", "ykman"])
def test_half_a_line_is_left_to_the_shell_where_the_source_wins(world, shell, go, source):
    key = standin.install(world.bin, world.user.seed, "aws")
    key.key["accounts"]["aws"]["touch"], key.touch = True, 2
    key.save()
    world.account(OTP_SOURCE=source, YKMAN_ACCOUNT="aws")
    shell.type(EXPORT)
    shell.expect(INSTEAD)
    shell.child.send("echo ha")
    go()
    shell.expect("ready> ")
    assert session(world)
    shell.type("lf | tr a-z A-Z")
    shell.expect("HALF")
    assert modes(shell) >= USUAL


# Ends just when a line has come, which it has not looked at yet.
TOO_LATE = """\
from mfa_session import tty_code
typed = tty_code.TypedCode()
assert typed.take()
print("ready", flush=True)
while not typed._terminal.is_ready(1): pass
typed.stop()
print("got", input())
"""


def test_a_code_that_comes_too_late_is_not_left_to_the_shell(world):
    child = pexpect.spawn(sys.executable, ["-c", TOO_LATE], env=world.env, encoding="utf-8", timeout=30)
    child.expect_exact("ready")
    child.send("123456\nth")
    child.send("is\n")
    child.expect_exact("got this")
    child.close(force=True)


LATE = """\
from mfa_session import model, race
class Source:
    def ask(self, references=()): return self
    def answer(self): return model.Answer("")
source = Source()
race.OrTyped(source, "test").ask().answer()
source.announce("too late")
print("done", flush=True)
input()
"""


def test_a_source_that_announces_too_late_leaves_the_terminal_alone(world):
    child = pexpect.spawn(sys.executable, ["-c", LATE], env=world.env, encoding="utf-8", timeout=30)
    child.expect_exact("done")
    assert "too late" not in child.before
    assert child.getecho()
    child.close(force=True)


def test_ctrl_c_in_the_race_ends_all_of_it(world):
    world.op.update(auth=HANG)
    window = Window(world)
    window.see(INSTEAD)
    window.typescript.sendintr()
    assert window.end() == 130
    wait_for(lambda: not alive(asked(world)[0]["pid"]))


def test_ctrl_d_in_the_race_ends_only_what_could_be_typed(world, go):
    window = Window(world)
    window.see(INSTEAD)
    wait_for(lambda: not window.typescript.getecho())
    window.typescript.send("\x04")
    wait_for(window.typescript.getecho)
    go()
    window.session()


def test_a_dismissal_ends_the_race_and_asks(world, go):
    world.op.update(auth=DISMISS)
    window = Window(world)
    window.see(INSTEAD)
    go()
    window.see("was dismissed")
    window.see(QUESTION)
    window.type(code(world))
    window.session()
    assert is_clean(world, window.shown)


def test_a_wrong_base_key_ends_both(world):
    world.op.update(auth=HANG)
    world.user.active = False
    world.aws.latency = 3
    window = Window(world)
    window.see(INSTEAD)
    assert window.end() == 1
    assert "AWS does not know the base key" in window.shown
    assert "one-time code for" not in window.shown
    wait_for(lambda: not alive(asked(world)[0]["pid"]))


def test_there_is_no_race_with_an_op_that_asks_on_the_terminal_itself(world):
    world.op.update(auth={"mode": "touch"})
    window = Window(world)
    window.see(APPROVE)
    window.type("")
    window.session()
    assert INSTEAD not in window.shown


def test_a_password_is_asked_for_by_one_at_a_time(world, go):
    world.op.update(auth={"mode": "not_signed_in", "password": "open sesame"})
    window = Window(world)
    window.see(INSTEAD)
    go()
    window.see("Enter the password for user@example.com at my.1password.com:")
    wait_for(lambda: not window.typescript.getecho())
    window.type("open sesame")
    window.session()
    assert is_clean(world, window.shown, "open sesame")


def test_in_the_background_there_is_only_the_approval(world, shell, go):
    """Without a terminal too: see tests/test_onepassword_prompts.py."""
    shell.type(f"{EXPORT} & wait $!; echo status=$?")
    shell.expect(APPROVE)
    go()
    shell.expect("status=0")
    assert INSTEAD not in shell.seen
    assert session(world)


def test_with_stdin_and_stderr_elsewhere(world, shell):
    world.op.update(auth=DISMISS)
    shell.type(f"{EXPORT} <&- 2>log")
    shell.expect(QUESTION)
    shell.type(code(world))
    shell.expect("ready> ")
    assert session(world)
    assert "was dismissed" in (world.home / "log").read_text()


@pytest.mark.parametrize("name", ["zsh", "fish"])
def test_in_the_substitution_of_other_shells(world, name):
    from shell_family import link_shims

    link_shims(world.bin)
    world.op.update(auth=HANG)
    opened = Shell(world, name)
    opened.type(
        "source get_mfa_session.sh test" if name == "zsh" else "source (command -s get_mfa_session.fish) test"
    )
    opened.expect(INSTEAD)
    opened.type(code(world))
    opened.expect("mfa-session: test is live until ")
    opened.close()
    assert is_clean(world, opened.seen)


def test_a_program_that_asks_for_credentials_is_given_the_question_only_where_the_file_wants_it(
    world, shell, go
):
    world.op.update(auth=DISMISS)
    shell.type("mfa-session credential-process test")
    shell.expect(APPROVE)
    go()
    shell.expect("ready> ")
    assert "was dismissed" in shell.seen
    assert INSTEAD not in shell.seen
    assert "one-time code for" not in shell.seen
    world.account(OTP_SOURCE="prompt")
    shell.type("mfa-session credential-process test >session.json")
    shell.expect(QUESTION)
    shell.type(code(world))
    shell.expect("ready> ")
    assert session(world)
