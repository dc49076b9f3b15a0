"""What AWS STS refuses, by its codes and texts, and what is made of them: tables to read, in the order in which they hold."""

from __future__ import annotations

from typing import NamedTuple

from mfa_session.errors import (
    CodeRefused,
    Denied,
    KeyUnknown,
    MfaSessionError,
    NoSuchKey,
    NotAvailable,
    QuotaReached,
)

SET_THE_CLOCK = (
    "set this machine's clock: sudo timedatectl set-ntp true (Linux), sudo sntp -sS time.apple.com (macOS)"
)


class Refusal(NamedTuple):
    code: str
    text: str  # a part of AWS's message
    message: str
    hint: str
    kind: type[MfaSessionError] = Denied


REFUSALS = (
    Refusal(
        "AccessDenied",
        "invalid MFA one time pass code",
        "AWS refused the one-time code for {serial}",
        "is {item} the one for this device? If its codes are off for good, resynchronize the device in IAM",
        CodeRefused,
    ),
    Refusal(
        "AccessDenied",
        "unable to validate MFA code",
        "AWS knows no MFA device {serial} of the user whose base key this is",
        "copy the device's ARN from IAM > Users > Security credentials into {serial_at}",
    ),
    Refusal(
        "AccessDenied",
        "must provide both MFA serial number and one time pass code",
        "AWS got only one of serial and code",
        "check {serial_at}",
    ),
    Refusal(
        "AccessDenied",
        "with session credentials",
        "the base key of {name} belongs to a session, and sessions can't get sessions",
        "use the IAM user's own key, which starts with AKIA",
    ),
    Refusal(
        "AccessDenied",
        "",
        "AWS denies it: {text}",
        "the policies of the user whose base key this is decide that",
    ),
    Refusal(
        "InvalidClientTokenId",
        "",
        "AWS does not know the base key {key} of {name}: deleted, inactive, or of another partition",
        "look at it in IAM > Users > Security credentials; AWS was asked at {region}",
        KeyUnknown,
    ),
    Refusal(
        "SignatureDoesNotMatch",
        "Signature expired",
        "AWS refuses requests from this machine: {skew}",
        SET_THE_CLOCK,
    ),
    Refusal(
        "SignatureDoesNotMatch",
        "Signature not yet current",
        "AWS refuses requests from this machine: {skew}",
        SET_THE_CLOCK,
    ),
    Refusal(
        "SignatureDoesNotMatch",
        "",
        "the secret of the base key {key} is not the right one",
        "copy it again; a blank, quote or cut-off end is the usual cause",
    ),
    Refusal("RequestExpired", "", "AWS refuses requests from this machine: {skew}", SET_THE_CLOCK),
    Refusal(
        "ExpiredToken",
        "",
        "the base key of {name} is an expired session",
        "use the IAM user's own key (AKIA…)",
    ),
    Refusal(
        "ValidationError",
        "urationSeconds",
        "AWS does not give a session of {duration}: {text}",
        "choose another {duration_at}",
    ),
    Refusal("ValidationError", "", "AWS can't read the request: {text}", "check {serial_at}"),
    Refusal(
        "RegionDisabledException",
        "",
        "AWS STS is switched off in {region} for this account",
        "use AWS_REGION=us-east-1, or have the account's administrator activate STS there",
    ),
    Refusal("Throttling", "", "AWS is asked too often for now", "wait a minute", NotAvailable),
    Refusal(
        "OptInRequired", "", "AWS STS is not open to this account in {region}", "use AWS_REGION=us-east-1"
    ),
)

# AWS does not say which of the reasons it was, so that nobody can find out what a role trusts.
OF_ROLES = (
    Refusal(
        "AccessDenied",
        "sts:TagSession",
        "AWS does not let the session of {role} have tags",
        "sts:TagSession has to be allowed both to you and in the role's trust policy; or leave SESSION_TAGS out",
    ),
    Refusal(
        "AccessDenied",
        "sts:SetSourceIdentity",
        "AWS does not let the session of {role} have a source identity",
        "sts:SetSourceIdentity has to be allowed both to you and in the role's trust policy; or leave SOURCE_IDENTITY out",
    ),
    Refusal(
        "AccessDenied",
        "explicit deny",
        "AWS does not let {who} assume {role}: {text}",
        "a policy that denies everything without MFA has to except sts:AssumeRole for --direct; see mfa-session export --help",
    ),
    Refusal(
        "AccessDenied",
        "sts:AssumeRole",
        "AWS does not let {who} assume {role}",
        "is the ARN right, do your policies allow sts:AssumeRole on it, does its trust policy name you? {external_id}",
    ),
    Refusal(
        "ValidationError",
        "MaxSessionDuration",
        "{role} is not given for that long",
        "shorten {role_duration}, or raise the role's maximum session duration",
    ),
    Refusal(
        "ValidationError",
        "role chaining",
        "AWS gives a role for 1h at most where it is taken from a session",
        "shorten {role_duration}, or use --direct",
    ),
    Refusal(
        "PackedPolicyTooLarge",
        "",
        "the session's policies and tags are too large together: {text}",
        "shorten the policy, name fewer policy ARNs, or leave tags out",
    ),
    Refusal(
        "MalformedPolicyDocument",
        "",
        "AWS can't read the session policy: {text}",
        "look at the file that --policy names",
    ),
    Refusal(
        "ValidationError",
        "",
        "AWS does not take what was asked of {role}: {text}",
        "check the role's settings: its name, tags and policies",
    ),
)
OF_IAM = (
    Refusal(
        "AccessDenied",
        "explicit deny",
        "AWS denies it, in so many words: {text}",
        "a policy of the user, or of its organization, decides that",
    ),
    Refusal(
        "AccessDenied",
        "",
        "the user of {name} is not allowed to: {text}",
        "an administrator can allow it on the user itself: arn:*:iam::*:user/${{aws:username}}",
    ),
    Refusal(
        "InvalidClientTokenId",
        "",
        "IAM does not take this session of {name}: it is without MFA, or its user is gone",
        "to begin anew, type: mfa-session clear {name}",
        KeyUnknown,
    ),
    Refusal(
        "LimitExceeded",
        "AccessKeysPerUser",
        "the user of {name} has two access keys, and AWS allows no third",
        "delete the one that nothing uses, in IAM > Users > Security credentials",
        QuotaReached,
    ),
    Refusal(
        "NoSuchEntity",
        "",
        "IAM does not have it any more: {text}",
        "look at IAM > Users > Security credentials",
        NoSuchKey,
    ),
)
# What was taken for a live session is none any more: its user's key or policy has changed.
OF_SESSIONS = (
    Refusal(
        "InvalidClientTokenId",
        "",
        "AWS no longer takes the session that {role} was to be taken from",
        "to begin anew, type: mfa-session clear {name}",
    ),
    Refusal(
        "ExpiredToken",
        "",
        "AWS says that the session that {role} was to be taken from is over",
        "to begin anew, type: mfa-session clear {name}",
    ),
)
