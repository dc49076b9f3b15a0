"""`mfa-session init`: from a base key and a code to an account's file that works, and a first session to prove it."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from mfa_session import (
    accounts,
    drafting,
    formats,
    initiating,
    process,
    request,
    sessions,
    shells,
    tty,
    tty_questions,
    unversioned,
)
from mfa_session.errors import ConfigError, Denied, MfaSessionError, NeedsTerminal

if TYPE_CHECKING:
    from mfa_session.drafting import Wishes

_AGAIN = re.compile(r"^run it again.*|,? (and|then) run it again$")


def run(account: str | None, folder: str | None, wishes: Wishes, *, yes: bool, session: bool) -> int:
    """Ask what the options leave open, show the file, write it, and get a session by it; `folder` is where it goes.

    Whatever goes wrong before it is written has changed nothing.
    """
    process.without_core_file()
    here, asking = accounts.here(), tty.there()
    _check(wishes)
    name = _named(account or _asked_name(asking=asking))
    folder = os.path.join(here, os.path.expanduser(folder or drafting.folder(os.environ, here)))
    path = os.path.join(os.path.normpath(folder), f".env.{name}")
    _check_place(name, path, here)
    draft = initiating.Initiation(name, path, wishes, os.environ, asking=asking).draft()
    drafting.checked(draft, name)
    text, ignored = drafting.text(draft, name), drafting.ignore(path)
    _show(path, text, ignored)
    if asking and not yes and not tty.confirm(f"write this to {_brief(path)}? [Y/n] "):
        raise Denied("nothing was written")
    if ignored:
        unversioned.add_line(*ignored)
    drafting.write_new(path, text)
    tty.notice(f"{_brief(path)} is written, and only you can read it")
    return _first_session(name, path, here) if session else _next(name, path, here)


def _check(wishes: Wishes) -> None:
    if wishes.references and not all(half.startswith("op://") for half in wishes.references):
        # They are not repeated: they may be the key itself.
        raise ConfigError(
            "--key-references takes two references to fields of a 1Password item",
            "like op://Private/AWS/access-key-id; a key on the command line would be seen by all on this machine",
        )
    if wishes.references and wishes.profile:
        raise ConfigError("--profile and --key-references both say where the base key is", "name one of them")


def _asked_name(*, asking: bool) -> str:
    if not asking:
        raise NeedsTerminal(
            "no terminal to ask on, and no account is named", "type: mfa-session init NAME, with its options"
        )
    guess = (os.environ.get("AWS_PROFILE") or "").removesuffix("-bootstrap")
    default = "" if drafting.name_is_wrong(guess) else guess
    return tty_questions.ask("a name for the account", default, _wrong_name)


def _wrong_name(name: str) -> str | None:
    why = drafting.name_is_wrong(name)
    return f"{name!r} {why}" if why else None


def _named(name: str) -> str:
    if why := _wrong_name(name):
        raise ConfigError(why, "it is the NAME of the file .env.NAME: mfa-session init test")
    return name


def _check_place(name: str, path: str, here: str) -> None:
    """Nothing is asked where the file could not be written, or would not be the one that its name leads to."""
    if os.path.lexists(path):
        raise drafting.exists(path)
    if unversioned.tracked(path):
        raise ConfigError(
            "git tracks a file of this name, so that it can't be ignored",
            f"take it out: git rm --cached {shlex.quote(path)}; or choose another folder: --dir",
            path=_brief(path),
        )
    places = _places(name, here)
    if os.path.realpath(path) not in places:
        return  # only --env-file will lead there
    rank = places.index(os.path.realpath(path))
    if before := next(filter(os.path.isfile, places[:rank]), None):
        raise ConfigError(
            f"is what {name} means here, so that a new {_brief(path)} would not count",
            "move it away, or choose another name",
            path=_brief(before),
        )
    for other in filter(os.path.isfile, places[rank + 1 :]):
        tty.notice(f"note: here, the new file will count more than {_brief(other)}")


def _places(name: str, here: str) -> list[str]:
    """Where a file is looked for if the account is named, the first one first."""
    folders = accounts.folders(os.environ, here)
    return [os.path.realpath(os.path.join(folder, f".env.{name}")) for folder in folders]


def _show(path: str, text: str, ignored: tuple[str, str] | None) -> None:
    tty.notice("\n".join([f"{_brief(path)} will be:", *[f"  {line}".rstrip() for line in text.splitlines()]]))
    if ignored:
        tty.notice(f"and so that git leaves it alone, {_brief(ignored[0])} gets the line {ignored[1]}")


def _brief(path: str) -> str:
    """As a person would type it from here."""
    home = os.environ.get("HOME")
    for start, short in ((accounts.here(), ""), (home, "~/")):
        if start and path.startswith(f"{start.rstrip('/')}/"):
            return short + path.removeprefix(f"{start.rstrip('/')}/")
    return path


def _first_session(name: str, path: str, here: str) -> int:
    by_name = os.path.realpath(path) in _places(name, here)
    try:
        found = accounts.find(name, None if by_name else path, os.environ, here)
        session, _ = sessions.get(found, request.Wanted(), f"init {name}", os.environ)
    except MfaSessionError as error:
        # Run again, this would say that the file is there.
        again = [_AGAIN.sub("", hint) for hint in error.hints]
        tty.explain(MfaSessionError(error.message, *filter(None, again)))
        tty.notice(f"there is no session yet; {_brief(path)} is written, and stays")
        tty.notice(f"hint: to try again, type: {_to_source(name, path, here)}")
        if by_name:
            tty.notice(f"hint: to see what is wrong, type: mfa-session doctor {name}")
        return error.exit_code
    tty.notice(formats.live(session).replace(" is live", " is ready: live", 1))
    return _next(name, path, here)


def _next(name: str, path: str, here: str) -> int:
    tty.notice(f"to use it, type: {_to_source(name, path, here)}")
    if os.path.realpath(path) in _places(name, here):
        tty.notice(f"to see how safe its base key is, type: mfa-session doctor {name}")
    return 0


def _to_source(name: str, path: str, here: str) -> str:
    """What loads its session: by its name, where that leads to it."""
    by_name = os.path.realpath(path) in _places(name, here)
    return shells.to_source(name if by_name else f"--env-file {shlex.quote(path)}", os.environ)
