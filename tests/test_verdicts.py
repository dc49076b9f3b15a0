"""Judging a base key by AWS's answers, in the words of each service's dialect; no AWS is asked here."""

from __future__ import annotations

import pytest

from mfa_session import verdicts
from mfa_session.verdicts import Probe

pytestmark = pytest.mark.one_python

ALICE = "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: "
EC2 = "You are not authorized to perform this operation."
EXPLICIT = " with an explicit deny in an identity-based policy"
IAM, DYNAMODB, EC2S, S3 = "iam:ListUsers", "dynamodb:ListTables", "ec2:DescribeRegions", "s3:ListAllMyBuckets"
TABLES = "arn:aws:dynamodb:eu-west-1:111122223333:table/*"

OUTCOMES = [
    ("AccessDenied", f"{ALICE}{IAM} on resource: arn:aws:iam::111122223333:user/{EXPLICIT}", "explicit-deny"),
    ("AccessDeniedException", f"{ALICE}{DYNAMODB} on resource: {TABLES}{EXPLICIT}", "explicit-deny"),
    ("UnauthorizedOperation", f"{EC2} {ALICE}{EC2S}{EXPLICIT}", "explicit-deny"),
    ("AccessDenied", f"{ALICE}{S3}{EXPLICIT}", "explicit-deny"),
    ("AccessDenied", f"{ALICE}{IAM}{EXPLICIT}: arn:aws:iam::111122223333:policy/deny-all-unless-mfa", "explicit-deny"),
    ("AccessDenied", f"{ALICE}{IAM} with an explicit deny in an\n   identity-based policy", "explicit-deny"),
    ("AccessDenied", f"{ALICE}{IAM} because no identity-based policy allows the {IAM} action", "implicit-deny"),
    ("AccessDeniedException", f"{ALICE}{DYNAMODB} because no identity-based policy allows the {DYNAMODB} action", "implicit-deny"),
    ("UnauthorizedOperation", f"{EC2} {ALICE}{EC2S} because no identity-based policy allows the {EC2S} action", "implicit-deny"),
    ("AccessDenied", f"{ALICE}{IAM} with an explicit deny in a service control policy", "elsewhere"),
    ("AccessDenied", f"{ALICE}{S3} with an explicit deny in a resource control policy", "elsewhere"),
    ("UnauthorizedOperation", f"{EC2} {ALICE}{EC2S} with an explicit deny in a permissions boundary", "elsewhere"),
    ("AccessDenied", f"{ALICE}{IAM} with an explicit deny in a session policy", "elsewhere"),
    ("AccessDeniedException", f"{ALICE}{DYNAMODB} with an explicit deny in a VPC endpoint policy", "elsewhere"),
    ("AccessDenied", f"{ALICE}{S3} with an explicit deny in a resource-based policy", "elsewhere"),
    ("AccessDenied", f"{ALICE}{IAM} because no permissions boundary allows the {IAM} action", "elsewhere"),
    ("AccessDenied", f"{ALICE}{IAM} because no service control policy allows the {IAM} action", "elsewhere"),
    ("AccessDenied", f"{ALICE}{IAM} because no session policy allows the {IAM} action", "elsewhere"),
    ("AccessDenied", "Access Denied", "denied"),
    ("UnauthorizedOperation", EC2, "denied"),
    ("UnauthorizedOperation", f"{EC2} Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6XSnuUMCm", "denied"),
    ("AccessDenied", f"{ALICE}{IAM}", "denied"),
    ("AccessDenied", f"{ALICE}{IAM} with an explicit deny", "denied"),
    ("AccessDenied", "", "denied"),
    ("InvalidClientTokenId", "The security token included in the request is invalid.", "unknown"),
    ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", "unknown"),
    ("UnrecognizedClientException", "The security token included in the request is invalid.", "unknown"),
    ("AuthFailure", "AWS was not able to validate the provided access credentials", "unknown"),
    ("SignatureDoesNotMatch", f"it said{EXPLICIT}", "unknown"),
    ("RequestExpired", "Request has expired.", "unknown"),
    ("Throttling", "Rate exceeded", "unknown"),
    ("OptInRequired", "You are not subscribed to this service.", "unknown"),
    ("403", "Forbidden", "unknown"),
    ("", "", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "message", "outcome"), OUTCOMES)
def test_what_an_error_of_aws_says_of_the_policy(code, message, outcome):
    assert verdicts.outcome(code, message) == outcome


SHORT = {
    "yes": "allowed",
    "deny": "explicit-deny",
    "none": "implicit-deny",
    "scp": "elsewhere",
    "bare": "denied",
    "?": "unknown",
}
ACTIONS = (IAM, DYNAMODB, EC2S, S3)
# What IAM, DynamoDB, EC2 and S3 said, the colour, and what the sentences have in them.
CASES = [
    ("deny deny deny deny", "green", ["is neutered", f"denies {IAM}, {DYNAMODB}, {EC2S} and {S3}"]),
    ("deny deny deny bare", "green", ["is neutered", f"denies {IAM}, {DYNAMODB} and {EC2S}"]),
    ("deny deny deny ?", "green", ["is neutered"]),
    ("? deny deny deny", "green", ["is neutered"]),
    ("deny deny bare bare", "yellow", ["not known", "only 2 of 4 services", "it takes 3"]),
    ("deny deny ? ?", "yellow", ["not known", "not every service answered"]),
    ("bare bare bare bare", "yellow", ["not known", "only 0 of 4"]),
    ("? ? ? ?", "yellow", ["not known", "run it again"]),
    ("none none none none", "yellow", ["powerless, not neutered", "the next Allow opens it"]),
    ("none none none bare", "yellow", ["powerless"]),
    ("deny none none none", "yellow", ["powerless", f"allows it {DYNAMODB}, {EC2S} and {S3}", f"only {IAM} is denied"]),
    ("deny deny deny none", "yellow", ["powerless", f"allows it {S3}"]),
    ("none scp scp scp", "yellow", ["powerless"]),
    ("scp scp scp scp", "yellow", ["not by its user's own policy", "SCP", "may be right, or missing"]),
    ("deny deny deny scp", "yellow", ["not everywhere by its user's own policy", f"denies {S3};"]),
    ("scp bare ? bare", "yellow", ["not by its user's own policy"]),
    ("yes yes yes yes", "red", ["is not neutered", f"may do {IAM}, {DYNAMODB}, {EC2S} and {S3}", "BoolIfExists"]),
    ("yes ? ? ?", "red", ["is not neutered", f"may do {IAM}"]),
    ("deny yes yes yes", "red", ["has a hole", f"may do {DYNAMODB}, {EC2S} and {S3}, though a policy denies {IAM}"]),
    ("deny deny deny yes", "red", ["has a hole", f"may do {S3}, though"]),
    ("none none none yes", "red", ["is not neutered", f"may do {S3}"]),
    ("scp scp scp yes", "red", ["is not neutered"]),
]  # fmt: skip


