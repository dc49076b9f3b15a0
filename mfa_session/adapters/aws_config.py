"""Profiles of ours in the AWS config file: each change is shown, and read back by botocore, before it is made."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any, NamedTuple

import botocore.configloader
import botocore.exceptions

from mfa_session import whole_file
from mfa_session.adapters import aws_config_lines, aws_config_words, aws_profile
from mfa_session.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.adapters.aws_config_lines import Part

# What one SDK or another prefers to a credential_process in the same profile.
STRONGER = ("aws_access_key_id", "role_arn", "web_identity_token_file", "sso_session", "sso_start_url")


class Edit(NamedTuple):
    """A change of the file that `path` names to people; `lines` are those that change, behind `+` or `-`.

    `outcome` says what is so once it is saved.
    """

    path: str
    before: bytes | None
    after: bytes
    lines: list[str]
    outcome: str

    def save(self) -> None:
        whole_file.write(self.path, self.before, self.after)


class Entry:
    """The profile of this name for this account, whether or not it is in the file yet.

    `note` is what its comment says; left out, how to take it out again.
    """

    def __init__(self, profile: str, account: str, environ: Mapping[str, str], note: str = "") -> None:
        self.profile = profile
        self.path, self.credentials = aws_profile.files(environ)
        header = aws_config_words.header(profile)
        if header is None:
            raise ConfigError(
                f"{profile!r} can't be the name of a profile", "type a plainer one: --profile NAME"
            )
        self._header = f"[{header}]"
        command = f"mfa-session configure {aws_config_words.typed(account)}"
        option = "" if profile == account else f" --profile {aws_config_words.typed(profile)}"
        note = note or f"to take it out, type: {command}{option} --remove"
        self._mark = f"{aws_config_lines.MARK}; {note}"
        other = "NAME" if profile == f"{account}-mfa" else aws_config_words.typed(f"{account}-mfa")
        self._other = f"choose another name: {command} --profile {other}"

    def adding(self, words: list[str], region: str | None) -> Edit:
        """Have the SDKs run these words for credentials; raises ConfigError."""
        if self._has_static_key():
            raise ConfigError(
                f"profile {self.profile} has an access key there, which programs would use instead",
                self._other,
                path=self.credentials,
            )
        before = whole_file.read(self.path)
        lines, settings = self._parsed(before or b"")
        try:
            section = aws_config_lines.find(lines, self.profile)
        except ValueError:
            raise self._not_ours(self._other) from None
        meant = {"credential_process": aws_config_words.line(words)}
        if region and not (section and section.has_own_region):
            meant["region"] = region
        options = [f"{key} = {meant[key]}" for key in ("region", "credential_process") if key in meant]
        new = [self._mark, *options]
        if section:
            parts = aws_config_lines.replaced(lines, section, new)
            own = settings["profiles"][self.profile]
            meant = {key: own[key] for key in own if key not in ("credential_process", "region")} | meant
        else:
            parts = aws_config_lines.added(lines, [self._header, *new])
        use = f"to use it, type: export AWS_PROFILE={aws_config_words.typed(self.profile)}"
        outcome = f"profile {self.profile} is in {self.path}; {use}"
        return self._checked(before, parts, settings, meant, outcome)

    def removing(self) -> Edit:
        """Take out what `adding` has put in, and nothing else; raises ConfigError."""
        before = whole_file.read(self.path)
        lines, settings = self._parsed(before or b"")
        try:
            section = aws_config_lines.find(lines, self.profile)
        except ValueError:
            raise self._not_ours("take it out by hand, if it is to go") from None
        if section is None:
            raise ConfigError(f"there is no profile {self.profile}", path=self.path)
        own = settings["profiles"][self.profile]
        gone = ("credential_process", "" if section.region is None else "region")
        meant = None if section.is_all_ours else {key: own[key] for key in own if key not in gone}
        outcome = f"profile {self.profile} is no longer in {self.path}"
        if meant:
            outcome = f"profile {self.profile} in {self.path} has nothing of mfa-session any more; your own lines stay"
        return self._checked(before, aws_config_lines.removed(lines, section), settings, meant, outcome)

    def _has_static_key(self) -> bool:
        try:
            sections = botocore.configloader.raw_config_parse(self.credentials)
        except botocore.exceptions.ConfigNotFound:
            return False
        except botocore.exceptions.ConfigParseError:
            raise aws_profile.unreadable(self.credentials) from None
        return "aws_access_key_id" in sections.get(self.profile, {})

    def _not_ours(self, hint: str) -> ConfigError:
        return ConfigError(
            f"profile {self.profile} is there, and not written by mfa-session", hint, path=self.path
        )

    def _parsed(self, data: bytes) -> tuple[list[aws_config_lines.Line], dict[str, Any]]:
        try:
            settings = _load(data)
        except botocore.exceptions.ConfigParseError:
            raise aws_profile.unreadable(self.path) from None
        return aws_config_lines.lines(data.decode(aws_config_lines.encoding())), settings

    def _checked(
        self,
        before: bytes | None,
        parts: list[Part],
        settings: dict[str, Any],
        meant: dict[str, Any] | None,
        outcome: str,
    ) -> Edit:
        """The edit, once botocore has read all others as before, and this profile as it is meant."""
        lines = [
            f"{part.sign} {part.text.strip()}" for part in parts if part.sign != " " and part.text.strip()
        ]
        try:
            same = "".join(part.text for part in parts if part.sign != "+").encode(
                aws_config_lines.encoding()
            )
            after = "".join(part.text for part in parts if part.sign != "-").encode(
                aws_config_lines.encoding()
            )
            found = _load(after)
        except (UnicodeEncodeError, botocore.exceptions.ConfigParseError):
            raise self._unsafe(lines) from None
        settings["profiles"].pop(self.profile, None)
        read = found["profiles"].pop(self.profile, None)
        is_meant = read is None if meant is None else (read or {}).items() >= meant.items()
        if same != (before or b"") or found != settings or not is_meant:
            raise self._unsafe(lines)
        stronger = [key for key in STRONGER if key in (read or {})]
        if stronger and "credential_process" in (meant or {}):
            what = f"profile {self.profile} has {stronger[0]}, which programs would use instead"
            raise ConfigError(what, self._other, path=self.path)
        return Edit(self.path, before, after, lines, outcome)

    def _unsafe(self, lines: list[str]) -> ConfigError:
        by_hand = ["change these lines by hand:", *lines]
        hints = by_hand if lines else [f"take profile {self.profile} out by hand, and run it again"]
        return ConfigError(f"can't edit {self.path} safely", *hints)


def _load(data: bytes) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        loaded: dict[str, Any] = botocore.configloader.load_config(file.name)
    return loaded
