"""What the checks ask of the outside world, and what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from mfa_session.model import BaseKey
    from mfa_session.session import Session
    from mfa_session.users import Identity, KeyStatus


class Stored(NamedTuple):
    """A key in the file `path`, in an AWS profile."""

    profile: str
    path: str
    key: BaseKey


class Configured(NamedTuple):
    """An AWS profile that gets its sessions from here: the `program` files that it runs, and the account's `file`.

    `account_profile` is set where the account is a profile of that file. `rival` is the setting that SDKs would take in
    place of all that, and `path` the file it is in.
    """

    profile: str
    program: tuple[str, ...]
    file: str
    account_profile: str
    rival: str
    path: str


class Checkup(Protocol):
    """AWS, asked by a base key alone. Each method takes some seconds at most, and raises MfaSessionError."""

    @property
    def skew(self) -> float | None:
        """How many seconds this machine's clock was ahead of AWS's when that was last heard of; None if it was not."""

    def identity(self) -> Identity:
        """Whose the key is; raises KeyUnknown too."""

    def session_without_mfa(self) -> Session:
        """To be asked with, and then forgotten: no policy can deny it to whoever has the key."""


class Presence(Protocol):
    """A program that gives codes, which asks nobody for this; each method raises MfaSessionError."""

    def version(self) -> tuple[int, ...]:
        """Such as (2, 30, 0); empty where it can't be told."""

    def accounts(self) -> list[dict[str, str]]:
        """What it says of each that it knows."""


class AboutUser(Protocol):
    """What AWS tells a user of itself; each method raises MfaSessionError."""

    def access_keys(self) -> list[KeyStatus]: ...

    def devices(self) -> list[str]:
        """The serials of the MFA devices."""

    def simulated(self, user_arn: str, actions: list[str], mfa: bool | None) -> dict[str, str]:
        """Of each action, allowed, explicitDeny or implicitDeny: with MFA, without, or (None) where nothing says."""
