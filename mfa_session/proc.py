"""The only place that starts other programs."""

from __future__ import annotations

import contextlib
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
    """A program that has been started in this terminal session, with no standard input but `stdin`."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], stdin: str | None = None) -> None:
        """Raises OSError where it can't be started. `stdin` goes through a pipe, and must fit into it (4 kB do)."""
        self._process = subprocess.Popen(
            argv,
            env=dict(env),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):  # it ended without reading: its own message says why
                self._process.stdin.write((stdin or "").encode())
                self._process.stdin.close()
        self._pipes = [_Reader(self._process.stdout), _Reader(self._process.stderr)]

    def wait(self, seconds: float, *, after_a_second: Callable[[], None]) -> Result:
        """The result; raises TimedOut after `seconds`. `after_a_second` is called if it is not there by then."""
        started, told = time.monotonic(), False
        try:
            while self._process.poll() is None:
                self._pipes[0].join(0.05)  # ends at once when the program closes its output: the usual case
                if not self._pipes[0].is_alive():
                    self._settle(0.05)
                elapsed = time.monotonic() - started
                if elapsed > seconds:
                    raise TimedOut
                if elapsed > 1 and not told:
                    told = True
                    after_a_second()
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
        if self._process.poll() is None:
            self._process.terminate()
            self._settle(1)
        if self._process.poll() is None:
            self._process.kill()
            self._settle(1)

    def _settle(self, seconds: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)


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
