"""A scenario: a named set of differences from the status quo."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cadre_research.errors import EvidenceError, ParameterError, UnknownNameError, on_one_line
from cadre_research.evidence.measures import Exchange, GrassRoots, ReserveList
from cadre_research.evidence.source import Identifier, Probability, Record, SourceFile, read_source
from cadre_research.evidence.targets import Share

__all__ = ["LateralIntake", "Scenario", "load_scenario", "scenario_ids"]

YearKey = Annotated[str, Field(pattern=r"^[12]\d{3}$")]
IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_ID = 64


class PromotionPolicy(Record):
    """How many are promoted and whom the rules favour.

    `rate_per_year` is promotions into a rank per post and year; a rank without a rate fills its vacancies, and the
    posts freed by releasing the oldest holders of `release_rate_per_year` of them.
    At most one in `candidates_per_post` of all eligible is promoted; at least `young_share` of a batch is young while
    eligible young candidates last; under `priority_rule` the whole batch is, in a unit short of its targets.
    `out_of_order_share` of a batch are taken from those who lack nothing but the minimum years in rank.
    """

    mode: Literal["vacancy", "rate", "markov", "plan"] = "vacancy"
    rate_per_year: Probability | None = None
    rate_per_year_by_rank: dict[Identifier, Probability] = Field(default_factory=dict)
    release_rate_per_year: Probability = 0.0
    young_share: Share = Field(default="0", validate_default=True)
    candidates_per_post: int = Field(default=3, ge=1, le=100)
    priority_rule: bool = False
    out_of_order_share: Probability = 0.0
    frozen_years: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _rates_belong_to_rate_mode(self) -> Self:
        has_rate = self.rate_per_year is not None or bool(self.rate_per_year_by_rank)
        if has_rate != (self.mode == "rate"):
            raise ValueError('rate_per_year (or rate_per_year_by_rank) is needed with mode = "rate" and only there')
        for field in ("release_rate_per_year", "out_of_order_share"):
            if getattr(self, field) and self.mode not in ("vacancy", "rate"):
                raise ValueError(f'{field} is for mode = "vacancy" or "rate", where batches are promoted')
        return self

    def rate_into(self, rank: str) -> float | None:
        """Promotions into a rank per post and year, None where vacancies decide."""
        return self.rate_per_year_by_rank.get(rank, self.rate_per_year)


class PostsPolicy(Record):
    """Yearly growth of all posts, as a decimal."""

    growth_per_year: float = Field(default=0.0, ge=-0.5, le=0.5)


class RecruitmentPolicy(Record):
    """Recruits: as many as fill the posts of the entry rank, as left the service, or a schedule of persons by year."""

    mode: Literal["fill", "replace", "schedule"] = "fill"
    persons_by_year: dict[YearKey, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    frozen_years: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _schedule_belongs_to_its_mode(self) -> Self:
        if bool(self.persons_by_year) != (self.mode == "schedule"):
            raise ValueError('persons_by_year is needed with mode = "schedule" and only there')
        return self


class RetirementPolicy(Record):
    """Whether the later retirement age applies, and who goes before it.

    `early_rate_per_year` is the yearly probability of retiring of one's own will in the last five years before the
    base age (Civil Servants Law, art. 93, asks for 20 years of service, which is not tracked; 30 years at any age are
    left out).
    """

    reform: bool = True
    early_rate_per_year: Probability = 0.0


class OpeningPolicy(Record):
    """How the opening population came about: yearly growth of all posts before it; the ladder's own when left out."""

    post_growth_before_per_year: float | None = Field(default=None, ge=-0.05, le=0.1)


class LateralIntake(Record):
    """Persons who join a rank from outside each year, spread evenly over an age range (age at 31 December)."""

    rank: Identifier
    persons_per_year: float = Field(ge=0)
    youngest_age_years: int = Field(ge=16, le=100)
    oldest_age_years: int = Field(ge=16, le=100)
    first_year: int
    last_year: int

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        if self.youngest_age_years > self.oldest_age_years or self.first_year > self.last_year:
            raise ValueError("expected youngest_age_years <= oldest_age_years and first_year <= last_year")
        return self


