"""`doctor --otp`, or with a session that is kept: what only a session with MFA may see, and a code that is proven."""

from __future__ import annotations

import time

import onepassword_runs
import pytest
from doctor_runs import TOO_SLOW, Seen, doctor, words
from standins.iam_access_key import AccessKey

pytestmark = pytest.mark.one_python

DAY = 86400
OF_A_SESSION = ("key age", "mfa devices", "simulation")


def touched(world, *args: str, **environ: str) -> Seen:
    """Another try where this machine was too busy; the codes of the first are forgotten."""
    for _ in range(3):
        seen = doctor(world, *args, "--otp", touched=True, **environ)
        if not any(slow in words(one) for one in seen.findings for slow in TOO_SLOW):
            break
        world.forget_codes()
        world.op.clear()
        world.aws.requests.clear()
    return seen


@pytest.mark.parametrize("account", ["test", "prod"])
def test_all_is_well(world, account):
    world.op.update(auth={"mode": "touch"})
    seen = touched(world, account, "--deep")
    assert seen.status == 0
    assert seen.bad() == []
    assert seen.says("ok", "code", "AWS took that of the 1Password item")
    assert seen.says("ok", "session", "a new one, 12h left")
    assert seen.says("ok", "key age", "****0000 is 10 days old")
    assert seen.says("ok", "mfa devices", "one, and it is the account's")
    assert seen.says("ok", "simulation", "12 dangerous actions")
    assert seen.level("base key") == seen.level("neutered") == ["ok"]
    assert not [one for one in seen.findings if one["level"] == "skipped"]
    assert [argv for argv in onepassword_runs.argvs(world) if argv != ["--version"]] == [
        ["inject"] if account == "prod" else ["item", "get", "AWS test", "--otp"]
    ]
    assert len(world.op.prompts) == 1


def test_a_code_is_proven_also_where_a_session_is_kept_and_the_new_one_is_kept(shared):
    old = shared.export("test")["AccessKeyId"]
    shared.forget_codes()
    seen = touched(shared, "test")
    assert seen.says("ok", "code", "AWS took that")
    shared.op.clear()
    assert shared.export("test")["AccessKeyId"] != old
    assert shared.op.calls == []


@pytest.mark.parametrize("shared", ["runtime"], indirect=True)
def test_a_kept_session_sees_the_same_and_nobody_is_asked(shared):
    for account in ("test", "prod"):
        shared.export(account)
        shared.op.clear()
        shared.op.forget()
        shared.op.update(auth={"mode": "touch"})
        seen = doctor(shared, account)
        assert seen.status == 0
        assert seen.says("ok", "session", "one is kept, 12h left")
        assert seen.says("ok", "store", "session")
        for subject in OF_A_SESSION:
            assert seen.level(subject) == ["ok"], (account, subject)
        shared.op.update(auth={"mode": "ok"})
        shared.forget_codes()
    # Of two keys nobody knows here which is the one in 1Password.
    shared.aws.users[1].more_keys.append(AccessKey("AKIAEXAMPLESECOND000", "x" * 40, created=time.time()))
    shared.op.clear()
    seen = doctor(shared, "prod")
    assert seen.says("skipped", "key age", "2 active keys")
    assert seen.of("second key") == []


def test_old_key_second_key_and_devices(world):
    world.user.created = time.time() - 100 * DAY
    world.user.more_keys = [
        AccessKey("AKIAEXAMPLESECOND000", "y" * 40, created=time.time() - DAY),
        AccessKey("AKIAEXAMPLETHIRD0000", "z" * 40, active=False, created=time.time()),
    ]
    world.user.mfa_devices = [world.user.mfa_serial, "arn:aws:iam::111122223333:u2f/user/alice/key1"]
    seen = touched(world, "test")
    assert seen.status == 0
    assert seen.says("yellow", "key age", "****0000 is 100 days old")
    assert seen.says("yellow", "key age", "mfa-session rotate test")
    assert [one["what"] for one in seen.of("second key")] == [
        "the user has a second active key, ****D000, 1 days old"
    ]
    assert seen.says("note", "mfa devices", "any of them is enough")


def test_devices_that_are_not_the_accounts(world):
    for devices, phrase in (
        (["arn:aws:iam::111122223333:u2f/user/alice/key1"], "FIDO keys alone"),
        (["arn:aws:iam::111122223333:mfa/other"], "is not among the user's devices"),
        ([], "is not among the user's devices"),
    ):
        world.forget_codes()
        world.user.mfa_devices = devices
        assert touched(world, "test").says("red", "mfa devices", phrase)


@pytest.mark.parametrize(
    ("form", "level", "phrase"),
    [
        ("null", "red", "a session without MFA may iam:CreateAccessKey"),
        ("direct", "yellow", "without MFA, IAM allows sts:AssumeRole, as --direct needs it"),
        ("powerless", "yellow", "nothing denies everything to the key alone and a session without MFA"),
    ],
)
def test_what_iam_says_of_the_policies(world, form, level, phrase):
    world.user.policy = form
    assert touched(world, "test").says(level, "simulation", phrase)


