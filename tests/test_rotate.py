"""A base key is replaced where it is stored: the real program, AWS's IAM, and `op` with its habits."""

from __future__ import annotations

import os
import re
import signal
import stat

import onepassword_runs
import pytest
import rotate_runs
from standins.iam_access_key import AccessKey
from test_secrets import watched

pytestmark = pytest.mark.one_python
runtime = pytest.mark.parametrize("shared", ["runtime"], indirect=True)


@pytest.fixture(params=rotate_runs.PLACES)
def place(request, shared):
    made = rotate_runs.PLACES[request.param](shared)
    rotate_runs.with_session(shared, made)
    return made


@pytest.fixture
def profile(shared):
    made = rotate_runs.Place(shared)
    rotate_runs.with_session(shared, made)
    return made


def rotated(world, place, *words: str, **environ: str) -> str:
    result = world.run("rotate", place.account, *(words or ("--yes",)), **environ)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    return result.stderr


def refused(world, *words: str, status: int = 1, account: str = "test", **environ: str) -> str:
    """What is said; the key is as it was, and nothing is under way."""
    result = world.run("rotate", account, *(words or ("--yes",)), **environ)
    assert (result.returncode, result.stdout) == (status, ""), result.stderr
    assert "Traceback" not in result.stderr
    assert not list(world.home.rglob("rotation-*"))
    return result.stderr


@runtime
def test_one_key_for_another(shared, place):
    """The order of what AWS is asked says that there is always a key that works."""
    old = place.held()
    shared.aws.requests.clear()
    asked = len(onepassword_runs.asked(shared))
    with watched(shared) as seen:
        said = rotated(shared, place)
    new = rotate_runs.settled(shared, place, old, new=True)
    changes = [one for one in shared.aws.requests if one.action.endswith(("AccessKey", "SessionToken"))]
    assert [one.action for one in changes] == [
        "CreateAccessKey",
        "UpdateAccessKey",
        "GetSessionToken",
        "DeleteAccessKey",
    ]
    assert changes[2].access_key_id == new.access_key_id
    assert changes[2].params["SerialNumber"]
    probed = {one.action for one in shared.aws.requests if one.access_key_id == new.access_key_id}
    assert probed >= {"GetCallerIdentity", "ListUsers", "ListTables", "DescribeRegions"}
    if place.account == "test":
        assert len(onepassword_runs.asked(shared)) == asked + 1, "one code, for the proof"
    everything = b"\n".join(seen)
    assert place.account.encode() in everything, "the watcher saw the program"
    for secret in shared.secrets:
        assert secret not in said
        assert secret.encode() not in everything
    assert new.secret not in said
    # By references, the new key's session is kept in the very place of the old one's.
    gone = "" if place.account == "prod" else "; 1 session of the other one forgotten"
    assert said.endswith(f"the base key is ****{new.access_key_id[-4:]} now{gone}\n")


@runtime
def test_one_touch_and_the_next_session_needs_none(shared):
    """From nothing: one approval in a terminal serves both codes and the item; here, one for the code is counted."""
    place = rotate_runs.Place(shared)
    rotate_runs.with_session(shared, place)
    rotated(shared, place)
    before = len(onepassword_runs.asked(shared))
    minted = shared.aws.count("GetSessionToken")
    session = shared.export("test")
    assert (len(onepassword_runs.asked(shared)), shared.aws.count("GetSessionToken")) == (before, minted)
    assert session["AccessKeyId"].startswith("ASIA")


@runtime
@pytest.mark.parametrize("lags", [{"new_key_calls": 4}, {"list_lag": 3}, {"deactivation_calls": 3}])
def test_iam_takes_its_time(shared, profile, lags):
    old = profile.held()
    for name, calls in lags.items():
        setattr(shared.aws, name, calls)
    said = rotated(shared, profile)
    rotate_runs.settled(shared, profile, old, new=True)
    assert ("AWS does not know it everywhere yet" in said) == ("new_key_calls" in lags)


@runtime
def test_a_dry_run_asks_nobody_and_changes_nothing(shared):
    place = rotate_runs.Place(shared)
    old = place.held()
    said = rotated(shared, place, "--dry-run")
    assert "profile test-bootstrap in ~/.aws/credentials" in said
    assert "none is kept" in said
    rotate_runs.with_session(shared, place)
    asked = len(onepassword_runs.asked(shared))
    assert "1 of the 2 keys that AWS allows" in rotated(shared, place, "--dry-run")
    assert len(onepassword_runs.asked(shared)) == asked
    rotate_runs.settled(shared, place, old, new=False)
    assert shared.aws.count("CreateAccessKey") == 0


