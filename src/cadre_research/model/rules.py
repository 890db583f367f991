"""The rules of a year as arrays: what the ladder, the scenario and the calibrated curves say, ready to be applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from cadre_research.errors import InputError
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.ladder import Ladder, Promotion
from cadre_research.evidence.measures import GrassRoots
from cadre_research.evidence.scenario import LateralIntake, Scenario
from cadre_research.evidence.targets import AgeLine, is_young
from cadre_research.model.eligibility import probation_years
from cadre_research.model.plan import Plan
from cadre_research.model.rates import MoveRule, competing, early_retirement, entry_mix, retirement_by_year
from cadre_research.model.reserve import ReserveRule, reserve_rules
from cadre_research.model.statuses import Statuses

__all__ = ["PromotionRule", "Rules", "by_cell", "rules_for"]


@dataclass(frozen=True)
class PromotionRule:
    """Who may be promoted into a rank, who is favoured, and how many if a rate says so.

    Parameters
    ----------
    into : int
        The rank filled.
    sources : tuple of int
        The ranks it is filled from.
    weight : array [..., group, source, age, years_in_rank]
        Relative chance of an eligible person, 0 where not eligible. The axis group has one place where groups are
        alike.
    young : array [age] of bool
        Whether somebody of that age at the year's opening counts as young at its close.
    hazard : array like `weight`
        Probability of promotion in markov mode, of those who have not left or moved yet this year.
    rate_per_year : array [...] or float, optional
        Promotions per post and year; None fills vacancies.
    unmet : callable, optional
        Under the priority rule, tells from headcounts [..., unit, group, status, rank, age] at the close which units
        are short of a target on this rank's level.
    early_weight : array like `weight`, optional
        Of those who lack nothing but the minimum years in rank.
    allowed : array [status] of float, optional
        1 where a status may be promoted, 0 where not; all may without it.
    """

    into: int
    sources: tuple[int, ...]
    weight: np.ndarray
    young: np.ndarray
    hazard: np.ndarray
    rate_per_year: np.ndarray | float | None = None
    unmet: Callable[[np.ndarray], np.ndarray] | None = None
    early_weight: np.ndarray | None = None
    allowed: np.ndarray | None = None

    def by_status(self, weight: np.ndarray) -> np.ndarray:
        """Give weights or hazards of this rank the axes unit and status; 0 for a status that may not be promoted."""
        weight = by_cell(weight)
        return weight if self.allowed is None else weight * self.allowed[:, None, None, None]


@dataclass(frozen=True)
class Rules:
    """Everything a year needs to know, for any year.

    Parameters
    ----------
    ladder : Ladder
    mode : {"vacancy", "rate", "markov", "plan"}
    retirement : callable
        Year -> probability array [group, 1, rank, age, 1] of retiring.
    exits : mapping of str to array, broadcast to [group, status, rank, age, years_in_rank]
        Probability of each other way out, of those still there when it is asked.
    moves, promotions : tuples
        Promotions are listed from the top rank down.
    posts : array [..., unit, rank]
        Posts in the opening year.
    posts_growth_per_year : array [..., 1, 1] or float
    baseline_year : int
    young_share : array [...] or float
        Least share of a batch that is young.
    unit_young_share : array [..., unit] or float
        The same for single units, where it is more than `young_share`.
    candidates_per_post : array [..., 1] or int
    release_rate_per_year : array [...] or float
        Holders released per post to be replaced, where no rate says how many are promoted.
    entry_mix : array [group, status, age] or None
        How recruits fall on groups and ages at 31 December.
    recruits_by_year : mapping of int to float, optional
        Recruits scheduled; None fills the posts of the entry rank.
    replaces_leavers : bool
        Whether as many are recruited as left the service in the year, instead.
    frozen_promotion_years, frozen_recruitment_years : frozenset of int
        Years in which nobody is promoted or recruited.
    lateral_intake : tuple of LateralIntake
    plan : Plan, optional
        What plan mode carries out.
    out_of_order_share : array [...] or float
        Share of a batch that is taken from those who lack the minimum years in rank.
    reserves : tuple of ReserveRule
    grass_roots : GrassRoots, optional
        The condition of having served at the grass roots.
    exchange_rate_per_year : float
        Probability that a post-holder changes places with one of another unit.
    released_to : mapping of int to int
        Rank that a released holder of a rank goes to.
    """

    ladder: Ladder
    mode: str
    retirement: Callable[[int], np.ndarray]
    exits: Mapping[str, np.ndarray]
    moves: tuple[MoveRule, ...]
    promotions: tuple[PromotionRule, ...]
    posts: np.ndarray
    baseline_year: int
    posts_growth_per_year: np.ndarray | float = 0.0
    young_share: np.ndarray | float = 0.0
    unit_young_share: np.ndarray | float = 0.0
    candidates_per_post: np.ndarray | int = 1
    release_rate_per_year: np.ndarray | float = 0.0
    entry_mix: np.ndarray | None = None
    recruits_by_year: Mapping[int, float] | None = None
    replaces_leavers: bool = False
    frozen_promotion_years: frozenset[int] = frozenset()
    frozen_recruitment_years: frozenset[int] = frozenset()
    lateral_intake: tuple[LateralIntake, ...] = ()
    plan: Plan | None = None
    out_of_order_share: np.ndarray | float = 0.0
    reserves: tuple[ReserveRule, ...] = ()
    grass_roots: GrassRoots | None = None
    exchange_rate_per_year: float = 0.0
    released_to: Mapping[int, int] = field(default_factory=dict)

    @property
    def statuses(self) -> Statuses:
        """What the rules tell apart on the status axis."""
        return Statuses(lists=bool(self.reserves), postings=self.grass_roots is not None)

    def posts_in(self, year: int) -> np.ndarray:
        """Posts [..., unit, rank] of a year."""
        return self.posts * (1 + self.posts_growth_per_year) ** (year - self.baseline_year)


def rules_for(
    evidence: Evidence,
    scenario: Scenario,
    posts: np.ndarray,
    weights: Mapping[tuple[str, str], np.ndarray],
    age_line: AgeLine,
    plan: Plan | None = None,
) -> Rules:
    """Turn evidence and a scenario into the rules of a year.

    Parameters
    ----------
    posts : array [..., unit, rank]
        Posts in the baseline year.
    weights : mapping of (from, to) to array [..., group, age, years_in_rank]
        Relative chance of promotion, as `weights_by_way` gives it.

    Raises
    ------
    InputError
        When the probabilities out of a rank sum to more than one, or a plan is asked for and none is given.
    """
    ladder, policy = evidence.ladder, scenario.promotion
    if (policy.mode == "plan") != (plan is not None):
        raise InputError('mode "plan": expected a plan with it and only with it.')
    exits, moves, hazards = competing(evidence)
    if scenario.retirement.early_rate_per_year:
        exits = {"retired-early": early_retirement(evidence, scenario.retirement.early_rate_per_year), **exits}
    return Rules(
        ladder=ladder,
        mode=policy.mode,
        retirement=retirement_by_year(evidence, scenario.retirement.reform),
        exits=exits,
        moves=moves,
        promotions=tuple(
            _promotion_rule(evidence, scenario, rank, weights, hazards, age_line)
            for rank in reversed(ladder.promoted_into)
        ),
        posts=posts,
        baseline_year=evidence.targets.baseline_year,
        posts_growth_per_year=scenario.posts.growth_per_year,
        young_share=float(policy.young_share),
        candidates_per_post=policy.candidates_per_post,
        release_rate_per_year=policy.release_rate_per_year,
        entry_mix=entry_mix(evidence),
        recruits_by_year=(
            {int(year): persons for year, persons in scenario.recruitment.persons_by_year.items()}
            if scenario.recruitment.mode == "schedule"
            else None
        ),
        replaces_leavers=scenario.recruitment.mode == "replace",
        frozen_promotion_years=frozenset(policy.frozen_years),
        frozen_recruitment_years=frozenset(scenario.recruitment.frozen_years),
        lateral_intake=scenario.lateral_intake,
        plan=plan,
        out_of_order_share=policy.out_of_order_share,
        reserves=reserve_rules(ladder, scenario.reserve_lists),
        grass_roots=scenario.grass_roots,
        exchange_rate_per_year=scenario.exchange.rate_per_year,
        released_to={
            ladder.index(rank.id): ladder.index(rank.released_to) for rank in ladder.ranks if rank.released_to
        },
    )


def by_cell(weight: np.ndarray) -> np.ndarray:
    """Give weights or hazards [..., group, source, age, years_in_rank] the axes unit and status too."""
    return np.expand_dims(weight, (-6, -4))


def _promotion_rule(evidence, scenario, rank, weights, hazards, age_line) -> PromotionRule:
    ladder = evidence.ladder
    ways = [way for way in ladder.promotions if way.into == rank]
    ages_at_close = np.arange(ladder.ages.youngest_years, ladder.ages.oldest_years + 1) + 1
    line = ladder.ranks[ladder.index(rank)].young_age_years
    weight = np.stack([weights[way.source, way.into] for way in ways], axis=-3)
    return PromotionRule(
        into=ladder.index(rank),
        sources=tuple(ladder.index(way.source) for way in ways),
        weight=weight,
        young=(
            np.zeros(ages_at_close.shape, bool)
            if line is None
            else is_young(ages_at_close, evidence.amount(line), age_line)
        ),
        hazard=np.stack([hazards[way.source, way.into] for way in ways], axis=-3) * (weight > 0),
        rate_per_year=scenario.promotion.rate_into(rank),
        unmet=_unmet_targets(evidence, rank, age_line) if scenario.promotion.priority_rule else None,
        early_weight=_early_weight(ladder, ways, weight) if scenario.promotion.out_of_order_share else None,
        allowed=(
            Statuses(bool(scenario.reserve_lists), postings=True).tempered.astype(float)
            if scenario.grass_roots and rank in scenario.grass_roots.into
            else None
        ),
    )


def _early_weight(ladder: Ladder, ways: list[Promotion], weight: np.ndarray) -> np.ndarray:
    """Weights of those whom only the minimum years in rank keep from promotion, but for those on probation."""
    years = np.arange(weight.shape[-1]) + 1
    confirmed = years > np.array([probation_years(ladder, way) for way in ways])[:, None, None]
    return np.where(weight > 0, 0.0, weight.max(-1, keepdims=True)) * confirmed


def _unmet_targets(evidence: Evidence, rank: str, age_line: AgeLine) -> Callable[[np.ndarray], np.ndarray]:
    """Build the test of whether a unit is short of any target that covers a rank's level."""
    ladder = evidence.ladder
    level = ladder.ranks[ladder.index(rank)].level
    targets = [target for target in evidence.targets.targets if level in target.levels and target.of_everybody]
    ages_at_close = np.arange(ladder.ages.youngest_years, ladder.ages.oldest_years + 1) + 1

    def unmet(headcount: np.ndarray) -> np.ndarray:
        short = np.zeros(headcount.shape[:-4], bool)
        for target in targets:
            covered = headcount[..., ladder.ranks_in(target.levels), :]
            young = covered[..., is_young(ages_at_close, target.age_years, age_line)]
            short |= young.sum((-4, -3, -2, -1)) < float(target.share) * covered.sum((-4, -3, -2, -1)) - 1e-9
        return short

    return unmet
