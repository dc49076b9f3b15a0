"""`mfa-session configure`: a profile in the AWS config file, through which programs fetch the session by themselves."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from mfa_session import accounts, request, sessions, tty, wiring
from mfa_session.errors import Denied

if TYPE_CHECKING:
    from mfa_session.scope import Scope


def run(
    account: str | None,
    env_file: str | None,
    profile: str | None,
    scope: Scope,
    *,
    remove: bool,
    yes: bool,
) -> int:
    """Show the change of the AWS config file, and make it; `profile` is the account's name unless given."""
    if remove:  # needs no account's file, which may have gone before
        name = account or profile or accounts.find(account, env_file, os.environ, accounts.here()).name
        edit = wiring.config_entry(profile or name, name, os.environ).removing()
    else:
        name, words, region = settings(account, env_file, scope)
        edit = wiring.config_entry(profile or name, name, os.environ).adding(words, region)
    if edit.lines:
        tty.notice("\n".join([f"{edit.path} changes in these lines:", *edit.lines]))
        if not yes and tty.there() and not tty.confirm(f"write this to {edit.path}? [Y/n] "):
            raise Denied(f"{edit.path} is as it was")
        edit.save()
    tty.notice(edit.outcome)
    if not remove:
        _warn_of_rivals()
    return 0


def settings(account: str | None, env_file: str | None, scope: Scope) -> tuple[str, list[str], str | None]:
    """The account's name, the words of its credential_process, and its region."""
    found = accounts.find(account, env_file, os.environ, accounts.here())
    scope = sessions.scope_of(found, scope, os.environ)
    there = as_read_there(found)
    region = sessions.region_of(there, request.Wanted(scope=scope), os.environ)
    return found.name, words_for(there, scope), plain(region)


def words_for(there: accounts.Found, scope: Scope) -> list[str]:
    """The credential_process of this account; `as_read_there` has made `there`."""
    words = [*wiring.credential_line(os.environ), there.path]
    if there.profile:
        words.append(f"--aws-profile={there.profile}")
    return [*words, *scope.words]


def plain(region: str | None) -> str | None:
    """The region, if a config file can name it: a profile's can be anything."""
    return region if re.fullmatch(r"[\w-]+", region or "", re.ASCII) else None


def as_read_there(found: accounts.Found) -> accounts.Found:
    """The account as a profile's line names it: neither an argument nor AWS_PROFILE says which it is, or which key."""
    path = _absolute(found.path)
    if found.profile:
        return accounts.Found(found.name, path, profile=found.profile)
    return accounts.Found(accounts.name_of(path), path, own=True)


def _absolute(path: str) -> str:
    """`path` as it holds everywhere, and as it was meant: of symlinks, only those before a `..` are resolved."""
    path = os.path.join(accounts.here(), path)
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name) if ".." in folder.split("/") else path


def _warn_of_rivals() -> None:
    if not os.environ.get("AWS_ACCESS_KEY_ID"):
        return
    tty.notice("warning: AWS_ACCESS_KEY_ID is set in this shell, and most programs prefer it to a profile")
    if os.environ.get("MFA_SESSION_PROFILE"):
        tty.notice("hint: type: mfa_session_deactivate")
    else:
        tty.notice("hint: type: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN")
