"""What takes long: a code that is refused, an AWS that is silent. The runs wait beside each other, and tests look at them."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import pytest
from aws_runs import explained, fault, world_beside

pytestmark = pytest.mark.one_python

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

    from conftest import World

YESTERDAY = -86400
REFUSED = "AWS refused the one-time code for arn:aws:iam::111122223333:mfa/alice"
ANNOUNCED = r"mfa-session: AWS refused the code \(it takes each one once\); the next one comes in (\d+) s"


def codes_of_another_item(world):
    world.op.update(clock_offset=YESTERDAY)


def one_code_of_another_item(world):
    world.op.program.rename(world.bin / "real-op")
    world.op.program.write_text("""\
#!/bin/sh
case $* in *--otp*) mkdir "$0.asked" 2>/dev/null && echo 123456 && exit ;; esac
exec real-op "$@"
""")
    world.op.program.chmod(0o755)


def clock_behind(world):
    world.aws.clock_offset = 600


def clock_ahead(world):
    world.aws.clock_offset = -600


def silent_once(world):
    world.aws.fault("GetCallerIdentity", "hang", 1)


CASES = {
    "wrong codes": codes_of_another_item,
    "one wrong code": one_code_of_another_item,
    "clock behind": clock_behind,
    "clock ahead": clock_ahead,
    "silent": fault("GetCallerIdentity", "hang"),
    "silent once": silent_once,
    "silent at last": fault("GetSessionToken", "hang"),
}


class Run(NamedTuple):
    world: World
    result: CompletedProcess[str]
    started: float
    seconds: float


def run(folder: Path, case: str) -> Run:
    with world_beside(folder) as world:
        CASES[case](world)
        started = time.time()
        result = world.run("export", "test")
        return Run(world, result, started, time.time() - started)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """All cases, by name: together they take as long as the slowest."""
    folder = tmp_path_factory.mktemp("patience")
    with ThreadPoolExecutor(len(CASES)) as pool:
        started = {case: pool.submit(run, folder / case.replace(" ", "-"), case) for case in CASES}
    return {case: each.result() for case, each in started.items()}


def codes_sent(world: World) -> list[str]:
    return [request.code_sha256 for request in world.aws.requests if request.has_code]


def test_after_a_refused_code_the_next_one_is_tried(runs):
    world, result, *_ = runs["one wrong code"]
    assert result.returncode == 0, result.stderr
    assert 1 <= int(re.search(ANNOUNCED, result.stderr)[1]) <= 31
    assert len(codes_sent(world)) == len(set(codes_sent(world))) == 2
    first, second = (request.time for request in world.aws.requests if request.has_code)
    assert second // 30 > first // 30
    assert second % 30 < 25  # in the new step, not at the end of it


def test_two_refused_codes_are_enough(runs):
    world, result, started, seconds = runs["wrong codes"]
    failed = explained(world, result, started)
    assert failed.message == REFUSED
    assert "'AWS test'" in failed.hints
    assert re.search(ANNOUNCED, failed.notices)
    assert len(codes_sent(world)) == len(set(codes_sent(world))) == 2
    assert seconds < 60


@pytest.mark.parametrize(("case", "much"), [("clock behind", "10m behind"), ("clock ahead", "10m ahead")])
def test_a_refused_code_is_blamed_on_the_clock(runs, case, much):
    world, result, started, _ = runs[case]
    failed = explained(world, result, started)
    assert failed.message == REFUSED
    assert failed.hints.startswith(f"this machine's clock is {much}: set this machine's clock")
    assert f"clock is {much}, so that one-time codes may be refused" in failed.notices


def test_an_aws_that_is_silent_is_left_after_three_tries(runs):
    world, result, started, seconds = runs["silent"]
    failed = explained(world, result, started)
    assert failed.message.startswith("AWS STS can't be reached at ")
    assert [request.action for request in world.aws.requests] == ["GetCallerIdentity"] * 3
    assert seconds < 40


def test_an_aws_that_is_silent_once_costs_nobody_their_session(runs):
    world, result, *_ = runs["silent once"]
    assert result.returncode == 0, result.stderr
    assert [request.action for request in world.aws.requests] == [
        *["GetCallerIdentity"] * 2,
        "GetSessionToken",
    ]


def test_a_code_is_not_sent_again_to_an_aws_that_is_silent(runs):
    world, result, started, seconds = runs["silent at last"]
    failed = explained(world, result, started)
    assert failed.message.startswith("AWS STS can't be reached at ")
    assert len(codes_sent(world)) == 1
    assert seconds < 25
