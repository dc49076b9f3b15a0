"""`mfa-session clear`: sessions are forgotten, so that the next one who asks needs a touch."""

from __future__ import annotations

import os

from mfa_session import accounts, tty, wiring


def run(account: str | None, env_file: str | None, *, everything: bool) -> int:
    """Forget the sessions of one account, or all of them, and say how many there were."""
    store = wiring.store(os.environ)
    kept = store.sessions()
    if everything:
        chosen = set(kept)
    else:
        name, path = _meant(account, env_file)
        chosen = {key for key, session in kept.items() if session.path == path or session.account == name}
    count = store.clear(chosen)
    print(f"{count} session{'' if count == 1 else 's'} forgotten")
    live = os.environ.get("MFA_SESSION_PROFILE")
    if live and (everything or live == name):
        tty.notice(f"the session of {live} is still in this shell")
        tty.notice("hint: to take it out of there, type: mfa_session_deactivate")
    return 0


def _meant(account: str | None, env_file: str | None) -> tuple[str, str]:
    """The account's name and its file; of an account whose file is gone, there may still be a session."""
    from mfa_session.errors import ConfigError

    try:
        found = accounts.find(account, env_file, os.environ, accounts.here())
    except ConfigError:
        if account:
            return account, ""
        raise
    return found.name, found.path
