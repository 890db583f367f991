"""Who is at risk of which way up, aside or out, in the order in which the yearly model asks.

Retirement by law comes first, then each exit and each move in the ladder's order, then promotions from the top rank
down. Each way is asked only of those who have taken none before, so a hazard is conditional on all that come earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cadre_research.evidence.base import Evidence
from cadre_research.evidence.ladder import Ladder, Move, Promotion

__all__ = ["RETIRED", "Way", "cells_at_risk", "ways_asked", "ways_taken"]

RETIRED = ("retired", "retired-early")
CELL = ["rank", "group", "age_years", "years_in_rank"]
# Assumptions about a hazard's errors are called after it, and no name has more than 64 characters.
LONGEST_NAME = 54


@dataclass(frozen=True)
class Way:
    """One way, and whom it is open to; ages and years in rank are those completed at the opening of the year."""

    kind: Literal["exit", "move", "promotion"]
    name: str
    sources: tuple[str, ...]
    into: str | None = None
    youngest_age_years: float = 0.0
    oldest_age_years: float = np.inf
    fewest_years_in_rank: int = 0

    def taken(self, counts: pd.DataFrame) -> pd.Series:
        """Tell which rows of counts took this way, allowed or not."""
        here = counts["rank"].isin(self.sources)
        if self.into is not None:
            return here & (counts["into"] == self.into)
        return here & counts["outcome"].isin(RETIRED if self.name == RETIRED[0] else (self.name,))

    def open_to(self, counts: pd.DataFrame) -> pd.Series:
        """Tell which rows the rules open this way to."""
        return (
            counts["rank"].isin(self.sources)
            & counts["age_years"].between(self.youngest_age_years, self.oldest_age_years)
            & (counts["years_in_rank"] >= self.fewest_years_in_rank)
        )


def ways_asked(evidence: Evidence) -> tuple[Way, ...]:
    """Every way of the ladder in the order asked; retirement is the first where no law says when it comes."""
    ladder = evidence.ladder
    retirement = () if evidence.retirement else (Way("exit", RETIRED[0], ladder.rank_ids),)
    exits = tuple(Way("exit", way.id, way.ranks or ladder.rank_ids) for way in ladder.exits)
    moves = tuple(_move(move, evidence) for move in ladder.moves)
    downwards = sorted(ladder.promotions, key=lambda way: -ladder.index(way.into))
    return (*retirement, *exits, *moves, *(_promotion(way, evidence) for way in downwards))


def ways_taken(counts: pd.DataFrame, ways: tuple[Way, ...]) -> np.ndarray:
    """Place of the way that each row of counts took, array [row].

    Those who retire by law come before all (-1), those who stay after all (`len(ways)`). Leavers by a way that the
    ladder does not know stand half a place after its last exit, movers half a place after its last move: they are not
    at risk of what is asked later.
    """
    exits = sum(way.kind == "exit" for way in ways)
    moves = sum(way.kind == "move" for way in ways)
    stays = counts["outcome"] == "stay"
    place = np.where(counts["into"] == "", exits - 0.5, exits + moves - 0.5)
    place = np.where(counts["outcome"].isin(RETIRED), -1.0, place)
    for number, way in enumerate(ways):
        place = np.where(way.taken(counts), float(number), place)
    return np.where(stays, float(len(ways)), place)


def cells_at_risk(counts: pd.DataFrame, place: np.ndarray, number: int, way: Way) -> pd.DataFrame:
    """Persons at risk of a way and those who took it, by rank, group, age and years in rank."""
    there = way.open_to(counts) & (place >= number)
    rows = counts[there]
    persons = rows["persons"].to_numpy(float)
    frame = rows[CELL].assign(at_risk=persons, events=persons * (place[there] == number))
    return frame.groupby(CELL, as_index=False, sort=True)[["at_risk", "events"]].sum()


def _move(move: Move, evidence: Evidence) -> Way:
    ages = evidence.amount(move.from_age_years), move.to_age_years
    name = _name(move.kind, move.source, move.into, evidence.ladder)
    return Way("move", name, (move.source,), move.into, *ages)


def _promotion(way: Promotion, evidence: Evidence) -> Way:
    """Rules speak of the close of the year, when everybody is a year older and longer in rank."""
    ladder, entry = evidence.ladder, evidence.ladder.entry
    probation = entry.probation_years if entry and way.source == entry.rank else 0
    # Whoever has been in rank longer than is tracked cannot be told apart from those who have for just so long.
    years = min(way.minimum_years_in_rank + probation, ladder.ages.longest_tracked_years_in_rank + 1)
    youngest = (entry.youngest_age_years if entry else ladder.ages.youngest_years) + way.minimum_service_years
    oldest = np.inf if way.ceiling_age_years is None else evidence.amount(way.ceiling_age_years)
    name = _name("promotion", way.source, way.into, ladder)
    return Way("promotion", name, (way.source,), way.into, youngest - 1, oldest - 1, max(0, years - 1))


def _name(kind: str, source: str, into: str, ladder: Ladder) -> str:
    name = f"{kind}-{source}-{into}"
    return name if len(name) <= LONGEST_NAME else f"{kind}-{ladder.index(source) + 1}-{ladder.index(into) + 1}"
