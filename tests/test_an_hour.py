"""An hour and more of a session's life, in seconds: renewed under a running client, with a person or without one.

botocore renews what has less than 15 minutes left, and from then on asks again before each request until it has got more;
with less than 10 minutes left it fails where it gets nothing.
"""

from __future__ import annotations

import datetime
import itertools
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time

import onepassword_runs
import pytest
from aws_clients import seen
from moved_clock import Clock

# The kernel's keyring goes by the true time.
pytestmark = [pytest.mark.parametrize("shared", ["runtime"], indirect=True), pytest.mark.one_python]

CLIENT = """
import boto3, sys
aws = boto3.client("sts")
for _ in sys.stdin:
    print(aws.get_caller_identity()["Arn"], flush=True)
"""
COUNTED = '#!/bin/sh\necho >>"$HOME/runs"\nexec {program}\n'
NOBODY_ANSWERS = '#!/bin/sh\necho $PPID >>"$HOME/askers"\nexec sleep 60\n'


@pytest.fixture
def clock(shared):
    """In a world whose sessions last an hour."""
    shared.account(SESSION_DURATION="1h")
    return Clock(shared)


@pytest.fixture
def client(shared):
    """Starts clients that run until the test is over."""
    started = []

    def start() -> Client:
        started.append(Client(shared))
        return started[-1]

    yield start
    for one in started:
        one.end()


class Client:
    """A program that has one client of boto3, and uses it whenever it is told to."""

    def __init__(self, world) -> None:
        self._arn = world.user.arn
        self._stderr = (world.home / "stderr").open("a+")
        self._process = subprocess.Popen(
            [sys.executable, "-c", CLIENT],
            cwd=world.home,
            env=world.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            start_new_session=True,
        )

    def tell(self) -> None:
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def works(self) -> None:
        answer = self._process.stdout.readline().strip()
        self._stderr.seek(0)
        assert answer == self._arn, self._stderr.read()

    def asks(self) -> None:
        self.tell()
        self.works()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._stderr.close()


def configured(world, program: str = "ready.py") -> None:
    """The profile that AWS_PROFILE names from now on; each run of its program leaves a line in a file."""
    done = world.run("configure", "test", PATH=str(world.bin))
    assert done.returncode == 0, done.stderr
    config = world.home / ".aws/config"
    line = re.search("^credential_process = (.*)$", config.read_text(), re.MULTILINE)[1]
    assert "ready.py" in line
    if program != "ready.py":
        line = f"mfa-session credential-process --env-file {shlex.quote(shlex.split(line)[-2])}"
    counted = world.write("counted", COUNTED.format(program=line), 0o755)
    config.write_text(
        re.sub("(?m)^credential_process = .*$", f"credential_process = {counted}", config.read_text())
    )
    world.env["AWS_PROFILE"] = "test"


def runs(world) -> int:
    return (world.home / "runs").read_text().count("\n")


def asked(world) -> int:
    return len(onepassword_runs.asked(world))


def left_at_each_mint(world) -> list[float]:
    """How many minutes the session before it still had."""
    minted = [request.time for request in world.aws.requests if request.action == "GetSessionToken"]
    return [(before + 3600 - after) / 60 for before, after in itertools.pairwise(minted)]


def assert_no_request_failed(world) -> None:
    assert {(kind, status) for _, kind, status in seen(world)} == {("ASIA", 200)}


@pytest.mark.parametrize("program", ["ready.py", "mfa-session"])
def test_a_client_that_outlives_its_session(shared, clock, client, program):
    configured(shared, program)
    one = client()
    for minute in range(0, 71, 5):
        clock.minute = minute
        one.asks()
        # At 45 minutes a little less than 15 are left; the session that it gets then is good for 45 more.
        assert runs(shared) == (1 if minute < 45 else 2)
    assert_no_request_failed(shared)
    assert len(seen(shared)) == 15
    assert shared.aws.count("GetSessionToken") == asked(shared) == 2
    [left] = left_at_each_mint(shared)
    assert 14 < left < 15


def test_who_starts_in_the_last_minute_but_fifteen_renews_it_for_all(shared, clock, client):
    """The old one would be good for botocore's taste, but not for long: then it would ask before each request."""
    configured(shared)
    old = client()
    old.asks()
    clock.minute = 44.3
    new = client()
    for minute in (44.3, 46, 48, 50):
        clock.minute = minute
        new.asks()
        old.asks()
    assert_no_request_failed(shared)
    assert shared.aws.count("GetSessionToken") == asked(shared) == 2
    [left] = left_at_each_mint(shared)
    assert 15 < left < 16
    assert runs(shared) == 3, "each once at first, and the old one once more, for the new session"


