"""How late the AWS stand-in's IAM may be, and what a test does between a deed and its answer."""

from __future__ import annotations

import dataclasses
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ConnectionClosedError
from botocore.parsers import ResponseParserError
from standins import sts
from standins.iam_cases import INVALID, UNKNOWN, key, listed, whoami
from standins.sts_cases import ALICE, refused
from standins.sts_clients import MidStep, client, connect, login, signed

pytestmark = pytest.mark.one_python


@pytest.fixture
def clock():
    return MidStep()


@pytest.fixture
def aws(clock):
    with sts.AwsStandIn([dataclasses.replace(ALICE)], now=clock) as running:
        yield running
    assert running.bugs == []


@pytest.fixture
def user(aws):
    return aws.users[0]


@pytest.fixture
def iam(aws, user):
    return client(aws, "iam", login(aws, user))


def test_a_new_key_is_not_known_at_once(aws, iam, clock):
    aws.new_key_calls, aws.new_key_seconds = 2, 5.0
    made = iam.create_access_key()
    assert refused(whoami, aws, key(made)) == INVALID
    assert refused(client(aws, "ec2", key(made)).describe_regions)[0] == "AuthFailure"
    assert refused(whoami, aws, key(made)) == INVALID, "the seconds are not over"
    clock.at += 5
    assert whoami(aws, key(made)) == ALICE.arn
    iam.delete_access_key(AccessKeyId=made["AccessKey"]["AccessKeyId"])
    aws.new_key_seconds = 0
    made = iam.create_access_key()
    assert [refused(whoami, aws, key(made)), refused(whoami, aws, key(made))] == [INVALID, INVALID]
    assert whoami(aws, key(made)) == ALICE.arn


def test_lists_and_deactivations_lag(aws, user, iam):
    aws.list_lag, aws.deactivation_calls = 2, 2
    made = iam.create_access_key()
    number, both = made["AccessKey"]["AccessKeyId"], 2
    assert [len(listed(iam)) for _ in range(3)] == [1, 1, both]
    for _ in range(2):  # asking again for what is so already starts nothing anew
        iam.update_access_key(AccessKeyId=number, Status="Inactive")
    assert whoami(aws, key(made)) == ALICE.arn
    iam.update_access_key(AccessKeyId=number, Status="Inactive")
    assert whoami(aws, key(made)) == ALICE.arn
    assert refused(whoami, aws, key(made)) == INVALID
    iam.update_access_key(AccessKeyId=number, Status="Active")
    iam.update_access_key(AccessKeyId=number, Status="Inactive")
    assert aws.keys_of(user)[1].status == "Inactive"
    iam.delete_access_key(AccessKeyId=number)
    assert refused(whoami, aws, key(made)) == INVALID, "what is deleted never comes back"
    assert [len(listed(iam)) for _ in range(3)] == [both, both, 1]


def test_a_hook_runs_between_the_deed_and_the_answer(aws, user, iam):
    seen, there, go = [], threading.Event(), threading.Event()
    aws.after("CreateAccessKey", lambda: (seen.append(len(aws.keys_of(user))), there.set(), go.wait(20)))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(iam.create_access_key)
        assert there.wait(20)
        assert (seen, answer.done(), aws.requests[-1].status) == ([2], False, 0)
        go.set()
        assert answer.result()["AccessKey"]["AccessKeyId"] == aws.keys_of(user)[1].id
    aws.after("DeleteAccessKey", lambda: seen.append("deleted"))
    aws.after("DeleteAccessKey", lambda: seen.append("again"))
    assert refused(iam.delete_access_key, AccessKeyId=UNKNOWN)[0] == "NoSuchEntity"
    assert seen == [2], "nothing was done"
    aws.fault("DeleteAccessKey", "drop_after")
    with pytest.raises(ConnectionClosedError):
        iam.delete_access_key(AccessKeyId=aws.keys_of(user)[1].id)
    assert (seen, len(aws.keys_of(user))) == ([2, "deleted"], 1)
    iam.delete_access_key(AccessKeyId=ALICE.access_key_id)
    assert seen == [2, "deleted", "again"]
    assert iam.create_access_key()
    assert len(seen) == 3


def test_who_asked_may_be_gone_by_then(aws, user):
    user.policy = "open"
    body = b"Action=CreateAccessKey&Version=2010-05-08"
    gone = threading.Event()
    with connect(aws) as connection:

        def die():
            # A reset, as of a process that was killed.
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()
            gone.set()

        aws.after("CreateAccessKey", die)
        connection.request("POST", "/", body, signed(aws, user, body, "iam"))
        assert gone.wait(20)
    assert len(aws.keys_of(user)) == 2
    assert len(listed(client(aws, "iam", user))) == 2, "and AWS goes on"


def test_faults(aws, user, iam):
    for kind, code in (("throttle", "Throttling"), ("500", "InternalFailure")):
        aws.fault("CreateAccessKey", kind)
        assert refused(iam.create_access_key)[0] == code
    aws.fault("CreateAccessKey", "drop_before")
    with pytest.raises(ConnectionClosedError):
        iam.create_access_key()
    assert len(aws.keys_of(user)) == 1
    aws.fault("CreateAccessKey", "garbage")
    with pytest.raises(ResponseParserError):
        iam.create_access_key()
    assert len(aws.keys_of(user)) == 2
    assert aws.requests[-1].params["Action"] == "CreateAccessKey"
