"""Whose the other end of a connection is, by each of the two ways that Linux tells it."""

from __future__ import annotations

import contextlib
import os
import socket
import sys

import pytest

from mfa_session import peers

pytestmark = [
    pytest.mark.one_python,
    pytest.mark.skipif(sys.platform != "linux", reason="what Linux tells of connections"),
]

OURS = {os.getuid()}


@pytest.fixture(params=["sock_diag", "procfs"])
def ways(request, monkeypatch):
    """The second one is for a kernel that has not the first."""
    if request.param == "procfs":
        monkeypatch.setattr(peers, "_SOCK_DIAG", 31)
        assert peers._looked_up(1, 2) == set()
    return request.param


@contextlib.contextmanager
def connected(family: socket.AddressFamily = socket.AF_INET, address: str = "127.0.0.1"):
    """Both ends, the client's first."""
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket(family) as client:
        client.settimeout(10)
        assert client.connect_ex((address, listening.getsockname()[1])) == 0
        server, _ = listening.accept()
        with server:
            yield client, server


@pytest.mark.usefixtures("ways")
@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::ffff:127.0.0.1")]
)
def test_ones_own(monkeypatch, family, address):
    with connected(family, address) as (client, server):
        ports = client.getsockname()[1], server.getsockname()[1]
        assert peers._listed(*ports) == OURS
        assert peers.may_have_it(*ports)
        monkeypatch.setattr(os, "getuid", lambda: 61_002)
        assert peers.may_have_it(*ports) == ({0} == OURS), "root's may have it anyway"


@pytest.mark.usefixtures("ways")
def test_one_that_has_been_closed_is_nobodys():
    """Linux shows it for a while, as if it were root's."""
    with connected() as (client, server):
        ports = client.getsockname()[1], server.getsockname()[1]
        client.close()
        assert peers._listed(*ports) == peers._looked_up(*ports) == set()
        assert not peers.may_have_it(*ports)


def test_who_listens_on_the_clients_port_is_not_the_client():
    with connected() as (client, server), socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert peers._looked_up(port, server.getsockname()[1]) == set()
        assert peers._listed(port, server.getsockname()[1]) is None
        assert peers._looked_up(client.getsockname()[1], server.getsockname()[1]) in (OURS, set())
