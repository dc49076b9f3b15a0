"""What a check has found, for people as a checklist, and for programs as a list of objects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mfa_session import tty
from mfa_session.checks import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mfa_session.errors import MfaSessionError

LEVELS = ("red", "yellow", "note", "skipped", "ok")  # the worst first
_COLOURS = {"red": "1;31", "yellow": "33", "note": "36", "skipped": "2", "ok": "32"}
NO_ACCOUNT = "accounts"  # the subject of the finding that there is nothing else to find
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
    bad = [f"{counts[level]} {level}" for level in ("red", "yellow") if counts[level]]
    worst = f"{' and '.join(bad)}: {'something is wrong' if counts['red'] else 'worth a look'}" if bad else ""
    for finding in (finding for report in reports for finding in report.findings):
        if finding.subject == NO_ACCOUNT:
            return "; ".join(filter(None, [worst, finding.what, *finding.hints]))
    return worst or f"all is well{', as far as it was looked at' if counts['skipped'] else ''}"


def checklist(reports: Sequence[Report], width: int | None = None, *, colours: bool = False) -> str:
    """A block for each report, a line for each finding, and below what is not ok why, and what to do.

    `width` is that of the terminal; without one nothing is wrapped.
    """
    marks = max(map(len, LEVELS))
    subjects = max((len(finding.subject) for report in reports for finding in report.findings), default=0)
    below = " " * (2 + marks + 2 + 2)
    beside = " " * (2 + marks + 2 + subjects + 2)
    parts: list[str] = []
    for report in reports:
        parts += lines.fitted(_plain(report.title), width)
        for finding in report.findings:
            mark = finding.level.ljust(marks)
            if colours:
                mark = f"\033[{_COLOURS[finding.level]}m{mark}\033[0m"
            what = lines.fitted(_plain(finding.what), width and width - len(beside))
            parts.append(f"  {mark}  {finding.subject.ljust(subjects)}  {what[0]}")
            parts += [beside + line for line in what[1:]]
            if finding.level != "ok":
                parts += [below + line for line in _below(finding, width and width - len(below))]
        parts.append("")
    return "\n".join([*parts, *lines.fitted(_plain(summary(reports)), width), ""])


def _below(finding: Finding, room: int | None) -> Iterator[str]:
    if finding.why:
        yield from lines.fitted(_plain(finding.why), room)
    for said in finding.evidence:
        yield from lines.fitted(_plain(f"AWS: {_shortened(said)}"), room)
    for hint in finding.hints:
        yield from lines.hint(_plain(hint), room)


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
