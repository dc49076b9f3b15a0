"""Temporary files that a process leaves behind when it is killed: there may be a key in them, so they must go."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_YOUNG = 60  # seconds


def prefix(file: Path) -> str:
    """What the names of its temporary files begin with; eight characters of `tempfile` follow."""
    return f".{file.name}.mfa-session-"


def claim(number: int) -> None:
    """Have an open temporary file known as somebody's, before anything is written to it.

    The claim ends with the process, killed or not.
    """
    with contextlib.suppress(OSError):  # not every file system has locks
        fcntl.flock(number, fcntl.LOCK_EX)


def sweep(file: Path) -> None:
    """Remove those of this file that nobody is at any more, as far as that is known and possible."""
    ours = re.compile(re.escape(prefix(file)) + "[a-z0-9_]{8}")
    with contextlib.suppress(OSError):
        for name in os.listdir(file.parent):
            if ours.fullmatch(name):
                with contextlib.suppress(OSError):
                    _remove_if_left_behind(file.parent / name, file)


def _remove_if_left_behind(found: Path, file: Path) -> None:
    number = os.open(found, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        state = os.fstat(number)
        owners = {os.geteuid(), *([file.stat().st_uid] if file.exists() else [])}  # root writes for others
        if not stat.S_ISREG(state.st_mode) or state.st_uid not in owners:
            return
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left_behind = state.st_size > 0  # an empty one may be about to be claimed
        except BlockingIOError:
            return
        except OSError:  # no locks here: only its age tells
            left_behind = False
        if left_behind or time.time() - state.st_mtime > _YOUNG:
            found.unlink()
    finally:
        os.close(number)
