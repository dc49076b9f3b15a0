"""The lines of an AWS config file, and which of them are ours; every other character stays what and where it is."""

from __future__ import annotations

import configparser
import io
import locale
import re
from typing import TYPE_CHECKING, NamedTuple

from mfa_session.adapters import aws_config_words

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "# written by mfa-session"
_PROGRAMS = re.compile(r"mfa-session-credentials|mfa_session/ready\.py")


class Part(NamedTuple):
    """A stretch of text that stays (` `), is new (`+`) or goes (`-`)."""

    sign: str
    text: str


class Line(NamedTuple):
    """`kind` is header, option, more (of the option above), mark, or empty for a comment and a blank line."""

    text: str
    kind: str
    name: str = ""
    value: str = ""

    @property
    def end(self) -> str:
        return self.text[len(self.text.rstrip("\r\n")) :]


class Section(NamedTuple):
    """The header's line, those of ours below it, and the region that a person has set there."""

    header: int
    mark: int
    region: int | None
    process: int
    is_all_ours: bool
    has_own_region: bool


def encoding() -> str:
    return locale.getpreferredencoding(False)  # that of `open`, and so of botocore


def lines(text: str) -> list[Line]:
    """The lines as configparser takes them: a deeper one goes on with the option above, whatever it looks like."""
    return list(_lines(text))


def _lines(text: str) -> Iterator[Line]:
    depth: int | None = None  # of the option above, in this section
    for line in io.StringIO(text, newline=""):
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        if not bare or bare[0] in "#;":
            yield Line(line, "mark" if bare.startswith(MARK) else "")
        elif depth is not None and indent > depth:
            yield Line(line, "more")
        elif header := configparser.RawConfigParser.SECTCRE.match(bare):
            depth = None
            yield Line(line, "header", header["header"])
        else:
            depth = indent
            option = configparser.RawConfigParser.OPTCRE.match(bare)
            yield Line(line, "option", *(option.group("option", "value") if option else ()))


def find(text: list[Line], profile: str) -> Section | None:
    """The section of ours for this profile; raises ValueError where there is one of somebody else."""
    headers = [number for number, line in enumerate(text) if line.kind == "header"]
    found = [number for number in headers if aws_config_words.profile_of(text[number].name) == profile]
    if not found:
        return None
    end = next((number for number in headers if number > found[0]), len(text))
    body = range(found[0] + 1, end)
    marks = [number for number in body if text[number].kind == "mark"]
    options = {text[number].name.lower(): number for number in body if text[number].kind == "option"}
    process = options.get("credential_process", -1)
    if len(found) > 1 or not marks or process < marks[0] or not _PROGRAMS.search(text[process].value):
        raise ValueError(profile)
    region = options.get("region")
    # Ours is written above the credential_process, so that what people and programs add below it is told apart.
    is_ours = region is not None and marks[0] < region < process
    others = [number for number in body if text[number].kind in ("option", "more")]
    all_ours = set(others) <= {process, region if is_ours else process}
    return Section(
        found[0], marks[0], region if is_ours else None, process, all_ours, region is not None and not is_ours
    )


def added(text: list[Line], new: list[str]) -> list[Part]:
    """A section of these lines at the end, behind one line break, whatever the end is: that is how it can go again."""
    end = "\r\n" if any(line.end == "\r\n" for line in text) else "\n"
    kept = [Part(" ", line.text) for line in text]
    return [*kept, *([Part("+", end)] if kept else []), *(Part("+", line + end) for line in new)]


def replaced(text: list[Line], section: Section, new: list[str]) -> list[Part]:
    """The lines of ours, each in its old place; those that are new stand above the last one."""
    fresh_at = {section.mark: new[:1], section.process: new[1:]}
    if section.region is not None:
        fresh_at |= {section.region: new[1:-1], section.process: new[-1:]}
    between = text[section.header].end
    parts: list[Part] = []
    for number, line in enumerate(text):
        fresh = fresh_at.get(number)
        if fresh is None or fresh[-1:] == [line.text.rstrip("\r\n")]:
            parts += [*(Part("+", one + between) for one in (fresh or [])[:-1]), Part(" ", line.text)]
        else:
            ends = [between] * (len(fresh) - 1) + [line.end]
            parts += [
                Part("-", line.text),
                *(Part("+", one + end) for one, end in zip(fresh, ends, strict=False)),
            ]
    return parts


def removed(text: list[Line], section: Section) -> list[Part]:
    """Without the lines of ours; the header, and the line break that came with it, go where nothing else needs them."""
    ours = {section.mark, section.region, section.process} | (
        {section.header} if section.is_all_ours else set()
    )
    parts = [Part("-" if number in ours else " ", line.text) for number, line in enumerate(text)]
    if section.is_all_ours and section.header:
        above, came = text[section.header - 1].text, text[section.header].end
        after = "".join(part.text for part in parts[section.header :] if part.sign == " ")
        rest = above.removesuffix(came)
        before = "".join(line.text for line in text[: section.header - 1]) + rest
        if above.endswith(came) and (before[-1:] in "\r\n" or after[:1] in "\r\n"):
            parts[section.header - 1 : section.header] = [Part(" ", rest), Part("-", came)]
    return parts
