"""What a policy refuses, in the words by which a caller can tell why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standins import sts_policies
from standins.iam_forms import DENIES, IMPLICIT
from standins.sts_errors import INVALID_TOKEN, Refusal

if TYPE_CHECKING:
    from standins.sts_people import Caller


def check(caller: Caller, permission: str, resource: str = "") -> None:
    """Refuses a call outside STS to a caller whose policy does not allow it; `permission` is `service:Action`."""
    if permission.startswith("iam:") and caller.session and not caller.session.mfa and not caller.role:
        # IAM does not know such sessions, whatever the policy says.
        raise Refusal("InvalidClientTokenId", INVALID_TOKEN)
    if verdict(caller, permission) != "allowed":
        raise denied(caller, permission, resource)
    check_session(caller, permission, resource)


def verdict(caller: Caller, permission: str) -> str:
    """What the policies of the user say to it: "allowed", "explicitDeny" or "implicitDeny", as IAM calls them."""
    passes = caller.may_in_sts if permission.startswith("sts:") else caller.may_outside_sts
    if not passes(permission):
        return "implicitDeny" if caller.user.policy in IMPLICIT else "explicitDeny"
    return "allowed" if caller.role or caller.user.allows(permission) else "implicitDeny"


def check_session(caller: Caller, permission: str, resource: str = "") -> None:
    """Refuses what a role's policy, or the policy that a session was given on its way, does not allow."""
    why = ""
    policy = caller.session.policy if caller.session else None
    verdict = policy.verdict(permission) if policy else ""
    if verdict == "deny":
        why = "with an explicit deny in a session policy"
    elif caller.role and not sts_policies.matches(caller.role.allows, permission):
        why = f"because no identity-based policy allows the {permission} action"
    elif (policy or caller.federated) and not verdict:
        why = f"because no session policy allows the {permission} action"
    if why:
        raise Refusal("AccessDenied", f"{bare(caller, permission, resource)} {why}")


def denied(caller: Caller, permission: str, resource: str = "") -> Refusal:
    """The refusal of what the deny hits, or of what nobody has allowed."""
    if verdict(caller, permission) == "explicitDeny":
        why = f"with an explicit deny in {DENIES.get(caller.user.policy, 'an identity-based policy')}"
    else:
        why = f"because no identity-based policy allows the {permission} action"
    return Refusal("AccessDenied", f"{bare(caller, permission, resource)} {why}")


def bare(caller: Caller, permission: str, resource: str = "") -> str:
    """The sentence without a reason: all there is when it is the other side that does not want the caller."""
    what = f"User: {caller.arn} is not authorized to perform: {permission}"
    return f"{what} on resource: {resource}" if resource else what
