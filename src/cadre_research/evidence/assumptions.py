"""Every number nobody has published, with its range, its reason and how much it matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from cadre_research.errors import EvidenceError, UnknownNameError
from cadre_research.evidence.source import Identifier, Record, SourceFile, read_source

__all__ = ["Assumption", "Assumptions", "Provenance", "load_assumptions"]

Provenance = Literal["seed", "published", "derived", "assumed", "register"]
Grade = Literal["low", "medium", "high"]


class Assumption(Record):
    """One number, what it means and how well it is known.

    `value` lies in [`low`, `high`], all in `unit`. `quality` grades the evidence behind it, `impact` how far it can
    move a verdict. `whole` says that only whole numbers make sense, as for an age line. Without `title_zh`,
    Chinese pages show `title`.
    """

    id: Identifier
    title: str
    title_zh: str | None = Field(default=None, min_length=1)
    description: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    provenance: Provenance
    quality: Grade
    impact: Grade
    whole: bool = False

    @model_validator(mode="after")
    def _value_lies_in_range(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.id}: expected low <= value <= high, got {self.low}, {self.value}, {self.high}")
        return self


class AssumptionsFile(SourceFile):
    """Layout of assumptions.toml."""

    assumptions: tuple[Assumption, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [entry.id for entry in self.assumptions]
        repeated = sorted({name for name in ids if ids.count(name) > 1})
        if repeated:
            raise ValueError(f"each id once, got {', '.join(repeated)} more than once")
        return self


class Assumptions(Mapping[str, Assumption]):
    """All assumptions by id; an unknown id is refused with the nearest valid one."""

    def __init__(self, entries: Mapping[str, Assumption]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> Assumption:
        """Return one assumption, or raise UnknownNameError."""
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownNameError("assumption", name, self._entries) from None

    def __contains__(self, name: object) -> bool:
        """Tell whether there is an assumption of that id."""
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids in the order of the file."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Count the assumptions."""
        return len(self._entries)

    @property
    def uncertain(self) -> tuple[Assumption, ...]:
        """Assumptions that have a range, in the order of the file."""
        return tuple(entry for entry in self.values() if entry.low < entry.high)

    def replaced(self, values: Mapping[str, float]) -> Assumptions:
        """Return the same assumptions with some values changed, each within its range.

        Raises
        ------
        UnknownNameError, EvidenceError
            When an id is unknown or a value lies outside its range.
        """
        entries = dict(self._entries)
        for name, value in values.items():
            entry = self[name]
            if not entry.low <= value <= entry.high:
                raise EvidenceError(
                    f"assumption {name}: given {value}, expected {entry.low} to {entry.high} ({entry.unit}). "
                    "Widen its range in data/facts/assumptions.toml if the evidence allows it."
                )
            entries[name] = entry.model_copy(update={"value": value})
        return Assumptions(entries)


def load_assumptions(path: Path) -> Assumptions:
    """Read assumptions.toml."""
    return Assumptions({entry.id: entry for entry in read_source(path, AssumptionsFile).assumptions})
