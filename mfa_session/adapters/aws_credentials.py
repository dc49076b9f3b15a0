"""The base key of an AWS profile where it is stored: read, replaced and taken out, and nothing else changes by a byte."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mfa_session import spare_line, whole_file
from mfa_session.adapters import aws_profile
from mfa_session.adapters.aws_credentials_text import HALVES, AwsText
from mfa_session.errors import ConfigError
from mfa_session.model import HeldKeys, KeyPlace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import BaseKey


class ProfileKey(KeyPlace):
    """The key in the credentials file, or in the config file where only that has one; raises ConfigError."""

    def __init__(self, profile: str, environ: Mapping[str, str]) -> None:
        self.profile = profile
        self._environ = environ
        self._config, self._credentials = aws_profile.files(environ)
        found = self._found()
        self.where = f"profile {profile} in {whole_file.shown(found.path if found else self._credentials)}"

    def read(self) -> HeldKeys:
        """See KeyPlace; no current key where the profile has none."""
        found = self._found()
        return found.keyed().held if found else HeldKeys(None)

    def check(self) -> None:
        """See KeyPlace."""
        found = self._there()
        if current := found.keyed().held.current:
            found.replaced(current, current)

    def write(self, current: BaseKey, spare: BaseKey | None) -> None:
        """See KeyPlace; there has to be a key already."""
        found = self._there()
        if not all(spare_line.is_storable(key) for key in (current, spare) if key):
            raise ConfigError(
                f"what should be stored for profile {self.profile} is not an access key", path=found.path
            )
        whole_file.write(found.path, found.data, found.replaced(current, spare))
        if self.read() != HeldKeys(current, spare):
            raise self._changed(found.path)

    def remove(self, keep_backup: bool) -> str | None:
        """Take the two lines out; the path of the backup, if there is to be one. Raises ConfigError."""
        found = self._there()
        after = found.removed()
        backup = whole_file.keep(found.path, found.data) if keep_backup else None
        whole_file.write(found.path, found.data, after)
        if whole_file.read(found.path) != after:
            raise self._changed(found.path)
        return backup

    def _there(self) -> AwsText:
        found = self._found()
        if found is None:
            raise ConfigError(
                f"profile {self.profile} has no access key", f"type: aws configure --profile {self.profile}"
            )
        return found

    def _found(self) -> AwsText | None:
        """The file that has the key; None where the profile has none. Raises ConfigError."""
        aws_profile.profiles(self._environ)  # what botocore itself can't read is refused
        texts = [self._text(self._credentials, False), self._text(self._config, True)]
        found = [
            next((text for text in texts if text and text.value(half) is not None), None) for half in HALVES
        ]
        if not any(text and text.value(half) for text, half in zip(found, HALVES, strict=True)):
            return None
        if found[0] is None or found[1] is None:
            (there,) = (text for text in found if text)
            there_is = HALVES[found.index(there)]
            raise ConfigError(
                f"profile {self.profile} has {there_is}, but not the other half of a key",
                f"put it in again: aws configure --profile {self.profile}",
                path=there.path,
            )
        if found[0] is not found[1]:
            raise ConfigError(
                f"profile {self.profile} has one half of its key there, and the other in {found[1].path}",
                "write both into one of the two files",
                path=found[0].path,
            )
        return found[0]

    def _text(self, path: str, is_config: bool) -> AwsText | None:
        if not os.path.isfile(
            os.path.expanduser(os.path.expandvars(path))
        ):  # /dev/null is none, as for botocore
            return None
        data = whole_file.read(path)
        return None if data is None else AwsText(path, data, self.profile, is_config)

    def _changed(self, path: str) -> ConfigError:
        return ConfigError("has just been changed by another program", "run it again", path=path)
