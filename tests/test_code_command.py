"""A command of the person's own that prints the code: run without a shell where it needs none, checked, never shown."""

from __future__ import annotations

import json
import signal
import time

import pytest
from code_runs import failure
from onepassword_runs import Window, alive, start, wait_for
from standins import totp
from test_secrets import watched

from mfa_session import errors
from mfa_session.adapters import code_command

pytestmark = pytest.mark.one_python

# A program that shows how it was called, and prints what the test wrote into the file `output`.
TOTP = """\
#!/bin/sh
for word; do printf '%s\\n' "$word"; done >"$HOME/argv"
ps -o args= -p $PPID >"$HOME/parent"
env >"$HOME/env"
cat >"$HOME/stdin"
cat "$HOME/output"
"""


@pytest.fixture
def command(world):
    """Writes an account's file with this OTP_COMMAND; where `totp` is called, it prints `output` or the right code."""
    world.env["MFA_SESSION_ENV_DIR"] = str(world.home / "envs")

    def written(command: str = "totp", output: str | None = None, script: str = TOTP) -> None:
        quoted = "'" + command + "'" if "'" not in command else json.dumps(command)
        world.account(OTP_SOURCE="command", OTP_COMMAND=quoted, OP_ITEM=None)
        world.write("output", totp.code(world.user.seed, time.time()) + "\n" if output is None else output)
        (world.bin / "totp").write_text(script)
        (world.bin / "totp").chmod(0o755)

    return written


def answered(world, command: str = "totp") -> str:
    """The code that the adapter alone makes of it."""
    return code_command.CodeCommand(command, "test", world.env).ask().answer().code


def refused(world, command: str = "totp") -> errors.MfaSessionError:
    with pytest.raises(errors.MfaSessionError) as caught:
        answered(world, command)
    assert not caught.value.typing_helps
    return caught.value


def said(world, name: str) -> str:
    return (world.home / name).read_text()


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("totp aws", False),
        ("/opt/my-program/bin/totp --account aws_1 a,b:c@d+e", False),
        ("totp 'two words' \"and | more; (here) * ~ # ! {a,b} %\"", False),
        ("totp 'it costs $5 `now` \\'", False),
        ('totp "$HOME"', True),
        ('totp "`date`"', True),
        ('totp "a\\"b"', True),
        ("totp it\\'s", True),
        ("totp aws | tail -n1", True),
        ("totp aws; totp b", True),
        ("totp aws && true", True),
        ("totp <file", True),
        ("totp 2>/dev/null", True),
        ("(totp)", True),
        ("totp $ACCOUNT", True),
        ("totp `cat name`", True),
        ("totp *.txt", True),
        ("totp a?", True),
        ("totp [ab]", True),
        ("totp # aws", True),
        ("~/bin/totp", True),
        ("KEY=value totp", True),
        ("! totp", True),
        ("{ totp", True),
        ("totp %1", True),
        ("totp\nother", True),
    ],
)
def test_a_shell_is_there_only_for_what_needs_one(text, needs):
    assert code_command.needs_shell(text) is needs
    assert (code_command.CodeCommand(text, "test", {}).words[0] == "/bin/sh") is needs


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("totp 'two words' \"and; more\"", ["two words", "and; more"]),
        ("totp two words", ["two", "words"]),
        ("totp '' x", ["", "x"]),
        ("totp 'a*b'", ["a*b"]),
    ],
)
def test_words_come_as_a_shell_would_give_them(world, command, text, argv):
    command()
    answered(world, text)
    assert said(world, "argv").split("\n")[:-1] == argv
    assert "/bin/sh -c" not in said(world, "parent")


def test_it_has_no_input_and_no_variables_of_aws(world, command):
    command()
    world.export("test", AWS_ACCESS_KEY_ID="AKIAOLD", AWS_PROFILE="other")
    assert said(world, "stdin") == ""
    env = said(world, "env")
    assert "AWS_" not in env
    assert "MFA_SESSION_IS_ASKING=1\n" in env


def test_with_a_pipe_it_is_given_to_a_shell(world, command):
    command("cat ~/output | tr -d ' '", output=f" {totp.code(world.user.seed, time.time())} \n")
    world.export("test")


@pytest.mark.parametrize("shape", ["{}", "{}\n", "  {}\t\n", "{}\r\n", "\n{}\n\n"])
def test_white_space_around_the_code_is_no_part_of_it(world, command, shape):
    command(output=shape.format("012345"))
    assert answered(world) == "012345"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("", "printed nothing"),
        ("\n", "printed nothing"),
        ("123456\n654321\n", "printed more than one line"),
        ("12345678\n", "printed no code of 6 digits"),
        ("12345\n", "printed no code of 6 digits"),
        ("code: 123456\n", "printed no code of 6 digits"),
        ("GEZDGNBVGY3TQOJQ\n", "printed no code of 6 digits"),
        ("\N{FULLWIDTH DIGIT ONE}" * 6, "printed no code of 6 digits"),
        ("123456 " * 300_000, "printed no code of 6 digits"),
    ],
)
def test_anything_else_is_refused_and_not_shown(world, command, output, words):
    command(output=output)
    error = refused(world)
    assert error.message == f"the command for the code, totp, {words}"
    (hint,) = error.hints
    assert "one code of 6 digits" in hint
    assert not output.strip() or output.split()[0] not in error.message + hint


