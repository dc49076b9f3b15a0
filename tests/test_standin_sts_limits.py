"""What the AWS stand-in's roles pass on and hold back: session tags, source identity, session policies."""

from __future__ import annotations

import random
import re
import string

import pytest
from standins import sts
from standins.sts_cases import (
    ADMIN,
    ALICE,
    ASSUMED,
    ELSEWHERE,
    NO_OWN_POLICY,
    NO_SESSION_POLICY,
    READ_ONLY,
    TAGS,
    assume,
    no,
    policy,
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


def noise(size, seed=99):
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=size))


def test_tags_and_source_identity_go_down_the_chain(aws, session):
    aws.roles.append(sts.Role(ELSEWHERE, (ADMIN,), requires_mfa=False))
    answer = assume(aws, session, Tags=TAGS, TransitiveTagKeys=["team"], SourceIdentity="alice@here")
    assert answer["SourceIdentity"] == "alice@here"
    assert 0 < answer["PackedPolicySize"] < 20
    first = answer["Credentials"]
    minted = aws._world.sessions[assume(aws, first, ELSEWHERE)["Credentials"]["AccessKeyId"]]
    assert (minted.tags, minted.source_identity, minted.chained) == ({"Team": "blue"}, "alice@here", True)
    error = refused(assume, aws, first, ELSEWHERE, Tags=[{"Key": "TEAM", "Value": "red"}])
    assert error[:2] == ("InvalidParameterValue", 400)
    assert "conflicts with a transitive tag key from the calling session" in error[2]
    changed = refused(assume, aws, first, ELSEWHERE, SourceIdentity="bob")
    assert changed == no(ASSUMED, "SetSourceIdentity", ELSEWHERE)
    aws.roles[1].may_tag = False
    assert refused(assume, aws, first, ELSEWHERE) == no(ASSUMED, "TagSession", ELSEWHERE)


def test_roles_that_let_nobody_tag(aws, session):
    aws.roles[:] = [sts.Role(ADMIN, (ALICE.arn,), may_tag=False, may_set_source_identity=False)]
    assert refused(assume, aws, session, Tags=TAGS) == no(ALICE.arn, "TagSession")
    assert refused(assume, aws, session, SourceIdentity="alice") == no(ALICE.arn, "SetSourceIdentity")
    assert assume(aws, session)


@pytest.mark.parametrize(("params", "text"), [
    ({"Tags": [*TAGS, {"Key": "TEAM", "Value": "red"}]}, "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
    ({"Tags": [{"Key": "AWS:x", "Value": ""}]}, "reserved"),
    ({"Tags": TAGS, "TransitiveTagKeys": ["other"]}, "The specified transitive tag key must be included in the requested tags."),
])  # fmt: skip
def test_tags_that_cannot_be(aws, session, params, text):
    error = refused(assume, aws, session, **params)
    assert error[:2] == ("InvalidParameterValue", 400)
    assert text in error[2]


@pytest.mark.parametrize(("document", "text"), [
    ("{", "This policy contains invalid Json"),
    ("[]", "Syntax errors in policy."),
    ('{"Statement": []}', "Syntax errors in policy."),
    ('{"Version": "2012-10-17", "Statement": []}', "Syntax errors in policy."),
    (policy({"Effect": "allow", "Action": "*"}), "Syntax errors in policy."),
    (policy({}), "Policy statement must contain actions."),
    (policy({"Action": "s3:*", "Resource": []}), "Policy statement must contain resources."),
    (policy({"Action": "ListBuckets"}), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    (policy({"Action": "s3:*", "Principal": "*"}), "Policy document should not specify a principal."),
])  # fmt: skip
def test_malformed_policies(aws, session, document, text):
    assert refused(assume, aws, session, Policy=document) == ("MalformedPolicyDocument", 400, text)


def test_unknown_managed_policies(aws, session):
    for arn in (
        READ_ONLY + "x",
        READ_ONLY.replace("aws:", "aws-cn:"),
        "arn:aws:iam::111122223333:policy/own",
    ):
        error = refused(assume, aws, session, PolicyArns=[{"arn": arn}])
        assert error[:2] == ("MalformedPolicyDocument", 400)
        assert arn in error[2]


def test_packed_policies(aws, session):
    sizes = []
    for size in (100, 1000, 1900):
        document = policy({"Action": "s3:*", "Sid": noise(size)})
        sizes.append(assume(aws, session, Policy=document)["PackedPolicySize"])
    assert sizes == sorted(set(sizes))
    assert sizes[-1] <= 100
    tags = [{"Key": f"key{number}", "Value": noise(200, number)} for number in range(50)]
    error = refused(assume, aws, session, Policy=document, Tags=tags)
    assert error[:2] == ("PackedPolicyTooLarge", 400)
    assert re.fullmatch(
        r"Packed policy consumes \d{3}% of allotted space, please use smaller policy\.", error[2]
    )


@pytest.mark.parametrize(("limits", "allows", "lists", "creates"), [
    ({}, ["*"], "", ""),
    ({}, ["s3:*", "SNS:list*"], "", NO_OWN_POLICY),
    ({"PolicyArns": [{"arn": READ_ONLY}]}, ["*"], "", NO_SESSION_POLICY),
    ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"}]}, ["*"], "", NO_SESSION_POLICY),
    ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]}, ["sns:L*"], "", NO_OWN_POLICY),
    ({"PolicyArns": [{"arn": READ_ONLY}], "Policy": policy({"Action": "sns:CreateTopic"})}, ["*"], "", ""),
    ({"Policy": policy({"Action": ["s3:*", "sns:?reate*"]})}, ["*"], NO_SESSION_POLICY, ""),
    ({"Policy": policy({"NotAction": "sns:Create*"})}, ["*"], "", NO_SESSION_POLICY),
    ({"Policy": policy({"Action": "*"}, {"Effect": "Deny", "Action": "sns:C*"})}, ["*"], "", "with an explicit deny in a session policy"),
    ({"Policy": policy({"Action": "sns:*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})}, ["*"], NO_SESSION_POLICY, NO_SESSION_POLICY),
])  # fmt: skip
def test_what_a_role_session_may_do(aws, session, limits, allows, lists, creates):
    aws.roles[0].allows = allows
    sns = client(aws, "sns", assume(aws, session, **limits)["Credentials"])
    for call, why, params in ((sns.list_topics, lists, {}), (sns.create_topic, creates, {"Name": "news"})):
        action = "sns:CreateTopic" if params else "sns:ListTopics"
        if why:
            text = f"User: {ASSUMED} is not authorized to perform: {action} {why.format(action)}"
            assert refused(call, **params) == ("AccessDenied", 403, text)
        else:
            assert call(**params)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_role_session_within_sts_and_iam(aws, session):
    none = policy({"Action": "s3:GetObject"})
    role = assume(aws, session, Policy=none)["Credentials"]
    assert client(aws, "sts", role).get_caller_identity()["Arn"] == ASSUMED  # nothing can forbid that
    why = "because no session policy allows the sts:AssumeRole action"
    assert refused(assume, aws, role) == no(ASSUMED, why=why)
    for call, action in (
        ("get_session_token", "GetSessionToken"),
        ("get_federation_token", "GetFederationToken"),
    ):
        error = refused(
            getattr(client(aws, "sts", role), call), **({"Name": "bob"} if "Fed" in action else {})
        )
        assert error == ("AccessDenied", 403, f"Cannot call {action} with session credentials")
    full = assume(aws, session)["Credentials"]
    assert client(aws, "iam", full).list_users()["Users"] == []
