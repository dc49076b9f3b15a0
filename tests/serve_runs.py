"""A credential server for tests: the real program, and a client that says exactly what it is told to."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclasses.dataclass
class Served:
    """A server that runs; `about` is what `serve --status --json` says of it."""

    world: Any
    process: subprocess.Popen[str]
    about: dict[str, Any]

    @property
    def port(self) -> int:
        return self.about["port"]

    @property
    def folder(self) -> Path:
        return Path(self.about["served"][0]["token_file"]).parent

    def token(self, account: str = "test") -> str:
        return self.token_file(account).read_text()

    def token_file(self, account: str = "test") -> Path:
        (path,) = {one["token_file"] for one in self.about["served"] if one["account"] == account}
        return Path(path)

    def get(self, path: str = "/test", token: str | None = None, method: str = "GET", **headers: str):
        """Status, headers and the object that is the body; by the account's own token, unless another is given."""
        if token is None:
            token = self.token(path.partition("?")[0].removeprefix("/"))
        sent = {"Authorization": token, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, headers={name: value for name, value in sent.items() if value})
            answer = connection.getresponse()
            return answer.status, answer.headers, json.loads(answer.read())

    def raw(self, data: bytes, seconds: float = 10) -> bytes:
        """All that comes back until the server closes the connection; nothing more is sent."""
        with socket.create_connection(("127.0.0.1", self.port), seconds) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def stop(self) -> tuple[int, str]:
        """Its exit code, and what it has said on stderr."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        _, said = self.process.communicate(timeout=20)
        return self.process.returncode, said


@contextlib.contextmanager
def serve(world, *words: str, before: Sequence[str] = (), **environ: str) -> Iterator[Served]:
    """`mfa-session serve` in the foreground with no terminal, until the end of the block; `words` are accounts and options.

    `before` is what stands in front of it.
    """
    process = subprocess.Popen(
        [*before, world.bin / "mfa-session", "serve", *(words or ("test",))],
        cwd=world.home,
        env=world.env | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Served(world, process, found(world, process.pid, process))
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise


def found(world, pid: int, process: subprocess.Popen[str] | None = None) -> dict[str, Any]:
    """What the server with this pid says of itself, once it is there."""
    end = time.monotonic() + 30
    parent = Path(world.env["XDG_RUNTIME_DIR"]) / "mfa-session"
    while time.monotonic() < end:
        for about in parent.glob("server-*/about"):
            with contextlib.suppress(OSError, ValueError):
                facts = json.loads(about.read_text())
                if facts["pid"] == pid:
                    return facts
        if process and process.poll() is not None:
            raise AssertionError(process.communicate())
        time.sleep(0.01)
    raise AssertionError("no server has come up")


def all_abouts(world) -> list[dict[str, Any]]:
    """Of every folder of a server that is there, dead or alive."""
    parent = Path(world.env["XDG_RUNTIME_DIR"]) / "mfa-session"
    return [json.loads(about.read_text()) for about in sorted(parent.glob("server-*/about"))]
