"""The ladder of ranks: posts, ways up, ways down, ways out, and who enters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from cadre_research.errors import nearest
from cadre_research.evidence.source import Identifier, Probability, Record, SourceFile, read_source

__all__ = [
    "Assumed",
    "Calibrated",
    "Entry",
    "Exit",
    "Group",
    "History",
    "Ladder",
    "Move",
    "Promotion",
    "Rank",
    "load_ladder",
]


# An exit of one of these names would be mixed up with the flow in tables, or take its place.
FLOW_NAMES = frozenset(
    {
        *("retired", "retired-early", "promotion", "release", "step-aside", "demotion"),
        *("lateral", "recruitment", "empty-posts"),
        # What a register calls it when nobody leaves.
        *("stay", "move", "promoted", "moved"),
    }
)


class Assumed(Record):
    """A number kept in assumptions.toml under this id."""

    assumption: Identifier


class Calibrated(Record):
    """A number found by calibration, so that the survey of this target comes out exactly."""

    calibrated_to: Identifier


Amount = float | Assumed
Chosen = float | Assumed | Calibrated
ChanceAYear = Probability | Assumed


class Ages(Record):
    """Completed ages at 31 December that the ladder can hold.

    With `oldest_is_open` those at the oldest age stay in it; otherwise everybody must have left before passing it.
    """

    youngest_years: int = Field(ge=0, le=120)
    oldest_years: int = Field(ge=0, le=120)
    oldest_is_open: bool = False
    longest_tracked_years_in_rank: int = Field(default=10, ge=0, le=60)


class Group(Record):
    """Persons alike in what never changes about them; `sex` is what the retirement law asks for.

    One group has no `share_of_entry` and takes the rest of the recruits. A group that is `part_of` another has
    `attributes`, each held or not; its share is then one of those who hold the same.
    """

    id: Identifier
    name_en: str
    name_zh: str
    sex: Identifier
    share_of_entry: ChanceAYear | None = None
    part_of: Identifier | None = None
    attributes: dict[Identifier, bool] = Field(default_factory=dict)

    def has(self, selected: Mapping[str, object]) -> bool:
        """Tell whether the group is of a sex and holds attributes, as far as they are named."""
        return all(
            (self.sex if name == "sex" else self.attributes.get(name)) == value for name, value in selected.items()
        )


class Rank(Record):
    """One rank. A rank without posts (`holds_post = false`) still counts in its level.

    `posts` is needed where promotions or recruitment fill posts; `released_to` is the rank a released holder goes to;
    `retirement` names the category of the retirement rules; `young_age_years` is the
    age line of the young rule for promotions into the rank.
    """

    id: Identifier
    name_en: str
    name_zh: str
    level: Identifier
    holds_post: bool = True
    posts: Chosen | None = None
    released_to: Identifier | None = None
    retirement: Identifier | None = None
    young_age_years: Amount | None = None


class Promotion(Record):
    """A way up, from one rank into another.

    Years in rank and service are those completed by 31 December of the year of promotion; the ceiling is the oldest
    age at that date. Among the eligible, who is promoted follows a curve over age (`typical_age_years`,
    `age_spread_years`), a bell or a plateau of the same width, times `weight` where several ranks compete.
    `probability_per_year` is used in markov mode only.
    """

    source: Identifier = Field(alias="from")
    into: Identifier = Field(alias="to")
    minimum_years_in_rank: int = Field(default=0, ge=0, le=60)
    minimum_service_years: int = Field(default=0, ge=0, le=60)
    ceiling_age_years: Amount | None = None
    typical_age_years: Chosen | None = None
    age_spread_years: Amount | None = None
    curve: Literal["bell", "plateau"] = "bell"
    weight: float = Field(default=1.0, gt=0)
    probability_per_year: Probability | None = None


class Move(Record):
    """Stepping aside to a rank without a post, or moving down, at given ages with a yearly probability."""

    kind: Literal["step-aside", "demotion"]
    source: Identifier = Field(alias="from")
    into: Identifier = Field(alias="to")
    probability_per_year: ChanceAYear
    from_age_years: Amount = 0.0
    to_age_years: float = 200.0


class Exit(Record):
    """A way out other than statutory retirement: resignation, death, removal."""

    id: Identifier
    name_en: str
    name_zh: str
    probability_per_year: ChanceAYear
    ranks: tuple[Identifier, ...] | None = None


class Entry(Record):
    """Recruitment: the rank entered and the ages at entry, spread as a triangle."""

    rank: Identifier
    youngest_age_years: int
    most_common_age_years: Amount
    oldest_age_years: int
    probation_years: int = Field(default=0, ge=0, le=5)


class History(Record):
    """How the service grew before the baseline year; nothing of it is a stationary past.

    `post_growth_per_year` is the yearly growth of all posts. `entry_wave` is by how much the intake at the peak of a
    recruitment wave exceeded the ordinary one, as a decimal; the wave is a bell some ten years wide,
    `entry_wave_peak_years_before` the baseline year.
    """

    post_growth_per_year: Amount = 0.0
    entry_wave: Amount = 0.0
    entry_wave_peak_years_before: Amount = 20.0


class Ladder(SourceFile):
    """A whole ladder, ranks from the bottom to the top."""

    id: Identifier
    title_en: str
    title_zh: str
    source: str
    ages: Ages
    groups: tuple[Group, ...] = Field(min_length=1)
    ranks: tuple[Rank, ...] = Field(min_length=1)
    promotions: tuple[Promotion, ...] = ()
    moves: tuple[Move, ...] = ()
    exits: tuple[Exit, ...] = ()
    entry: Entry | None = None
    history: History = History()

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        known = self.rank_ids
        _refuse_repeats("rank", known)
        _refuse_repeats("group", [group.id for group in self.groups])
        _refuse_repeats("exit", [way.id for way in self.exits])
        _refuse_repeats("promotion", [f"{way.source} to {way.into}" for way in self.promotions])
        _refuse_repeats("move", [f"{way.source} to {way.into}" for way in self.moves])
        used = [name for way in (*self.promotions, *self.moves) for name in (way.source, way.into)]
        used += [rank.released_to for rank in self.ranks if rank.released_to]
        used += [name for way in self.exits for name in way.ranks or ()]
        used += [self.entry.rank] if self.entry else []
        for name in used:
            if name not in known:
                raise ValueError(f"rank {name!r} is not on this ladder. {nearest(name, known)}")
        ends = [(way.source, way.into) for way in (*self.promotions, *self.moves)]
        ends += [(rank.id, rank.released_to) for rank in self.ranks]
        for source, into in ends:
            if source == into:
                raise ValueError(f"rank {source!r}: expected a way to another rank, got one to itself")
        taken = sorted({way.id for way in self.exits} & FLOW_NAMES)
        if taken:
            raise ValueError(f"exit {taken[0]!r}: this name is kept for a flow of the model's own; choose another")
        return self

    @model_validator(mode="after")
    def _one_group_takes_the_rest(self) -> Self:
        for alike in self.groups_alike:
            if sum(group.share_of_entry is None for group in alike) != 1:
                raise ValueError("groups: expected one group without share_of_entry, which takes the rest")
        return self

    @model_validator(mode="after")
    def _ages_are_in_order(self) -> Self:
        ages, entry = self.ages, self.entry
        if ages.youngest_years > ages.oldest_years:
            raise ValueError("ages: expected youngest_years <= oldest_years")
        if entry and not (
            ages.youngest_years <= entry.youngest_age_years <= entry.oldest_age_years <= ages.oldest_years
        ):
            raise ValueError("entry: expected its ages in order and within the ages of the ladder")
        return self

    @property
    def rank_ids(self) -> tuple[str, ...]:
        """Ids of the ranks, bottom first."""
        return tuple(rank.id for rank in self.ranks)

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels, bottom first, each once."""
        return tuple(dict.fromkeys(rank.level for rank in self.ranks))

    @property
    def groups_alike(self) -> tuple[tuple[Group, ...], ...]:
        """Groups that hold the same attributes, together; all of them where none are told apart."""
        held = [tuple(sorted(group.attributes.items())) for group in self.groups]
        return tuple(
            tuple(group for group, own in zip(self.groups, held, strict=True) if own == one)
            for one in dict.fromkeys(held)
        )

    @property
    def promoted_into(self) -> tuple[str, ...]:
        """Ranks that somebody can be promoted into, bottom first."""
        return tuple(rank for rank in self.rank_ids if any(way.into == rank for way in self.promotions))

    def index(self, rank: str) -> int:
        """Position of a rank on the ladder, from 0 at the bottom."""
        return self.rank_ids.index(rank)

    def groups_with(self, selected: Mapping[str, object]) -> list[int]:
        """Positions of the groups of a sex or with attributes, as {"sex": "female"} names them; of all without."""
        return [position for position, group in enumerate(self.groups) if group.has(selected)]

    def ranks_in(self, levels: Iterable[str], *, posts_only: bool = False) -> tuple[int, ...]:
        """Positions of the ranks of some levels, or of their post-holders only."""
        wanted = set(levels)
        return tuple(
            position
            for position, rank in enumerate(self.ranks)
            if rank.level in wanted and (rank.holds_post or not posts_only)
        )


def _refuse_repeats(kind: str, names: Iterable[str]) -> None:
    names = list(names)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"each {kind} once, got {', '.join(repeated)} more than once")


def load_ladder(path: Path) -> Ladder:
    """Read a ladder file."""
    return read_source(path, Ladder)
