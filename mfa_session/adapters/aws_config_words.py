"""Names and words in an AWS config file, written so that all who read it take them for the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import botocore.configloader

from mfa_session.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENDS_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # for somebody, or is no character


def header(profile: str) -> str | None:
    """What stands in the header of the profile's section; None where there is nothing that all would understand."""
    if not profile or not profile.isprintable() or re.search(r"[][#;]", profile):
        return None
    if profile == "default":
        return profile
    ways = [f"profile {mark}{profile}{mark}" for mark in ("", "'", '"')]
    return next((way for way in ways if profile_of(way) == profile), None)


def profile_of(header: str) -> str | None:
    """The profile that botocore finds behind a header, if any."""
    return next(iter(botocore.configloader.build_profile_map({header: {}})["profiles"]), None)


def quoted(word: str) -> str:
    """The word as `sh -c` and Python's shlex both read it: most SDKs use the one, botocore the other.

    Raises ConfigError for one that would end the line.
    """
    if _ENDS_A_LINE.search(word):
        raise ConfigError(
            f"{word!r} can't be named in an AWS config file", "give that file or folder another name"
        )
    mark = "'" if re.search(r'["\\$`]', word) else '"'
    # Not by a backslash: Go's SDK takes that off.
    inside = word.replace("'", "'\"'\"'") if mark == "'" else word
    # Several SDKs end a value where # or ; follows white space, in quotes or not: so they must not meet.
    return mark + re.sub(r"(?<=\s)(?=[#;])", mark * 2, inside) + mark


def line(words: Sequence[str]) -> str:
    """The words as the value of a credential_process; raises ConfigError.

    Go's SDK takes a quote at the begin and one at the end of a value for a pair, and both off: so a word without any,
    which says nothing to the program, comes last.
    """
    return " ".join([*map(quoted, words), "--"])


def typed(word: str) -> str:
    """The word as a person would type it in a shell."""
    return word if re.fullmatch(r"[\w.@%+:,-]+", word) else quoted(word)
