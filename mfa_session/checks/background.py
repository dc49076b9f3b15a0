"""Work that goes on beside the rest, and that is not waited for longer than a person would."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Late(Exception):
    """It has not ended in time, and goes on without anybody waiting."""


class Work(threading.Thread, Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(daemon=True)  # what hangs must not keep this program alive
        self._work = work
        self._error: BaseException | None = None
        self._results: list[T] = []
        self.start()

    def run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error

    def result(self, until: float) -> T:
        """What the work returned, or raised; raises Late at `until`, in seconds of the monotonic clock."""
        while self.is_alive() and (left := until - time.monotonic()) > 0:
            self.join(min(0.1, left))  # a long join can't be interrupted by Ctrl-C on every system
        if self._error:
            raise self._error
        if not self._results:
            raise Late
        return self._results[0]
