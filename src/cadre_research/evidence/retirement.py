"""Statutory retirement by birth month and year, before and after the law of 2024.

With birth year Y, birth month M (1-12), base age b, and a reform that takes effect in January of year R::

    n     = 12 (Y + b - R) + M
    delay = 0 if n <= 0 else min(longest, ceil(n / step))            months
    month = 12 (Y + b) + (M - 1) + delay                             months since year 0

A cohort known only by its birth year is spread evenly over the twelve months; the share of it that retires in a
calendar year then follows exactly, with no rounding to whole years.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from cadre_research.evidence.assumptions import Assumptions
from cadre_research.evidence.ladder import Assumed
from cadre_research.evidence.source import Identifier, Probability, Record, SourceFile, read_source

__all__ = ["Reform", "RetirementRules", "Route", "delay_months", "load_retirement", "retirement_month"]

BIRTH_MONTHS = np.arange(1, 13)


class Reform(Record):
    """The later retirement age: one month more for every `step` birth months, up to `longest_delay_months`.

    One may still leave up to `earliest_before_new_age_months` before the new age, never before the old one;
    `early_take_up` is the share who do.
    """

    first_year: int
    birth_months_per_month_of_delay: int = Field(ge=1)
    longest_delay_months: int = Field(ge=0)
    earliest_before_new_age_months: int = Field(ge=0)
    early_take_up: Probability | Assumed
    source: str


class Route(Record):
    """Who retires at which base age; `share` splits a category whose members may choose."""

    category: Identifier
    sex: Identifier
    base_age_years: int = Field(ge=16, le=100)
    share: Probability | Assumed | None = None
    source: str


class RetirementRules(SourceFile):
    """The routes out by age, and the reform.

    Of several routes for one category and sex, exactly one has no `share` and takes the rest.
    """

    reform: Reform | None = None
    routes: tuple[Route, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_route_takes_the_rest(self) -> Self:
        for key in {(route.category, route.sex) for route in self.routes}:
            rest = [r for r in self.routes if (r.category, r.sex) == key and r.share is None]
            if len(rest) != 1:
                raise ValueError(f"category {key[0]}, sex {key[1]}: expected one route without share, got {len(rest)}")
        return self

    @cached_property
    def categories(self) -> frozenset[tuple[str, str]]:
        """Pairs of category and sex that have a route."""
        return frozenset((route.category, route.sex) for route in self.routes)

    def base_age_years(self, category: str, sex: str) -> int:
        """Base age of the route that takes the rest of a category."""
        return next(
            route.base_age_years
            for route in self.routes
            if (route.category, route.sex) == (category, sex) and route.share is None
        )

    def leaving_years(
        self, category: str, sex: str, birth_years: np.ndarray, assumptions: Assumptions, *, reform: bool = True
    ) -> tuple[np.ndarray, np.ndarray]:
        """Years in which the parts of birth cohorts leave, and the size of each part.

        Parameters
        ----------
        birth_years : array [cohort]

        Returns
        -------
        years : array [cohort, part]
        shares : array [part]
            Shares of a cohort, summing to 1: birth months x routes x early or not.
        """
        routes = [r for r in self.routes if (r.category, r.sex) == (category, sex)]
        stated = [None if r.share is None else _value(r.share, assumptions) for r in routes]
        rest = 1 - sum(share for share in stated if share is not None)
        law = self.reform if reform else None
        early = _value(law.early_take_up, assumptions) if law else 0.0
        years, shares = [], []
        for route, share in zip(routes, stated, strict=True):
            for months_before, part in ((0, 1 - early), (law.earliest_before_new_age_months if law else 0, early)):
                month = retirement_month(birth_years[:, None], BIRTH_MONTHS, route.base_age_years, law, months_before)
                years.append(month // 12)
                shares.append(np.full(12, (rest if share is None else share) * part / 12))
        return np.concatenate(years, axis=1), np.concatenate(shares)

    def hazard(
        self,
        category: str,
        sex: str,
        birth_years: np.ndarray,
        year: int,
        assumptions: Assumptions,
        *,
        reform: bool = True,
    ) -> np.ndarray:
        """Probability that members of birth cohorts, in service when `year` opens, retire during it, array [cohort].

        It is 1 for cohorts that should all have left before.
        """
        years, shares = self.leaving_years(category, sex, np.asarray(birth_years), assumptions, reform=reform)
        now, still_in = (shares * (years == year)).sum(-1), (shares * (years >= year)).sum(-1)
        return np.divide(now, still_in, out=np.ones_like(now), where=still_in > 0)


def delay_months(birth_year, birth_month, base_age_years: int, reform: Reform | None):
    """Months by which the reform puts off retirement at the base age; takes numbers or arrays.

    >>> law = Reform(first_year=2025, birth_months_per_month_of_delay=4, longest_delay_months=36,
    ...              earliest_before_new_age_months=36, early_take_up=0.0, source="doctest")
    >>> int(delay_months(1964, 12, 60, law)), int(delay_months(1965, 1, 60, law)), int(delay_months(1976, 9, 60, law))
    (0, 1, 36)
    """
    if reform is None:
        return 0
    n = 12 * (birth_year + base_age_years - reform.first_year) + birth_month
    return np.clip(-(-n // reform.birth_months_per_month_of_delay), 0, reform.longest_delay_months)


def retirement_month(birth_year, birth_month, base_age_years: int, reform: Reform | None, months_before: int = 0):
    """Month of retirement counted from January of year 0, so that `// 12` is the year and `% 12 + 1` the month.

    `months_before` leaves that much earlier than the new age, but never before the base age.
    """
    delay = delay_months(birth_year, birth_month, base_age_years, reform)
    return 12 * (birth_year + base_age_years) + (birth_month - 1) + np.maximum(0, delay - months_before)


def _value(given: float | Assumed, assumptions: Assumptions) -> float:
    return assumptions[given.assumption].value if isinstance(given, Assumed) else given


def load_retirement(path: Path) -> RetirementRules:
    """Read retirement.toml."""
    return read_source(path, RetirementRules)
