"""AWS STS GetFederationToken: what the console takes of a user who has no role. There is no way to give it a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.exceptions

from mfa_session.adapters import aws, aws_console
from mfa_session.errors import Denied, MfaSessionError
from mfa_session.session import Session

if TYPE_CHECKING:
    from mfa_session.model import Role

_LONGEST_NAME = 32


class Federation(aws.Sts):
    """The base key without a code; `check` comes first, as for its other use."""

    @property
    def partition(self) -> str:
        return aws_console.partition(self._arn)

    def federate(self, narrow: Role, duration: int) -> Session:
        """A session of a federated user, with the policies of `narrow` and no more than its user may do without MFA."""
        account, connection = self._account, self._connection
        name = self._arn.rpartition("/")[2][:_LONGEST_NAME]
        asked: dict[str, Any] = {
            "Name": name if len(name) > 1 else f"mfa-session-{name}",  # AWS wants two characters
            "DurationSeconds": duration,
            "Policy": narrow.policy,
            "PolicyArns": [{"arn": arn} for arn in narrow.policy_arns],
        }
        with connection.explained():
            try:
                answer = connection.client.get_federation_token(**{k: v for k, v in asked.items() if v})
            except botocore.exceptions.ClientError as error:
                if error.response.get("Error", {}).get("Code") == "AccessDenied":
                    raise self._needs_a_role(error.response["Error"].get("Message", "")) from None
                raise
        return Session(
            account=account.name,
            account_id=self._account_id,
            region=self._region,
            path=str(account.path),
            arn=str((answer.get("FederatedUser") or {}).get("Arn", "")) or self._arn,
            duration=duration,
            **connection.credentials(answer),
        )

    def _needs_a_role(self, text: str) -> MfaSessionError:
        account = self._account
        why = "no policy allows its user sts:GetFederationToken"
        if "explicit deny" in text:
            why = "what is denied without MFA stays denied, as GetFederationToken takes no code"
        return Denied(
            f"the console needs a role for {account.label}, whose base key gets no session for it: {why}",
            f"add --role-arn ARN, or {account.where('ROLE_ARN')}",
        )