def test_what_the_user_may_not_see_is_skipped_and_the_rest_is_not(world):
    world.user.may_iam = ["ListMFADevices"]
    seen = touched(world, "test")
    assert seen.status == 0
    assert seen.says("skipped", "key age", "the user of test is not allowed to")
    assert seen.level("mfa devices") == ["ok"]
    assert seen.level("simulation") == ["skipped"]


def test_a_code_that_aws_does_not_take(world):
    world.op.update(clock_offset=-3600)
    seen = doctor(world, "test", "--otp", touched=True)
    assert seen.says("red", "code", "AWS refused the one-time code")
    assert seen.level("user") == ["skipped"]
    assert seen.level("neutered") in (["ok"], ["skipped"], ["yellow"])


@pytest.mark.parametrize(
    ("spoil", "phrase"),
    [
        (lambda world: world.op.update(auth={"mode": "prompt", "outcome": "dismiss"}), "was dismissed"),
        (lambda world: world.account(OP_ITEM="Gone"), "Gone"),
        (lambda world: onepassword_runs.item(world, "AWS test")["fields"].pop(), "one-time password"),
        (lambda world: world.op.program.unlink(), "is not installed"),
    ],
)
def test_no_code_to_be_had(world, spoil, phrase):
    spoil(world)
    world.op.save()
    seen = doctor(world, "test", "--otp", touched=True)
    assert seen.says("red", "code", phrase), seen.of("code")
    assert seen.status == 1
    assert seen.of("base key")
    assert seen.says("skipped", "user", "no session was got")
    assert not any("--otp" in words(one) for one in seen.findings)


def test_no_key_to_be_had_either(world):
    world.op.update(auth={"mode": "prompt", "outcome": "dismiss"})
    seen = doctor(world, "prod", "--otp", touched=True)
    for subject, phrase in (("base key", "no answer"), ("neutered", "no answer"), ("user", "no session")):
        assert seen.says("skipped", subject, f"{phrase} was got"), seen.of(subject)
    assert not any("--otp" in words(one) for one in seen.findings)


def test_a_role_is_left_alone_and_its_users_session_is_looked_at(world):
    world.account(ROLE_ARN="arn:aws:iam::111122223333:role/deploy")
    seen = touched(world, "test")
    assert seen.bad() == []
    assert world.aws.count("AssumeRole") == 0
    assert seen.level("simulation") == ["ok"]


def test_a_service_account_shows_the_item_without_a_touch(world):
    world.op.update(service_account={"token": "ops_example", "vaults": ["Work"]})
    token = {"OP_SERVICE_ACCOUNT_TOKEN": "ops_example"}
    seen = doctor(world, "prod", touched=True, **token)
    assert seen.says("ok", "code", "gives a code of 6 digits, and the base key")
    assert seen.says("note", "1password", "OP_SERVICE_ACCOUNT_TOKEN is set")
    assert seen.level("base key") == ["ok"]
    assert world.op.prompts == []
    assert world.aws.count("GetSessionToken") == 0
    assert seen.says("skipped", "user", "add --otp")
    seen = doctor(world, "test", touched=True, **token)
    assert seen.says("red", "code", "vault")
    world.account(
        OTP_SOURCE="prompt",
        OP_ITEM=None,
        AWS_ACCESS_KEY_ID="op://Work/AWS prod/access key id",
        AWS_SECRET_ACCESS_KEY="op://Work/AWS prod/nothing",
    )
    assert doctor(world, "test", touched=True, **token).level("code") == ["red"]


def test_a_service_account_that_gets_no_answer_is_not_waited_for(world):
    onepassword_runs.program(
        world, '#!/bin/sh\ncase $1 in item|inject) exec sleep 60;; esac\nexec real-op "$@"\n'
    )
    seen = doctor(world, "prod", touched=True, OP_SERVICE_ACCOUNT_TOKEN="ops_example")
    assert seen.says("red", "code", "op gives no answer")
    assert seen.seconds < 15  # it is 5 where nothing else runs


def test_halves_that_are_mixed_up_in_1password_do_not_reach_aws(world):
    world.op.update(service_account={"token": "ops_example", "vaults": ["Work"]})
    world.account(
        OTP_SOURCE="prompt",
        OP_ITEM=None,
        AWS_ACCESS_KEY_ID="op://Work/AWS prod/secret access key",
        AWS_SECRET_ACCESS_KEY="op://Work/AWS prod/access key id",
    )
    seen = doctor(world, "test", "--deep", touched=True, OP_SERVICE_ACCOUNT_TOKEN="ops_example")
    assert seen.says("red", "base key", "are the two halves mixed up?")
    assert seen.level("neutered") == ["skipped"]
    assert world.aws.requests == []
