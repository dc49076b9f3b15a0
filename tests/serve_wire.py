"""HTTP as tests say it to a credential server, byte by byte, and a reader of what it answers that forgives nothing."""

from __future__ import annotations

import json
import re
import socket
from typing import NamedTuple

HEADERS = {"content-type", "content-length", "cache-control", "x-content-type-options"}
_STATUS = re.compile(rb"HTTP/1\.1 ([1-5]\d\d) [A-Z][A-Za-z -]*")
_HEADER = re.compile(rb"([A-Za-z-]+): ([ -~]+)")


class Reply(NamedTuple):
    """`raw` is all of it, as it came; the answer to HEAD has no body."""

    status: int
    headers: dict[str, str]
    body: dict[str, str]
    raw: bytes


def wire(server, text: str, account: str = "test") -> bytes:
    """`GET /test HTTP/1.1|Host: HOST|Authorization: TOKEN`, with what stands for them, and the blank line behind it."""
    text = text.replace("HOST", f"127.0.0.1:{server.port}").replace("PORT", str(server.port))
    return text.replace("TOKEN", server.token(account)).replace("|", "\r\n").encode("latin-1") + b"\r\n\r\n"


def replies(data: bytes, heads: int = 0) -> list[Reply]:
    """All that are in there; fails the test where one is not as HTTP and this project have it, or not whole.

    `heads` is how many of them may be answers to HEAD.
    """
    found: list[Reply] = []
    while data:
        head, blank, rest = data.partition(b"\r\n\r\n")
        assert blank, data
        first, *lines = head.split(b"\r\n")
        status = _STATUS.fullmatch(first)
        matches = [_HEADER.fullmatch(line) for line in lines]
        assert status and all(matches), head
        headers = {match[1].decode().lower(): match[2].decode() for match in matches}
        assert len(headers) == len(lines), head
        code = int(status[1])
        assert set(headers) - {"connection"} == HEADERS | ({"allow"} if code == 405 else set()), head
        size = int(headers["content-length"])
        if heads and not rest.startswith(b"{"):
            size, heads = 0, heads - 1
        assert len(rest) >= size, data
        body = json.loads(rest[:size]) if size else {}
        assert code == 200 or set(body) in ({"code", "message"}, set())
        found.append(Reply(code, headers, body, data[: len(head) + 4 + size]))
        data = rest[size:]
    return found


def said(server, data: bytes) -> list[Reply]:
    """What is answered to someone who says this, and then no more."""
    return replies(server.raw(data), data.count(b"HEAD"))


def until_closed(server, data: bytes, seconds: float = 3) -> list[Reply]:
    """The same for someone who would say more, so that the server has to end it; fails the test if it does not."""
    with socket.create_connection(("127.0.0.1", server.port), seconds) as connection:
        connection.sendall(data)
        return replies(b"".join(iter(lambda: connection.recv(65536), b"")))


def assert_calm(server) -> None:
    """It has had nothing to say since it was there: who comes can fill no log."""
    code, words = server.stop()
    assert code == 0
    ready, hint = words.splitlines()[-2:]
    assert ready.startswith(f"mfa-session: serving on port {server.port} "), words
    assert hint.startswith("mfa-session: hint: for a shell, type: source "), words
