"""A credential server for what is measured here, the load on it, and what it costs."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import load
import world

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = str(world.BIN / "mfa-session")
HERE = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Serving:
    pid: int
    port: int
    request: str = dataclasses.field(repr=False)

    @property
    def memory(self) -> float:
        """Its resident memory, in MB."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024

    @property
    def cpu(self) -> float:
        """The seconds that it has worked."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text(encoding="ascii").split()[0]) for thread in threads) / 1e9


@contextlib.contextmanager
def detached(env: dict[str, str]) -> Iterator[Serving]:
    """`mfa-session serve test --detach`, until the end of the block."""
    done = run(env, "serve", "test", "--detach")
    try:
        yield described(done.stdout, int(re.findall(r"[(]pid (\d+)", done.stderr)[0]))
    finally:
        run(env, "serve", "--stop")


def described(printed: str, pid: int) -> Serving:
    """By the two variables that it has printed."""
    url, file = re.findall(r"(?:_URI|_FILE)=(\S+)$", printed, re.MULTILINE)
    host, path = re.fullmatch(r"http://([^/]+)(/.*)", url).groups()
    token = Path(file).read_text(encoding="ascii")
    headers = f"Host: {host}\r\nAccept: application/json\r\nAuthorization: {token}\r\n\r\n"
    return Serving(pid, int(host.rpartition(":")[2]), f"GET {path} HTTP/1.1\r\n{headers}")


def answer(server: Serving) -> bytes:
    """All of one answer, as it comes."""
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(server.request.encode())
        data = b""
        while not (found := load.answer(data)):
            more = connection.recv(65536)
            assert more, "it has ended with no answer"
            data += more
    assert found[0] == 200, found
    return data


def run(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [PROGRAM, *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def asked(how: str, **wanted: Any) -> Any:
    """What `load.py` has found: see there."""
    done = subprocess.run(
        [sys.executable, HERE / "load.py"],
        input=json.dumps({"how": how, **wanted}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@contextlib.contextmanager
def echo(answer: bytes) -> Iterator[int]:
    """The port of a server that always says this."""
    words = [sys.executable, "-I", HERE / "echo.py"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        try:
            process.stdin.write(answer)
            process.stdin.close()
            yield int(process.stdout.readline())
        finally:
            process.terminate()
