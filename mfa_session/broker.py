"""The algorithm: a key and a code become a session, and the machine works while the person is being asked."""

from __future__ import annotations

import contextlib
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

from mfa_session import proc
from mfa_session.errors import CodeRefused, MfaSessionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mfa_session.model import Answer, Asking, BaseKey, CodeSource, Issuer, Session

T = TypeVar("T")
STEP = 30  # seconds that a one-time code is valid for (RFC 6238's default, and AWS's)


def mint(
    codes: CodeSource,
    references: tuple[str, ...],
    key: Callable[[Callable[[], Answer]], BaseKey],
    make_issuer: Callable[[], Issuer],
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
        except MfaSessionError:
            check.raise_if_failed()  # the question was taken back because of it
            raise
    answered.put(answer)
    issuer = check.result()
    try:
        return issuer.issue(answer.code)
    except CodeRefused:
        # AWS takes a code once, and says the same of a wrong one: only another code can tell which it was.
        wait(STEP - time.time() % STEP + 0.5, "AWS refused the code (it takes each one once)")
        with _asking(codes) as asking:
            fresh = asking.answer().code
        if fresh == answer.code:
            raise
        return issuer.issue(fresh)


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
