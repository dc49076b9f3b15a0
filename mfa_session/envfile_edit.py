"""An account's file with another base key in it, or with a first one: nothing else in it changes by a byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mfa_session import drafting, envfile_keys, spare_line, whole_file
from mfa_session.envfile_lines import HALVES, EnvText
from mfa_session.errors import ConfigError
from mfa_session.model import HeldKeys, KeyPlace

if TYPE_CHECKING:
    from pathlib import Path

    from mfa_session.model import BaseKey

_PROFILE = "AWS_PROFILE"
_PLAIN = re.compile(r"[\w./:-]+", re.ASCII)


class EnvfileKey(KeyPlace):
    """The key that stands in an account's file itself, both halves of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.where = whole_file.shown(path)

    def read(self) -> HeldKeys:
        """See KeyPlace; no current key where the file has neither half."""
        text = _text(self.path)
        return text.keyed().held if text.has_key else HeldKeys(None)

    def check(self) -> None:
        """See KeyPlace."""
        text = self._there()
        if current := text.keyed().held.current:
            text.replaced(current, current)

    def write(self, current: BaseKey, spare: BaseKey | None) -> None:
        """See KeyPlace; there has to be a key already."""
        text = self._there()
        if not all(spare_line.is_storable(key) for key in (current, spare) if key):
            raise ConfigError("what should be stored there is not an access key", path=self.path)
        whole_file.write(self.path, text.data, text.replaced(current, spare))
        if self.read() != HeldKeys(current, spare):
            raise ConfigError("has just been changed by another program", "run it again", path=self.path)

    def _there(self) -> EnvText:
        text = _text(self.path)
        if not text.has_key:
            raise ConfigError("has no access key of its own", path=self.path)
        return text


def lines_about(path: Path, profile: str | None) -> tuple[str, ...]:
    """Those by which `init` has had the key come from this AWS profile, if they are there as it wrote them, and to spare."""
    lines = _lines_about(profile or "")
    return lines if profile and _text(path).without(lines[0], _PROFILE, lines[1]) else ()


def with_references(
    path: Path,
    id_reference: str,
    secret_reference: str,
    region: str | None = None,
    note: str = "",
    profile: str | None = None,
) -> bool:
    """Have the account's file, which is there, take its key from 1Password: lines at its end, `note` above them.

    The region is added if the file has none; the `lines_about` the profile that had the key are taken out. False where
    the references are there already; raises ConfigError, also where the file has another key.
    """
    text = _text(path)
    references = dict(zip(HALVES, (id_reference, secret_reference), strict=True))
    there = {half: text.value(half) for half in HALVES}
    if there == references:
        return False
    if any(there.values()):
        raise ConfigError(
            "has another base key",
            "take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY out, if it is to be this one",
            path=path,
        )
    new = dict(references)
    names = ("AWS_REGION", *envfile_keys.ALIASES["AWS_REGION"])
    if region and not any(text.value(name) for name in names):
        new["AWS_REGION"] = region
    about = lines_about(path, profile)
    kept = text.without(about[0], _PROFILE, about[1]) if about else None
    kept = kept or text
    if note and kept.value(_PROFILE):
        note += f" ({_PROFILE} above is not used for it any more)"
    lines = [f"# {note}"] if note else []
    lines += [
        f"{name}={value}" if _PLAIN.fullmatch(value) else f'{name}="{value}"' for name, value in new.items()
    ]
    whole_file.write(path, text.data, kept.extended(lines, new))
    text = _text(path)
    if {half: text.value(half) for half in HALVES} != references:
        raise ConfigError("has just been changed by another program", "run it again", path=path)
    return True


def _lines_about(profile: str) -> tuple[str, str]:
    return f"# {drafting.IN_PROFILE}", f"{_PROFILE}={drafting.quoted(profile)}"


def _text(path: Path) -> EnvText:
    data = whole_file.read(path)
    if data is None:
        raise ConfigError("is not there", path=path)
    return EnvText(path, data)
