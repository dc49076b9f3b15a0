"""Several programs at once: started, watched, and what became of them."""

from __future__ import annotations

import subprocess
import time


def start(world, *words: str, **environ: str) -> subprocess.Popen[str]:
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(
        [world.bin / "mfa-session", *words],
        cwd=world.home,
        env=world.env | environ,
        start_new_session=True,
        **how,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    stdout, stderr = process.communicate(timeout=100)
    return process.returncode, stdout, stderr


def wait_for(question, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.002)


def seen(world, action: str) -> bool:
    return world.aws.count(action) > 0


def prompt(world, outcome: str = "approve", delay: float = 1.0) -> None:
    world.op.update(auth={"mode": "prompt", "delay": delay, "outcome": outcome})


def room_in_this_step() -> None:
    """So that both ask within one step."""
    left = 30 - time.time() % 30
    if left < 8:
        time.sleep(left)
