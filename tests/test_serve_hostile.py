"""Clients that mean a credential server no good: slow ones, very many, and those that ask and never read."""

from __future__ import annotations

import contextlib
import itertools
import re
import resource
import select
import signal
import socket
import statistics
import struct
import threading
import time
from pathlib import Path

import pytest
from crowds import wait_for
from serve_runs import serve
from serve_wire import assert_calm, wire

pytestmark = pytest.mark.one_python

USUAL = "GET /test HTTP/1.1|Host: HOST|Authorization: TOKEN"
SHORT = b"GET / HTTP/1.1\r\nHost:x\r\n\r\n"
ENDED = select.POLLHUP | select.POLLERR | select.POLLRDHUP
AT_ONCE = 1.0  # seconds in which a client with the right token has its answer: SDKs give up then
FILES = 2000


@pytest.fixture
def many_files():
    """For this test alone: a thousand connections are a thousand open files."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[0] < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def connected(server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), 10)


def ended(connections) -> set[int]:
    """The indices of those that the server has ended; what it has sent is not read."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection, ENDED)
    gone = {number for number, _ in poll.poll(0)}
    return {index for index, connection in enumerate(connections) if connection.fileno() in gone}


def seconds_to_answer(server, times: int = 5) -> float:
    """Of a client with the right token, each time on a connection of its own; the median, since others use this machine."""
    taken = []
    for _ in range(times):
        begun = time.monotonic()
        assert server.get()[0] == 200
        taken.append(time.monotonic() - begun)
    return statistics.median(taken)


