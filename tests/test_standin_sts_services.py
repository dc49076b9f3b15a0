"""Behind the AWS stand-in's door: who may call the services that are not STS, and how each of them says no."""

from __future__ import annotations

import dataclasses

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError
from standins import sts
from standins.sts_clients import MidStep, client, login

pytestmark = pytest.mark.one_python

ALICE = sts.DEMO_USER
# service, a call that needs no parameter, its name in IAM, the error code of a denial, the HTTP status
CALLS = [
    ("s3", "list_buckets", "s3:ListAllMyBuckets", "AccessDenied", 403),
    ("iam", "list_users", "iam:ListUsers", "AccessDenied", 403),
    ("ec2", "describe_regions", "ec2:DescribeRegions", "UnauthorizedOperation", 403),
    ("dynamodb", "list_tables", "dynamodb:ListTables", "AccessDeniedException", 400),
    ("lambda", "list_functions", "lambda:ListFunctions", "AccessDeniedException", 403),
    ("cloudwatch", "list_metrics", "cloudwatch:ListMetrics", "AccessDeniedException", 400),
    ("route53", "list_hosted_zones", "route53:ListHostedZones", "AccessDenied", 403),
    ("sns", "list_topics", "sns:ListTopics", "AccessDenied", 403),
]


@pytest.fixture
def aws():
    with sts.AwsStandIn(now=MidStep()) as running:
        yield running
    assert running.bugs == []


def refused(aws, who, service, call):
    with pytest.raises(ClientError) as caught:
        getattr(client(aws, service, who), call)()
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


@pytest.mark.parametrize(("service", "call", "permission", "code", "status"), CALLS)
def test_only_a_session_with_mfa_gets_through(aws, service, call, permission, code, status):
    denial = f"{ALICE.arn} is not authorized to perform: {permission} with an explicit deny in an identity-based policy"
    error = refused(aws, ALICE, service, call)
    assert error[:2] == (code, status)
    assert error[2].endswith(denial)
    without_mfa = refused(aws, login(aws, ALICE, mfa=False), service, call)
    if service == "iam":
        assert without_mfa[:2] == ("InvalidClientTokenId", 403)
    else:
        assert without_mfa == error
    answer = getattr(client(aws, service, login(aws, ALICE)), call)()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert aws.count(permission.partition(":")[2]) == 3


@pytest.mark.parametrize(("service", "call", "code"), [
    ("s3", "list_buckets", "InvalidAccessKeyId"),
    ("iam", "list_users", "InvalidClientTokenId"),
    ("ec2", "describe_regions", "AuthFailure"),
    ("dynamodb", "list_tables", "UnrecognizedClientException"),
    ("cloudwatch", "list_metrics", "UnrecognizedClientException"),
])  # fmt: skip
def test_each_service_has_its_own_word_for_an_unknown_key(aws, service, call, code):
    stranger = dataclasses.replace(ALICE, access_key_id="AKIAEXAMPLETEST99999")
    assert refused(aws, stranger, service, call)[0] == code


def test_unsigned_requests_are_refused(aws):
    s3 = client(aws, "s3", ALICE, signature_version=UNSIGNED)
    with pytest.raises(ClientError, match="MissingAuthenticationToken"):
        s3.list_buckets()


@pytest.mark.parametrize(("policy", "base_key", "without_mfa"), [
    ("strict", "explicit deny", "explicit deny"),
    ("bool", "", "explicit deny"),
    ("null", "explicit deny", ""),
    ("powerless", "no identity-based policy allows", "no identity-based policy allows"),
    ("open", "", ""),
])  # fmt: skip
def test_policies_that_neuter_a_key_and_policies_that_only_seem_to(aws, policy, base_key, without_mfa):
    aws.users[0].policy = policy
    for who, why in ((ALICE, base_key), (login(aws, ALICE, mfa=False), without_mfa)):
        if why:
            assert why in refused(aws, who, "dynamodb", "list_tables")[2]
        else:
            assert client(aws, "dynamodb", who).list_tables()["TableNames"] == []


def test_s3_keys_that_are_hard_to_sign(aws):
    s3 = client(aws, "s3", login(aws, ALICE))
    s3.create_bucket(Bucket="here", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for key in ("a b/c+d=é//%41.txt", "..", "/lead", "semi;colon?&x=1"):
        s3.put_object(Bucket="here", Key=key, Body=b"hello " * 1000)
        assert s3.head_object(Bucket="here", Key=key)["ContentLength"] == 6000
        assert s3.get_object(Bucket="here", Key=key)["Body"].read() == b"hello " * 1000
        assert s3.delete_object(Bucket="here", Key=key)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.list_objects_v2(Bucket="here", Prefix="a b+c/ü")["KeyCount"] == 0


def test_every_stand_in_begins_with_empty_services(aws):
    s3 = client(aws, "s3", login(aws, ALICE))
    s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    aws.stop()
    with sts.AwsStandIn() as other:
        assert client(other, "s3", login(other, ALICE)).list_buckets()["Buckets"] == []


def test_accounts_have_their_own_services(aws):
    other = {
        "account_id": "444455556666",
        "access_key_id": "AKIAEXAMPLETEST00002",
        "mfa_serial": "GAHT12345678",
    }
    ops = dataclasses.replace(ALICE, **other)
    aws.users.append(ops)
    alices = client(aws, "sns", login(aws, ALICE))
    assert alices.create_topic(Name="news")["TopicArn"] == "arn:aws:sns:eu-west-1:111122223333:news"
    assert len(alices.list_topics()["Topics"]) == 1
    assert client(aws, "sns", login(aws, ops)).list_topics()["Topics"] == []
