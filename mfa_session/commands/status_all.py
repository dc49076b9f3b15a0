"""`mfa-session status --all`: the session in this shell, those that are kept for all processes, and those that are served."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from mfa_session import durations, formats, servers, tty, wiring
from mfa_session.commands import status as one

if TYPE_CHECKING:
    from mfa_session.servers import Served
    from mfa_session.session import Session


def run(status: one.Status | None, *, as_json: bool, short: bool) -> int:
    """Print them; the exit code is 0 if any lives, else 1."""
    store = wiring.store(os.environ)
    kept = [_status(session) for session in store.sessions().values()]
    served = [
        (server.port, address, _status(address))
        for server in servers.running(os.environ)
        for address in server.served
    ]
    if as_json:
        document = {
            "shell": one.document(status),
            "stored": [one.document(other) for other in kept],
            "served": [_document(port, address, other) for port, address, other in served],
        }
        print(json.dumps(document))
    elif short:
        known = {other.access_key_id for other in kept}
        fresh = [other for _, _, other in served if other.expires and other.access_key_id not in known]
        for other in (*kept, *fresh):
            print(other.title, durations.brief(other.left) if other.left > 0 else "expired")
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
                f"  {formats.rest(other)}{here}"
            )
        _show_served(served)
    lives = any(other.left > 0 for other in (status, *(other for *_, other in served)) if other)
    return 0 if kept or lives else 1


def _show_served(served: list[tuple[int, Served, one.Status]]) -> None:
    """Nothing where there is no server: most people have none."""
    if served:
        print("served:")
    width = max((len(other.title) for *_, other in served), default=0)
    for port, address, other in served:
        facts = f"{other.account_id}  {_rest(other)}, on port {port}{_note(address)}"
        print(f"  {other.title.ljust(width)}  {facts}")


def _rest(status: one.Status) -> str:
    if not status.expires:
        return "no session just now"
    expired = f"expired {durations.brief(-status.left)} ago"
    return f"****{status.access_key_id[-4:]}  {formats.rest(status) if status.left > 0 else expired}"


def _note(address: Served) -> str:
    if address.asking:
        return f"; asking: {servers.ASKING}"
    trouble = tty.printable(address.trouble.strip().partition("\n")[0], keep="")
    return f"; {trouble}" if trouble else ""


def _document(port: int, address: Served, status: one.Status) -> dict[str, object]:
    facts = one.document(status) | {"port": port, "url": address.url}
    return facts if status.expires else facts | {"access_key_id": None, "expires": None}


def _status(one_of: Session | Served) -> one.Status:
    return one.Status(
        tty.printable(one_of.account),
        tty.printable(one_of.account_id),
        tty.printable(one_of.access_key_id),
        one_of.expires,
        tty.printable(one_of.role),
        one_of.scope,
    )
