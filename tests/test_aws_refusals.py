"""AWS answers, and says no: real runs against the strict stand-in. Nothing is exported, and the reason is named."""

from __future__ import annotations

import re
import time

import pytest
from aws_runs import SOON, failure, fault

pytestmark = pytest.mark.one_python

OTHER = "arn:aws:iam::111122223333:mfa/bob"


def literal_key(world, key_id: str, secret: str) -> None:
    world.account(AWS_ACCESS_KEY_ID=key_id, AWS_SECRET_ACCESS_KEY=secret)


def wrong_secret(world):
    literal_key(world, world.user.access_key_id, "a/wrong+secret/of/nobody/at/all/00000000")


def cut_off_secret(world):
    literal_key(world, world.user.access_key_id, world.user.secret_access_key[:-1])


def unknown_key(world):
    literal_key(world, "AKIAEXAMPLENOBODY999", world.user.secret_access_key)


def inactive_key(world):
    world.user.active = False


def account_of_somebody_else(world):
    world.account(AWS_ACCOUNT_ID="999988887777", MFA_SERIAL="arn:aws:iam::999988887777:mfa/alice")


def wrong_serial(world):
    world.account(MFA_SERIAL=OTHER)


# What is wrong, what the sentence must name, what a hint must name.
CASES = {
    "wrong secret": (wrong_secret, r"secret of the base key \*{4}0000", "copy it again"),
    "cut-off secret": (cut_off_secret, r"secret of the base key \*{4}0000", "cut-off"),
    "unknown key": (unknown_key, r"base key \*{4}Y999 of test: deleted", "IAM .*us-east-1"),
    "inactive key": (inactive_key, r"base key \*{4}0000 of test: .*inactive", "IAM .*eu-west-1"),
    "another account": (account_of_somebody_else, "belongs to account 111122223333.*=999988887777", "account id"),
    "another account, says AWS": (fault("GetCallerIdentity", "wrong_account"), "belongs to account 999988887777", "account id"),
    "wrong serial": (wrong_serial, f"no MFA device {OTHER}", "MFA_SERIAL in .*/envs/.env.test"),
    "region disabled": (fault("GetCallerIdentity", "region_disabled"), "STS is switched off in eu-west-1", "us-east-1"),
    "region disabled since": (fault("GetSessionToken", "region_disabled"), "STS is switched off in eu-west-1", "us-east-1"),
    "throttled": (fault("GetCallerIdentity", "throttle"), "too often", "wait"),
    "throttled at last": (fault("GetSessionToken", "throttle"), "too often", "wait"),
    "in trouble": (fault("GetCallerIdentity", "500"), "HTTP 500", "again"),
    "in trouble at last": (fault("GetSessionToken", "500"), "HTTP 500", "again"),
    "expired key": (fault("GetCallerIdentity", "expired_session"), "base key of test is an expired session", "AKIA"),
    "expired session": (fault("GetSessionToken", "expired_session"), "already expired by this machine's clock", "clock"),
}  # fmt: skip


# Those in which AWS got a code before it refused; of every other it must not even see one.
WITH_A_CODE = {
    "wrong serial",
    "region disabled since",
    "expired session",
    *(case for case in CASES if "at last" in case),
}


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_ends_in_a_sentence_and_a_hint(world, case):
    spoil, message, hint = CASES[case]
    spoil(world)
    failed = failure(world)
    assert re.search(message, failed.message)
    assert re.search(hint, failed.hints)
    assert world.aws.count("GetSessionToken") == (case in WITH_A_CODE)


@pytest.mark.parametrize("case", ["wrong secret", "throttled at last", "expired session"])
def test_with_debug_it_shows_where_but_no_secret(world, case):
    spoil, message, _ = CASES[case]
    spoil(world)
    assert re.search(message, failure(world, "--debug").message)


@pytest.mark.parametrize("case", ["wrong secret", "another account"])
def test_a_wrong_key_ends_the_question_to_the_person(world, case):
    CASES[case][0](world)
    world.op.update(auth={"mode": "prompt", "delay": 30})
    assert failure(world).seconds < SOON
    (call,) = (call for call in world.op.calls if call["argv"][0] == "item")
    assert call["ended"]
    assert call["exit"]


def session_of(world):
    return world.aws._world.mint(world.user, time.time() + 3600, mfa=True)


def test_the_key_of_a_session_in_the_file_is_refused_before_anybody_is_asked(world):
    session = session_of(world)
    literal_key(world, session.access_key_id, session.secret_access_key)
    failed = failure(world)
    assert re.search("AWS_ACCESS_KEY_ID .*session", failed.message)
    assert "AKIA" in failed.hints
    assert not world.op.calls
    assert not world.aws.requests


def test_the_key_of_a_session_from_1password_is_called_that(world):
    """AWS says the same of it, without its token, as of a key that was deleted."""
    session = session_of(world)
    values = {"access key id": session.access_key_id, "secret access key": session.secret_access_key}
    for field in world.op.state["items"][0]["fields"]:
        field["value"] = values.get(field["label"], field["value"])
    world.op.save()
    literal_key(world, *(f"op://Private/AWS test/{label}" for label in values))
    assert "session" in failure(world).message


def test_the_session_in_a_profile_is_refused_before_anybody_is_asked(world):
    session = session_of(world)
    world.write(
        ".aws/credentials",
        f"[test-bootstrap]\naws_access_key_id = {session.access_key_id}\n"
        f"aws_secret_access_key = {session.secret_access_key}\naws_session_token = {session.token}\n",
    )
    failed = failure(world)
    assert re.search("profile test-bootstrap .*session", failed.message)
    assert not world.op.calls
    assert not world.aws.requests
