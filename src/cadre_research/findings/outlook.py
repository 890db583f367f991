"""The outlook: how sure a forecast is, over the worlds that agree with the evidence and over chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine, Target
from cadre_research.findings.age_structure import shares_of, young_and_all
from cadre_research.findings.study import POPULATIONS
from cadre_research.findings.verdict import reaches
from cadre_research.model.opening import Opening
from cadre_research.model.paths import replicate_blocks, run_blocks
from cadre_research.model.projection import project
from cadre_research.model.rules import Rules

__all__ = ["QUANTILES", "Outlook", "expected_shares", "fan", "outlook", "probabilities", "spread_parts"]

# Ends of the intervals of 95, 90, 80 and 50 %, and the median.
QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)


@dataclass(frozen=True)
class Outlook:
    """Whole persons of each target's group, in every world, replicate and year.

    Parameters
    ----------
    scenario : str
    age_line : {"inclusive", "strict"}
    targets : tuple of Target
    years : array [year]
        The opening's first.
    young, headcount : mappings of (target, population) to array [draw, replicate, year] of int
    """

    scenario: str
    age_line: AgeLine
    targets: tuple[Target, ...]
    years: np.ndarray
    young: Mapping[tuple[str, str], np.ndarray]
    headcount: Mapping[tuple[str, str], np.ndarray]

    def share(self, target: str, population: str) -> np.ndarray:
        """Young share, array [draw, replicate, year]; missing for an empty group."""
        return shares_of(self.young[target, population], self.headcount[target, population])

    def labels(self, target: str, population: str, **horizon: int) -> dict[str, object]:
        """What every row about a group says first."""
        return {
            "target": target,
            "scenario": self.scenario,
            **horizon,
            "age_line": self.age_line,
            "population": population,
        }


def outlook(
    openings: Mapping[int, Opening],
    scenario: Scenario,
    horizon_years: int,
    replicates: int,
    seed: int,
    workers: int | None = None,
    progress: Callable[[], None] | None = None,
    then: tuple[int, Scenario] | None = None,
) -> Outlook:
    """Take a scenario through every opening of an ensemble, several times each, with chance.

    Parameters
    ----------
    openings : mapping of draw to Opening
        As `Ensemble.openings`, all of one reading of the age lines.
    replicates : int
        Per opening, at least 1.
    seed : int
        The same draw and seed see the same chance under every scenario.
    progress : callable, optional
        Called once for every opening done.
    then : (int, Scenario), optional
        From that year on another scenario's rules hold.

    Raises
    ------
    ParameterError
        When there are no openings or no replicates.
    """
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 1 or not openings:
        raise ParameterError(
            f"outlook: given {len(openings)} openings and {replicates!r} replicates, expected at least 1 of each."
        )
    blocks = []
    for draw, opening in openings.items():
        blocks += replicate_blocks(opening, _rules(opening, scenario, then), replicates, seed, (draw,))
    first = next(iter(openings.values()))
    paths = run_blocks(blocks, first.year, horizon_years, workers, progress)
    targets = first.evidence.targets.targets
    shape = (len(openings), replicates, horizon_years + 1)
    young, headcount = {}, {}
    for target in targets:
        for population in POPULATIONS:
            counted = young_and_all(paths, target, population, first.age_line)
            young[target.id, population], headcount[target.id, population] = (part.reshape(shape) for part in counted)
    return Outlook(scenario.id, first.age_line, targets, paths.years, young, headcount)


def probabilities(found: Outlook, horizon_years: int) -> pd.DataFrame:
    """How probable it is that each target is reached at a horizon, and the range of its share.

    A probability is that of the worlds that agree with the evidence, chance included. Replicates of one draw resemble
    each other, so the standard error is that of the mean over draws.

    Returns
    -------
    DataFrame
        Columns target, scenario, horizon_years, age_line, population, probability, probability_se, share_p05,
        share_p50, share_p95, draws, replicates.
    """
    place = _place(found, horizon_years)
    rows = []
    for (target, population), young in found.young.items():
        goal = next(entry.share for entry in found.targets if entry.id == target)
        reached = reaches(young[..., place], found.headcount[target, population][..., place], goal).mean(1)
        share = found.share(target, population)[..., place]
        low, middle, high = np.nanquantile(share, (0.05, 0.5, 0.95)) if not np.isnan(share).all() else [np.nan] * 3
        rows.append(
            {
                **found.labels(target, population, horizon_years=horizon_years),
                "probability": reached.mean(),
                "probability_se": _standard_error(reached),
                "share_p05": low,
                "share_p50": middle,
                "share_p95": high,
                "draws": young.shape[0],
                "replicates": young.shape[1],
            }
        )
    return pd.DataFrame(rows)


def expected_shares(
    openings: Mapping[int, Opening], scenario: Scenario, horizons_years: Sequence[int], population: str = "level"
) -> pd.DataFrame:
    """Share of each target in expectation, in every world.

    Returns
    -------
    DataFrame
        One row a draw, columns (target, horizon_years).
    """
    rows = {}
    for draw, opening in openings.items():
        projection = project(opening.population, opening.year, max(horizons_years), opening.rules(scenario))
        for target in opening.evidence.targets.targets:
            for horizon in horizons_years:
                people = projection.populations[opening.year + horizon]
                young, everybody = young_and_all(people, target, population, opening.age_line)
                rows.setdefault(draw, {})[target.id, horizon] = float(shares_of(young, everybody))
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("draw")
    frame.columns = pd.MultiIndex.from_tuples(frame.columns, names=["target", "horizon_years"])
    return frame


def fan(found: Outlook) -> pd.DataFrame:
    """Quantiles of each target's share by year.

    Returns
    -------
    DataFrame
        Columns target, scenario, age_line, population, year, quantile (of `QUANTILES`), share.
    """
    rows = []
    for target, population in found.young:
        share = found.share(target, population).reshape(-1, len(found.years))
        for quantile, by_year in zip(QUANTILES, np.nanquantile(share, QUANTILES, axis=0), strict=True):
            rows += [
                {
                    **found.labels(target, population),
                    "year": int(year),
                    "quantile": quantile,
                    "share": value,
                }
                for year, value in zip(found.years, by_year, strict=True)
            ]
    return pd.DataFrame(rows)


def spread_parts(found: Outlook, horizon_years: int) -> pd.DataFrame:
    """Which part of the spread of each share is chance and which is not knowing the assumptions.

    By the law of total variance, the variance is the mean variance within draws (chance) and the variance of the draws'
    means (not knowing); from the latter is taken what chance adds to means of a few replicates.

    Returns
    -------
    DataFrame
        Columns target, scenario, horizon_years, age_line, population, standard_deviation (of the share), chance,
        not_knowing (parts of the variance, which sum to 1; missing where nothing varies).
    """
    place = _place(found, horizon_years)
    rows = []
    for target, population in found.young:
        share = found.share(target, population)[..., place]
        draws, replicates = share.shape
        if min(draws, replicates) < 2:
            raise ParameterError(f"spread: given {draws} draws of {replicates} replicates, expected 2 of each.")
        chance = share.var(1, ddof=1).mean()
        not_knowing = max(share.mean(1).var(ddof=1) - chance / replicates, 0.0)
        total = chance + not_knowing
        rows.append(
            {
                **found.labels(target, population, horizon_years=horizon_years),
                "standard_deviation": np.sqrt(total),
                "chance": chance / total if total > 0 else np.nan,
                "not_knowing": not_knowing / total if total > 0 else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _rules(opening: Opening, scenario: Scenario, then: tuple[int, Scenario] | None) -> Rules | Callable[[int], Rules]:
    first = opening.rules(scenario)
    if then is None:
        return first
    later = opening.rules(then[1])
    return lambda year: later if year >= then[0] else first


def _standard_error(by_draw: np.ndarray) -> float:
    """Standard error of the mean of independent draws; missing for a single one."""
    return float(by_draw.std(ddof=1) / np.sqrt(len(by_draw))) if len(by_draw) > 1 else float("nan")


def _place(found: Outlook, horizon_years: int) -> int:
    if not 0 <= horizon_years < len(found.years):
        raise ParameterError(f"horizon_years: given {horizon_years!r}, expected 0 to {len(found.years) - 1}.")
    return horizon_years
