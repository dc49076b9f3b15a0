"""The stand-in for `op` as one whose writing goes wrong, in the ways that tests ask for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from standin_op_runs import CREATE, EDIT, FORBIDDEN, GET, NEW, create, error, got, labels, op

__all__ = ["op"]  # the fixture
pytestmark = pytest.mark.one_python


def test_a_write_that_is_lost_looks_like_any_other(op):
    op.update(quirks=["write_lost:2"])
    assert got(create(op))["title"] == "Key"
    assert got(op.run(*EDIT, "--title", "Other"))["version"] == 2
    assert (op.stored("Key"), op.stored("AWS test")[0]["version"]) == ([], 1)
    assert got(create(op)) and len(op.stored("Key")) == 1


def test_fields_that_are_dropped(op):
    op.update(quirks=["fields_dropped:2"])
    assert labels(got(create(op))) == ["notesPlain"]
    got(op.run(*EDIT, given=op.run(*GET).stdout))
    assert labels(op.stored("AWS test")[0]) == ["username", "password"]
    assert len(labels(got(create(op)))) == 3


def test_conflicts(op):
    def edit():
        return op.run(*EDIT, "--title", "AWS test")

    op.update(quirks=["write_409:2"])
    assert [edit().returncode for _ in range(3)] == [1, 1, 0]
    op.update(quirks=["write_409"])  # comes where the call before has written something
    assert [edit().returncode for _ in range(3)] == [1, 0, 1]
    assert got(edit())["version"] == 4
    op.run(*GET)
    assert got(edit())["version"] == 5
    op.update(quirks=[], conflict_seconds=2)
    assert error(edit()).startswith("(409) Conflict: ")
    time.sleep(2)
    assert got(edit())["version"] == 6


def test_vaults_that_are_only_read(op):
    op.update(quirks=["read_only_vault:1"])
    assert error(create(op)) == FORBIDDEN
    got(create(op))
    op.state["vaults"][1]["read_only"] = True
    op.save()
    assert error(create(op)) == FORBIDDEN
    assert error(op.run("item", "edit", "Key", "--title", "x")) == FORBIDDEN
    assert error(op.run("item", "delete", "Key")) == FORBIDDEN
    assert len(op.stored("Key")) == 1


def test_a_service_account_writes_in_shared_vaults_that_it_names(op):
    op.update(service_account={"token": "ops_x"})
    token = {"OP_SERVICE_ACCOUNT_TOKEN": "ops_x"}
    given = json.dumps(NEW)
    assert got(op.run(*CREATE, given=given, **token))["vault"]["name"] == "Work"
    assert error(op.run("item", "create", "-", "--vault", "Private", given=given, **token)) == FORBIDDEN
    assert error(op.run(*EDIT, "--title", "x", **token)) == FORBIDDEN
    assert "a vault query must be provided" in error(op.run("item", "create", "-", given=given, **token))


def test_writing_is_approved_like_reading_and_waits_when_told(op):
    op.update(auth={"mode": "prompt", "outcome": "dismiss"})
    assert "authorization prompt dismissed" in error(create(op))
    op.update(auth={"mode": "prompt"}, quirks=["slow_write"], write_seconds=1)
    started = time.monotonic()
    got(create(op))
    assert time.monotonic() - started > 1
    assert len(op.prompts) == 2


PARENT = "import subprocess, sys; subprocess.run(sys.argv[2:], input=sys.argv[1].encode())"


@pytest.mark.parametrize(("quirk", "stored"), [("killed_before_write", 0), ("killed_after_write", 1)])
def test_the_parent_is_killed_at_the_worst_moment(op, quirk, stored):
    op.update(quirks=[quirk + ":1"])
    parent = subprocess.run(
        [sys.executable, "-c", PARENT, json.dumps(NEW), op.program, *CREATE],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        start_new_session=True,
    )
    limit = time.monotonic() + 20
    while op.calls[0]["ended"] is None and time.monotonic() < limit:
        time.sleep(0.02)
    assert (parent.returncode, op.calls[0]["exit"]) == (-signal.SIGKILL, 1 - stored)
    assert len(op.stored("Key")) == stored


def test_another_hand_changes_an_item_once_it_has_been_read(op):
    op.update(quirks=["another_hand:1"])
    assert [got(op.run(*GET))["version"] for _ in range(3)] == [1, 2, 2]
    assert "of another hand" in json.dumps(op.stored("AWS test"))
