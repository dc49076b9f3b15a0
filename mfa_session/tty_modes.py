"""The terminal, taken for a while so that what is typed is not shown, and given back as it was."""

from __future__ import annotations

import contextlib
import os
import select
import termios

from mfa_session import tty
from mfa_session.errors import NeedsTerminal


class Terminal:
    """The terminal, to read lines from that are not echoed; what is typed and not sent by Enter stays in its queue.

    For `force`, it is taken however it is; else only while it is as a shell leaves it to programs: where it is not,
    another program asks something on it.
    """

    def __init__(self, *, force: bool) -> None:
        """Raises NeedsTerminal where nobody could type anything."""
        self._file = tty.opened()
        self._force = force
        self._hushed = False
        self._bits = termios.ICANON | termios.ECHO | termios.ISIG
        self._quiet = termios.ICANON | termios.ISIG
        if not self._ours():
            os.close(self._file)
            raise NeedsTerminal("this runs in the background, where nobody can type a code", "type: fg")
        self.before = termios.tcgetattr(self._file)

    def _ours(self) -> bool:
        """Whether this process is not in the background, where reading would stop it."""
        try:
            return os.tcgetpgrp(self._file) == os.getpgrp()
        except OSError:
            return False

    def hush(self) -> bool:
        """Whether what is typed comes here, and to no screen; raises NeedsTerminal where it has been closed."""
        try:
            if os.tcgetpgrp(self._file) != os.getpgrp():
                return False
            modes = termios.tcgetattr(self._file)
            now = modes[3] & self._bits
            if now != self._quiet or not self._hushed:
                if not self._force and now != self._bits:
                    return False
                modes[3] = modes[3] & ~self._bits | self._quiet
                termios.tcsetattr(
                    self._file, termios.TCSANOW, modes
                )  # the others throw away what has been typed
        except (OSError, termios.error):
            raise NeedsTerminal("the terminal to type a code on has been closed", "run it again") from None
        self._hushed = True
        return True

    def give_back(self) -> None:
        """As it was, unless another program has it in its hands."""
        with contextlib.suppress(termios.error, OSError):
            if self._hushed and self._ours():
                if termios.tcgetattr(self._file)[3] & self._bits == self._quiet:
                    termios.tcsetattr(self._file, termios.TCSANOW, self.before)
                self._hushed = False

    def is_ready(self, seconds: float) -> bool:
        return bool(select.select([self._file], [], [], seconds)[0])

    def read(self) -> bytes | None:
        """A line, or what was sent of one by Ctrl-D; None where there is none."""
        try:
            return os.read(self._file, 1024)
        except BlockingIOError:
            return None
        except OSError:  # the window was closed
            return b""

    def drain(self) -> None:
        """Take a line that has been sent, but not what has been typed of the next one."""
        if self._hushed and self._ours() and self.is_ready(0):
            self.read()

    def show(self, text: str) -> None:
        """In place of the line that the cursor is in."""
        with contextlib.suppress(OSError, ValueError):
            width = os.get_terminal_size(self._file).columns or 80
            if self._ours():
                os.write(self._file, (tty.ERASE_LINE + tty.printable(text)[: width - 1]).encode())

    def close(self) -> None:
        os.close(self._file)
