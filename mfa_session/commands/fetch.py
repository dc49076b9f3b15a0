"""Fetches one session for a server, and ends: so that the server itself needs no AWS SDK, and can give up what hangs."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from mfa_session import process, sessions, shells, wiring
from mfa_session.errors import MfaSessionError, NotAvailable
from mfa_session.memory_place import MemoryPlace
from mfa_session.serving import order as orders
from mfa_session.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mfa_session.serving.order import Order


def run(_: Sequence[str]) -> int:
    """An order comes through stdin, its answer goes to stdout; the exit code is 0 with either answer."""
    process.hide()
    process.end_with_parent()
    order = orders.read(sys.stdin.read())
    try:
        text = _fetched(order)
    except MfaSessionError as error:
        text = orders.failed(error)
    sys.stdout.write(text)
    return 0


def _fetched(order: Order) -> str:
    def late() -> MfaSessionError:
        error = NotAvailable(
            f"nobody has approved a session of {order.name} within {order.seconds:.0f} seconds",
            f"type: {shells.to_source(order.name, os.environ)}",
        )
        error.of_person = error.unanswered = True
        return error

    shared = wiring.store(os.environ)
    memory = MemoryPlace(order.kept)
    store = shared if shared.place else Store(memory, lambda _: None)
    limited = process.within(order.seconds, late) if order.seconds else contextlib.nullcontext()
    with limited:
        session, _ = sessions.get(
            order.found, order.wanted(), f"serve {order.name}", os.environ, order.limits(), store=store
        )
    return orders.fetched(session, memory.texts)
