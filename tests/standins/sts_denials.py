"""What a policy refuses, in the words by which a caller can tell why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standins import sts_policies
from standins.sts_errors import INVALID_TOKEN, Refusal

if TYPE_CHECKING:
    from standins.sts_people import Caller


def check(caller: Caller, permission: str) -> None:
    """Refuses a call outside STS to a caller whose policy does not allow it; `permission` is `service:Action`."""
    if permission.startswith("iam:") and caller.session and not caller.session.mfa and not caller.role:
        # IAM does not know such sessions, whatever the policy says.
        raise Refusal("InvalidClientTokenId", INVALID_TOKEN)
    if not caller.may:
        raise denied(caller, permission)
    check_session(caller, permission)


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
    if caller.may_in_sts(permission) or caller.user.policy == "powerless":
        why = f"because no identity-based policy allows the {permission} action"
    else:
        why = "with an explicit deny in an identity-based policy"
    return Refusal("AccessDenied", f"{bare(caller, permission, resource)} {why}")


def bare(caller: Caller, permission: str, resource: str = "") -> str:
    """The sentence without a reason: all there is when it is the other side that does not want the caller."""
    what = f"User: {caller.arn} is not authorized to perform: {permission}"
    return f"{what} on resource: {resource}" if resource else what
