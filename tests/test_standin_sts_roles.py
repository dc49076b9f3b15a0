"""The AWS stand-in's AssumeRole: who becomes which role, for how long, and all that STS refuses about it."""

from __future__ import annotations

import dataclasses
import re

import pytest
from botocore.parsers import ResponseParserError
from standins import sts, totp
from standins.sts_cases import (
    ADMIN,
    ALICE,
    ASSUMED,
    DENY,
    ELSEWHERE,
    PATTERN,
    READ_ONLY,
    TAGS,
    assume,
    federate,
    length,
    no,
    refused,
)
from standins.sts_clients import MidStep, client, login

pytestmark = pytest.mark.one_python


@pytest.fixture
def aws():
    with sts.AwsStandIn(now=MidStep(), roles=[sts.Role(ADMIN, (ALICE.arn,))]) as running:
        yield running
    assert running.bugs == []


@pytest.fixture
def session(aws):
    return login(aws, ALICE)


def code(aws, steps=0):
    return {
        "SerialNumber": ALICE.mfa_serial,
        "TokenCode": totp.code(ALICE.seed, aws.clock() + steps * totp.PERIOD),
    }


def test_a_session_with_mfa_becomes_the_role(aws, session):
    answer = assume(aws, session)
    assert answer["AssumedRoleUser"]["Arn"] == ASSUMED
    assert re.fullmatch(r"AROA[A-Z2-7]{17}:work", answer["AssumedRoleUser"]["AssumedRoleId"])
    assert answer["Credentials"]["Expiration"].timestamp() == pytest.approx(aws.clock() + 3600, abs=1)
    assert not {"PackedPolicySize", "SourceIdentity"} & set(answer)
    identity = client(aws, "sts", answer["Credentials"]).get_caller_identity()
    assert identity["Arn"] == ASSUMED
    assert (identity["Account"], identity["UserId"]) == (
        "111122223333",
        answer["AssumedRoleUser"]["AssumedRoleId"],
    )


def test_roles_may_be_added_at_any_time(aws, session):
    assert refused(assume, aws, session, ELSEWHERE) == no(ALICE.arn, resource=ELSEWHERE)
    aws.roles.append(sts.Role(ELSEWHERE, ("arn:aws:iam::111122223333:root",)))
    role = assume(aws, session, ELSEWHERE)["Credentials"]
    assert client(aws, "sts", role).get_caller_identity()["Account"] == "444455556666"
    topic = client(aws, "sns", role).create_topic(Name="news")["TopicArn"]
    assert topic == "arn:aws:sns:eu-west-1:444455556666:news"


@pytest.mark.parametrize(("role", "asked"), [
    ({"trusted": ("arn:aws:iam::111122223333:user/bob",)}, {}),
    ({"trusted": ("arn:aws:iam::444455556666:root",)}, {}),
    ({"external_id": "right"}, {}),
    ({"external_id": "right"}, {"ExternalId": "wrong"}),
])  # fmt: skip
def test_the_reason_of_a_trust_policy_is_not_told(aws, session, role, asked):
    aws.roles[:] = [dataclasses.replace(aws.roles[0], **role)]
    assert refused(assume, aws, session, **asked) == no(ALICE.arn)


def test_external_id(aws, session):
    aws.roles[0].external_id = "right/:@"
    assert assume(aws, session, ExternalId="right/:@")


def test_the_own_policy_of_the_user(aws, session):
    aws.users[0].may_assume = False
    why = "because no identity-based policy allows the sts:AssumeRole action"
    assert refused(assume, aws, session) == no(ALICE.arn, why=why)


def test_strict_denies_the_base_key_even_with_a_code(aws):
    assert refused(assume, aws, ALICE) == no(ALICE.arn, why=DENY)
    assert refused(assume, aws, ALICE, **code(aws)) == no(ALICE.arn, why=DENY)
    assert refused(assume, aws, ALICE, **code(aws))[2].startswith(
        "MultiFactorAuthentication failed with invalid"
    )
    assert refused(assume, aws, login(aws, ALICE, mfa=False)) == no(ALICE.arn, why=DENY)


