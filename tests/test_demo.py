"""`make try` without a terminal: the whole story, and it says whether the job was done."""

from __future__ import annotations

import os
import subprocess
import sys

import conftest
import keyctl_runs
import pytest

pytestmark = pytest.mark.one_python

DEMO = conftest.ROOT / "tests/standins/demo.py"


def test_the_tour_goes_from_refused_to_works_and_back(tmp_path):
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    result = subprocess.run(
        [sys.executable, DEMO],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        timeout=100,
    )
    assert result.returncode == 0, result.stdout
    refused, _, rest = result.stdout.partition("source get_mfa_session.sh")
    assert "stand-ins" in refused.lower()
    assert "AccessDenied" in refused
    works, _, back = rest.partition("mfa_session_deactivate")
    assert "approve the 1Password prompt for test (111122223333)" in works
    assert "test is live until " in works
    assert "make_bucket: hello" in works
    assert "AccessDenied" not in works
    assert "test-bootstrap" in back
    assert "AccessDenied" in back
    keyctl_runs.skip_where_forbidden()  # and where there is no other store either, each command asks
    without_a_touch = back.partition("mfa-session exec")[2]
    assert without_a_touch.count(" hello\n") == 3
    assert "no session policy allows the s3:DeleteBucket action" in without_a_touch
    assert "approve" not in back, "it is asked once"
