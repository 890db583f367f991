"""Timing in turn: machines are noisy, so each implementation runs once a round and the medians are compared."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

__all__ = ["Row", "Seconds", "in_turn", "median", "scaling", "seconds_of", "timed"]

Result = TypeVar("Result")


class Row(NamedTuple):
    """One line of the table; CPU seconds are missing where other processes do the work."""

    workload: str
    implementation: str
    seconds: float
    ratio_to_ours: float
    cpu_seconds: float = float("nan")


@dataclass(frozen=True)
class Seconds:
    """How long something took on the clock, and for how long all threads of this process computed meanwhile."""

    wall: float
    cpu: float = float("nan")

    def times(self, factor: float) -> Seconds:
        """Scale both."""
        return Seconds(self.wall * factor, self.cpu * factor)


def timed(call: Callable[[], Result]) -> tuple[Seconds, Result]:
    """How long a call takes, and what it returns."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = call()
    wall = time.perf_counter() - wall
    return Seconds(wall, time.process_time() - cpu), result


def seconds_of(call: Callable[[], object]) -> Seconds:
    """How long a call takes."""
    return timed(call)[0]


def median(times: list[Seconds]) -> Seconds:
    """Median on the clock, and median of computing."""
    return Seconds(statistics.median(one.wall for one in times), statistics.median(one.cpu for one in times))


def scaling(count: int, whole: int, unit: str) -> str:
    """Say how many of the workload's units are run, and what their time is multiplied by.

    >>> scaling(20, 1_000, "replicate"), scaling(1_000, 1_000, "replicate")
    (' (20 replicates x 50)', '')
    """
    return "" if count == whole else f" ({count:,} {unit}{'s' * (count > 1)} x {whole / count:,.4g})"


def in_turn(workload: str, runs: dict[str, Callable[[], Seconds]], rounds: int) -> list[Row]:
    """Let each run measure itself once a round; ours is the first of them.

    Parameters
    ----------
    runs : mapping of str to callable
        Name of an implementation -> its seconds.
    """
    times: dict[str, list[Seconds]] = {name: [] for name in runs}
    for turn in range(rounds):
        for name, run in runs.items():
            took = run()
            times[name].append(took)
            print(
                f"{workload}, round {turn + 1}/{rounds}: {name} {took.wall:.3g} s, {took.cpu:.3g} s of CPU", flush=True
            )
    medians = {name: median(values) for name, values in times.items()}
    ours = next(iter(medians.values()))
    return [Row(workload, name, one.wall, one.wall / ours.wall, one.cpu) for name, one in medians.items()]
