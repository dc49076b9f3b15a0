"""The forms of a user's policy in the AWS stand-in, by their words; IAM's simulator; and who owns an account."""

from __future__ import annotations

import dataclasses
import json

import pytest
from standins import sts
from standins.sts_cases import ADMIN, ALICE, DENY, NO_OWN_POLICY, assume, refused
from standins.sts_clients import MidStep, client, login

pytestmark = pytest.mark.one_python

SCP = "with an explicit deny in a service control policy"
BOUNDARY = "with an explicit deny in a permissions boundary"
ABSENT = "because no identity-based policy allows the {0} action"
PROBES = [
    ("iam", "list_users", "iam:ListUsers", "AccessDenied"),
    ("dynamodb", "list_tables", "dynamodb:ListTables", "AccessDeniedException"),
    ("ec2", "describe_regions", "ec2:DescribeRegions", "UnauthorizedOperation"),
    ("s3", "list_buckets", "s3:ListAllMyBuckets", "AccessDenied"),
]
ACTIONS = [
    "iam:CreateAccessKey",
    "IAM:GetUser",
    "s3:GetObject",
    "dynamodb:ListTables",
    "sts:GetSessionToken",
    "sts:AssumeRole",
]


@pytest.fixture(scope="module")
def running():
    """One for all: what is behind it starts with the first request that gets so far."""
    with sts.AwsStandIn([], now=MidStep(), roles=[sts.Role(ADMIN, (ALICE.arn,))]) as server:
        yield server
    assert server.bugs == []


@pytest.fixture
def aws(running):
    running.users[:] = [dataclasses.replace(ALICE)]
    running.forget_codes()
    return running


@pytest.fixture
def user(aws):
    return aws.users[0]


# form: what the base key is told by each of PROBES ("" for an answer), and then a session without MFA by all but IAM
FORMS = {
    "strict": ([DENY] * 4, [DENY] * 3),
    "list-mfa": ([DENY] * 4, [DENY] * 3),
    "scp": ([SCP] * 4, [SCP] * 3),
    "boundary": ([BOUNDARY] * 4, [BOUNDARY] * 3),
    "one-deny": ([DENY, "", "", ""], ["", "", ""]),
    "not-s3": ([DENY, DENY, DENY, ""], [DENY, DENY, ""]),
    "allow-bool-if-exists": ([""] * 4, [ABSENT] * 3),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_a_policy(aws, user, form):
    user.policy = form
    base_key, without_mfa = FORMS[form]
    session = login(aws, user, mfa=False)
    assert refused(client(aws, "iam", session).list_users)[0] == "InvalidClientTokenId"
    asked = [(user, *each) for each in zip(PROBES, base_key, strict=True)]
    asked += [(session, *each) for each in zip(PROBES[1:], without_mfa, strict=True)]
    for who, (service, method, permission, code), why in asked:
        call = getattr(client(aws, service, who), method)
        if not why:
            assert call()["ResponseMetadata"]["HTTPStatusCode"] == 200
            continue
        error = refused(call)
        assert error[0] == code
        text = f"User: {ALICE.arn} is not authorized to perform: {permission} {why.format(permission)}"
        assert error[2].removeprefix("You are not authorized to perform this operation. ") == text
    with_mfa = login(aws, user)
    for service, method, _, _ in PROBES:
        assert getattr(client(aws, service, with_mfa), method)()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_what_a_base_key_may_look_at(aws, user):
    user.policy = "list-mfa"
    iam = client(aws, "iam", user)
    assert [one["SerialNumber"] for one in iam.list_mfa_devices()["MFADevices"]] == [ALICE.mfa_serial]
    assert iam.get_user()["User"]["UserName"] == "alice"
    resource = f"User: {ALICE.arn} is not authorized to perform: iam:ListAccessKeys on resource: user alice"
    assert refused(iam.list_access_keys) == ("AccessDenied", 403, f"{resource} {DENY}")
    user.may_iam = False
    assert refused(iam.get_user)[2].endswith(NO_OWN_POLICY.format("iam:GetUser"))
    for user.policy, why in (("scp", SCP), ("boundary", BOUNDARY), ("one-deny", DENY), ("not-s3", DENY)):
        assert refused(iam.get_user)[2].endswith(f"iam:GetUser on resource: user alice {why}")


def test_roles_behind_the_new_forms(aws, user):
    aws.roles[0].requires_mfa = False
    for user.policy, why in (("scp", SCP), ("boundary", BOUNDARY), ("list-mfa", DENY), ("not-s3", DENY)):
        assert refused(assume, aws, user)[2].endswith(why)
    for user.policy in ("one-deny", "allow-bool-if-exists"):
        assert assume(aws, user)


def simulated(iam, mfa, name="aws:MultiFactorAuthPresent", arn=ALICE.arn):
    entry = {"ContextKeyName": name, "ContextKeyValues": [mfa], "ContextKeyType": "boolean"}
    other = entry | {"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": ["true"]}
    answer = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=ACTIONS, ContextEntries=[other, entry] if mfa else []
    )
    assert [one["EvalActionName"] for one in answer["EvaluationResults"]] == ACTIONS
    assert not answer["IsTruncated"]
    kinds = {"allowed": "a", "explicitDeny": "e", "implicitDeny": "i"}
    return "".join(kinds[one["EvalDecision"]] for one in answer["EvaluationResults"])


