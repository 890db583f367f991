"""The targets: which share of which levels should be under which age, by when."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from cadre_research.evidence.assumptions import Provenance
from cadre_research.evidence.source import Identifier, Record, SourceFile, read_source

__all__ = ["AGE_LINES", "AgeLine", "Share", "Survey", "Target", "Targets", "is_young", "load_targets"]

AgeLine = Literal["inclusive", "strict"]
AGE_LINES: tuple[AgeLine, ...] = ("inclusive", "strict")


def _exact_share(given: object) -> object:
    """Read "1/6" or 0.25 as an exact fraction."""
    if isinstance(given, str):
        try:
            return Fraction(given)
        except (ValueError, ZeroDivisionError):
            raise ValueError('expected a share such as 0.25 or "1/6"') from None
    return Fraction(str(given)) if isinstance(given, int | float) and not isinstance(given, bool) else given


Share = Annotated[Fraction, BeforeValidator(_exact_share), Field(ge=0, le=1)]


def is_young(age_years, line_years: int, age_line: AgeLine):
    """Tell whether completed ages count as "under" an age line.

    Chinese law counts the number itself (Civil Code, art. 1259): "under 40" is 40 and below under `inclusive`,
    39 and below under `strict`.

    >>> is_young(40, 40, "inclusive"), is_young(40, 40, "strict")
    (True, False)
    """
    return age_years <= line_years if age_line == "inclusive" else age_years < line_years


class Survey(Record):
    """What was counted: `young` persons under the age line, "only" `share_as_printed` of the group."""

    young: int = Field(ge=0)
    headcount: Identifier
    share_as_printed: str
    source: str


class Target(Record):
    """One target: at least `share` of those in `levels` under `age_years` by `deadline`.

    `headcount` of the survey names the assumption that holds the group's size.
    """

    id: Identifier
    name_en: str
    name_zh: str
    levels: tuple[Identifier, ...] = Field(min_length=1)
    age_years: int = Field(ge=16, le=100)
    share: Share
    deadline: date
    provenance: Provenance
    note: str
    survey: Survey | None = None


class Targets(SourceFile):
    """All targets, in the order of the report, and the year of the opening population."""

    baseline_year: int = Field(ge=1900, le=2100)
    targets: tuple[Target, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [target.id for target in self.targets]
        if len(set(ids)) < len(ids):
            raise ValueError("each target id once")
        return self

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the targets in the order of the file."""
        return tuple(target.id for target in self.targets)


def load_targets(path: Path) -> Targets:
    """Read targets.toml."""
    return read_source(path, Targets)
