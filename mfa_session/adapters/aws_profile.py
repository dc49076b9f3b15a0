"""The base key and the settings of a profile in the AWS config and credentials files; botocore parses them."""

from __future__ import annotations

import difflib
import functools
import os
from typing import TYPE_CHECKING, Any, NamedTuple

import botocore.configloader
import botocore.exceptions

from mfa_session.errors import ConfigError
from mfa_session.model import BaseKey

if TYPE_CHECKING:
    from collections.abc import Mapping


class Profile(NamedTuple):
    name: str
    key: BaseKey
    region: str | None


def first_with_key(names: tuple[str, ...], environ: Mapping[str, str]) -> Profile:
    """The first of these profiles that holds a long-lived access key; raises ConfigError where none does."""
    found = profiles(environ)
    for name in names:
        settings = found.get(name, {})
        key_id, secret = settings.get("aws_access_key_id"), settings.get("aws_secret_access_key")
        if not key_id or not secret:
            continue
        key = BaseKey(key_id, secret)
        if not key.is_plausible:
            raise ConfigError(
                f"the AWS profile {name} holds something else than the id of an access key as aws_access_key_id",
                f"put it in again: aws configure --profile {name}",
            )
        if settings.get("aws_session_token") or key.is_of_a_session:
            raise ConfigError(
                f"the AWS profile {name} holds a session, and sessions can't get sessions",
                f"put the IAM user's own key there: aws configure --profile {name}",
            )
        return Profile(name, key, settings.get("region") or None)
    there = [name for name in names if name in found]
    what = (
        f"AWS profile {there[0]} has no access key"
        if there
        else f"there is no AWS profile {' or '.join(names)}"
    )
    near = difflib.get_close_matches(names[0], [name for name in found if name not in names], n=1)
    raise ConfigError(
        f"no base key: the account's file has none, and {what}",
        *([f"is {near[0]} meant?"] if near else []),
        f"type: aws configure --profile {names[0]}",
        "or add AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the account's file, as op:// references",
    )


def profiles(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Each profile's settings: those of the credentials file win, as in every SDK."""
    paths = files(environ)
    config, credentials = (_loaded(kind, path, *_state(path)) for kind, path in enumerate(paths))
    configured: dict[str, dict[str, str]] = config.get("profiles", {})
    names = {**configured, **credentials}
    return {name: configured.get(name, {}) | credentials.get(name, {}) for name in names}


def files(environ: Mapping[str, str]) -> tuple[str, str]:
    """The paths of the config and the credentials file; an empty variable counts as none."""
    return (
        environ.get("AWS_CONFIG_FILE") or "~/.aws/config",
        environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials",
    )


def unreadable(path: object) -> ConfigError:
    return ConfigError(
        "a line in this AWS config file can't be parsed",
        "correct it, then see: aws configure list",
        path=path,
    )


def _state(path: str) -> tuple[int, ...]:
    try:
        found = os.stat(os.path.expanduser(os.path.expandvars(path)))
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_ctime_ns


@functools.lru_cache(maxsize=4)
def _loaded(kind: int, path: str, *_: int) -> dict[str, Any]:
    """Of a config file (0) or a credentials file (1); read once in each state, since a list asks for every profile."""
    parse = (botocore.configloader.load_config, botocore.configloader.raw_config_parse)[kind]
    try:
        return parse(path)  # type: ignore[no-any-return]  # botocore has no types
    except botocore.exceptions.ConfigNotFound:
        return {}
    except (botocore.exceptions.ConfigParseError, UnicodeDecodeError, OSError):
        raise unreadable(path) from None
