"""A base key moves from a place in plain text into 1Password. Each step looks at what is so, and can be done again:

    stored in an item ─▶ read back, and AWS takes it ─▶ the account's file refers to it ─▶ out of the place in plain text

Wherever it ends, the key is in one of the two at least. No I/O of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from mfa_session.errors import ConfigError, MfaSessionError
from mfa_session.users import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mfa_session.model import BaseKey
    from mfa_session.users import Identity

_ALL = 4  # steps, of each of which a sentence is told
References = tuple[str, str]


class Stored(Protocol):
    """An item in 1Password, and how its two fields are referred to."""

    @property
    def id(self) -> str: ...
    @property
    def vault_id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def vault(self) -> str: ...
    @property
    def references(self) -> References: ...


class Keys(Protocol):
    """What an item holds."""

    @property
    def current(self) -> BaseKey | None: ...
    @property
    def spare(self) -> BaseKey | None: ...


class Ports(Protocol):
    """What is outside; everything raises MfaSessionError."""

    def find(self) -> Sequence[Stored]:
        """The items that the key may be in."""

    def is_wanted(self, item: Stored) -> bool:
        """Whether the key may go into it: it is in the right vault."""

    def read(self, item: Stored) -> Keys: ...
    def is_ours(self, item: Stored) -> bool:
        """Whether the person has named it, or it was made here."""

    def create(self, key: BaseKey) -> Stored: ...
    def add(self, item: Stored, key: BaseKey) -> None:
        """Write it into an item that has no key."""

    def resolved(self, references: References) -> BaseKey:
        """What the account will get through them."""

    def identity(self, key: BaseKey) -> Identity:
        """Whose it is, asked for as the account will ask once it has the key from 1Password."""

    def describe(self, references: References) -> str:
        """Have the account's file refer to them; says what is so."""

    def forget(self) -> str:
        """Take the key out of the place in plain text; says what is so."""


class Job(NamedTuple):
    """`whose` the key is; `references` are those that the account's file has already."""

    key: BaseKey
    whose: Identity
    references: References | None


def run(job: Job, ports: Ports, tell: Callable[[str], None]) -> References:
    """Do what is still missing; `tell` is given a sentence for the person after each step."""
    references = job.references or _stored(job, ports, tell)
    _check(job, ports, references)
    tell(f"read back from there, both halves are the same, and AWS takes them ({job.whose.arn})")
    tell(ports.describe(references))
    tell(ports.forget())
    return references


def so_far(told: int, *, referred: bool, storing: bool) -> str:
    """What is so when `run` has ended after that many sentences.

    `referred`: the account's file had the references before; `storing`: 1Password has been told to keep the key.
    """
    if told == 0 and storing:
        return "no file was changed, and what 1Password has is looked at when this is run again"
    if told == 0 or (referred and told < _ALL):
        return "nothing was changed"
    if told < _ALL - 1:
        return "1Password has the key, and the rest is not done: run it again to go on"
    return (
        "1Password has the key, and the account's file refers to it; run it again to go on"
        if told < _ALL
        else ""
    )


def _stored(job: Job, ports: Ports, tell: Callable[[str], None]) -> References:
    found = ports.find()
    held = [ports.read(item) for item in found]
    for item, keys in zip(found, held, strict=True):
        if keys.current == job.key:
            tell(f"{masked(job.key.access_key_id)} is in {_named(item)} already")
            return item.references
    wanted = [(item, keys) for item, keys in zip(found, held, strict=True) if ports.is_wanted(item)]
    if not wanted:
        item = ports.create(job.key)
        tell(f"{masked(job.key.access_key_id)} is in {_named(item)}, a new one")
        return item.references
    if len(wanted) > 1:
        raise ConfigError(
            f"1Password has {len(wanted)} items called {wanted[0][0].title!r}",
            f"name one by its id: --item {wanted[0][0].id}; or a vault: --vault NAME",
        )
    ((item, keys),) = wanted
    if keys.current or keys.spare:
        other = f" ({masked(keys.current.access_key_id)})" if keys.current else ""
        raise ConfigError(
            f"{_named(item)} has another access key{other}", "choose another title: --item TITLE"
        )
    if not ports.is_ours(item):
        raise ConfigError(
            f"{_named(item)} is there, and has no access key",
            f"to have it written into that one, add: --item {item.id}",
        )
    ports.add(item, job.key)
    tell(f"{masked(job.key.access_key_id)} is in {_named(item)}, which was there")
    return item.references


def _check(job: Job, ports: Ports, references: References) -> None:
    found = ports.resolved(references)
    if found != job.key:
        half = "access key id" if found.access_key_id != job.key.access_key_id else "secret access key"
        raise MfaSessionError(
            f"{references[0]} and its secret lead to another key: the {half} is not the same",
            "nothing was taken out of any file; look at the item in 1Password",
        )
    who = ports.identity(found)
    if who[:2] != job.whose[:2]:
        raise MfaSessionError(f"AWS says that the key read back is {who.arn}'s, and not {job.whose.arn}'s")


def _named(item: Stored) -> str:
    return f"the item {item.title!r} of vault {item.vault}"
