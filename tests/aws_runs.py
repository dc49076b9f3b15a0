"""What the tests of AWS share: a run that has to fail as everything does here, worlds beside each other, closed doors."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import socket
import time
from typing import TYPE_CHECKING, NamedTuple

from conftest import PROD_USER, World
from standins import sts, totp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from subprocess import CompletedProcess

SAID = "mfa-session: "
HINT = SAID + "hint: "
# Whether it is said depends on how fast the machine is just now.
PASSING = SAID + "approve the 1Password prompt"
# The program itself waits for nothing here; the rest is for botocore's pauses and for a busy machine.
SOON = 20


class Failure(NamedTuple):
    message: str
    hints: str
    notices: str
    seconds: float


def failure(world: World, *args: str, **environ: str) -> Failure:
    """`export` of the account `test`, which has to end in a sentence and a hint, soon."""
    started = time.time()
    result = world.run("export", "test", *args, **environ)
    failed = explained(world, result, started, debug="--debug" in args)
    assert failed.seconds < SOON
    return failed


def explained(world: World, result: CompletedProcess[str], started: float, *, debug: bool = False) -> Failure:
    """Checks that nobody sees a secret or a traceback, and that the last thing said is a sentence with hints."""
    ended = time.time()
    assert (result.returncode, result.stdout) == (1, ""), result.stderr
    assert ('  File "' in result.stderr) == debug, result.stderr
    for secret in (*world.secrets, "StandInToken"):
        assert secret not in result.stderr
    for code in codes(world, started, ended):
        assert not re.search(rf"\b{code}\b", result.stderr)
    lines = [line for line in result.stderr.splitlines() if line.startswith(SAID)]
    assert debug or lines == result.stderr.splitlines(), result.stderr
    last = next(n for n in reversed(range(len(lines))) if not lines[n].startswith(HINT))
    hints = [line.removeprefix(HINT) for line in lines[last + 1 :]]
    assert hints, result.stderr
    assert not lines[last].endswith(".")
    notices = [line for line in lines[:last] if not line.startswith(PASSING)]
    return Failure(lines[last].removeprefix(SAID), "\n".join(hints), "\n".join(notices), ended - started)


def codes(world: World, started: float, ended: float) -> set[str]:
    """Every code that `op` may have given for `test` in this time."""
    first, last = (at + world.op.state["clock_offset"] for at in (started - totp.PERIOD, ended + totp.PERIOD))
    steps = range(totp.step(first), totp.step(last) + 1)
    return {totp.code(world.user.seed, step * totp.PERIOD) for step in steps}


def fault(action: str, kind: str) -> Callable[[World], None]:
    """Spoils every request of this action."""
    return lambda world: world.aws.fault(action, kind, 9)


@contextlib.contextmanager
def world_beside(folder: Path) -> Iterator[World]:
    """One more world, with an AWS of its own, for a test that looks at several at the same time."""
    folder.mkdir()
    with sts.AwsStandIn([dataclasses.replace(sts.DEMO_USER), dataclasses.replace(PROD_USER)]) as aws:
        yield World(folder, aws)
        assert not aws.bugs, aws.bugs


def nowhere() -> str:
    """An address on this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)
