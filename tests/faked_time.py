"""A clock that a test moves: that of the programs it starts, by libfaketime, and that of the stand-in for AWS with it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from programs import path_of

# Where monotonic time stays true (and waiting for a lock needs that), libfaketime up to 0.9.10 breaks the call that
# Python's sleep makes from 3.11 on.
SLEEP = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds)\n"
PLACES = ("lib/*/faketime", "lib64/faketime", "lib/faketime", "local/lib/faketime")


class Clock:
    """Runs on by itself; `minute` is where the test has set it, counted from when it was made."""

    def __init__(self, world) -> None:
        self._aws = world.aws
        self._file = world.home / "clock"
        world.write("python/sitecustomize.py", SLEEP)
        program = world.op.program
        program.write_text(program.read_text().replace(" -I -S ", " "))  # with them it would not be found
        self.minute = 0.0
        world.env |= {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": str(world.home / "python"),
        }

    @property
    def minute(self) -> float:
        return self._aws.clock_offset / 60

    @minute.setter
    def minute(self, minute: float) -> None:
        self.set_only_here(minute)
        self._aws.clock_offset = minute * 60

    def set_only_here(self, minute: float) -> None:
        """AWS's stays as it is."""
        moved = self._file.with_name("clock.new")
        moved.write_text(f"{minute * 60:+.0f}\n")
        moved.replace(self._file)

    def now(self) -> float:
        return time.time() + self._aws.clock_offset

    @staticmethod
    def tidy() -> None:
        """Remove what processes that became others, or were killed, have left: a later one of that number would fail."""
        for left in Path("/dev/shm").glob("*faketime_s*_*"):
            if not Path("/proc", left.name.rpartition("_")[2]).exists():
                left.unlink(missing_ok=True)


def _library() -> Path:
    path_of("faketime", "faketime")
    found = [library for place in PLACES for library in Path("/usr").glob(f"{place}/libfaketime.so.1")]
    if not found:
        pytest.fail("faketime is there, and its library in none of the folders that this test knows")
    return found[0]
