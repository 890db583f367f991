"""Some people told apart from all others and treated like them: the model's own flows tell what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cadre_research.errors import InputError
from cadre_research.evidence.ladder import Ladder
from cadre_research.model.chance import Chance
from cadre_research.model.population import Population
from cadre_research.model.rules import Rules
from cadre_research.model.year import Year, advance

__all__ = ["follow", "told_apart"]

# Axes of the group in the arrays of the rules, counted from the last.
OF_RATES, OF_WEIGHTS, OF_ENTRANTS = -5, -4, -3


def told_apart(people: Population, rules: Rules, chosen: np.ndarray) -> tuple[Population, Rules]:
    """Give the group axis every group twice: all others first, then the chosen.

    Both halves have the same rules; newcomers join the first. Everybody together fares as if they were not told apart.

    Parameters
    ----------
    people : Population
    rules : Rules
    chosen : array of bool, broadcast to the headcounts [..., unit, group, status, rank, age, years_in_rank]

    Raises
    ------
    InputError
        When the rules carry out a plan, which asks for persons of undivided groups.
    """
    if rules.plan is not None:
        raise InputError('mode "plan": given people to follow, expected rules that choose whom to promote themselves.')
    ladder = _doubled(people.ladder)
    both = [people.headcount * ~chosen, people.headcount * chosen]
    groups = len(people.ladder.groups)
    mix = rules.entry_mix
    if mix is None:
        # Newcomers fall on all groups alike where nothing is known of entrants.
        mix = np.full((groups, 1, len(people.ages_years)), 1 / (groups * len(people.ages_years)))
    retirement = rules.retirement
    return (
        Population(np.concatenate(both, axis=-5), ladder, people.units, people.statuses),
        replace(
            rules,
            ladder=ladder,
            retirement=lambda year: _twice(retirement(year), OF_RATES),
            exits={name: _twice(probability, OF_RATES) for name, probability in rules.exits.items()},
            moves=tuple(replace(move, probability=_twice(move.probability, OF_WEIGHTS)) for move in rules.moves),
            promotions=tuple(
                replace(
                    rule,
                    weight=_twice(rule.weight, OF_WEIGHTS),
                    hazard=_twice(rule.hazard, OF_WEIGHTS),
                    early_weight=None if rule.early_weight is None else _twice(rule.early_weight, OF_WEIGHTS),
                )
                for rule in rules.promotions
            ),
            entry_mix=np.concatenate([mix, np.zeros(mix.shape)], axis=OF_ENTRANTS),
        ),
    )


def follow(
    people: Population, first_year: int, rules: Rules, chosen: np.ndarray, waiting_in: tuple[int, ...], chance: Chance
) -> Iterator[tuple[Year, np.ndarray]]:
    """Take a population through the years, and yield each with the chosen who still wait at its close.

    Whoever is found in another rank than `waiting_in` at a close is followed no longer, and is one of the others.

    Yields
    ------
    Year and array [..., group]
        The year has every group twice, see `told_apart`.
    """
    groups = len(people.ladder.groups)
    people, rules = told_apart(people, rules, chosen)
    elsewhere = [rank for rank in range(len(people.ladder.ranks)) if rank not in waiting_in]
    year = first_year
    while True:
        passed = advance(people, year, rules, chance)
        headcount = passed.closing.headcount.copy()
        headcount[..., :groups, :, elsewhere, :, :] += headcount[..., groups:, :, elsewhere, :, :]
        headcount[..., groups:, :, elsewhere, :, :] = 0.0
        people = replace(passed.closing, headcount=headcount)
        yield passed, headcount[..., groups:, :, :, :, :].sum((-6, -4, -3, -2, -1))
        year += 1


def _doubled(ladder: Ladder) -> Ladder:
    chosen = [group.model_copy(update={"id": f"{group.id}-followed"}) for group in ladder.groups]
    return ladder.model_copy(update={"groups": (*ladder.groups, *chosen)})


def _twice(array: np.ndarray, axis: int) -> np.ndarray:
    """The same for both halves; an array that is alike for all groups already is."""
    if array.ndim < -axis or array.shape[axis] == 1:
        return array
    return np.concatenate([array, array], axis=axis)
