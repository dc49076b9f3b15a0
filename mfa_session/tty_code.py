"""A one-time code, typed: checked, not echoed, and asked for in a line that is erased."""

from __future__ import annotations

import threading
import time

from mfa_session import tty, tty_modes
from mfa_session.errors import Denied, MfaSessionError, NeedsTerminal

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from typing import Any

_TRIES = 3
_POLL = 0.05  # seconds


def possible() -> bool:
    """Whether a person can type a code here and now."""
    try:
        tty_modes.Terminal(force=True).close()
    except NeedsTerminal:
        return False
    return True


def digits(text: str) -> str | None:
    """The code in `text`, which may have blanks as authenticators show them; None where there is none."""
    code = "".join(text.split())
    return code if len(code) == 6 and code.isascii() and code.isdigit() else None


class TypedCode:
    """A code that may be typed; with a `question`, nothing else goes on. `read` takes it, in any thread."""

    def __init__(self, question: str = "") -> None:
        """Raises NeedsTerminal where nobody can type."""
        self._question = question
        self._terminal = tty_modes.Terminal(force=bool(question))
        self._lock = threading.RLock()  # a signal's handler may pause what the main thread is in
        self._line = question
        self._shown = False
        self._pauses = 0
        self._over = False
        tty.readers.append(self)

    def take(self) -> bool:
        """Whether what is typed from now on comes here."""
        with self._lock:
            if self._over or self._pauses or not self._terminal.hush():
                return False
            if self._line and not self._shown:
                self._terminal.show(self._line)
                self._shown = True
            return True

    def read(self) -> str | None:
        """The code; None once it was stopped. Raises Denied on Ctrl-D, MfaSessionError after three that are none."""
        typed, tries = b"", 0
        try:
            while not self._over:
                if not self.take():
                    time.sleep(_POLL)
                elif self._terminal.is_ready(_POLL) and (part := self._part()) is not None:
                    typed += part
                    if not part:
                        raise Denied("no code was typed", "run it again, with the code at hand")
                    if typed.endswith(b"\n"):
                        if code := digits(typed.decode(errors="replace")):
                            return code
                        typed, tries = b"", tries + 1
                        self._refuse(tries)
            return None
        finally:
            self.stop()
            self._terminal.close()  # only here: its number must not become another file's while it is waited on

    def stop(self) -> None:
        """End it, from any thread, with the terminal as it was."""
        with self._lock:
            if not self._over:
                if not self._question:
                    self._terminal.drain()  # a code that came too late is none of the shell's business
                self.pause()
                self._over = True
                tty.readers.remove(self)

    def pause(self) -> None:
        with self._lock:
            self._pauses += 1
            if not self._over:
                if self._shown:
                    self._terminal.show("")
                    self._shown = False
                self._terminal.give_back()

    def resume(self) -> None:
        with self._lock:
            self._pauses -= 1

    def modes_before(self) -> list[Any] | None:
        return self._terminal.before

    def _part(self) -> bytes | None:
        with self._lock:
            return None if self._over or self._pauses else self._terminal.read()

    def _refuse(self, tries: int) -> None:
        if tries == _TRIES:
            raise MfaSessionError(
                "what was typed is no one-time code", "it has 6 digits: run it again, with the code at hand"
            )
        with self._lock:
            self._line = f"6 digits, please: {self._question}"
            self._shown = False
