"""The forms of a user's policy: what each lets a base key do, and a session without MFA."""

from __future__ import annotations

# What a base key and a session without MFA may do outside STS, by the form of the user's policy. First as the deny
# should be (BoolIfExists), the two ways to get it wrong, no deny but no allow either, and no guard at all; then an
# allow that asks for MFA with BoolIfExists, which holds where nobody speaks of MFA, and a deny of one service only.
# All others are strict, but for what stands in EXEMPT, or for who denies (DENIES).
POLICIES = {
    "strict": (False, False),
    "bool": (True, False),
    "null": (False, True),
    "powerless": (False, False),
    "open": (True, True),
    "allow-bool-if-exists": (True, False),
    "one-deny": (True, True),
    "direct": (False, False),
    "federation": (False, False),
    "list-mfa": (False, False),
    "not-s3": (False, False),
    "scp": (False, False),
    "boundary": (False, False),
}
# The deny's NotAction, beside sts:GetSessionToken.
EXEMPT = {
    "direct": {"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"},
    "federation": {"sts:GetFederationToken"},
    "list-mfa": {"iam:ListMFADevices", "iam:GetUser"},
    "not-s3": {"s3:*"},
}
# The deny's Action, where it has no NotAction.
DENIED = {"one-deny": {"iam:*"}}
# Where it is not a deny that refuses, but an allow that is not there.
IMPLICIT = {"powerless", "allow-bool-if-exists"}
# Whose deny it is, where it is not the identity policy's.
DENIES = {"scp": "a service control policy", "boundary": "a permissions boundary"}
