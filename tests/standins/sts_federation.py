"""GetFederationToken: a session under another name, with no more than the policy that is passed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standins import sts_minting, sts_params, sts_policies
from standins.sts_denials import denied
from standins.sts_errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standins.sts_people import Caller
    from standins.sts_world import World

ACTION = "sts:GetFederationToken"


def federate(params: dict[str, str], caller: Caller, world: World, now: float) -> str:
    sts_params.check(_complaints(params))
    if caller.session:
        raise Refusal("AccessDenied", "Cannot call GetFederationToken with session credentials")
    wanted = [ACTION, "sts:TagSession"] if sts_params.members(params, "Tags") else [ACTION]
    user = caller.user
    resource = f"arn:{user.partition}:sts::{user.account_id}:federated-user/{params['Name']}"
    for action in wanted:
        if not caller.may_in_sts(action) or (action != ACTION and not user.may_assume):
            raise denied(caller, action, resource)
    policy = sts_policies.read(params, user.partition)
    tags, _ = sts_policies.tags(params, {})
    percent = sts_policies.packed(params, {})
    seconds = int(params.get("DurationSeconds", 43200))
    session = world.mint(
        user, now + seconds, mfa=False, federated=True, name=params["Name"], policy=policy, tags=tags
    )
    return sts_minting.somebody_else(session, percent)


def _complaints(params: dict[str, str]) -> Iterator[str]:
    yield from sts_params.required(params, "Name", 2, 32, sts_params.NAME)
    yield from sts_params.duration(params, 129600)
    yield from sts_params.policies(params)
    yield from sts_params.tags(params)
