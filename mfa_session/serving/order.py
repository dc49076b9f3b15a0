"""What a process of its own is told to fetch for a server, and what it answers: JSON through pipes, since there are secrets in it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from mfa_session import session
from mfa_session.accounts import Found
from mfa_session.errors import MfaSessionError
from mfa_session.request import Limits, Wanted
from mfa_session.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.session import Session

    # By name: a text, and when its time is over, in seconds since the epoch.
    Kept = Mapping[str, tuple[str, float]]


_SECONDS = 54.0
_PAUSE = 295.0  # less than a server's own, so that it is by its clock that the person is asked again


@dataclasses.dataclass(slots=True)
class Order:
    """The account is found, and what options ask for resolved; the rest is as in `Wanted` and `Limits`.

    `policy` is the text of --policy's file, which may have been a pipe. `seconds` is how long all of it may take; None:
    as long as the person does. `kept` is what other such processes of this server have put away, where there is no
    place that all processes share.
    """

    name: str
    path: str
    named_by_profile: str | None = None
    profile: str | None = None
    own: bool = False
    words: tuple[str, ...] = ()
    policy: str | None = dataclasses.field(default=None, repr=False)
    refresh: bool = False
    min_ttl: int | None = None
    duration: int | None = None
    seconds: float | None = None
    prompt: bool = True
    again: bool = True
    typing: bool = False
    spare: bool = True
    otp_source: str | None = None
    otp: str | None = dataclasses.field(default=None, repr=False)
    kept: Kept = dataclasses.field(default_factory=dict, repr=False)

    def later(self) -> Order:
        """The same for whoever comes later: in the background, where nobody can type, and a prompt may never be seen."""
        return dataclasses.replace(
            self, refresh=False, seconds=_SECONDS, again=False, typing=False, otp=None, kept={}
        )

    @property
    def found(self) -> Found:
        return Found(self.name, self.path, self.named_by_profile, profile=self.profile, own=self.own)

    @property
    def scope(self) -> Scope:
        return Scope(self.words, self.policy.encode("utf-8", "surrogateescape") if self.policy else None)

    def wanted(self) -> Wanted:
        return Wanted(refresh=self.refresh, min_ttl=self.min_ttl, duration=self.duration, scope=self.scope)

    def limits(self) -> Limits:
        """Others are waited for a little less long than all of it may take."""
        seconds = {} if self.seconds is None else {"seconds": self.seconds - 1}
        return Limits(
            **seconds,
            prompt=self.prompt,
            again=self.again,
            typing=self.typing,
            spare=self.spare,
            pause=0 if self.again else _PAUSE,
            otp=self.otp,
            otp_source=self.otp_source,
        )


def of(found: Found, wanted: Wanted, limits: Limits) -> Order:
    """The first one of a server, for a person who is there. Raises OSError where a policy can't be read."""
    policy = wanted.scope.policy()
    return Order(
        found.name,
        found.path,
        found.named_by_profile,
        found.profile,
        found.own,
        wanted.scope.words,
        None if policy is None else policy.decode("utf-8", "surrogateescape"),
        wanted.refresh,
        wanted.min_ttl,
        wanted.duration,
        typing=limits.typing,
        otp_source=limits.otp_source,
        otp=limits.otp,
    )


def text(order: Order) -> str:
    return json.dumps(dataclasses.asdict(order))


def read(data: str) -> Order:
    return made(json.loads(data))


def made(facts: dict[str, Any]) -> Order:
    """What `dataclasses.asdict` has taken apart."""
    return Order(**(facts | {"words": tuple(facts["words"])}))


def fetched(found: Session, kept: Kept) -> str:
    """The answer where it went well."""
    return json.dumps({"session": found.text(), "kept": kept})


def failed(error: MfaSessionError) -> str:
    """The answer where it did not; its words are those that a person would have read."""
    facts = {
        "words": [error.message, *error.hints],
        "code": error.exit_code,
        "of_person": error.of_person,
        "unanswered": error.unanswered,
    }
    return json.dumps({"error": facts})


def answer(data: str) -> tuple[Session, Kept]:
    """What the answer holds; raises MfaSessionError if that is what it was, or if it is none."""
    try:
        facts = json.loads(data)
        if said := facts.get("error"):
            error = MfaSessionError(*map(str, said["words"]))
            error.exit_code = int(said["code"])
            error.of_person, error.unanswered = bool(said["of_person"]), bool(said["unanswered"])
        elif found := session.read(facts["session"]):
            return found, {name: (put, expires) for name, (put, expires) in facts["kept"].items()}
        else:
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError):
        raise MfaSessionError("what was to fetch a session has ended with no answer") from None
    raise error
