"""What the user's policy refuses, in the words by which a caller can tell why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standins.sts_errors import INVALID_TOKEN, Refusal

if TYPE_CHECKING:
    from standins.sts_world import Caller


def check(caller: Caller, permission: str) -> None:
    """Refuses a call outside STS to a caller whose policy does not allow it; `permission` is `service:Action`."""
    if permission.startswith("iam:") and caller.session and not caller.session.mfa:
        # IAM does not know such sessions, whatever the policy says.
        raise Refusal("InvalidClientTokenId", INVALID_TOKEN)
    if not caller.may:
        raise denied(caller, permission)


def denied(caller: Caller, permission: str, resource: str = "") -> Refusal:
    what = f"User: {caller.user.arn} is not authorized to perform: {permission}"
    if resource:
        what += f" on resource: {resource}"
    if caller.may or caller.user.policy == "powerless":
        why = f"because no identity-based policy allows the {permission} action"
    else:
        why = "with an explicit deny in an identity-based policy"
    return Refusal("AccessDenied", f"{what} {why}")
