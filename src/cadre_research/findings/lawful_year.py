"""A year of any lawful policy, as equations: what happens by itself, what may be decided, what limits it.

What happens by itself (leaving, stepping aside, moving down, lateral intake) is taken from the yearly model's own
flows, run on one person in every cell, so that programme and model cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cadre_research.errors import ConservationError
from cadre_research.findings.cells import Cells
from cadre_research.findings.expression import Expression
from cadre_research.findings.programme import Programme
from cadre_research.model.chance import Expected
from cadre_research.model.flows import Standing, join_laterally, leave, move_aside_and_down
from cadre_research.model.population import empty_population

__all__ = ["LawfulYear", "add_year"]


@dataclass(frozen=True)
class LawfulYear:
    """A year in a programme.

    Parameters
    ----------
    year : int
    stay : Expression [group, rank, age, years]
        Who is where they were, after what happens by itself and before any decision; ages at the opening.
    closing : Expression [group, rank, age, years]
        At 31 December.
    """

    year: int
    stay: Expression
    closing: Expression


def add_year(programme: Programme, year: int, stock: Expression, cells: Cells) -> LawfulYear:
    r"""Add the decisions of a year to a programme, and return the stock that they lead to.

    With stay and arrive the shares that the yearly model leaves in a cell and moves to another rank by itself,

    .. math:: out_i \le stay_i \, stock_i, \qquad
              closing_{i'} = stay_i \, stock_i - out_i + \sum_{j \to i'} (arrive_j \, stock_j + in_j)

    where i' is the cell i a year later. Whoever has moved or joined stands in place 0 and moves no more this year.

    Parameters
    ----------
    stock : Expression [group, rank, age, years]
        At the opening of the year.

    Returns
    -------
    LawfulYear
        The decisions are blocks ("promotion", year, from, to) and ("release", year, from, to)
        [group, age, years], and ("recruitment", year, None, to) [group, age at the close].
    """
    staying, moves = _by_itself(year, cells)
    stay = stock * staying[..., None]
    _refuse_too_old(year, stay, cells)
    arriving = [
        (stock[:, source] * share[..., None]).put(cells.arrival(into), cells.shape) for source, into, share in moves
    ]
    leaving = []
    for block, source, into in [*_promotions(programme, year, stay, cells), *_releases(programme, year, stay, cells)]:
        arriving.append(block.put(cells.arrival(into), cells.shape))
        leaving.append(block.put(_own_cells(source, cells), cells.shape))
    remain = stay
    if leaving:
        out = Expression.total(leaving)
        programme.require(("there", year), (stay - out)[out.present], at_least=0.0)
        remain = stay - out
    newcomers = [_lateral(year, cells), *_recruits(programme, year, cells)]
    closing = Expression.total([remain.put(cells.after_a_year(), cells.shape), *arriving, *newcomers])
    return LawfulYear(year, stay, closing)


def _by_itself(year: int, cells: Cells) -> tuple[np.ndarray, list[tuple[int, int, np.ndarray]]]:
    """Share [group, rank, age] of a cell that stays, and (from, to, share [group, age]) of each move."""
    one_each = empty_population(cells.rules.ladder)
    one_each.headcount[..., 0] = 1.0
    standing = Standing.at_opening(one_each, year)
    leave(standing, cells.rules, Expected())
    move_aside_and_down(standing, cells.rules, Expected())
    moves = [(f.source, f.into, f.headcount[0, :, 0]) for f in standing.flows if f.into is not None]
    return standing.stay[0, :, 0, :, :, 0], moves


def _refuse_too_old(year: int, stay: Expression, cells: Cells) -> None:
    ages = cells.rules.ladder.ages
    if not ages.oldest_is_open and stay[:, :, -1].present.any():
        raise ConservationError(
            f"year {year}: somebody would pass the last age, {ages.oldest_years}. Raise oldest_years in the ladder, or "
            "give every rank a retirement category that leaves by then."
        )


def _promotions(
    programme: Programme, year: int, stay: Expression, cells: Cells
) -> Iterator[tuple[Expression, int, int]]:
    """Promotions out of the eligible cells where anybody can stand."""
    present = stay.present
    for (source, into), eligible in cells.eligible.items():
        where = present[:, source] & eligible
        yield programme.variables(("promotion", year, source, into), where), source, into


def _releases(programme: Programme, year: int, stay: Expression, cells: Cells) -> Iterator[tuple[Expression, int, int]]:
    """Releases of holders of any age, in the ranks that are promoted into."""
    present = stay.present
    for rule in cells.rules.promotions:
        if rule.into in cells.rules.released_to:
            ways = (rule.into, cells.rules.released_to[rule.into])
            yield programme.variables(("release", year, *ways), present[:, rule.into]), *ways


def _recruits(programme: Programme, year: int, cells: Cells) -> Iterator[Expression]:
    """Recruits of any lawful age; the groups keep their shares of each year's recruits."""
    rules, ages = cells.rules, cells.ages_years
    entry = rules.ladder.entry
    if entry is None:
        return
    rank, by_group = rules.ladder.index(entry.rank), rules.entry_mix.sum((1, 2))
    lawful = (ages >= entry.youngest_age_years) & (ages <= entry.oldest_age_years)
    recruits = programme.variables(("recruitment", year, None, rank), (by_group > 0)[:, None] & lawful)
    if len(by_group) > 1:
        programme.require(("groups", year), recruits.sum(1) - recruits.sum().spread(by_group), equals=0.0)
    yield recruits.put(cells.arrival(rank, ages_a_year=False)[..., 0], cells.shape)


def _lateral(year: int, cells: Cells) -> Expression:
    standing = Standing.at_opening(empty_population(cells.rules.ladder), year)
    join_laterally(standing, cells.rules, Expected())
    joined = np.zeros(cells.shape)
    joined[..., 0] = standing.joined[0, :, 0]
    return Expression.of_constants(joined)


def _own_cells(rank: int, cells: Cells) -> np.ndarray:
    """Cells [group, age, years] of a rank, as flat indices."""
    return np.arange(np.prod(cells.shape)).reshape(cells.shape)[:, rank]
