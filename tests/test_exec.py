"""`mfa-session exec`: the command is in the place of this program, with the session around it and nothing else of ours."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys

import onepassword_runs
import pexpect
import pytest
from conftest import shell

PRINT_ENVIRON = "import json, os; print(json.dumps(dict(os.environ)))"
TELL = """\
import os, resource, signal, sys
blocked = sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))
print(os.getpid(), blocked, resource.getrlimit(resource.RLIMIT_CORE), sorted(map(int, os.listdir("/proc/self/fd")))[:-1])
"""


def environ_of(world, *words: str, **environ: str) -> dict[str, str]:
    result = world.run("exec", *words, "--", sys.executable, "-I", "-c", PRINT_ENVIRON, **environ)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.one_python
def test_the_same_change_as_in_a_shell(shared):
    before = {
        "AWS_PROFILE": "test-bootstrap",
        "AWS_SECURITY_TOKEN": "stale",
        "AWS_VAULT": "x",
        "MINE": "kept",
    }
    seen = environ_of(shared, **before)
    sourced = shared.call(
        [
            shell("bash"),
            "--noprofile",
            "--norc",
            "-c",
            f". get_mfa_session.sh && exec {sys.executable} -I -c '{PRINT_ENVIRON}'",
        ],
        **before,
    )
    there = json.loads(sourced.stdout)
    for own in ("_", "SHLVL", "PWD", "OLDPWD"):
        seen.pop(own, None), there.pop(own, None)
    assert seen == there
    assert seen["MINE"] == "kept"
    assert "AWS_PROFILE" not in seen
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA")


def test_nothing_secret_but_the_session_is_inherited(shared):
    """Keys from 1Password, whose answers have been in this very process."""
    seen = "\n".join(environ_of(shared, "prod").values())
    base = [
        value
        for user in shared.aws.users
        for value in (user.secret_access_key, user.seed, user.access_key_id)
    ]
    assert not [secret for secret in base if secret in seen]
    assert "MFA_SESSION_IS_ASKING" not in seen


@pytest.mark.parametrize("kept", [True, False])
def test_it_is_the_same_process_as_good_as_new(shared, kept):
    if kept:
        shared.export("test")
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # what a person who wants core files has
    argv = [shared.bin / "mfa-session", "exec", "test", "--", sys.executable, "-I", "-S", "-c", TELL]
    plain = subprocess.run(
        [sys.executable, "-I", "-S", "-c", TELL], stdout=subprocess.PIPE, text=True, check=True
    )
    running = subprocess.Popen(argv, cwd=shared.home, env=shared.env, stdout=subprocess.PIPE, text=True)
    told, _ = running.communicate(timeout=60)
    pid, rest = told.split(" ", 1)
    assert int(pid) == running.pid
    assert rest == plain.stdout.split(" ", 1)[1], "signals, limits and open files as without it"


def test_a_broken_pipe_ends_it_as_without(shared):
    """Python ignores SIGPIPE, and would hand that down: `yes` would complain instead of ending."""
    shared.export("test")
    script = "mfa-session exec test -- yes | head -n 1; echo ${PIPESTATUS[0]}"
    result = shared.call([shell("bash"), "-c", script])
    assert result.stdout == f"y\n{128 + signal.SIGPIPE}\n"
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["sh", "-c", "exit 7"], 7, ""),
        (["sh", "-c", "kill -TERM $$"], -signal.SIGTERM, ""),
        (["no-such-program"], 127, "no-such-program: there is no such program"),
        (["./no-such-program"], 127, "./no-such-program: there is no such program"),
        (["./data"], 126, "./data: this can't be executed"),
        ([""], 127, "there is no such program"),
        (["/"], 126, "/: this can't be executed"),
        (["./bad"], 127, "./bad: what its first line names is not there"),
    ],
)
def test_exit_codes_are_those_of_env(shared, command, code, said):
    shared.write("data", "")
    shared.write("bad", "#!/no/such/interpreter\n", mode=0o755)
    result = shared.run("exec", "test", "--", *command)
    assert result.returncode == code
    assert said in result.stderr
    if code not in (126, 127):
        return
    assert shared.call(["/usr/bin/env", *command]).returncode == code


def test_a_command_that_is_not_there_asks_nobody(shared):
    assert shared.run("exec", "test", "--", "no-such-program").returncode == 127
    assert onepassword_runs.asked(shared) == []


@pytest.mark.one_python
def test_a_script_without_a_first_line_is_one_of_sh(shared):
    shared.write("plain", "echo $0 $1 $AWSUME_PROFILE\n", mode=0o755)
    result = shared.run("exec", "test", "--", "./plain", "a b")
    assert (result.returncode, result.stdout) == (0, "./plain a b test\n"), result.stderr


def test_sigterm_reaches_the_command(shared):
    shared.export("test")
    script = "trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    argv = [shared.bin / "mfa-session", "exec", "test", "--", "/bin/sh", "-c", script]
    running = subprocess.Popen(argv, cwd=shared.home, env=shared.env, stdout=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "ready\n"
    running.send_signal(signal.SIGTERM)
    assert (running.communicate(timeout=30)[0], running.returncode) == ("caught\n", 5)


def test_what_the_caller_ignores_is_ignored(shared):
    """As nohup(1) has it: the command is to outlive the terminal."""
    shared.export("test")
    argv = ["nohup", "mfa-session", "exec", "test", "--", "sh", "-c", "kill -HUP $$; echo alive"]
    result = shared.call(argv)
    assert (result.returncode, result.stdout) == (0, "alive\n"), result.stderr


@pytest.mark.one_python
def test_without_a_command_it_is_the_persons_shell(shared):
    env = shared.env | {"SHELL": shell("bash"), "PS1": "inside> "}
    child = pexpect.spawn(
        str(shared.bin / "mfa-session"),
        ["exec", "test"],
        cwd=shared.home,
        env=env,
        encoding="utf-8",
        timeout=30,
    )
    child.expect_exact("left); to leave it, type: exit")
    child.sendline("echo [$AWSUME_PROFILE] $$; exit 3")
    child.expect_exact(f"[test] {child.pid}")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3


@pytest.mark.parametrize(
    "words",
    [("exec", "test", "true"), ("exec", "test", "prod", "--", "true"), ("exec", "--nonsense", "--", "true")],
)
def test_wrong_usage(shared, words):
    result = shared.run(*words)
    assert (result.returncode, result.stdout) == (2, "")
    assert "hint: type: mfa-session exec --help" in result.stderr
    assert "this is a bug" not in result.stderr
    assert ("the command goes behind --" in result.stderr) == (words[1] == "test")


@pytest.mark.one_python
def test_what_comes_behind_the_dashes_is_not_read(shared):
    assert shared.run("exec", "test", "--", "echo", "--", "--help", "--debug").stdout == "-- --help --debug\n"
    assert shared.run("exec", "--min-ttl", "1h", "test", "--", "echo", "--refresh").stdout == "--refresh\n"


def test_it_says_nothing_when_it_has_nothing_to_say(shared):
    first = shared.run("exec", "test", "--", "true")
    assert first.stderr.startswith("mfa-session: test is live until")
    assert shared.run("exec", "test", "--", "true").stderr == ""


def test_a_failure_runs_nothing(shared):
    shared.op.update(auth={"mode": "prompt", "delay": 0, "outcome": "dismiss"})
    result = shared.run("exec", "test", "--", "touch", "ran")
    assert result.returncode == 1
    assert not (shared.home / "ran").exists()
