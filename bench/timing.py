"""How long programs take, measured side by side in one run."""

from __future__ import annotations

import statistics
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def once(argv: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    """Seconds from start to end; fails where the program does."""
    start = time.perf_counter()
    subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return time.perf_counter() - start


def medians(candidates: Mapping[str, Sequence[str]], env: Mapping[str, str], runs: int) -> dict[str, float]:
    """The median seconds of each, taken in turns, so that a busy moment meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(runs + 2):
        for name, argv in candidates.items():
            times[name].append(once(argv, env))
    return {name: statistics.median(values[2:]) for name, values in times.items()}
