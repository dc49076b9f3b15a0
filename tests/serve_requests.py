"""What a credential server may be asked by somebody who has the right token, and with which status it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLE = "arn:aws:iam::111122223333:role/deploy"

# Behind `Host:`, and perhaps lines of their own.
HOSTS = {
    403: [
        "localhost:PORT", "LocalHost:PORT", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:0PORT", "127.0.0.1:PORT.", "127.1:PORT",
        "0x7f000001:PORT", "[::1]:PORT", "[::ffff:127.0.0.1]:PORT", "evil.example", "evil.example:PORT", "",
        "HOST.evil.example", "HOST,evil.example", "HOST HOST", "x@HOST", "HOST/", "evil.example|X-Forwarded-Host: HOST",
    ],
    200: ["HOST ", "\tHOST", "HOST|X-Forwarded-Host: evil.example"],
}  # fmt: skip
# The first line, and perhaps more of them. After these the same client can go on; after those in ENDS it can't.
STAYS = {
    405: [
        "HEAD /test HTTP/1.1", "POST /test HTTP/1.1", "PUT /test HTTP/1.1", "OPTIONS * HTTP/1.1", "get /test HTTP/1.1",
        "OPTIONS /test HTTP/1.1|Origin: http://evil.example|Access-Control-Request-Method: GET"
        "|Access-Control-Request-Headers: authorization|Access-Control-Request-Private-Network: true",
        "CONNECT HOST HTTP/1.1", "TRACE /test HTTP/1.1", "POST /test HTTP/1.1|Content-Length: 0",
    ],
    403: ["GET http://HOST/test HTTP/1.1", "GET http://evil.example/test HTTP/1.1"],
    200: [
        "GET /test HTTP/1.1|Expect: 100-continue", "GET /test HTTP/1.1|Content-Length: 0",
        "GET /test HTTP/1.1|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhl",
        "GET /test HTTP/1.1|Connection: Upgrade, HTTP2-Settings|Upgrade: h2c|HTTP2-Settings: AAMAAABk",
    ],
}  # fmt: skip
ENDS = {
    413: [
        "POST /test HTTP/1.1|Content-Length: 5||hello", "GET /test HTTP/1.1|Content-Length: 500000000",
        "GET /test HTTP/1.1|Transfer-Encoding: chunked||5|hello|0",
        "GET /test HTTP/1.1|Transfer-Encoding: chunked|Content-Length: 0||5|hello|0",
        "POST /test HTTP/1.1|Expect: 100-continue|Content-Length: 4",
    ],
    400: ["GET /test HTTP/1.1|Content-Length: 0|Content-Length: 1", "GET /test HTTP/1.1|Content-Length: +0"],
    501: ["POST /test HTTP/1.1|Transfer-Encoding: gzip"],
}  # fmt: skip
NO_HTTP = [
    b"\r\n", b"GET /test\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"EHLO x\r\n\r\n", b"\0" * 40,
    b"\x16\x03\x01\x00\xf1\x01\x00\x00\xed\x03\x03" + bytes(range(226)),  # a TLS ClientHello
]  # fmt: skip


PATHS = {
    200: ["/test", "/%74est", "/test?"],
    403: [
        "/test/", "//test", "/test%00", "/../test", "/./test", "/%2ftest", "/TEST", "/test#x", "/test;x", "/test%", "/%ff",
        "/", "*", "/nobody", "/test%20", "/prod", f"/nobody?role={ROLE}", "?role=x", "/test%3frole=x",
    ],
    400: [
        "/test?role=", "/test?role=notanarn", f"/test?role={ROLE}&x=1", f"/test?x=1&role={ROLE}", "/test?x", "/test??",
        f"/test?Role={ROLE}", f"/test?role={ROLE}%0a", f"/test?role={ROLE}%00", "/test?role=%ff", f"/test?role={ROLE}#x",
        "/test?role=arn:aws:iam::111122223333:user/alice", f"/test?role={ROLE}{'x' * 600}",
    ],
}  # fmt: skip


def stays() -> Iterator[tuple[int, str]]:
    """Status and request, as `serve_wire.wire` takes it."""
    for status, hosts in HOSTS.items():
        for host in hosts:
            yield status, f"GET /test HTTP/1.1|Host:{host}|Authorization: TOKEN"
    for status, paths in PATHS.items():
        for path in paths:
            yield status, f"GET {path} HTTP/1.1|Host: HOST|Authorization: TOKEN"
    for status, starts in STAYS.items():
        for start in starts:
            yield status, _with_both(start)


def ends() -> Iterator[tuple[int, str]]:
    for status, starts in ENDS.items():
        for start in starts:
            yield status, _with_both(start)
    yield 400, "GET /test HTTP/1.1|Authorization: TOKEN"
    for host in ("HOST|Host: HOST", "HOST|host: evil.example", "evil.example|Host: HOST"):
        yield 400, f"GET /test HTTP/1.1|Host: {host}|Authorization: TOKEN"
    yield 403, "GET /test HTTP/1.0|Authorization: TOKEN"
    for status, hosts in HOSTS.items():
        for host in hosts:
            yield status, f"GET /test HTTP/1.0|Host:{host}|Authorization: TOKEN"


def _with_both(start: str) -> str:
    first, more, rest = start.partition("|")
    return f"{first}|Host: HOST|Authorization: TOKEN{more}{rest}"
