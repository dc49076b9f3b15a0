"""A profile's section in the text of an AWS file, and what the text is with another key in it."""

from __future__ import annotations

import configparser
import io
from typing import TYPE_CHECKING, NamedTuple

from mfa_session import spare_line
from mfa_session.adapters import aws_config_lines, aws_config_words, aws_profile
from mfa_session.errors import ConfigError
from mfa_session.model import BaseKey, HeldKeys

if TYPE_CHECKING:
    from mfa_session.adapters.aws_config_lines import Line

HALVES = ("aws_access_key_id", "aws_secret_access_key")
Sections = dict[str, dict[str, str]]


class Keyed(NamedTuple):
    """The lines of a file, and where in them are the two halves of a profile's key and the spare key."""

    lines: list[Line]
    section: str
    header: int
    halves: tuple[int, ...]
    spare: int | None
    held: HeldKeys


class AwsText:
    """A config or a credentials file that has this content; `path` is for people. Raises ConfigError."""

    def __init__(self, path: str, data: bytes, profile: str, is_config: bool) -> None:
        self.path, self.data, self.profile, self.is_config = path, data, profile, is_config
        self._sections = self._parsed(data)

    def value(self, half: str) -> str | None:
        """What this setting of the profile is; None where it is not there, in no spelling of its section."""
        names = [name for name in self._sections if self._profile_of(name) == self.profile]
        return next((self._sections[name][half] for name in names if half in self._sections[name]), None)

    def replaced(self, current: BaseKey, spare: BaseKey | None) -> bytes:
        """The content with these keys, and all else as it is; raises ConfigError."""
        keyed = self.keyed()
        texts = [line.text for line in keyed.lines]
        for number, value in zip(
            keyed.halves, (current.access_key_id, current.secret_access_key), strict=True
        ):
            bare = texts[number].rstrip()
            head = bare[: len(bare) - len(keyed.lines[number].value)]
            texts[number] = head + value + texts[number][len(bare) :]
        if keyed.spare is not None:
            texts[keyed.spare] = ""
        if spare:
            first = keyed.halves[0]
            end = keyed.lines[first].end or keyed.lines[keyed.header].end
            texts[first] = spare_line.text(spare) + end + texts[first]
        after = self._checked(texts, keyed.section, (current.access_key_id, current.secret_access_key))
        if AwsText(self.path, after, self.profile, self.is_config).keyed().held != HeldKeys(current, spare):
            raise self._unsafe()
        return after

    def removed(self) -> bytes:
        """The content without the two lines of the key; raises ConfigError."""
        keyed = self.keyed()
        if keyed.spare is not None:
            raise ConfigError(
                f"the key of profile {self.profile} is being replaced",
                "finish that first: mfa-session rotate",
                path=self.path,
            )
        texts = ["" if number in keyed.halves else line.text for number, line in enumerate(keyed.lines)]
        return self._checked(texts, keyed.section, (None, None))

    def keyed(self) -> Keyed:
        """Where the key is; raises ConfigError where it is not there in plain lines of the profile's own."""
        lines = aws_config_lines.lines(self.data.decode(aws_config_lines.encoding()))
        headers = [number for number, line in enumerate(lines) if line.kind == "header"]
        found = [number for number in headers if self._profile_of(lines[number].name) == self.profile]
        if len(found) != 1:
            raise self._wrong("is there more than once", "leave one of its sections there")
        end = next((number for number in headers if number > found[0]), len(lines))
        body = range(found[0] + 1, end)
        options = {lines[number].name.lower(): number for number in body if lines[number].kind == "option"}
        if not options.keys() >= set(HALVES):
            raise self._wrong(
                "has its key from another section", f"write it below the header of {self.profile}"
            )
        halves = tuple(options[half] for half in HALVES)
        settings = self._sections[lines[found[0]].name]
        current = BaseKey(*(settings[half] for half in HALVES))
        if not spare_line.is_storable(current) or any(
            settings[lines[n].name.lower()] != lines[n].value for n in halves
        ):
            raise self._wrong(
                "holds something else than an access key and its secret",
                f"put it in again: aws configure --profile {self.profile}",
            )
        spare = self._spare(lines, body)
        held = HeldKeys(current, None if spare is None else spare_line.key(lines[spare].text))
        return Keyed(lines, lines[found[0]].name, found[0], halves, spare, held)

    def _spare(self, lines: list[Line], body: range) -> int | None:
        spares = [number for number in body if spare_line.is_one(lines[number].text)]
        if len(spares) > 1 or not all(spare_line.key(lines[number].text) for number in spares):
            raise ConfigError(
                "the comment with the other key of a rotation is damaged, or there twice",
                "leave one line of it, with an id and its secret, or none",
                path=self.path,
                line=spares[0] + 1,
            )
        return spares[0] if spares else None

    def _profile_of(self, header: str) -> str | None:
        return aws_config_words.profile_of(header) if self.is_config else header

    def _checked(self, texts: list[str], section: str, values: tuple[str | None, ...]) -> bytes:
        """The content of these lines, once it has been read as the old one but for these values."""
        try:
            after = "".join(texts).encode(aws_config_lines.encoding())
        except UnicodeEncodeError:
            raise self._unsafe() from None
        meant = {name: dict(settings) for name, settings in self._sections.items()}
        for half, value in zip(HALVES, values, strict=True):
            meant[section].pop(half)
            if value is not None:
                meant[section][half] = value
        same = self.data.decode(aws_config_lines.encoding()).encode(aws_config_lines.encoding()) == self.data
        if not same or self._parsed(after) != meant:
            raise self._unsafe()
        return after

    def _parsed(self, data: bytes) -> Sections:
        """Every section's settings, by the parser that botocore uses, and without a file that would hold the key."""
        parser = configparser.RawConfigParser()
        try:
            parser.read_file(io.TextIOWrapper(io.BytesIO(data), encoding=aws_config_lines.encoding()))
        except (configparser.Error, UnicodeDecodeError):
            raise aws_profile.unreadable(self.path) from None
        return {name: dict(parser.items(name)) for name in parser.sections()}

    def _wrong(self, what: str, hint: str) -> ConfigError:
        return ConfigError(f"profile {self.profile} {what}", hint, path=self.path)

    def _unsafe(self) -> ConfigError:
        return self._wrong("can't be changed safely", "write its header and its key in plain lines")
