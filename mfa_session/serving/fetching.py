"""Sessions that are fetched by a process of their own: see `commands.fetch`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from mfa_session import formats, proc, proc_apart
from mfa_session.errors import MfaSessionError, NotAvailable
from mfa_session.serving import order as orders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mfa_session.serving.order import Kept, Order
    from mfa_session.session import Session

_LONG = 3600.0  # seconds: a person who is there ends it by Ctrl-C
_GRACE = 8  # seconds, beyond what it gives itself
_LINES = 20  # of what it says that are passed on


class Fetcher:
    """Callable from any thread. `heard`: a person is there, and reads what is said on stderr; else `say` is told."""

    def __init__(
        self, environ: Mapping[str, str], say: Callable[[str], None], *, heard: bool = False
    ) -> None:
        # What the caller's shell says of another session, or profile, says nothing of what is to be fetched.
        self._environ = formats.outside(environ)
        self._say = say
        self._heard = heard
        self._running: set[proc.Running] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def __call__(self, order: Order) -> tuple[Session, Kept]:
        """Raises MfaSessionError."""
        words = proc_apart.own_words("fetch")
        try:
            with self._lock:
                if self._stopped:
                    raise MfaSessionError("the server is ending")
                running = proc.Running(
                    words, self._environ, orders.text(order), with_children=True, heard=self._heard
                )
                self._running.add(running)
        except OSError as error:
            raise NotAvailable(f"{words[0]} can't be started: {error.strerror}") from None
        try:
            result = running.wait(_LONG if order.seconds is None else order.seconds + _GRACE)
        except proc.TimedOut:
            late = NotAvailable(f"what was to fetch a session of {order.name} has not ended in time")
            late.of_person = late.unanswered = True
            raise late from None
        finally:
            self._running.discard(running)
        for line in result.stderr.splitlines()[:_LINES]:
            self._say(line.removeprefix("mfa-session: "))
        return orders.answer(result.stdout)

    def stop(self) -> None:
        """End what is under way, with all that it has started."""
        with self._lock:
            self._stopped = True
            for running in list(self._running):
                running.stop()
