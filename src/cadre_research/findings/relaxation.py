"""The rules that stand between a policy and a target, and what each of them becomes when it is relaxed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cadre_research.evidence.ladder import Ladder, Promotion
from cadre_research.findings.limits import Limits
from cadre_research.model.eligibility import weights_by_way
from cadre_research.model.opening import Opening

__all__ = ["Question", "Relaxation", "relaxations"]

POSTS_STEP = 0.05
FILLED_STEP = 0.05
RELEASES_STEP = 0.01
YOUNGEST_LAWFUL_ENTRY_YEARS = 18


@dataclass(frozen=True)
class Question:
    """What a programme is built from: an opening, whose evidence holds the rules, and limits."""

    opening: Opening
    limits: Limits


@dataclass(frozen=True)
class Relaxation:
    """A rule that can be relaxed.

    Parameters
    ----------
    rule : str
        Such as `minimum-years:section-chief`.
    unit : str
        What its value counts: years, candidates, or a share (of posts).
    value : float
    step : float
        What one unit of relaxation adds to the value.
    most_units : int
        How often it can be relaxed.
    applied : callable
        (question, units) -> the question with the rule relaxed.
    """

    rule: str
    unit: str
    value: float
    step: float
    most_units: int
    applied: Callable[[Question, int], Question]

    def value_after(self, units: int = 1) -> float:
        """Value of the rule, relaxed by some units."""
        return round(self.value + units * self.step, 9)


def relaxations(question: Question) -> tuple[Relaxation, ...]:
    """Return every rule of a question that can be relaxed by at least one unit.

    Rules: `minimum-years:RANK` and `minimum-service:RANK` (one year less before promotion into the rank),
    `ceiling-age:RANK` (one year more), `probation:RANK` (one year less), `entry-age:RANK` (one year less),
    `candidates-per-post` (one less), `posts:RANK` (5 % more), `posts-filled` (5 points fewer need a holder), `releases`
    (one more per 100 posts and year), `age-line:TARGET` (one year more counts as young).
    """
    found = [*_of_ways(question), *_of_entry(question), *_of_limits(question), *_of_targets(question)]
    return tuple(relaxation for relaxation in found if relaxation.most_units > 0)


def _of_ways(question: Question) -> list[Relaxation]:
    evidence, found = question.opening.evidence, []
    for rank in evidence.ladder.promoted_into:
        ways = [way for way in evidence.ladder.promotions if way.into == rank]
        for rule, name in (("minimum-years", "minimum_years_in_rank"), ("minimum-service", "minimum_service_years")):
            least = max(getattr(way, name) for way in ways)
            found.append(Relaxation(f"{rule}:{rank}", "years", least, -1, least, _sooner(rank, name)))
        ceilings = [evidence.amount(way.ceiling_age_years) for way in ways if way.ceiling_age_years is not None]
        if ceilings:
            found.append(Relaxation(f"ceiling-age:{rank}", "years", min(ceilings), 1, 10, _later(rank)))
    return found


def _of_entry(question: Question) -> list[Relaxation]:
    entry = question.opening.evidence.ladder.entry
    if entry is None:
        return []
    youngest, probation = entry.youngest_age_years, entry.probation_years
    return [
        Relaxation(f"probation:{entry.rank}", "years", probation, -1, probation, _less_probation),
        Relaxation(f"entry-age:{entry.rank}", "years", youngest, -1, youngest - YOUNGEST_LAWFUL_ENTRY_YEARS, _enter),
    ]


def _of_limits(question: Question) -> list[Relaxation]:
    limits, opening = question.limits, question.opening
    ladder = opening.evidence.ladder
    found = []
    if limits.candidates_per_post is not None:
        candidates = limits.candidates_per_post
        found.append(Relaxation("candidates-per-post", "candidates", candidates, -1, int(candidates - 1), _fewer))
    with_posts = {*ladder.promoted_into, *([ladder.entry.rank] if ladder.entry else [])}
    for rank in ladder.rank_ids:
        if rank in with_posts and opening.posts[0, ladder.index(rank)] > 0:
            posts = 1 + limits.extra_posts.get(rank, 0.0)
            found.append(Relaxation(f"posts:{rank}", "share", posts, POSTS_STEP, 10, _more_posts(rank)))
    filled = limits.posts_filled_at_least
    found.append(Relaxation("posts-filled", "share", filled, -FILLED_STEP, _whole(filled / FILLED_STEP), _emptier))
    if any(rank.released_to for rank in ladder.ranks):
        releases = limits.releases_per_post
        most = min(_whole((1 - releases) / RELEASES_STEP), 20)
        found.append(Relaxation("releases", "share", releases, RELEASES_STEP, most, _more_releases))
    return found


def _of_targets(question: Question) -> list[Relaxation]:
    return [
        Relaxation(f"age-line:{target.id}", "years", target.age_years, 1, 5, _older(target.id))
        for target in question.opening.evidence.targets.targets
        if target.age_years is not None
    ]


def _sooner(rank: str, name: str) -> Callable[[Question, int], Question]:
    def relaxed(way: Promotion) -> Promotion:
        return way.model_copy(update={name: max(getattr(way, name) - 1, 0)}) if way.into == rank else way

    return _units(lambda question: _with_ways(question, relaxed))


def _later(rank: str) -> Callable[[Question, int], Question]:
    def apply(question: Question) -> Question:
        def relaxed(way: Promotion) -> Promotion:
            if way.into != rank or way.ceiling_age_years is None:
                return way
            ceiling = question.opening.evidence.amount(way.ceiling_age_years) + 1
            return way.model_copy(update={"ceiling_age_years": ceiling})

        return _with_ways(question, relaxed)

    return _units(apply)


def _less_probation(question: Question, units: int) -> Question:
    ladder = question.opening.evidence.ladder
    entry = ladder.entry.model_copy(update={"probation_years": ladder.entry.probation_years - units})
    return _with_ladder(question, ladder.model_copy(update={"entry": entry}))


def _enter(question: Question, units: int) -> Question:
    """Let the entry open earlier; the ladder then tracks younger ages, at which nobody stands at the opening."""
    ladder = question.opening.evidence.ladder
    youngest = ladder.entry.youngest_age_years - units
    ages = ladder.ages.model_copy(update={"youngest_years": min(youngest, ladder.ages.youngest_years)})
    entry = ladder.entry.model_copy(update={"youngest_age_years": youngest})
    return _with_ladder(question, ladder.model_copy(update={"entry": entry, "ages": ages}))


def _fewer(question: Question, units: int) -> Question:
    limits = question.limits
    return replace(question, limits=replace(limits, candidates_per_post=limits.candidates_per_post - units))


def _more_posts(rank: str) -> Callable[[Question, int], Question]:
    def apply(question: Question, units: int) -> Question:
        extra = dict(question.limits.extra_posts)
        extra[rank] = extra.get(rank, 0.0) + units * POSTS_STEP
        return replace(question, limits=replace(question.limits, extra_posts=extra))

    return apply


def _emptier(question: Question, units: int) -> Question:
    filled = max(question.limits.posts_filled_at_least - units * FILLED_STEP, 0.0)
    return replace(question, limits=replace(question.limits, posts_filled_at_least=filled))


def _more_releases(question: Question, units: int) -> Question:
    releases = min(question.limits.releases_per_post + units * RELEASES_STEP, 1.0)
    return replace(question, limits=replace(question.limits, releases_per_post=releases))


def _older(name: str) -> Callable[[Question, int], Question]:
    def apply(question: Question, units: int) -> Question:
        evidence = question.opening.evidence
        targets = tuple(
            target.model_copy(update={"age_years": target.age_years + units}) if target.id == name else target
            for target in evidence.targets.targets
        )
        evidence = replace(evidence, targets=evidence.targets.model_copy(update={"targets": targets}))
        return replace(question, opening=replace(question.opening, evidence=evidence))

    return apply


def _units(apply: Callable[[Question], Question]) -> Callable[[Question, int], Question]:
    """Relax unit by unit."""

    def repeated(question: Question, units: int) -> Question:
        for _ in range(units):
            question = apply(question)
        return question

    return repeated


def _whole(units: float) -> int:
    """Whole units in a quotient of decimals, such as 0.95 / 0.05."""
    return int(np.floor(units + 1e-9))


def _with_ways(question: Question, relaxed: Callable[[Promotion], Promotion]) -> Question:
    ladder = question.opening.evidence.ladder
    ways = tuple(relaxed(way) for way in ladder.promotions)
    return _with_ladder(question, ladder.model_copy(update={"promotions": ways}))


def _with_ladder(question: Question, ladder: Ladder) -> Question:
    """The same people under another ladder; who is eligible follows from it."""
    opening = question.opening
    evidence = replace(opening.evidence, ladder=ladder)
    weights = weights_by_way(evidence, opening.typical_ages_years)
    younger = opening.evidence.ladder.ages.youngest_years - ladder.ages.youngest_years
    headcount = np.pad(opening.population.headcount, [(0, 0)] * 4 + [(younger, 0), (0, 0)])
    population = replace(opening.population, headcount=headcount, ladder=ladder)
    return replace(question, opening=replace(opening, evidence=evidence, population=population, weights=weights))
