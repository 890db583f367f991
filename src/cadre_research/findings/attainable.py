"""The best share that any lawful policy reaches, against how many holders may be released for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine
from cadre_research.findings.certificate import Asked, binding_rules, certificate
from cadre_research.findings.limits import Limits
from cadre_research.findings.policies import Policies
from cadre_research.findings.study import Study
from cadre_research.model.opening import Opening

__all__ = ["BUDGETS_PER_100_POSTS", "HOLD_YEARS", "Attainability", "attainable", "attainable_range"]

BUDGETS_PER_100_POSTS = tuple(range(0, 21, 2))
HOLD_YEARS = 5
REACHABLE_FROM = 1 - 1e-9

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Attainability:
    """What to ask of all lawful policies.

    Parameters
    ----------
    horizons_years : tuple of int
    budgets_per_100_posts : tuple of float
        Releases from each rank per 100 posts and year, 0 to 100.
    holds : tuple of bool
        Whether the share must be attained at the horizon only (False), or in each of the next five years too (True).
    targets : tuple of str, optional
        Ids of targets, or `all-six`; all of these by default.
    population : {"level", "posts"}
    limits : Limits
        Its own release budget is not used.
    certified_per_100_posts : tuple of float, optional
        Budgets at which the rules that bind are looked for where a target is out of reach; by default 0 and the largest
        at which it is.
    """

    horizons_years: tuple[int, ...] = (5, 10)
    budgets_per_100_posts: tuple[float, ...] = BUDGETS_PER_100_POSTS
    holds: tuple[bool, ...] = (False, True)
    targets: tuple[str, ...] | None = None
    population: str = "level"
    limits: Limits = field(default_factory=Limits)
    certified_per_100_posts: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        """Check the budgets."""
        for budget in self.budgets_per_100_posts:
            if not 0 <= budget <= 100:
                raise ParameterError(f"budgets_per_100_posts: given {budget!r}, expected 0 to 100 releases.")

    def limits_at(self, budget: float) -> Limits:
        """Limits with a budget of releases per 100 posts."""
        return replace(self.limits, releases_per_post=budget / 100)


def attainable(
    study: Study,
    scenario: Scenario | str = "status-quo",
    age_line: AgeLine = "inclusive",
    question: Attainability | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Tell for each target, horizon and release budget which share any lawful policy could reach.

    Parameters
    ----------
    question : Attainability, optional
    progress : callable, optional
        Called with a line of words that names what was solved, after each programme.

    Returns
    -------
    DataFrame
        Columns target (or `all-six`: the largest ratio of share to goal that all reach at once, times the smallest
        goal), horizon_years, hold, releases_per_100_posts, best_share, reachable, binding_rules (ids joined by "; ",
        the largest gain first; empty where reachable or not asked), scenario, age_line, population,
        candidates_per_post (missing for no such rule).

    Raises
    ------
    InfeasibleError
        When no policy keeps the limits at all, as where more leave a rank than there are eligible to replace them.
    """
    question = question or Attainability()
    scenario = study.scenario(scenario) if isinstance(scenario, str) else scenario
    opening = study.opening(scenario, age_line)
    frame = pd.DataFrame(_rows(opening, scenario, question, progress))
    frame["binding_rules"] = _binding(frame, opening, scenario, question, progress)
    frame["scenario"], frame["age_line"], frame["population"] = scenario.id, age_line, question.population
    candidates = question.limits.candidates_per_post
    frame["candidates_per_post"] = float("nan") if candidates is None else float(candidates)
    return frame


def attainable_range(
    openings: Iterable[Opening],
    scenario: Scenario,
    question: Attainability | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Smallest and largest best share over several openings, such as the corners of an ensemble.

    Returns
    -------
    DataFrame
        Columns target, horizon_years, hold, releases_per_100_posts, lowest_best_share, highest_best_share,
        reachable_share (of the openings, the share in which the target can be reached).

    Raises
    ------
    ParameterError
        When there is no opening.
    """
    question = question or Attainability()
    rows = [row for opening in openings for row in _rows(opening, scenario, question, progress)]
    if not rows:
        raise ParameterError("openings: given none, expected at least one.")
    keys = ["target", "horizon_years", "hold", "releases_per_100_posts"]
    grouped = pd.DataFrame(rows).groupby(keys, sort=False)
    return grouped.agg(
        lowest_best_share=("best_share", "min"),
        highest_best_share=("best_share", "max"),
        reachable_share=("reachable", "mean"),
    ).reset_index()


def _rows(
    opening: Opening, scenario: Scenario, question: Attainability, progress: Progress | None
) -> Iterator[dict[str, object]]:
    for horizon in question.horizons_years:
        for hold in question.holds:
            hold_years = HOLD_YEARS * hold
            policies = Policies(opening, scenario, horizon, hold_years, question.population)
            for target in question.targets or policies.shares.names:
                yield from _curve(policies, target, question, horizon, hold, progress)


def _curve(
    policies: Policies,
    target: str,
    question: Attainability,
    horizon_years: int,
    hold: bool,
    progress: Progress | None,
) -> Iterator[dict[str, object]]:
    """Best shares of one target over the budgets, each search starting from the ratio before."""
    ratio = 1.0
    for number, budget in enumerate(question.budgets_per_100_posts):
        policies.set_limits(question.limits_at(budget))
        ratio = policies.shares.best_ratio(target, ratio, from_last=number > 0)
        if progress is not None:
            progress(f"{target}, {horizon_years} years, {budget:g} releases per 100 posts")
        yield {
            "target": target,
            "horizon_years": horizon_years,
            "hold": hold,
            "releases_per_100_posts": float(budget),
            "best_share": ratio * policies.shares.goal(target),
            "reachable": ratio >= REACHABLE_FROM,
        }


def _binding(
    frame: pd.DataFrame,
    opening: Opening,
    scenario: Scenario,
    question: Attainability,
    progress: Progress | None,
) -> list[str]:
    out = frame[~frame["reachable"]]
    curves = ["target", "horizon_years", "hold"]
    largest = out.groupby(curves)["releases_per_100_posts"].transform("max")
    budget = out["releases_per_100_posts"]
    certified = question.certified_per_100_posts
    wanted = (budget == 0) | (budget == largest) if certified is None else budget.isin(certified)
    found = pd.Series("", index=frame.index)
    for place, row in out[wanted].iterrows():
        asked = Asked(
            scenario,
            int(row["horizon_years"]),
            row["target"],
            HOLD_YEARS * bool(row["hold"]),
            question.population,
            progress,
        )
        limits = question.limits_at(row["releases_per_100_posts"])
        found[place] = binding_rules(certificate(opening, limits, asked))
    return found.tolist()
