"""The AWS stand-in answers real botocore clients as STS does: signatures, sessions, codes."""

from __future__ import annotations

import dataclasses
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import pytest
from botocore.exceptions import ClientError
from standins import sts, totp
from standins.sts_clients import MidStep, client, connect, login, signed

pytestmark = pytest.mark.one_python

ALICE = sts.User(
    account_id="111122223333",
    name="alice",
    access_key_id="AKIAEXAMPLETEST00001",
    secret_access_key="fake/secret+of/alice/000000000000000000=",
    mfa_serial="arn:aws:iam::111122223333:mfa/alice",
    seed="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
)
OPS = sts.User(
    account_id="444455556666",
    name="ops",
    access_key_id="AKIAEXAMPLETEST00002",
    secret_access_key="fake/secret+of/ops/00000000000000000000=",
    mfa_serial="GAHT12345678",
    seed="KRUGS4ZANFZSAYJAOZSXE6JAONSWG4TF",
    partition="aws-us-gov",
)
WHO = b"Action=GetCallerIdentity&Version=2011-06-15"


@pytest.fixture
def clock():
    return MidStep()


@pytest.fixture
def aws(clock):
    with sts.AwsStandIn(users=[ALICE, OPS], now=clock) as running:
        yield running
    assert running.bugs == []


