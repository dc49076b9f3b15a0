"""The few things that take their time: a code that AWS has had already, and an `op` that never answers."""

from __future__ import annotations

import re
import shutil
import time

import pytest
from onepassword_runs import alive, asked, explained, failure

pytestmark = pytest.mark.one_python

STEP = 30
KNOWN = re.compile(r"has been used \(AWS takes each one once\); the next one comes in (\d+) s")
VISIBLE = re.compile(r"AWS refused the code \(it takes each one once\); the next one comes in (\d+) s")


def codes(world):
    """One digest for each code that AWS was sent."""
    return [request.code_sha256 for request in world.aws.requests if request.action == "GetSessionToken"]


def leave_room_in_this_step(seconds):
    """So that a code still is the one of now when it is asked for again."""
    left = STEP - time.time() % STEP
    if left < seconds:
        time.sleep(left)


@pytest.mark.parametrize("known", [True, False])
def test_a_code_that_was_used_is_followed_by_the_next_one(world, known):
    """It is not even sent, if it was used here; where it was used elsewhere, AWS says so."""
    leave_room_in_this_step(10)
    world.export("test")
    if not known:
        shutil.rmtree(world.home / ".local/state")
    started = time.time()
    result = world.run("export", "test")
    assert result.returncode == 0, result.stderr
    announced = int((KNOWN if known else VISIBLE).search(result.stderr)[1])
    assert 0 <= announced <= STEP - started % STEP + 1
    first, *again, fresh = codes(world)
    assert again == ([] if known else [first])
    assert first != fresh
    assert len(asked(world)) == 3  # one for the first session, two for the second


def test_a_service_account_is_not_waited_for_like_a_person(world):
    token = "ops_a-token-of-nobody"
    world.account(OP_VAULT="Private")
    world.op.update(service_account={"token": token}, latency=60)
    started = time.monotonic()
    failed = failure(world, OP_SERVICE_ACCOUNT_TOKEN=token)
    assert 20 <= time.monotonic() - started < 40
    assert failed.message == "op did not answer within 20 s"
    assert failed.hints
    assert "approve" not in failed.stderr.replace("run it again and approve the prompt", "")
    (call,) = asked(world)
    assert call["exit"] == 143
    assert not alive(call["pid"])


def test_a_second_code_that_is_refused_is_the_last(world):
    world.op.update(clock_offset=-3600)
    failed = explained(world.run("export", "test"))
    assert VISIBLE.search(failed.stderr)
    assert failed.message == "AWS refused the one-time code for arn:aws:iam::111122223333:mfa/alice"
    assert "'AWS test'" in failed.hints[0]
    first, second = codes(world)
    assert first != second
    assert len(asked(world)) == 2
