"""The AWS stand-in's GetFederationToken: a session without MFA, and never more than the policy it was given."""

from __future__ import annotations

import pytest
from standins import sts
from standins.sts_cases import (
    ADMIN,
    ALICE,
    DENY,
    NO_SESSION_POLICY,
    PATTERN,
    TAGS,
    assume,
    federate,
    length,
    no,
    policy,
    refused,
)
from standins.sts_clients import MidStep, client

pytestmark = pytest.mark.one_python


@pytest.fixture
def aws():
    with sts.AwsStandIn(now=MidStep(), roles=[sts.Role(ADMIN, (ALICE.arn,))]) as running:
        yield running
    assert running.bugs == []


def test_federation(aws):
    resource = "arn:aws:sts::111122223333:federated-user/bob"
    assert refused(federate, aws) == no(ALICE.arn, "GetFederationToken", resource, DENY)
    aws.users[0].policy = "federation"
    assert refused(federate, aws, Tags=TAGS) == no(ALICE.arn, "TagSession", resource, DENY)
    denied = federate(aws, Policy=policy({"Action": "sns:*"}), DurationSeconds=129600)
    assert denied["FederatedUser"] == {"FederatedUserId": "111122223333:bob", "Arn": resource}
    assert denied["Credentials"]["Expiration"].timestamp() == pytest.approx(aws.clock() + 129600, abs=1)
    assert denied["PackedPolicySize"] > 0
    bob = denied["Credentials"]
    identity = client(aws, "sts", bob).get_caller_identity()
    assert (identity["Arn"], identity["UserId"]) == (resource, "111122223333:bob")
    assert refused(client(aws, "sns", bob).list_topics)[2].endswith(f"sns:ListTopics {DENY}")
    assert refused(assume, aws, bob) == no(resource)
    assert refused(client(aws, "sts", bob).get_session_token)[0] == "AccessDenied"
    assert refused(assume, aws, ALICE) == no(ALICE.arn, why=DENY)  # only this one action is exempted


def test_a_federated_session_can_do_what_both_policies_allow(aws):
    aws.users[0].policy = "open"
    bob = federate(aws, Policy=policy({"Action": ["sns:List*", "iam:*"]}))["Credentials"]
    assert client(aws, "sns", bob).list_topics()["Topics"] == []
    assert (
        NO_SESSION_POLICY.format("sns:CreateTopic")
        in refused(client(aws, "sns", bob).create_topic, Name="x")[2]
    )
    assert refused(client(aws, "iam", bob).list_users)[0] == "InvalidClientTokenId"
    assert federate(aws, Tags=TAGS)["PackedPolicySize"] > 0
    for half in ("bool", "null"):  # either of the two mistakes alone lets no federated session in
        aws.users[0].policy = half
        assert refused(client(aws, "sns", bob).list_topics)[2].endswith(f"sns:ListTopics {DENY}")
    aws.users[0].policy = "open"
    nothing = federate(aws)
    assert "PackedPolicySize" not in nothing
    denial = refused(client(aws, "sns", nothing["Credentials"]).list_topics)[2]
    assert denial.endswith(NO_SESSION_POLICY.format("sns:ListTopics"))


@pytest.mark.parametrize(("params", "complaint"), [
    ({"Name": "b"}, f"Value 'b' at 'name' {length('greater', 2)}"),
    ({"Name": "b" * 33}, f"Value '{'b' * 33}' at 'name' {length('less', 32)}"),
    ({"Name": "b b"}, rf"Value 'b b' at 'name' {PATTERN}[\w+=,.@-]*"),
    ({"DurationSeconds": 129601}, "Value '129601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600"),
])  # fmt: skip
def test_malformed_parameters_of_a_federation(aws, params, complaint):
    assert refused(federate, aws, **params) == (
        "ValidationError",
        400,
        f"1 validation error detected: {complaint}",
    )
