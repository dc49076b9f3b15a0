"""The comment that holds a second key in a text file, for as long as a rotation goes on."""

from __future__ import annotations

import re

from mfa_session.model import BaseKey

_MARK = "# mfa-session rotate: the other key, until this is done: "
_START = "# mfa-session rotate:"
_SECRET = re.compile(r"[!-~]+")


def text(key: BaseKey) -> str:
    """The line, without its end."""
    return f"{_MARK}{key.access_key_id} {key.secret_access_key}"


def is_one(line: str) -> bool:
    """Whether it is such a line, damaged or not."""
    return line.strip().startswith(_START)


def key(line: str) -> BaseKey | None:
    """The key in it; None where there is none, or only part of one."""
    words = line.strip().removeprefix(_MARK).split(" ")
    found = BaseKey(words[0], words[-1])
    return found if len(words) == 2 and is_storable(found) else None


def is_storable(key: BaseKey) -> bool:
    """Whether it can be a key, and every kind of text file gives both halves back as they were."""
    return key.is_plausible and _SECRET.fullmatch(key.secret_access_key) is not None
