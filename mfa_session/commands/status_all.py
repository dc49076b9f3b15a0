"""`mfa-session status --all`: the session in this shell, and those that are kept for all processes."""

from __future__ import annotations

import json
import os

from mfa_session import durations, formats, tty, wiring
from mfa_session.commands import status as one


def run(status: one.Status | None, *, as_json: bool, short: bool) -> int:
    """Print them; the exit code is 0 if any lives, else 1."""
    store = wiring.store(os.environ)
    kept = [
        one.Status(
            tty.printable(session.account),
            session.account_id,
            session.access_key_id,
            session.expires,
            session.role,
            session.scope,
        )
        for session in store.sessions().values()
    ]
    if as_json:
        print(json.dumps({"shell": one.document(status), "stored": [one.document(other) for other in kept]}))
    elif short:
        for other in kept:
            print(other.title, durations.brief(other.left))
    else:
        one.show(status, os.environ)
        where = store.place.where if store.place else None
        print(
            f"kept in {where}:"
            if kept
            else f"none kept in {where}"
            if where
            else "none kept: there is no store"
        )
        width = max((len(other.title) for other in kept), default=0)
        for other in kept:
            here = " (in this shell too)" if status and status.access_key_id == other.access_key_id else ""
            print(
                f"  {other.title.ljust(width)}  {other.account_id}  ****{other.access_key_id[-4:]}"
                f"  until {formats.local(other.expires)}, {durations.brief(other.left)} left{here}"
            )
    return 0 if kept or (status and status.left > 0) else 1
