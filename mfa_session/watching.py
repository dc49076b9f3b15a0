"""What `status --watch` knows of sessions: one row for each, wherever it is, and the lines of it for a log.

`now` is in seconds since the epoch.
"""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

from mfa_session import durations, formats, servers, session, tty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    class Described(formats.Described, Protocol):
        """What `status` reads from a shell, what a store keeps, and what a server serves have this in common."""

        @property
        def access_key_id(self) -> str: ...
        @property
        def expires(self) -> int: ...


DUE = 16 * 60  # seconds left when one is renewed for whoever asks, where it does not say that itself
SOON = 5 * 60  # seconds that are left when it ends under one's hands
HERE = "in this shell"
_AGAIN = 60  # seconds


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A session and all the places that it is in; nothing in its texts acts on a terminal.

    Where a place has no session just now, `expires` is 0. `full` is its whole length in seconds, 0 if nobody knows it;
    with less than `margin` seconds left it is renewed for whoever asks. `name` is the same as long as it is the same session.
    """

    name: str
    title: str
    account_id: str
    access_key_id: str
    expires: int
    places: tuple[str, ...]
    full: int = 0
    margin: int = DUE
    asking: bool = False
    trouble: str = ""

    def left(self, now: int) -> int:
        return self.expires - now

    def state(self, now: int) -> str:
        """`live`, `due`, `soon`, `expired`, or `none`."""
        left = self.left(now)
        if left <= 0:
            return "expired" if self.expires else "none"
        return "soon" if left < SOON else "due" if left < self.margin else "live"

    @property
    def news(self) -> tuple[str, str]:
        """What a person may want to do something about, as a word and the story behind it; empty where there is nothing."""
        if self.asking:
            return "asking", servers.ASKING
        return ("trouble", self.trouble) if self.trouble else ("", "")

    @property
    def note(self) -> str:
        return ": ".join(part for part in self.news if part)

    @property
    def where(self) -> str:
        return ", ".join(self.places)


def row(one: Described, place: str, address: str = "") -> Row:
    """That of a session in one place; `address` tells it from others while there is no session."""
    facts: dict[str, Any] = {name: getattr(one, name) for name in ("asking", "trouble") if hasattr(one, name)}
    if isinstance(one, session.Session | servers.Served):
        facts |= {"full": one.duration, "margin": one.margin}
    if "trouble" in facts:
        facts["trouble"] = _line(facts["trouble"].strip().partition("\n")[0])
    return Row(
        one.access_key_id or address,
        _line(session.title(one.account, one.role, one.scope)),
        _line(one.account_id),
        _line(one.access_key_id),
        one.expires,
        (place,),
        **facts,
    )


class Memory:
    """What is known of sessions from one look to the next: the longest that each has had left."""

    def __init__(self) -> None:
        self._longest: dict[str, int] = {}

    def merged(self, now: int, rows: Iterable[Row]) -> list[Row]:
        """One row for each session: that of this shell first, the others by their titles."""
        found: dict[str, Row] = {}
        for one in rows:
            before = found.get(one.name)
            found[one.name] = _both(before, one) if before else one
        self._longest = {
            name: max(self._longest.get(name, 0), one.full, one.left(now)) for name, one in found.items()
        }
        whole = [dataclasses.replace(one, full=self._longest[name]) for name, one in found.items()]
        return sorted(whole, key=lambda one: (HERE not in one.places, one.title, one.account_id, one.places))


def _both(one: Row, other: Row) -> Row:
    return dataclasses.replace(
        one,
        places=(*one.places, *(place for place in other.places if place not in one.places)),
        full=one.full or other.full,
        margin=min(one.margin, other.margin),
        asking=one.asking or other.asking,
        trouble=one.trouble or other.trouble,
    )


class Log:
    """Says what has changed, for a reader who can't see a screen."""

    def __init__(self) -> None:
        self._said: object = None
        self._times: object = None
        self._at = 0

    def news(self, now: int, rows: Sequence[Row]) -> list[str]:
        """All lines, where sessions or what is to be said of them have changed; if only minutes have, once a minute."""
        said = [(one.name, one.expires, one.where, one.note, one.left(now) > 0) for one in rows]
        times = [_rest(one, now) for one in rows]
        if said == self._said and (times == self._times or 0 <= now - self._at < _AGAIN):
            return []
        self._said, self._times, self._at = said, times, now
        return lines(now, rows)


def lines(now: int, rows: Sequence[Row]) -> list[str]:
    """One for each session, and one where there is none."""
    hour = clock(now)
    width = max((len(one.title) for one in rows), default=0)
    return [
        "  ".join(part for part in (hour, one.title.ljust(width), *_parts(one, now)) if part) for one in rows
    ] or [f"{hour}  no session"]


def clock(now: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(now))


def _parts(one: Row, now: int) -> tuple[str, ...]:
    key = f"****{one.access_key_id[-4:]}" if one.access_key_id else ""
    return one.account_id, key, _rest(one, now), one.where, one.note


def _rest(one: Row, now: int) -> str:
    left = one.left(now)
    if left > 0:
        return f"{durations.brief(left)} left, until {formats.local(one.expires)}"
    return f"expired {durations.brief(-left)} ago" if one.expires else "no session"


def _line(text: str) -> str:
    return tty.printable(text, keep="")
