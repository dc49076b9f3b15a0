"""Calls of `op`, one after another in this terminal session, so that one authorization serves them all."""

from __future__ import annotations

import contextlib
import shutil
import threading
from typing import TYPE_CHECKING

from mfa_session import proc, tty
from mfa_session.adapters import onepassword_errors as errors
from mfa_session.adapters import onepassword_signin as accounts
from mfa_session.model import ASKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mfa_session.errors import MfaSessionError
    from mfa_session.model import OpItem

_FOR_A_PERSON = 120  # seconds; the app's own dialog gives up after one to two minutes
_FOR_A_SERVICE_ACCOUNT = 20  # nobody is asked


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without what would change the answers of `op`, or is none of its business."""
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith("AWS_") and name not in {"OP_FORMAT", "OP_DEBUG"}
    } | {ASKING: "1"}


class Calls:
    """`label` names the account for the person who is asked; `announce` is given what they have to do, once it is slow.

    `about` is the item that errors are explained with. Raises MfaSessionError where there is no `op`.
    """

    def __init__(
        self,
        label: str,
        env: Mapping[str, str],
        account: str | None,
        announce: Callable[[str], None],
        about: OpItem | None = None,
    ) -> None:
        self.about = about
        self._label = label
        self._env = dict(env)
        self._account = account
        self._announce = announce
        self._taken_back: MfaSessionError | None = None
        self._told = False
        self._running: proc.Running | None = None
        self._listing: proc.Running | None = None
        self._program = shutil.which("op") or shutil.which("op.exe")  # op.exe: Windows' own, seen from WSL
        if self._program is None:
            raise errors.missing()

    @property
    def account(self) -> list[str]:
        """The options that choose the 1Password account."""
        return ["--account", self._account] if self._account else []

    def start(self, argv: list[str], stdin: str | None = None) -> None:
        self._again: tuple[list[str], str | None] = argv, stdin
        try:
            with proc.undisturbed():
                self._put_terminal_back = tty.saved()  # op may be stopped while it asks something
                self._running = proc.Running([self._program or "op", *argv], self._env, stdin)
        except OSError as error:
            raise errors.missing(error.strerror) from None

    def finish(self, retry: frozenset[str] = errors.WORTH_ONE_RETRY) -> str:
        """What op printed; where it says that a second try or signing in helps, that is done once."""
        try:
            return self._wait()
        except errors.OpError as error:
            if self._taken_back:
                raise self._taken_back from None
            if error.kind == "NOT_SIGNED_IN" and not self._by_service_account():
                self._env |= accounts.sign_in(self._program or "op", self._account, self._env, error)
            elif error.kind not in retry:
                raise
        self.start(*self._again)
        return self._wait()

    def run(
        self, argv: list[str], stdin: str | None = None, retry: frozenset[str] = errors.WORTH_ONE_RETRY
    ) -> str:
        """One call from its start to its end, of which nothing is kept."""
        self.start([*self.account, *argv], stdin)
        try:
            return self.finish(retry)
        finally:
            self._again, self._running = ([], None), None

    def take_back(self, why: MfaSessionError) -> None:
        """From any thread: `finish` then raises `why`."""
        self._taken_back = why
        if self._running:
            self._running.stop()
            self._put_terminal_back()

    def _wait(self) -> str:
        seconds = _FOR_A_SERVICE_ACCOUNT if self._by_service_account() else _FOR_A_PERSON
        running = self._running
        assert running  # noqa: S101 - it has been started
        if self._taken_back:  # since this op was started
            running.stop()
        try:
            result = running.wait(seconds, threading.Thread(target=self._tell, daemon=True).start)
        except proc.TimedOut:
            raise errors.timed_out(seconds) from None
        finally:
            self._put_terminal_back()
            if self._listing:
                self._listing.stop()
        if self._taken_back:
            raise self._taken_back
        if result.status != 0 or not result.stdout.strip() or result.stdout.startswith("[ERROR]"):
            raise errors.explain(result, self.about)
        return result.stdout

    def _by_service_account(self) -> bool:
        return bool(self._env.get("OP_SERVICE_ACCOUNT_TOKEN") or self._env.get("OP_CONNECT_TOKEN"))

    def _tell(self) -> None:
        """Say what op waits for; but where it has no account, it asks a question of its own on a terminal, for ever."""
        running = self._running
        if self._by_service_account() or self._told or running is None:
            return
        if tty.there():
            with contextlib.suppress(OSError):
                self._listing = accounts.listing(self._program or "op", self._env)
        if self._listing and accounts.listed(self._listing) == []:
            self.take_back(errors.no_account())
        elif not running.over and not self._told:
            self._told = True  # one authorization serves the calls that follow
            self._announce(f"approve the 1Password prompt for {self._label}")
