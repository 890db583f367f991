"""Yearly probabilities as arrays: retiring, leaving, stepping aside, moving down and, in markov mode, rising."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import norm

from cadre_research.errors import InputError
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.hazards import Hazard
from cadre_research.evidence.ladder import Move

__all__ = ["MoveRule", "competing", "early_retirement", "entry_mix", "estimated_intensity", "retirement_by_year"]

Rates = Mapping[str, np.ndarray]
# A quantile of 0 or 1 would be an infinite error.
SUREST = 1e-6
# How long before the base age one may retire of one's own will.
EARLY_YEARS = 5


@dataclass(frozen=True)
class MoveRule:
    """Stepping aside or moving down.

    `probability`, broadcast to [group, status, age, years_in_rank], is that of those who have not left or moved yet
    this year.
    """

    kind: str
    source: int
    into: int
    probability: np.ndarray


def competing(evidence: Evidence) -> tuple[Rates, tuple[MoveRule, ...], dict]:
    """Turn yearly probabilities into those of whoever is still there when each flow is asked in turn.

    The ladder's probabilities compete: they are shares of those who do not retire in the year. Asked one after the
    other, the k-th of them is p_k / (1 - p_1 - ... - p_{k-1}). Those estimated from a register are of whoever is still
    there as they stand.

    Returns
    -------
    exits : mapping of str to array
        As `Rules.exits`.
    moves : tuple of MoveRule
    hazards : mapping of (from, to) to array [group, age, years_in_rank]
        Of promotions in markov mode.
    """
    if evidence.registered:
        return _estimated(evidence)
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
        source = ladder.index(move.source)
        chance = conditional(source, evidence.amount(move.probability_per_year) * _in_range(move, evidence))
        moves.append(MoveRule(move.kind, source, ladder.index(move.into), chance[:, None]))
    hazards = {}
    for way in sorted(ladder.promotions, key=lambda way: -ladder.index(way.into)):
        chance = np.full(ages.shape, way.probability_per_year or 0.0)
        hazards[way.source, way.into] = conditional(ladder.index(way.source), chance)[None, :, None]
    return exits, tuple(moves), hazards


def estimated_intensity(evidence: Evidence, hazard: Hazard) -> np.ndarray:
    """Intensity [group, source, age, years_in_rank] of a hazard, with the errors of estimation that are assumed."""
    ages = evidence.ladder.ages
    quantiles = [evidence.assumptions[name].value for name in hazard.error_ids]
    return hazard.intensity(
        [group.id for group in evidence.ladder.groups],
        np.arange(ages.youngest_years, ages.oldest_years + 1),
        np.arange(ages.longest_tracked_years_in_rank + 1),
        norm.ppf(np.clip(quantiles, SUREST, 1 - SUREST)),
    )


def _estimated(evidence: Evidence) -> tuple[Rates, tuple[MoveRule, ...], dict]:
    """The same from the hazards of a register; what it does not know does not happen."""
    ladder = evidence.ladder
    probability = {
        (hazard.kind, rank, hazard.into or hazard.name): -np.expm1(-by_source)
        for hazard in evidence.registered.hazards
        for rank, by_source in zip(
            hazard.sources, np.moveaxis(estimated_intensity(evidence, hazard), 1, 0), strict=True
        )
    }
    ages = ladder.ages
    shape = (
        len(ladder.groups),
        ages.oldest_years - ages.youngest_years + 1,
        ages.longest_tracked_years_in_rank + 1,
    )
    none = np.zeros(shape)
    exits = {
        name: np.stack([probability.get(("exit", rank, name), none) for rank in ladder.rank_ids], axis=1)[:, None]
        for name in dict.fromkeys(hazard.name for hazard in evidence.registered.hazards if hazard.kind == "exit")
    }
    moves = tuple(
        MoveRule(
            move.kind,
            ladder.index(move.source),
            ladder.index(move.into),
            (probability.get(("move", move.source, move.into), none) * _in_range(move, evidence)[:, None])[:, None],
        )
        for move in ladder.moves
    )
    ways = [(way.source, way.into) for way in ladder.promotions]
    return exits, moves, {way: probability.get(("promotion", *way), none) for way in ways}


def _in_range(move: Move, evidence: Evidence) -> np.ndarray:
    """Ages at which a move may happen, array [age] of bool."""
    ages = np.arange(evidence.ladder.ages.youngest_years, evidence.ladder.ages.oldest_years + 1)
    return (ages >= evidence.amount(move.from_age_years)) & (ages <= move.to_age_years)


def retirement_by_year(evidence: Evidence, reform: bool) -> Callable[[int], np.ndarray]:
    """Build what gives the probability [group, 1, rank, age, 1] of retiring in a year; nobody does without a law."""
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


def early_retirement(evidence: Evidence, rate_per_year: float) -> np.ndarray:
    """Probability [group, 1, rank, age, 1] of retiring of one's own will, in the last years before the base age."""
    ladder, law = evidence.ladder, evidence.retirement
    ages = np.arange(ladder.ages.youngest_years, ladder.ages.oldest_years + 1)

    def of(category: str | None, sex: str) -> np.ndarray:
        if category is None or law is None:
            return np.zeros(len(ages))
        base = law.base_age_years(category, sex)
        # Ages are those at the opening: in the year somebody turns so old.
        return rate_per_year * ((ages + 1 >= base - EARLY_YEARS) & (ages + 1 < base))

    by_group = [[of(rank.retirement, group.sex) for rank in ladder.ranks] for group in ladder.groups]
    return np.array(by_group)[:, None, :, :, None]


def entry_mix(evidence: Evidence) -> np.ndarray | None:
    """Shares of recruits [group, status, age]: a triangle over the ages at entry, or as a register shows them."""
    ladder = evidence.ladder
    if evidence.registered:
        mix = np.array(evidence.registered.entry_mix)
        younger = evidence.registered.youngest_age_years - ladder.ages.youngest_years
        return np.pad(mix, [(0, 0), (younger, 0)])[:, None, :]
    if ladder.entry is None:
        return None
    entry, ages = ladder.entry, np.arange(ladder.ages.youngest_years, ladder.ages.oldest_years + 1)
    peak = evidence.amount(entry.most_common_age_years)
    rising = (ages - (entry.youngest_age_years - 1)) / (peak - (entry.youngest_age_years - 1))
    falling = (entry.oldest_age_years + 1 - ages) / (entry.oldest_age_years + 1 - peak)
    triangle = np.clip(np.minimum(rising, falling), 0, None)
    return _shares_of_entry(evidence)[:, None, None] * triangle / triangle.sum()


def _shares_of_entry(evidence: Evidence) -> np.ndarray:
    """Share of each group among entrants, array [group]; attributes are held independently of sex and each other."""
    groups = evidence.ladder.groups_alike[0]
    stated = [None if g.share_of_entry is None else evidence.amount(g.share_of_entry) for g in groups]
    rest = 1 - sum(share for share in stated if share is not None)
    shares = {g.part_of or g.id: rest if share is None else share for g, share in zip(groups, stated, strict=True)}
    own = np.array([shares[group.part_of or group.id] for group in evidence.ladder.groups])
    if evidence.undivided is None:
        return own
    return own * evidence.attributes.shares(evidence.ladder, evidence.amount)
