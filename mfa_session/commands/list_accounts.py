"""`mfa-session list`: the accounts there are, with their files and their sessions. Nobody is asked."""

from __future__ import annotations

import os

from mfa_session import accounts, durations, tty, wiring
from mfa_session.errors import MfaSessionError


def run() -> int:
    """Print a line for each; a file with a mistake in it is among them, and the mistake is explained."""
    environ, here = os.environ, accounts.here()
    found = accounts.files(environ, here)
    if not found:
        tty.notice("no accounts")
        for hint in accounts.known(environ, here):
            tty.notice(f"hint: {hint}")
        return 1
    kept = wiring.store(environ).sessions()
    rows, mistakes = [], []
    for name, path in found.items():
        try:
            account_id, key = _read(name, path)
        except MfaSessionError as error:
            mistakes.append(error)
            rows.append((name, "?", "can't be used", path))
            continue
        session = kept.get(key)
        rows.append(
            (name, account_id, f"{durations.brief(session.left)} left" if session else "no session", path)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print(
            "  ".join(
                [*(text.ljust(width) for text, width in zip(row, widths, strict=False)), _brief(row[3])]
            )
        )
    for mistake in mistakes:
        tty.explain(mistake)
    return 0


def _read(name: str, path: str) -> tuple[str, str]:
    from mfa_session import envfile, identity

    account = envfile.load(accounts.Found(name, path), os.environ)
    return account.account_id, identity.of_account(account, wiring.keys(account, os.environ).name, os.environ)


def _brief(path: str) -> str:
    home = os.environ.get("HOME")
    return f"~{path.removeprefix(home)}" if home and path.startswith(f"{home}/") else path
