"""Coverage: how often a truth lies in the interval that the ensemble gives, also when the ranges do not hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cadre_research.evidence.assumptions import Assumptions
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.outlook import Outlook, outlook
from cadre_research.findings.study import BASELINE, Study
from cadre_research.model.ensemble import draw_ensemble
from cadre_research.model.opening import Opening

__all__ = ["TRUTHS", "coverage", "true_worlds", "truths_of"]

INTERVALS = {"covered_80": (0.1, 0.9), "covered_95": (0.025, 0.975)}
# Beyond the range, where an assumption has one.
WAVE = 2.0
REGIME_STARTS_IN_YEAR = 3
REGIME_RATE_PER_YEAR = 0.12
TRUTHS = ("same-ranges", "another-curve", "recruitment-wave", "change-of-regime")


def truths_of(study: Study) -> tuple[str, ...]:
    """Kinds of truth that a study can be held against: a register's has no assumed curve and no assumed past."""
    return ("same-ranges", "change-of-regime") if study.evidence.registered else TRUTHS


def true_worlds(
    study: Study,
    kinds: Sequence[str],
    scenario: Scenario,
    count: int,
    horizon_years: int,
    seed: int,
    age_line: str = "inclusive",
    workers: int | None = None,
    progress: Callable[[], None] | None = None,
) -> Iterator[tuple[str, Outlook]]:
    """Draw truths of several kinds, one path each.

    All agree with the survey. "same-ranges" are drawn as the ensemble's worlds are. The ranges do not hold the others:
    in "another-curve" the chance of promotion is level over the usual ages instead of a bell, in "recruitment-wave"
    intake had once been three times what it was in other years, and in "change-of-regime" promotions go to 12 per 100
    posts from the third year on, which nobody foresaw; until then its truths are those of "same-ranges".

    Parameters
    ----------
    kinds : sequence of str
        Of `TRUTHS`.
    count : int
        Truths of each kind, at least 2; those that no opening agrees with are left out.
    seed : int
        Other than that of the ensemble they are held against.

    Yields
    ------
    str, Outlook
        A kind and its truths, in the order of `kinds`.
    """
    drawn: dict[str, Mapping[int, Opening]] = {}
    for kind in kinds:
        if kind not in TRUTHS:
            raise ValueError(f"kind of truth: given {kind!r}, expected one of {', '.join(TRUTHS)}.")
        past = "same-ranges" if kind == "change-of-regime" else kind
        if past not in drawn:
            central = _with_past(study, past).opening(scenario, age_line)
            found = draw_ensemble(central, study.scenario(BASELINE), count, seed, scenario, workers, progress)
            drawn[past] = found.openings
        then = None
        if kind == "change-of-regime":
            changed = scenario.overridden(promotion_rate_per_year=REGIME_RATE_PER_YEAR)
            then = (next(iter(drawn[past].values())).year + REGIME_STARTS_IN_YEAR, changed)
        yield kind, outlook(drawn[past], scenario, horizon_years, 1, seed, workers, then=then)


def coverage(found: Outlook, truths: Outlook, horizon_years: int) -> pd.DataFrame:
    """Share of truths within the intervals of an outlook, ends included.

    Returns
    -------
    DataFrame
        Columns target, scenario, horizon_years, age_line, population, truths (number of them), covered_80, covered_95.
    """
    rows = []
    for target, population in found.young:
        shares = found.share(target, population)[..., horizon_years]
        true = truths.share(target, population)[..., horizon_years].reshape(-1)
        row = {
            **found.labels(target, population, horizon_years=horizon_years),
            "truths": len(true),
        }
        for name, ends in INTERVALS.items():
            low, high = np.nanquantile(shares, ends)
            row[name] = float(((low <= true) & (true <= high)).mean())
        rows.append(row)
    return pd.DataFrame(rows)


def _with_past(study: Study, kind: str) -> Study:
    """The study, where a kind of truth has another past than the ranges hold, with that."""
    if kind == "another-curve":
        return Study(_with_plateaus(study.evidence), study.scenarios)
    if kind == "recruitment-wave":
        return Study(_with_value(study.evidence, "entry-wave", WAVE), study.scenarios)
    return study


def _with_plateaus(evidence: Evidence) -> Evidence:
    ladder = evidence.ladder
    promotions = tuple(way.model_copy(update={"curve": "plateau"}) for way in ladder.promotions)
    return replace(evidence, ladder=ladder.model_copy(update={"promotions": promotions}))


def _with_value(evidence: Evidence, name: str, value: float) -> Evidence:
    """The same evidence with an assumption known to have a value, which may lie outside its range."""
    certain = evidence.assumptions[name].model_copy(update={"value": value, "low": value, "high": value})
    return replace(evidence, assumptions=Assumptions({**evidence.assumptions, name: certain}))
