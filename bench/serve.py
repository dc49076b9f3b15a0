"""The credential server: what an answer takes beside the least that asyncio can do, also under load, and what it costs.

| GET on a connection that is kept    | median at most 1 ms, p99 at most 5 ms |
| 500 a second from 50 connections    | no error                              |
| memory after 100,000 requests       | below 80 MB                           |
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import serving
import timing
import world
from standins import sts

REQUESTS, ONE, FRESH = 100_000, 10_000, 1_000
RATE, CONNECTIONS, SECONDS = 500, 50, 20
IDLE, RUNS = 10, 10
BARE, USUAL = "python -I -S -c pass", "python -I -c pass"
MODULES = "mfa_session.commands.serve_apart"
WORDS = "{median:7.2f} ms median  {p99:7.2f} ms p99  {max:7.2f} ms at most  "


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sts.AwsStandIn() as aws:
        _, env = world.make(Path(folder), aws, store="kernel")
        file = str(Path(folder) / ".env.test")
        try:
            subprocess.run([serving.PROGRAM, "export", "test"], env=env, capture_output=True, check=True)
            _first_answer(env)
            with serving.detached(env) as server, serving.echo(serving.answer(server)) as echo:
                _idle(server, "idle, before any load")
                _requests(server, echo)
                _idle(server, "idle, after it")
            _programs(file, env)
        finally:
            subprocess.run([serving.PROGRAM, "clear", "test"], env=env, capture_output=True, check=True)
        assert aws.count("GetSessionToken") == 1, "nothing was measured but what is in memory"


def _first_answer(env: dict[str, str]) -> None:
    times, bare = [], []
    for _ in range(RUNS):
        start = time.perf_counter()
        with serving.detached(env) as server:
            serving.answer(server)
            times.append(time.perf_counter() - start)
        bare.append(timing.once([sys.executable, "-I", "-c", "pass"]))
    median = statistics.median(times)
    print(
        f"from `serve test --detach` to the first answer: {median:.3f} s,"
        f" {median / statistics.median(bare):.1f} x python -I -c pass; median of {RUNS}"
    )


def _idle(server: serving.Serving, when: str) -> None:
    before = server.cpu
    time.sleep(IDLE)
    print(
        f"{when}: {(server.cpu - before) / IDLE * 100:.2f} % of a core over {IDLE} s, {server.memory:.1f} MB"
    )


def _requests(server: serving.Serving, echo: int) -> None:
    us, least = (server.port, server.request), (echo, server.request)
    print(f"{ONE} on one connection, in turns with a bare asyncio server that says the same")
    _beside(serving.asked("one", targets=[us, least], count=ONE, fresh=False))
    print(
        f"{FRESH} on a new connection each, as SDKs ask; there are {_sockets()} TCP sockets on this machine"
    )
    _beside(serving.asked("one", targets=[us, least], count=FRESH, fresh=True))
    print(
        f"{RATE} a second from {CONNECTIONS} connections for {SECONDS} s, in turns; each from when it was planned"
    )
    before = server.cpu
    paced = {"connections": CONNECTIONS, "count": RATE * SECONDS, "rate": RATE}
    _beside(serving.asked("many", targets=[us, least], turns=4, **paced))
    print(f"  the server works for {(server.cpu - before) / RATE / SECONDS * 1000:.3f} ms a request")
    rest = REQUESTS - ONE - FRESH - RATE * SECONDS
    [done] = serving.asked("many", targets=[us], connections=CONNECTIONS, count=rest, rate=None)
    print(
        f"{rest} from {CONNECTIONS} connections as fast as they come: {rest / done['seconds']:.0f} a second"
    )
    _show("GET", done)
    print(f"memory after {REQUESTS} requests: {server.memory:.1f} MB")


def _sockets() -> int:
    return len(Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()) - 1


def _beside(found: list[dict[str, Any]]) -> None:
    ours, least = found
    _show("GET", ours)
    _show("bare", least)
    print(f"  {ours['ms']['median'] / least['ms']['median']:.2f} x its median")


def _show(name: str, found: dict[str, Any]) -> None:
    print(f"  {WORDS.format(**found['ms'])}{sum(found['errors'].values())} errors  {name}")
    if found["late_ms"]["max"]:
        print(
            f"    of which the one who asks was late by {found['late_ms']['median']:.2f} ms, p99"
            f" {found['late_ms']['p99']:.2f} ms"
        )
    for error, times in found["errors"].items():
        print(f"    {times} x {error}")


def _programs(file: str, env: dict[str, str]) -> None:
    candidates = {
        BARE: [sys.executable, "-I", "-S", "-c", "pass"],
        USUAL: [sys.executable, "-I", "-c", "pass"],
        "python -I -c 'import asyncio, h11'": [sys.executable, "-I", "-c", "import asyncio, h11"],
        f"python -I -c 'import {MODULES}'": [sys.executable, "-I", "-c", f"import {MODULES}"],
        "credential_process, with keyctl": [str(world.BIN / "mfa-session-credentials"), file],
    }
    found = timing.medians(candidates, env, RUNS)
    print(f"what programs take that are started, median of {RUNS}, Python {sys.version.split()[0]}")
    for name, seconds in found.items():
        print(f"  {seconds * 1000:6.1f} ms  {seconds / found[USUAL]:5.2f} x python -I  {name}")


if __name__ == "__main__":
    main()
