"""A rotation meets other hands, answers that never came, and lists that are old: no key is lost, and no other's is touched."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import onepassword_runs
import pexpect
import pytest
import rotate_runs
from standins import iam_access_key
from test_rotate import refused, rotated

if TYPE_CHECKING:
    from pathlib import Path

    from standins.iam_access_key import AccessKey

pytestmark = pytest.mark.one_python
runtime = pytest.mark.parametrize("shared", ["runtime"], indirect=True)

ON = "hint: to go on, type: mfa-session rotate test --resume"
BACK = "hint: to go back to the old key, type: mfa-session rotate test --rollback"


@pytest.fixture
def profile(shared):
    made = rotate_runs.Place(shared)
    rotate_runs.with_session(shared, made)
    return made


def killed_after(world, action: str, *words: str) -> None:
    """AWS has done it, and nobody has heard of it."""
    running = []
    world.aws.after(action, lambda: running[0].kill())
    running.append(onepassword_runs.start(world, "rotate", "test", *(words or ("--yes",))))
    buried(world, running[0])


def killed_before(world, action: str, *words: str) -> None:
    """AWS was asked, and has not even begun."""
    so_far = world.aws.count(action)
    world.aws.fault(action, "hang")
    running = onepassword_runs.start(world, "rotate", "test", *(words or ("--yes",)))
    onepassword_runs.wait_for(lambda: world.aws.count(action) > so_far or running.poll() is not None)
    running.kill()
    buried(world, running)


def buried(world, running) -> None:
    _, said = running.communicate(timeout=60)
    assert running.returncode == -signal.SIGKILL, said
    journal(world)
    world.forget_codes()


def journal(world) -> Path:
    (path,) = world.home.rglob("rotation-*")
    return path


def failed(world, *words: str, **environ: str) -> str:
    """What is said; the rotation is still under way."""
    result = world.run("rotate", "test", *(words or ("--yes",)), **environ)
    assert (result.returncode, result.stdout) == (1, ""), result.stderr
    assert "Traceback" not in result.stderr
    journal(world)
    return result.stderr


def made_by_hand(world, ago: float = 0) -> AccessKey:
    """In the console, say, and so many seconds ago."""
    key = iam_access_key.new(world.aws.clock() - ago)
    world.user.more_keys.append(key)
    return key


def deleted_by_hand(world, access_key_id: str) -> None:
    world.user.keep([key for key in world.user.keys if key.id != access_key_id])


def known(world) -> dict[str, bool]:
    """The ids of the keys that AWS has, and whether they are active."""
    return {key.id: key.active for key in world.aws.keys_of(world.user)}


def once_begun(world, action: str, call) -> None:
    """Do it at the first such request of a rotation that is noted."""

    def look():
        if list(world.home.rglob("rotation-*")):
            call()
        else:
            world.aws.after(action, look)

    world.aws.after(action, look)


@runtime
def test_back_while_iam_still_has_its_old_list(shared, profile):
    """In it the old key is active, which it is not any more."""
    old = profile.held()
    shared.aws.list_lag = shared.aws.deactivation_calls = 20
    killed_after(shared, "UpdateAccessKey")
    assert not known(shared)[old.access_key_id]
    rotated(shared, profile, "--rollback")
    rotate_runs.settled(shared, profile, old, new=False)


@runtime
@pytest.mark.parametrize("how", ["in between", "not listed yet"])
def test_somebody_else_makes_a_key_first(shared, profile, how):
    old, theirs = profile.held(), []
    if how == "in between":
        once_begun(shared, "ListAccessKeys", lambda: theirs.append(made_by_hand(shared)))
    else:
        shared.aws.list_lag = 20
        theirs.append(shared.aws._world.keys.create(shared.user))
    said = refused(shared)
    assert "AWS allows no third" in said
    assert "--resume" not in said
    assert shared.aws.count("CreateAccessKey") == 1
    assert shared.aws.count("DeleteAccessKey") == 0
    assert known(shared) == {old.access_key_id: True, theirs[0].id: True}
    assert profile.held() == old


@runtime
@pytest.mark.parametrize("ago", [30, 0])
def test_a_key_of_somebody_else_is_not_taken_for_the_lost_one(shared, profile, ago):
    """AWS made none for this rotation; somebody made one two minutes later, maybe just before the next attempt."""
    old = profile.held()
    shared.aws.fault("CreateAccessKey", "500")
    assert ON in failed(shared)
    path = journal(shared)
    noted = json.loads(path.read_text())
    path.write_text(json.dumps(noted | {"asked": [at - 120 - ago for at in noted["asked"]]}))
    theirs = made_by_hand(shared, ago)
    both = {old.access_key_id: True, theirs.id: True}
    assert "AWS allows no third" in failed(shared, "--resume")
    assert known(shared) == both
    rotated(shared, profile, "--rollback")
    assert known(shared) == both
    assert profile.held() == old
    assert not list(shared.home.rglob("rotation-*"))


@runtime
def test_the_lost_key_alone_is_deleted_and_not_unasked(shared, profile):
    old = profile.held()
    killed_after(shared, "CreateAccessKey")
    (lost,) = known(shared).keys() - {old.access_key_id}
    child = pexpect.spawn(
        str(shared.bin / "mfa-session"),
        ["rotate", "test", "--resume"],
        cwd=str(shared.home),
        env=shared.env,
        encoding="utf-8",
        timeout=30,
        dimensions=(50, 200),
    )
    child.expect_exact(f"delete ****{lost[-4:]}, made in the interrupted step and known to nobody? [Y/n] ")
    child.sendline("n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    assert f"****{lost[-4:]} is left as it is" in child.before
    assert known(shared) == {old.access_key_id: True, lost: True}
    assert f"****{lost[-4:]}, whose secret was lost on the way, is deleted" in rotated(
        shared, profile, "--resume"
    )
    deleted = [one.params["AccessKeyId"] for one in shared.aws.requests if one.action == "DeleteAccessKey"]
    assert deleted == [lost, old.access_key_id]
    rotate_runs.settled(shared, profile, old, new=True)


@runtime
def test_back_before_iam_lists_the_lost_key(shared, profile):
    old = profile.held()
    shared.aws.list_lag = 3
    killed_after(shared, "CreateAccessKey")
    rotated(shared, profile, "--rollback")
    rotate_runs.settled(shared, profile, old, new=False)


@runtime
def test_each_attempt_is_noted_when_it_is_made(shared, profile):
    """By that, a key whose secret is lost is known later: here the one that is made after a while of refusals."""
    old = profile.held()
    shared.aws.list_lag = 6
    killed_after(shared, "CreateAccessKey")
    killed_after(shared, "CreateAccessKey", "--resume")
    (lost,) = (key for key in shared.aws.keys_of(shared.user) if key.id != old.access_key_id)
    assert abs(lost.created - json.loads(journal(shared).read_text())["asked"][-1]) < 3
    for _ in range(shared.aws.list_lag):  # a while later
        shared.aws._world.keys.listed(shared.user)
    rotated(shared, profile, "--rollback")
    rotate_runs.settled(shared, profile, old, new=False)


@runtime
def test_a_lost_key_that_may_not_be_deleted(shared, profile):
    """IAM's list does not have it at first, either."""
    old = profile.held()
    shared.aws.list_lag = 3
    killed_after(shared, "CreateAccessKey")
    shared.user.may_iam = {"iam:ListAccessKeys", "iam:CreateAccessKey", "iam:UpdateAccessKey"}
    said = failed(shared, "--resume")
    assert "iam:DeleteAccessKey" in said
    assert ON in said
    assert BACK in said
    rotate_runs.works(shared, profile)
    shared.user.may_iam = True
    rotated(shared, profile, "--resume")
    rotate_runs.settled(shared, profile, old, new=True)


@runtime
@pytest.mark.parametrize("how", ["off", "deleted"])
def test_a_new_key_that_stopped_working_after_its_proof(shared, profile, how):
    """The old one is all there is then."""
    old = profile.held()
    killed_before(shared, "DeleteAccessKey")
    assert json.loads(journal(shared).read_text())["proof"]
    new = profile.held().access_key_id
    if how == "off":
        shared.aws._world.keys.set_active(shared.user, new, active=False)
    else:
        deleted_by_hand(shared, new)
    asked = shared.aws.count("DeleteAccessKey")
    said = failed(shared, "--resume")
    assert f"AWS does not take ****{new[-4:]}, the new key, any more" in said
    assert BACK in said
    assert old.access_key_id in known(shared)
    assert shared.aws.count("DeleteAccessKey") == asked
    rotated(shared, profile, "--rollback")
    rotate_runs.settled(shared, profile, old, new=False)


@runtime
def test_the_old_key_is_deleted_by_other_hands(shared, profile):
    old = profile.held()
    killed_after(shared, "UpdateAccessKey")
    deleted_by_hand(shared, old.access_key_id)
    rotated(shared, profile, "--resume")
    rotate_runs.settled(shared, profile, old, new=True)
