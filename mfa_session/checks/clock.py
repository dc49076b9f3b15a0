"""This machine's clock, by the time that AWS's answers bear: one-time codes and signatures depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfa_session import wiring_checks
from mfa_session.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

_SUBJECT = "clock"
_LIMITS = (
    (240, "red"),
    (60, "yellow"),
    (30, "note"),
)  # seconds; AWS refuses signatures from 5 or 15 minutes on


def check(skews: Sequence[float]) -> Finding:
    """`skews` are how many seconds it was ahead of AWS's, each time that AWS answered."""
    if not skews:
        return Finding("skipped", _SUBJECT, "not looked at: it is compared with the time in AWS's answers")
    skew = min(skews, key=abs)  # a slow answer makes it look worse than it is
    level = next((level for limit, level in _LIMITS if abs(skew) > limit), "ok")
    if level == "ok":
        return Finding("ok", _SUBJECT, "right, by the time in AWS's answers")
    why = "one-time codes hold for 30 seconds, and AWS refuses signatures that are minutes off"
    return Finding(level, _SUBJECT, wiring_checks.skew(skew), why, (wiring_checks.set_the_clock(),))
