"""What a check has found, for people as a checklist, and for programs as a list of objects."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, NamedTuple

from mfa_session import tty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mfa_session.errors import MfaSessionError

LEVELS = ("red", "yellow", "note", "skipped", "ok")  # the worst first
_COLOURS = {"red": "1;31", "yellow": "33", "note": "36", "skipped": "2", "ok": "32"}
_LINE = 110  # characters of what AWS has said
_REASON = re.compile(r"(?:with an explicit deny in|because no) .*")


class Finding(NamedTuple):
    """`what` is a phrase, `why` says why it matters, `hints` what to type, and `evidence` is what others have said.

    `level` is one of LEVELS; "skipped" was not looked at, and `what` says why not.
    """

    level: str
    subject: str
    what: str
    why: str = ""
    hints: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


class Report(NamedTuple):
    """Of one account, or with `account` None of the machine."""

    title: str
    account: str | None
    findings: Sequence[Finding]


def of_error(subject: str, error: MfaSessionError, level: str = "red") -> Finding:
    return Finding(level, subject, error.message, hints=tuple(error.hints))


def count(reports: Iterable[Report], level: str) -> int:
    return sum(finding.level == level for report in reports for finding in report.findings)


def summary(reports: Sequence[Report]) -> str:
    counts = {level: count(reports, level) for level in LEVELS}
    if not counts["red"] and not counts["yellow"]:
        return f"all is well{', as far as it was looked at' if counts['skipped'] else ''}"
    worst = [f"{counts[level]} {level}" for level in ("red", "yellow") if counts[level]]
    return f"{' and '.join(worst)}: {'something is wrong' if counts['red'] else 'worth a look'}"


def checklist(reports: Sequence[Report], width: int | None = None, *, colours: bool = False) -> str:
    """A block for each report, a line for each finding, and below what is not ok why, and what to do.

    `width` is that of the terminal; without one nothing is wrapped.
    """
    marks = max(map(len, LEVELS))
    subjects = max((len(finding.subject) for report in reports for finding in report.findings), default=0)
    margin = " " * (2 + marks + 2)
    lines: list[str] = []
    for report in reports:
        lines += [_plain(report.title)]
        for finding in report.findings:
            mark = finding.level.ljust(marks)
            if colours:
                mark = f"\033[{_COLOURS[finding.level]}m{mark}\033[0m"
            lines.append(f"  {mark}  {finding.subject.ljust(subjects)}  {_plain(finding.what)}")
            if finding.level != "ok":
                lines += [margin + "  " + line for line in _below(finding, width and width - len(margin) - 2)]
        lines.append("")
    return "\n".join([*lines, summary(reports), ""])


def _below(finding: Finding, width: int | None) -> list[str]:
    lines = _wrapped(finding.why, width) if finding.why else []
    for said in finding.evidence:
        lines += _wrapped(f"AWS: {_shortened(said)}", width)
    # What is to be typed is not broken into lines: it is copied.
    return [*lines, *(f"hint: {_plain(hint)}" for hint in finding.hints)]


def _wrapped(text: str, width: int | None) -> list[str]:
    plain = _plain(text)
    return textwrap.wrap(plain, max(width, 30), break_on_hyphens=False) if width else [plain]


def _shortened(text: str) -> str:
    """Of a denial, the action at its begin and the reason at its end are all that matters."""
    what, _, words = text.partition(": ")
    if reason := _REASON.search(words):
        words = f"… {reason[0]}"
    return f"{what}: {words}" if len(words) <= _LINE else f"{what}: {words[:_LINE]}…"


def _plain(text: str) -> str:
    return tty.printable(text, keep="")


def documents(reports: Iterable[Report]) -> list[dict[str, object]]:
    """One object for each finding: `account` (null for the machine), `level`, `subject`, `what`, `why`, `hints`, `evidence`.

    The last two are lists of strings, all others strings; `why` may be empty.
    """
    return [
        {
            "account": report.account,
            **finding._asdict(),
            "hints": list(finding.hints),
            "evidence": list(finding.evidence),
        }
        for report in reports
        for finding in report.findings
    ]
