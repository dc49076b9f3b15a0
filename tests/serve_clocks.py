"""Clocks that a test of a server moves, and what it serves by them."""

from __future__ import annotations

import time
from types import SimpleNamespace

from mfa_session import servers
from mfa_session import session as sessions
from mfa_session.serving import entry, order

HOUR = 3600
TEXTS = ("account", "account_id", "access_key_id", "secret_access_key", "session_token")


class Clocks:
    """The seconds since the epoch that sessions go by, and the monotonic ones of a pause."""

    def __init__(self, monkeypatch) -> None:
        self.now, self.monotonic = 0, 1000.0
        monkeypatch.setattr(sessions, "time", SimpleNamespace(time=lambda: self.now))
        still = SimpleNamespace(monotonic=lambda: self.monotonic, time=time.time)
        monkeypatch.setattr(entry, "time", still)


def made(asker: entry.Asker, *words: str, session: sessions.Session | None = None) -> entry.Entry:
    wish = order.Order("test", "", words=words)
    return entry.Entry(wish, asker, lambda: None, servers.Served("test"), session)
