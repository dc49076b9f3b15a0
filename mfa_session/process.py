"""Processes, as the system has them: what this one leaves behind and how it becomes another program; whether others are there."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal
import sys

from mfa_session.errors import MfaSessionError
from mfa_session.request import TimeIsUp

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import NoReturn

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_PATH = "/usr/local/bin:/bin:/usr/bin"  # where the environment names none


class CannotRun(MfaSessionError):
    """The program can't be run: 127 where there is none, 126 where there is, as env(1) has it."""

    def __init__(self, program: str, why: str, *hints: str, missing: bool) -> None:
        super().__init__(f"{program}: {why}", *hints)
        self.exit_code = 127 if missing else 126


def without_core_file() -> Callable[[], None]:
    """A core file would hold the key and the session; returns what takes this back, for a program that comes after."""
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, limits[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_CORE, limits)


def hide() -> None:
    """No core file, and on Linux no other process of this user can attach to this one or read its memory.

    prctl(2), PR_SET_DUMPABLE. Root still can.
    """
    without_core_file()
    _prctl(_PR_SET_DUMPABLE, 0)


def end_with_parent() -> None:
    """On Linux, where the process that has started this one is killed, this one gets SIGTERM: prctl(2), PR_SET_PDEATHSIG."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes  # only for what keeps secrets for long

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_of(pid: int) -> Callable[[], bool]:
    """Tells whether this process has ended, from now on: where the system can, another that gets its number does not count."""
    import select  # only for servers

    try:
        number = os.pidfd_open(pid)
    except (AttributeError, OSError):  # macOS; or it has ended already
        return lambda: not exists(pid)
    return lambda: bool(select.select([number], [], [], 0)[0])


def exists(pid: int) -> bool:
    """Whether there is a process of this number just now, be it another one."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


@contextlib.contextmanager
def within(seconds: float, late: Callable[[], MfaSessionError]) -> Iterator[None]:
    """What takes longer is ended with the error that `late` makes. For the main thread."""

    def up(*_: object) -> NoReturn:
        raise TimeIsUp(late())

    signal.signal(signal.SIGALRM, up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except TimeIsUp as over:
        raise over.why from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def find(program: str, environ: Mapping[str, str]) -> str:
    """The path that `program` would be run from; raises CannotRun."""
    if "/" in program:
        candidates = [program]
    else:
        folders = environ.get("PATH", _PATH).split(":")
        candidates = [os.path.join(folder or ".", program) for folder in folders]
    there = [path for path in candidates if program and os.path.exists(path)]
    for path in there:
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
    if there:
        raise CannotRun(program, "this can't be executed", missing=False)
    raise CannotRun(program, "there is no such program", missing=True)


def become(argv: list[str], environ: Mapping[str, str]) -> NoReturn:
    """Run it in place of this process; raises CannotRun where that fails."""
    path = find(argv[0], environ)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores these, and that would be inherited
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execve(path, argv, environ)
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            # A script whose first line names no shell is one of sh, as in execvp(3).
            os.execve("/bin/sh", ["/bin/sh", path, *argv[1:]], environ)
        if error.errno == errno.ENOENT:  # the program itself has been found
            raise CannotRun(argv[0], "what its first line names is not there", missing=True) from None
        raise CannotRun(argv[0], error.strerror or "can't be run", missing=False) from None