FAILING = {
    "fails": ("#!/bin/sh\necho 123456; exit 3", "totp, failed with status 3"),
    "says why": (
        "#!/bin/sh\nprintf '\\n  no such\\033 entry 987654 987 654 c2VjcmV0c2VjcmV0c2Vj\\nmore\\n' >&2; exit 1",
        "totp, failed with status 1, and says: no such\N{REPLACEMENT CHARACTER} entry … … …",
    ),
    "is killed": ("#!/bin/sh\nkill -KILL $$", "totp, was ended by signal 9"),
    "can't be run": ("#!/no/such/interpreter\n", "totp, is not installed, or not on PATH"),
    "is no program": ("\x00\x01", "totp, can't be run: Exec format error"),
}


@pytest.mark.parametrize("how", FAILING)
def test_a_failure_names_the_command_and_its_first_words(world, command, how):
    script, words = FAILING[how]
    command("totp", script=script)
    error = refused(world)
    assert error.message == f"the command for the code, {words}"
    (hint,) = error.hints
    assert not any(secret in error.message + hint for secret in ("123456", "987", "c2Vj", "more"))


def test_what_is_said_of_a_failure(world, command):
    command(script=FAILING["says why"][0])
    failed = failure(world)
    assert failed.message.endswith("no such\N{REPLACEMENT CHARACTER} entry … … …")
    assert failed.hints == [
        "see what it does: run by hand what OTP_COMMAND (of an AWS profile: mfa_process) says"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no-such-program aws", "no-such-program, is not installed"),
        ("TOKEN=abc no-such-program aws", "no-such-program, failed with status 127, and says: "),
        ("/nowhere/at/all aws", "all, is not installed"),
        ("totp 'aws", "has a quote without its end"),
    ],
)
def test_a_command_that_is_not_there(world, command, text, words):
    command()
    error = refused(world, text)
    assert words in error.message
    assert "TOKEN" not in error.message.partition(" says: ")[0]


def test_a_file_that_is_no_program(world, command):
    command()
    (world.bin / "totp").chmod(0o644)
    assert "totp, can't be run: Permission denied" in refused(world).message


def test_its_words_are_not_shown_where_it_works(world, command):
    command(script='#!/bin/sh\necho "secret words" >&2\ncat "$HOME/output"\n')
    assert "secret" not in world.run("export", "test").stderr


def test_a_slow_one_is_named(world, command):
    command("sleep 2; totp")
    assert world.run("export", "test").stderr.startswith(
        "mfa-session: waiting for sleep, which gets the code for test (111122223333)\n"
    )


def test_a_minute_is_enough(monkeypatch, world):
    monkeypatch.setattr(code_command, "_LIMIT", 0.3)
    asking = code_command.CodeCommand("sleep 60", "test", world.env).ask()
    with pytest.raises(errors.NotAvailable, match=r"sleep, did not end within 0.3 s"):
        asking.answer()
    assert not alive(asking._running._process.pid)


SLEEPS = "echo $$ >>pids; sleep 100 & echo $! >>pids; (sleep 100; true) | cat"


@pytest.mark.parametrize("way", ["Ctrl-C", "SIGTERM", "base key"])
def test_it_ends_with_its_children_when_it_is_not_needed(world, command, way):
    command(SLEEPS)
    world.user.active = way != "base key"
    world.aws.latency = 1
    with start(world, "export", "test") as running:
        wait_for(lambda: (world.home / "pids").exists() and len(said(world, "pids").split()) == 2)
        pids = [int(pid) for pid in said(world, "pids").split()]
        if way != "base key":
            running.send_signal(signal.SIGINT if way == "Ctrl-C" else signal.SIGTERM)
        running.communicate(timeout=30)
    assert running.returncode == {"Ctrl-C": 130, "SIGTERM": 143, "base key": 1}[way]
    wait_for(lambda: not any(map(alive, pids)), seconds=5)


def test_it_may_ask_on_the_terminal(world, command):
    command('read -r code </dev/tty && test "$code" = open && cat output')
    window = Window(world)
    window.type("open")
    window.session()


def test_the_code_travels_through_no_argv_and_no_environment(world, command):
    command('sleep 0.5; cat "$HOME/output"')
    with watched(world) as seen:
        world.export("test")
    everything = b"\n".join(seen)
    assert b"sleep" in everything, "the watcher saw it"
    assert said(world, "output").strip().encode() not in everything


def test_a_file_that_may_be_of_a_checkout_runs_nothing(world, command):
    command('touch "$HOME/ran"')
    del world.env["MFA_SESSION_ENV_DIR"]
    assert "OTP_COMMAND is a program to run" in failure(world).message
    assert not (world.home / "ran").exists()
