"""What a person sees and types. The rules of the terminal:

- stdout is the product and nothing else; messages go to stderr behind `mfa-session: `, lower case, no full stop.
- questions go to /dev/tty, so that they work inside `$(…)` and pipes, and are erased once answered.
- a wait that the person can see the end of is shown, and erased once over.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time

from mfa_session.errors import MfaSessionError, NeedsTerminal

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Protocol

    class Reader(Protocol):
        """What reads from the terminal without echo, and lets go of it while something else needs it."""

        def pause(self) -> None:
            """Give the terminal back as it was; from any thread, and again before `resume`."""

        def resume(self) -> None:
            """Go on."""

        def modes_before(self) -> list[Any] | None:
            """Those the terminal will get back."""


ERASE_LINE = "\r\033[2K"

readers: list[Reader] = []  # of this process there is one terminal, and at most one of them at a time


def printable(text: str, keep: str = "\n\t") -> str:
    """`text` without what a terminal would act on: much of what is shown here was written by others."""
    return "".join(c if c.isprintable() or c in keep else "\N{REPLACEMENT CHARACTER}" for c in text)


def notice(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # a closed stderr must not cost anybody their session
        print(f"mfa-session: {printable(text)}", file=sys.stderr, flush=True)


def explain(error: MfaSessionError) -> None:
    notice(error.message)
    for hint in error.hints:
        notice(f"hint: {hint}")


def wait(seconds: float, why: str) -> None:
    """Sleep, saying why: with a countdown on a terminal, in one line elsewhere."""
    if not sys.stderr.isatty():
        notice(f"{why}; the next one comes in {seconds:.0f} s")
        time.sleep(seconds)
        return
    end = time.monotonic() + seconds
    try:
        while (left := end - time.monotonic()) > 0:
            # What is longer than the line could not be erased.
            width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            text = printable(f"mfa-session: next code in {left:.0f} s: {why}")[: width - 1]
            print(ERASE_LINE + text, end="", file=sys.stderr, flush=True)
            time.sleep(min(1.0, left))
    finally:
        print(ERASE_LINE, end="", file=sys.stderr, flush=True)


def there() -> bool:
    """Whether a terminal leads to a person."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def ask_secret(question: str) -> str:
    """What the person types, not echoed; the question is erased afterwards. Raises NeedsTerminal without a terminal."""
    import getpass  # only where a password is asked for

    if not there():
        raise NeedsTerminal(f"no terminal to ask on: {question.strip()}")
    with alone():
        secret = getpass.getpass(printable(question))
    with contextlib.suppress(OSError):
        terminal = os.open("/dev/tty", os.O_WRONLY | os.O_NOCTTY)
        os.write(terminal, f"\033[1A{ERASE_LINE}".encode())  # getpass has gone to the next line
        os.close(terminal)
    return secret


def confirm(question: str) -> bool:
    """Whether the person says yes, or just presses Enter; the question is erased. Raises NeedsTerminal without a terminal."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        raise NeedsTerminal(f"no terminal to ask on: {question.strip()}") from None
    answer = b""
    try:
        os.write(terminal, printable(question).encode())
        answer = os.read(terminal, 1024)
    finally:
        # Enter has gone to the next line; Ctrl-C and Ctrl-D have not.
        up = "\033[1A" if answer.endswith(b"\n") else ""
        os.write(terminal, f"{up}{ERASE_LINE}".encode())
        os.close(terminal)
    return answer.strip().lower() in (b"y", b"yes") or answer == b"\n"


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Meanwhile nothing else here reads from the terminal."""
    paused = [*readers]
    for reader in paused:
        reader.pause()
    try:
        yield
    finally:
        for reader in paused:
            reader.resume()


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Ctrl-Z, in the main thread: who comes to the shell by it finds the terminal as it was."""
    import signal
    import threading

    before = signal.getsignal(signal.SIGTSTP)
    if before != signal.SIG_DFL or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: object) -> None:
        with alone():
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            signal.signal(number, stop)  # it goes on

    signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)


def opened() -> int:
    """The terminal, open; raises NeedsTerminal where there is none."""
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        raise NeedsTerminal("there is no terminal to type a code on", "run it in a terminal") from None


def saved() -> Callable[[], None]:
    """What gives the terminal the modes of now back: a program that is stopped while it asks may leave it without echo.

    Does nothing without a terminal, or where nothing has changed.
    """
    import termios  # only where a program may ask on the terminal

    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        modes = termios.tcgetattr(terminal)
    except (OSError, termios.error):
        return lambda: None
    modes = next((before for reader in readers if (before := reader.modes_before())), modes)

    def put_back() -> None:
        with contextlib.suppress(termios.error, OSError):
            # In the background the terminal is somebody else's: touching it would stop this program.
            if os.tcgetpgrp(terminal) == os.getpgrp() and termios.tcgetattr(terminal) != modes:
                termios.tcsetattr(terminal, termios.TCSANOW, modes)

    return put_back
