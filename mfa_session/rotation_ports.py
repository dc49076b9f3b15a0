"""What a rotation of a base key asks of the outside world, and how it speaks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mfa_session.errors import KeyUnknown

if TYPE_CHECKING:
    from mfa_session.model import BaseKey
    from mfa_session.session import Session
    from mfa_session.users import Identity, KeyStatus
    from mfa_session.verdicts import Verdict

COLOURS = ("red", "yellow", "green")  # of verdicts, the worst first
PATIENCE = 90.0  # seconds; IAM's machines hear of a change within some ten of them, as a rule


class Iam(Protocol):
    """IAM, asked by the user itself; see adapters.aws_iam."""

    def access_keys(self) -> list[KeyStatus]: ...
    def create(self) -> BaseKey: ...
    def switch(self, access_key_id: str, *, on: bool) -> None: ...
    def delete(self, access_key_id: str) -> None: ...
    def was_used(self, access_key_id: str) -> bool: ...


class Aws(Protocol):
    """What a rotation asks of AWS, and of the account's sessions; everything raises MfaSessionError."""

    def identity(self, key: BaseKey) -> Identity: ...
    def verdict(self, key: BaseKey) -> Verdict: ...
    def iam(self, session: Session) -> Iam: ...

    def session(self) -> tuple[Session, bool]:
        """One with MFA, and whether it is new: then it is from the key that is in use."""

    def prove(self) -> Session:
        """A new one from the key that is in use."""

    def forget_old(self) -> int:
        """The sessions that are kept of the old key; returns how many there were."""

    def forget_new(self) -> int:
        """The same of the new one."""


def works(aws: Aws, key: BaseKey) -> bool:
    """Whether AWS knows the key, now."""
    try:
        aws.identity(key)
    except KeyUnknown:
        return False
    return True


def ways(typed: str) -> tuple[str, str]:
    """How to go on after an interruption of what was typed, as hints."""
    return f"to go on, type: {typed} --resume", f"to go back to the old key, type: {typed} --rollback"
