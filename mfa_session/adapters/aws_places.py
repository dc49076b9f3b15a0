"""What lies in the AWS config and credentials files: long-lived keys, and the profiles that `configure` has written."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any

import botocore.configloader
import botocore.exceptions

from mfa_session.adapters import aws_config, aws_elsewhere, aws_profile
from mfa_session.checks_ports import Configured, Stored
from mfa_session.model import BaseKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def stored(environ: Mapping[str, str]) -> list[Stored]:
    """Keys that begin with ASIA are a session's, and not among them. Raises ConfigError for a file that can't be parsed."""
    found = []
    for path, profiles in _both(environ):
        for name, settings in profiles.items():
            key_id, secret = settings.get("aws_access_key_id"), settings.get("aws_secret_access_key")
            if key_id and secret and not settings.get("aws_session_token"):
                key = BaseKey(key_id, secret)
                found += [] if key.is_of_a_session else [Stored(name, path, key)]
    return found


def configured(environ: Mapping[str, str]) -> list[Configured]:
    """Raises ConfigError for a file that can't be parsed."""
    (config, profiles), (credentials, keyed) = _both(environ)
    found = []
    for name, settings in profiles.items():
        process = settings.get("credential_process") or ""
        if words := aws_elsewhere.of_ours(process):
            start = shlex.split(process)
            program = (start[0], start[3]) if start[1:3] == ["-I", "-S"] else (start[0],)
            rivals = [(key, credentials) for key in ("aws_access_key_id",) if key in keyed.get(name, {})]
            rivals += [(key, config) for key in aws_config.STRONGER if key in settings]
            rival, path = rivals[0] if rivals else ("", "")
            options = [word for word in words[1:] if word.startswith("--aws-profile=")]
            account = options[0].partition("=")[2] if options else ""
            found.append(Configured(name, program, words[0], account, rival, path))
    return found


def _both(environ: Mapping[str, str]) -> list[tuple[str, dict[str, dict[str, str]]]]:
    """Of each file its path, and its profiles."""
    config, credentials = (
        os.path.expanduser(os.path.expandvars(path)) for path in aws_profile.files(environ)
    )
    loaded = _loaded(botocore.configloader.load_config, config)
    return [
        (config, loaded.get("profiles", {})),
        (credentials, _loaded(botocore.configloader.raw_config_parse, credentials)),
    ]


def _loaded(parse: Callable[[str], dict[str, Any]], path: str) -> dict[str, Any]:

    try:
        return parse(path)
    except botocore.exceptions.ConfigNotFound:
        return {}
    except (botocore.exceptions.ConfigParseError, UnicodeDecodeError, OSError):
        raise aws_profile.unreadable(path) from None
