"""A credential server's HTTP: what an SDK gets, and that nobody else gets anything."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import json
import re
import socket
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import role_runs
import serve_requests
from crowds import wait_for
from serve_runs import serve
from serve_wire import HEADERS, assert_calm, replies, said, until_closed, wire

pytestmark = pytest.mark.one_python

USUAL = "GET /test HTTP/1.1|Host: HOST|Authorization: TOKEN"
OTHERS = "GET /test HTTP/1.1|Host: HOST|Authorization: else"


def test_what_an_sdk_gets(runtime):
    role_runs.role(runtime)
    with serve(runtime) as server:
        (reply,) = said(server, wire(server, USUAL + "|Origin: http://evil.example"))
        assert reply.status == 200
        assert set(reply.headers) == HEADERS  # no Access-Control-Allow-Origin among them, nor who it is
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["cache-control"] == "no-store"
        assert set(reply.body) == {"AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AccountId"}
        assert all(type(value) is str for value in reply.body.values())
        assert reply.body["AccountId"] == runtime.user.account_id
        session = runtime.aws._world.sessions[reply.body["AccessKeyId"]]
        assert (reply.body["SecretAccessKey"], reply.body["Token"]) == (
            session.secret_access_key,
            session.token,
        )
        expiration = reply.body["Expiration"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", expiration)
        assert datetime.datetime.fromisoformat(expiration[:-1] + "+00:00").timestamp() == int(session.expires)

        kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        with contextlib.closing(kept):
            kept.connect()
            first = kept.sock
            for _ in range(300):
                kept.request("GET", "/test", headers={"Authorization": server.token()})
                assert kept.getresponse().read() == reply.raw.partition(b"\r\n\r\n")[2]
                assert kept.sock is first

        for last in ("GET /test HTTP/1.0|Host: HOST|Authorization: TOKEN", USUAL + "|Connection: close"):
            (closed,) = until_closed(server, wire(server, last) + wire(server, USUAL) * 100)
            assert (closed.status, closed.headers["connection"], closed.body) == (200, "close", reply.body)

        in_one = [USUAL, OTHERS, "HEAD" + USUAL[3:], USUAL, "OPTIONS * HTTP/1.1|Host: HOST", USUAL] * 20
        found = said(server, b"".join(wire(server, one) for one in in_one))
        assert [one.status for one in found] == [200, 403, 405, 200, 405, 200] * 20
        assert {one.body["AccessKeyId"] for one in found if one.status == 200} == {session.access_key_id}

        role = f"GET /test?role={role_runs.DEPLOY} HTTP/1.1|Host: HOST|Authorization: TOKEN"
        with socket.create_connection(("127.0.0.1", server.port), 10) as hurried:
            hurried.sendall(wire(server, role) + wire(server, USUAL))  # and it does not wait for it
        first, *more = said(server, wire(server, role) + wire(server, USUAL) * 3)
        assert first.status in (200, 503)  # it is fetched meanwhile
        assert first.raw != reply.raw
        assert more == [reply] * 3
        wait_for(lambda: said(server, wire(server, role))[0].status == 200)

        with socket.create_connection(("127.0.0.1", server.port), 10) as slow:
            slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in wire(server, USUAL) * 2:
                slow.send(bytes([byte]))
            slow.shutdown(socket.SHUT_WR)
            assert replies(b"".join(iter(lambda: slow.recv(65536), b""))) == [reply] * 2

        assert_it_is_where_nobody_else_is(server)
        assert_calm(server)


def assert_it_is_where_nobody_else_is(server) -> None:
    token = server.token_file()
    assert re.fullmatch(r"[\w-]{32,}", token.read_text(), re.ASCII)
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    inodes = set()
    with contextlib.suppress(PermissionError):  # the server hides itself, and only root still sees that
        for number in Path(f"/proc/{server.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                inodes.add(str(number.readlink())[8:-1])
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == "0A" and (inode in inodes or local.endswith(f":{server.port:04X}")):
                listening.append(local)
    assert listening == [f"0100007F:{server.port:04X}"]


def test_whatever_is_wrong_with_a_token_looks_the_same(runtime):
    with serve(runtime, "test", "prod") as server, serve(runtime, "test") as other:
        token = server.token()
        wrong = {
            "wrong": "x" * len(token),
            "one letter": token[:-1] + ("A" if token[-1] != "A" else "B"),
            "part": token[:-1],
            "more": token + "A",
            "twice in one": f"{token},{token}",
            "another scheme": f"Bearer {token}",
            "quoted": f'"{token}"',
            "of another account": server.token("prod"),
            "of another run": other.token(),
            "empty": "",
            "folded": f"{token[:5]}|\t{token[5:]}",
            "two": f"{token}|Authorization: {token}",
            "two, one wrong": f"{token}|authorization: x",
            "two, one empty": f"|Authorization: {token}",
            "1 KB": "x" * 1024,
            "7 KB": "x" * 7168,
            "a control character": f"{token}\x7f",
            "no ASCII": "".join(map(chr, range(0xA0, 0x100))),
        }
        lines = {what: f"|Authorization: {value}" for what, value in wrong.items()}
        lines |= {"missing": "", "elsewhere": f"|Cookie: {token}|X-Authorization: {token}"}
        seen = set()
        for what, line in lines.items():
            for path in (
                "/test",
                "/nobody",
                "/",
                "/prod?role=x" if "another" not in what else "/test?role=x",
            ):
                (reply,) = said(server, wire(server, f"GET {path} HTTP/1.1|Host: HOST{line}"))
                assert reply.status == 403, (what, path)
                seen.add(reply.raw)
        assert len(seen) == 1

        broken = [f"{token}\0", f"\0{token}", f"{token}\rX: y", f"{token}\r"]
        for value in broken:
            (reply,) = until_closed(
                server, wire(server, f"GET /test HTTP/1.1|Host: HOST|Authorization: {value}")
            )
            assert (reply.status, reply.headers["connection"]) == (400, "close"), value
        for size in (
            8192,
            20_000,
            200_000,
            2_000_000,
        ):  # those are read only in part, and answered all the same
            for line in ("Authorization: " + "x" * size, "X: y|" * (size // 6) + "X: y"):
                (reply,) = until_closed(server, wire(server, f"{USUAL}|{line}"))
                assert (reply.status, reply.headers["connection"]) == (431, "close"), size

        for same in (
            f"{token} \t ",
            f"\t{token}",
            f"|\t{token}",
            f"{token}\nX: y",
        ):  # HTTP's own
            (reply,) = said(server, wire(server, f"GET /test HTTP/1.1|Host: HOST|authorization:{same}"))
            assert reply.status == 200, same
        keys = {server.get(f"/{name}")[2]["AccountId"] for name in ("test", "prod")}
        assert keys == {"111122223333", "444455556666"}
        assert other.get()[0] == 200
        assert_calm(server)


def test_only_a_get_that_was_meant_for_this_server(runtime):
    with serve(runtime) as server:
        for status, request in serve_requests.stays():
            found = said(server, wire(server, request) + wire(server, USUAL))
            assert [one.status for one in found] == [status, 200], request
            assert server.token().encode() not in found[0].raw
        for status, request in serve_requests.ends():
            (reply,) = until_closed(server, wire(server, request) + wire(server, USUAL) * 500)
            assert (reply.status, reply.headers["connection"]) == (status, "close"), request
        for data in serve_requests.NO_HTTP:
            (reply,) = until_closed(server, data)
            assert reply.status == 400, data
        assert [one.status for one in until_closed(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")] == [403, 400]

        with socket.socket() as elsewhere:  # nobody that Linux would be asked for
            elsewhere.bind(("127.0.0.2", 0))
            elsewhere.connect(("127.0.0.1", server.port))
            elsewhere.sendall(wire(server, USUAL + "|Connection: close"))
            (reply,) = replies(b"".join(iter(lambda: elsewhere.recv(65536), b"")))
            assert reply.status == 403
        assert_calm(server)


def test_any_name_has_an_address(runtime):
    name, profile = "zwei Wörter%41?x#&=+" + "字" * 40, "team/dev 100%"
    runtime.account(name, AWS_PROFILE="test-bootstrap")
    prod = runtime.aws.users[1]
    keys = f"aws_access_key_id = {prod.access_key_id}\naws_secret_access_key = {prod.secret_access_key}\n"
    before = (runtime.home / ".aws/credentials").read_text()
    runtime.write(".aws/credentials", f"{before}[{profile}]\n{keys}")
    device = f"mfa_serial = {prod.mfa_serial}\nmfa_session_op_item = AWS prod\n"
    runtime.write(".aws/config", f'[profile "{profile}"]\nregion = eu-west-1\n{device}')
    with serve(runtime, name, profile) as server:
        (listed,) = json.loads(runtime.run("serve", "--status", "--json").stdout)
        assert [one["account"] for one in listed["served"]] == [name, profile]
        for one, user in zip(listed["served"], runtime.aws.users, strict=True):
            path, token = urlsplit(one["url"]), Path(one["token_file"]).read_text()
            assert (
                f"http://{path.netloc}{path.path}" == one["url"]
            )  # nothing in a name is taken for more than a name
            status, _, body = server.get(path.path, token)
            assert (status, body["AccountId"]) == (200, user.account_id)
            assert Path(one["token_file"]).parent == server.folder
        assert_calm(server)
