"""`mfa-session status --watch`: every session and what is left of it, for as long as one likes to look."""

from __future__ import annotations

import os
import select
import sys
import time
from typing import TYPE_CHECKING

from mfa_session import servers, watching, watching_layout, wiring
from mfa_session.commands import status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.tty_watch import Screen
    from mfa_session.watching import Row

_STORE_EVERY = 1.9  # seconds: on macOS it is the Keychain, and the ticks are a second apart, more or less


def run() -> int:
    """Until the person has seen enough: 0. Without a screen, lines go to stdout, until nobody reads them."""
    look = _Look(os.environ)
    try:
        from mfa_session import tty_watch  # not every Python has curses
    except ImportError:
        return _tell(look)
    if not tty_watch.is_able(os.environ):
        return _tell(look)
    with tty_watch.opened(os.environ) as screen:
        return _show(look, screen)


class _Look:
    """Nobody is asked, and nothing is renewed by it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._store = wiring.store(environ)
        self._memory = watching.Memory()
        self._slow: list[Row] = []
        self._next = 0.0

    def rows(self, now: int) -> list[Row]:
        if time.monotonic() >= self._next:
            self._slow = self._read()
            self._next = time.monotonic() + _STORE_EVERY
        here = [one for one in self._slow if one.left(now) > 0 or watching.HERE in one.places]
        served = [
            watching.row(one, f"port {server.port}", f"{server.port} {one.url}")
            for server in servers.running(self._environ)
            for one in server.served
        ]
        return self._memory.merged(now, [*here, *served])

    def _read(self) -> list[Row]:
        shell = status.read(self._environ)
        kept = self._store.sessions().values()
        return [
            *([watching.row(shell, watching.HERE)] if shell else []),
            *(watching.row(one, "kept") for one in kept),
        ]


def _show(look: _Look, screen: Screen) -> int:
    while True:
        now = time.time()
        width, height = screen.size()
        screen.draw(watching_layout.picture(int(now), look.rows(int(now)), width, height))
        if screen.wait(_next_second()):
            return 0


def _tell(look: _Look) -> int:
    log = watching.Log()
    while True:
        now = int(time.time())
        for line in log.news(now, look.rows(now)):
            print(line)
        sys.stdout.flush()
        if _is_unread(_next_second()):
            raise BrokenPipeError


def _is_unread(seconds: float) -> bool:
    """Whether stdout's reader goes away within this time."""
    waiter = select.poll()
    waiter.register(sys.stdout.fileno(), 0)
    found = waiter.poll(seconds * 1000)
    if any(event & (select.POLLERR | select.POLLHUP) for _, event in found):
        return True
    if found:  # what can't be waited for
        time.sleep(seconds)
    return False


def _next_second() -> float:
    return 1 - time.time() % 1
