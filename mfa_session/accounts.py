"""Which account is meant, and which file describes it. Paths are plain strings here: warm commands can't wait for pathlib."""

from __future__ import annotations

import os

from mfa_session.errors import ConfigError

TYPE_CHECKING = False  # nor for typing
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SUFFIX = "-bootstrap"  # by custom, the AWS profile that holds the base key of account NAME is NAME-bootstrap
_MARK = b"MFA_"  # what tells an account's file from the `.env.local` of a web framework
_NOT_ACCOUNTS = (".example", ".sample", ".template", "~")


class Found:
    """An account's file, by its absolute path; `named_by_profile` is the AWS_PROFILE that led to it, if one did."""

    __slots__ = ("name", "named_by_profile", "path")

    def __init__(self, name: str, path: str, named_by_profile: str | None = None) -> None:
        self.name = name
        self.path = path
        self.named_by_profile = named_by_profile


def here() -> str:
    try:
        return os.getcwd()
    except OSError:  # the folder has been removed; accounts elsewhere can still be meant
        return "/"


def find(argument: str | None, env_file: str | None, environ: Mapping[str, str], here: str) -> Found:
    """The account that is meant: by argument, by AWS_PROFILE, else the one whose session is active in this shell.

    Raises ConfigError, which lists the places looked at and the accounts there are.
    """
    profile = environ.get("AWS_PROFILE") or None
    wanted = argument or profile or environ.get("MFA_SESSION_PROFILE") or None
    if env_file is not None:
        path = os.path.join(here, os.path.expanduser(env_file))
        return Found(_checked(argument or name_of(path)), path)
    if wanted is None:
        raise ConfigError(
            "no account named: neither as an argument nor by AWS_PROFILE", *known(environ, here)
        )
    _checked(wanted)
    by_profile = None if argument else profile
    for name in dict.fromkeys((wanted, wanted.removesuffix(_SUFFIX) or wanted)):
        for folder in folders(environ, here):
            path = os.path.join(folder, f".env.{name}")
            if os.path.isfile(path):
                return Found(name, path, by_profile)
    said = " (from AWS_PROFILE)" if by_profile else "" if argument else " (active in this shell)"
    raise ConfigError(
        f"no file .env.{wanted.removesuffix(_SUFFIX) or wanted} for account {wanted}{said}",
        f"looked in {', '.join(folders(environ, here))}",
        *known(environ, here, wanted),
    )


def _checked(name: str) -> str:
    if "/" in name or not name.isprintable():
        raise ConfigError(f"{name!r} can't be the name of an account", "a file is named by --env-file PATH")
    return name


def folders(environ: Mapping[str, str], here: str) -> list[str]:
    """Where accounts' files may be, nearest first; not all of them need exist."""
    home = environ.get("HOME") or None
    own = environ.get("MFA_SESSION_ENV_DIR")
    config = environ.get("XDG_CONFIG_HOME") or (home and os.path.join(home, ".config"))
    found = [os.path.join(here, os.path.expanduser(own))] if own else []
    for parent in _upwards(here, home):
        found += [os.path.join(parent, "envs"), parent]
    if config:
        found.append(os.path.join(config, "mfa-session"))
    return list(dict.fromkeys(found))


def _upwards(here: str, home: str | None) -> list[str]:
    """From `here` to the root of its git checkout, or to home.

    Under neither, only `here` itself: what lies further up, in /tmp say, may be anybody's.
    """
    home = home and os.path.normpath(home)
    parents, parent = [here], here
    while parent != home and not os.path.exists(os.path.join(parent, ".git")):
        above = os.path.dirname(parent)
        if above == parent:
            return [here]
        parents.append(above)
        parent = above
    return parents


def files(environ: Mapping[str, str], here: str) -> dict[str, str]:
    """The accounts there are, sorted by name, each with the file that its name leads to."""
    found: dict[str, str] = {}
    for folder in folders(environ, here):
        for path in _files_in(folder):
            found.setdefault(name_of(path), path)
    return dict(sorted(found.items()))


def _files_in(folder: str) -> Iterator[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:  # a folder that can't be read holds no account for this person
        return
    for name in names:
        path = os.path.join(folder, name)
        if name.startswith(".env.") and not name.endswith(_NOT_ACCOUNTS) and _is_account(path):
            yield path


def _is_account(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return _MARK in file.read(100_000)
    except OSError:  # nor does a file, or a folder of that name
        return False


def name_of(path: str) -> str:
    """`test` of `.env.test`, and of any other file its name without `.env`."""
    name = os.path.basename(path)
    return name.removeprefix(".env.").removesuffix(".env") or name


def known(environ: Mapping[str, str], here: str, wanted: str = "") -> list[str]:
    """Hints: the accounts there are, and which of them may be meant."""
    import difflib  # only where something has gone wrong

    found = list(files(environ, here))
    if not found:
        return [
            "no account has a file yet: write ~/.config/mfa-session/.env.NAME; README.md has its three lines"
        ]
    near = difflib.get_close_matches(wanted, found, n=1)
    meant = [f"is {near[0]} meant?"] if near else []
    return [f"accounts found: {', '.join(found)}", *meant, "name one, or type: export AWS_PROFILE=NAME"]
