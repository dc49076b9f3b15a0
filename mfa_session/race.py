"""A code that may be typed while another source is still asked, or once that has failed: the first one wins."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Protocol

from mfa_session import codes, tty, tty_code
from mfa_session.errors import MfaSessionError, NeedsTerminal
from mfa_session.model import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mfa_session.model import Asking


class SlowSource(Protocol):
    """A source that a person may have to do something for: `announce` gets what, once a question has become slow."""

    announce: Callable[[str], None]

    def ask(self, references: tuple[str, ...] = ()) -> Asking:
        """As of a CodeSource."""


class OrTyped:
    """`source`, and where that gives no code, or is slow, what the person types for the account of this label."""

    def __init__(self, source: SlowSource, label: str) -> None:
        self._source = source
        self._label = label

    def ask(self, references: tuple[str, ...] = ()) -> Asking:
        if references:  # nobody could type what they lead to
            self._source.announce = tty.notice
            return self._source.ask(references)
        return _Racing(self._source, self._label)


class _Racing:
    def __init__(self, source: SlowSource, label: str) -> None:
        self._lock = threading.Lock()
        self._over = self._taken_back = False
        self._typed: tty_code.TypedCode | None = None
        self._won: list[str] = []
        self._typing = codes.Typing(label)
        self._asking: Asking | None = None
        source.announce = self._announce
        try:
            self._asking = source.ask()
        except MfaSessionError as error:
            if not error.typing_helps or not tty_code.possible():
                raise
            self._failed = error

    def answer(self) -> Answer:
        with tty.stoppable():
            try:
                return self._asked()
            except MfaSessionError as error:
                if self._won:
                    return Answer(self._won[0])
                if self._taken_back or not error.typing_helps or not tty_code.possible():
                    raise
                # The question that follows is how it is done again.
                hints = [hint for hint in error.hints if not hint.startswith("run it again")]
                tty.explain(MfaSessionError(error.message, *hints))
        return self._typing.answer()

    def _asked(self) -> Answer:
        try:
            if self._asking is None:
                raise self._failed
            return self._asking.answer()
        finally:
            with self._lock:
                self._over = True
            if self._typed:
                self._typed.stop()

    def cancel(self) -> None:
        self._taken_back = True
        if self._typed:
            self._typed.stop()
        if self._asking:
            self._asking.cancel()
        self._typing.cancel()

    def _announce(self, text: str) -> None:
        """In any thread: the code may be typed from now on, where that is possible."""
        with self._lock:
            if self._over or self._taken_back:
                return
            if self._takes():
                threading.Thread(target=self._read, daemon=True).start()
        tty.notice(f"{text}, or type its code here" if self._typed else text)

    def _takes(self) -> bool:
        try:
            self._typed = tty_code.TypedCode()
            if self._typed.take():
                return True
            self._typed.stop()  # another program asks something there
        except NeedsTerminal:
            pass
        self._typed = None
        return False

    def _read(self) -> None:
        with contextlib.suppress(
            MfaSessionError
        ):  # who types something else, or Ctrl-D, leaves it to the source
            code = self._typed.read() if self._typed else None
            if code and self._asking:
                self._won.append(code)
                self._asking.cancel()
