"""AWS STS: a base key and a one-time code become a session, of the user or of a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.exceptions

from mfa_session import tty
from mfa_session.adapters import aws_connection, aws_errors, aws_refusals, aws_role
from mfa_session.errors import MfaSessionError
from mfa_session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mfa_session.model import Account, BaseKey

_SKEW = 30  # seconds that the clock may be off; one code's length


class Sts:
    """STS for one account; `profile` is the AWS profile whose network settings hold, `region` the account's."""

    def __init__(
        self, account: Account, profile: str | None, region: str | None, environ: Mapping[str, str]
    ) -> None:
        self._account = account
        self._region = region
        self._connection = aws_connection.Connection(account, profile, region, environ)
        self._arn = ""
        self._account_id = account.account_id

    def check(self, key: BaseKey) -> None:
        """See model.Issuer; warns where the clock is off. It also opens the connection that `issue` uses."""
        name, connection = self._account.name, self._connection
        if key.is_of_a_session:
            raise MfaSessionError(
                f"the base key of {name} belongs to a session, and sessions can't get sessions",
                "use the IAM user's own key, which starts with AKIA",
            )
        if not key.is_plausible:
            raise MfaSessionError(
                f"what {name} has for the id of its base key can't be one",
                f"are the two halves mixed up? look at AWS_ACCESS_KEY_ID in {self._account.path}",
            )
        connection.open(key.access_key_id, key.secret_access_key)
        with connection.explained():
            identity = connection.client.get_caller_identity()
        connection.measure_skew(identity)
        if abs(connection.skew) > _SKEW:
            tty.notice(aws_errors.skew(connection.skew) + ", so that one-time codes may be refused")
            tty.notice(f"hint: {aws_refusals.SET_THE_CLOCK}")
        said = identity.get("Account")
        if self._account_id and said != self._account_id:
            raise MfaSessionError(
                f"the base key of {name} belongs to account {said},"
                f" but {self._account.path} says AWS_ACCOUNT_ID={self._account_id}",
                "correct the account id, or the key or profile that the file names",
            )
        self._arn, self._account_id = str(identity.get("Arn", "")), str(said)

    def issue(self, code: str, answered: Callable[[], None]) -> Session:
        """See model.Issuer. The request is sent once: AWS takes a code once, whether its answer arrives or not."""
        account, connection = self._account, self._connection
        role = account.role if account.direct else None
        client = connection.client
        client.meta.events.unregister("needs-retry.sts", unique_id="retry-config-sts")
        factors = {"SerialNumber": account.mfa_serial, "TokenCode": code}
        with connection.explained(role):
            try:
                if role:
                    answer = client.assume_role(**aws_role.parameters(role, self._arn), **factors)
                else:
                    answer = client.get_session_token(DurationSeconds=account.duration, **factors)
            except botocore.exceptions.ClientError:
                answered()
                raise
        answered()
        who: dict[str, Any] = {"account_id": self._account_id, "arn": self._arn, "duration": account.duration}
        if role:
            who = aws_role.who(role, answer)
        return Session(
            account=account.name,
            region=self._region,
            path=str(account.path),
            **who,
            **connection.credentials(answer),
        )
