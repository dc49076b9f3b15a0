"""What every action that mints a session shares: the check of a code, and how the session is told."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from standins.sts_errors import Refusal
from standins.sts_people import Caller

if TYPE_CHECKING:
    from standins.sts_people import Session
    from standins.sts_world import World

WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
WRONG_SERIAL = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)
HALF_MFA = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."


def check_mfa(params: dict[str, str], caller: Caller, world: World, now: float) -> bool:
    """Whether the request itself brings MFA; uses the code up, and refuses one that is not good."""
    serial, code = params.get("SerialNumber"), params.get("TokenCode")
    if (serial is None) != (code is None):
        raise Refusal("AccessDenied", HALF_MFA)
    if serial is None or code is None:
        return False
    # A session has no MFA device that could be asked about. The text is the likeliest one, not a verified one.
    if caller.session or serial != caller.user.mfa_serial:
        raise Refusal("AccessDenied", WRONG_SERIAL)
    if not world.use_code(caller.user, code, now):
        raise Refusal("AccessDenied", WRONG_CODE)
    return True


def credentials(session: Session) -> str:
    return (
        f"<Credentials><AccessKeyId>{session.access_key_id}</AccessKeyId>"
        f"<SecretAccessKey>{session.secret_access_key}</SecretAccessKey>"
        f"<SessionToken>{session.token}</SessionToken>"
        f"<Expiration>{iso(session.expires)}</Expiration></Credentials>"
    )


def somebody_else(session: Session, percent: int | None) -> str:
    """Who the session acts as, and how much room its policies and tags take."""
    caller = Caller(session.user, session)
    element, number = (
        ("AssumedRoleUser", "AssumedRoleId") if session.role else ("FederatedUser", "FederatedUserId")
    )
    who = f"<Arn>{escape(caller.arn)}</Arn><{number}>{escape(caller.user_id)}</{number}>"
    identity = escape(session.source_identity)
    return (
        credentials(session)
        + f"<{element}>{who}</{element}>"
        + ("" if percent is None else f"<PackedPolicySize>{percent}</PackedPolicySize>")
        + (f"<SourceIdentity>{identity}</SourceIdentity>" if identity else "")
    )


def iso(at: float) -> str:
    return datetime.fromtimestamp(int(at), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
