"""An address that leads one browser, once, to another address that nobody else may see.

A browser is told where to go by its arguments, which every user of this machine can read: so those name a place on
loopback, and what is to stay secret comes as its answer, in the way that AWS recommends: by a redirect.
"""

from __future__ import annotations

import hmac
import http.server
import secrets
import socketserver
import threading
import time

from mfa_session import peers

_HEAD = 5  # seconds for a client to say what it wants; browsers open connections that they may not use


class Handover:
    """Leads the first who asks for `address` to `target`, within `seconds`. A context manager: it ends with its block."""

    def __init__(self, target: str, seconds: float) -> None:
        self._server = _Server(target, time.monotonic() + seconds)
        self.address = f"http://{self._server.host}{self._server.path}"

    def __enter__(self) -> Handover:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def taken(self, seconds: float | None = None) -> bool:
        """Whether somebody has been led there; waits for it until the time is over, or not longer than this."""
        left = max(0.0, self._server.end - time.monotonic())
        return self._server.taken.wait(left if seconds is None else min(left, seconds))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, target: str, end: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port: int = self.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.path = f"/{secrets.token_urlsafe(32)}"
        self.end = end
        self.taken = threading.Event()
        self._target: str | None = target
        self._lock = threading.Lock()

    def take(self) -> str | None:
        """The target; None for whoever comes second, or late."""
        with self._lock:
            target, self._target = self._target, None
        return target if time.monotonic() < self.end else None

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: whoever goes away in between has got nothing, or is no browser."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = _HEAD

    def do_GET(self) -> None:
        asked = f"{self.headers.get('Host')}{self.path}".encode("utf-8", "replace")
        right = hmac.compare_digest(asked, f"{self.server.host}{self.server.path}".encode())
        # Other users can read the path in the browser's arguments, and ask before the browser does. Where the system
        # does not tell whose the client is, who comes first wins, which is seen: the browser then shows an error.
        right = right and peers.may_have_it(self.client_address[1], self.server.port)
        target = self.server.take() if right else None
        self._answer(302 if target else 404, target)
        if target:
            self.server.taken.set()

    def send_error(self, *_: object, **__: object) -> None:
        """The same for all that is wrong: nobody is told what would be right."""
        self._answer(404)

    def _answer(self, status: int, target: str | None = None) -> None:
        self.close_connection = True
        self.send_response_only(status)
        if target:
            self.send_header("Location", target)
        for name, value in (("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer")):
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: stderr is for people."""
