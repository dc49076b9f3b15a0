"""AWS STS, asked by a base key alone: whose it is, and for the session that anybody who has it can get without a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mfa_session.adapters import aws_connection, aws_identity
from mfa_session.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import Account, BaseKey
    from mfa_session.users import Identity

_SHORTEST = 900  # seconds


class Checkup:
    """See checks_ports.Checkup; raises MfaSessionError where AWS can't be asked at all."""

    def __init__(
        self,
        account: Account,
        key: BaseKey,
        profile: str | None,
        region: str | None,
        environ: Mapping[str, str],
    ) -> None:
        self._account = account
        self._connection = aws_connection.Connection(account, profile, region, environ)
        self._connection.open(key.access_key_id, key.secret_access_key)

    @property
    def skew(self) -> float | None:
        return self._connection.skew or None

    def identity(self) -> Identity:
        return aws_identity.told(self._connection, self._asked("get_caller_identity"))

    def session_without_mfa(self) -> Session:
        answer = self._asked("get_session_token", DurationSeconds=_SHORTEST)
        account = self._account
        return Session(
            account=account.name, account_id=account.account_id, **self._connection.credentials(answer)
        )

    def _asked(self, method: str, **parameters: Any) -> Any:
        connection = self._connection
        with connection.explained():
            quick = connection.client_of(
                "sts",
                connect_timeout=2,
                read_timeout=2,
                retries={"mode": "standard", "total_max_attempts": 2},
            )
            return getattr(quick, method)(**parameters)
