"""What limits a policy in every year: posts, releases, and candidates for a promotion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cadre_research.errors import ParameterError
from cadre_research.findings.cells import Cells
from cadre_research.findings.expression import Expression
from cadre_research.findings.lawful_year import LawfulYear
from cadre_research.findings.programme import Programme

__all__ = ["Limits", "limit", "set_limits"]


@dataclass(frozen=True)
class Limits:
    """How far a policy may go in every year.

    Parameters
    ----------
    releases_per_post : float
        Holders released from a rank per post and year, 0 to 1.
    posts_filled_at_least : float
        Least share of a rank's posts that has a holder at 31 December, 0 to 1.
    candidates_per_post : float, optional
        At most one in so many of all eligible is promoted into a rank in a year, at least 1; None for no such rule.
    extra_posts : mapping of rank to float
        Posts beyond those of the scenario, as a share of them; the most holders rises, not the least, nor the releases.

    Raises
    ------
    ParameterError
        When a limit is out of its range.
    """

    releases_per_post: float = 0.0
    posts_filled_at_least: float = 0.95
    candidates_per_post: float | None = 3
    extra_posts: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("releases_per_post", "posts_filled_at_least"):
            if not 0 <= getattr(self, name) <= 1:
                raise ParameterError(f"{name}: given {getattr(self, name)!r}, expected a share from 0 to 1.")
        for rank, share in self.extra_posts.items():
            if not share >= 0:
                raise ParameterError(f"extra_posts of {rank}: given {share!r}, expected a share of at least 0.")
        if self.candidates_per_post is not None and not 1 <= self.candidates_per_post <= 100:
            raise ParameterError(
                f"candidates_per_post: given {self.candidates_per_post!r}, expected 1 to 100, or None for no such rule."
            )


def limit(programme: Programme, lawful: LawfulYear, cells: Cells) -> None:
    r"""Add the limits of a year to a programme, not yet set.

    .. math:: filled \cdot posts_r \le \sum closing_r \le posts_r, \qquad
              \sum releases_r \le budget \cdot posts_r, \qquad
              candidates \cdot promotions_r \le \sum_{eligible} stay
    """
    year, rules = lawful.year, cells.rules
    holders = lawful.closing.sum(0, 2, 3)
    programme.require(("posts", year), holders[with_posts(cells)])
    for rank in released(cells):
        releases = _block(programme, ("release", year, rank, rules.released_to[rank]))
        programme.require(("releases", year, rank), releases.sum())
    for rule in rules.promotions:
        ways = [(source, rule.into) for source in rule.sources]
        promotions = [_block(programme, ("promotion", year, *way)).sum() for way in ways]
        eligible = [(lawful.stay[:, way[0]] * cells.eligible[way]).sum() for way in ways]
        number = programme.variables(("promoted", year, rule.into), ())
        programme.require(("promoted", year, rule.into), Expression.total(promotions) - number, equals=0.0)
        programme.require(("candidates", year, rule.into), Expression.total(eligible) - number)


def set_limits(programme: Programme, year: int, cells: Cells, limits: Limits) -> None:
    """Set the limits of a year, before or between solutions."""
    rules, posts = cells.rules, cells.rules.posts_in(year)[0]
    ranks = with_posts(cells)
    extra = np.array([limits.extra_posts.get(rules.ladder.rank_ids[rank], 0.0) for rank in ranks])
    programme.bound(("posts", year), limits.posts_filled_at_least * posts[ranks], posts[ranks] * (1 + extra))
    for rank in released(cells):
        programme.bound(("releases", year, rank), at_most=limits.releases_per_post * posts[rank])
    for rule in rules.promotions:
        name = (year, rule.into)
        if limits.candidates_per_post is None:
            programme.bound(("candidates", *name))
        else:
            number = programme.columns["promoted", *name]
            programme.weigh(("candidates", *name), number, -limits.candidates_per_post)
            programme.bound(("candidates", *name), at_least=0.0)


def with_posts(cells: Cells) -> list[int]:
    """Ranks with posts that are promoted or recruited into."""
    rules = cells.rules
    filled = {rule.into for rule in rules.promotions}
    filled |= {rules.ladder.index(rules.ladder.entry.rank)} if rules.ladder.entry else set()
    return [rank for rank in sorted(filled) if rules.posts[0, rank] > 0]


def released(cells: Cells) -> list[int]:
    """Ranks whose holders can be released."""
    return [rule.into for rule in cells.rules.promotions if rule.into in cells.rules.released_to]


def _block(programme: Programme, name: tuple) -> Expression:
    return Expression.of_columns(programme.columns[name])
