"""Closed streams, signals, programs without end, readonly variables: what is done is done whole, or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pexpect
import pytest
import shell_family

ENDLESS = "#!/bin/sh\nexec yes\n"
SLEEPER = '#!/bin/sh\necho $$ >"$HOME/pid"\nexec sleep 60\n'
READONLY = """\
export AWS_REGION=mine
readonly AWS_REGION
{DUMP} before
. get_mfa_session.sh test
echo "status $?"
{DUMP} after
"""
posix_shells = pytest.mark.parametrize(
    "shell", [s for s in shell_family.FAMILY if not s.fish], ids=lambda shell: shell.name
)


def program(world, text: str) -> None:
    (world.bin / "op").write_text(text)
    (world.bin / "op").chmod(0o755)


def redirected(world, words: str) -> subprocess.CompletedProcess[str]:
    return world.call(["/bin/sh", "-c", f"mfa-session {words}"])


@pytest.mark.one_python
@pytest.mark.parametrize("shell", ["zsh", "mksh", "dash", "bash"])
def test_with_a_closed_stderr_messages_are_not_evaluated(world, shell):
    """Python would print them to stdout, which is code: here the name of a folder would be run."""
    from conftest import shell as path_of

    folder = world.home / "a;touch pwned;"
    folder.mkdir()
    script = "exec 2>&-\n. get_mfa_session.sh nosuch\n"
    result = world.call([path_of(shell), "-c", script], cwd=folder)
    assert (result.returncode, result.stdout) == (1, "")
    assert not list(folder.iterdir())


def test_with_a_closed_stderr_the_session_comes_all_the_same(world):
    result = redirected(world, "export test 2>&-")
    assert result.returncode == 0
    assert "is live until" not in result.stdout
    assert result.stdout.endswith("fi\n")


@pytest.mark.parametrize("words", ["export test", "status --json", "--help", "--version"])
@pytest.mark.parametrize("where", [">&-", ">/dev/full"])
def test_an_output_that_takes_nothing_is_a_sentence(world, words, where):
    result = redirected(world, f"{words} {where}")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "this is a bug" not in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_op_too(world, number):
    program(world, SLEEPER)
    process = subprocess.Popen(
        [world.bin / "mfa-session", "export", "test"],
        cwd=world.home,
        env=world.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_for(lambda: (world.home / "pid").exists() and (world.home / "pid").read_text().strip())
    process.send_signal(number)
    stdout, _ = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (128 + number, b"")
    with pytest.raises(ProcessLookupError):
        os.kill(int((world.home / "pid").read_text()), 0)


@pytest.mark.one_python
def test_an_op_that_prints_without_end_costs_no_memory(world):
    program(world, ENDLESS)
    world.user.active = False
    world.aws.latency = 1.5  # so long it prints
    measured = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
        "print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); print(done.stderr)"
    )
    result = world.call([sys.executable, "-c", measured, str(world.bin / "mfa-session"), "export", "test"])
    status, megabytes = map(int, result.stdout.split("\n")[0].split())
    assert status == 1
    assert "AWS does not know the base key" in result.stdout
    assert megabytes < 300


@pytest.mark.one_python
@posix_shells
def test_a_readonly_variable_is_said_and_nothing_is_changed(world, shell):
    world.env |= {"PYTHON": sys.executable, "DUMP": "dump.py"}
    result = shell.run(
        READONLY.replace("{DUMP}", shell_family.DUMP).replace(
            ". get_mfa_session.sh test", shell.source("get_mfa_session.sh", "test")
        ),
        world.home,
        world.env,
    )
    assert "status 0" not in result.stdout
    assert "status" in result.stdout, result.stderr
    assert "is readonly in this shell, so nothing was changed" in result.stderr
    assert shell_family.dumped(world.home / "after") == shell_family.dumped(world.home / "before")


def test_in_the_background_it_leaves_the_terminal_to_whom_it_belongs(world):
    """To touch its modes from there would stop the program, before the session is written."""
    from conftest import shell as path_of

    world.op.update(auth={"mode": "prompt", "delay": 2})
    out = world.home / "out.json"
    child = pexpect.spawn(
        path_of("bash"),
        ["--noprofile", "--norc", "-i"],
        cwd=world.home,
        env=world.env | {"PS1": "ready> ", "TERM": "dumb"},
        encoding="utf-8",
        timeout=30,
    )
    child.expect_exact("ready> ")
    child.sendline(f"mfa-session export test --shell json >{out.name} 2>/dev/null &")
    wait_for(lambda: world.op.prompts)  # at the prompt, bash has the terminal in modes of its own
    child.sendline("cat")  # which gets other ones
    wait_for(lambda: out.read_text())
    assert '"Version": 1' in out.read_text()
    child.sendeof()
    child.sendline("exit")
    child.expect(pexpect.EOF)
    child.close(force=True)


def wait_for(condition) -> None:
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)