def test_direct_takes_serial_and_code_once(aws):
    aws.users[0].policy = "direct"
    aws.roles[0].max_duration = 43200
    assert refused(assume, aws, ALICE) == no(ALICE.arn)  # the role wants MFA
    assert refused(assume, aws, login(aws, ALICE, mfa=False)) == no(ALICE.arn, why=DENY)
    answer = assume(aws, ALICE, DurationSeconds=43200, Tags=TAGS, SourceIdentity="alice", **code(aws))
    assert answer["Credentials"]["Expiration"].timestamp() == pytest.approx(aws.clock() + 43200, abs=1)
    assert refused(assume, aws, ALICE, **code(aws))[2].startswith(
        "MultiFactorAuthentication failed with invalid MFA"
    )
    assert refused(assume, aws, ALICE, SerialNumber=ALICE.mfa_serial)[2].startswith(
        "MultiFactorAuthentication failed, must"
    )
    other = code(aws, 1) | {"SerialNumber": "arn:aws:iam::111122223333:mfa/bob"}
    assert refused(assume, aws, ALICE, **other)[2].startswith(
        "MultiFactorAuthentication failed, unable to validate"
    )
    assert refused(client(aws, "sns", ALICE).list_topics)[2].endswith(DENY)
    aws.roles[0].requires_mfa = False
    assert assume(aws, ALICE)


def test_a_session_brings_no_code(aws, session):
    error = refused(assume, aws, session, **code(aws, 1))
    assert error[:2] == ("AccessDenied", 403)
    assert error[2].startswith("MultiFactorAuthentication failed, unable to validate MFA code.")
    assert login(aws, ALICE, **code(aws, 1), mfa=False)  # and the code is still good


def test_a_role_carries_no_mfa_along_a_chain(aws, session):
    first = assume(aws, session)["Credentials"]
    aws.roles.append(sts.Role(ELSEWHERE, (ADMIN,)))
    assert refused(assume, aws, first, ELSEWHERE) == no(ASSUMED, resource=ELSEWHERE)
    aws.roles[1].requires_mfa = False
    second = assume(aws, first, ELSEWHERE)
    assert second["AssumedRoleUser"]["Arn"] == "arn:aws:sts::444455556666:assumed-role/elsewhere/work"
    assert refused(assume, aws, second["Credentials"]) == no(second["AssumedRoleUser"]["Arn"])
    aws.roles[0].allows = ["s3:*"]
    error = no(
        ASSUMED, resource=ELSEWHERE, why="because no identity-based policy allows the sts:AssumeRole action"
    )
    assert refused(assume, aws, first, ELSEWHERE) == error


def test_durations(aws, session):
    aws.roles[0].max_duration = 7200
    chained = (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    )
    assert refused(assume, aws, session, DurationSeconds=3601) == ("ValidationError", 400, chained)
    assert assume(aws, session, DurationSeconds=3600)
    aws.users[0].policy = "open"
    aws.roles[0].requires_mfa = False
    above = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    assert refused(assume, aws, ALICE, DurationSeconds=7201) == ("ValidationError", 400, above)
    assert assume(aws, ALICE, DurationSeconds=7200)


