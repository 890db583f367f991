"""The targets: which share of which levels should be under which age, by when."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from cadre_research.errors import EvidenceError, on_one_line
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


def is_young(age_years, line_years: int | None, age_line: AgeLine):
    """Tell whether completed ages count as "under" an age line.

    Chinese law counts the number itself (Civil Code, art. 1259): "under 40" is 40 and below under `inclusive`,
    39 and below under `strict`. Without a line everybody counts.

    >>> is_young(40, 40, "inclusive"), is_young(40, 40, "strict")
    (True, False)
    """
    if line_years is None:
        return np.ones(np.shape(age_years), bool)
    return age_years <= line_years if age_line == "inclusive" else age_years < line_years


# A sex, and whether attributes are held.
Selection = dict[Identifier, bool | Identifier]


class Survey(Record):
    """What was counted: `young` persons under the age line, "only" `share_as_printed` of the group."""

    young: int = Field(ge=0)
    headcount: Identifier
    share_as_printed: str
    source: str


class Target(Record):
    """One target: at least `share` of those in `levels` under `age_years` by `deadline`.

    `groups` selects who of them count, by sex or attributes ({ sex = "female", minority = true }), in place of an age
    line or beside it; `among` selects likewise whom the share is of. `headcount` of the survey names the assumption
    that holds the group's size.
    """

    id: Identifier
    name_en: str
    name_zh: str
    levels: tuple[Identifier, ...] = Field(min_length=1)
    age_years: int | None = Field(default=None, ge=16, le=100)
    groups: Selection = Field(default_factory=dict)
    among: Selection = Field(default_factory=dict)
    share: Share
    deadline: date
    provenance: Provenance
    note: str
    survey: Survey | None = None

    @model_validator(mode="after")
    def _somebody_is_told_apart(self) -> Self:
        if self.age_years is None and not self.groups:
            raise ValueError("expected age_years, or groups that are counted")
        if set(self.groups) & set(self.among):
            raise ValueError("expected in groups nothing that among selects already")
        if self.survey and not self.of_everybody:
            raise ValueError("expected no groups where there is a survey, which counts the young of everybody")
        return self

    @property
    def of_everybody(self) -> bool:
        """Whether the young of all groups count, among everybody."""
        return not self.groups and not self.among


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
    """Read targets.toml, whose targets are of everybody's age; those that select groups belong in groups.toml."""
    targets = read_source(path, Targets)
    for target in targets.targets:
        if not target.of_everybody:
            raise EvidenceError(
                f"{on_one_line(str(path))}: target {target.id}: given groups, expected the young of everybody. Put a "
                "target that selects groups into facts/groups.toml."
            )
    return targets
