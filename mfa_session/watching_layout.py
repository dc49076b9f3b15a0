"""Where each part of `status --watch` goes in a window of some size: cut where there is no room, never wrapped.

A line is made of pieces (column, text, style). The styles are those of a session's state, see `watching.Row.state`, and
`plain`, `faint`, `strong`.
"""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from mfa_session import durations, formats, watching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mfa_session.watching import Row

    Piece = tuple[int, str, str]
    Line = list[Piece]
    Column = Callable[[Row, int], str]

FULL, HALF, TRACK, CUT = "━", "╸", "─", "…"
_NOTHING = "no session: one shows up here as soon as there is one"
_WIDEST, _TINY = 60, 4  # columns of a bar, and of one that is still worth it
_GAP = 2
_PART = 9  # columns
_FEW = 6  # lines of a window that has room for a headline
_MARKS = 4  # signs on one letter; terminals, and curses, don't take many more


def picture(now: int, rows: Sequence[Row], width: int, height: int) -> list[Line]:
    """What fits into `width` columns and `height` lines; the last column is left free."""
    width -= 1  # a cursor behind it would be in the next line
    noted = sum(bool(row.note) for row in rows)
    head = _head(now, rows, width) if height >= _FEW else []
    room = height - len(head)
    if not rows:
        return [*head, [(0, fitted(_NOTHING, width), "faint")]]
    if len(rows) + noted <= room:
        drawn = _Table(now, rows, width)
        return [*head, *(line for row in rows for line in (drawn.line(row), *_below(row, width)))]
    rows = sorted(rows, key=lambda row: (not row.asking, not row.trouble))  # what is hidden should not matter
    if len(rows) <= room:
        return [*head, *_Table(now, rows, width, inline=True).lines()]
    if room > 1:
        more = [(0, fitted(f"and {len(rows) - room + 1} more", width), "faint")]
        return [*head, *_Table(now, rows[: room - 1], width, inline=True).lines(), more]
    text = f" and {len(rows) - 1} more"
    before = max(0, width - len(text))
    return [[*_Table(now, rows[:1], before, inline=True).lines()[0], (before, fitted(text, width), "faint")]]


def _head(now: int, rows: Sequence[Row], width: int) -> list[Line]:
    name, count = "mfa-session", f"{len(rows)} session{'s' * (len(rows) != 1)}"
    line = [(0, fitted(name, width), "strong")]
    start, end = len(name) + _GAP, width  # of what is still free
    for text, right in ((watching.clock(now), True), (count, False), ("q leaves", True)):  # missed least last
        if start + len(text) > end:
            continue
        line.append((end - len(text) if right else start, text, "faint"))
        if right:
            end -= len(text) + _GAP
        else:
            start += len(text) + _GAP
    return [line, []]


def _below(row: Row, width: int) -> Iterator[Line]:
    if row.note and width > _GAP:
        yield [(_GAP, fitted(row.note, width - _GAP), _style(row))]


class _Table:
    """Rows of one layout: title, bar, time left, and as much of the rest as there is room for.

    With `inline`, where there is no room for lines between, what there is to note about a session takes the place of its
    state and of where it is; in windows too narrow for these, of the time that is left.
    """

    def __init__(self, now: int, rows: Sequence[Row], width: int, *, inline: bool = False) -> None:
        self._now = now
        self._rows = rows
        self._width = max(0, width)
        self._inline = inline
        words = [self._word(row) for row in rows]
        self._left = max(len(text) for text in (*words, *(left(row, now) for row in rows)))
        longest = max(columns(row.title) for row in rows)
        self._title = max(0, min(longest, max(width // 3, 8), width - self._left - 1))
        room = width - self._title - self._left - 2 * _GAP
        self._rest: list[tuple[Column, int]] = []
        for column, least in ((self._state, 10), (self._where, 10), (_until, 20), (_key, 30)):  # for the bar
            wide = max(columns(column(row, now)) for row in rows)
            if column == self._where:  # of which a part is better than nothing
                wide = min(wide, max(_PART, room - _GAP - least))
            if wide and room - wide - _GAP >= least:
                self._rest.append((column, wide))
                room -= wide + _GAP
        self._bar = min(room, _WIDEST) if room >= _TINY else 0

    def lines(self) -> list[Line]:
        return [self.line(row) for row in self._rows]

    def line(self, row: Row) -> Line:
        state = row.state(self._now)
        loud = _style(row) if self._word(row) else state
        line = [(0, fitted(row.title, self._title), "plain")]
        at = self._title + (_GAP if self._bar else 1)
        if self._bar:
            filled = bar(row.left(self._now), row.full, self._bar)
            line += [(at, filled, state), (at + len(filled), TRACK * (self._bar - len(filled)), "faint")]
            at += self._bar + _GAP
        word = "" if self._rest else self._word(row)
        text = word or left(row, self._now)
        line.append((at + self._left - len(text), text, loud if word else state))
        at += self._left
        for column, wide in self._rest:
            style = loud if column == self._state else "faint"
            line.append((at + _GAP, fitted(column(row, self._now), wide), style))
            at += _GAP + wide
        cut = [(at, fitted(text, self._width - at), style) for at, text, style in line]
        return [piece for piece in cut if piece[1]]

    def _word(self, row: Row) -> str:
        return row.news[0] if self._inline else ""

    def _state(self, row: Row, now: int) -> str:
        return self._word(row) or _state(row, now)

    def _where(self, row: Row, _: int) -> str:
        return row.news[1] if self._word(row) else row.where


def _style(row: Row) -> str:
    """Of what there is to note about it."""
    return "due" if row.asking else "soon"


def bar(left: int, full: int, width: int) -> str:
    """The part of `width` columns that stands for what is left; while anything is, there is something to see."""
    halves = math.ceil(2 * width * min(1.0, max(0, left) / max(full, 1)))
    return FULL * (halves // 2) + HALF * (halves % 2)


def left(row: Row, now: int) -> str:
    """`11h42m`, in the last hour `42m10s`."""
    seconds = row.left(now)
    if seconds <= 0:
        return "expired" if row.expires else "none"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest:02}s" if 60 <= seconds < 3600 else durations.brief(seconds)


def _state(row: Row, now: int) -> str:
    state = row.state(now)
    if state == "expired":
        return f"{durations.brief(-row.left(now))} ago"
    return {"due": "due", "soon": "ends soon"}.get(state, "")


def _until(row: Row, now: int) -> str:
    return f"until {formats.local(row.expires)}" if row.left(now) > 0 else ""


def _key(row: Row, _: int) -> str:
    return f"{row.account_id}  ****{row.access_key_id[-4:]}" if row.access_key_id else row.account_id


def columns(text: str) -> int:
    return sum(_wide(letter) for letter in text)


def fitted(text: str, width: int) -> str:
    """`text` in at most `width` columns; that it was cut is to be seen."""
    kept, used, marks, end = "", 0, 0, 0
    for letter in text:
        wide = _wide(letter)
        marks = 0 if wide else marks + 1
        if marks > _MARKS:
            continue
        used += wide
        if used > width:
            return kept[:end] + CUT if width > 0 else ""
        kept += letter
        end = len(kept) if used < width else end
    return kept


def _wide(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
