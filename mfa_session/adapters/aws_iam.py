"""AWS IAM, asked by a user about itself: its access keys and MFA devices. No user is named, so that it is always its own."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from mfa_session.adapters import aws_connection, aws_errors
from mfa_session.errors import NoSuchKey
from mfa_session.model import BaseKey
from mfa_session.users import KeyStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import Account
    from mfa_session.session import Session


class Iam:
    """`key` is the user's session with MFA, as a neutered key can do nothing here. Each method raises MfaSessionError."""

    def __init__(
        self,
        account: Account,
        key: BaseKey | Session,
        profile: str | None,
        region: str | None,
        environ: Mapping[str, str],
    ) -> None:
        self._connection = aws_connection.Connection(account, profile, region, environ, "iam")
        self._connection.open(key.access_key_id, key.secret_access_key, getattr(key, "session_token", None))

    def access_keys(self) -> list[KeyStatus]:
        with self._connection.explained():
            listed = self._client.list_access_keys()["AccessKeyMetadata"]
        return [
            KeyStatus(one["AccessKeyId"], one["Status"] == "Active", one["CreateDate"].timestamp())
            for one in listed
        ]

    def create(self) -> BaseKey:
        """A new one, which some of AWS's machines may not know for some seconds. Sent once: a second try would be a second key."""
        once = self._connection.client_of("iam", retries={"mode": "standard", "total_max_attempts": 1})
        with self._connection.explained():
            made = once.create_access_key()["AccessKey"]
        return BaseKey(made["AccessKeyId"], made["SecretAccessKey"])

    def switch(self, access_key_id: str, *, on: bool) -> None:
        status = "Active" if on else "Inactive"
        with self._connection.explained():
            self._expect_aws(self._client.update_access_key(AccessKeyId=access_key_id, Status=status))

    def delete(self, access_key_id: str) -> None:
        """Also where it is gone already: the list may be older than that."""
        with contextlib.suppress(NoSuchKey), self._connection.explained():
            self._expect_aws(self._client.delete_access_key(AccessKeyId=access_key_id))

    def was_used(self, access_key_id: str) -> bool:
        with self._connection.explained():
            answer = self._client.get_access_key_last_used(AccessKeyId=access_key_id)
        return "LastUsedDate" in answer.get("AccessKeyLastUsed", {})

    def devices(self) -> list[str]:
        """The serials of the user's MFA devices, FIDO keys among them."""
        with self._connection.explained():
            listed = self._client.list_mfa_devices()["MFADevices"]
        return [str(one["SerialNumber"]) for one in listed]

    def simulated(self, user_arn: str, actions: list[str], mfa: bool | None) -> dict[str, str]:
        """What IAM says of each action (allowed, explicitDeny, implicitDeny) for requests with, without, or (None) lacking MFA."""
        context = []
        if mfa is not None:
            context = [
                {
                    "ContextKeyName": "aws:MultiFactorAuthPresent",
                    "ContextKeyValues": [str(mfa).lower()],
                    "ContextKeyType": "boolean",
                }
            ]
        with self._connection.explained():
            answer = self._client.simulate_principal_policy(
                PolicySourceArn=user_arn, ActionNames=actions, ContextEntries=context
            )
        return {one["EvalActionName"]: one["EvalDecision"] for one in answer["EvaluationResults"]}

    def _expect_aws(self, answer: Mapping[str, Any]) -> None:
        """These answers hold nothing: a login page of the network would pass for one."""
        if "RequestId" not in answer.get("ResponseMetadata", {}):
            raise aws_errors.not_aws(self._client.meta.endpoint_url)

    @property
    def _client(self) -> Any:
        return self._connection.client
