"""Calibration: the opening population is found from the survey, not drawn by hand.

The survey gives two shares, not an age structure. The status quo's own rules are therefore run to their stationary
state, with the promotion-age curves placed so that the surveyed counts come out exactly. A scenario's effect is then
its own and not the settling of an inconsistent start.

In the stationary state every promotion curve has a constant intensity, so persons move independently: the structure is
one entry cohort followed to its last age by the yearly code itself, every age of it standing for one of the cohorts
present at once. Where posts grew by g a year before, a cohort that entered n years ago was (1 + g)^-n as large; in a
recruitment wave it was larger.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize

from cadre_research.errors import CalibrationError, ConservationError
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.ladder import Calibrated, Rank
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine, is_young
from cadre_research.model.eligibility import weights_by_way
from cadre_research.model.opening import Opening
from cadre_research.model.past import Past, past_of, settled
from cadre_research.model.population import Population, empty_population, over_years
from cadre_research.model.registered_opening import registered_opening
from cadre_research.model.rules import Rules, rules_for

__all__ = ["calibrate", "slopes_at"]

FIRST_GUESS_INTENSITY = 0.05
STEP = 1e-6
SOLVED_WITHIN = 1e-11
AGREES_WITHIN = 1e-9


@dataclass(frozen=True)
class _Trial:
    """Unknowns of the calibration, for any number of trials at once (leading axis)."""

    intensity: dict[str, np.ndarray]
    recruits: np.ndarray
    typical_ages_years: dict[tuple[str, str], np.ndarray]


def calibrate(
    evidence: Evidence,
    status_quo: Scenario,
    age_line: AgeLine,
    post_growth_before_per_year: float | None = None,
    start: tuple[float, ...] | None = None,
    slopes: np.ndarray | None = None,
) -> Opening:
    """Find the opening population that agrees with the survey under one reading of the age lines.

    One that stands in a register is taken as it is.

    Parameters
    ----------
    post_growth_before_per_year : float, optional
        Yearly growth of all posts before the baseline year, -0.05 to 0.1; what the ladder says by default.
    start : tuple of float, optional
        Solution of a calibration to start from; one of the very same problem is taken as it is.
    slopes : array [equation, unknown], optional
        Those of a similar problem, as `slopes_at` gives them, which saves finding them anew.

    Raises
    ------
    CalibrationError
        When no placing of the promotion-age curves agrees with the survey.

    Notes
    -----
    Unknowns: one intensity for each rank promoted into, the number of recruits, and the centre of each calibrated
    curve. Equations: the posts or surveyed headcount of each of those ranks and of the entry rank, and the surveyed
    young of each calibrated curve.
    """
    if evidence.registered:
        return registered_opening(evidence, age_line)
    problem = _Problem(evidence, status_quo, age_line, past_of(evidence, post_growth_before_per_year))
    guess, worst = problem.first_guess() if start is None else np.array(start), np.inf
    known = problem.slopes if slopes is None else lambda unknown: slopes
    # Far from any solution counts overflow or vanish, and the books of such a year do not balance.
    with np.errstate(all="ignore"), suppress(ConservationError):
        if start is not None and np.abs(problem.residuals(guess)).max() < AGREES_WITHIN:
            return problem.opening(guess)
        found = optimize.root(problem.residuals, guess, jac=known, options={"xtol": SOLVED_WITHIN})
        worst = np.abs(problem.residuals(found.x)).max()
    if not worst < AGREES_WITHIN:
        raise CalibrationError(
            f"calibration ({age_line} age line): no opening population agrees with the survey under these "
            f"assumptions; the nearest misses a count by {worst:.1%}. Check the ranges in data/facts/assumptions.toml "
            "that the scenario changes, and the survey in data/facts/targets.toml."
        )
    return problem.opening(found.x)


def slopes_at(opening: Opening, status_quo: Scenario) -> np.ndarray:
    """Slopes of a solved calibration, array [equation, unknown], with which similar problems are solved sooner."""
    if opening.evidence.registered:
        return np.empty((0, 0))
    problem = _Problem(opening.evidence, status_quo, opening.age_line, opening.past)
    return problem.slopes(np.array(opening.solution))


class _Problem:
    """The calibration as a system of equations in logarithms of counts."""

    def __init__(self, evidence: Evidence, status_quo: Scenario, age_line: AgeLine, past: Past) -> None:
        self.evidence, self.age_line, self.past = evidence, age_line, past
        self._last = np.zeros(0), np.zeros(0)
        self.ladder = evidence.ladder
        self.ways = {(way.source, way.into): way for way in self.ladder.promotions}
        self.into = self.ladder.promoted_into
        self.free = [key for key, way in self.ways.items() if isinstance(way.typical_age_years, Calibrated)]
        self.filled = [rank for rank in self.ladder.ranks if rank.id in self.into or self._is_entry(rank)]
        without = [rank.id for rank in self.filled if rank.posts is None]
        if self.ladder.entry is None or without:
            raise CalibrationError(
                f"ladder {self.ladder.id}: calibration needs an entry and posts of every rank that is promoted or "
                f"recruited into; missing: {', '.join(without) or 'entry'}."
            )
        stationary = status_quo.model_copy(
            update={"retirement": status_quo.retirement.model_copy(update={"reform": False})}
        )
        self.typical = {
            key: None if way.typical_age_years is None or key in self.free else evidence.amount(way.typical_age_years)
            for key, way in self.ways.items()
        }
        posts = np.zeros((1, len(self.ladder.ranks)))
        self.base = replace(
            rules_for(evidence, stationary, posts, self._weights(self._trial(self.first_guess())), age_line),
            mode="markov",
            recruits_by_year={},
        )
        self.wanted = self._wanted()
        if not (self.wanted > 0).all():
            raise CalibrationError(
                f"calibration ({age_line} age line): no opening population agrees with the survey when a surveyed "
                "count or a number of posts is 0. Check data/facts/targets.toml and data/facts/assumptions.toml."
            )

    def first_guess(self) -> np.ndarray:
        """Modest intensities, recruits for a service of one career's length, curves at the surveyed age line."""
        lines = [
            float(self.evidence.target(self.ways[key].typical_age_years.calibrated_to).age_years) for key in self.free
        ]
        return np.array([np.log(FIRST_GUESS_INTENSITY)] * len(self.into) + [np.log(800.0)] + lines)

    def residuals(self, unknown: np.ndarray) -> np.ndarray:
        """Logarithms of found over wanted counts, array [..., equation]."""
        return np.log(self._counts(self._headcount_at(unknown))) - np.log(self.wanted)

    def slopes(self, unknown: np.ndarray) -> np.ndarray:
        """Jacobian by forward differences, all columns in one run of the cohort."""
        trials = unknown + STEP * np.eye(len(unknown), len(unknown))
        both = self.residuals(np.vstack([unknown, trials]))
        return ((both[1:] - both[0]) / STEP).T

    def opening(self, unknown: np.ndarray) -> Opening:
        """Put the solution together."""
        trial = self._trial(unknown)
        headcount = self._headcount_at(unknown)
        population = Population(headcount, self.ladder)
        weights = self._weights(trial)
        holds = np.array([rank.holds_post for rank in self.ladder.ranks])
        return Opening(
            evidence=self.evidence,
            age_line=self.age_line,
            population=population,
            posts=headcount.sum((-5, -4, -2, -1)) * holds,
            typical_ages_years={
                key: float(trial.typical_ages_years[key]) if key in self.free else self.typical[key]
                for key in self.ways
            },
            weights=weights,
            stationary_rules=self._rules(trial),
            recruits_per_year=float(trial.recruits),
            past=self.past,
            solution=tuple(float(value) for value in unknown),
        )

    def _headcount_at(self, unknown: np.ndarray) -> np.ndarray:
        """Stationary headcounts; a search asks for its first and its last ones several times in a row."""
        if not np.array_equal(unknown, self._last[0]):
            self._last = np.array(unknown), self._structure(self._trial(unknown))
        return self._last[1]

    def _trial(self, unknown: np.ndarray) -> _Trial:
        columns = np.moveaxis(np.asarray(unknown), -1, 0)
        count = len(self.into)
        return _Trial(
            intensity={rank: np.exp(columns[i]) for i, rank in enumerate(self.into)},
            recruits=np.exp(columns[count]),
            typical_ages_years=dict(zip(self.free, columns[count + 1 :], strict=True)),
        )

    def _weights(self, trial: _Trial) -> dict[tuple[str, str], np.ndarray]:
        return weights_by_way(self.evidence, {**self.typical, **trial.typical_ages_years})

    def _rules(self, trial: _Trial) -> Rules:
        weights = self._weights(trial)
        promotions = []
        for rule in self.base.promotions:
            into = self.ladder.rank_ids[rule.into]
            ways = [weights[self.ladder.rank_ids[source], into] for source in rule.sources]
            weight = np.stack(np.broadcast_arrays(*ways), axis=-3)
            theta = trial.intensity[into][..., None, None, None, None]
            promotions.append(replace(rule, weight=weight, hazard=-np.expm1(-theta * weight)))
        return replace(self.base, promotions=tuple(promotions))

    def _structure(self, trial: _Trial) -> np.ndarray:
        lead = trial.recruits.shape
        entrants = empty_population(self.ladder, lead)
        rank = self.ladder.index(self.ladder.entry.rank)
        entrants.headcount[..., 0, :, :, rank, :, 0] = self.base.entry_mix * trial.recruits[..., None, None, None]
        return settled(self._rules(trial), entrants, self.past, self.evidence.targets.baseline_year)

    def _counts(self, headcount: np.ndarray) -> np.ndarray:
        """Counts that the equations compare, array [..., equation], in the order of `_wanted`."""
        by_rank_and_age = over_years(headcount).sum((-5, -4, -3))
        counts = []
        for rank in self.filled:
            ranks = self._covered(rank.posts.calibrated_to) if isinstance(rank.posts, Calibrated) else None
            ranks = [self.ladder.index(rank.id)] if ranks is None else list(ranks)
            counts.append(by_rank_and_age[..., ranks, :].sum((-2, -1)))
        ages = np.arange(self.ladder.ages.youngest_years, self.ladder.ages.oldest_years + 1)
        for key in self.free:
            target = self.evidence.target(self.ways[key].typical_age_years.calibrated_to)
            covered = by_rank_and_age[..., self._covered(target.id), :]
            counts.append(covered[..., is_young(ages, target.age_years, self.age_line)].sum((-2, -1)))
        return np.stack(counts, axis=-1)

    def _wanted(self) -> np.ndarray:
        headcount = {t.id: t.survey.headcount for t in self.evidence.targets.targets if t.survey}
        wanted = []
        for rank in self.filled:
            if isinstance(rank.posts, Calibrated):
                wanted.append(self.evidence.assumptions[headcount[rank.posts.calibrated_to]].value)
            else:
                wanted.append(self.evidence.amount(rank.posts))
        for key in self.free:
            wanted.append(self.evidence.target(self.ways[key].typical_age_years.calibrated_to).survey.young)
        return np.array(wanted, float)

    def _covered(self, target: str) -> tuple[int, ...]:
        return self.ladder.ranks_in(self.evidence.target(target).levels)

    def _is_entry(self, rank: Rank) -> bool:
        return self.ladder.entry is not None and self.ladder.entry.rank == rank.id
