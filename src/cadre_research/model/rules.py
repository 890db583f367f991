"""The rules of a year as arrays: what the ladder, the scenario and the calibrated curves say, ready to be applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from cadre_research.errors import InputError
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.scenario import LateralIntake, Scenario
from cadre_research.evidence.targets import AgeLine, is_young
from cadre_research.model.plan import Plan

__all__ = ["MoveRule", "PromotionRule", "Rules", "rules_for"]


@dataclass(frozen=True)
class MoveRule:
    """Stepping aside or moving down: `probability` [age] of those who have not left or moved yet this year."""

    kind: str
    source: int
    into: int
    probability: np.ndarray


@dataclass(frozen=True)
class PromotionRule:
    """Who may be promoted into a rank, who is favoured, and how many if a rate says so.

    Parameters
    ----------
    into : int
        The rank filled.
    sources : tuple of int
        The ranks it is filled from.
    weight : array [..., source, age, years_in_rank]
        Relative chance of an eligible person, 0 where not eligible.
    young : array [age] of bool
        Whether somebody of that age at the year's opening counts as young at its close.
    hazard : array like `weight`
        Probability of promotion in markov mode, of those who have not left or moved yet this year.
    rate_per_year : array [...] or float, optional
        Promotions per post and year; None fills vacancies.
    unmet : callable, optional
        Under the priority rule, tells from headcounts [..., unit, group, status, rank, age] at the close which units
        are short of a target on this rank's level.
    """

    into: int
    sources: tuple[int, ...]
    weight: np.ndarray
    young: np.ndarray
    hazard: np.ndarray
    rate_per_year: np.ndarray | float | None = None
    unmet: Callable[[np.ndarray], np.ndarray] | None = None


@dataclass(frozen=True)
class Rules:
    """Everything a year needs to know, for any year.

    Parameters
    ----------
    ladder : Ladder
    mode : {"vacancy", "rate", "markov", "plan"}
    retirement : callable
        Year -> probability array [group, 1, rank, age, 1] of retiring.
    exits : mapping of str to array [rank, age, 1]
        Probability of each other way out, of those still there when it is asked.
    moves, promotions : tuples
        Promotions are listed from the top rank down.
    posts : array [..., unit, rank]
        Posts in the opening year.
    posts_growth_per_year : float
    baseline_year : int
    young_share : array [...] or float
        Least share of a batch that is young.
    candidates_per_post : int
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
    status_transitions : array [status, status], optional
        Yearly probability of going from one status (row) to another; nobody changes without it.
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
    posts_growth_per_year: float = 0.0
    young_share: np.ndarray | float = 0.0
    candidates_per_post: int = 1
    release_rate_per_year: np.ndarray | float = 0.0
    entry_mix: np.ndarray | None = None
    recruits_by_year: Mapping[int, float] | None = None
    replaces_leavers: bool = False
    frozen_promotion_years: frozenset[int] = frozenset()
    frozen_recruitment_years: frozenset[int] = frozenset()
    lateral_intake: tuple[LateralIntake, ...] = ()
    plan: Plan | None = None
    status_transitions: np.ndarray | None = None
    released_to: Mapping[int, int] = field(default_factory=dict)

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
    weights : mapping of (from, to) to array [..., age, years_in_rank]
        Relative chance of promotion, as `promotion_weights` gives it.

    Raises
    ------
    InputError
        When the probabilities out of a rank sum to more than one, or a plan is asked for and none is given.
    """
    ladder, policy = evidence.ladder, scenario.promotion
    if (policy.mode == "plan") != (plan is not None):
        raise InputError('mode "plan": expected a plan with it and only with it.')
    exits, moves, hazards = _competing(evidence)
    return Rules(
        ladder=ladder,
        mode=policy.mode,
        retirement=_retirement_by_year(evidence, scenario.retirement.reform),
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
        entry_mix=_entry_mix(evidence),
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
        released_to={
            ladder.index(rank.id): ladder.index(rank.released_to) for rank in ladder.ranks if rank.released_to
        },
    )


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
        hazard=np.stack([hazards[way.source, way.into] for way in ways]) * (weight > 0),
        rate_per_year=scenario.promotion.rate_into(rank),
        unmet=_unmet_targets(evidence, rank, age_line) if scenario.promotion.priority_rule else None,
    )


def _unmet_targets(evidence: Evidence, rank: str, age_line: AgeLine) -> Callable[[np.ndarray], np.ndarray]:
    """Build the test of whether a unit is short of any target that covers a rank's level."""
    ladder = evidence.ladder
    level = ladder.ranks[ladder.index(rank)].level
    targets = [target for target in evidence.targets.targets if level in target.levels]
    ages_at_close = np.arange(ladder.ages.youngest_years, ladder.ages.oldest_years + 1) + 1

    def unmet(headcount: np.ndarray) -> np.ndarray:
        short = np.zeros(headcount.shape[:-4], bool)
        for target in targets:
            covered = headcount[..., ladder.ranks_in(target.levels), :]
            young = covered[..., is_young(ages_at_close, target.age_years, age_line)]
            short |= young.sum((-4, -3, -2, -1)) < float(target.share) * covered.sum((-4, -3, -2, -1)) - 1e-9
        return short

    return unmet


