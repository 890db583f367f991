"""Questions put to a scenario one at a time: checked before anything long runs, and kept on disk once answered."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.attainable import HOLD_YEARS, Attainability, attainable
from cadre_research.findings.certificate import Asked, certificate, least_relaxation
from cadre_research.findings.levers import (
    HORIZONS_YEARS,
    LEVERS,
    VALUES_PER_CURVE,
    check_horizons,
    highest_value,
    probability_curves,
    with_levers,
)
from cadre_research.findings.limits import Limits
from cadre_research.findings.optimal_plan import optimal_plan
from cadre_research.findings.required import required
from cadre_research.findings.study import Study
from cadre_research.reporting.kept import kept
from cadre_research.reporting.worlds import Worlds, rules_of

__all__ = [
    "best_plan",
    "best_shares",
    "check_file",
    "checked_horizons",
    "checked_levers",
    "probability_curve",
    "question",
    "reasons",
    "required_values",
]

Progress = Callable[[], None]


def checked_levers(study: Study, scenario: Scenario, levers: Sequence[str] | None = None) -> list[str]:
    """Levers asked for, each once; by default those of all ranks together that have an effect in the scenario.

    Raises
    ------
    UnknownNameError, ParameterError
        When a lever or rank is not known, or would change nothing in the scenario.
    """
    for lever in levers or ():
        # A name that is not known is refused before anything is calibrated.
        highest_value(lever)
    rules = study.opening(scenario).rules(scenario)
    if not levers:
        found = []
        for lever in LEVERS:
            with contextlib.suppress(ParameterError):
                with_levers(rules, {lever: highest_value(lever)})
                found.append(lever)
        return found
    for lever in levers:
        with_levers(rules, {lever: highest_value(lever)})
    return list(dict.fromkeys(levers))


def checked_horizons(horizons_years: Sequence[int] | None = None) -> list[int]:
    """Horizons asked for, each once and the nearest first; 5 and 10 years by default."""
    horizons = list(horizons_years or HORIZONS_YEARS)
    check_horizons(horizons)
    return sorted(set(horizons))


def question(
    horizon_years: int,
    releases_per_100_posts: Sequence[float] | None = None,
    *,
    hold: bool = False,
    population: str = "level",
    any_candidates: bool = False,
) -> Attainability:
    """Put one question to all lawful policies; with no post freed by default, and without reasons.

    Raises
    ------
    ParameterError
        When the horizon is not 1 to 30 years or a number of releases not 0 to 100.
    """
    check_horizons([horizon_years])
    return Attainability(
        (horizon_years,),
        tuple(sorted({float(number) for number in releases_per_100_posts or [0.0]})),
        (hold,),
        population=population,
        limits=Limits(candidates_per_post=None if any_candidates else 3),
        certified_per_100_posts=(),
    )


def check_file(option: str, file: Path) -> None:
    """Refuse a CSV file that cannot be written, before anything long is done for it."""
    if file.suffix.lower() != ".csv" or not file.parent.is_dir():
        raise ParameterError(f"{option}: given {str(file)!r}, expected a name ending in .csv in a folder that exists.")
    was_there = file.exists()
    try:
        file.open("a", encoding="utf-8").close()
        if not was_there:
            file.unlink()
    except OSError as fault:
        raise ParameterError(f"{option}: {file} cannot be written: {fault.strerror}.") from None


def required_values(
    worlds: Worlds,
    scenario: Scenario,
    levers: Sequence[str],
    horizons_years: Sequence[int],
    *,
    surely: bool = False,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """As `findings.required.required`; with the values for 90 % probability over the worlds where `surely`.

    Parameters
    ----------
    progress : callable, optional
        Called after every lever, and with `surely` after every world of a lever.
    """
    frames = []
    for lever in levers:
        curves = probability_curve(worlds, scenario, lever, horizons_years, progress=progress) if surely else None
        frames.append(required(worlds.study, scenario, (lever,), tuple(horizons_years), worlds.age_line, curves=curves))
        if progress:
            progress()
    return pd.concat(frames, ignore_index=True)


def probability_curve(
    worlds: Worlds,
    scenario: Scenario,
    lever: str,
    horizons_years: Sequence[int] = HORIZONS_YEARS,
    count: int = VALUES_PER_CURVE,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """As `findings.levers.probability_curves`, of one lever.

    Parameters
    ----------
    count : int
        Values, evenly from 0 to the lever's highest.
    progress : callable, optional
        Called after every world.
    """

    def make() -> pd.DataFrame:
        openings = list(worlds.ensemble(scenario).openings.values())
        values = {lever: np.linspace(0, highest_value(lever), count)}
        return probability_curves(
            openings,
            scenario,
            values,
            horizons_years,
            replicates=worlds.replicates,
            seed=worlds.seed,
            progress=progress,
        )

    asked = {"lever": lever, "horizons": list(horizons_years), "values": count, "replicates": worlds.replicates}
    return kept("probability-curve", {**worlds.asked(scenario), **rules_of(scenario), **asked}, make)


def best_shares(
    study: Study, scenario: Scenario, age_line: str, question: Attainability, progress: Progress | None = None
) -> pd.DataFrame:
    """As `findings.attainable.attainable`.

    Parameters
    ----------
    progress : callable, optional
        Called after each programme solved.
    """
    return kept(
        "best-shares",
        {"age_line": age_line, **rules_of(scenario), "question": asdict(question)},
        lambda: attainable(study, scenario, age_line, question, _quietly(progress)),
    )


def reasons(
    study: Study,
    scenario: Scenario,
    age_line: str,
    question: Attainability,
    shares: pd.DataFrame,
    progress: Progress | None = None,
) -> Iterator[tuple[str, float, pd.DataFrame, pd.DataFrame]]:
    """Why targets are out of reach, each at the most posts freed at which it is.

    Parameters
    ----------
    shares : DataFrame
        Of `best_shares`, for the same question, of one horizon.

    Yields
    ------
    str, float, DataFrame, DataFrame
        Target, releases per 100 posts, and as `findings.certificate.certificate` and `least_relaxation`.
    """
    out = shares[~shares["reachable"]]
    for target, budget in out.groupby("target", sort=False)["releases_per_100_posts"].max().items():
        (horizon,), (hold,) = question.horizons_years, question.holds
        asked = Asked(scenario, horizon, target, HOLD_YEARS * hold, question.population, _quietly(progress))
        # Made where they are asked for: two tables of one place, each found once.
        opening, limits = study.opening(scenario, age_line), question.limits_at(budget)
        key = {"age_line": age_line, **rules_of(scenario), "question": asdict(question)}
        key |= {"target": target, "budget": budget}
        yield (
            target,
            budget,
            kept(
                "reasons", key, lambda opening=opening, limits=limits, asked=asked: certificate(opening, limits, asked)
            ),
            kept(
                "least",
                key,
                lambda opening=opening, limits=limits, asked=asked: least_relaxation(opening, limits, asked),
            ),
        )


def best_plan(study: Study, scenario: Scenario, age_line: str, question: Attainability) -> pd.DataFrame:
    """As `findings.optimal_plan.OptimalPlan.to_frame`: best for all targets together with the most posts freed."""
    (horizon,), (hold,) = question.horizons_years, question.holds
    limits = question.limits_at(max(question.budgets_per_100_posts))
    opening = study.opening(scenario, age_line)
    plan = optimal_plan(
        opening, scenario, horizon, limits, hold_years=HOLD_YEARS * hold, population=question.population
    )
    return plan.to_frame()


def _quietly(progress: Progress | None) -> Callable[[str], None] | None:
    """Progress that is told in words, without the words."""
    return None if progress is None else lambda what: progress()
