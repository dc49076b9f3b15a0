"""AWS STS AssumeRole: from one session to that of a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mfa_session.adapters import aws_connection
from mfa_session.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import Account, Role


class Roles:
    """The roles of one account; see `aws_connection.Connection` for the rest."""

    def __init__(
        self, account: Account, profile: str | None, region: str | None, environ: Mapping[str, str]
    ) -> None:
        self._account = account
        self._region = region
        self._connection = aws_connection.Connection(account, profile, region, environ)

    def assume(self, before: Session, role: Role) -> Session:
        """See model.RoleIssuer."""
        connection = self._connection
        connection.open(before.access_key_id, before.secret_access_key, before.session_token)
        with connection.explained(role, before):
            answer = connection.client.assume_role(**parameters(role, before.arn))
        return Session(
            account=self._account.name,
            region=self._region,
            path=str(self._account.path),
            **who(role, answer),
            **connection.credentials(answer),
        )


def parameters(role: Role, arn: str) -> dict[str, Any]:
    """Those of AssumeRole; `arn` is who asks, and names the session where the role's settings don't."""
    name = role.session_name or arn.rpartition("/")[2]
    found: dict[str, Any] = {
        "RoleArn": role.arn,
        "RoleSessionName": name if len(name) > 1 else f"mfa-session-{name}",  # AWS wants two characters
        "DurationSeconds": role.duration,
        "ExternalId": role.external_id,
        "SourceIdentity": role.source_identity,
        "Policy": role.policy,
        "PolicyArns": [{"arn": policy} for policy in role.policy_arns],
        "Tags": [{"Key": key, "Value": value} for key, value in role.tags],
        "TransitiveTagKeys": list(role.transitive),
    }
    return {parameter: value for parameter, value in found.items() if value}


def who(role: Role, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Whose the new session is, as `Session` says it."""
    arn = str((answer.get("AssumedRoleUser") or {}).get("Arn", ""))
    return {"account_id": role.account_id, "arn": arn, "role": role.arn, "duration": role.duration}
