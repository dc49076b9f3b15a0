"""Many who ask at once, and one touch: the lock, those who wait at it, and those who are killed while they hold it."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import onepassword_runs
import pexpect
import pytest
from conftest import kernel_only
from crowds import ended, prompt, room_in_this_step, seen, start, wait_for

pytestmark = pytest.mark.one_python

FILE = "envs/.env.test"


@pytest.mark.timeout(240)
def test_fifty_at_once_and_one_touch(shared):
    prompt(shared)
    path = str(shared.home / FILE)
    crowd = [start(shared, "credential-process", "--env-file", path) for _ in range(50)]
    results = [ended(process) for process in crowd]
    assert {code for code, _, _ in results} == {0}, results
    (answer,) = {stdout for _, stdout, _ in results}
    assert json.loads(answer)["AccessKeyId"].startswith("ASIA")
    assert len(onepassword_runs.asked(shared)) == 1
    assert shared.aws.count("GetSessionToken") == 1


def test_different_commands_share_too(shared):
    prompt(shared)
    crowd = [
        start(shared, "export", "test", "--shell", "json"),
        start(shared, "credential-process", "test"),
        start(shared, "exec", "test", "--", "/bin/sh", "-c", "echo $AWS_ACCESS_KEY_ID"),
        start(shared, "warm", "test"),
    ]
    results = [ended(process) for process in crowd]
    assert {code for code, _, _ in results} == {0}, results
    assert json.loads(results[0][1])["AccessKeyId"] == results[2][1].strip()
    assert len(onepassword_runs.asked(shared)) == 1


def test_who_waits_says_for_whom(shared):
    prompt(shared, delay=2.5)
    first = start(shared, "export", "test", "--shell", "json")
    wait_for(lambda: onepassword_runs.asked(shared))
    second = start(shared, "credential-process", "test")
    code, answer, said = ended(second)
    assert code == 0
    assert f"waiting for export test (pid {first.pid}), which asks for an approval" in said
    assert answer == ended(first)[1]


def test_a_no_is_everybodys_who_was_waiting(shared):
    prompt(shared, outcome="dismiss", delay=2)
    crowd = [start(shared, "credential-process", "test") for _ in range(6)]
    results = [ended(process) for process in crowd]
    assert {code for code, _, _ in results} == {1}, results
    assert {stdout for _, stdout, _ in results} == {""}
    refusals = {line for _, _, said in results for line in said.splitlines() if "dismissed" in line}
    assert len(refusals) == 1
    assert len(onepassword_runs.asked(shared)) == 1
    prompt(shared, delay=0)
    assert shared.run("credential-process", "test").returncode == 0, "whoever asks later is a new question"


def test_ctrl_c_of_the_first_is_not_the_others(shared):
    prompt(shared, delay=1.5)
    first = start(shared, "export", "test")
    wait_for(lambda: onepassword_runs.asked(shared))
    second = start(shared, "export", "test")
    time.sleep(0.3)
    first.send_signal(signal.SIGTERM)
    assert ended(first)[0] == 128 + signal.SIGTERM
    assert ended(second)[0] == 0
    assert len(onepassword_runs.asked(shared)) == 2


def test_who_has_a_terminal_is_asked_all_the_same(shared):
    """A daemon had none, and could only fail."""
    shared.op.update(auth={"mode": "not_signed_in", "password": "open sesame"})
    itself = shared.op.program.rename(f"{shared.op.program}-itself")
    shared.op.program.write_text(f'#!/bin/sh\nsleep 4\nexec {itself} "$@"\n')
    shared.op.program.chmod(0o755)
    daemon = start(shared, "credential-process", "test")
    places = [shared.home, Path(shared.env.get("XDG_RUNTIME_DIR", shared.home))]
    wait_for(
        lambda: [note for place in places for note in place.rglob("device-*") if "holder" in note.read_text()]
    )
    person = pexpect.spawn(
        "mfa-session export test", cwd=shared.home, env=shared.env, encoding="utf-8", timeout=30
    )
    person.expect_exact("waiting for credential-process test")
    assert ended(daemon)[0] == 4
    person.expect_exact("Enter the password for user@example.com")
    person.sendintr()
    person.expect(pexpect.EOF)


MOMENTS = {
    "op is asked": lambda world: bool(onepassword_runs.asked(world)),
    "the key is checked": lambda world: seen(world, "GetCallerIdentity"),
    "AWS has the code": lambda world: seen(world, "GetSessionToken"),
}


@kernel_only
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_holder_that_is_killed_leaves_nothing_in_the_way(shared, moment):
    """Where the code got to AWS, the next one has to wait for another."""
    shared.aws.latency = 0.4
    if moment == "AWS has the code":
        room_in_this_step()
    else:
        prompt(shared, delay=1.2)
    first = start(shared, "export", "test")
    waiting = start(shared, "export", "test", "--shell", "json")
    wait_for(lambda: MOMENTS[moment](shared))
    holder = int(onepassword_runs.asked(shared)[0]["ppid"])
    os.kill(holder, signal.SIGKILL)
    assert holder in (first.pid, waiting.pid)
    killed, other = (first, waiting) if holder == first.pid else (waiting, first)
    assert ended(killed)[0] == -signal.SIGKILL
    code, stdout, said = ended(other)
    assert code == 0, said
    assert "ASIA" in stdout
    if moment == "AWS has the code":
        assert "AWS refused the code" in said


@kernel_only
@pytest.mark.timeout(200)
def test_killed_at_any_time(shared):
    """Every 4 ms around the end, where it notes the step, keeps the session and prints it."""
    path = str(shared.home / FILE)
    for milliseconds in range(0, 80, 4):
        before = shared.aws.count("GetSessionToken")
        first = start(shared, "export", "test", "--refresh")
        wait_for(lambda: shared.aws.count("GetSessionToken") > before)  # noqa: B023 - called at once
        time.sleep(milliseconds / 1000)
        first.kill()
        ended(first)
        shared.forget_codes()
        code, stdout, said = ended(start(shared, "credential-process", "--env-file", path))
        assert code == 0, (milliseconds, said)
        assert json.loads(stdout)["AccessKeyId"] in shared.aws._world.sessions
        shared.forget_codes()
