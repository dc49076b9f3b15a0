"""Everything that is not STS: `moto` behind the door that the stand-in keeps."""

from __future__ import annotations

import http.client
import logging
import threading
from typing import TYPE_CHECKING

from standins.sts_http import Received, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moto.server import ThreadedMotoServer

# They describe one connection, not the message, and there are two connections here.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect", "date", "server"}


class Gateway:
    """A moto server that starts, empty, when the first request needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: ThreadedMotoServer | None = None

    def forward(self, received: Received, account_id: str) -> Reply:
        connection = http.client.HTTPConnection(*self._address(), timeout=60)
        try:
            connection.putrequest(received.method, received.target, skip_host=True, skip_accept_encoding=True)
            for name, value in _end_to_end(received.headers.items()):
                connection.putheader(name, value)
            connection.putheader("x-moto-account-id", account_id)
            connection.putheader("Content-Length", str(len(received.body)))
            connection.endheaders(received.body)
            answer = connection.getresponse()
            length = answer.getheader("Content-Length")
            described = int(length) if length and received.method == "HEAD" else None
            return Reply(answer.status, answer.read(), _end_to_end(answer.getheaders()), length=described)
        finally:
            connection.close()

    def stop(self) -> None:
        with self._lock:
            server, self._server = self._server, None
        if server:
            # Its loop looks only twice a second whether to end; nobody needs to wait for that.
            threading.Thread(target=server.stop, daemon=True).start()

    def _address(self) -> tuple[str, int]:
        with self._lock:
            if self._server is None:
                from moto.server import ThreadedMotoServer  # takes a second, and most tests never get here

                logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else each request is a line on stderr
                server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
                server.start()
                _empty(*server.get_host_and_port())
                self._server = server
            return self._server.get_host_and_port()


def _empty(host: str, port: int) -> None:
    """Forget what an earlier stand-in left: moto's world belongs to the process, not to its server."""
    connection = http.client.HTTPConnection(host, port, timeout=60)
    connection.request("POST", "/moto-api/reset")
    connection.getresponse().read()
    connection.close()


def _end_to_end(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]
