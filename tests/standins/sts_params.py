"""The parameters of a request to STS, and what STS has to say about those that it does not like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from standins.sts_errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAME = r"[\w+=,.@-]*"
SERIAL = r"[\w+=/:,.@-]*"
EXTERNAL_ID = r"[\w+=,.@:\/-]*"
POLICY = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
ARN = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
TAG = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]"
SEPARATORS = r" \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# Those that Python's `re` would read in another way than Java's, which is what STS shows.
PYTHON = {
    ARN: "[\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+",
    TAG + "+": r"[\w.:/=+\-@" + SEPARATORS + "]+",
    TAG + "*": r"[\w.:/=+\-@" + SEPARATORS + "]*",
}


def check(complaints: Iterable[str]) -> None:
    """Refuses with all complaints at once, as STS does."""
    if found := list(complaints):
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
        raise Refusal("ValidationError", f"{count}: {'; '.join(found)}", 400)


def duration(params: dict[str, str], longest: int) -> Iterator[str]:
    if (value := params.get("DurationSeconds")) is None:
        return
    if not re.fullmatch(r"-?\d{1,9}", value, re.ASCII):
        raise Refusal("MalformedInput", "DurationSeconds is not an integer", 400)
    if int(value) < 900:
        yield _complaint(value, "durationSeconds", "value greater than or equal to 900")
    if int(value) > longest:
        yield _complaint(value, "durationSeconds", f"value less than or equal to {longest}")


def mfa(params: dict[str, str]) -> Iterator[str]:
    yield from text(params, "SerialNumber", 9, 256, SERIAL)
    yield from text(params, "TokenCode", 6, 6, r"[\d]*")


def required(params: dict[str, str], name: str, shortest: int, longest: int, pattern: str) -> Iterator[str]:
    if name not in params:
        yield f"Value null at '{_member(name)}' failed to satisfy constraint: Member must not be null"
    yield from text(params, name, shortest, longest, pattern)


def text(params: dict[str, str], name: str, shortest: int, longest: int, pattern: str) -> Iterator[str]:
    if (value := params.get(name)) is None:
        return
    member = _member(name)
    if len(value) > longest:
        yield _complaint(value, member, f"length less than or equal to {longest}")
    if len(value) < shortest:
        yield _complaint(value, member, f"length greater than or equal to {shortest}")
    flags = 0 if pattern in PYTHON else re.ASCII
    if not re.fullmatch(PYTHON.get(pattern, pattern), value, flags):
        yield f"{_failed(value, member)}Member must satisfy regular expression pattern: {pattern}"


def policies(params: dict[str, str]) -> Iterator[str]:
    """Of the inline policy and the managed ones; that there are at most ten of these is not a validation error."""
    yield from text(params, "Policy", 1, 2048, POLICY)
    for name in sorted(params):
        if re.fullmatch(r"PolicyArns\.member\.\d+\.arn", name):
            yield from text(params, name, 20, 2048, ARN)


def tags(params: dict[str, str]) -> Iterator[str]:
    for kind in ("Tags", "TransitiveTagKeys"):
        if len(found := members(params, kind)) > 50:
            yield _complaint(str(found), _member(kind), "length less than or equal to 50")
    for number in members(params, "Tags"):
        yield from required(params, f"Tags.member.{number}.Key", 1, 128, TAG + "+")
        yield from required(params, f"Tags.member.{number}.Value", 0, 256, TAG + "*")
    for number in members(params, "TransitiveTagKeys"):
        yield from text(params, f"TransitiveTagKeys.member.{number}", 1, 128, TAG + "+")


def members(params: dict[str, str], name: str) -> list[int]:
    """The numbers of a list's members, in order."""
    found = (re.match(rf"{name}\.member\.(\d+)(?:\.|$)", each) for each in params)
    return sorted({int(match[1]) for match in found if match})


def _member(name: str) -> str:
    """`Tags.member.1.Key` is tags.1.member.key to STS."""
    parts = [part[0].lower() + part[1:] for part in name.split(".")]
    if len(parts) > 1:
        parts[1], parts[2] = parts[2], parts[1]
    return ".".join(parts)


def _complaint(value: str, member: str, bound: str) -> str:
    return f"{_failed(value, member)}Member must have {bound}"


def _failed(value: str, member: str) -> str:
    return f"Value '{value}' at '{member}' failed to satisfy constraint: "
