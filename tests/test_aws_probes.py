"""The base key's questions to four services of a real (stand-in) AWS, and what the answers say of each form of policy."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from aws_runs import nowhere
from standins import sts_clients

from mfa_session import verdicts
from mfa_session.adapters import aws_probes
from mfa_session.errors import MfaSessionError
from mfa_session.model import Account, BaseKey, KeySpec, OtpSource
from mfa_session.session import Session

pytestmark = pytest.mark.one_python

ACTIONS = ["iam:ListUsers", "dynamodb:ListTables", "ec2:DescribeRegions", "s3:ListAllMyBuckets"]
ACCOUNT = Account(
    "test", Path("envs/.env.test"), "111122223333", "", OtpSource(), KeySpec(), "eu-west-1", 900
)
YES, DENY, NONE, SCP, LOST = "allowed", "explicit-deny", "implicit-deny", "elsewhere", "unknown"

# The form of the user's policy; outcomes and colour for the base key; the same for a session without MFA, less IAM's.
FORMS = [
    ("strict", [DENY] * 4, "green", [DENY] * 3, "green"),
    ("bool", [YES] * 4, "red", [DENY] * 3, "red"),
    ("null", [DENY] * 4, "green", [YES] * 3, "red"),
    ("powerless", [NONE] * 4, "yellow", [NONE] * 3, "yellow"),
    ("allow-bool-if-exists", [YES] * 4, "red", [NONE] * 3, "red"),
    ("one-deny", [DENY, YES, YES, YES], "red", [YES] * 3, "red"),
    ("not-s3", [DENY, DENY, DENY, YES], "red", [DENY, DENY, YES], "red"),
    ("scp", [SCP] * 4, "yellow", [SCP] * 3, "yellow"),
]


SECONDS = aws_probes._TIMEOUT, aws_probes._PATIENCE


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """What is answered is the same on a busy machine; the tests of patience have their own."""
    be_patient(monkeypatch, 20.0, 50.0)


def be_patient(monkeypatch, timeout: float, patience: float) -> None:
    monkeypatch.setattr(aws_probes, "_TIMEOUT", timeout)
    monkeypatch.setattr(aws_probes, "_PATIENCE", patience)


@pytest.fixture
def asked(aws, monkeypatch, tmp_path):
    """Ask with a key of the stand-in's, in an environment that leads to it and has traps beside."""
    config = tmp_path / "config"
    config.write_text("[profile trap]\naws_access_key_id = AKIAEXAMPLETRAP00000\naws_secret_access_key = x\n")
    around = {
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(config),
    }
    keys = {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLEOTHER0000",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "x",
    }
    for name, value in (around | keys).items():
        monkeypatch.setenv(name, value)

    def ask(key: BaseKey | Session | None = None, region: str | None = "eu-west-1") -> list[verdicts.Probe]:
        own = BaseKey(aws.users[0].access_key_id, aws.users[0].secret_access_key)
        return aws_probes.probe(ACCOUNT, key or own, None, region, os.environ)

    return ask


def without_mfa(aws) -> Session:
    """As anybody with the key gets it."""
    given = sts_clients.client(aws, "sts", aws.users[0]).get_session_token(DurationSeconds=900)["Credentials"]
    return Session(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
        expires=int(given["Expiration"].timestamp()),
        account="test",
        account_id="111122223333",
    )


@pytest.mark.timeout(300)
def test_each_form_of_policy(aws, asked):
    """One after the other, because the services behind the stand-in take long to start."""
    for policy, base, colour, session, deep in FORMS:
        aws.users[0].policy = policy
        probes, more = asked(), asked(without_mfa(aws))
        assert [probe.action for probe in probes] == ACTIONS
        assert [probe.outcome for probe in probes] == base, policy
        assert [probe.outcome for probe in more] == [LOST, *session], policy
        assert "InvalidClientTokenId" in more[0].words
        verdict = verdicts.judge(probes)
        assert (verdict.colour, verdicts.judge_deep(verdict, more).colour) == (colour, deep), policy


def test_it_asks_four_harmless_things_as_this_key_and_nothing_else(aws, asked, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "trap")
    asked()
    seen = sorted((request.service, request.action, request.access_key_id) for request in aws.requests)
    key_id = aws.users[0].access_key_id
    assert seen == [
        ("dynamodb", "ListTables", key_id),
        ("ec2", "DescribeRegions", key_id),
        ("iam", "ListUsers", key_id),
        ("s3", "ListAllMyBuckets", key_id),
    ]


