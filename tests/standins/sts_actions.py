"""The answers of AWS STS: who am I, and a session for a base key and a code."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from standins.sts_denials import denied
from standins.sts_errors import Refusal, request_id
from standins.sts_http import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standins.sts_world import Caller, World

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
OTHERS = {
    "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "DecodeAuthorizationMessage",
    "GetAccessKeyInfo", "GetDelegatedAccessToken", "GetFederationToken", "GetWebIdentityToken",
}  # fmt: skip
WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
WRONG_SERIAL = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)
HALF_MFA = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."


def answer(action: str, params: dict[str, str], caller: Caller, world: World, now: float) -> Reply:
    """The reply to an authenticated STS request; refuses what AWS refuses."""
    if action == "GetCallerIdentity":
        return _xml(action, _identity(caller))
    if action == "GetSessionToken":
        return _xml(action, _session(params, caller, world, now))
    if action not in OTHERS:
        raise Refusal("InvalidAction", f"Could not find operation {action} for version 2011-06-15", 400)
    if caller.session and action == "GetFederationToken":
        raise Refusal("AccessDenied", "Cannot call GetFederationToken with session credentials")
    raise denied(caller, f"sts:{action}", resource=params.get("RoleArn", ""))


def _identity(caller: Caller) -> str:
    user = caller.user
    return f"<Arn>{user.arn}</Arn><UserId>{user.user_id}</UserId><Account>{user.account_id}</Account>"


def _session(params: dict[str, str], caller: Caller, world: World, now: float) -> str:
    if complaints := list(_complaints(params)):
        count = f"{len(complaints)} validation error{'s' if len(complaints) > 1 else ''} detected"
        raise Refusal("ValidationError", f"{count}: {'; '.join(complaints)}", 400)
    if caller.session:
        raise Refusal("AccessDenied", "Cannot call GetSessionToken with session credentials")
    serial, code = params.get("SerialNumber"), params.get("TokenCode")
    if (serial is None) != (code is None):
        raise Refusal("AccessDenied", HALF_MFA)
    if serial is not None and code is not None:
        if serial != caller.user.mfa_serial:
            raise Refusal("AccessDenied", WRONG_SERIAL)
        if not world.use_code(caller.user, code, now):
            raise Refusal("AccessDenied", WRONG_CODE)
    session = world.mint(caller.user, now + int(params.get("DurationSeconds", 43200)), mfa=serial is not None)
    return (
        f"<Credentials><AccessKeyId>{session.access_key_id}</AccessKeyId>"
        f"<SecretAccessKey>{session.secret_access_key}</SecretAccessKey>"
        f"<SessionToken>{session.token}</SessionToken>"
        f"<Expiration>{iso(session.expires)}</Expiration></Credentials>"
    )


def _complaints(params: dict[str, str]) -> Iterator[str]:
    if (duration := params.get("DurationSeconds")) is not None:
        if not re.fullmatch(r"-?\d{1,9}", duration, re.ASCII):
            raise Refusal("MalformedInput", "DurationSeconds is not an integer", 400)
        if int(duration) < 900:
            yield _complaint(duration, "durationSeconds", "value greater than or equal to 900")
        if int(duration) > 129600:
            yield _complaint(duration, "durationSeconds", "value less than or equal to 129600")
    yield from _text(params, "SerialNumber", 9, 256, r"[\w+=/:,.@-]*")
    yield from _text(params, "TokenCode", 6, 6, r"[\d]*")


def _text(params: dict[str, str], name: str, shortest: int, longest: int, pattern: str) -> Iterator[str]:
    if (value := params.get(name)) is None:
        return
    member = name[0].lower() + name[1:]
    if len(value) > longest:
        yield _complaint(value, member, f"length less than or equal to {longest}")
    if len(value) < shortest:
        yield _complaint(value, member, f"length greater than or equal to {shortest}")
    if not re.fullmatch(pattern, value, re.ASCII):
        yield f"{_failed(value, member)}Member must satisfy regular expression pattern: {pattern}"


def _complaint(value: str, member: str, bound: str) -> str:
    return f"{_failed(value, member)}Member must have {bound}"


def _failed(value: str, member: str) -> str:
    return f"Value '{value}' at '{member}' failed to satisfy constraint: "


def iso(at: float) -> str:
    return datetime.fromtimestamp(int(at), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _xml(action: str, result: str) -> Reply:
    number = request_id()
    text = (
        f'<{action}Response xmlns="{NAMESPACE}"><{action}Result>{result}</{action}Result>'
        f"<ResponseMetadata><RequestId>{escape(number)}</RequestId></ResponseMetadata></{action}Response>"
    )
    return Reply(200, text.encode(), [("Content-Type", "text/xml"), ("x-amzn-RequestId", number)])
