"""A workforce as headcounts on named axes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cadre_research.errors import InputError, UnknownNameError
from cadre_research.evidence.ladder import Ladder

__all__ = ["AXES", "Population", "empty_population", "over_years"]

AXES = ("unit", "group", "status", "rank", "age_years", "years_in_rank")


@dataclass(frozen=True)
class Population:
    """Headcounts at 31 December of a year.

    Parameters
    ----------
    headcount : array [..., unit, group, status, rank, age_years, years_in_rank]
        Persons, at least 0. Leading axes are replicates or scenarios. Age is completed years; the last place of
        years in rank holds everybody with that many years or more.
    ladder : Ladder
        Names the ranks, groups and ages.
    units, statuses : tuple of str
        Labels of their axes.
    """

    headcount: np.ndarray
    ladder: Ladder
    units: tuple[str, ...] = ("all",)
    statuses: tuple[str, ...] = ("all",)
    ages_years: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check that the array has the shape its labels say."""
        ages = self.ladder.ages
        object.__setattr__(self, "ages_years", np.arange(ages.youngest_years, ages.oldest_years + 1))
        expected = tuple(len(labels) for labels in self.labels.values())
        if self.headcount.shape[-len(AXES) :] != expected:
            raise InputError(f"headcount: given shape {self.headcount.shape}, expected (..., {expected}) for {AXES}.")

    @property
    def labels(self) -> dict[str, list]:
        """Labels of the named axes, in their order."""
        return {
            "unit": list(self.units),
            "group": [group.id for group in self.ladder.groups],
            "status": list(self.statuses),
            "rank": list(self.ladder.rank_ids),
            "age_years": self.ages_years.tolist(),
            "years_in_rank": list(range(self.ladder.ages.longest_tracked_years_in_rank + 1)),
        }

    def by_rank(self) -> np.ndarray:
        """Headcount of each rank, array [..., rank]."""
        return self.headcount.sum(axis=(-6, -5, -4, -2, -1))

    def by_rank_and_age(self) -> np.ndarray:
        """Headcount of each rank and age, array [..., rank, age_years]."""
        return over_years(self.headcount).sum(axis=(-5, -4, -3))

    def by_group_rank_and_age(self) -> np.ndarray:
        """Headcount of each group, rank and age, array [..., group, rank, age_years]."""
        return over_years(self.headcount).sum(axis=(-5, -3))

    def total(self) -> np.ndarray:
        """Headcount of everybody, array [...]."""
        return self.by_rank().sum(-1)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a cell with anybody in it; only for a population without leading axes.

        Raises
        ------
        InputError
            When there are leading axes.
        """
        if self.headcount.ndim > len(AXES):
            raise InputError(
                f"to_frame: given leading axes {self.headcount.shape[: -len(AXES)]}, expected none; "
                "choose one replicate or scenario first."
            )
        index = pd.MultiIndex.from_product(self.labels.values(), names=AXES)
        frame = pd.DataFrame({"headcount": self.headcount.reshape(-1)}, index=index).reset_index()
        return frame[frame["headcount"] != 0].reset_index(drop=True)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        ladder: Ladder,
        units: tuple[str, ...] = ("all",),
        statuses: tuple[str, ...] = ("all",),
    ) -> Population:
        """Build a population from rows of `AXES` and headcount; an axis of length 1 may be left out.

        Raises
        ------
        InputError
            When a column is missing, a label is not on its axis or a headcount is negative or not a number.
        """
        if "headcount" not in frame:
            raise InputError(f"frame: column 'headcount' is missing. Expected columns: {', '.join(AXES)}, headcount.")
        empty = empty_population(ladder, units=units, statuses=statuses)
        places = []
        for axis, labels in empty.labels.items():
            if axis not in frame and len(labels) > 1:
                raise InputError(f"frame: column {axis!r} is missing. Expected columns: {', '.join(AXES)}, headcount.")
            column = frame[axis] if axis in frame else pd.Series(labels[0], index=frame.index)
            place = pd.Index(labels).get_indexer(pd.Index(column))
            if (place < 0).any():
                raise UnknownNameError(axis, str(column[place < 0].iloc[0]), [str(label) for label in labels])
            places.append(place)
        counts = frame["headcount"].to_numpy(dtype=float)
        if not ((counts >= 0) & (counts < np.inf)).all():
            raise InputError("frame: column headcount: expected numbers of at least 0.")
        np.add.at(empty.headcount, tuple(places), counts)
        return empty


def over_years(cells: np.ndarray) -> np.ndarray:
    """Add up cells [..., years_in_rank] over the years in rank; `sum` takes ten times as long over so short an axis."""
    return np.einsum("...y->...", cells)


def empty_population(
    ladder: Ladder,
    lead: tuple[int, ...] = (),
    units: tuple[str, ...] = ("all",),
    statuses: tuple[str, ...] = ("all",),
) -> Population:
    """Nobody, on the axes of a ladder, with leading axes of the given lengths."""
    ages = ladder.ages
    shape = (
        len(units),
        len(ladder.groups),
        len(statuses),
        len(ladder.ranks),
        ages.oldest_years - ages.youngest_years + 1,
        ages.longest_tracked_years_in_rank + 1,
    )
    return Population(np.zeros(lead + shape), ladder, units, statuses)
