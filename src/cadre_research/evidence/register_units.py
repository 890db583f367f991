"""The units of a register, as those of a service."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.units import Unit, Units

__all__ = ["LARGEST_UNITS", "LEAST_PERSONS", "register_units"]

# Units told apart at most, the largest.
LARGEST_UNITS = 24
# Fewest persons that one has.
LEAST_PERSONS = 10
OTHERS = "other-units"
LONGEST_NAME = 60


def register_units(stock: pd.DataFrame, ladder: Ladder) -> tuple[Units | None, np.ndarray]:
    """Tell the units of a register apart: the largest under their own names, the others together.

    Parameters
    ----------
    stock : DataFrame
        Columns unit, rank and persons, as `PersonYears.stocks` has them, of one year.

    Returns
    -------
    units : Units, optional
        In the order of their names; none where they are not at least two.
    place : array of int
        Place of each row's unit among them; zeros where there are none.
    """
    names = stock["unit"].astype(str)
    persons = stock.groupby(names)["persons"].sum().sort_values(ascending=False, kind="stable")
    own = persons.index[persons >= LEAST_PERSONS][:LARGEST_UNITS]
    # What is left over must not be a few persons either.
    while len(own) and 0 < persons.drop(own).sum() < LEAST_PERSONS:
        own = own[:-1]
    own = sorted(own)
    together = len(own) < len(persons)
    if len(own) + together < 2:
        return None, np.zeros(len(stock), int)
    place = pd.Index(own).get_indexer(pd.Index(names))
    place = np.where(place < 0, len(own), place)
    held = stock["persons"].groupby([place, stock["rank"].astype(str)]).sum()
    named = [(f"unit-{number}", _short(name, number)) for number, name in enumerate(own, 1)]
    told = [*((name, text, text) for name, text in named), *([(OTHERS, "Other units", "其他单位")] if together else [])]
    return Units(
        format=1,
        source="The register",
        provenance="register",
        units=tuple(
            Unit(id=name, name_en=en, name_zh=zh, weights=_weights(held, number, ladder))
            for number, (name, en, zh) in enumerate(told)
        ),
    ), place


def _short(name: str, number: int) -> str:
    """A name that fits, and that no other has."""
    return name if 0 < len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 8]}… ({number})"


def _weights(held: pd.Series, unit: int, ladder: Ladder) -> dict[str, float]:
    """Persons of a unit by level; of a level that nobody is in, as many in each unit."""
    weights: dict[str, float] = {}
    for level in ladder.levels:
        ranks = [rank.id for rank in ladder.ranks if rank.level == level]
        of_level = held[held.index.get_level_values(1).isin(ranks)]
        mine = of_level[of_level.index.get_level_values(0) == unit].sum()
        weights[level] = float(mine) if of_level.sum() else 1.0
    return weights
