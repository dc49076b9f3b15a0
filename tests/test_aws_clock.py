"""The clock of this machine is wrong: AWS's answers tell by how much, and the person is told what to do."""

from __future__ import annotations

import re

import pytest
from aws_runs import failure


def clock_of_aws(world, seconds: int, *, codes_fit: bool = True) -> None:
    """AWS's clock is ahead of this machine's; the codes may still be right, as those of a phone are."""
    world.aws.clock_offset = seconds
    world.op.update(clock_offset=seconds if codes_fit else 0)


@pytest.mark.parametrize("seconds", [40, -40])
def test_half_a_minute_is_said_in_seconds(world, seconds):
    clock_of_aws(world, seconds)
    result = world.run("export", "test")
    assert result.returncode == 0, result.stderr
    said = re.search(r"this machine's clock is (\d+) s (ahead|behind)", result.stderr)
    assert 31 <= int(said[1]) <= 49  # the Date header has whole seconds, and a busy machine reads it late
    assert said[2] == ("behind" if seconds > 0 else "ahead")
    assert "hint: set this machine's clock" in result.stderr


@pytest.mark.one_python
@pytest.mark.parametrize("seconds", [600, -600])
def test_ten_minutes_are_no_obstacle_to_a_right_code(world, seconds):
    clock_of_aws(world, seconds)
    result = world.run("export", "test")
    assert result.returncode == 0, result.stderr
    assert f"this machine's clock is 10m {'behind' if seconds > 0 else 'ahead'}" in result.stderr
    assert "hint: set this machine's clock" in result.stderr


@pytest.mark.one_python
@pytest.mark.parametrize("seconds", [1200, -1200, 90000])
def test_twenty_minutes_are_too_much_for_aws(world, seconds):
    clock_of_aws(world, seconds, codes_fit=False)
    failed = failure(world)
    much = {1200: "20m behind", -1200: "20m ahead", 90000: "25h behind"}[seconds]
    assert failed.message == f"AWS refuses requests from this machine: this machine's clock is {much}"
    assert failed.hints.startswith("set this machine's clock: ")
    assert not world.aws.count("GetSessionToken")


@pytest.mark.one_python
def test_a_clock_that_is_nearly_right_is_not_worth_a_word(world):
    world.aws.clock_offset = -10
    result = world.run("export", "test")
    assert result.returncode == 0, result.stderr
    assert "clock" not in result.stderr
