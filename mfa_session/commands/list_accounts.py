"""`mfa-session list`: the accounts there are, with their files and their sessions. Nobody is asked."""

from __future__ import annotations

import os

from mfa_session import accounts, durations, sessions, tty, wiring
from mfa_session.errors import MfaSessionError


def run() -> int:
    """Print a line for each; a file with a mistake in it is among them, and the mistake is explained."""
    environ, here = os.environ, accounts.here()
    found = {
        name: accounts.Found(name, path, own=True) for name, path in accounts.files(environ, here).items()
    }
    config = accounts.aws_config(environ, here) or ""
    for name in wiring.profiles(environ):
        if name.removesuffix("-bootstrap") not in found:  # else it is what that one has its key from
            found.setdefault(name, accounts.Found(name, config, profile=name))
    if not found:
        tty.notice("no accounts")
        for hint in accounts.known(environ, here):
            tty.notice(f"hint: {hint}")
        return 1
    kept = wiring.store(environ).sessions()
    rows, mistakes = [], []
    for account, one in found.items():
        name = _shown(account)
        try:
            key = sessions.keys_of(one, environ)[-1]
        except MfaSessionError as error:
            mistakes.append(error)
            rows.append((name, "can't be used", one.path))
            continue
        session = kept.get(key)
        rows.append((name, f"{durations.brief(session.left)} left" if session else "no session", one.path))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for row in rows:
        print(
            "  ".join(
                [*(text.ljust(width) for text, width in zip(row, widths, strict=False)), _brief(row[2])]
            )
        )
    for mistake in mistakes:
        tty.explain(mistake)
    return 0


def _brief(path: str) -> str:
    home = os.environ.get("HOME")
    return _shown(f"~{path.removeprefix(home)}" if home and path.startswith(f"{home}/") else path)


def _shown(name: str) -> str:
    """In one line, whatever a file may be called."""
    return tty.printable(name, keep="")
