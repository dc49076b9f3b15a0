"""A rotation is gone on with from elsewhere, by what was printed, with little that is kept, or through a bad network."""

from __future__ import annotations

import json
import re
import shlex

import pytest
import rotate_runs
from test_rotate import refused, rotated
from test_rotate_hard_times import deleted_by_hand, failed, journal, killed_after, killed_before, known

pytestmark = pytest.mark.one_python
runtime = pytest.mark.parametrize("shared", ["runtime"], indirect=True)


@pytest.fixture
def profile(shared):
    made = rotate_runs.Place(shared)
    rotate_runs.with_session(shared, made)
    return made


@runtime
def test_a_copy_of_the_key_elsewhere_is_not_the_one(shared, profile):
    old = profile.held()
    copy = shared.write("copy", profile.before.decode())
    killed_before(shared, "UpdateAccessKey")
    both, files = known(shared), [copy.read_bytes(), (shared.home / ".aws/credentials").read_bytes()]
    for way in ("--resume", "--rollback"):
        said = failed(shared, way, AWS_SHARED_CREDENTIALS_FILE=str(copy))
        assert "~/.aws/credentials" in said
        assert "~/copy" in said
    assert known(shared) == both
    assert [copy.read_bytes(), (shared.home / ".aws/credentials").read_bytes()] == files
    copy.unlink()
    rotated(shared, profile, "--resume")
    rotate_runs.settled(shared, profile, old, new=True)


@runtime
def test_a_second_new_key_is_proven_as_the_first_was(shared, profile):
    """A way back that was broken off has deleted the first one, of which the proof was."""
    old = profile.held()
    killed_before(shared, "DeleteAccessKey")
    first = profile.held().access_key_id
    killed_after(shared, "DeleteAccessKey", "--rollback")
    assert first not in known(shared)
    so_far = len(shared.aws.requests)
    rotated(shared, profile, "--resume")
    new = rotate_runs.settled(shared, profile, old, new=True)
    changes = [
        one for one in shared.aws.requests[so_far:] if one.action.endswith(("eAccessKey", "SessionToken"))
    ]
    assert [one.action for one in changes] == [
        "CreateAccessKey",
        "UpdateAccessKey",
        "GetSessionToken",
        "DeleteAccessKey",
    ]
    assert changes[1].params == changes[1].params | {"AccessKeyId": old.access_key_id, "Status": "Inactive"}
    assert changes[2].access_key_id == new.access_key_id != first
    assert changes[3].params["AccessKeyId"] == old.access_key_id


@runtime
@pytest.mark.parametrize("action", ["UpdateAccessKey", "DeleteAccessKey"])
def test_a_page_of_the_network_is_no_answer_of_aws(shared, profile, action):
    """It comes with 200, and what AWS itself answers here is as empty."""
    old = profile.held()
    shared.aws.fault(action, "html")
    said = failed(shared)
    assert known(shared)[old.access_key_id] is (action == "UpdateAccessKey")
    undone = {"UpdateAccessKey": "is switched off", "DeleteAccessKey": "is deleted"}[action]
    assert f"****{old.access_key_id[-4:]}, the old one, {undone}" not in said
    rotate_runs.works(shared, profile)
    rotated(shared, profile, "--resume")
    rotate_runs.settled(shared, profile, old, new=True)


@runtime
def test_aws_is_busy_for_a_moment(shared, profile):
    old = profile.held()
    shared.aws.fault("UpdateAccessKey", "503")
    rotated(shared, profile)
    assert shared.aws.count("UpdateAccessKey") == 2
    rotate_runs.settled(shared, profile, old, new=True)


@runtime
@pytest.mark.parametrize("way", ["to go on", "to go back to the old key"])
def test_what_is_printed_can_be_typed(shared, profile, way):
    """In a shell, wherever the account's file is, and whatever it is called."""
    path = shared.home / "else where/.env.al's"
    path.parent.mkdir()
    text = (shared.home / "envs/.env.test").read_text()
    path.write_text(f"{text}AWS_PROFILE=test-bootstrap\n")
    old = profile.held()
    shared.aws.fault("UpdateAccessKey", "html")
    typed = f"mfa-session rotate --yes --env-file {shlex.quote(str(path.relative_to(shared.home)))}"
    result = shared.call(["bash", "-c", typed])
    assert result.returncode == 1, result.stderr
    (line,) = re.findall(f"^mfa-session: hint: {way}, type: (.*)$", result.stderr, re.MULTILINE)
    shared.forget_codes()
    again = shared.call(["bash", "-c", line])
    assert again.returncode == 0, (line, again.stderr)
    rotate_runs.settled(shared, profile, old, new=way == "to go on")


@runtime
def test_begun_through_a_symlink(shared):
    shared.account(AWS_PROFILE="test-bootstrap")
    (shared.home / "envs/.env.link").symlink_to(".env.test")
    place = rotate_runs.Place(shared)
    rotate_runs.with_session(shared, place)
    old = place.held()
    shared.aws.fault("UpdateAccessKey", "html")
    begun = shared.run("rotate", "link", "--yes")
    assert begun.returncode == 1, begun.stderr
    assert "rotate link --resume" in begun.stderr
    assert "was interrupted" in failed(shared)
    rotated(shared, place, "--resume")
    rotate_runs.settled(shared, place, old, new=True)


@runtime
def test_a_journal_with_wrong_values_is_not_believed(shared, profile):
    old = profile.held()
    killed_after(shared, "CreateAccessKey")
    path = journal(shared)
    good, asked = path.read_text(), len(shared.aws.requests)
    for wrong in ({"verdict": ""}, {"asked": ["x"]}, {"old": 5}):
        path.write_text(json.dumps(json.loads(good) | wrong))
        for words in (["--resume"], ["--rollback"], []) if wrong == {"old": 5} else (["--resume"],):
            said = failed(shared, *words)
            assert f"{path}: is no journal of a rotation" in said, wrong
            assert "hint: look at the user's access keys in IAM, and delete this file" in said
    assert len(shared.aws.requests) == asked
    path.write_text(good)
    rotated(shared, profile, "--rollback")
    rotate_runs.settled(shared, profile, old, new=False)


@runtime
@pytest.mark.parametrize("minutes", [4, -4])
def test_a_clock_that_no_code_would_be_taken_by(shared, profile, minutes):
    """Close enough for a signature, so that a key would be made, and never proven."""
    old = profile.held()
    shared.aws.clock_offset = 60 * minutes
    said = refused(shared)
    assert "no code would be taken for the new key" in said
    assert "hint: set this machine's clock: " in said
    assert shared.aws.count("CreateAccessKey") == 0
    rotate_runs.settled(shared, profile, old, new=False)


def test_back_where_nothing_is_kept_and_the_new_key_is_gone(world):
    """The key in use gives no session then, and none was kept of the other."""
    place = rotate_runs.Place(world)
    old = place.held()
    killed_after(world, "UpdateAccessKey")
    deleted_by_hand(world, place.held().access_key_id)
    world.aws._world.keys.set_active(world.user, old.access_key_id, active=True)
    rotated(world, place, "--rollback")
    rotate_runs.settled(world, place, old, new=False)