@pytest.mark.parametrize(("params", "complaint"), [
    ({"RoleArn": None}, "Value null at 'roleArn' failed to satisfy constraint: Member must not be null"),
    ({"RoleArn": "x" * 19}, f"Value '{'x' * 19}' at 'roleArn' {length('greater', 20)}"),
    ({"RoleSessionName": None}, "Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null"),
    ({"RoleSessionName": "x"}, f"Value 'x' at 'roleSessionName' {length('greater', 2)}"),
    ({"RoleSessionName": "x" * 65}, f"Value '{'x' * 65}' at 'roleSessionName' {length('less', 64)}"),
    ({"RoleSessionName": "a b"}, rf"Value 'a b' at 'roleSessionName' {PATTERN}[\w+=,.@-]*"),
    ({"DurationSeconds": 43201}, "Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200"),
    ({"ExternalId": "x"}, f"Value 'x' at 'externalId' {length('greater', 2)}"),
    ({"ExternalId": "a b"}, rf"Value 'a b' at 'externalId' {PATTERN}[\w+=,.@:\/-]*"),
    ({"SourceIdentity": "aws:x"}, rf"Value 'aws:x' at 'sourceIdentity' {PATTERN}[\w+=,.@-]*"),
    ({"TokenCode": "1234567"}, f"Value '1234567' at 'tokenCode' {length('less', 6)}"),
    ({"Policy": ""}, f"Value '' at 'policy' {length('greater', 1)}"),
    ({"Policy": "x" * 2049}, f"Value '{'x' * 2049}' at 'policy' {length('less', 2048)}"),
    ({"PolicyArns": [{"arn": "short"}]}, f"Value 'short' at 'policyArns.1.member.arn' {length('greater', 20)}"),
    ({"Tags": [{"Key": "x" * 129, "Value": "y"}]}, f"Value '{'x' * 129}' at 'tags.1.member.key' {length('less', 128)}"),
    ({"Tags": [{"Key": "x", "Value": "y" * 257}]}, f"Value '{'y' * 257}' at 'tags.1.member.value' {length('less', 256)}"),
    ({"Tags": [{"Key": "k", "Value": "a;b"}]}, rf"Value 'a;b' at 'tags.1.member.value' {PATTERN}[\p{{L}}\p{{Z}}\p{{N}}_.:/=+\-@]*"),
    ({"Tags": [{"Key": "k"}]}, "Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null"),
    ({"TransitiveTagKeys": ["x" * 129]}, f"Value '{'x' * 129}' at 'transitiveTagKeys.1.member' {length('less', 128)}"),
])  # fmt: skip
def test_malformed_parameters(aws, session, params, complaint):
    asked = {"RoleArn": ADMIN, "RoleSessionName": "work"} | params
    asked = {name: value for name, value in asked.items() if value is not None}
    error = refused(client(aws, "sts", session).assume_role, **asked)
    # An empty text may break two rules, and then both speak.
    assert error[:2] == ("ValidationError", 400)
    assert complaint in error[2]
    assert re.match(r"\d validation errors? detected: ", error[2])


def test_too_many(aws, session):
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
    error = refused(assume, aws, session, Tags=tags)
    assert error[0] == "ValidationError"
    assert (
        "at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50" in error[2]
    )
    assert assume(aws, session, Tags=tags[:50])
    arns = [{"arn": READ_ONLY}] * 11
    assert refused(assume, aws, session, PolicyArns=arns)[0] == "ValidationError"
    assert assume(aws, session, PolicyArns=arns[:10])


def test_a_session_token_is_for_two_actions_of_sts(aws, session):
    for who in (session, login(aws, ALICE, mfa=False)):
        error = refused(client(aws, "sts", who).get_access_key_info, AccessKeyId=ALICE.access_key_id)
        assert error == ("AccessDenied", 403, "Cannot call GetAccessKeyInfo with session credentials")
        assert refused(federate, aws, who)[2] == "Cannot call GetFederationToken with session credentials"


def test_faults(aws, session):
    aws.roles.append(sts.Role(ELSEWHERE, (ALICE.arn,)))
    for kind in ("wrong_account", "no_credentials", "expired_session", "short_session", "garbage"):
        aws.fault("AssumeRole", kind)
    assert assume(aws, session, ELSEWHERE)["AssumedRoleUser"]["Arn"].split(":")[4] == "999988887777"
    assert "Credentials" not in assume(aws, session)
    over, short = assume(aws, session)["Credentials"], assume(aws, session)["Credentials"]
    assert refused(client(aws, "sts", over).get_caller_identity)[0] == "ExpiredToken"
    assert short["Expiration"].timestamp() == pytest.approx(aws.clock() + 600, abs=1)
    with pytest.raises(ResponseParserError):
        assume(aws, session)
    aws.expire_sessions()
    assert refused(assume, aws, session)[0] == "ExpiredToken"


def test_the_log_keeps_parameters_but_no_code(aws):
    aws.users[0].policy = "direct"
    now = code(aws)
    role = assume(aws, ALICE, Tags=TAGS, ExternalId="external", DurationSeconds=900, **now)["Credentials"]
    assert aws.requests[0].params == {
        "Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": ADMIN, "RoleSessionName": "work",
        "SerialNumber": ALICE.mfa_serial, "DurationSeconds": "900", "ExternalId": "external",
        "Tags.member.1.Key": "Team", "Tags.member.1.Value": "blue",
        "Tags.member.2.Key": "cost centre", "Tags.member.2.Value": "",
    }  # fmt: skip
    assert aws.requests[0].has_code
    client(aws, "sns", role).list_topics()
    assert aws.requests[1].params == {}
    shown = repr((aws.requests, aws._world.sessions))
    for secret in (f"'{now['TokenCode']}'", role["SecretAccessKey"], role["SessionToken"]):
        assert secret not in shown
