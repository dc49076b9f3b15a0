"""Requests for credentials, from a process of its own: what to send comes as JSON through stdin, what came back goes to stdout.

one     on one connection, or with `fresh` on a new one for each, as soon as the last is answered
many    from many connections; with a rate, so many a second in all, and then each time is taken from the moment for which
        the request was planned, so that one which has to wait for those before it shows that

Several targets, that is ports and what is sent there, are asked in turns, so that a busy moment meets all of them.
"""

from __future__ import annotations

import array
import asyncio
import calendar
import collections
import contextlib
import json
import selectors
import socket
import sys
import time

TURNS = 20
PATIENCE = 10.0  # seconds after the end, for what is still unanswered


class Answers:
    """What has come back. `bodies` are the different ones, with how many of each; times are in seconds."""

    def __init__(self) -> None:
        self.times = array.array("d")
        self.late = array.array("d")  # by how much this very program was, where nothing kept it
        self.errors: collections.Counter[str] = collections.Counter()
        self.bodies: collections.Counter[bytes] = collections.Counter()
        self.expired = 0
        self._ends: dict[bytes, float] = {}

    def take(self, status: int, body: bytes, seconds: float) -> None:
        now = time.time()
        self.times.append(seconds)
        if status != 200:
            self.errors[f"{status} {body[:200].decode(errors='replace')}"] += 1
            return
        self.bodies[body] += 1
        if body not in self._ends:
            self._ends[body] = end_of(body)
        self.expired += now >= self._ends[body]

    def told(self) -> dict[str, object]:
        return {
            "requests": len(self.times),
            "ms": spread(self.times),
            "late_ms": spread(self.late),
            "errors": dict(self.errors),
            "expired": self.expired,
            "bodies": [(body.decode(), count) for body, count in self.bodies.items()],
        }


class Client(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._got = b""
        self._answer: asyncio.Future[tuple[int, bytes]]
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._answer = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self._got += data
        found = answer(self._got)
        if found and not self._answer.done():
            self._got = b""
            self._answer.set_result(found)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed by the server"))

    def ask(self) -> asyncio.Future[tuple[int, bytes]]:
        if self._transport.is_closing():
            raise ConnectionError("closed by the server")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(self._request)
        return self._answer


def answer(data: bytes) -> tuple[int, bytes] | None:
    """Its status and its body, once it is complete."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return None
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    return (int(head[9:12]), body) if len(body) >= length else None


def end_of(body: bytes) -> float:
    """When the session is over, in seconds since the epoch; long ago where that can't be read."""
    try:
        return float(calendar.timegm(time.strptime(json.loads(body)["Expiration"], "%Y-%m-%dT%H:%M:%SZ")))
    except (ValueError, KeyError, TypeError):
        return 0.0


def spread(seconds: array.array[float]) -> dict[str, float]:
    """Median, 99th percentile and greatest, in milliseconds."""
    ordered = sorted(seconds) or [0.0]
    at = {"median": len(ordered) // 2, "p99": len(ordered) * 99 // 100, "max": len(ordered) - 1}
    return {name: ordered[place] * 1000 for name, place in at.items()}


def one(targets: list[tuple[int, str]], count: int, fresh: bool) -> list[dict[str, object]]:
    found = [Answers() for _ in targets]
    kept = [_connected(port) for port, _ in targets]
    for _ in range(TURNS):
        for connection, (port, text), answers in zip(kept, targets, found, strict=True):
            request = text.encode()
            for _ in range(count // TURNS):
                start = time.perf_counter()
                with contextlib.nullcontext(connection) if not fresh else _connected(port) as asked:
                    asked.sendall(request)
                    data = asked.recv(65536)
                    while (got := answer(data)) is None:
                        data += asked.recv(65536)
                    answers.take(*got, time.perf_counter() - start)
    return [answers.told() for answers in found]


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Load:
    """Requests from many connections to one port, which stay open."""

    def __init__(self, port: int, request: str) -> None:
        self.found = Answers()
        self.seconds = 0.0
        self._port = port
        self._request = request.encode()
        self._clients: list[Client] = []

    async def go(self, connections: int, count: int, rate: float | None) -> None:
        """Without a `rate`, each as soon as the last one of its connection is answered."""
        while len(self._clients) < connections:
            self._clients.append(await self._connected())
        begin = asyncio.get_running_loop().time() + 0.05
        tasks = [
            asyncio.create_task(self._work(number, begin, range(number, count, connections), rate))
            for number in range(connections)
        ]
        done, late = await asyncio.wait(tasks, timeout=PATIENCE + (count / rate if rate else 600))
        for task in done:
            if error := task.exception():
                self.found.errors[f"{type(error).__name__}: {error}"] += 1
        if late:
            self.found.errors["no answer"] += len(late)
        self.seconds += asyncio.get_running_loop().time() - begin

    async def _connected(self) -> Client:
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(lambda: Client(self._request), "127.0.0.1", self._port)
        return client

    async def _work(self, number: int, begin: float, places: range, rate: float | None) -> None:
        now = asyncio.get_running_loop().time
        for place in places:
            planned = begin + place / rate if rate else now()
            if (early := planned - now()) > 0:
                await asyncio.sleep(early)
                self.found.late.append(now() - planned)
            try:
                status, body = await self._clients[number].ask()
            except OSError as error:
                self.found.errors[f"{type(error).__name__}: {error}"] += 1
                self._clients[number] = await self._connected()
            else:
                self.found.take(status, body, now() - planned)


async def many(
    targets: list[tuple[int, str]], connections: int, count: int, rate: float | None, turns: int = 1
) -> list[dict[str, object]]:
    loads = [Load(port, request) for port, request in targets]
    for _ in range(turns):
        for one_load in loads:
            await one_load.go(connections, count // turns, rate)
    return [one_load.found.told() | {"seconds": one_load.seconds} for one_load in loads]


def main() -> None:
    wanted = json.load(sys.stdin)
    if wanted.pop("how") == "one":
        found = one(**wanted)
    else:
        # select() waits for microseconds, where epoll() as asyncio uses it waits for whole milliseconds.
        loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
        found = loop.run_until_complete(many(**wanted))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
