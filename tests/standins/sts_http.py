"""The wire of the AWS stand-in: HTTP/1.1 with keep-alive on loopback, one daemon thread a connection."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import socket
import socketserver
import threading
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message


@dataclass(frozen=True)
class Received:
    method: str
    target: str  # path and query exactly as sent: they are part of what was signed
    headers: Message
    body: bytes
    connection: int

    def header(self, name: str) -> str:
        return str(self.headers.get(name, ""))

    def params(self) -> dict[str, str]:
        """Query and form fields together, as the AWS Query protocol allows either place."""
        pairs = parse_qsl(urlsplit(self.target).query, keep_blank_values=True)
        if self.header("Content-Type").startswith("application/x-www-form-urlencoded"):
            pairs += parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return dict(pairs)


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)
    error: str = ""
    length: int | None = None  # of the body that an answer to HEAD describes but does not carry


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a small answer may wait 40 ms for the client's delayed ACK
    server: Server

    def setup(self) -> None:
        super().setup()
        self.number = next(self.server.numbers)

    def _answer(self) -> None:
        body = self._body()
        if body is None:
            self.close_connection = True
            self._send(Reply(HTTPStatus.BAD_REQUEST, b"bad request framing"))
            return
        # self.path has lost a second leading slash (a guard of http.server), which breaks the signature.
        target = self.requestline.split()[1]
        reply = self.server.serve(Received(self.command, target, self.headers, body, self.number))
        if reply is None:
            self.close_connection = True
        else:
            self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _answer  # noqa: N815 - http.server's names

    def _body(self) -> bytes | None:
        """The request's body, or None where its framing is broken."""
        try:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return self._chunks()
            length = int(self.headers.get("Content-Length", "0"))
            return self.rfile.read(length) if length >= 0 else None
        except ValueError:
            return None

    def _chunks(self) -> bytes:
        chunks = []
        while size := int(self.rfile.readline(100).split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline(3)
        while self.rfile.readline(1000).strip():
            pass
        return b"".join(chunks)

    def _send(self, reply: Reply) -> None:
        head = [f"HTTP/1.1 {int(reply.status)} {http.client.responses.get(reply.status, 'Unknown')}"]
        head += [f"Date: {formatdate(self.server.clock(), usegmt=True)}", "Server: aws-stand-in"]
        head += [f"{name}: {value}" for name, value in reply.headers]
        bare = reply.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)  # these must not have a body
        if not bare:
            head.append(f"Content-Length: {len(reply.body) if reply.length is None else reply.length}")
        if self.close_connection:
            head.append("Connection: close")
        text = "\r\n".join([*head, "", ""]).encode("latin-1")
        self.wfile.write(text if bare or self.command == "HEAD" else text + reply.body)

    def log_message(self, *_args: object) -> None:
        """Nothing: requests are recorded by `sts_log`."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # the default of 5 refuses a burst of parallel clients

    def __init__(
        self, port: int, serve: Callable[[Received], Reply | None], clock: Callable[[], float]
    ) -> None:
        self.serve = serve
        self.clock = clock
        self.numbers = itertools.count(1)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's: that asks DNS for the host's name, which can take seconds on a machine without DNS.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: what arrives here is a client that went away; the stand-in's own errors end up in `.bugs`."""

    def close_all(self) -> None:
        """Stop listening and cut every connection, idle or busy."""
        self.shutdown()
        self.server_close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            with contextlib.suppress(OSError):  # its own thread may just have closed it
                connection.shutdown(socket.SHUT_RDWR)
