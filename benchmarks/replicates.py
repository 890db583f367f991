"""Ten years of a service drawn many times, by ours and by what a user would pick instead.

Each implementation is checked against the exact answer before it is timed, and every timed result is checked too.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from types import ModuleType
from unittest import mock

import numba

from benchmarks.competitors import NotInstalled, make_available
from benchmarks.exact import check, check_expectation
from benchmarks.implementations import ours
from benchmarks.measure import Row, Seconds, in_turn, scaling, seconds_of, timed
from cadre_research.model import random as draws

__all__ = ["IMPLEMENTATIONS", "Implementation", "measure", "measure_drawing", "measure_scaling"]

PERSONS = 100_000
REPLICATES = 1_000
CHECKED_PERSONS = 1_000
SEED = 2017
SIZES = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
# Larger services of persons take more memory and time than a benchmark should.
LARGEST_OF_PERSONS = 10_000_000


@dataclass(frozen=True)
class Implementation:
    """How often one runs where a thousand replicates would take too long, and in its check."""

    module: str
    package: str
    replicates: int
    checked_replicates: int
    threaded: bool = False
    extra: bool = False

    def load(self) -> ModuleType:
        """Import it, installing first what it needs."""
        if self.extra:
            make_available(self.package)
        return importlib.import_module(f"benchmarks.implementations.{self.module}")


IMPLEMENTATIONS = (
    Implementation("ours", "cadre-research", 1000, 400, threaded=True),
    Implementation("numba_loop", "numba", 1000, 400, threaded=True),
    Implementation("numpy_arrays", "numpy", 200, 400),
    Implementation("neworder_model", "neworder", 50, 400, extra=True),
    Implementation("pandas_frame", "pandas", 25, 100),
    Implementation("mesa_agents", "mesa", 20, 40, extra=True),
)


def measure(rounds: int, quick: bool) -> list[Row]:
    """Seconds per 1,000 replicates of 100,000 persons; `quick` runs a tenth of the replicates."""
    workload = f"{REPLICATES:,} replicates of {PERSONS:,} persons, 10 years"
    gap = check_expectation(ours.expectation(PERSONS), PERSONS)
    print(f"the expectation of ours is the exact one to {gap:.1g} persons of {PERSONS:,}", flush=True)
    threads = numba.config.NUMBA_NUM_THREADS
    runs, missing = {}, []
    for implementation in IMPLEMENTATIONS:
        try:
            module = implementation.load()
        except (NotInstalled, ImportError) as reason:
            print(f"NOT MEASURED: {implementation.package} is not installed: {reason}", flush=True)
            missing.append(Row(workload, f"{implementation.package}: not installed", float("nan"), float("nan")))
            continue
        sample = module.forecast(CHECKED_PERSONS, implementation.checked_replicates, SEED, threads)
        z = check(sample, CHECKED_PERSONS)
        name = f"{implementation.package} {version(implementation.package)}"
        print(
            f"{name} agrees with the exact answer: largest |z| {z:.1f} over {len(sample)} replicates of "
            f"{CHECKED_PERSONS:,} persons, persons conserved",
            flush=True,
        )
        count = max(1, implementation.replicates // 10) if quick else implementation.replicates
        for cores in (threads, 1) if module is ours and threads > 1 else (threads if implementation.threaded else 1,):
            label = f"{name}, {cores} core{'s' * (cores > 1)}{scaling(count, REPLICATES, 'replicate')}"
            runs[label] = partial(_seconds_per_thousand, module, PERSONS, count, cores)
    return [*in_turn(workload, runs, rounds), *missing]


def measure_scaling(rounds: int, quick: bool) -> list[Row]:
    """Seconds per 1,000 replicates for services of different size, beside the loop over persons."""
    threads = numba.config.NUMBA_NUM_THREADS
    _compile(ours, threads)
    rows = []
    for persons in SIZES[:2] if quick else SIZES:
        count = 100 if quick else REPLICATES
        runs: dict[str, Callable[[], Seconds]] = {
            f"cadre-research{scaling(count, REPLICATES, 'replicate')}": partial(
                _seconds_per_thousand, ours, persons, count, threads
            )
        }
        if persons <= LARGEST_OF_PERSONS:
            module = importlib.import_module("benchmarks.implementations.numba_loop")
            count = min(REPLICATES, max(2, 50_000_000 // persons))
            _compile(module, threads)
            runs[f"numba{scaling(count, REPLICATES, 'replicate')}"] = partial(
                _seconds_per_thousand, module, persons, count, threads
            )
        rows += in_turn(f"size: {REPLICATES:,} replicates of {persons:,} persons, 10 years", runs, rounds)
    return rows


def measure_drawing(rounds: int, quick: bool) -> list[Row]:
    """Of ours on one core, the time within the compiled draws: no arrangement of the rest can go below it."""
    count = 100 if quick else REPLICATES
    workload = f"drawing: {count:,} replicates of {PERSONS:,} persons, 10 years, 1 core"
    run = partial(_seconds_per_thousand, ours, PERSONS, count, 1)
    _compile(ours, 1)
    whole = in_turn(workload, {"cadre-research": lambda: run().times(count / REPLICATES)}, rounds)
    spent: list[Seconds] = []

    def clocked(draw: Callable) -> Callable:
        def call(*arguments: object) -> None:
            spent.append(seconds_of(lambda: draw(*arguments)))

        return call

    with (
        mock.patch.object(draws, "thin_cells", clocked(draws.thin_cells)),
        mock.patch.object(draws, "spread_batch", clocked(draws.spread_batch)),
    ):
        for _ in range(rounds):
            run()
    # Of the clocks only that on the wall is quick to read beside so short a call.
    drawing = sum(one.wall for one in spent) / rounds
    return [*whole, Row(workload, "of it within the compiled draws", drawing, drawing / whole[0].seconds)]


def _compile(module: ModuleType, threads: int) -> None:
    """Let what is compiled on its first call be ready before the clock starts."""
    _seconds_per_thousand(module, CHECKED_PERSONS, 10, threads)


def _seconds_per_thousand(module: ModuleType, persons: int, replicates: int, threads: int) -> Seconds:
    """Time a forecast, check its result once the clock has stopped, and scale the time to a thousand replicates."""
    took, headcount = timed(lambda: module.forecast(persons, replicates, SEED, threads))
    check(headcount, persons)
    return took.times(REPLICATES / replicates)
