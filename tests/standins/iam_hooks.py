"""What a test does at the moment when AWS has done something and nobody has heard of it yet."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Hooks:
    """Each is called once, in the order they were added; of those of one action, one a request."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Callable[[], object]]] = defaultdict(deque)
        self._lock = threading.Lock()

    def add(self, action: str, call: Callable[[], object]) -> None:
        with self._lock:
            self._waiting[action].append(call)

    def run(self, action: str) -> None:
        with self._lock:
            call = self._waiting[action].popleft() if self._waiting[action] else None
        if call:
            call()
