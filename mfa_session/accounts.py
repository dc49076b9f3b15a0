"""Which account is meant, and which file describes it. Paths are plain strings here: warm commands can't wait for pathlib."""

from __future__ import annotations

import os

from mfa_session.errors import ConfigError

TYPE_CHECKING = False  # nor for typing
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SUFFIX = "-bootstrap"  # by custom, the AWS profile that holds the base key of account NAME is NAME-bootstrap
_MARK = b"MFA_"  # what tells an account's file from the `.env.local` of a web framework
_A_FEW = 20  # names in a hint
_NOT_ACCOUNTS = (".example", ".sample", ".template", "~")


class Found:
    """Where an account is described: an absolute path, of its own file or of the AWS config file that has its `profile`.

    `named_by_profile` is the AWS_PROFILE that led to it, if one did; `active` says that nothing was named, and its
    session is the one in this shell; `own` that the file lies where nobody but the person puts it, or was named by path.
    """

    __slots__ = ("active", "name", "named_by_profile", "own", "path", "profile")

    def __init__(
        self,
        name: str,
        path: str,
        named_by_profile: str | None = None,
        *,
        profile: str | None = None,
        active: bool = False,
        own: bool = False,
    ) -> None:
        self.name = name
        self.path = path
        self.named_by_profile = named_by_profile
        self.profile = profile
        self.active = active
        self.own = own


def here() -> str:
    try:
        return os.getcwd()
    except OSError:  # the folder has been removed; accounts elsewhere can still be meant
        return "/"


def find(
    argument: str | None,
    env_file: str | None,
    environ: Mapping[str, str],
    here: str,
    aws_profile: str | None = None,
) -> Found:
    """The account that is meant: by argument, by AWS_PROFILE, else the one whose session is active in this shell.

    `aws_profile` is one of the AWS config file, which `env_file` may then name.

    Raises ConfigError, which lists the places looked at and the accounts there are.
    """
    profile = environ.get("AWS_PROFILE") or None
    wanted = argument or profile or environ.get("MFA_SESSION_PROFILE") or None
    if aws_profile is not None:
        path = os.path.join(here, env_file) if env_file else aws_config(environ, here) or ""
        return Found(_checked(aws_profile), path, profile=aws_profile, own=True)
    if env_file is not None:
        path = os.path.join(here, os.path.expanduser(env_file))
        return Found(_checked(argument or name_of(path)), path, own=True)
    if wanted is None:
        raise ConfigError(
            "no account named: neither as an argument nor by AWS_PROFILE", *known(environ, here)
        )
    _checked(wanted)
    by_profile = None if argument else profile
    active = not argument and not profile
    for name in dict.fromkeys((wanted, wanted.removesuffix(_SUFFIX) or wanted)):
        if "/" in name:  # only a profile can be called so
            break
        for folder in folders(environ, here):
            path = os.path.join(folder, f".env.{name}")
            if os.path.isfile(path):
                return Found(name, path, by_profile, active=active, own=folder in own_folders(environ, here))
    config = aws_config(environ, here)
    if config:  # whether it has the profile is seen when it is read
        return Found(wanted, config, by_profile, profile=wanted, active=active, own=True)
    raise unknown(Found(wanted, "", by_profile, active=active), environ, here)


def unknown(found: Found, environ: Mapping[str, str], here: str, profiles: Iterable[str] = ()) -> ConfigError:
    """The error for an account that nothing describes; `found` has a path where a profile was looked for, too.

    `profiles` are those that would have been one.
    """
    if "/" in found.name:
        return ConfigError(
            f"{found.name!r} can't be the name of an account", "a file is named by --env-file PATH"
        )
    said = (
        " (from AWS_PROFILE)" if found.named_by_profile else " (active in this shell)" if found.active else ""
    )
    profile = f", and for a profile in {found.path}" if found.path else ""
    return ConfigError(
        f"no file .env.{found.name.removesuffix(_SUFFIX) or found.name} for account {found.name}{said}",
        f"looked in {', '.join(folders(environ, here))}{profile}",
        *known(environ, here, found.name, profiles),
    )


def aws_config(environ: Mapping[str, str], here: str) -> str | None:
    """The AWS config file, else the credentials file, if there is one: what a profile can be read from."""
    for name, usual in (
        ("AWS_CONFIG_FILE", "~/.aws/config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    ):
        path = os.path.join(here, os.path.expanduser(os.path.expandvars(environ.get(name) or usual)))
        if os.path.isfile(path):
            return path
    return None


def _checked(name: str) -> str:
    if not name.isprintable():
        raise ConfigError(f"{name!r} can't be the name of an account", "a file is named by --env-file PATH")
    return name


def folders(environ: Mapping[str, str], here: str) -> list[str]:
    """Where accounts' files may be, nearest first; not all of them need exist."""
    own = own_folders(environ, here)
    named = own[:1] if environ.get("MFA_SESSION_ENV_DIR") else []
    around = [
        folder
        for parent in _upwards(here, environ.get("HOME") or None)
        for folder in (os.path.join(parent, "envs"), parent)
    ]
    return list(dict.fromkeys([*named, *around, *own]))


def own_folders(environ: Mapping[str, str], here: str) -> list[str]:
    """Those that are the person's by their name; what lies elsewhere may have come with somebody's checkout."""
    home = environ.get("HOME") or None
    named = environ.get("MFA_SESSION_ENV_DIR")
    config = environ.get("XDG_CONFIG_HOME") or (home and os.path.join(home, ".config"))
    found = [os.path.join(here, os.path.expanduser(named))] if named else []
    return [*found, os.path.join(config, "mfa-session")] if config else found


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
        if not os.path.isfile(path):  # a pipe would have to be written to before it can be opened
            return False
        with open(path, "rb") as file:
            return _MARK in file.read(100_000)
    except OSError:  # nor does a file
        return False


def name_of(path: str) -> str:
    """`test` of `.env.test`, and of any other file its name without `.env`."""
    name = os.path.basename(path)
    return name.removeprefix(".env.").removesuffix(".env") or name


def known(environ: Mapping[str, str], here: str, wanted: str = "", profiles: Iterable[str] = ()) -> list[str]:
    """Hints: the accounts there are, the AWS profiles among them, and which may be meant."""
    import difflib  # only where something has gone wrong

    found = list(dict.fromkeys([*files(environ, here), *profiles]))
    others = "AWS profiles with mfa_serial are accounts too: to see which, type: mfa-session list"
    more = [others] if aws_config(environ, here) and not profiles else []
    if not found:
        write = "no account has a file yet; to write one, type: mfa-session init NAME"
        return [write, *more]
    alike = {name.lower(): name for name in found}
    near = [alike[name] for name in difflib.get_close_matches(wanted.lower(), alike, n=1)]
    meant = [f"is {near[0]} meant?"] if near else []
    rest = f" and {len(found) - _A_FEW} more" if len(found) > _A_FEW else ""
    return [
        *meant,
        f"accounts found: {', '.join(found[:_A_FEW])}{rest}",
        *more,
        f"name one; or for a new one, type: mfa-session init {wanted if wanted.isalnum() else 'NAME'}",
    ]
