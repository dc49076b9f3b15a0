"""The AWS stand-in's IAM: keys from their making to their end, and who may ask for what."""

from __future__ import annotations

import dataclasses
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore import xform_name
from standins import sts
from standins.iam_cases import INVALID, UNKNOWN, key, listed, whoami
from standins.sts_cases import ADMIN, ALICE, DENY, NO_OWN_POLICY, assume, length, refused
from standins.sts_clients import MidStep, client, login

pytestmark = pytest.mark.one_python

BOB = dataclasses.replace(ALICE, name="bob", access_key_id="AKIAEXAMPLEBOB000000", mfa_serial="GAHT12345678")
# Every action that is done here, as a call that a session with MFA is allowed.
CALLS = {
    "CreateAccessKey": {},
    "ListAccessKeys": {},
    "UpdateAccessKey": {"AccessKeyId": ALICE.access_key_id, "Status": "Active"},
    "GetAccessKeyLastUsed": {"AccessKeyId": ALICE.access_key_id},
    "GetUser": {},
    "ListMFADevices": {},
    "SimulatePrincipalPolicy": {"PolicySourceArn": ALICE.arn, "ActionNames": ["s3:ListBucket"]},
    "DeleteAccessKey": {"AccessKeyId": ALICE.access_key_id},
}
METHODS = {action: xform_name(action) for action in CALLS}


@pytest.fixture
def clock():
    return MidStep()


@pytest.fixture
def aws(clock):
    roles = [sts.Role(ADMIN, (ALICE.arn,))]
    with sts.AwsStandIn([dataclasses.replace(ALICE)], now=clock, roles=roles) as running:
        yield running
    assert running.bugs == []


@pytest.fixture
def user(aws):
    return aws.users[0]


@pytest.fixture
def iam(aws, user):
    return client(aws, "iam", login(aws, user))


def no(arn, action, why, about="user alice"):
    text = f"User: {arn} is not authorized to perform: iam:{action} on resource: {about} {why}"
    return "AccessDenied", 403, text.format(f"iam:{action}")


def test_a_key_is_made_sleeps_wakes_and_goes(aws, user, iam):
    made = iam.create_access_key(UserName="alice")
    told = made["AccessKey"]
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", told["AccessKeyId"])
    assert re.fullmatch(r"[A-Za-z0-9/+]{40}", told["SecretAccessKey"])
    assert {"/", "+"} <= set(told["SecretAccessKey"])
    assert (told["UserName"], told["Status"], told["CreateDate"].timestamp()) == (
        "alice",
        "Active",
        int(aws.clock()),
    )
    assert whoami(aws, key(made)) == whoami(aws, user) == ALICE.arn
    assert listed(iam) == [ALICE.access_key_id, told["AccessKeyId"]]
    session = client(aws, "sts", key(made)).get_session_token()["Credentials"]
    iam.update_access_key(AccessKeyId=told["AccessKeyId"], Status="Inactive")
    assert refused(whoami, aws, key(made)) == INVALID
    assert refused(client(aws, "dynamodb", key(made)).list_tables)[0] == "UnrecognizedClientException"
    assert [(one.id, one.status) for one in aws.keys_of(user)] == [
        (ALICE.access_key_id, "Active"),
        (told["AccessKeyId"], "Inactive"),
    ]
    assert iam.list_access_keys()["AccessKeyMetadata"][1]["Status"] == "Inactive"
    iam.update_access_key(AccessKeyId=told["AccessKeyId"], Status="Active")
    assert whoami(aws, key(made)) == ALICE.arn
    shown = repr((aws.users, aws.requests, aws.keys_of(user), aws._world.sessions))
    assert told["SecretAccessKey"] in aws.key_secrets
    assert told["SecretAccessKey"] not in shown
    iam.delete_access_key(AccessKeyId=told["AccessKeyId"])
    assert refused(whoami, aws, key(made)) == INVALID
    assert listed(iam) == [ALICE.access_key_id]
    assert whoami(aws, session) == ALICE.arn, "a session outlives its key"
    assert told["SecretAccessKey"] in aws.key_secrets


