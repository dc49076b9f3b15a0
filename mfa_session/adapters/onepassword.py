"""1Password through its command line program `op`, version 2: the one-time code, and the fields that an env file refers to.

`op` asks for the fingerprint by a dialog of the 1Password app, which it authorizes per terminal session: so it is
started in this one, and everything that is wanted is asked for at once. The seed of the codes is never read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mfa_session import tty
from mfa_session.adapters import onepassword_calls as calls
from mfa_session.adapters import onepassword_errors as errors
from mfa_session.errors import MfaSessionError
from mfa_session.model import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mfa_session.model import OpItem

_IN_A_REFERENCE = re.compile(r"[\w. -]+", re.ASCII)  # 1Password knows no way to escape any other character


class OnePassword:
    """The codes of one item, or without one only what references lead to, and an empty code.

    `label` names the account for the person who is asked; `announce` is given what they have to do, once it is slow.
    """

    def __init__(self, item: OpItem | None, label: str, environ: Mapping[str, str]) -> None:
        self.item = item
        self.label = label
        self.announce: Callable[[str], None] = tty.notice
        self.env = calls.environment(environ)

    def ask(self, references: tuple[str, ...] = ()) -> _Asking:
        return _Asking(self, references)


class _Asking:
    def __init__(self, source: OnePassword, references: tuple[str, ...]) -> None:
        self._item = source.item
        self._references = references
        account = source.item.account if source.item else None
        self._op = calls.Calls(source.label, source.env, account, source.announce, source.item)
        self._code_reference = self._primary_code_reference() if references else None
        wanted = (*references, self._code_reference) if self._code_reference else references
        if references:
            self._start_inject(wanted)
        else:
            self._start_code()

    def cancel(self) -> None:
        self._op.take_back(MfaSessionError("1Password is no longer asked"))

    def answer(self) -> Answer:
        if not self._references:
            return Answer(self._code(self._op.finish()))
        if self._code_reference:
            assert self._item  # noqa: S101 - else there were no such reference
            try:
                *found, code = self._lines(self._op.finish(), len(self._references) + 1)
                if not code:
                    raise errors.no_code(self._item)
                return Answer(self._code(code), dict(zip(self._references, found, strict=True)))
            except errors.OpError as error:
                if error.kind != "NO_OTP":
                    raise
            # The field has another label than 1Password gives it: `op item get --otp` finds it all the same.
            self._start_inject(self._references)
        values = dict(
            zip(self._references, self._lines(self._op.finish(), len(self._references)), strict=True)
        )
        if self._item is None:
            return Answer("", values)
        self._start_code()
        return Answer(self._code(self._op.finish()), values)

    def _primary_code_reference(self) -> str | None:
        """The code as a reference, so that one call brings everything: where vault and item can be written as one."""
        parts = (self._item.vault or "", self._item.item) if self._item else ("",)
        if not all(_IN_A_REFERENCE.fullmatch(part) for part in parts):
            return None
        return f"op://{'/'.join(parts)}/one-time password?attribute=otp"

    def _start_code(self) -> None:
        item = self._item
        assert item  # noqa: S101 - without one, nobody asks for a code
        argv = ["item", "get", "--otp"] if item.item.startswith("-") else ["item", "get", item.item, "--otp"]
        if item.vault:
            argv += ["--vault", item.vault]
        self._op.start([*argv, *self._op.account] + (["--", item.item] if item.item.startswith("-") else []))

    def _start_inject(self, references: tuple[str, ...]) -> None:
        template = "".join(f"{{{{ {reference} }}}}\n" for reference in references)
        self._op.start(["inject", *self._op.account], stdin=template)

    def _lines(self, stdout: str, count: int) -> list[str]:
        """One line for each reference, and one for the code where it was asked for too: that one may be empty."""
        lines = [line.strip() for line in stdout.rstrip("\n").split("\n")]
        lines += [""] * (count - len(lines))
        if len(lines) != count or not all(lines[: len(self._references)]):
            raise errors.not_as_asked()
        return lines

    @staticmethod
    def _code(text: str) -> str:
        code = text.strip().strip('"')
        if not re.fullmatch(r"[0-9]{6,8}", code):
            raise errors.not_a_code()
        if len(code) != 6:
            raise errors.not_a_code("AWS takes codes of 6 digits, and this item gives more")
        return code
