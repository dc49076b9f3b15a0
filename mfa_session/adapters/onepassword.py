"""1Password through its command line program `op`, version 2: the one-time code, and the fields that an env file refers to.

`op` asks for the fingerprint by a dialog of the 1Password app, which it authorizes per terminal session: so it is
started in this one, and everything that is wanted is asked for at once. The seed of the codes is never read.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
from typing import TYPE_CHECKING

from mfa_session import proc, tty
from mfa_session.adapters import onepassword_errors as errors
from mfa_session.adapters import onepassword_signin as accounts
from mfa_session.errors import MfaSessionError
from mfa_session.model import ASKING, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mfa_session.model import OpItem

_FOR_A_PERSON = 120  # seconds; the app's own dialog gives up after one to two minutes
_FOR_A_SERVICE_ACCOUNT = 20  # nobody is asked
_IN_A_REFERENCE = re.compile(r"[\w. -]+", re.ASCII)  # 1Password knows no way to escape any other character


class OnePassword:
    """The codes of one item, or without one only what references lead to, and an empty code.

    `label` names the account for the person who is asked; `announce` is given what they have to do, once it is slow.
    """

    def __init__(self, item: OpItem | None, label: str, environ: Mapping[str, str]) -> None:
        self.item = item
        self.label = label
        self.announce: Callable[[str], None] = tty.notice
        self.env = {
            name: value
            for name, value in environ.items()
            if not name.startswith("AWS_") and name not in {"OP_FORMAT", "OP_DEBUG"}
        } | {ASKING: "1"}

    def ask(self, references: tuple[str, ...] = ()) -> _Asking:
        return _Asking(self, references)


class _Asking:
    def __init__(self, source: OnePassword, references: tuple[str, ...]) -> None:
        self._item = source.item
        self._account_name = source.item.account if source.item else None
        self._label = source.label
        self._announce = source.announce
        self._env = source.env
        self._references = references
        self._taken_back: MfaSessionError | None = None
        self._told = False
        self._listing: proc.Running | None = None
        self._program = shutil.which("op") or shutil.which("op.exe")  # op.exe: Windows' own, seen from WSL
        if self._program is None:
            raise errors.missing()
        self._code_reference = self._primary_code_reference() if references else None
        wanted = (*references, self._code_reference) if self._code_reference else references
        if references:
            self._start_inject(wanted)
        else:
            self._start_code()

    def cancel(self) -> None:
        self._take_back(MfaSessionError("1Password is no longer asked"))

    def _take_back(self, why: MfaSessionError) -> None:
        self._taken_back = why
        self._running.stop()
        self._put_terminal_back()

    def answer(self) -> Answer:
        if not self._references:
            return Answer(self._code(self._finish()))
        if self._code_reference:
            assert self._item  # noqa: S101 - else there were no such reference
            try:
                *found, code = self._lines(self._finish(), len(self._references) + 1)
                if not code:
                    raise errors.no_code(self._item)
                return Answer(self._code(code), dict(zip(self._references, found, strict=True)))
            except errors.OpError as error:
                if error.kind != "NO_OTP":
                    raise
            # The field has another label than 1Password gives it: `op item get --otp` finds it all the same.
            self._start_inject(self._references)
        values = dict(zip(self._references, self._lines(self._finish(), len(self._references)), strict=True))
        if self._item is None:
            return Answer("", values)
        self._start_code()
        return Answer(self._code(self._finish()), values)

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
        self._start([*argv, *self._account()] + (["--", item.item] if item.item.startswith("-") else []))

    def _start_inject(self, references: tuple[str, ...]) -> None:
        template = "".join(f"{{{{ {reference} }}}}\n" for reference in references)
        self._start(["inject", *self._account()], stdin=template)

    def _account(self) -> list[str]:
        return ["--account", self._account_name] if self._account_name else []

    def _start(self, argv: list[str], stdin: str | None = None) -> None:
        self._again = argv, stdin
        try:
            with proc.undisturbed():
                self._put_terminal_back = tty.saved()  # op may be stopped while it asks something
                self._running = proc.Running([self._program or "op", *argv], self._env, stdin)
        except OSError as error:
            raise errors.missing(error.strerror) from None

    def _finish(self) -> str:
        """What op printed; where it says that a second try or signing in helps, that is done once."""
        try:
            return self._wait()
        except errors.OpError as error:
            if self._taken_back:
                raise self._taken_back from None
            if error.kind == "NOT_SIGNED_IN" and not self._by_service_account():
                self._env |= accounts.sign_in(self._program or "op", self._account_name, self._env, error)
            elif error.kind not in errors.WORTH_ONE_RETRY:
                raise
        self._start(*self._again)
        return self._wait()

    def _wait(self) -> str:
        seconds = _FOR_A_SERVICE_ACCOUNT if self._by_service_account() else _FOR_A_PERSON
        if self._taken_back:  # since this op was started
            self._running.stop()
        try:
            result = self._running.wait(seconds, threading.Thread(target=self._tell, daemon=True).start)
        except proc.TimedOut:
            raise errors.timed_out(seconds) from None
        finally:
            self._put_terminal_back()
            if self._listing:
                self._listing.stop()
        if self._taken_back:
            raise self._taken_back
        if result.status != 0 or not result.stdout.strip() or result.stdout.startswith("[ERROR]"):
            raise errors.explain(result, self._item)
        return result.stdout

    def _by_service_account(self) -> bool:
        return bool(self._env.get("OP_SERVICE_ACCOUNT_TOKEN") or self._env.get("OP_CONNECT_TOKEN"))

    def _tell(self) -> None:
        """Say what op waits for; but where it has no account, it asks a question of its own on a terminal, for ever."""
        if self._by_service_account() or self._told:
            return
        if tty.there():
            with contextlib.suppress(OSError):
                self._listing = accounts.listing(self._program or "op", self._env)
        if self._listing and accounts.listed(self._listing) == []:
            self._take_back(errors.no_account())
        elif not self._running.over and not self._told:
            self._told = True  # one authorization serves the calls that follow
            self._announce(f"approve the 1Password prompt for {self._label}")

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
