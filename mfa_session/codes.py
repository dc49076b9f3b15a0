"""Ways to a code put together: given on the command line, typed, or asked for beside the values of references."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from mfa_session import tty, tty_code
from mfa_session.errors import MfaSessionError, NeedsTerminal
from mfa_session.model import Answer

if TYPE_CHECKING:
    from mfa_session.model import Asking, CodeSource


class Given:
    """The code of the command line, which is good for one question."""

    def __init__(self, code: str) -> None:
        """Raises MfaSessionError where it is none."""
        digits = tty_code.digits(code)
        if digits is None:
            raise MfaSessionError("what --otp gives is no one-time code", "it has 6 digits: --otp 123456")
        self._code = digits
        self._used = False

    def ask(self, references: tuple[str, ...] = ()) -> _Known:
        assert not references  # noqa: S101 - Split asks others for them
        if self._used:
            raise MfaSessionError(
                "the code of --otp can't be used again: AWS takes each one once",
                "run it again with the next code, or without --otp",
            )
        self._used = True
        return _Known(self._code)


class _Known:
    def __init__(self, code: str) -> None:
        self._code = code

    def answer(self) -> Answer:
        return Answer(self._code)

    def cancel(self) -> None:
        pass


class Typed:
    """What the person types for the account of this label."""

    def __init__(self, label: str) -> None:
        self.label = label

    def ask(self, references: tuple[str, ...] = ()) -> Typing:
        assert not references  # noqa: S101 - Split asks others for them
        if not tty_code.possible():
            raise NeedsTerminal(
                f"no terminal to type the code for {self.label} on",
                "run it in the foreground of a terminal, or give the code: --otp CODE",
            )
        return Typing(self.label)


class Typing:
    """The question is put when its answer is waited for; until then the terminal is left alone."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._typed: tty_code.TypedCode | None = None
        self._taken_back = False

    def answer(self) -> Answer:
        with tty.stoppable():
            self._typed = typed = tty_code.TypedCode(f"one-time code for {self._label}: ")
            if self._taken_back:
                typed.stop()
            code = typed.read()
        if code is None:
            raise MfaSessionError("the code is no longer asked for")
        return Answer(code)

    def cancel(self) -> None:
        self._taken_back = True
        if self._typed:
            self._typed.stop()


class Split:
    """The values of references from one source, the code from another; both are asked at once."""

    def __init__(self, values: CodeSource, codes: CodeSource) -> None:
        self._values = values
        self._codes = codes

    def ask(self, references: tuple[str, ...] = ()) -> Asking:
        if not references:
            return self._codes.ask()
        values = self._values.ask(references)
        try:
            return _Both(values, self._codes.ask())
        except BaseException:
            values.cancel()
            raise


class _Both:
    def __init__(self, values: Asking, code: Asking) -> None:
        self._values = values
        self._code = code

    def answer(self) -> Answer:
        if isinstance(self._code, Typing):  # two questions at once would be in each other's way
            values = self._values.answer().values
            return Answer(self._code.answer().code, values)
        found: list[Answer] = []
        errors: list[BaseException] = []

        def wait() -> None:
            try:
                found.append(self._code.answer())
            except BaseException as error:  # noqa: BLE001 - raised again below
                errors.append(error)
                self._values.cancel()

        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        try:
            values = self._values.answer().values
            while waiting.is_alive():
                waiting.join(0.1)  # a join without end can't be interrupted by Ctrl-C on every system
        except BaseException:
            first = [*errors]  # what comes now only says that it was taken back
            self._code.cancel()
            if first:  # the values were taken back because of it
                raise first[0] from None
            raise
        if errors:
            raise errors[0]
        return Answer(found[0].code, values)

    def cancel(self) -> None:
        self._values.cancel()
        self._code.cancel()
