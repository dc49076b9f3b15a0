"""Soak: 500 requests a second while the session is another one every few seconds. `soak.py [SECONDS]`, ten minutes by default.

Of every answer it is seen whether its session was over when it came (expired), and whether its four values belong to one
session that AWS has given (torn): of either there may not be one, and no error.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import serving
import world
from standins import sts, sts_minting, sts_world

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE, CONNECTIONS, SECONDS = 500, 50, 600
LIFE = 10  # seconds of a session; about half of it is used


def main() -> int:
    seconds = int(sys.argv[1]) if sys.argv[1:] else SECONDS
    with tempfile.TemporaryDirectory() as folder, sts.AwsStandIn() as aws:
        _, env = world.make(Path(folder), aws, store="kernel")
        with (Path(folder) / ".env.test").open("a") as file:
            file.write(f"ROLE_ARN={world.role(aws)}\n")
        aws.lives(LIFE, roles=True)
        asked = _Requests(aws)
        try:
            with serving.detached(env) as server, asked:
                before, target = server.memory, (server.port, server.request)
                paced = {"connections": CONNECTIONS, "count": RATE * seconds, "rate": RATE}
                [found] = serving.asked("many", targets=[target], **paced)
                after = server.memory
        finally:
            subprocess.run([serving.PROGRAM, "clear", "test"], env=env, capture_output=True, check=True)
        given = {_facts(one) for one in aws._world.sessions.values()}  # noqa: SLF001 - its own list
        bugs = aws.bugs
    torn = {key: count for key, count in _different(found) if key not in given}
    errors = sum(found["errors"].values())
    print(
        f"{found['requests']} requests in {found['seconds']:.0f} s, {RATE} a second from {CONNECTIONS} connections"
    )
    print(f"  {errors} errors, {found['expired']} expired, {sum(torn.values())} torn")
    print(f"  {len(found['bodies'])} sessions seen, {asked.roles} given by AWS; {asked.users} by a code")
    print("  {median:.2f} ms median, {p99:.2f} ms p99, {max:.2f} ms at most".format(**found["ms"]))
    print(
        "  of which the one who asks was late by {median:.2f} ms, p99 {p99:.2f} ms".format(**found["late_ms"])
    )
    print(f"  memory {before:.1f} MB at first, {after:.1f} MB at last")
    for error, times in found["errors"].items():
        print(f"    {times} x {error}")
    for bug in bugs:
        print(bug)
    good = not (errors or found["expired"] or torn or bugs)
    return 0 if good and found["requests"] == RATE * seconds and asked.roles > seconds / LIFE else 1


class _Requests:
    """Counts those that AWS gets while it is entered, and has the stand-in forget them, so that it does not grow."""

    def __init__(self, aws: sts.AwsStandIn) -> None:
        self.roles = self.users = 0
        self._aws = aws
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._count)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _count(self) -> None:
        over = False
        while not over:
            over = self._over.wait(1)
            while self._aws.requests:
                one = self._aws.requests.pop(0)
                self.roles += one.action == "AssumeRole"
                self.users += one.action == "GetSessionToken"


def _facts(session: sts_world.Session) -> tuple[str, ...]:
    return (
        session.access_key_id,
        session.secret_access_key,
        session.token,
        sts_minting.iso(session.expires),
    )


def _different(found: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], int]]:
    """The four values of each different answer, and how many of it there were."""
    for body, count in found["bodies"]:
        facts = json.loads(body)
        yield tuple(facts[name] for name in ("AccessKeyId", "SecretAccessKey", "Token", "Expiration")), count


if __name__ == "__main__":
    sys.exit(main())
