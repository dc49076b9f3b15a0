"""A clock that a test moves: that of the programs it starts (`standins/clock.c`), and that of the stand-in for AWS with it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from programs import path_of

SOURCE = Path(__file__).parent / "standins/clock.c"


class Clock:
    """Runs on by itself; `minute` is where the test has set it, counted from when it was made."""

    def __init__(self, world) -> None:
        self._aws = world.aws
        self._file = world.home / "clock"
        self.minute = 0.0
        world.env |= environ(world.home, self._file)

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
        moved.write_text(f"{minute * 60:.0f}\n")
        moved.replace(self._file)

    def now(self) -> float:
        return time.time() + self._aws.clock_offset


def environ(folder: Path, clock: Path) -> dict[str, str]:
    """What a program needs whose clock is to be ahead by as many seconds as the file `clock` says."""
    if sys.platform != "linux":
        pytest.skip("the clock of a program can't be moved here: run this on Linux")
    library = folder / "clock.so"
    words = [path_of("cc", "gcc"), "-shared", "-fPIC", "-O1", "-o", library, SOURCE]
    built = subprocess.run(words, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return {"LD_PRELOAD": str(library), "MOVED_CLOCK": str(clock)}