@runtime
def test_a_dry_run_does_not_look_into_1password(shared):
    shared.op.update(auth={"mode": "prompt", "delay": 0, "outcome": "dismiss"})
    said = rotated(shared, rotate_runs.Item(shared), "--dry-run")
    assert "in the 1Password item 'AWS prod' of vault Work, which is not looked into now" in said
    assert not onepassword_runs.asked(shared)


@runtime
def test_no_room_for_a_second_key(shared, profile):
    second = AccessKey("AKIAEXAMPLESECOND001", "the/second+secret/of/nobody/at/all/00000")
    shared.user.more_keys.append(second)
    said = refused(shared)
    assert f"a second one, ****{second.id[-4:]} (active)" in said
    assert "hint: delete the one that nothing uses" in said
    assert "2 of the 2 keys" in rotated(shared, profile, "--dry-run")
    assert len(shared.aws.keys_of(shared.user)) == 2


@runtime
@pytest.mark.parametrize(
    ("allowed", "phrase"),
    [
        ({"iam:GetUser"}, "iam:ListAccessKeys"),
        ({"iam:ListAccessKeys"}, "iam:CreateAccessKey"),
    ],
)
def test_who_may_not_is_told_what_is_missing(shared, profile, allowed, phrase):
    old = profile.held()
    shared.user.may_iam = allowed
    said = refused(shared)
    assert phrase in said
    assert "an administrator can allow it" in said
    assert "--resume" not in said
    rotate_runs.settled(shared, profile, old, new=False)


@runtime
def test_one_that_may_not_delete_can_go_on_later(shared, profile):
    old = profile.held()
    shared.user.may_iam = {"iam:ListAccessKeys", "iam:CreateAccessKey", "iam:UpdateAccessKey"}
    result = shared.run("rotate", "test", "--yes")
    assert result.returncode == 1
    assert "iam:DeleteAccessKey" in result.stderr
    assert "hint: to go on, type: mfa-session rotate test --resume" in result.stderr
    rotate_runs.works(shared, profile)
    again = shared.run("rotate", "test", "--yes")
    assert again.returncode == 1
    assert "was interrupted" in again.stderr
    assert "rotate test --rollback" in again.stderr
    shared.user.may_iam = True
    rotated(shared, profile, "--resume")
    rotate_runs.settled(shared, profile, old, new=True)


@runtime
def test_a_proof_that_fails_leaves_the_way_back(shared, profile):
    old = profile.held()
    shared.op.update(auth={"mode": "prompt", "delay": 0, "outcome": "dismiss", "remember": False})
    result = shared.run("rotate", "test", "--yes")
    assert result.returncode == 1
    assert "hint: to go back to the old key, type: mfa-session rotate test --rollback" in result.stderr
    rotate_runs.works(shared, profile)
    said = rotated(shared, profile, "--rollback")
    assert f"****{old.access_key_id[-4:]}, the old one, is in use again" in said
    assert rotate_runs.settled(shared, profile, old, new=False) == old


@runtime
def test_a_new_key_that_can_do_more_is_not_used(shared, profile):
    old = profile.held()
    shared.aws.after("CreateAccessKey", lambda: setattr(shared.user, "policy", "open"))
    result = shared.run("rotate", "test", "--yes")
    assert result.returncode == 1
    assert "the new key can do more than the old one" in result.stderr
    assert profile.held() == old
    shared.user.policy = "strict"
    rotated(shared, profile, "--rollback")
    rotate_runs.settled(shared, profile, old, new=False)


@runtime
def test_a_key_that_is_not_neutered_is_said_and_rotated(shared, profile):
    old = profile.held()
    shared.user.policy = "open"
    rotated(shared, profile, "--dry-run")  # the services behind the stand-in take a while to start
    said = rotated(shared, profile)
    assert "warning: the base key is not neutered" in said, said
    rotate_runs.settled(shared, profile, old, new=True)


