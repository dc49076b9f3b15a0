"""The algorithm: one process gets the session for all who want it, and the machine works while the person is asked."""

from __future__ import annotations

import contextlib
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

from mfa_session import proc, tty
from mfa_session.errors import CodeRefused, MfaSessionError, NeedsTerminal, NotAvailable
from mfa_session.turns import STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mfa_session.model import Answer, Asking, BaseKey, CodeSource, Issuer
    from mfa_session.session import Session
    from mfa_session.turns import Turns

T = TypeVar("T")


def shared(
    look: Callable[[], Session | None],
    mint: Callable[[], Session],
    turns: Turns,
    subject: str,
    limit: float,
) -> Session:
    """The session that `look` finds, or the one that another process is about to get, or a new one that `mint` keeps.

    Waits up to `limit` seconds for others, and says for whom. Raises MfaSessionError; those who waited for the same
    `subject` share it.
    """
    began, started, told = time.time(), time.monotonic(), False
    while not turns.take():
        if found := look():
            return found
        waited = time.monotonic() - started
        if waited > limit:
            raise NotAvailable(
                f"{turns.holder()} has been waiting for an approval all the time",
                "approve or dismiss what it asks, or stop it, and run this again",
            )
        if waited > 1 and not told:
            told = True
            tty.notice(f"waiting for {turns.holder()}, which asks for an approval")
        time.sleep(0.05)
    try:
        if found := look():  # another process has just done it
            return found
        failure = turns.failure(subject, began)
        # One that had no terminal can't speak for one that has.
        if failure and not (failure.exit_code == NeedsTerminal.exit_code and tty.there()):
            raise failure
        try:
            return mint()
        except MfaSessionError as error:
            turns.note(subject, error)
            raise
    finally:
        turns.end()


def mint(
    codes: CodeSource,
    references: tuple[str, ...],
    key: Callable[[Callable[[], Answer]], BaseKey],
    make_issuer: Callable[[], Issuer],
    turns: Turns,
    wait: Callable[[float, str], None],
) -> Session:
    """A new session.

    `key` makes the base key, of what the person's approval brings or without it: then AWS is asked about it meanwhile.
    `make_issuer` may be slow: it runs meanwhile too. `wait(seconds, why)` sleeps where the person can see it.
    Raises MfaSessionError.
    """
    answered: SimpleQueue[Answer] = SimpleQueue()

    def checked() -> Issuer:
        issuer = make_issuer()
        issuer.check(key(answered.get))
        return issuer

    with _asking(codes, references) as asking:
        check = _Meanwhile(checked, on_failure=asking.cancel)
        try:
            answer = asking.answer()
        except MfaSessionError as error:
            check.raise_if_failed()  # the question was taken back because of it
            error.unanswered = True
            raise
    answered.put(answer)
    issuer = check.result()
    code = answer.code
    if seconds := turns.seconds_until_unused():
        code = _next_code(
            codes, seconds, wait, "the code of this moment has been used (AWS takes each one once)"
        )
    try:
        return _issue(issuer, code, turns)
    except CodeRefused:
        # AWS takes a code once, and says the same of a wrong one: only another code can tell which it was.
        left = STEP - time.time() % STEP + 0.5
        fresh = _next_code(codes, left, wait, "AWS refused the code (it takes each one once)")
        if fresh == code:
            raise
        return _issue(issuer, fresh, turns)


def _next_code(codes: CodeSource, seconds: float, wait: Callable[[float, str], None], why: str) -> str:
    wait(seconds, why)
    with _asking(codes) as asking:
        return asking.answer().code


def _issue(issuer: Issuer, code: str, turns: Turns) -> Session:
    step = int(time.time() // STEP)
    return issuer.issue(code, lambda: turns.use_step(step))


@contextlib.contextmanager
def _asking(codes: CodeSource, references: tuple[str, ...] = ()) -> Iterator[Asking]:
    """A question that is taken back where anything goes wrong, a signal included, before it is answered."""
    asking = None
    try:
        with proc.undisturbed():
            asking = codes.ask(references)
        yield asking
    except BaseException:
        if asking:
            asking.cancel()
        raise


class _Meanwhile(threading.Thread, Generic[T]):
    """One piece of work beside the main thread; `on_failure` is called where it fails."""

    def __init__(self, work: Callable[[], T], on_failure: Callable[[], None]) -> None:
        super().__init__(daemon=True)  # Ctrl-C does not wait for it
        self._work = work
        self._on_failure = on_failure
        self._error: BaseException | None = None
        self._result: T | None = None
        self.start()

    def run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error
            self._on_failure()

    def raise_if_failed(self) -> None:
        if self._error:
            raise self._error

    def result(self) -> T:
        while self.is_alive():
            self.join(0.1)  # a join without end can't be interrupted by Ctrl-C on every system
        self.raise_if_failed()
        assert self._result  # noqa: S101 - neither failed nor running
        return self._result
