"""What takes its time, by the clock of one-time codes or by that of the SDKs: which none of the versions of Python changes."""

from __future__ import annotations

import time

import onepassword_runs
import pytest
from conftest import kernel_only
from crowds import ended, prompt, room_in_this_step, start, wait_for

pytestmark = pytest.mark.one_python


@kernel_only
@pytest.mark.parametrize("together", [False, True])
def test_two_accounts_on_one_device_never_send_one_code(shared, together):
    shared.account("twin", SESSION_DURATION="11h", AWS_PROFILE="test-bootstrap")
    room_in_this_step()
    if together:
        results = [ended(process) for process in [start(shared, "export", n) for n in ("test", "twin")]]
    else:
        results = [ended(start(shared, "export", name)) for name in ("test", "twin")]
    assert {code for code, _, _ in results} == {0}, results
    said = "".join(stderr for _, _, stderr in results)
    assert "the code of this moment has been used" in said
    tokens = [request for request in shared.aws.requests if request.action == "GetSessionToken"]
    assert [request.error for request in tokens] == ["", ""]
    assert len({request.code_sha256 for request in tokens}) == 2


@kernel_only
@pytest.mark.timeout(100)
def test_an_sdk_has_its_answer_within_a_minute(shared):
    """Whoever holds the lock for an approval that never comes, and whoever waits for that, ends before 55 seconds."""
    prompt(shared, outcome="hang", delay=0)
    began = time.monotonic()
    crowd = [start(shared, "credential-process", "test") for _ in range(2)]
    results = [ended(process) for process in crowd]
    assert 50 < time.monotonic() - began < 55
    assert {(code, stdout) for code, stdout, _ in results} == {(1, "")}
    assert all("hint: " in said for _, _, said in results)
    for call in onepassword_runs.asked(shared):
        wait_for(lambda: not onepassword_runs.alive(call["pid"]))  # noqa: B023 - called at once