def _competing(evidence: Evidence) -> tuple[dict, tuple[MoveRule, ...], dict]:
    """Turn yearly probabilities into those of whoever is still there when each flow is asked in turn.

    The ladder's probabilities compete: they are shares of those who do not retire in the year. Asked one after the
    other, the k-th of them is p_k / (1 - p_1 - ... - p_{k-1}).
    """
    ladder = evidence.ladder
    ages = np.arange(ladder.ages.youngest_years, ladder.ages.oldest_years + 1)
    gone = np.zeros((len(ladder.ranks), len(ages)))

    def conditional(rank: int, probability: np.ndarray) -> np.ndarray:
        remaining = 1 - gone[rank]
        gone[rank] = gone[rank] + probability
        if (gone[rank] > 1 + 1e-12).any():
            name = ladder.ranks[rank].id
            raise InputError(f"ladder: yearly probabilities out of rank {name} sum to more than 1.")
        return np.divide(probability, remaining, out=np.zeros_like(remaining), where=remaining > 0).clip(0, 1)

    exits = {}
    for way in ladder.exits:
        chance = evidence.amount(way.probability_per_year)
        leaving = [rank.id in (way.ranks or ladder.rank_ids) for rank in ladder.ranks]
        rows = [conditional(rank, np.full(ages.shape, chance * leaves)) for rank, leaves in enumerate(leaving)]
        exits[way.id] = np.stack(rows)[..., None]
    moves = []
    for move in ladder.moves:
        in_range = (ages >= evidence.amount(move.from_age_years)) & (ages <= move.to_age_years)
        source = ladder.index(move.source)
        chance = conditional(source, evidence.amount(move.probability_per_year) * in_range)
        moves.append(MoveRule(move.kind, source, ladder.index(move.into), chance))
    hazards = {}
    for way in sorted(ladder.promotions, key=lambda way: -ladder.index(way.into)):
        chance = np.full(ages.shape, way.probability_per_year or 0.0)
        hazards[way.source, way.into] = conditional(ladder.index(way.source), chance)[:, None]
    return exits, tuple(moves), hazards


def _retirement_by_year(evidence: Evidence, reform: bool) -> Callable[[int], np.ndarray]:
    ladder, law = evidence.ladder, evidence.retirement
    ages = np.arange(ladder.ages.youngest_years, ladder.ages.oldest_years + 1)

    routes = {(rank.retirement, group.sex) for rank in ladder.ranks for group in ladder.groups if rank.retirement}

    @cache
    def in_year(year: int) -> np.ndarray:
        # Age is that at the close of the year before.
        hazard = {
            route: law.hazard(*route, year - 1 - ages, year, evidence.assumptions, reform=reform) for route in routes
        }
        nobody = np.zeros(len(ages))
        by_group = [[hazard.get((rank.retirement, g.sex), nobody) for rank in ladder.ranks] for g in ladder.groups]
        return np.array(by_group)[:, None, :, :, None]

    return in_year


def _entry_mix(evidence: Evidence) -> np.ndarray | None:
    """Shares of recruits by group, status and age: a triangle over the ages at entry."""
    ladder = evidence.ladder
    if ladder.entry is None:
        return None
    entry, ages = ladder.entry, np.arange(ladder.ages.youngest_years, ladder.ages.oldest_years + 1)
    peak = evidence.amount(entry.most_common_age_years)
    rising = (ages - (entry.youngest_age_years - 1)) / (peak - (entry.youngest_age_years - 1))
    falling = (entry.oldest_age_years + 1 - ages) / (entry.oldest_age_years + 1 - peak)
    triangle = np.clip(np.minimum(rising, falling), 0, None)
    stated = [None if g.share_of_entry is None else evidence.amount(g.share_of_entry) for g in ladder.groups]
    rest = 1 - sum(share for share in stated if share is not None)
    shares = np.array([rest if share is None else share for share in stated])
    return shares[:, None, None] * triangle / triangle.sum()
