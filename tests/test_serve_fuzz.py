"""Whatever bytes come to a credential server: it lives, answers in HTTP, and gives nothing to who has not asked rightly."""

from __future__ import annotations

import collections
import contextlib
import os
import re
import socket

import hypothesis
import pytest
from hypothesis import strategies as st
from place_runs import always_the_same
from serve_runs import serve
from serve_wire import assert_calm, replies, wire

pytestmark = pytest.mark.one_python

EXAMPLES = int(os.environ.get("EXAMPLES", "300"))
RIGHT = "GET /test HTTP/1.1|Host: HOST|Authorization: TOKEN"
REQUESTS = [
    RIGHT,
    RIGHT,
    RIGHT,
    RIGHT + "|Connection: close",
    RIGHT + "|Accept: */*|User-Agent: aws-sdk-js/3.9|Accept-Encoding: gzip",
    "GET /test?role=arn:aws:iam::111122223333:user/x HTTP/1.1|Host: HOST|Authorization: TOKEN",
    "GET /nobody HTTP/1.1|Host: HOST|Authorization: TOKEN",
    "GET /test HTTP/1.0|Host: HOST|Authorization: TOKEN",
    "GET /test HTTP/1.1|Host: HOST|Authorization: else",
    "GET /test HTTP/1.1|Host: HOST",
    "GET /test HTTP/1.1|Host: evil.example|Authorization: TOKEN",
    "HEAD /test HTTP/1.1|Host: HOST|Authorization: TOKEN",
    "POST /test HTTP/1.1|Host: HOST|Authorization: TOKEN|Content-Length: 3||abc",
    "POST /test HTTP/1.1|Host: HOST|Authorization: TOKEN|Transfer-Encoding: chunked||3|abc|0",
]
PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b"\0", b":", b"\r\n ", b"%", b"?role=", b"\xff", b"Bearer ", b"HTTP/1.1",
    b"\r\nHost: evil.example", b"\r\nAuthorization: x", b"\r\nContent-Length: 0", b"\r\nContent-Length: 60",
    b"\r\nTransfer-Encoding: chunked", b"\r\nConnection: close", b"\r\nExpect: 100-continue", b"\r\nUpgrade: h2c",
]  # fmt: skip

place = st.integers(0, 10_000)  # of the length of what is changed, in 1/10,000
change = st.one_of(
    st.tuples(st.just("byte"), place, st.integers(0, 255)),
    st.tuples(st.just("case"), place),
    st.tuples(st.just("end"), place),
    st.tuples(st.just("cut"), place, st.integers(1, 30)),
    st.tuples(st.just("put"), place, st.sampled_from(PIECES)),
    st.tuples(st.just("put"), place, st.binary(max_size=20)),
    st.tuples(st.just("long"), place, st.sampled_from([100, 1000, 8000, 9000, 40_000])),
    st.tuples(st.just("twice"), place),
    st.tuples(st.just("lines"), place, place),
)


def changed(data: bytes, how: tuple) -> bytes:
    what, at, *more = how
    lines = data.splitlines(keepends=True) or [b""]
    here, line = at * len(data) // 10_001, at * len(lines) // 10_001
    if what == "byte":
        return data[:here] + bytes(more) + data[here + 1 :]
    if what == "case":
        return data[:here] + data[here : here + 9].swapcase() + data[here + 9 :]
    if what == "end":
        return data[:here]
    if what == "cut":
        return data[:here] + data[here + more[0] :]
    if what == "put":
        return data[:here] + more[0] + data[here:]
    if what == "long":
        return data[:here] + (data[here : here + 1] or b"x") * more[0] + data[here:]
    if what == "twice":
        return b"".join([*lines[: line + 1], *lines[line:]])
    other = more[0] * len(lines) // 10_001
    lines[line], lines[other] = lines[other], lines[line]
    return b"".join(lines)


def rightly_asked(server, data: bytes) -> int:
    """How often at most, in what was sent: one Host and one Authorization, both right, with no line or blank to spare."""
    token, host = server.token().encode(), f"127.0.0.1:{server.port}".encode()
    count = 0
    for head in re.split(rb"\n\r?\n", data):
        head = re.sub(rb"\r?\n[ \t]+", b" ", head)  # a folded line is one
        said = collections.defaultdict(list)
        for line in head.split(b"\n"):
            name, _, value = line.partition(b":")
            said[name.lower()].append(value.strip(b" \t\r"))
        count += said[b"authorization"] == [token] and said[b"host"] == [host]
    return count


class Fuzzed:
    """One server, and an honest client that stays connected to it all the time."""

    def __init__(self, runtime, server) -> None:
        self.server = server
        self.usual = wire(server, RIGHT)
        self.statuses: collections.Counter[int] = collections.Counter()
        self._honest = socket.create_connection(("127.0.0.1", server.port), 10)
        self._answer = self._asked()
        (right,) = replies(self._answer)
        assert right.status == 200
        self._secrets = [
            server.token().encode(),
            *(right.body[name].encode() for name in ("SecretAccessKey", "Token")),
        ]
        assert {right.body["SecretAccessKey"], right.body["Token"]} <= set(runtime.secrets)

    def check(self, data: bytes, pieces: list[int]) -> None:
        found = replies(self._sent(data, pieces), data.count(b"HEAD"))
        self.statuses.update(one.status for one in found)
        for one in found:
            assert one.status == 200 or not any(secret in one.raw for secret in self._secrets)
        assert [one.status for one in found].count(200) <= rightly_asked(self.server, data)
        assert self._asked() == self._answer  # the same process, since it is the same connection

    def _sent(self, data: bytes, pieces: list[int]) -> bytes:
        """What comes back; where it was sent in pieces, each comes by itself."""
        with socket.create_connection(("127.0.0.1", self.server.port), 10) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            cuts = sorted(piece * len(data) // 10_001 for piece in pieces)
            for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
                connection.sendall(data[start:end])
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def _asked(self) -> bytes:
        self._honest.sendall(self.usual)
        answer = self._honest.recv(65536)
        while len(answer) < 100 or not answer.endswith(b"}"):
            answer += self._honest.recv(65536)
        return answer


cuts = st.lists(place, max_size=3)


def test_no_bytes_break_it_and_none_but_the_right_ones_get_a_session(runtime):
    with serve(runtime) as server:
        fuzzed = Fuzzed(runtime, server)

        @hypothesis.settings(always_the_same, max_examples=EXAMPLES)
        @hypothesis.given(st.binary(max_size=300), cuts)
        def any_bytes(data, pieces):
            fuzzed.check(data, pieces)

        @hypothesis.settings(always_the_same, max_examples=EXAMPLES)
        @hypothesis.given(
            st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=3), st.lists(change, max_size=4), cuts
        )
        def almost_a_request(requests, changes, pieces):
            data = b"".join(wire(server, request) for request in requests)
            for one in changes:
                data = changed(data, one)
            fuzzed.check(data, pieces)

        any_bytes()
        assert set(fuzzed.statuses) == {400}
        almost_a_request()
        assert set(fuzzed.statuses) >= {200, 400, 403, 405, 413, 431}, fuzzed.statuses
        assert_calm(server)