def probes(said: str, actions: tuple[str, ...] = ACTIONS) -> list[Probe]:
    return [
        Probe(action, SHORT[word], f"AWS said {word}")
        for action, word in zip(actions, said.split(), strict=True)
    ]


def words(verdict: verdicts.Verdict) -> str:
    return "\n".join([verdict.what, verdict.why, *verdict.hints])


@pytest.mark.parametrize(("said", "colour", "sentences"), CASES)
def test_a_base_key(said, colour, sentences):
    verdict = verdicts.judge(probes(said))
    assert verdict.colour == colour
    for sentence in sentences:
        assert sentence in words(verdict)
    answers = zip(ACTIONS, said.split(), strict=True)
    assert verdict.evidence == tuple(f"{action}: AWS said {word}" for action, word in answers)
    assert ("mfa-session policy" in words(verdict)) == (colour != "green")
    for text in (verdict.what, verdict.why, *verdict.hints):
        assert not text.endswith(".")
        assert "\n" not in text


def test_only_a_deny_with_bool_is_hinted_at_where_there_is_no_hole():
    assert "BoolIfExists" not in words(verdicts.judge(probes("deny deny deny yes")))


def test_actions_of_one_service_count_once():
    several = ("s3:ListAllMyBuckets", "s3:GetBucketPolicy", "s3:ListBucket", IAM)
    assert verdicts.judge(probes("deny deny deny deny", several)).colour == "yellow"


def test_nothing_asked_is_nothing_known():
    assert verdicts.judge([]).colour == "yellow"
    assert verdicts.judge_deep(verdicts.judge(probes("deny deny deny deny")), []).colour == "yellow"


# The base key's answers, those of a session without MFA (IAM does not know it), the colour, and words.
DEEP = [
    ("deny deny deny deny", "? deny deny deny", "green", ["the base key is neutered, and so is a session without MFA", "also to a session without MFA"]),
    ("deny deny deny bare", "? deny deny bare", "green", ["also to a session without MFA"]),
    ("deny deny deny deny", "? yes yes yes", "red", ["session without MFA gets in", "Null", f"may do {DYNAMODB}, {EC2S} and {S3}"]),
    ("deny deny deny deny", "? deny deny yes", "red", ["session without MFA gets in", f"may do {S3}"]),
    ("deny deny deny deny", "? none none none", "yellow", ["session without MFA is not", "Null"]),
    ("deny deny deny deny", "? scp deny deny", "yellow", ["whether a session without MFA is, is not known"]),
    ("deny deny deny deny", "? deny bare bare", "yellow", ["whether a session without MFA is, is not known"]),
    ("deny deny deny deny", "? ? ? ?", "yellow", ["is not known", "run it again"]),
    ("none none none none", "? none none none", "yellow", ["powerless"]),
    ("none none none none", "? deny deny deny", "yellow", ["powerless"]),
    ("bare bare bare bare", "? deny deny deny", "yellow", ["whether the base key is neutered is not known"]),
    ("scp scp scp scp", "? yes scp scp", "red", ["session without MFA gets in", f"may do {DYNAMODB}"]),
    ("yes yes yes yes", "? deny deny deny", "red", ["the base key is not neutered"]),
    ("yes yes yes yes", "? yes yes yes", "red", ["the base key is not neutered", f"a session without MFA may do {DYNAMODB}, "]),
]  # fmt: skip


@pytest.mark.parametrize(("base", "session", "colour", "sentences"), DEEP)
def test_a_session_without_mfa_makes_it_worse_or_leaves_it(base, session, colour, sentences):
    before = verdicts.judge(probes(base))
    verdict = verdicts.judge_deep(before, probes(session))
    assert verdict.colour == colour
    for sentence in sentences:
        assert sentence in words(verdict)
    assert verdict.evidence[:4] == before.evidence
    assert [line.split(",")[0] for line in verdict.evidence[4:]] == ["in a session without MFA"] * 3
    assert ("mfa-session policy" in words(verdict)) == (colour != "green")


def test_iam_which_does_not_know_such_a_session_is_no_evidence_but_what_it_says_of_a_policy_is():
    before = verdicts.judge(probes("deny deny deny deny"))
    assert not [x for x in verdicts.judge_deep(before, probes("? deny deny deny")).evidence[4:] if IAM in x]
    assert verdicts.judge_deep(before, probes("yes deny deny deny")).colour == "red"
    assert verdicts.judge_deep(before, probes("deny deny bare bare")).colour == "green"
