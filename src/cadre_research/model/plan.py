"""A plan: promotions, releases and recruits given cell by cell, so that a plan found elsewhere can be run here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadre_research.errors import InputError, UnknownNameError
from cadre_research.evidence.ladder import Ladder
from cadre_research.model.population import Population

__all__ = ["Plan"]

FLOWS = ("promotion", "release", "recruitment")
COLUMNS = ("year", "flow", "from_rank", "to_rank", "age_years", "headcount")


@dataclass(frozen=True)
class Plan:
    """What a plan asks for, as (year, flow, from_rank, to_rank) -> array [unit, group, status, age, years_in_rank].

    Ages and years in rank are those at the opening of the year; for recruits, the age at its close and 0 years.
    A recruitment has no `from_rank`.
    """

    asked: dict[tuple[int, str, int | None, int], np.ndarray]

    def taken(self, year: int, flow: str, from_rank: int | None, to_rank: int) -> np.ndarray | None:
        """Persons the plan moves, or None where it moves nobody."""
        return self.asked.get((year, flow, from_rank, to_rank))

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, like: Population) -> Plan:
        """Read a plan from rows of year, flow, from_rank, to_rank, age_years, headcount and the axes of `like`.

        Axes of length 1 may be left out, and years_in_rank for recruits.

        Raises
        ------
        InputError
            When a column is missing, a flow or label is unknown, the ladder has no such way, or a headcount is
            negative or not a number.
        """
        missing = [column for column in COLUMNS if column not in frame]
        if missing:
            raise InputError(f"plan: column {missing[0]!r} is missing. Expected columns: {', '.join(COLUMNS)}.")
        if not frame["headcount"].between(0, np.inf, inclusive="left").all():
            raise InputError("plan: column headcount: expected numbers of at least 0.")
        labels = like.labels
        ranks = labels.pop("rank")
        shape = tuple(len(values) for values in labels.values())
        ways = _ways(like.ladder)
        asked: dict[tuple[int, str, int | None, int], np.ndarray] = {}
        for row in frame.to_dict("records"):
            if row["flow"] not in FLOWS:
                raise UnknownNameError("flow", row["flow"], FLOWS)
            source = None if row["flow"] == "recruitment" else _place(ranks, "rank", row["from_rank"])
            key = (int(row["year"]), row["flow"], source, _place(ranks, "rank", row["to_rank"]))
            if key[1:] not in ways:
                raise InputError(
                    f"plan, year {key[0]}: the ladder has no {row['flow']} from {row['from_rank']} to {row['to_rank']}."
                )
            place = tuple(
                0
                if len(values) == 1 or (axis == "years_in_rank" and source is None)
                else _place(values, axis, row.get(axis))
                for axis, values in labels.items()
            )
            asked.setdefault(key, np.zeros(shape))[place] += row["headcount"]
        return cls(asked)


def _ways(ladder: Ladder) -> set[tuple[str, int | None, int]]:
    """What a plan can ask for, as (flow, from, to)."""
    at = ladder.index
    ways = {("promotion", at(way.source), at(way.into)) for way in ladder.promotions}
    ways |= {
        ("release", at(rank.id), at(rank.released_to))
        for rank in ladder.ranks
        if rank.released_to and rank.id in ladder.promoted_into
    }
    return ways | ({("recruitment", None, at(ladder.entry.rank))} if ladder.entry else set())


def _place(labels: list, axis: str, given: object) -> int:
    if given not in labels:
        raise UnknownNameError(axis, str(given), [str(label) for label in labels])
    return labels.index(given)
