"""One process at a time may ask for a code of an MFA device, or for a role; and what the next one has to know of it.

That is kept in one small file for each: who holds it, the last 30-second step whose code AWS has answered for
(codes are taken once), and the last failure, which those who were waiting share. There is no code in it.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STEP = 30  # seconds that a one-time code is valid for (RFC 6238's default, and AWS's)
_SIZE = 4096  # bytes


def _folder(environ: Mapping[str, str]) -> str:
    """The folder of such files, made where it is missing: they need not outlive a restart. Raises OSError."""
    # cron, say, does not set it.
    runtime = _absolute(environ.get("XDG_RUNTIME_DIR")) or f"/run/user/{os.geteuid()}"
    state = state_home(environ)
    why = OSError(errno.ENOENT, "HOME is not set")
    for parent in (runtime if os.path.isdir(runtime) else None, state):
        if parent:
            folder = f"{parent}/mfa-session"
            try:
                # Under sudo, what is made in a person's home, and files in a folder of theirs, would get in their way.
                if owner(folder) not in (os.geteuid(), 0):
                    raise PermissionError(errno.EPERM, "it belongs to another user", folder)
                os.makedirs(folder, mode=0o700, exist_ok=True)
                if os.stat(folder).st_uid != os.geteuid():
                    raise PermissionError(errno.EPERM, "it belongs to another user", folder)
                if os.access(folder, os.W_OK | os.X_OK):
                    return folder
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), folder)
            except OSError as error:
                why = error
    raise why


def state_home(environ: Mapping[str, str]) -> str | None:
    """Where what outlives a restart goes: https://specifications.freedesktop.org/basedir-spec/latest/."""
    home = environ.get("HOME")
    return _absolute(environ.get("XDG_STATE_HOME")) or (f"{home}/.local/state" if home else None)


def _absolute(path: str | None) -> str | None:
    """Others are to be ignored, says the same specification: each program would see another folder."""
    return path if path and os.path.isabs(path) else None


def owner(path: str) -> int:
    """The user whose it is, or in whose folder it would be."""
    while not os.path.exists(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return os.stat(path or ".").st_uid


def file(name: str, environ: Mapping[str, str]) -> str | None:
    """The path for a file that processes meet at; None where there is no place for it."""
    try:
        return f"{_folder(environ)}/{name}"
    except OSError:
        return None


def first_time(what: str, environ: Mapping[str, str]) -> bool:
    """Whether no process has asked this before; where that can't be noted, it is always the first time."""
    try:
        os.close(os.open(f"{_folder(environ)}/{what}", os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return False
    except OSError:
        pass
    return True


class Turns:
    """The turns of one device, or of one role (`kind`), by its `name`; `what` says in which command this process takes them.

    Where no folder can be used, `warn` is told why, and everything else goes on as if nobody else were there.
    """

    def __init__(
        self,
        name: str,
        what: str,
        environ: Mapping[str, str],
        warn: Callable[[str], None],
        kind: str = "device",
    ) -> None:
        self._file = f"{kind}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        self._what = what
        self._warn = warn
        self._facts: dict[str, Any] = {}
        self._held = False
        self._descriptor = self._open(environ)

    def take(self) -> bool:
        """Whether it is this process's turn now; does not wait."""
        if self._descriptor is not None:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            except OSError:  # a file system without locks
                pass
        self._held = True
        self._facts = self._read()
        self._write(holder=f"{self._what} (pid {os.getpid()})")
        return True

    def end(self) -> None:
        if self._held:
            self._write(holder=None)
            self._held = False
            if self._descriptor is not None:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def holder(self) -> str:
        return str(self._read().get("holder") or "another mfa-session")

    def seconds_until_unused(self) -> float:
        """How long to wait for a step whose code AWS has not answered for; 0 if this is one."""
        last, now = self._facts.get("step"), time.time()
        # One further ahead was noted by a clock that has been set back since, and says nothing.
        if not isinstance(last, int) or not 0 <= last - now // STEP <= 1:
            return 0
        return (last + 1) * STEP - now + 0.5

    def use_step(self, step: int) -> None:
        self._write(step=step)

    def note(self, key: str, error: MfaSessionError) -> None:
        """Let those who are waiting for the same session know why there is none."""
        words = [word[:500] for word in (error.message, *error.hints)][:4]
        failure = {"key": key, "at": time.time(), "kind": error.exit_code, "words": words}
        self._write(failure=failure | {"unanswered": error.unanswered})

    def failure(self, key: str, since: float) -> MfaSessionError | None:
        """Why another process got no session with this key after `since`, in seconds since the epoch, if so."""
        failure: Any = self._read().get("failure")
        try:
            if failure["key"] != key or not since <= failure["at"] <= time.time():
                return None
            error = MfaSessionError(*map(str, failure["words"]))
            error.exit_code, error.unanswered = int(failure["kind"]), bool(failure["unanswered"])
        except (TypeError, KeyError, ValueError):  # none, or damaged
            return None
        return error

    def _open(self, environ: Mapping[str, str]) -> int | None:
        try:
            path = f"{_folder(environ)}/{self._file}"
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self._tell(f"{error.filename or 'no folder'}: {error.strerror}")
            return None

    def _read(self) -> dict[str, Any]:
        if self._descriptor is None:
            return self._facts
        try:
            facts = json.loads(os.pread(self._descriptor, _SIZE, 0))
        except (OSError, ValueError):  # empty, damaged, or half written by one that was killed
            return {}
        return facts if isinstance(facts, dict) else {}

    def _write(self, **changes: object) -> None:
        self._facts = {name: fact for name, fact in (self._facts | changes).items() if fact is not None}
        if self._descriptor is None:
            return
        try:
            # Always of one size: the room that it takes is its own, also on a disk that has become full.
            os.pwrite(self._descriptor, json.dumps(self._facts).encode().ljust(_SIZE)[:_SIZE], 0)
        except OSError as error:  # the lock holds without it
            self._tell(str(error.strerror))

    def _tell(self, why: str) -> None:
        self._warn(why)
        self._warn = lambda _: None
