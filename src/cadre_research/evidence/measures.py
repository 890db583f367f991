"""Measures of a personnel policy beside its promotions: lists, postings, exchange between units."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from cadre_research.evidence.source import Identifier, Probability, Record

__all__ = ["Exchange", "GrassRoots", "ReserveList"]


class ReserveList(Record):
    """A list of persons who are to be promoted first, kept current over the years of a plan.

    It holds persons born in `born_from` to `born_to` who stand below one of the ranks `into`. Of `persons` places, each
    year of the plan places an equal part: whoever is on the list and eligible goes before all others. When a year
    opens, the list is filled up to the part that is left to place, as far as there is anybody; one leaves it by
    moving to another rank, by passing `oldest_age_years` (at 31 December), by removal, and when the plan ends.
    """

    into: tuple[Identifier, ...] = Field(min_length=1)
    persons: float = Field(ge=0)
    born_from: int
    born_to: int
    oldest_age_years: int = Field(ge=16, le=100)
    first_year: int
    last_year: int
    removal_per_year: Probability = 0.0

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        if self.born_from > self.born_to or self.first_year > self.last_year:
            raise ValueError("expected born_from <= born_to and first_year <= last_year")
        return self


class GrassRoots(Record):
    """Two years at the grass roots as a condition of promotion into the ranks `into`.

    At the opening, `tempered_share` of everybody above the entry rank has served there. From `first_year` to
    `last_year`, `persons_per_year` of those who have not, in the ranks `posted_from` and at most `oldest_age_years`
    old, are sent; each year's come back after two years.
    """

    into: tuple[Identifier, ...] = Field(min_length=1)
    tempered_share: Probability
    persons_per_year: float = Field(ge=0)
    posted_from: tuple[Identifier, ...] = Field(min_length=1)
    oldest_age_years: int = Field(ge=16, le=100)
    first_year: int
    last_year: int

    @model_validator(mode="after")
    def _years_are_in_order(self) -> Self:
        if self.first_year > self.last_year:
            raise ValueError("expected first_year <= last_year")
        return self


class Exchange(Record):
    """Post-holders who change places with their like in other units, as a yearly probability; nobody by default."""

    rate_per_year: Probability = 0.0
