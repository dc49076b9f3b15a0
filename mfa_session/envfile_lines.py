"""The text of an account's file: where its base key is in it, and what it is with another one."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from dotenv.parser import parse_stream

from mfa_session import dotenv_file, spare_line
from mfa_session.errors import ConfigError
from mfa_session.model import BaseKey, HeldKeys

if TYPE_CHECKING:
    from pathlib import Path

HALVES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_HEAD = re.compile(r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)[^\S\r\n]*=[^\S\r\n]*")
_END = re.compile(r"\r\n|\n|\r")
_MARK = "\ufeff"


class Keyed(NamedTuple):
    """The stretches of a file, each a binding or a comment; where the halves' values are, and the line for the spare."""

    parts: list[str]
    halves: tuple[int, ...]
    values: tuple[slice, ...]
    spare: int | None
    held: HeldKeys


class EnvText:
    """A file that has this content; `path` is for people. Raises ConfigError."""

    def __init__(self, path: Path, data: bytes) -> None:
        self.path, self.data = path, data
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise ConfigError("is not a UTF-8 text", path=path) from None
        self._mark = _MARK if whole.startswith(_MARK) else ""
        self.text = whole.removeprefix(_MARK)
        self._values = self._parsed(self.text)

    def value(self, name: str) -> str | None:
        """As the account has it: None where it is empty, too."""
        return self._values.get(name, "").strip() or None

    @property
    def has_key(self) -> bool:
        return any(self.value(half) for half in HALVES)

    def replaced(self, current: BaseKey, spare: BaseKey | None) -> bytes:
        """The content with these keys, and all else as it is; raises ConfigError."""
        keyed = self.keyed()
        parts = list(keyed.parts)
        new = (current.access_key_id, current.secret_access_key)
        for number, where, value in zip(keyed.halves, keyed.values, new, strict=True):
            parts[number] = parts[number][: where.start] + value + parts[number][where.stop :]
        if keyed.spare is not None:
            parts[keyed.spare] = _without_last_line(parts[keyed.spare])
        if spare:
            first = keyed.halves[0]
            at = len(_without_last_line(parts[first][: keyed.values[0].start]))
            line = spare_line.text(spare) + self._end
            parts[first] = parts[first][:at] + line + parts[first][at:]
        after = self._checked("".join(parts), self._values | dict(zip(HALVES, new, strict=True)))
        if EnvText(self.path, after).keyed().held != HeldKeys(current, spare):
            raise self._unsafe()
        return after

    def extended(self, lines: list[str], values: dict[str, str]) -> bytes:
        """The content with these lines at its end, once they are seen to mean these values; raises ConfigError."""
        if not all(line.isprintable() for line in lines):
            raise self._unsafe()
        between = self._end if self.text and self.text[-1] not in "\r\n" else ""
        added = "".join(line + self._end for line in lines)
        return self._checked(self.text + between + added, self._values | values)

    def without(self, comment: str, name: str, line: str) -> EnvText | None:
        """The file without this line, which binds `name`, and the comment right above it.

        None where they do not stand there so, once, or where another line means something else without them.
        """
        end = r"(\r\n|\n|\r)"
        block = rf"(?:\A|(?<=[\r\n])){re.escape(comment)}{end}{re.escape(line)}(?:\1\1?|\Z)"
        text, times = re.subn(block, "", self.text)
        if times != 1:
            return None
        try:
            return EnvText(
                self.path, self._checked(text, {k: v for k, v in self._values.items() if k != name})
            )
        except ConfigError:
            return None

    def keyed(self) -> Keyed:
        """Where the key is; raises ConfigError where it is not there in two plain lines."""
        bindings = list(parse_stream(io.StringIO(self.text, newline="")))
        parts = [binding.original.string for binding in bindings]
        if "".join(parts) != self.text:
            raise self._unsafe()
        found = [[number for number, one in enumerate(bindings) if one.key == half] for half in HALVES]
        for half, numbers in zip(HALVES, found, strict=True):
            if len(numbers) != 1:
                how = (
                    "is there more than once" if numbers else "is missing, but not the other half of the key"
                )
                raise ConfigError(f"{half} {how}", "write both halves, and each once", path=self.path)
        halves = tuple(numbers[0] for numbers in found)
        current = BaseKey(*(self._values[half] for half in HALVES))
        if not spare_line.is_storable(current) or current.secret_access_key.lower().startswith("op://"):
            raise ConfigError(
                "the base key there is not an access key and its secret, as they are",
                "write both as AWS shows them, or both as op:// references",
                path=self.path,
            )
        values = tuple(
            self._where(parts[number], self._values[half])
            for number, half in zip(halves, HALVES, strict=True)
        )
        comments = [number for number, part in enumerate(parts) if spare_line.is_one(part)]
        keys = [spare_line.key(parts[number]) for number in comments]
        if len(keys) > 1 or None in keys:
            raise ConfigError(
                "the comment with the other key of a rotation is damaged, or there twice",
                "leave one line of it, with an id and its secret, or none",
                path=self.path,
                line="".join(parts[: comments[0] + 1]).rstrip().count("\n") + 1,
            )
        held = HeldKeys(current, keys[0] if keys else None)
        return Keyed(parts, halves, values, comments[0] if comments else None, held)

    @property
    def _end(self) -> str:
        found = _END.search(self.text)
        return found[0] if found else "\n"

    def _where(self, part: str, value: str) -> slice:
        """Where in a binding its value stands, as it is."""
        head = _HEAD.match(part)
        start = head.end() if head else 0
        start += part[start : start + 1] in ("'", '"')
        if not part.startswith(value, start):
            raise self._unsafe()  # written with a variable or an escape
        return slice(start, start + len(value))

    def _checked(self, text: str, meant: dict[str, str]) -> bytes:
        """The content, once every value in it has been read as it is meant."""
        try:
            values = self._parsed(text)
        except ConfigError:
            values = {}
        if values != meant:
            raise self._unsafe()
        return (self._mark + text).encode()

    def _parsed(self, text: str) -> dict[str, str]:
        entries = dotenv_file.parse(text, self.path, _Anything())
        return {name: entry.value for name, entry in entries.items()}

    def _unsafe(self) -> ConfigError:
        hint = "write AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in plain lines, and use them nowhere else"
        return ConfigError("its base key can't be changed safely", hint, path=self.path)


class _Anything(dict[str, str]):
    """An environment that has every variable: which ones are set where the file is used is not known here."""

    def get(self, name: str, _: Any = None) -> Any:
        return f"\0{name}"


def _without_last_line(text: str) -> str:
    """Up to the end of the line before: the white space above a binding is part of it."""
    bare = text.rstrip("\r\n")
    return bare[: max(bare.rfind("\n"), bare.rfind("\r")) + 1]
