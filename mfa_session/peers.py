"""Whose the other end of a connection over 127.0.0.1 is: Linux tells."""

from __future__ import annotations

import os
import socket
import sys


def may_have_it(client: int, server: int) -> bool:
    """Whether the client's end, of these two ports, is held by this user, or by root, who can read everything anyway.

    True where the system does not tell.
    """
    uids = _holders(client, server)
    return uids is None or (bool(uids) and uids <= {os.getuid(), 0})


def _holders(client: int, server: int) -> set[int] | None:
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
