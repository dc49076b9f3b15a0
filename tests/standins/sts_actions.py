"""The answers of AWS STS: who am I, and a session for a base key and a code."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from standins import sts_federation, sts_minting, sts_params, sts_roles
from standins.sts_denials import check_session, denied
from standins.sts_errors import Refusal, request_id
from standins.sts_http import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standins.sts_people import Caller
    from standins.sts_world import World

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
OTHERS = {
    "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "DecodeAuthorizationMessage",
    "GetAccessKeyInfo", "GetDelegatedAccessToken", "GetWebIdentityToken",
}  # fmt: skip


def answer(action: str, params: dict[str, str], caller: Caller, world: World, now: float) -> Reply:
    """The reply to an authenticated STS request; refuses what AWS refuses."""
    if action == "GetCallerIdentity":
        return _xml(action, _identity(caller))
    if minting := {"AssumeRole": sts_roles.assume, "GetFederationToken": sts_federation.federate,
                   "GetSessionToken": _session}.get(action):  # fmt: skip
        return _xml(action, minting(params, caller, world, now))
    if action not in OTHERS:
        raise Refusal("InvalidAction", f"Could not find operation {action} for version 2011-06-15", 400)
    if caller.session and not caller.role:
        raise Refusal("AccessDenied", f"Cannot call {action} with session credentials")
    if caller.role:
        check_session(caller, f"sts:{action}")
    raise denied(caller, f"sts:{action}")  # nothing else is played here


def _identity(caller: Caller) -> str:
    arn, user_id = escape(caller.arn), escape(caller.user_id)
    return f"<Arn>{arn}</Arn><UserId>{user_id}</UserId><Account>{caller.account_id}</Account>"


def _session(params: dict[str, str], caller: Caller, world: World, now: float) -> str:
    sts_params.check(_complaints(params))
    if caller.session:
        raise Refusal("AccessDenied", "Cannot call GetSessionToken with session credentials")
    mfa = sts_minting.check_mfa(params, caller, world, now)
    session = world.mint(caller.user, now + int(params.get("DurationSeconds", 43200)), mfa=mfa)
    return sts_minting.credentials(session)


def _complaints(params: dict[str, str]) -> Iterator[str]:
    yield from sts_params.duration(params, 129600)
    yield from sts_params.mfa(params)


def _xml(action: str, result: str) -> Reply:
    number = request_id()
    text = (
        f'<{action}Response xmlns="{NAMESPACE}"><{action}Result>{result}</{action}Result>'
        f"<ResponseMetadata><RequestId>{escape(number)}</RequestId></ResponseMetadata></{action}Response>"
    )
    return Reply(200, text.encode(), [("Content-Type", "text/xml"), ("x-amzn-RequestId", number)])
