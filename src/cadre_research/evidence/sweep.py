"""A sweep: every combination of some values of a forecast's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field

from cadre_research.errors import nearest
from cadre_research.evidence.scenario import PostsPolicy, PromotionPolicy, Scenario
from cadre_research.evidence.source import Identifier, Probability, Record, SourceFile
from cadre_research.evidence.targets import AgeLine, Share

__all__ = ["LARGEST_SWEEP", "Axes", "Setting", "Sweep", "varied"]

LARGEST_SWEEP = 100_000
EXAMPLE = "expected a list such as [0.04, 0.08], or { from = 0.04, to = 0.12, count = 9 }"
SPAN = ("from", "to", "count")
ASSUMPTION, RATE = "assumption:", "promotion_rate_per_year"


def _listed(given: object) -> object:
    """Write out values that are given as a first, a last and a number of them."""
    if isinstance(given, tuple):
        return given
    if not isinstance(given, dict):
        raise ValueError(EXAMPLE)
    for name in given:
        if name not in SPAN:
            raise ValueError(f"unknown name {name!r}. {nearest(name, SPAN)}".rstrip("."))
    first, last, count = (given.get(name) for name in SPAN)
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (first, last))
    if not numbers or not first < last or not abs(first) + abs(last) < np.inf:
        raise ValueError(f"{EXAMPLE}, from below to")
    if isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= LARGEST_SWEEP:
        raise ValueError(f"count: given {count!r}, expected a whole number from 2")
    # Without the last digits of a division: 0.05 is to be found as 0.05.
    values = [round(float(value), 12) for value in np.linspace(first, last, count)]
    whole = isinstance(first, int) and isinstance(last, int) and all(value.is_integer() for value in values)
    return tuple(map(int, values) if whole else values)


def _each_once(values: tuple) -> tuple:
    if len(set(values)) < len(values):
        raise ValueError("expected each value once")
    return values


def _axis(kind: Any) -> Any:
    """One value or more of an axis."""
    return Annotated[tuple[kind, ...], BeforeValidator(_listed), Field(min_length=1), AfterValidator(_each_once)]


Probabilities = _axis(Probability)
Numbers = _axis(float)


class Axes(Record):
    """What is varied: the values of each axis; an axis left out keeps what the scenario says.

    Every one but `age_line` means what it means in a scenario. `promotion_rate_per_year` is for all ranks,
    `promotion_rate_per_year_by_rank` for one rank each and stands above it.
    """

    age_line: Annotated[tuple[AgeLine, ...], Field(min_length=1), AfterValidator(_each_once)] = ("inclusive",)
    assumptions: dict[Identifier, Numbers] = Field(default_factory=dict)
    promotion_rate_per_year: Probabilities | None = None
    promotion_rate_per_year_by_rank: dict[Identifier, Probabilities] = Field(default_factory=dict)
    young_share_of_promotions: _axis(Share) | None = None
    release_rate_per_year: Probabilities | None = None
    candidates_per_post: _axis(Annotated[int, Field(ge=1, le=100)]) | None = None
    posts_growth_per_year: _axis(Annotated[float, Field(ge=-0.5, le=0.5)]) | None = None


@dataclass(frozen=True)
class Setting:
    """One combination.

    Parameters
    ----------
    number : int
        Its place in the product, from 0.
    scenario : str
        Id.
    age_line : {"inclusive", "strict"}
    assumptions : mapping of id to float
    levers : mapping of column to value
        Those of the axes of a policy, by the names of their columns.
    """

    number: int
    scenario: str
    age_line: AgeLine
    assumptions: Mapping[str, float]
    levers: Mapping[str, Any]


class Sweep(SourceFile):
    """The product of scenarios and axes, forecast at every horizon.

    Without `replicates` forecasts are expectations; with them, whole persons are drawn by chance so many times.
    """

    id: Identifier
    scenarios: Annotated[tuple[Identifier, ...], Field(min_length=1), AfterValidator(_each_once)]
    horizons_years: Annotated[
        tuple[Annotated[int, Field(ge=1, le=30)], ...], Field(min_length=1), AfterValidator(_each_once)
    ]
    replicates: int = Field(default=0, ge=0, le=1000)
    seed: int = Field(default=2017, ge=0, lt=2**63)
    axes: Axes = Axes()

    @cached_property
    def columns(self) -> dict[str, tuple]:
        """Values of every axis by the name of its column.

        The order is that of the product, the first changing most slowly: whatever an opening depends on comes first,
        so that settings which share one stand together.
        """
        axes = self.axes
        before = {"age_line": axes.age_line}
        before |= {f"{ASSUMPTION}{name}": values for name, values in axes.assumptions.items()}
        return {**before, "scenario": self.scenarios, **self.levers}

    @cached_property
    def levers(self) -> dict[str, tuple]:
        """Values of the axes of a policy by the name of their column."""
        axes = self.axes
        given = {
            RATE: axes.promotion_rate_per_year,
            **{f"{RATE}:{rank}": values for rank, values in axes.promotion_rate_per_year_by_rank.items()},
            "young_share_of_promotions": axes.young_share_of_promotions,
            "release_rate_per_year": axes.release_rate_per_year,
            "candidates_per_post": axes.candidates_per_post,
            "posts_growth_per_year": axes.posts_growth_per_year,
        }
        return {name: values for name, values in given.items() if values is not None}

    @property
    def count(self) -> int:
        """Settings in all."""
        return prod(len(values) for values in self.columns.values())

    @property
    def settings_per_scenario(self) -> int:
        """Settings that follow each other and differ in nothing but levers."""
        return prod(len(values) for values in self.levers.values())

    @property
    def openings_at_most(self) -> int:
        """Openings that have to be calibrated if no two scenarios share one."""
        return self.count // self.settings_per_scenario

    def setting(self, number: int) -> Setting:
        """One combination by its number, 0 to `count` - 1."""
        places = np.unravel_index(number, [len(values) for values in self.columns.values()])
        values = {name: axis[at] for (name, axis), at in zip(self.columns.items(), places, strict=True)}
        return Setting(
            number=number,
            scenario=values["scenario"],
            age_line=values["age_line"],
            assumptions={name: values[f"{ASSUMPTION}{name}"] for name in self.axes.assumptions},
            levers={name: values[name] for name in self.levers},
        )


def varied(scenario: Scenario, setting: Setting) -> Scenario:
    """The scenario of a setting: the one it starts from, with the setting's values above its own.

    Raises
    ------
    ValueError
        When a lever does not go with the way in which the scenario promotes.
    """
    levers = setting.levers
    changes: dict[str, Any] = {}
    if RATE in levers:
        changes |= {"mode": "rate", "rate_per_year": levers[RATE], "rate_per_year_by_rank": {}}
    of_ranks = {name.removeprefix(f"{RATE}:"): value for name, value in levers.items() if name.startswith(f"{RATE}:")}
    if of_ranks:
        own = changes.get("rate_per_year_by_rank", scenario.promotion.rate_per_year_by_rank)
        changes |= {"mode": "rate", "rate_per_year_by_rank": {**own, **of_ranks}}
    for column, name in (("young_share_of_promotions", "young_share"), ("candidates_per_post", "candidates_per_post")):
        if column in levers:
            changes[name] = levers[column]
    if "release_rate_per_year" in levers:
        changes["release_rate_per_year"] = levers["release_rate_per_year"]
    posts = {"growth_per_year": levers["posts_growth_per_year"]} if "posts_growth_per_year" in levers else {}
    return scenario.model_copy(
        update={
            "promotion": PromotionPolicy.model_validate({**scenario.promotion.model_dump(), **changes}),
            "posts": PostsPolicy.model_validate({**scenario.posts.model_dump(), **posts}),
            "assumptions": {**scenario.assumptions, **setting.assumptions},
        }
    )
