"""Runs the program under strace and kills it with SIGKILL on its way into one of the calls that change something.

`changes` lists these calls; `run_killed` takes one of them, in a world like the one it was listed in. Only the main thread
is looked at, and none of the programs that it starts: those go on, as they would in life.

A call is found again by its name and number. For `openat` that takes in every file that is read: where these are to be
killed, run the same in another world first, so that all modules are compiled, whoever else is running.
"""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import programs

if TYPE_CHECKING:
    import subprocess

# Linux knows them by different names on different processors: `?` lets strace go on without one.
FILES = (
    *("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat"),
    *("rmdir", "mkdir", "mkdirat", "open", "openat", "creat", "truncate", "ftruncate"),
    *("chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "fsync", "fdatasync"),
    *("write", "writev", "pwrite64"),
)
NETWORK = ("sendto", "sendmsg")
PROGRAMS = ("vfork", "fork", "clone", "clone3")
CALLS = (*FILES, *NETWORK, *PROGRAMS)
_CALL = re.compile(r"(\w+)\((.*)")
_IGNORED = re.compile(r'<(pipe|/dev/|anon_inode|UNIX|socket:.*NETLINK)|"/dev/|CLONE_THREAD')


class Change(NamedTuple):
    """The `nth` call of this name in the main thread, and the `number`th of all that change something, from 0."""

    number: int
    call: str
    nth: int
    text: str  # for people

    def __str__(self) -> str:
        return f"{self.number}: {self.text}"


def changes(world, argv, calls=CALLS, **environ) -> list[Change]:
    """Run it to its end, which has to be a good one, and list what it did that lasts."""
    result, found = _traced(world, argv, calls, [], environ)
    assert result.returncode == 0, result.stderr
    assert found, "strace saw nothing"
    return found


def states(listed: list[Change]) -> list[Change]:
    """One for each state that a kill can leave: of requests in a row, before the first; none for what is as good as nothing.

    Those requests that change something at AWS have to be killed after, too, where AWS itself says so.
    """
    asking = (*NETWORK, *PROGRAMS)
    pairs = zip([None, *listed], listed, strict=False)
    return [
        change
        for before, change in pairs
        if before
        and change.call
        not in ("fsync", "fdatasync", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat")
        and not (change.call in NETWORK and before.call in asking)
    ]


def run_killed(world, argv, at: Change, calls=CALLS, **environ) -> subprocess.CompletedProcess[str]:
    """Run it, and let it die before this call is made; everything before has happened. Fails where it went another way."""
    inject = ["-e", f"inject={at.call}:signal=SIGKILL:when={at.nth}"]
    result, found = _traced(world, argv, calls, inject, environ)
    assert result.returncode == -signal.SIGKILL, (str(at), result.returncode, result.stderr)
    last = found[-1]
    assert (last.number, last.call) == (at.number, at.call), f"killed at {last}, not at {at}"
    return result


def _traced(world, argv, calls, inject, environ):
    log = Path(world.home.parent, "strace.log")
    trace = "trace=" + ",".join(f"?{call}" for call in calls)
    # Of paths all is shown, of everything else that is written nothing: it holds secrets.
    strace = [programs.path_of("strace", "strace"), "-qq", "-y", "-s", "0", "-o", str(log), "-e", trace]
    program = [str(world.bin / "mfa-session"), *argv]
    # Modules compiled on the way would be changes, too.
    result = world.call([*strace, *inject, *program], PYTHONDONTWRITEBYTECODE="1", **environ)
    return result, _changing(log.read_text(errors="replace").splitlines(), str(world.home.parent))


def _changing(lines: list[str], folder: str) -> list[Change]:
    count: Counter[str] = Counter()
    found: list[Change] = []
    for line in lines:
        if call := _CALL.match(line):
            count[call[1]] += 1
            if _lasts(*call.groups()) and " = -1 E" not in line:
                text = re.sub(r"\s+= .*", "", line).replace(folder, "…")
                found.append(Change(len(found), call[1], count[call[1]], text))
    return found


def _lasts(call: str, rest: str) -> bool:
    if _IGNORED.search(rest):
        return False
    if call in ("open", "openat"):
        return "O_CREAT" in rest or "O_TRUNC" in rest
    if call in ("write", "writev", "pwrite64"):
        return bool(re.match(r"\d+</", rest))
    return True


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under it, by its path from there."""
    return {
        os.path.relpath(path, folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
