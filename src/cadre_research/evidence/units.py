"""The units of a service: divisions and departments that promote from their own people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from cadre_research.errors import nearest
from cadre_research.evidence.assumptions import Provenance
from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.source import Identifier, Record, SourceFile, read_source

__all__ = ["Unit", "Units", "load_units"]


class Unit(Record):
    """One unit; `weights` says how large it is at each level, as against the other units."""

    id: Identifier
    name_en: str = Field(min_length=1, max_length=60)
    name_zh: str = Field(min_length=1, max_length=60)
    code: str = Field(default="", pattern=r"^[0-9]{0,12}$")
    weights: dict[Identifier, Annotated[float, Field(ge=0)]]


class Units(SourceFile):
    """All units, in the order of the report, and where their sizes come from."""

    source: str
    provenance: Provenance
    units: tuple[Unit, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        repeated = sorted({name for name in self.ids if self.ids.count(name) > 1})
        if repeated:
            raise ValueError(f"each unit once, got {', '.join(repeated)} more than once")
        return self

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the units in the order of the file."""
        return tuple(unit.id for unit in self.units)

    def faults(self, levels: tuple[str, ...]) -> Iterator[str]:
        """Tell what keeps the weights from dividing the levels of a ladder."""
        for unit in self.units:
            for level in unit.weights:
                if level not in levels:
                    yield f"units: unit {unit.id}: level {level!r} is not on the ladder. {nearest(level, levels)}"
            missing = [level for level in levels if level not in unit.weights]
            if missing:
                yield f"units: unit {unit.id}, weights: expected all levels; missing: {', '.join(missing)}."
        for level in levels:
            if not any(unit.weights.get(level, 0) > 0 for unit in self.units):
                yield f"units: level {level}: expected a weight above 0 in at least one unit."

    def shares(self, ladder: Ladder) -> np.ndarray:
        """Share of each unit in each rank, array [unit, rank]; every rank sums to one."""
        weight = np.array([[unit.weights[rank.level] for rank in ladder.ranks] for unit in self.units])
        return weight / weight.sum(0)


def load_units(path: Path) -> Units:
    """Read units.toml."""
    return read_source(path, Units)