class Scenario(SourceFile):
    """Differences from the status quo. Every field left out keeps the status quo's value.

    `order` is its place in tables and figures, the lowest first. Without `reason_zh`, Chinese pages show `reason`.
    """

    id: Identifier
    order: int = Field(default=100, ge=0)
    title_en: str = Field(min_length=1, max_length=80)
    title_zh: str = Field(min_length=1, max_length=40)
    reason: str = Field(min_length=1)
    reason_zh: str | None = Field(default=None, min_length=1)
    promotion: PromotionPolicy = PromotionPolicy()
    posts: PostsPolicy = PostsPolicy()
    recruitment: RecruitmentPolicy = RecruitmentPolicy()
    retirement: RetirementPolicy = RetirementPolicy()
    opening: OpeningPolicy = OpeningPolicy()
    lateral_intake: tuple[LateralIntake, ...] = ()
    reserve_lists: tuple[ReserveList, ...] = ()
    grass_roots: GrassRoots | None = None
    exchange: Exchange = Exchange()
    assumptions: dict[Identifier, float] = Field(default_factory=dict)

    def overridden(
        self,
        promotion_rate_per_year: float | dict[str, float] | None = None,
        young_share_of_promotions: float | None = None,
    ) -> Scenario:
        """Return the scenario with a promotion rate (all ranks, or by rank) or a young share of its own.

        A changed scenario gets an id and titles of its own, so that it stands beside the one it came from.

        Raises
        ------
        ParameterError
            When a rate or share is not a number in [0, 1].
        """
        changes: dict[str, object] = {}
        titles: list[tuple[str, str]] = []
        if promotion_rate_per_year == {}:
            promotion_rate_per_year = None
        if isinstance(promotion_rate_per_year, dict):
            for rank, rate in promotion_rate_per_year.items():
                _require_share(f"promotion_rate_per_year of {rank}", rate)
                if not isinstance(rank, str) or len(rank) > LONGEST_ID or not IDENTIFIER.fullmatch(rank):
                    raise ParameterError(
                        f"promotion_rate_per_year: given {str(rank)[:80]!r}, expected a rank, such as section-chief."
                    )
            merged = {**self.promotion.rate_per_year_by_rank, **promotion_rate_per_year}
            changes = {"mode": "rate", "rate_per_year_by_rank": merged}
            titles.append(("own promotion rates", "自定提拔率"))
        elif promotion_rate_per_year is not None:
            _require_share("promotion_rate_per_year", promotion_rate_per_year)
            changes = {"mode": "rate", "rate_per_year": float(promotion_rate_per_year), "rate_per_year_by_rank": {}}
            per_100 = f"{100 * promotion_rate_per_year:g}"
            titles.append((f"{per_100} per 100 posts a year", f"每百个职位每年提拔{per_100}人"))
        if young_share_of_promotions is not None:
            _require_share("young_share_of_promotions", young_share_of_promotions)
            changes["young_share"] = young_share_of_promotions
            share = f"{100 * young_share_of_promotions:g}"
            titles.append((f"{share} % of promotions young", f"提拔中年轻干部占{share}%"))
        if not changes:
            return self
        policy = PromotionPolicy.model_validate({**self.promotion.model_dump(), **changes})
        return self.model_copy(
            update={
                "id": f"{self.id}-changed",
                "title_en": ", ".join([self.title_en, *(en for en, _ in titles)]),
                "title_zh": "，".join([self.title_zh, *(zh for _, zh in titles)]),
                "promotion": policy,
            }
        )


def _require_share(name: str, given: object) -> None:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1:
        raise ParameterError(f"{name}: given {given!r}, expected a decimal number from 0 to 1, such as 0.08.")


def scenario_ids(folder: Path) -> tuple[str, ...]:
    """Ids of the scenarios in a folder, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def load_scenario(name: str, folder: Path) -> Scenario:
    """Read a scenario by its id.

    Raises
    ------
    UnknownNameError
        When no scenario has that id. The name is compared with the files there are, never used as a path.
    EvidenceError
        When its file cannot be used.
    """
    known = scenario_ids(folder)
    if name not in known:
        raise UnknownNameError("scenario", name, known)
    path = folder / f"{name}.toml"
    if not IDENTIFIER.fullmatch(name):
        raise EvidenceError(
            f"{on_one_line(str(path))}: a scenario's file name is its id: lower-case letters, digits and hyphens."
        )
    scenario = read_source(path, Scenario)
    if scenario.id != name:
        raise EvidenceError(f"{path}, key id: given {scenario.id!r}, expected {name!r}, the name of the file.")
    return scenario