@runtime
def test_who_has_a_copy_is_warned_of(shared, profile):
    key = shared.user
    shared.account("copy", AWS_ACCESS_KEY_ID=key.access_key_id, AWS_SECRET_ACCESS_KEY=key.secret_access_key)
    shared.account("twin", AWS_PROFILE="test-bootstrap")
    credentials = shared.home / ".aws/credentials"
    credentials.write_text(
        credentials.read_text() + credentials.read_text().replace("test-bootstrap", "other")
    )
    said = rotated(shared, profile, "--dry-run")
    assert "warning: the key is also in ~/envs/.env.copy, where it will not work any more" in said
    assert "warning: the key is also in profile other of ~/.aws/credentials" in said
    assert "twin" not in said


@runtime
def test_sessions_of_all_who_share_the_key_are_forgotten(shared, profile):
    shared.account("twin", AWS_PROFILE="test-bootstrap", SESSION_DURATION="1h")
    shared.export("twin")
    shared.forget_codes()
    assert "2 sessions of the other one forgotten" in rotated(shared, profile)
    listed = shared.run("status", "--all").stdout
    assert "twin" not in listed


@runtime
@pytest.mark.parametrize("word", ["--resume", "--rollback"])
def test_nothing_to_go_on_with(shared, word):
    assert "no rotation of test is under way" in refused(shared, word)


@runtime
def test_wrong_usage(shared):
    assert "--otp is one code" in refused(shared, "--otp", "123456", status=2)
    for two in (("--resume", "--dry-run"), ("--resume", "--rollback")):
        assert "exclude each other" in refused(shared, *two, status=2)
    said = refused(shared, "--no-prompt", status=4)
    assert "hint: if it is, type: mfa-session rotate test --yes" in said


@runtime
def test_halves_in_two_places_are_not_rotated(shared):
    shared.account(
        AWS_ACCESS_KEY_ID=shared.user.access_key_id,
        AWS_SECRET_ACCESS_KEY="op://Work/AWS prod/secret access key",
    )
    assert "half of the base key of test is in 1Password" in refused(shared)
    references = {
        "AWS_ACCESS_KEY_ID": "op://Work/AWS prod/access key id",
        "AWS_SECRET_ACCESS_KEY": "op://Private/AWS test/secret access key",
    }
    shared.account(**references)
    assert "in two items of 1Password" in refused(shared)


@runtime
def test_what_could_not_be_stored_is_not_made(shared):
    """A file among the item's fields would be lost by an edit; a profile may be there twice."""
    item = rotate_runs.Item(shared)
    rotate_runs.with_session(shared, item)
    shared.op.state["items"][-1]["files"] = [{"id": "f1", "name": "notes.txt"}]
    shared.op.save()
    said = refused(shared, account="prod")
    assert "file" in said
    credentials = shared.home / ".aws/credentials"
    key = shared.user
    credentials.write_text(
        f"[DEFAULT]\naws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n[test-bootstrap]\n"
    )
    refused(shared)
    assert shared.aws.count("CreateAccessKey") == 0


@runtime
def test_a_rotation_at_a_time(shared, profile):
    old = profile.held()
    first = onepassword_runs.start(shared, "rotate", "test", "--yes")
    shared.aws.latency = 0.3
    try:
        for _ in range(100):
            if list(shared.home.rglob("rotation-*")):
                break
            os.sched_yield()
            signal.sigtimedwait([], 0.05)
        result = shared.run("rotate", "test", "--yes")
        assert result.returncode == 1
        assert re.search(r"rotate test \(pid \d+\) is at it", result.stderr), result.stderr
    finally:
        _, said = first.communicate(timeout=60)
    assert first.returncode == 0, said
    rotate_runs.settled(shared, profile, old, new=True)


@runtime
def test_ctrl_c_says_how_to_go_on(shared, profile):
    old = profile.held()
    running = []
    shared.aws.after("UpdateAccessKey", lambda: running[0].send_signal(signal.SIGINT))
    running.append(onepassword_runs.start(shared, "rotate", "test", "--yes"))
    _, said = running[0].communicate(timeout=60)
    assert running[0].returncode == 130, said
    assert "hint: to go on, type: mfa-session rotate test --resume" in said
    rotated(shared, profile, "--resume")
    rotate_runs.settled(shared, profile, old, new=True)


@runtime
def test_the_journal_has_no_secret_and_is_private(shared, profile):
    found = {}

    def look():
        (path,) = shared.home.rglob("rotation-*")
        found.update(text=path.read_text(), mode=stat.S_IMODE(path.stat().st_mode))

    shared.aws.after("DeleteAccessKey", look)
    rotated(shared, profile)
    assert found["mode"] == 0o600
    assert profile.held().access_key_id in found["text"]
    for secret in shared.secrets:
        assert secret not in found["text"]
