"""A place for sessions in the memory of one process: for a server, where there is none that processes share."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class MemoryPlace:
    """`texts` are those that are there already: each by its name, with the time when it is over, in seconds since the epoch."""

    where = "the memory of this process"

    def __init__(self, texts: Mapping[str, tuple[str, float]]) -> None:
        self._texts = {name: (text, expires) for name, (text, expires) in texts.items()}

    @property
    def texts(self) -> dict[str, tuple[str, float]]:
        return {name: self._texts[name] for name in self.names()}

    def get(self, name: str) -> str | None:
        text, expires = self._texts.get(name, ("", 0.0))
        return text if expires > time.time() else None

    def put(self, name: str, text: str, seconds: int) -> None:
        self._texts[name] = text, time.time() + seconds

    def drop(self, name: str) -> bool:
        there = self.get(name) is not None
        self._texts.pop(name, None)
        return there

    def names(self) -> list[str]:
        return [name for name in self._texts if self.get(name) is not None]
