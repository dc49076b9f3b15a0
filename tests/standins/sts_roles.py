"""AssumeRole: who may become which role, for how long, and with how much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standins import sts_minting, sts_params, sts_policies
from standins.sts_denials import bare, check_session, denied
from standins.sts_errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standins.sts_people import Caller, Role
    from standins.sts_world import World

ACTION = "sts:AssumeRole"
CHAINED = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


def assume(params: dict[str, str], caller: Caller, world: World, now: float) -> str:
    sts_params.check(_complaints(params))
    # A code is looked at, and used up, before anything that a policy says: the policies need to know of it.
    mfa = sts_minting.check_mfa(params, caller, world, now) or bool(caller.session and caller.session.mfa)
    arn = params["RoleArn"]
    role = next((role for role in world.roles if role.arn == arn), None)
    inherited = caller.session.transitive if caller.session else {}
    identity = _source_identity(params, caller, arn)
    wanted = [ACTION]
    wanted += ["sts:TagSession"] if inherited or sts_params.members(params, "Tags") else []
    wanted += ["sts:SetSourceIdentity"] if identity else []
    for action in wanted:
        _check_own_policy(caller, action, arn)
    for action in wanted:
        if role is None or not _trusts(role, caller, action, params, mfa=mfa):
            raise Refusal("AccessDenied", bare(caller, action, arn))
    seconds = int(params.get("DurationSeconds", 3600))
    if caller.session and seconds > 3600:
        raise Refusal("ValidationError", CHAINED, 400)
    if seconds > role.max_duration:
        raise Refusal("ValidationError", TOO_LONG, 400)
    policy = sts_policies.read(params, arn.split(":")[1])
    tags, transitive = sts_policies.tags(params, inherited)
    percent = sts_policies.packed(params, inherited)
    session = world.mint(
        caller.user, now + seconds, mfa=False, role=role, name=params["RoleSessionName"], policy=policy,
        tags=tags, transitive=transitive, source_identity=identity, chained=bool(caller.session),
    )  # fmt: skip
    return sts_minting.somebody_else(session, percent)


def _check_own_policy(caller: Caller, action: str, arn: str) -> None:
    """Refuses what the caller's own side does not allow, and there AWS tells why."""
    if caller.federated:
        # That it is refused is documented, the words are not.
        raise Refusal("AccessDenied", bare(caller, action, arn))
    if caller.role:
        # AWS would let a trust policy that names the role itself do without this one, within an account.
        check_session(caller, action, arn)
    elif not caller.may_in_sts(action):
        # "strict" takes it that the user's own policy does not see the MFA of this very request: SerialNumber and
        # TokenCode are there for the trust policy. Two tools found it so; it has not been tried on AWS.
        raise denied(caller, action, arn)
    elif not caller.user.may_assume:
        raise denied(caller, action, arn)


def _trusts(role: Role, caller: Caller, action: str, params: dict[str, str], *, mfa: bool) -> bool:
    """What the trust policy says. STS answers the same to whatever is missing, so one yes or no is enough."""
    principal = caller.role.arn if caller.role else caller.user.arn
    root = f"arn:{principal.split(':')[1]}:iam::{caller.account_id}:root"
    if not {principal, root} & set(role.trusted):
        return False
    if role.requires_mfa and not mfa:
        return False
    if role.external_id is not None and params.get("ExternalId") != role.external_id:
        return False
    own = {"sts:TagSession": role.may_tag, "sts:SetSourceIdentity": role.may_set_source_identity}
    return own.get(action, True)


def _source_identity(params: dict[str, str], caller: Caller, arn: str) -> str:
    """It is kept along a chain of roles, and cannot be changed there."""
    kept = caller.session.source_identity if caller.session else ""
    asked = params.get("SourceIdentity", kept)
    if kept and asked != kept:
        raise Refusal("AccessDenied", bare(caller, "sts:SetSourceIdentity", arn))
    return asked


def _complaints(params: dict[str, str]) -> Iterator[str]:
    yield from sts_params.required(params, "RoleArn", 20, 2048, sts_params.ARN)
    yield from sts_params.required(params, "RoleSessionName", 2, 64, sts_params.NAME)
    yield from sts_params.duration(params, 43200)
    yield from sts_params.text(params, "ExternalId", 2, 1224, sts_params.EXTERNAL_ID)
    # That it must not begin with "aws:" is part of the pattern, which knows no colon.
    yield from sts_params.text(params, "SourceIdentity", 2, 64, sts_params.NAME)
    yield from sts_params.mfa(params)
    yield from sts_params.policies(params)
    yield from sts_params.tags(params)