def test_what_is_open_is_named_and_what_it_holds_is_not(aws, asked):
    aws.users[0].policy = "open"
    owner = sts_clients.client(aws, "s3", aws.users[0])
    owner.create_bucket(Bucket="payroll", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    verdict = verdicts.judge(probes := asked())
    assert "s3:ListAllMyBuckets" in verdict.why
    assert "payroll" not in f"{probes} {verdict}"


def test_aws_own_words_are_the_evidence(asked):
    (iam, dynamodb, ec2, _) = verdicts.judge(asked()).evidence
    assert iam.startswith("iam:ListUsers: AccessDenied: User: arn:aws:iam::111122223333:user/alice")
    assert dynamodb.endswith("with an explicit deny in an identity-based policy")
    assert "UnauthorizedOperation" in ec2


@pytest.mark.parametrize(("kind", "words"), [
    ("throttle", "Throttling"),
    ("500", "InternalFailure"),
    ("html", "is not AWS"),
    ("html_403", "is not AWS"),
    ("drop_before", "Connection"),
])  # fmt: skip
def test_an_answer_that_is_none_is_evidence_of_nothing(aws, asked, kind, words):
    aws.users[0].policy = "open"
    aws.fault("*", kind, 8)
    probes = asked()
    assert [probe.outcome for probe in probes] == [LOST] * 4
    for probe in probes:
        assert words in probe.words
        assert "<" not in probe.words
    assert verdicts.judge(probes).colour == "yellow"


def test_it_asks_twice_at_most(aws, asked):
    aws.fault("*", "500", 99)
    asked()
    assert len(aws.requests) == 8


def test_services_that_hang_hold_up_nobody_for_long(aws, asked, monkeypatch):
    """Once, and the second try is answered; twice, and that one has said nothing."""
    be_patient(monkeypatch, *SECONDS)
    aws.fault("ListTables", "hang")
    aws.fault("DescribeRegions", "hang", 2)
    started = time.monotonic()
    probes = asked()
    assert (
        time.monotonic() - started < 15
    )  # 5 s of patience, where the stand-in hangs for 60; the rest is for a busy machine
    assert [probe.outcome for probe in probes] == [DENY, DENY, LOST, DENY]
    assert verdicts.judge(probes).colour == "green"
    assert max(SECONDS) <= 5


def test_an_answer_that_never_comes_is_waited_for_together_and_not_one_after_the_other(asked, monkeypatch):
    """Like a name server that is silent: no timeout of botocore's ends that."""
    be_patient(monkeypatch, 2.0, 1.5)
    over, began = threading.Event(), []

    def never(*_: object) -> None:
        began.append(time.monotonic())
        over.wait(30)

    monkeypatch.setattr(aws_probes, "_asked", never)
    probes = asked()
    assert time.monotonic() - began[0] < 4.5  # one after the other, they would take 6
    over.set()
    assert [probe.outcome for probe in probes] == [LOST] * 4
    assert probes[0].words.startswith("no answer in ")


def test_the_four_are_asked_at_the_same_time(asked, monkeypatch):
    """None is over before the last one has begun."""
    begun = threading.Barrier(4)
    ask = aws_probes._asked

    def together(client: object, question: object) -> verdicts.Probe:
        begun.wait(4)
        return ask(client, question)

    monkeypatch.setattr(aws_probes, "_asked", together)
    assert [probe.outcome for probe in asked()] == [DENY] * 4


def test_nobody_there(asked, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", nowhere())
    probes = asked()
    assert [probe.outcome for probe in probes] == [LOST] * 4
    assert "Could not connect" in probes[0].words


def test_a_region_that_is_none_is_an_error_and_not_a_verdict(asked):
    with pytest.raises(MfaSessionError, match="not a region"):
        asked(region="not a region")


def test_a_wrong_secret_is_no_evidence_and_no_token_is_among_its_words(aws, asked):
    wrong = without_mfa(aws)
    wrong.secret_access_key = "wrong"
    probes = asked(wrong)
    assert [probe.outcome for probe in probes] == [LOST] * 4
    assert wrong.session_token not in str(probes)


def test_what_aws_says_of_a_wrong_signature_is_cut_before_the_headers():
    text = (
        "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for"
        " this request should have been\n'POST\n/\n\nx-amz-security-token:IQoJb3JpZ2luX2Vj"
    )
    words = aws_probes._words(text)
    assert words.endswith("the signature you provided")
    encoded = "You are not authorized to perform this operation. Encoded authorization failure message: 4GIOHlTkIaWH"
    assert aws_probes._words(encoded) == "You are not authorized to perform this operation"


@pytest.mark.parametrize(("region", "hosts"), [
    ("eu-west-1", ["iam.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com", "ec2.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"]),
    ("cn-north-1", ["iam.cn-north-1.amazonaws.com.cn", "dynamodb.cn-north-1.amazonaws.com.cn", "ec2.cn-north-1.amazonaws.com.cn", "s3.cn-north-1.amazonaws.com.cn"]),
    ("us-gov-west-1", ["iam.us-gov.amazonaws.com", "dynamodb.us-gov-west-1.amazonaws.com", "ec2.us-gov-west-1.amazonaws.com", "s3.us-gov-west-1.amazonaws.com"]),
])  # fmt: skip
def test_each_region_is_asked_in_its_partition(asked, monkeypatch, region, hosts):
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    seen = []
    monkeypatch.setattr(
        aws_probes,
        "_asked",
        lambda client, question: seen.append((question.action, client.meta.endpoint_url)),
    )
    asked(region=region)
    assert dict(seen) == {action: f"https://{host}" for action, host in zip(ACTIONS, hosts, strict=True)}
