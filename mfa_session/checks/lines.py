"""Text for a terminal, broken between words: what no line can hold is left whole, so that it can be copied."""

from __future__ import annotations

import re
import textwrap

_LEAD = "hint: "
_TYPE = re.compile(r"\btype: ")
_QUOTES = "\"'\\"


def fitted(text: str, room: int | None) -> list[str]:
    """Lines of at most `room` characters, where their words allow it; without `room` it is one."""
    if room is None:
        return [text]
    lines = textwrap.wrap(text, max(room, 1), break_long_words=False, break_on_hyphens=False)
    return lines or [text]


def hint(text: str, room: int | None) -> list[str]:
    """The same of a hint; a command at its end gets lines of its own where it does not fit, and can be pasted from there."""
    if room is None or len(_LEAD + text) <= room:
        return [_LEAD + text]
    room -= len(_LEAD)
    if found := _TYPE.search(text):
        lines = [*fitted(text[: found.end() - 1], room), *_command(text[found.end() :], room)]
    else:
        lines = fitted(text, room)
    return [_LEAD + lines[0], *(" " * len(_LEAD) + line for line in lines[1:])]


def _command(command: str, room: int) -> list[str]:
    """Lines that every shell takes for one; between quotes a backslash would be part of the command."""
    if len(command) <= room or any(quote in command for quote in _QUOTES):
        return [command]
    lines = fitted(command, room - 2)
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]
