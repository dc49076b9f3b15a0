"""`doctor` where a rotation of the base key was interrupted: it is said, and nothing is advised that would be refused."""

from __future__ import annotations

import json

import pytest
import rotate_runs
from doctor_runs import doctor, words

pytestmark = pytest.mark.one_python
runtime = pytest.mark.parametrize("shared", ["runtime"], indirect=True)


@pytest.fixture
def interrupted(shared):
    """The new key is in use, the old one beside it, and both are active; returns the world and the journal."""
    rotate_runs.with_session(shared, rotate_runs.Place(shared))
    shared.aws.fault("UpdateAccessKey", "html")
    assert shared.run("rotate", "test", "--yes").returncode == 1
    (path,) = shared.home.rglob("rotation-*.json")
    shared.forget_codes()
    shared.op.clear()
    return shared, path


@runtime
def test_it_is_said_with_both_ways_out_until_it_is_finished(interrupted):
    world, path = interrupted
    new = json.loads(path.read_text())["new"]
    seen = doctor(world, "test")
    (rotation,) = seen.of("rotation")
    assert rotation["level"] == "yellow"
    assert rotation["what"] == f"a rotation from ****0000 to ****{new[-4:]} was interrupted"
    assert [hint.partition("type: ")[2] for hint in rotation["hints"]] == [
        "mfa-session rotate test --resume",
        "mfa-session rotate test --rollback",
    ]
    assert seen.level("copies") == ["ok"], "the old key in the comment is none"
    assert seen.says("note", "key's place", "in profile test-bootstrap")
    assert "import" not in "".join(map(words, seen.of("key's place")))
    assert seen.bad() == [("yellow", "rotation")]
    assert world.run("import", "test-bootstrap").returncode == 1
    assert world.run("rotate", "test", "--resume").returncode == 0
    world.op.clear()
    seen = doctor(world, "test")
    assert seen.of("rotation") == []
    assert seen.says("note", "key's place", "type: mfa-session import test-bootstrap")


@runtime
def test_the_rotation_s_other_key_is_not_to_be_deleted_by_hand_and_any_other_is(interrupted):
    world, path = interrupted
    facts = json.loads(path.read_text())
    seen = doctor(world, "test", "--otp", touched=True)
    assert seen.level("key age") == ["ok"]
    assert seen.of("second key") == []
    assert seen.bad() == [("yellow", "rotation")]
    world.op.clear()
    path.write_text(json.dumps(facts | {"old": "AKIAEXAMPLEELSE00000", "new": ""}))
    seen = doctor(world, "test")  # the session is kept
    assert seen.says("yellow", "rotation", "a rotation from ****0000 was interrupted")
    assert seen.says("yellow", "second key", "****0000")


@runtime
def test_a_damaged_journal_and_an_account_that_can_t_be_read(interrupted):
    world, path = interrupted
    good = path.read_text()
    path.write_text(good[:40])
    seen = doctor(world, "test")
    assert seen.says("red", "rotation", "is no journal of a rotation")
    assert seen.says("red", "rotation", "delete this file")
    assert "import" not in "".join(map(words, seen.of("key's place")))
    path.write_text(good)
    world.account(AWS_ACCOUNT_ID="12")
    seen = doctor(world, "test")
    assert [level for level, _ in seen.bad()] == ["red", "yellow"]
    assert seen.level("account") == ["red"]
    assert seen.says("yellow", "rotation", "rotate test --resume")
