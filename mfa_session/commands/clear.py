"""`mfa-session clear`: sessions are forgotten, so that the next one who asks needs a touch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mfa_session import accounts, servers, sessions, tty, wiring
from mfa_session.errors import ConfigError, MfaSessionError

if TYPE_CHECKING:
    from mfa_session.accounts import Found
    from mfa_session.session import Session


def run(account: str | None, env_file: str | None, *, everything: bool) -> int:
    """Forget the sessions of one account, or all of them, and say how many there were."""
    store = wiring.store(os.environ)
    if everything:
        name, path, count = "", "", store.clear_all()
    else:
        name, path, keys = _meant(store.sessions(), account, env_file)
        count = store.clear(keys)
    print(f"{count} session{'' if count == 1 else 's'} forgotten")
    live = os.environ.get("MFA_SESSION_PROFILE")
    if live and (everything or live == name):
        tty.notice(f"the session of {live} is still in this shell")
        tty.notice("hint: to take it out of there, type: mfa_session_deactivate")
    for server in servers.running(os.environ):
        served = [
            one.account
            for one in server.served
            if one.left > 0 and (everything or (one.is_of(name, path) if path else one.account == name))
        ]
        if served:
            tty.notice(
                f"the session of {served[0]} is still in the memory of the server on port {server.port}"
            )
            tty.notice(f"hint: to end it, type: mfa-session serve --stop --port {server.port}")
    return 0


def _meant(kept: dict[str, Session], account: str | None, env_file: str | None) -> tuple[str, str, set[str]]:
    """The account's name and file, and what its sessions are kept under; where the file is gone, there may still be some."""
    try:
        found = accounts.find(account, env_file, os.environ, accounts.here())
        return found.name, found.path, _keys(found, kept)
    except ConfigError as error:
        keys = {key for key, session in kept.items() if account and session.account == account}
        if not keys:
            hint = "to forget all sessions, type: mfa-session clear --all"
            raise ConfigError(error.message, hint) from None
        return account or "", "", keys


def _keys(found: Found, kept: dict[str, Session]) -> set[str]:
    """Those that it has led to, with options or without; and those that another file, of the same text, has."""
    of_file = {key for key, session in kept.items() if session.path == found.path}
    if found.profile:  # of one file there are many
        of_file = {key for key in of_file if kept[key].account == found.name}
    try:
        return of_file | set(sessions.keys_of(found, os.environ))
    except MfaSessionError:  # there is a mistake in it by now
        if found.profile and not of_file:
            raise
        return of_file