def memory(server) -> float:
    """MB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{server.process.pid}/status").read_text())[1]) / 1024


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def trickle(connection: socket.socket, stop: threading.Event) -> None:
    with contextlib.suppress(OSError):
        for number in itertools.count():
            connection.sendall(b"X-%d: y\r\n" % number)
            if stop.wait(0.3):
                return


def flood(connection: socket.socket, data: bytes, *, reads: bool, stop: threading.Event) -> None:
    """As much as it takes."""
    connection.settimeout(0.2)
    while not stop.is_set():
        with contextlib.suppress(socket.timeout):
            try:
                connection.send(data)
                while reads and connection.recv(65536):
                    pass
            except OSError as error:
                if not isinstance(error, socket.timeout):
                    return


def test_slow_clients_are_ended_and_keep_nobody_waiting(runtime):
    with serve(runtime) as server, contextlib.ExitStack() as stack:
        stop = threading.Event()
        stack.callback(stop.set)
        usual = wire(server, USUAL)
        begun = time.monotonic()
        first = {
            "nothing": b"",
            "half a line": b"GET /te",
            "a line": b"GET /test HTTP/1.1\r\n",
            "all but the last byte": usual[:-1],
            "half of the second request": usual + usual[:40],
            "a header now and then": b"GET /test HTTP/1.1\r\n",
            "a body never": b"POST /test HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
            "reads nothing": b"",
        }
        connections = {what: stack.enter_context(connected(server)) for what in first}
        polite = stack.enter_context(connected(server))
        polite.sendall(usual)
        for what, data in first.items():
            connections[what].sendall(data)
        threads = [
            threading.Thread(target=trickle, args=(connections["a header now and then"], stop)),
            threading.Thread(
                target=flood,
                args=(connections["reads nothing"], usual * 20_000),
                kwargs={"reads": False, "stop": stop},
            ),
        ]
        for thread in threads:
            thread.start()
        gone: dict[str, float] = {}
        taken = []
        while len(gone) < len(connections) and time.monotonic() < begun + 30:
            taken.append(seconds_to_answer(server, 1))
            for index in ended(list(connections.values())):
                gone.setdefault(list(connections)[index], time.monotonic() - begun)
            time.sleep(0.05)
        stop.set()
        for thread in threads:
            thread.join()
        assert gone.keys() == connections.keys()
        assert gone.pop("a body never") < 4
        assert all(4 < seconds < 20 for seconds in gone.values()), gone  # 5, and 1 between two looks
        assert sorted(taken)[len(taken) * 9 // 10] < AT_ONCE
        assert not ended([polite])  # whoever has asked, and may again, stays
        assert_calm(server)


@pytest.mark.usefixtures("many_files")
def test_a_thousand_idle_ones(runtime):
    with serve(runtime) as server:
        assert seconds_to_answer(server) < AT_ONCE
        before = memory(server)
        with contextlib.ExitStack() as stack:
            polite = stack.enter_context(connected(server))
            crowd = [stack.enter_context(connected(server)) for _ in range(1000)]
            assert seconds_to_answer(server) < AT_ONCE
            assert len(crowd) - len(ended(crowd)) <= 512
            assert ended([polite])  # which has said nothing, for longest
            assert memory(server) - before < 8
        assert seconds_to_answer(server) < AT_ONCE
        assert memory(server) - before < 8
        assert_calm(server)


def test_the_one_that_is_used_stays(runtime):
    """However many say nothing, on a system that allows few: of those the longest silent gives way."""
    with serve(runtime, before=["bash", "-c", 'ulimit -n 64; exec "$0" "$@"']) as server:
        usual = wire(server, USUAL)
        with contextlib.ExitStack() as stack:
            polite, *idle = [stack.enter_context(connected(server)) for _ in range(5)]
            for _ in range(30):
                polite.sendall(usual)
                assert polite.recv(65536).startswith(b"HTTP/1.1 200 ")
                idle.append(stack.enter_context(connected(server)))
            # 20 fit in, and the first is one of them: as many files again are left for what is started.
            wait_for(lambda: len(ended(idle)) >= len(idle) - 19)
            assert ended(idle) == set(range(len(idle) - 19))
            polite.sendall(usual)
            assert polite.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_where_it_may_have_more_files_it_takes_them(runtime):
    few = ["bash", "-c", 'ulimit -S -n 64; exec "$0" "$@"']
    with serve(runtime, before=few) as server, contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connected(server)) for _ in range(60)]
        assert server.get()[0] == 200
        assert not ended(idle)


def test_what_it_has_not_read_yet_is_little(runtime):
    """The system keeps that, which belongs to no process."""
    with serve(runtime) as server, connected(server) as connection:
        server.process.send_signal(signal.SIGSTOP)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        connection.settimeout(0.3)
        sent = 0
        with contextlib.suppress(socket.timeout):
            while sent < 500_000:
                sent += connection.send(b"x" * 1000)
        server.process.send_signal(signal.SIGCONT)
        assert sent < 60_000


def test_those_that_come_and_go(runtime):
    with serve(runtime) as server:
        assert seconds_to_answer(server) < AT_ONCE
        usual, before = wire(server, USUAL), memory(server)
        for number in range(5000):
            connection = connected(server)
            if number % 5 == 1:  # gone before it is answered
                connection.sendall(SHORT)
            elif number % 5 == 2:
                connection.sendall(usual[:-3])
            if number % 2:
                reset(connection)
            else:
                connection.close()
        for number in range(40):  # gone while it is answered
            connection = connected(server)
            connection.sendall(usual * (500 if number % 2 else 1))
            if number % 4 < 3:
                connection.recv(100)
            reset(connection)
        assert seconds_to_answer(server) < AT_ONCE
        assert memory(server) - before < 8
        assert_calm(server)


def test_greedy_clients_get_no_more_than_their_turn(runtime):
    """With no token: each of them asks as fast as it can, thousands of times in one breath."""
    with serve(runtime) as server, contextlib.ExitStack() as stack:
        stop = threading.Event()
        before = memory(server)
        threads = [
            threading.Thread(
                target=flood,
                args=(stack.enter_context(connected(server)), data),
                kwargs={"reads": True, "stop": stop},
            )
            for data in [SHORT * 2000] * 12 + [b"x" * 50_000] * 4
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        taken = seconds_to_answer(server)
        stop.set()
        for thread in threads:
            thread.join()
        assert taken < AT_ONCE
        assert memory(server) - before < 8
        assert_calm(server)
