"""The values that travel between the rooms, and the ports the outside world is reached through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mfa_session.session import Session


# In the environment of what is started to ask for a code: should that need AWS credentials, it must not ask us.
ASKING = "MFA_SESSION_IS_ASKING"


@dataclass(frozen=True, slots=True)
class OpItem:
    """Where the one-time code is in 1Password; `vault` and `account` narrow the search."""

    item: str
    vault: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class BaseKey:
    """An IAM user's long-lived access key."""

    access_key_id: str
    secret_access_key: str = field(repr=False)

    @property
    def is_of_a_session(self) -> bool:
        """AWS gives ids that begin with ASIA to what lives for hours, and AKIA to users' own keys."""
        return self.access_key_id.startswith("ASIA")

    @property
    def is_plausible(self) -> bool:
        """Whether the id can be one: where it can't, it may be the secret, which must not be sent as an id."""
        letters = self.access_key_id
        return 16 <= len(letters) <= 128 and letters.isascii() and letters.isalnum() and letters.isupper()


@dataclass(frozen=True, slots=True)
class KeySpec:
    """Where the base key is: both halves (each a literal or an `op://` reference), or AWS profiles to try in order."""

    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    profiles: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(v for v in (self.access_key_id, self.secret_access_key) if v.startswith("op://"))


@dataclass(frozen=True, slots=True)
class Account:
    """One `.env.NAME` file, checked; `duration` is in seconds, and `text_hash` changes with every change of the text."""

    name: str
    path: Path
    account_id: str
    mfa_serial: str
    otp: OpItem
    key: KeySpec
    region: str | None
    duration: int
    warnings: tuple[str, ...] = ()
    text_hash: str = ""
    uses_environment: bool = False  # some of the values are what the environment said when it was read

    @property
    def label(self) -> str:
        return f"{self.name} ({self.account_id})"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one authorization brought: the one-time code, and the value of each `op://` reference asked for."""

    code: str = field(repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


class SecretStore(Protocol):
    """Texts by name, kept off the disk and away from other users, each until its time is over.

    All names begin with `mfa-session:`; whatever else lies in the same place is neither seen nor touched. Every
    method raises NotAvailable where the place itself can't be used.
    """

    where: str  # for people: `the kernel keyring`

    def get(self, name: str) -> str | None:
        """The text; None where there is none, its time is over, or what is there is damaged."""

    def put(self, name: str, text: str, seconds: int) -> None:
        """Keep it, in place of what had the name; raises NotAvailable also where there is no room."""

    def drop(self, name: str) -> bool:
        """Whether there was one."""

    def names(self) -> list[str]:
        """Of those whose time is not over, in any order."""


class Asking(Protocol):
    """A question that has been put to a person."""

    def answer(self) -> Answer:
        """Block until there is an answer; raise MfaSessionError where there will be none."""

    def cancel(self) -> None:
        """Take the question back, from any thread; `answer` then raises MfaSessionError."""


class CodeSource(Protocol):
    def ask(self, references: tuple[str, ...] = ()) -> Asking:
        """Start asking, and return at once."""


class Issuer(Protocol):
    def check(self, key: BaseKey) -> None:
        """Find out, without a code, whether AWS takes this key for this account; raise MfaSessionError if not."""

    def issue(self, code: str, answered: Callable[[], None]) -> Session:
        """Exchange the key that was checked, and a code; raise CodeRefused where only the code was wrong.

        `answered` is called once AWS has answered, whatever it was: the code can't be used again then.
        """
