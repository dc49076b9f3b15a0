"""What goes on beside this program, or after it: started here, and then on its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def own_words(what: str) -> list[str]:
    """This very program, as a process of its own that does `what`."""
    return [sys.executable, "-I", os.path.join(os.path.dirname(__file__), "apart.py"), what]


def start(
    argv: Sequence[str], env: Mapping[str, str], stdin: str, keep: Sequence[int], log: str, *, terminal: bool
) -> str:
    """Start it, and return the first line that it prints, which is empty where it has ended without one. Raises OSError.

    `stdin` goes through a pipe, `keep` are the open files that it gets, and what else it says goes into the file `log`.
    With `terminal` it stays in this terminal session, else it has one of its own, without a terminal.
    """
    number = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "wb") as file:
        process = subprocess.Popen(
            argv,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            pass_fds=keep,
            start_new_session=not terminal,
            encoding="utf-8",
        )
    assert process.stdin and process.stdout  # noqa: S101 - both are pipes
    try:
        with process.stdin as pipe:
            pipe.write(stdin)
    except BrokenPipeError:
        pass  # it has ended; the log says why
    try:
        with process.stdout as said:
            return said.readline()
    except BaseException:
        process.kill()  # nobody would know of it
        raise
    finally:
        process.wait()  # it goes on in a process of its own, which is nobody's child here


def leave_parent() -> None:
    """Go on in a process that is no child of the one that started this, so that it need not know of it.

    Before there are any threads.
    """
    if os.fork():
        os._exit(0)
