"""Starts other programs, and waits for them; what goes on by itself is started by `proc_apart`, and nothing by anybody else."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# How long to go on reading after the program has ended: a daemon it has left behind may hold the pipes for hours.
_GRACE = 0.3
_INTERRUPTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
_ENOUGH = 1 << 20  # bytes of output that are kept; a program may print without end


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that raise something wait until the end: what is started here is then known, and can be stopped.

    For the main thread only. May be nested.
    """
    came: list[int] = []
    handlers = {number: signal.getsignal(number) for number in _INTERRUPTING}
    ours = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in ours:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
    if came:
        ours[signal.Signals(came[0])](came[0], None)


class Result(NamedTuple):
    status: int
    stdout: str
    stderr: str


class TimedOut(Exception):
    """The program did not end in time, and has been stopped."""


class Running:
    """A program that has been started in this terminal session, with no standard input but `stdin`.

    `apart`: in a session of its own, where it can't ask on the terminal. `with_children`: they end with it. `heard`: what it
    says on stderr is for the person, as it comes, and not part of the result.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        stdin: str | None = None,
        *,
        apart: bool = False,
        with_children: bool = False,
        heard: bool = False,
    ) -> None:
        """Raises OSError where it can't be started. `stdin` goes through a pipe, of whatever length it is."""
        self._with_children = with_children
        self._process = subprocess.Popen(
            argv,
            env=dict(env),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if heard else subprocess.PIPE,
            start_new_session=apart,
        )
        if self._process.stdin:
            # It may ask a person something before it reads, and a pipe takes no more than some kB before that.
            given = self._process.stdin, (stdin or "").encode()
            threading.Thread(target=_feed, args=given, daemon=True).start()
        self._pipes = [_Reader(self._process.stdout), _Reader(self._process.stderr)]

    def wait(self, seconds: float, when_slow: Callable[[], None] = lambda: None, slow: float = 1) -> Result:
        """The result; raises TimedOut after `seconds`. `when_slow` is called if it is not there after `slow` seconds."""
        started, told = time.monotonic(), False
        try:
            while self._process.poll() is None:
                self._pipes[0].join(0.05)  # ends at once when the program closes its output: the usual case
                if not self._pipes[0].is_alive():
                    self._settle(0.05)
                elapsed = time.monotonic() - started
                if elapsed > seconds:
                    raise TimedOut
                if elapsed > slow and not told:
                    told = True
                    when_slow()
        except BaseException:
            self.stop()
            raise
        for pipe in self._pipes:
            pipe.join(_GRACE)
        return Result(self._process.returncode, *(pipe.text() for pipe in self._pipes))

    @property
    def over(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        """End it, politely first; its pipes are not waited for. Safe from any thread, and more than once."""
        # Without their parent they could not be found any more; in a group of their own they could not use the terminal.
        children = _descendants(self._process.pid) if self._with_children and not self.over else []
        if self._process.poll() is None:
            self._process.terminate()
            _signal(children, signal.SIGTERM)
            self._settle(1)
        if self._process.poll() is None:
            self._process.kill()
            self._settle(1)
        end = time.monotonic() + 0.5
        while (children := _signal(children, 0)) and time.monotonic() < end:
            time.sleep(0.02)
        _signal(children, signal.SIGKILL)

    def _settle(self, seconds: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)


def _descendants(pid: int) -> list[int]:
    """The processes that this one, or one of those, has started and that run; none where that can't be found out."""
    parents = _parents()
    found = [pid]
    for parent in found:  # it grows meanwhile
        found += [child for child, of in parents if of == parent]
    return found[1:]


def _parents() -> list[tuple[int, int]]:
    """Each process and its parent; none where that can't be found out."""
    found = []
    for name in os.listdir("/proc") if os.path.exists("/proc/self/stat") else ():
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{name}/stat", "rb") as file:
            found.append(
                (int(name), int(file.read().rpartition(b")")[2].split()[1]))
            )  # a name may have blanks
    if found:
        return found
    argv = ["ps", "-A", "-o", "pid=", "-o", "ppid="]
    try:
        listed = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=2, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [(int(pid), int(parent)) for pid, parent in map(bytes.split, listed.splitlines())]


def _signal(pids: Sequence[int], number: int) -> list[int]:
    """Those of them that are still there."""
    there = []
    for pid in pids:
        with contextlib.suppress(OSError):  # it has ended
            os.kill(pid, number)
            there.append(pid)
    return there


def _feed(pipe: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), pipe:  # it ended without reading: its own message says why
        pipe.write(data)


class _Reader(threading.Thread):
    """Collects what comes out of a pipe; what has come so far can be had at any time."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        super().__init__(daemon=True)  # a pipe that is never closed must not keep this program alive
        self._pipe = pipe
        self._chunks: list[bytes] = []
        self._kept = 0
        self.start()

    def run(self) -> None:
        while self._pipe and (chunk := self._pipe.read1(65536)):  # type: ignore[attr-defined]  # it is buffered
            if self._kept < _ENOUGH:
                self._chunks.append(chunk)
                self._kept += len(chunk)

    def text(self) -> str:
        return b"".join(self._chunks).decode(errors="replace").replace("\r\n", "\n")


def converse(
    argv: Sequence[str], env: Mapping[str, str], question: str, answer: Callable[[str], str], seconds: float
) -> Result:
    """Run a program that insists on a terminal of its own, and answer its `question` (a pattern) once.

    `answer` gets the question's text. What it said afterwards comes as stdout. Raises TimedOut and OSError.
    """
    import pexpect  # needed by few, and slow to import

    try:
        child = pexpect.spawn(
            argv[0],
            list(argv[1:]),
            env=dict(env),
            echo=False,
            encoding="utf-8",
            codec_errors="replace",
            timeout=seconds,
        )
    except pexpect.ExceptionPexpect as error:
        raise OSError(str(error)) from None
    try:
        if child.expect([question, pexpect.EOF]) == 0:
            child.sendline(answer(str(child.after)))
            child.expect(pexpect.EOF)
        text = str(child.before)
    except pexpect.TIMEOUT:
        raise TimedOut from None
    finally:
        child.close(force=True)
    status = child.exitstatus if child.exitstatus is not None else -(child.signalstatus or 1)
    return Result(status, text.replace("\r\n", "\n"), "")


def can_browse() -> bool:
    """Whether a browser is found: the person's own choice (BROWSER) is only known to work once it has been run."""
    import webbrowser  # only for the console

    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def browse(url: str) -> bool:
    """Show it in the person's browser, and whether that could be started; one that takes the terminal is waited for.

    Every user of this machine can see `url` meanwhile.
    """
    import webbrowser

    try:
        return webbrowser.open(url)
    except (webbrowser.Error, OSError):
        return False
