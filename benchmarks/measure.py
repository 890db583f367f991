"""Timing in turn: machines are noisy, so each implementation runs once a round and the medians are compared."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

__all__ = ["Row", "in_turn", "seconds_of"]

# Workload, implementation, seconds, ratio to ours.
Row = tuple[str, str, float, float]


def seconds_of(call: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_turn(workload: str, runs: dict[str, Callable[[], float]], rounds: int) -> list[Row]:
    """Let each run measure itself once a round; ours is the first of them.

    Parameters
    ----------
    runs : mapping of str to callable
        Name of an implementation -> its seconds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds):
        for name, run in runs.items():
            seconds[name].append(run())
            print(f"{workload}, round {turn + 1}/{rounds}: {name} {seconds[name][-1]:.3g} s", flush=True)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ours = next(iter(medians.values()))
    return [(workload, name, median, median / ours) for name, median in medians.items()]
