"""One connection of a client: h11 reads the requests, and what is slow, idle or no HTTP at all is ended.

h11 (https://h11.readthedocs.io) is strict, and what uvicorn and httpcore are built on. Whole HTTP servers wait for a slow
head for ever, or give a thread to it, which here anybody on this machine could make use of.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11

from mfa_session import peers
from mfa_session.serving import answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from mfa_session.serving.answers import Answer, Request

    Service = Callable[[Request], "Answer | asyncio.Future[Answer]"]

_HEAD = 8192  # bytes of a request
_SLOW = 5.0  # seconds to bring a request, or to take an answer
_IDLE = 60.0  # seconds between two requests


class Connections:
    """Those that are open, in the order of their last use. `service` answers their requests.

    `most` is how many there can be at once: beyond that, the one that has been idle for longest gives way.
    """

    def __init__(self, service: Service, port: int, most: int) -> None:
        self.most = most
        self.service = service
        self.port = port
        self._open: OrderedDict[Connection, None] = OrderedDict()

    def made(self, connection: Connection) -> None:
        self._open[connection] = None
        if len(self._open) > self.most:
            oldest, _ = self._open.popitem(last=False)
            oldest.end()  # at once: many more may come before it is told that it is lost

    def used(self, connection: Connection) -> None:
        if connection in self._open:
            self._open.move_to_end(connection)

    def lost(self, connection: Connection) -> None:
        self._open.pop(connection, None)

    def end_late(self) -> None:
        """To be called every second or so."""
        now = time.monotonic()
        for connection in [connection for connection in self._open if connection.deadline < now]:
            connection.end()


class Connection(asyncio.Protocol):
    """`deadline` is in seconds of time.monotonic(): until then the client has to do something."""

    def __init__(self, connections: Connections) -> None:
        self.deadline = time.monotonic() + _SLOW
        self._connections = connections
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD)
        self._transport: asyncio.Transport
        self._request: h11.Request | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._full = False
        self._more = False
        self._over = False
        self._is_ours: bool | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - that of a stream is one
        self._transport = transport
        self._connections.made(self)

    def connection_lost(self, _: Exception | None) -> None:
        self._connections.lost(self)
        if self._waiting:
            self._waiting.cancel()

    def data_received(self, data: bytes) -> None:
        if not self._over:
            self._read(data)

    def eof_received(self) -> bool:
        self.data_received(b"")
        return not self._over  # an answer that is under way is still sent

    def pause_writing(self) -> None:
        self._full = True
        self.deadline = time.monotonic() + _SLOW

    def resume_writing(self) -> None:
        self._full = False
        self._read(None)

    def end(self) -> None:
        """At once, whatever it is at."""
        self._transport.abort()

    def _read(self, data: bytes | None) -> None:
        try:
            if data is not None:
                self._h11.receive_data(data)
            self._go_on()
        except h11.RemoteProtocolError as error:
            self._end_with(answers.malformed(error.error_status_hint or 400))
        if self._waiting or self._full or self._more:  # what it sends meanwhile, the kernel keeps
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _go_on(self) -> None:
        while not (self._waiting or self._full or self._more or self._over or self._transport.is_closing()):
            event = self._h11.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                if self._h11.trailing_data[0]:  # a request has begun
                    self.deadline = min(self.deadline, time.monotonic() + _SLOW)
                return
            if isinstance(event, h11.Request):
                self._request = event
                if _size(event) > _HEAD:  # h11 itself counts only what is not whole yet
                    self._end_with(answers.malformed(431))
                elif _has_body(event):
                    self._end_with(answers.malformed(413))
            elif isinstance(event, h11.ConnectionClosed):
                self._transport.close()
            elif isinstance(event, h11.EndOfMessage):
                self._respond()
                if self._h11.trailing_data[0]:  # the next one has come already: first the other clients
                    self._more = True
                    asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self._more = False
        if not self._transport.is_closing():
            self._read(None)

    def _respond(self) -> None:
        assert self._request  # noqa: S101 - h11 has given it before its end
        self._connections.used(self)
        request = answers.Request(
            self._request.method,
            self._request.target,
            _only(self._request, b"host"),
            _only(self._request, b"authorization"),
            self._of_this_user,
        )
        answer = self._connections.service(request)
        if isinstance(answer, answers.Answer):
            self._send(answer)
            return
        self._waiting = answer
        self.deadline = time.monotonic() + _SLOW
        answer.add_done_callback(self._answered)

    def _answered(self, answer: asyncio.Future[Answer]) -> None:
        self._waiting = None
        if answer.cancelled() or self._transport.is_closing():
            return
        self._send(answer.result())
        self._read(None)

    def _send(self, answer: Answer) -> None:
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(answer.body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", "GET"))
        if self._over:
            headers.append(("Connection", "close"))
        body = b"" if self._request and self._request.method == b"HEAD" else answer.body
        self.deadline = time.monotonic() + _IDLE
        parts = [
            self._h11.send(
                h11.Response(
                    status_code=answer.status, headers=headers, reason=HTTPStatus(answer.status).phrase
                )
            ),
            self._h11.send(h11.Data(data=body)),
            self._h11.send(h11.EndOfMessage()),
        ]
        self._transport.write(b"".join(part for part in parts if part))
        if self._h11.our_state is h11.MUST_CLOSE:
            self._leave()
        elif self._h11.our_state is h11.DONE:
            self._h11.start_next_cycle()
            self._request = None

    def _end_with(self, answer: Answer) -> None:
        """The client has lost its way: what else it sends can't be understood."""
        self._over = True
        if self._h11.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._send(answer)
        else:
            self._leave()

    def _leave(self) -> None:
        """After the last answer. What else comes is thrown away: a close before that would take the answer, too."""
        self._over = True
        self.deadline = time.monotonic() + _SLOW
        self._transport.write_eof()

    def _of_this_user(self) -> bool:
        if self._is_ours is None:  # for all of a connection, since it is not handed on
            address, port = self._transport.get_extra_info("peername")
            # Another address of the loopback network is nothing that a usual client has, and not looked for there.
            self._is_ours = address == "127.0.0.1" and peers.may_have_it(port, self._connections.port)
        return self._is_ours


def _size(request: h11.Request) -> int:
    return len(request.target) + sum(len(name) + len(value) + 4 for name, value in request.headers)


def _has_body(request: h11.Request) -> bool:
    said = [value for name, value in request.headers if name in (b"transfer-encoding", b"content-length")]
    return said not in ([], [b"0"])


def _only(request: h11.Request, wanted: bytes) -> bytes | None:
    found = [value for name, value in request.headers if name == wanted]
    return found[0] if len(found) == 1 else None
