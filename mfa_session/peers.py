"""Whose the other end of a connection over 127.0.0.1 is: Linux tells."""

from __future__ import annotations

import os
import socket
import struct
import sys

# Of NETLINK, see sock_diag(7): it looks up one connection, where /proc/net/tcp lists all there are.
_SOCK_DIAG = 4
_BY_FAMILY, _REQUEST = 20, 1
_LOOPBACK = socket.inet_aton("127.0.0.1") + bytes(12)
_ANY_COOKIE = b"\xff" * 8


def may_have_it(client: int, server: int) -> bool:
    """Whether the client's end, of these two ports, is held by this user, or by root, who can read everything anyway.

    True where the system does not tell.
    """
    uids = _looked_up(client, server) or _listed(client, server)
    return uids is None or (bool(uids) and uids <= {os.getuid(), 0})


def _looked_up(client: int, server: int) -> set[int]:
    """Whose it is: empty where that is not told, be it that it is closed, or that the kernel has no such service."""
    if sys.platform != "linux":
        return set()
    socket_id = struct.pack(">HH", client, server) + _LOOPBACK * 2 + bytes(4) + _ANY_COOKIE
    body = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF) + socket_id
    head = struct.pack("=IHHII", 16 + len(body), _BY_FAMILY, _REQUEST, 0, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _SOCK_DIAG) as kernel:
            kernel.settimeout(1)
            kernel.send(head + body)
            data = kernel.recv(4096)
    except OSError:
        return set()
    if struct.unpack_from("=IH", data)[1] != _BY_FAMILY:  # an error
        return set()
    ports = struct.unpack_from(">HH", data, 20)  # it may have found one that listens on the client's port
    uid, inode = struct.unpack_from("=II", data, 80)
    return {uid} if ports == (client, server) and inode else set()


def _listed(client: int, server: int) -> set[int] | None:
    """Whose it is: empty where it is closed; None where the system does not tell."""
    loopback = f"{int.from_bytes(socket.inet_aton('127.0.0.1'), sys.byteorder):08X}"
    here, there = f"{loopback}:{server:04X}", f"{loopback}:{client:04X}"
    found: set[int] = set()
    told = False
    for table in ("tcp", "tcp6"):  # a client may talk to an IPv4 address through an IPv6 socket
        try:
            with open(f"/proc/self/net/{table}", encoding="ascii") as file:
                lines = [line for line in file if there in line]
        except OSError:
            continue
        for line in lines:
            _, local, remote, _, _, _, _, uid, _, inode, *_ = line.split()
            told |= local.endswith(here) and remote.endswith(there)
            if local.endswith(there) and remote.endswith(here) and inode != "0":  # 0: nobody's any more
                found.add(int(uid))
    return found if told or found else None
