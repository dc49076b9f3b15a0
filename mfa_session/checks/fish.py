"""fish's universal variables: they hold in every fish of this user, for good, and no program can hide them from one."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from mfa_session import formats
from mfa_session.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUBJECT = "fish"
_LINE = re.compile(r"SETUVAR (?:--\w+ )*(\w+):(.*)")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))")
_SECRET = re.compile(r"SECRET|TOKEN|ACCESS_KEY")
# Two settings that one may well want everywhere.
_HARMLESS = {"AWS_REGION", "AWS_DEFAULT_REGION"}


def check(environ: Mapping[str, str]) -> list[Finding]:
    """None where there is no fish."""
    home = environ.get("HOME")
    folder = environ.get("XDG_CONFIG_HOME") or (home and os.path.join(home, ".config")) or ""
    try:
        with open(os.path.join(folder, "fish", "fish_variables"), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return []
    set_there = {found[1]: _unescaped(found[2]) for line in lines if (found := _LINE.fullmatch(line))}
    names = [name for name in formats.MANAGED if set_there.get(name) and name not in _HARMLESS]
    if not names:
        return [Finding("ok", _SUBJECT, "no universal variable stands against a session")]
    return [_universal(name, set_there[name]) for name in names]


def _universal(name: str, value: str) -> Finding:
    shown = name if _SECRET.search(name) else f"{name}={value}"
    why = "each fish has it, and a session can't take it away: it comes back wherever the session's own is unset"
    if _SECRET.search(name):
        why = f"it is in a file on the disk, in plain text; {why}"
    return Finding("yellow", _SUBJECT, f"a universal variable: {shown}", why, (f"type: set -eU {name}",))


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda found: found[3] or chr(int(found[1] or found[2], 16)), value)