@pytest.mark.parametrize(("form", "absent", "false"), [
    ("strict", "eeeeae", "eeeeae"),
    ("bool", "aaaaaa", "eeeeae"),
    ("null", "eeeeae", "aaaaaa"),
    ("powerless", "iiiiii", "iiiiii"),
    ("open", "aaaaaa", "aaaaaa"),
    ("allow-bool-if-exists", "aaaaaa", "iiiiii"),
    ("one-deny", "eeaaaa", "eeaaaa"),
    ("direct", "eeeeaa", "eeeeae"),
    ("list-mfa", "eaeeae", "eaeeae"),
    ("not-s3", "eeaeae", "eeaeae"),
    ("scp", "eeeeae", "eeeeae"),
])  # fmt: skip
def test_simulation(aws, user, form, absent, false):
    user.policy = form
    iam = client(aws, "iam", login(aws, user))
    assert (simulated(iam, ""), simulated(iam, "false")) == (absent, false)
    assert simulated(iam, "true") == simulated(iam, "true", name="AWS:multifactorauthpresent") == "aaaaaa"


def test_a_simulation_knows_what_is_not_allowed_at_all(aws, user):
    iam = client(aws, "iam", login(aws, user))
    user.may_iam = {"SimulatePrincipalPolicy"}
    assert simulated(iam, "true") == "iiaaaa"
    first = iam.simulate_principal_policy(PolicySourceArn=ALICE.arn, ActionNames=ACTIONS, MaxItems=5)
    assert (len(first["EvaluationResults"]), first["IsTruncated"]) == (5, True)
    rest = iam.simulate_principal_policy(
        PolicySourceArn=ALICE.arn, ActionNames=ACTIONS, Marker=first["Marker"]
    )
    assert [one["EvalActionName"] for one in rest["EvaluationResults"]] == ACTIONS[5:]
    entry = {
        "ContextKeyName": "aws:MultiFactorAuthPresent",
        "ContextKeyValues": ["true"],
        "ContextKeyType": "bool",
    }
    wrong = {"PolicySourceArn": ALICE.arn, "ActionNames": ACTIONS, "ContextEntries": [entry]}
    code, _, text = refused(iam.simulate_principal_policy, **wrong)
    assert code == "ValidationError"
    assert "Value 'bool' at 'contextEntries.1.member.contextKeyType' failed to satisfy" in text


def test_the_owner_of_an_account(aws, user):
    user.root = True
    arn = "arn:aws:iam::111122223333:root"
    identity = client(aws, "sts", user).get_caller_identity()
    assert (identity["Arn"], identity["UserId"]) == (arn, "111122223333")
    assert client(aws, "dynamodb", user).list_tables()["TableNames"] == []
    iam = client(aws, "iam", user)
    assert iam.get_user()["User"]["Arn"] == arn
    (only,) = iam.list_access_keys()["AccessKeyMetadata"]
    assert (only["AccessKeyId"], "UserName" in only) == (ALICE.access_key_id, False)
    assert refused(iam.get_user, UserName="alice")[0] == "NoSuchEntity"
    # No policy binds it, but this rule is IAM's own.
    assert refused(client(aws, "iam", login(aws, user, mfa=False)).get_user)[0] == "InvalidClientTokenId"


def test_a_copied_user_has_keys_of_its_own(aws, user):
    made = client(aws, "iam", login(aws, user)).create_access_key()["AccessKey"]["AccessKeyId"]
    copy = dataclasses.replace(user, policy="open")
    aws.users[0] = copy
    assert copy.more_keys == user.more_keys
    assert copy.more_keys[0] is not user.more_keys[0]
    client(aws, "iam", copy).update_access_key(AccessKeyId=made, Status="Inactive")
    assert [one.active for one in aws.keys_of(user)] == [True, False], (
        "by its name, it is still the same user"
    )
    assert user.more_keys[0].active
    text = json.dumps(vars(copy), default=vars)
    again = sts.User(**json.loads(text))
    assert again == copy
    assert again.keys[1].status == "Inactive"
