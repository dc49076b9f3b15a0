"""`mfa-session clear`: sessions are forgotten, so that the next one who asks needs a touch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mfa_session import accounts, sessions, tty, wiring
from mfa_session.errors import ConfigError, MfaSessionError

if TYPE_CHECKING:
    from mfa_session.accounts import Found
    from mfa_session.session import Session


def run(account: str | None, env_file: str | None, *, everything: bool) -> int:
    """Forget the sessions of one account, or all of them, and say how many there were."""
    store = wiring.store(os.environ)
    if everything:
        name, count = "", store.clear_all()
    else:
        name, keys = _meant(store.sessions(), account, env_file)
        count = store.clear(keys)
    print(f"{count} session{'' if count == 1 else 's'} forgotten")
    live = os.environ.get("MFA_SESSION_PROFILE")
    if live and (everything or live == name):
        tty.notice(f"the session of {live} is still in this shell")
        tty.notice("hint: to take it out of there, type: mfa_session_deactivate")
    return 0


def _meant(kept: dict[str, Session], account: str | None, env_file: str | None) -> tuple[str, set[str]]:
    """The account's name, and what its sessions are kept under; of one whose file is gone there may still be some."""
    try:
        found = accounts.find(account, env_file, os.environ, accounts.here())
    except ConfigError as error:
        keys = {key for key, session in kept.items() if account and session.account == account}
        if keys:
            return account or "", keys
        raise ConfigError(error.message, "to forget all sessions, type: mfa-session clear --all") from None
    return found.name, {key for key, session in kept.items() if session.path == found.path} | _key(found)


def _key(found: Found) -> set[str]:
    """A session that another file, of the same text, has led to is this one's too."""
    try:
        return {sessions.key_of(found, os.environ)}
    except MfaSessionError:  # the file has a mistake in it by now
        return set()
