"""What the tests of a server's life share: servers that go on by themselves, and what becomes of processes and folders."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import serve_runs

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from mfa_session.serving import entry

ENDED = 3.0  # seconds within which all that belongs to a server is gone
GONE = 2.0  # seconds after its command within which the server of `exec --server` is gone
VARIABLES = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
# What a program asks of its server, by the two variables; and what else it finds.
CLIENT = """\
import json, os, sys, urllib.error, urllib.request
def get(more="", token=None):
    url, file = os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
    request = urllib.request.Request(url + more, headers={"Authorization": token or open(file).read()})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
"""


def alive(pid: int) -> bool:
    """False for a zombie too: in a container there may be nobody to collect it."""
    try:
        os.kill(pid, 0)
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def soon(question: Callable[[], object], seconds: float = 20) -> bool:
    """Whether it comes to that; looked at often, so that how long it took can be told."""
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(0.03)
    return True


def folders(world) -> list[str]:
    """Those of servers, dead or alive."""
    parent = Path(world.env["XDG_RUNTIME_DIR"]) / "mfa-session"
    return sorted(one.name for one in parent.glob("server-*"))


def pid_said(stderr: str) -> int:
    """Of the server, as a person reads it when it has started."""
    said = re.search(r"serving on port [0-9]+ \(pid ([0-9]+)", stderr)
    assert said, stderr
    return int(said[1])


def variables(stdout: str) -> list[dict[str, str]]:
    """What a program needs, one for each address that is served."""
    lines = [line.strip() for line in stdout.splitlines()]
    pairs = [line.split("=", 1) for line in lines if line.startswith(VARIABLES)]
    return [dict(pairs[at : at + 2]) for at in range(0, len(pairs), 2)]


@contextlib.contextmanager
def detached(
    world, *words: str, **environ: str
) -> Iterator[tuple[serve_runs.Served, subprocess.CompletedProcess[str]]]:
    """A server of `serve --detach`, and what the command said that has started it."""
    result = world.run("serve", "--detach", *(words or ("test",)), **environ)
    assert result.returncode == 0, result.stderr
    pid = pid_said(result.stderr)
    try:
        yield serve_runs.Served(world, None, serve_runs.found(world, pid)), result
    finally:
        kill(pid, 15)
        if not soon(lambda: not alive(pid), ENDED):
            kill(pid, 9)
            raise AssertionError("the server has not ended")


def kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def inside(world, code: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """What a Python program does that `exec --server` runs; it has `get` of CLIENT."""
    command = [sys.executable, "-I", "-c", CLIENT + code]
    return world.run("exec", "--server", *(words or ("test",)), "--", *command, **environ)


def told(result: subprocess.CompletedProcess[str]) -> dict:
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


async def asked(one: entry.Entry) -> bool:
    """Whether a client gets a session; returns when what it has set off is over."""
    body = one.ask()
    if one.renewing:
        await asyncio.wait({one.renewing})
    return body is not None
