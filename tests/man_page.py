"""The manual page as a text that tests can ask: its sections, and the options that each one explains or mentions."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "man" / "mfa-session.1"


def text() -> str:
    """The source, in which a hyphen is one, however it is written."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    plain = "\n".join(line for line in lines if not line.startswith('.\\"'))
    for escape, meant in ((r"\-", "-"), (r"\&", ""), (r"\(ti", "~"), (r"\(aq", "'"), (r"\(dq", '"')):
        plain = plain.replace(escape, meant)
    return plain


def section(name: str) -> str:
    """What stands between this `.Sh` and the next one."""
    return _parts(text(), "Sh")[name]


def subsections(name: str) -> dict[str, str]:
    """The `.Ss` of that section, by their titles."""
    return _parts(section(name), "Ss")


def options(part: str) -> dict[str, str]:
    """Each option that has an item of its own, and what stands behind it there: `{"--profile": "Ar P"}`."""
    found = {}
    for item in re.findall(r"^\.It (Fl .*)$", part, re.MULTILINE):
        names = _flags(item)
        rest = re.split(r"\bFl \S+ ?", item)[-1]
        found.update(dict.fromkeys(names, rest))
    return found


def mentioned(part: str) -> set[str]:
    """Every option that is named anywhere, but the `--` before a command."""
    return {flag for line in part.splitlines() if line.startswith(".") for flag in _flags(line)} - {"--"}


def referred(part: str) -> set[str]:
    """The titles of the sections that it refers to."""
    return set(re.findall(r"^\.Sx (.+?)(?: [.,])?$", part, re.MULTILINE))


def typed() -> list[str]:
    """What the examples have behind their `$`."""
    return re.findall(r"^\$ (.+)$", text(), re.MULTILINE)


def _flags(line: str) -> list[str]:
    return [f"-{name}" for name in re.findall(r"\bFl ([\w-]+)", line)]


def _parts(of: str, macro: str) -> dict[str, str]:
    pieces = re.split(rf"^\.{macro} (.+)$", of, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))
