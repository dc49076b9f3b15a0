"""A profile for a shell that is to refresh by itself: one that the person has configured, or one in a config file of ours."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from mfa_session import refreshing, turns
from mfa_session.adapters import aws_config, aws_config_words, aws_profile
from mfa_session.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


def profile(
    account: str, words: list[str], region: str | None, environ: Mapping[str, str]
) -> tuple[str, str | None]:
    """Its name, and the path of our file if it is in there; raises ConfigError."""
    line = aws_config_words.line(words)
    for name, settings in aws_profile.profiles(environ).items():
        if settings.get("credential_process") == line and not any(
            key in settings for key in aws_config.STRONGER
        ):
            return name, None
    path = _path(account, line, environ)
    inside = {**environ, "AWS_CONFIG_FILE": path}
    try:
        return _written(account, account, words, region, inside), path
    except ConfigError:  # the credentials file has a key under that name, which would count more
        return _written(f"{account}-mfa", account, words, region, inside), path


def _written(
    name: str, account: str, words: list[str], region: str | None, environ: Mapping[str, str]
) -> str:
    note = "for shells that were made by --refreshing"
    edit = aws_config.Entry(name, account, environ, note).adding(words, region)
    if edit.lines:
        edit.save()
    return name


def _path(account: str, line: str, environ: Mapping[str, str]) -> str:
    state = turns.state_home(environ)
    if not state:
        raise ConfigError(
            "HOME is not set, so that there is nowhere to put a config file", "type: mfa-session configure"
        )
    # One for each wish: another shell may use it as it is.
    which = hashlib.sha256(line.encode(errors="surrogateescape")).hexdigest()[:8]
    plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in account)
    return os.path.join(state, "mfa-session", f"{plain}-{which}{refreshing.SUFFIX}")
