"""AWS STS GetCallerIdentity: whose a key is. Nobody can be denied this, whatever the policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mfa_session.adapters import aws_connection
from mfa_session.users import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import Account, BaseKey
    from mfa_session.session import Session


def of(
    account: Account,
    key: BaseKey | Session,
    profile: str | None,
    region: str | None,
    environ: Mapping[str, str],
) -> Identity:
    """Raises KeyUnknown where AWS does not know it, or not yet, and other MfaSessionErrors."""
    connection = aws_connection.Connection(account, profile, region, environ)
    connection.open(key.access_key_id, key.secret_access_key, getattr(key, "session_token", None))
    with connection.explained():
        answer = connection.client.get_caller_identity()
    return told(connection, answer)


def told(connection: aws_connection.Connection, answer: Mapping[str, Any]) -> Identity:
    """What AWS has answered, and at what time."""
    connection.measure_skew(answer)
    return Identity(str(answer.get("Account", "")), str(answer.get("Arn", "")), connection.skew)
