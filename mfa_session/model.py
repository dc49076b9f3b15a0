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
class OtpSource:
    """Where the one-time code comes from: `kind` is op, ykman, command or prompt; what the others need may be there too.

    `name` is that of an account on a YubiKey; `command` stands as the person wrote it.
    """

    kind: str = "prompt"
    op: OpItem | None = None
    name: str = ""
    command: str = ""

    @property
    def label(self) -> str:
        """What a person would look at if its codes were wrong."""
        labels = {
            "op": f"the 1Password item {self.op.item!r}" if self.op else "1Password",
            "ykman": f"the account {self.name!r} on the YubiKey",
            "command": "what the command for the code prints",
        }
        return labels.get(self.kind, "what was typed")


@dataclass(frozen=True, slots=True)
class Role:
    """An IAM role, and how to assume it; `arn` is empty where these are only the settings for one.

    `duration` is in seconds, `policy` the text of a session policy; where `session_name` is empty, it is the name of the
    user behind the session that the role is taken from.
    """

    arn: str = ""
    session_name: str = ""
    external_id: str = ""
    duration: int = 0
    source_identity: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    transitive: tuple[str, ...] = ()
    policy: str = ""
    policy_arns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def account_id(self) -> str:
        return self.arn.split(":")[4] if self.arn else ""


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
class HeldKeys:
    """What a place holds: the key in use, and beside it a spare one while it is being replaced."""

    current: BaseKey | None
    spare: BaseKey | None = None


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
    """An account as its `.env.NAME` file or its AWS profile describes it, checked; `path` is that file.

    `duration` is in seconds, of the MFA session; `account_id` is empty where nothing says it. `text_hash` changes with
    every change of an account's own file. `role` is the one that is wanted, taken from those of `through` in their order.
    """

    name: str
    path: Path
    account_id: str
    mfa_serial: str
    otp: OtpSource
    key: KeySpec
    region: str | None
    duration: int
    warnings: tuple[str, ...] = ()
    text_hash: str = ""
    uses_environment: bool = False  # some of the values are what the environment said when it was read
    profile: str | None = None  # of the AWS config file, where that is the account's source
    role: Role = Role()
    through: tuple[Role, ...] = ()
    direct: bool = False  # the role is assumed by the base key and the code themselves, not by a session

    @property
    def label(self) -> str:
        return f"{self.name} ({self.account_id})" if self.account_id else self.name

    @property
    def roles(self) -> tuple[Role, ...]:
        """In the order in which they are assumed."""
        return (*self.through, self.role) if self.role.arn else self.through

    def where(self, key: str) -> str:
        """Where a person finds this key of the file: `MFA_SERIAL in …`, or what an AWS profile calls the same."""
        names = {
            "SESSION_DURATION": "--duration",
            "ROLE_DURATION": "duration_seconds",
            "AWS_REGION": "region",
            "OP_ITEM": "mfa_session_op_item",
            "OTP_COMMAND": "mfa_process",
        }
        if not self.profile:
            return f"{key} in {self.path}"
        return f"{names.get(key, key.lower())} of profile {self.profile} in {self.path}"


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


class KeyPlace(Protocol):
    """Where a base key is stored for good, and can be replaced."""

    where: str  # for people: `profile test-bootstrap in ~/.aws/credentials`

    def read(self) -> HeldKeys:
        """What is there now; raises MfaSessionError."""

    def check(self) -> None:
        """Raise what `write` would refuse here, while nothing has been done yet."""

    def write(self, current: BaseKey, spare: BaseKey | None) -> None:
        """Hold these instead, in one step, and see that they are there; raises MfaSessionError.

        Without `spare`, nothing of an earlier one is left, and all else is as it was before there was one.
        """


class Asking(Protocol):
    """A question that has been put to a person."""

    def answer(self) -> Answer:
        """Block until there is an answer; raise MfaSessionError where there will be none."""

    def cancel(self) -> None:
        """Take the question back, from any thread; `answer` then raises MfaSessionError."""


class CodeSource(Protocol):
    def ask(self, references: tuple[str, ...] = ()) -> Asking:
        """Start asking, and return at once."""


class RoleIssuer(Protocol):
    def assume(self, before: Session, role: Role) -> Session:
        """A session of the role, taken from `before`; raises MfaSessionError."""


class Issuer(Protocol):
    def check(self, key: BaseKey) -> None:
        """Find out, without a code, whether AWS takes this key for this account; raise MfaSessionError if not."""

    def issue(self, code: str, answered: Callable[[], None]) -> Session:
        """Exchange the key that was checked, and a code; raise CodeRefused where only the code was wrong.

        `answered` is called once AWS has answered, whatever it was: the code can't be used again then.
        """
