"""Which account is meant, and which file describes it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mfa_session.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_SUFFIX = "-bootstrap"  # by custom, the AWS profile that holds the base key of account NAME is NAME-bootstrap
_MARK = b"MFA_"  # what tells an account's file from the `.env.local` of a web framework
_NOT_ACCOUNTS = (".example", ".sample", ".template", "~")


@dataclass(frozen=True, slots=True)
class Found:
    """An account's file; `named_by_profile` is the AWS_PROFILE that led to it, if one did."""

    name: str
    path: Path
    named_by_profile: str | None = None


def find(argument: str | None, env_file: str | None, environ: Mapping[str, str], here: Path) -> Found:
    """The account that is meant: by argument, by AWS_PROFILE, else the one whose session is active in this shell.

    Raises ConfigError, which lists the places looked at and the accounts there are.
    """
    profile = environ.get("AWS_PROFILE") or None
    wanted = argument or profile or environ.get("MFA_SESSION_PROFILE") or None
    if env_file is not None:
        path = _path(env_file)
        return Found(_checked(argument or _name_of(path)), here / path)
    if wanted is None:
        raise ConfigError(
            "no account named: neither as an argument nor by AWS_PROFILE", *_known(environ, here)
        )
    _checked(wanted)
    by_profile = None if argument else profile
    for name in dict.fromkeys((wanted, wanted.removesuffix(_SUFFIX) or wanted)):
        for folder in folders(environ, here):
            if _holds((folder / f".env.{name}").is_file):
                return Found(name, folder / f".env.{name}", by_profile)
    said = " (from AWS_PROFILE)" if by_profile else "" if argument else " (active in this shell)"
    places = ", ".join(str(folder) for folder in folders(environ, here))
    raise ConfigError(
        f"no file .env.{wanted.removesuffix(_SUFFIX) or wanted} for account {wanted}{said}",
        f"looked in {places}",
        *_known(environ, here),
    )


def _checked(name: str) -> str:
    if "/" in name or not name.isprintable():
        raise ConfigError(f"{name!r} can't be the name of an account", "a file is named by --env-file PATH")
    return name


def _path(text: str) -> Path:
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path.expanduser fails where there is no such user


def _holds(question: Callable[[], bool]) -> bool:
    """The answer, as far as this person may know: a folder may forbid to search it, and a name be too long."""
    try:
        return question()
    except OSError:
        return False


def folders(environ: Mapping[str, str], here: Path) -> list[Path]:
    """Where accounts' files may be, nearest first; not all of them need exist."""
    home = Path(environ["HOME"]) if environ.get("HOME") else None
    own = [_path(environ["MFA_SESSION_ENV_DIR"])] if environ.get("MFA_SESSION_ENV_DIR") else []
    config = Path(environ["XDG_CONFIG_HOME"]) if environ.get("XDG_CONFIG_HOME") else home and home / ".config"
    around = [folder for parent in _upwards(here, home) for folder in (parent / "envs", parent)]
    return list(dict.fromkeys([*own, *around, *([config / "mfa-session"] if config else [])]))


def _upwards(here: Path, home: Path | None) -> list[Path]:
    """From `here` to the root of its git checkout, or to home.

    Under neither, only `here` itself: what lies further up, in /tmp say, may be anybody's.
    """
    parents: list[Path] = []
    for parent in (here, *here.parents):
        parents.append(parent)
        if parent == home or _holds((parent / ".git").exists):
            return parents
    return [here]


def names(environ: Mapping[str, str], here: Path) -> list[str]:
    """The accounts that have a file in one of the folders, sorted."""
    return sorted({name for folder in folders(environ, here) for name in _names_in(folder)})


def _names_in(folder: Path) -> Iterator[str]:
    try:
        paths = sorted(folder.glob(".env.*"))
    except OSError:  # a folder that can't be read holds no account for this person
        return
    for path in paths:
        with contextlib.suppress(OSError):  # and so with a file
            if not path.name.endswith(_NOT_ACCOUNTS) and path.is_file() and _MARK in path.read_bytes():
                yield _name_of(path)


def _name_of(path: Path) -> str:
    """`test` of `.env.test`, and of any other file its name without `.env`."""
    return path.name.removeprefix(".env.").removesuffix(".env") or path.name


def _known(environ: Mapping[str, str], here: Path) -> list[str]:
    found = names(environ, here)
    if not found:
        return [
            "no account has a file yet: write ~/.config/mfa-session/.env.NAME; README.md has its three lines"
        ]
    return [f"accounts found: {', '.join(found)}", f"type: source get_mfa_session.sh {found[0]}"]