def refused(call, **params):
    """Code, HTTP status and text of the error that this call ends in."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["RequestId"]
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def altered(user, **changes):
    return dataclasses.replace(user, **changes)


def code_at(clock, steps=0, user=ALICE):
    return {"SerialNumber": user.mfa_serial, "TokenCode": totp.code(user.seed, clock() + steps * totp.PERIOD)}


def test_base_key_and_session_are_the_same_user(aws):
    for who in (OPS, login(aws, OPS), login(aws, OPS, mfa=False)):
        identity = client(aws, "sts", who).get_caller_identity()
        assert identity["Arn"] == "arn:aws-us-gov:iam::444455556666:user/ops"
        assert identity["Account"] == "444455556666"
        assert re.fullmatch(r"AIDA[A-Z2-7]{17}", identity["UserId"])


def test_wrong_secret(aws):
    mangled = altered(ALICE, secret_access_key="oops")
    code, status, text = refused(client(aws, "sts", mangled).get_caller_identity)
    assert (code, status) == ("SignatureDoesNotMatch", 403)
    assert text.startswith("The request signature we calculated does not match the signature you provided.")


def test_unknown_and_inactive_keys(aws):
    aws.users.append(altered(ALICE, access_key_id="AKIAEXAMPLETEST00003", active=False))
    for key in ("AKIAEXAMPLETEST00003", "AKIAEXAMPLETEST00004"):
        error = refused(client(aws, "sts", altered(ALICE, access_key_id=key)).get_caller_identity)
        text = "The security token included in the request is invalid."
        assert error == ("InvalidClientTokenId", 403, text)


def test_token_must_be_the_sessions_own(aws):
    session, other = login(aws, ALICE), login(aws, OPS)
    base = {"AccessKeyId": ALICE.access_key_id, "SecretAccessKey": ALICE.secret_access_key}
    for wrong in (
        session | {"SessionToken": None},
        session | {"SessionToken": other["SessionToken"]},
        base | {"SessionToken": session["SessionToken"]},
    ):
        assert refused(client(aws, "sts", wrong).get_caller_identity)[:2] == ("InvalidClientTokenId", 403)


@pytest.mark.parametrize(("hours", "shape"), [
    (2, r"Signature expired: (\w+) is now earlier than (\w+) \((\w+) - 15 min\.\)"),
    (-2, r"Signature not yet current: (\w+) is still later than (\w+) \((\w+) \+ 15 min\.\)"),
])  # fmt: skip
def test_clock_skew(aws, hours, shape):
    aws.clock_offset = hours * 3600
    sts_client = client(aws, "sts", ALICE)
    headers = []
    sts_client.meta.events.register(
        "after-call", lambda **seen: headers.append(seen["http_response"].headers)
    )
    code, status, text = refused(sts_client.get_caller_identity)
    assert (code, status) == ("SignatureDoesNotMatch", 403)
    match = re.fullmatch(shape, text)
    server = datetime.strptime(match[3], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    assert server == parsedate_to_datetime(headers[0]["Date"])
    assert abs(server.timestamp() - time.time() - hours * 3600) < 120


def test_altered_and_unsigned_requests(aws):
    answers = []
    for body, headers in (
        (WHO, signed(aws, ALICE, WHO)),
        (WHO + b"&More=1", signed(aws, ALICE, WHO)),
        (WHO, {"Content-Type": "application/x-www-form-urlencoded"}),
        (WHO, signed(aws, ALICE, WHO) | {"Authorization": "Bearer of-bad-news"}),
    ):
        with connect(aws) as connection:
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            answers.append((answer.status, *re.findall("<(?:Code|Account)>(.*?)<", answer.read().decode())))
    assert answers == [
        (200, "111122223333"),
        (403, "SignatureDoesNotMatch"),
        (403, "MissingAuthenticationToken"),
        (400, "IncompleteSignature"),
    ]


def test_session_ends_when_it_said(aws, clock):
    clock.at -= 600
    session = login(aws, ALICE, DurationSeconds=900)
    clock.at += 899
    assert client(aws, "sts", session).get_caller_identity()
    assert session["Expiration"].timestamp() == pytest.approx(clock() + 1, abs=1)
    clock.at += 2
    error = refused(client(aws, "sts", session).get_caller_identity)
    assert error == ("ExpiredToken", 403, "The security token included in the request is expired")


def test_default_duration_is_twelve_hours(aws, clock):
    assert login(aws, ALICE)["Expiration"].timestamp() == pytest.approx(clock() + 43200, abs=1)


@pytest.mark.parametrize(("params", "complaint"), [
    ({"DurationSeconds": 899}, "'899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"),
    ({"DurationSeconds": 129601}, "'129601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600"),
    ({"TokenCode": "12345"}, "'12345' at 'tokenCode' failed to satisfy constraint: Member must have length greater than or equal to 6"),
    ({"TokenCode": "1234567"}, "'1234567' at 'tokenCode' failed to satisfy constraint: Member must have length less than or equal to 6"),
    ({"TokenCode": "<&abc>"}, r"'<&abc>' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]*"),
    ({"SerialNumber": "short"}, "'short' at 'serialNumber' failed to satisfy constraint: Member must have length greater than or equal to 9"),
])  # fmt: skip
def test_malformed_parameters(aws, clock, params, complaint):
    error = refused(client(aws, "sts", ALICE).get_session_token, **code_at(clock) | params)
    assert error == ("ValidationError", 400, f"1 validation error detected: Value {complaint}")


def test_serial_and_code_come_together_or_not_at_all(aws, clock):
    both = code_at(clock)
    for name in both:
        error = refused(client(aws, "sts", ALICE).get_session_token, **{name: both[name]})
        assert error[0] == "AccessDenied"
        assert error[2].endswith("must provide both MFA serial number and one time pass code.")
    assert login(aws, ALICE, mfa=False)["AccessKeyId"].startswith("ASIA")


def test_serial_of_somebody_else(aws, clock):
    for serial in (OPS.mfa_serial, "arn:aws:iam::111122223333:mfa/nobody"):
        wrong = code_at(clock) | {"SerialNumber": serial}
        error = refused(client(aws, "sts", ALICE).get_session_token, **wrong)
        assert error[:2] == ("AccessDenied", 403)
        assert error[2] == (
            "MultiFactorAuthentication failed, unable to validate MFA code.  "
            "Please verify your MFA serial number is valid and associated with this user."
        )


def test_session_cannot_get_a_session(aws):
    for who in (login(aws, ALICE), login(aws, ALICE, mfa=False)):
        error = refused(client(aws, "sts", who).get_session_token)
        assert error == ("AccessDenied", 403, "Cannot call GetSessionToken with session credentials")


def test_code_is_good_one_step_to_either_side(aws, clock):
    get = client(aws, "sts", ALICE).get_session_token
    wrong = ("AccessDenied", 403, "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
    assert refused(get, **code_at(clock, -2)) == refused(get, **code_at(clock, 2)) == wrong
    for step in (-1, 0, 1):
        assert get(**code_at(clock, step))
        assert refused(get, **code_at(clock, step)) == wrong
    assert refused(get, **code_at(clock, 0)) == wrong


def test_step_is_used_up_for_one_device_only(aws, clock):
    login(aws, ALICE)
    login(aws, OPS)
    clock.at += totp.PERIOD
    login(aws, ALICE)
    aws.forget_codes()
    login(aws, ALICE)


def test_one_code_makes_one_session_however_many_ask(aws, clock):
    clients = [client(aws, "sts", ALICE) for _ in range(6)]
    with ThreadPoolExecutor(len(clients)) as pool:
        tries = [pool.submit(each.get_session_token, **code_at(clock)) for each in clients]
    assert [bool(each.exception()) for each in tries].count(False) == 1
    assert aws.count("GetSessionToken") == 6


def test_other_sts_actions_are_denied(aws):
    role = {"RoleArn": "arn:aws:iam::111122223333:role/admin", "RoleSessionName": "alice"}
    what = f"User: {ALICE.arn} is not authorized to perform: sts:AssumeRole on resource: {role['RoleArn']}"
    for who, why in (
        (ALICE, " with an explicit deny in an identity-based policy"),
        (login(aws, ALICE), ""),  # there is no such role, which is not said
    ):
        assert refused(client(aws, "sts", who).assume_role, **role) == ("AccessDenied", 403, what + why)


def test_log_knows_the_code_was_there_but_not_the_code(aws, clock):
    session = login(aws, ALICE)
    assert refused(client(aws, "sts", ALICE).get_session_token, **code_at(clock))[0] == "AccessDenied"
    login(aws, ALICE, mfa=False)
    first, second, third = aws.requests
    assert (first.status, second.status, second.error, third.status) == (200, 403, "AccessDenied", 200)
    assert first.code_sha256 == second.code_sha256
    assert (first.has_code, third.has_code) == (True, False)
    assert first.user_agent.startswith("Botocore/")
    shown = repr((aws.requests, aws.users, list(aws._world.sessions.values())))
    for secret in (ALICE.secret_access_key, ALICE.seed, session["SecretAccessKey"], session["SessionToken"]):
        assert secret not in shown
    assert f"'{code_at(clock)['TokenCode']}'" not in shown