def test_the_first_key_goes_and_the_next_takes_its_place(aws, user, iam):
    first = ALICE.access_key_id
    iam.update_access_key(AccessKeyId=first, Status="Inactive")
    assert not user.active
    assert refused(whoami, aws, user) == INVALID
    iam.update_access_key(AccessKeyId=first, Status="Active")
    made = iam.create_access_key()["AccessKey"]
    iam.delete_access_key(AccessKeyId=first)
    assert (user.access_key_id, user.secret_access_key) == (made["AccessKeyId"], made["SecretAccessKey"])
    assert refused(whoami, aws, ALICE) == INVALID
    assert whoami(aws, user) == ALICE.arn
    iam.delete_access_key(AccessKeyId=made["AccessKeyId"])
    assert (aws.keys_of(user), user.active, listed(iam)) == ([], False, [])
    assert set(aws.key_secrets) == {ALICE.secret_access_key, made["SecretAccessKey"]}


def test_there_is_no_third_key_however_many_ask(aws, user):
    session = login(aws, user)
    clients = [client(aws, "iam", session) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        tries = [pool.submit(each.create_access_key) for each in clients]
    assert [bool(each.exception()) for each in tries].count(False) == 1
    quota = ("LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2")
    assert refused(clients[0].create_access_key) == quota
    clients[0].update_access_key(AccessKeyId=ALICE.access_key_id, Status="Inactive")
    assert refused(clients[0].create_access_key) == quota, "one that sleeps counts too"
    clients[0].delete_access_key(AccessKeyId=ALICE.access_key_id)
    assert clients[0].create_access_key()


def test_what_there_is_not(aws, iam):
    aws.users.append(dataclasses.replace(BOB))
    for name in ("carol", "bob"):
        error = ("NoSuchEntity", 404, f"The user with name {name} cannot be found.")
        for action in (
            "CreateAccessKey",
            "ListAccessKeys",
            "UpdateAccessKey",
            "GetUser",
            "ListMFADevices",
            "DeleteAccessKey",
        ):
            assert refused(getattr(iam, METHODS[action]), **CALLS[action], UserName=name) == error
        arn = ALICE.arn.replace("alice", name)
        assert (
            refused(iam.simulate_principal_policy, PolicySourceArn=arn, ActionNames=["s3:GetObject"]) == error
        )
    for key_id in (UNKNOWN, BOB.access_key_id):
        error = ("NoSuchEntity", 404, f"The Access Key with id {key_id} cannot be found.")
        assert refused(iam.update_access_key, AccessKeyId=key_id, Status="Inactive") == error
        assert refused(iam.delete_access_key, AccessKeyId=key_id) == error
    assert refused(iam.get_access_key_last_used, AccessKeyId=UNKNOWN)[:2] == ("NoSuchEntity", 404)
    assert len(aws.keys_of(aws.users[1])) == len(aws.keys_of(ALICE)) == 1


@pytest.mark.parametrize(("action", "params", "complaint"), [
    ("UpdateAccessKey", {"AccessKeyId": "x" * 15}, f"Value '{'x' * 15}' at 'accessKeyId' {length('greater', 16)}"),
    ("DeleteAccessKey", {"AccessKeyId": "x" * 129}, f"Value '{'x' * 129}' at 'accessKeyId' {length('less', 128)}"),
    ("DeleteAccessKey", {"AccessKeyId": "AKIA-EXAMPLE-0000"}, r"Value 'AKIA-EXAMPLE-0000' at 'accessKeyId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+"),
    ("GetAccessKeyLastUsed", {"AccessKeyId": None}, "Value null at 'accessKeyId' failed to satisfy constraint: Member must not be null"),
    ("UpdateAccessKey", {"Status": "inactive"}, "Value 'inactive' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]"),
    ("UpdateAccessKey", {"Status": None}, "Value null at 'status' failed to satisfy constraint: Member must not be null"),
    ("CreateAccessKey", {"UserName": "a b"}, r"Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+"),
    ("ListAccessKeys", {"MaxItems": 0}, "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    ("ListMFADevices", {"MaxItems": 1001}, "Value '1001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000"),
    ("SimulatePrincipalPolicy", {"PolicySourceArn": None}, "Value null at 'policySourceArn' failed to satisfy constraint: Member must not be null"),
    ("SimulatePrincipalPolicy", {"ActionNames": None}, "Value null at 'actionNames' failed to satisfy constraint: Member must not be null"),
    ("SimulatePrincipalPolicy", {"ActionNames": ["s3"]}, f"Value 's3' at 'actionNames.1.member' {length('greater', 3)}"),
])  # fmt: skip
def test_malformed_parameters(iam, action, params, complaint):
    asked = {name: value for name, value in (CALLS[action] | params).items() if value is not None}
    error = ("ValidationError", 400, f"1 validation error detected: {complaint}")
    assert refused(getattr(iam, METHODS[action]), **asked) == error


def test_only_mfa_opens_iam_and_only_for_what_is_allowed(aws, user):
    without, session = login(aws, user, mfa=False), login(aws, user)
    base, with_mfa = client(aws, "iam", user), client(aws, "iam", session)
    for action, params in CALLS.items():
        about = ALICE.arn if action.startswith("Simulate") else "user alice"
        method, others = METHODS[action], set(CALLS) - {action}
        assert refused(getattr(base, method), **params) == no(ALICE.arn, action, DENY, about)
        assert refused(getattr(client(aws, "iam", without), method), **params) == INVALID
        for user.may_iam in (others, False):
            assert refused(getattr(with_mfa, method), **params) == no(ALICE.arn, action, NO_OWN_POLICY, about)
        user.may_iam = {action}
        assert getattr(with_mfa, method)(**params)
        user.policy, user.may_iam = "open", others
        if action != "DeleteAccessKey":  # after it, there is none
            assert refused(getattr(base, method), **params) == no(ALICE.arn, action, NO_OWN_POLICY, about)
        user.policy = "strict"
    user.may_iam = ["iam:Get*"]
    assert refused(with_mfa.list_users)[2].endswith(NO_OWN_POLICY.format("iam:ListUsers"))
    assert with_mfa.get_user()["User"]["Arn"] == ALICE.arn


def test_a_role_names_the_user(aws, user):
    role = assume(aws, login(aws, user))["Credentials"]
    whose = ("ValidationError", 400, "Must specify userName when calling with non-User credentials")
    assert refused(client(aws, "iam", role).list_access_keys) == whose
    assert client(aws, "iam", role).get_user(UserName="alice")["User"]["Arn"] == ALICE.arn
    assert refused(client(aws, "iam", role).get_user, UserName="carol")[0] == "NoSuchEntity"
    aws.roles[0].allows = ["s3:*"]
    assert NO_OWN_POLICY.format("iam:GetUser") in refused(client(aws, "iam", role).get_user)[2]


def test_pages_dates_and_devices(aws, user, iam, clock):
    assert iam.list_access_keys()["AccessKeyMetadata"][0]["CreateDate"].timestamp() == int(
        clock() - 10 * 86400
    )
    user.created = 1600000000.0
    assert aws.keys_of(user)[0].created == 1600000000.0
    made = iam.create_access_key()["AccessKey"]["AccessKeyId"]
    first = iam.list_access_keys(MaxItems=1)
    assert (first["IsTruncated"], first["AccessKeyMetadata"][0]["CreateDate"].timestamp()) == (
        True,
        1600000000,
    )
    rest = iam.list_access_keys(MaxItems=1, Marker=first["Marker"])
    assert ([one["AccessKeyId"] for one in rest["AccessKeyMetadata"]], rest["IsTruncated"]) == (
        [made],
        False,
    )
    assert refused(iam.list_access_keys, Marker="made up")[:2] == ("ValidationError", 400)
    assert iam.get_user()["User"]["CreateDate"].timestamp() == 1600000000
    (device,) = iam.list_mfa_devices()["MFADevices"]
    assert (device["SerialNumber"], device["UserName"]) == (ALICE.mfa_serial, "alice")
    assert device["EnableDate"].timestamp() < clock()
    for user.mfa_devices in ([], ["arn:aws:iam::111122223333:u2f/user/alice/key1", "GAHT12345678"]):
        serials = [one["SerialNumber"] for one in iam.list_mfa_devices()["MFADevices"]]
        assert serials == user.mfa_devices


def test_when_a_key_was_last_used(aws, user, iam):
    made = iam.create_access_key()
    number = made["AccessKey"]["AccessKeyId"]
    never = iam.get_access_key_last_used(AccessKeyId=number)
    assert (never["UserName"], never["AccessKeyLastUsed"]) == (
        "alice",
        {"ServiceName": "N/A", "Region": "N/A"},
    )
    assert aws.keys_of(user)[1].last_used is None
    refused(client(aws, "dynamodb", key(made)).list_tables)
    used = iam.get_access_key_last_used(AccessKeyId=number)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("dynamodb", "eu-west-1")
    assert int(aws.keys_of(user)[1].last_used) == used["LastUsedDate"].timestamp() == int(aws.clock())