def test_while_the_person_is_away_the_session_that_lives_serves(shared, clock, client):
    configured(shared)
    one = client()
    one.asks()
    shared.op.update(auth={"mode": "prompt", "delay": 0.1, "outcome": "dismiss"})
    for minute, prompts in ((45, 1), (45.7, 1), (46.3, 1), (47.7, 2), (48.3, 2), (52, 3)):
        clock.minute = minute
        one.asks()
        assert asked(shared) == 1 + prompts, f"at {minute}: one in two minutes is enough"
    shared.op.update(auth={"mode": "ok"})
    clock.minute = 52.7
    one.asks()
    assert asked(shared) == 4
    for minute in (54.5, 59, 64):
        clock.minute = minute
        one.asks()
        assert asked(shared) == 5
    assert_no_request_failed(shared)
    assert shared.aws.count("GetSessionToken") == 2


def test_a_prompt_that_nobody_answers_counts_as_a_no(shared, clock, client):
    configured(shared)
    one = client()
    one.asks()
    onepassword_runs.program(shared, NOBODY_ANSWERS)
    askers = shared.write("askers", "")
    # At 52 minutes botocore would fail without an answer.
    for minute, is_prompt in ((45, True), (45.7, False), (52, True), (52.7, False)):
        clock.minute = minute
        before = askers.read_text()
        one.tell()
        if is_prompt:
            onepassword_runs.wait_for(lambda before=before: askers.read_text() != before)
            os.kill(int(askers.read_text().split()[-1]), signal.SIGALRM)  # as would come after 54 seconds
        one.works()
        assert (askers.read_text() != before) == is_prompt
    assert_no_request_failed(shared)
    assert shared.aws.count("GetSessionToken") == 1


COMMANDS = [("credential-process", "test"), ("export", "test", "--shell", "json")]
commands = pytest.mark.parametrize("words", COMMANDS, ids=["credential-process", "export"])


def answered(world, clock, words) -> str:
    """The id of a key that lives by both clocks, and has come at once."""
    started = time.monotonic()
    result = world.run(*words)
    assert result.returncode == 0, result.stderr
    assert time.monotonic() - started < 10
    answer = json.loads(result.stdout)
    assert (
        datetime.datetime.fromisoformat(answer["Expiration"].replace("Z", "+00:00")).timestamp() > clock.now()
    )
    assert world.aws._world.sessions[answer["AccessKeyId"]].expires > clock.now()
    return answer["AccessKeyId"]


@commands
def test_the_clock_jumps_an_hour_forward_and_back(shared, clock, words):
    first = answered(shared, clock, words)
    clock.minute = 60
    second = answered(shared, clock, words)
    assert second != first
    clock.minute = 2
    assert answered(shared, clock, words) == second
    # The last step whose code was used is noted as one of an hour from now: it is not waited for.
    assert shared.run("clear", "test").returncode == 0
    shared.aws.forget_codes()  # its clock is never set back
    assert answered(shared, clock, words) not in (first, second)
    assert asked(shared) == 3


@commands
def test_only_this_machine_is_an_hour_ahead_for_a_while(shared, clock, words):
    answered(shared, clock, words)
    clock.set_only_here(60)
    wrong = shared.run(*words)
    assert (wrong.returncode, wrong.stdout) == (1, ""), (
        "what has expired by the clock of here is not handed out"
    )
    assert "this machine's clock is 1h ahead" in wrong.stderr
    clock.minute = 2
    answered(shared, clock, words)
    assert asked(shared) <= 3


@pytest.mark.parametrize("words", [*COMMANDS, (*COMMANDS[0], "--no-prompt")], ids=lambda words: words[-1])
def test_what_has_expired_is_no_spare_one(shared, clock, words):
    answered(shared, clock, COMMANDS[0])
    shared.op.update(auth={"mode": "prompt", "delay": 0.1, "outcome": "dismiss"})
    clock.minute = 59
    answered(shared, clock, words)
    clock.minute = 60.5
    over = shared.run(*words)
    assert over.returncode in (1, 4)
    assert over.stdout == ""
