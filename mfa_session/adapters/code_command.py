"""The code that a program of the person's own prints: OTP_COMMAND of an account's file, mfa_process of an AWS profile.

It runs with what this program runs with, but AWS's variables and its input; it may ask on the terminal. Nothing that it
prints is shown, but the first line of its complaint where it fails.
"""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from mfa_session import proc, tty
from mfa_session.errors import MfaSessionError, NotAvailable
from mfa_session.model import ASKING, Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMIT = 60  # seconds
_SYNTAX = frozenset("|&;<>()$`\\*?[]#~=%{}!\n")  # what a shell may act on; a shell too many does no harm
_SYNTAX_IN_QUOTES = frozenset("$`\\")  # and what it acts on between double quotes
_SECRET = re.compile(r"[A-Za-z0-9+/=_-]{20,}|[0-9]{6,}|[0-9]{3}[ -][0-9]{3}")
_BY_HAND = "see what it does: run by hand what OTP_COMMAND (of an AWS profile: mfa_process) says"


def needs_shell(command: str) -> bool:
    """Whether more is in it than words and quotes."""
    quote = ""
    for letter in command:
        if quote:
            if quote == '"' and letter in _SYNTAX_IN_QUOTES:
                return True
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in _SYNTAX:
            return True
    return False


def _words(command: str) -> list[str]:
    if needs_shell(command):
        return ["/bin/sh", "-c", command]
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words or not words[0]:
        raise MfaSessionError(
            "the command for the code has a quote without its end, or no name",
            'write it as in a shell: OTP_COMMAND="pass otp aws"',
        )
    return words


class CodeCommand:
    """The codes that `command` prints; `label` names the account for the person who waits."""

    def __init__(self, command: str, label: str, environ: Mapping[str, str]) -> None:
        self.words = _words(command)
        # Its name, and not what stands before or in it: TOKEN=… /a/long/path/to/it
        given = [word for word in command.split() if "=" not in word] or ["it"]
        self.name = _hidden(os.path.basename(self.words[0] if self.words[0] != "/bin/sh" else given[0]))
        self.label = label
        self.env = {n: v for n, v in environ.items() if not n.startswith("AWS_")} | {ASKING: "1"}

    def ask(self, references: tuple[str, ...] = ()) -> _Asking:
        assert not references  # noqa: S101 - it is asked for nothing but codes
        return _Asking(self)


class _Asking:
    def __init__(self, source: CodeCommand) -> None:
        self._name = source.name
        self._label = source.label
        self._taken_back = False
        try:
            self._running = proc.Running(source.words, source.env, with_children=True)
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                raise _not_found(self._name) from None
            raise NotAvailable(
                f"the command for the code, {self._name}, can't be run: {error.strerror}", _BY_HAND
            ) from None

    def answer(self) -> Answer:
        try:
            result = self._running.wait(_LIMIT, self._tell)
        except proc.TimedOut:
            raise NotAvailable(
                f"the command for the code, {self._name}, did not end within {_LIMIT} s", _BY_HAND
            ) from None
        if self._taken_back:
            raise MfaSessionError("the command for the code has been ended")
        if result.status != 0:
            raise self._failed(result)
        code = result.stdout.strip()
        if not re.fullmatch(r"[0-9]{6}", code):  # it may be the seed: it is not shown
            what = "no code of 6 digits" if code else "nothing"
            what = "more than one line" if "\n" in code else what
            raise MfaSessionError(
                f"the command for the code, {self._name}, printed {what}",
                "it has to print one code of 6 digits, and nothing else, to its standard output",
            )
        return Answer(code)

    def cancel(self) -> None:
        self._taken_back = True
        self._running.stop()

    def _failed(self, result: proc.Result) -> MfaSessionError:
        said = next((line.strip() for line in result.stderr.splitlines() if line.strip()), "")
        said = f", and says: {_hidden(tty.printable(said))[:200]}" if said else ""
        if result.status < 0:
            how = f"was ended by signal {-result.status}"
        elif result.status == 127 and not said:
            return _not_found(self._name)
        else:
            how = f"failed with status {result.status}"
        return MfaSessionError(f"the command for the code, {self._name}, {how}{said}", _BY_HAND)

    def _tell(self) -> None:
        if not self._taken_back:
            tty.notice(f"waiting for {self._name}, which gets the code for {self._label}")


def _not_found(name: str) -> NotAvailable:
    return NotAvailable(
        f"the command for the code, {name}, is not installed, or not on PATH",
        "give its whole path, or install it",
    )


def _hidden(text: str) -> str:
    return _SECRET.sub("\N{HORIZONTAL ELLIPSIS}", text)
