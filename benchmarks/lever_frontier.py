"""Expectations for a square of settings of two levers: in one call, in a loop, and as memory would allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.exact import Disagreement
from benchmarks.measure import Row, Seconds, in_turn, scaling, timed
from benchmarks.memory import Counted, bytes_counted, bytes_per_second
from cadre_research.findings.age_structure import young_and_all
from cadre_research.findings.frontier import frontier
from cadre_research.findings.levers import highest_value, with_levers
from cadre_research.findings.study import BASELINE, Study
from cadre_research.model.chance import Expected
from cadre_research.model.paths import PATHS_TOGETHER, cores
from cadre_research.model.projection import project
from cadre_research.model.year import advance
from cadre_research.paths import data_dir

__all__ = ["AGREES_WITHIN", "bytes_per_setting_year", "check", "in_a_loop", "in_one_call", "measure", "settings"]

LEVERS = ("promotion-rate", "young-share")
HORIZON_YEARS = 10
VALUES_PER_LEVER, VALUES_IF_QUICK = 41, 11
# The loop runs one setting in so many.
EVERY = 10
AGREES_WITHIN = 1e-12


def measure(rounds: int, quick: bool) -> list[Row]:
    """41 x 41 settings, or 11 x 11 if `quick`; the loop runs a tenth of them."""
    study, per_lever, threads = Study.read(data_dir()), VALUES_IF_QUICK if quick else VALUES_PER_LEVER, cores()
    everything = settings(per_lever)
    looped = everything[::EVERY]
    workload = f"frontier: {per_lever} x {per_lever} settings of two levers, {HORIZON_YEARS} years, in expectation"
    gap = check(in_one_call(study, per_lever, threads), in_a_loop(study, looped))
    print(f"one call and a loop agree: largest gap of a share {gap:.1g} over {len(looped)} settings", flush=True)
    known: list[pd.DataFrame] = []

    def loop() -> Seconds:
        took, shares = timed(lambda: in_a_loop(study, looped))
        check(known[0], shares)
        return took.times(len(everything) / len(looped))

    def call(workers: int) -> Seconds:
        took, frame = timed(lambda: in_one_call(study, per_lever, workers))
        known[:] = [frame]
        return took

    runs = {f"cadre-research, {_cores(count)}": partial(call, count) for count in dict.fromkeys((threads, 1))}
    label = f"loop of project, {_cores(1)}{scaling(len(looped), len(everything), 'setting')}"
    rows = in_turn(workload, {**runs, label: loop}, rounds)
    return [*rows, *_limits(study, workload, len(everything) * HORIZON_YEARS, threads, rows[0].seconds)]


def settings(per_lever: int) -> list[tuple[float, float]]:
    """Pairs of values of the two levers, in the order of `findings.frontier.frontier`."""
    first, second = (np.linspace(0, highest_value(lever), per_lever) for lever in LEVERS)
    return [(float(x), float(y)) for x in first for y in second]


def in_one_call(study: Study, per_lever: int, workers: int) -> pd.DataFrame:
    """The frontier as the project computes it."""
    values = (np.linspace(0, highest_value(lever), per_lever) for lever in LEVERS)
    return frontier(study, *LEVERS, BASELINE, *values, horizon_years=HORIZON_YEARS, workers=workers)


def in_a_loop(study: Study, some: Sequence[tuple[float, float]]) -> dict[tuple[float, float], np.ndarray]:
    """Share of every target at the horizon for each setting, projected one after another.

    The opening and the scenario's rules are made once, as anybody would who writes such a loop with care.
    """
    opening = study.opening(BASELINE)
    rules, targets = opening.rules(study.scenario(BASELINE)), opening.evidence.targets.targets
    shares = {}
    for setting in some:
        turned = with_levers(rules, dict(zip(LEVERS, setting, strict=True)))
        closing = project(opening.population, opening.year, HORIZON_YEARS, turned).years[-1].closing
        counts = [young_and_all(closing, target, "level", opening.age_line) for target in targets]
        shares[setting] = np.array([young / everybody if everybody > 0 else np.nan for young, everybody in counts])
    return shares


def check(frame: pd.DataFrame, looped: dict[tuple[float, float], np.ndarray]) -> float:
    """Compare the shares of a frontier with those of a loop; return the largest gap.

    Raises
    ------
    Disagreement
        When a share differs by more than `AGREES_WITHIN`, or is missing in one of the two.
    """
    table = frame.pivot(index=["value_x", "value_y"], columns="target", values="share")[frame["target"].unique()]
    ours = table.loc[list(looped)].to_numpy()
    theirs = np.stack(list(looped.values()))
    if (np.isnan(ours) != np.isnan(theirs)).any():
        raise Disagreement("frontier and loop: a share is missing in one of them and not in the other")
    gap = float(np.nanmax(np.abs(ours - theirs)))
    if not gap <= AGREES_WITHIN:
        raise Disagreement(f"frontier and loop: a share differs by {gap:.3g}, more than {AGREES_WITHIN:g}")
    return gap


def bytes_per_setting_year(study: Study) -> tuple[float, float]:
    """Bytes that a year of one setting reads and writes: the least possible, and counted at the model's arithmetic.

    The least is the opening's array read once and the closing's written once. The other is the sum of the sizes of all
    operands and results in the first year of a block of settings spread over the square. What is copied without
    arithmetic is not counted.
    """
    opening = study.opening(BASELINE)
    everything = settings(VALUES_PER_LEVER)
    together = everything[:: len(everything) // PATHS_TOGETHER][:PATHS_TOGETHER]
    turned = dict(zip(LEVERS, np.array(together).T, strict=True))
    rules = with_levers(opening.rules(study.scenario(BASELINE)), turned)
    one = opening.population.headcount
    many = np.ascontiguousarray(np.broadcast_to(one, (len(together), *one.shape))).view(Counted)
    people = replace(opening.population, headcount=many)
    moved = bytes_counted(lambda: advance(people, opening.year + 1, rules, Expected()))
    return 2.0 * one.nbytes, moved / len(together)


def _limits(study: Study, workload: str, setting_years: int, threads: int, ours: float) -> list[Row]:
    """Seconds below which memory does not let the workload go, with the bytes as they are and with the fewest."""
    bandwidth = bytes_per_second(threads)
    least, moved = bytes_per_setting_year(study)
    rows = []
    for name, size in (("the model's arithmetic", moved), ("one reading and writing of the population", least)):
        seconds = setting_years * size / bandwidth
        label = f"memory at {bandwidth / 1e9:.3g} GB/s for {name}, {size / 1e3:,.4g} kB per setting-year"
        rows.append(Row(workload, label, seconds, seconds / ours))
        print(f"{label}: {seconds:.3g} s; ours runs at {seconds / ours:.1%} of that limit", flush=True)
    return rows


def _cores(count: int) -> str:
    return f"{count} core{'s' * (count > 1)}"
