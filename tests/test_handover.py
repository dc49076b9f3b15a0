"""The place that leads a browser, once, to an address that nobody else may see."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from mfa_session import handover, peers

pytestmark = pytest.mark.one_python

TARGET = "https://target.example/federation?SigninToken=secret"


@pytest.fixture
def offer():
    with handover.Handover(TARGET, 30) as running:
        yield running


def parts(offer) -> tuple[str, str]:
    host, _, path = offer.address.removeprefix("http://").partition("/")
    return host, "/" + path


def ask(offer, path: str | None = None, method: str = "GET", **headers: str) -> tuple[int, str | None, bytes]:
    host, right = parts(offer)
    connection = http.client.HTTPConnection(host, timeout=10)
    with contextlib.closing(connection):
        connection.request(method, right if path is None else path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        assert b"secret" not in body
        assert {"Server", "Date"}.isdisjoint(answer.headers)
        return answer.status, answer.headers["Location"], body


def raw(offer, data: bytes) -> bytes:
    host, port = parts(offer)[0].split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_once(offer):
    assert not offer.taken(0)
    assert ask(offer) == (302, TARGET, b"")
    assert offer.taken(5)
    assert ask(offer) == (404, None, b"")
    assert "secret" not in repr(offer) + offer.address


def test_of_many_at_once_one(offer):
    got = []
    threads = [threading.Thread(target=lambda: got.append(ask(offer)[0])) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [302, *[404] * 19]


def test_all_that_is_wrong_gets_the_same_answer_and_spoils_nothing(offer):
    host, path = parts(offer)
    port = host.partition(":")[2]
    for wrong in (
        "/",
        path[:-1],
        path + "/",
        path + "?x",
        "/favicon.ico",
        f"http://{host}{path}",
        path.swapcase(),
    ):
        assert ask(offer, wrong) == (404, None, b"")
    for method in ("POST", "HEAD", "PUT", "OPTIONS", "CONNECT", "get"):
        assert ask(offer, method=method) == (404, None, b"")
    for other in (f"localhost:{port}", f"evil.example:{port}", "127.0.0.1", ""):
        assert ask(offer, Host=other) == (404, None, b"")
    for data in (
        b"\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET " + b"a" * 70000,
        b"G" * 99 + b"\n",
    ):
        assert b"secret" not in raw(offer, data)
    assert not offer.taken(0)
    assert ask(offer)[0] == 302


def test_a_silent_connection_keeps_nobody_waiting(offer):
    """As browsers open them, in case."""
    host, port = parts(offer)[0].split(":")
    started = time.monotonic()
    with socket.create_connection((host, int(port))):
        assert ask(offer)[0] == 302
    assert time.monotonic() - started < 4


def test_it_ends_with_its_time_and_with_its_block():
    with handover.Handover(TARGET, 0.2) as late:
        started = time.monotonic()
        assert not late.taken()
        assert time.monotonic() - started < 2
        assert ask(late) == (404, None, b"")
    with pytest.raises(OSError, match="refused"):
        ask(late)


def test_another_user_gets_nothing(offer):
    if os.getuid() != 0:
        pytest.skip("becomes another user: run it as root")
    curl = ["curl", "-s", "-i", "-m", "10", "--noproxy", "*", offer.address]
    environ = {"PATH": "/usr/bin:/bin"}
    other = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *curl]
    result = subprocess.run(other, capture_output=True, text=True, env=environ, check=False)
    assert result.stdout.startswith("HTTP/1.1 404"), result
    assert "secret" not in result.stdout
    assert not offer.taken(0)
    own = subprocess.run(curl, capture_output=True, text=True, env=environ, check=False)
    assert own.stdout.startswith("HTTP/1.1 302")


def test_a_client_that_has_gone_is_nobody(offer):
    """Its end of the connection is nobody's any more, which Linux calls root's."""
    if not Path("/proc/self/net/tcp").exists():
        pytest.skip("needs /proc: run it on Linux")
    port = int(parts(offer)[0].partition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        client = connection.getsockname()[1]
        assert peers._listed(client, port) == {os.getuid()}
        assert peers._looked_up(client, port) in (
            {os.getuid()},
            set(),
        )  # where the kernel has no such service
        assert peers.may_have_it(client, port)
    assert peers._looked_up(client, port) == set()
    assert peers._listed(client, port) in (set(), None)
    assert peers._listed(1, 2) is None


def test_through_an_ipv6_socket(offer):
    host, path = parts(offer)
    port = host.partition(":")[2]
    curl = ["curl", "-s", "-i", "-m", "10", "--noproxy", "*", "-H", f"Host: {host}"]
    mapped = [*curl, f"http://[::ffff:127.0.0.1]:{port}{path}"]
    result = subprocess.run(
        mapped, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, check=False
    )
    if not result.stdout:
        pytest.skip("needs IPv6")
    assert result.stdout.startswith("HTTP/1.1 302")
