"""Response: the targets' shares as a function of the assumptions, each time from an opening calibrated anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from cadre_research.errors import CalibrationError, ConservationError, EvidenceError, ParameterError
from cadre_research.evidence.assumptions import Assumption, Assumptions
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import AgeLine
from cadre_research.findings.age_structure import shares_of, young_and_all
from cadre_research.findings.study import BASELINE, Study, check_population
from cadre_research.findings.verdict import reaches
from cadre_research.model.calibration import calibrate, slopes_at
from cadre_research.model.opening import Opening
from cadre_research.model.processes import in_processes
from cadre_research.model.projection import project

__all__ = ["Outcome", "Response", "opening_near"]

Found = TypeVar("Found")


@dataclass(frozen=True)
class Outcome:
    """Young and headcount of each target's group, arrays [scenario, target, horizon]; NaN where there is no forecast.

    `reasons`, one a scenario, says why there is none; empty where there is one.
    """

    young: np.ndarray
    headcount: np.ndarray
    reasons: tuple[str, ...]

    @property
    def share(self) -> np.ndarray:
        """Share of the young, array [scenario, target, horizon]; NaN for an empty group."""
        return shares_of(self.young, self.headcount)


@dataclass
class Response:
    """How the forecasts of some scenarios respond to other values of the assumptions.

    Each set of values is calibrated once for all scenarios that share an opening, and its outcome is kept, so that a
    tornado and the turning points of one response cost little more than the tornado.

    Parameters
    ----------
    study : Study
    scenarios : sequence of Scenario or str
    horizons_years : tuple of int
        1 to 30.
    age_line : {"inclusive", "strict"}
    population : {"level", "posts"}
    """

    study: Study
    scenarios: Sequence[Scenario | str]
    horizons_years: tuple[int, ...] = (5, 10)
    age_line: AgeLine = "inclusive"
    population: str = "level"
    _outcomes: dict[tuple, Outcome] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Check what was asked for, and forecast every scenario with the assumptions as they are."""
        check_population(self.population)
        if not self.horizons_years or not self.scenarios:
            raise ParameterError("expected at least one scenario and one horizon.")
        self.scenarios = tuple(self.study.scenario(s) if isinstance(s, str) else s for s in self.scenarios)
        for horizon in self.horizons_years:
            self.study.forecast(self.scenarios[0], horizon, self.age_line)
        openings = [self.study.opening(scenario, self.age_line) for scenario in self.scenarios]
        status_quo = self.study.scenario(BASELINE)
        slopes = {id(opening): slopes_at(opening, status_quo) for opening in openings}
        self._starts = tuple((opening, slopes[id(opening)]) for opening in openings)
        self._outcomes[()] = self._run({})

    def __reduce__(self) -> tuple:
        """Tell another process what was asked for; openings, which hold functions, are calibrated there again."""
        return Response, (self.study, self.scenarios, self.horizons_years, self.age_line, self.population)

    @property
    def assumptions(self) -> Assumptions:
        """Assumptions of the study."""
        return self.study.evidence.assumptions

    @property
    def uncertain(self) -> tuple[str, ...]:
        """Assumptions that have a range."""
        return tuple(entry.id for entry in self.assumptions.uncertain)

    @property
    def central(self) -> Outcome:
        """Outcome with every assumption at its value."""
        return self._outcomes[()]

    def value(self, name: str, scenario: int) -> float:
        """Value of an assumption under a scenario, given by its place."""
        return self._starts[scenario][0].evidence.assumptions[name].value

    def cases(self) -> Iterator[tuple[tuple[int, int, int], dict[str, object]]]:
        """Place in the arrays of an outcome, and its labels, of every scenario, target and horizon."""
        for at, scenario in enumerate(self.scenarios):
            for number, target in enumerate(self.study.evidence.targets.targets):
                for place, horizon in enumerate(self.horizons_years):
                    yield (
                        (at, number, place),
                        {
                            "target": target.id,
                            "scenario": scenario.id,
                            "horizon_years": horizon,
                            "age_line": self.age_line,
                            "population": self.population,
                        },
                    )

    def at(self, values: Mapping[str, float]) -> Outcome:
        """Forecast with other values of some assumptions, beyond their ranges if asked."""
        key = tuple(sorted(values.items()))
        if key not in self._outcomes:
            self._outcomes[key] = self._run(values)
        return self._outcomes[key]

    def reached(self, outcome: Outcome, case: tuple[int, int, int]) -> bool | None:
        """Tell whether a target is reached; None where there is no forecast or nobody in the group."""
        if not outcome.headcount[case] > 0:
            return None
        target = self.study.evidence.targets.targets[case[1]]
        return bool(reaches(outcome.young[case], outcome.headcount[case], target.share))

    def over(
        self,
        find: Callable[[Response, str], Found],
        names: Sequence[str],
        workers: int = 1,
        progress: Callable[[], None] | None = None,
    ) -> list[Found]:
        """Apply `find` to every assumption of `names`, in their order, whatever the number of workers.

        Parameters
        ----------
        find : callable
            Of the response and an assumption's id; a function of a module, so that another process can be told of it.
        workers : int
            Processes.
        progress : callable, optional
            Called once for every assumption done.
        """
        found = []
        for result, outcomes in in_processes(_found, (self, find), names, workers):
            self._outcomes.update(outcomes)
            found.append(result)
            if progress:
                progress()
        return found

    def _run(self, values: Mapping[str, float]) -> Outcome:
        targets = self.study.evidence.targets.targets
        young, headcount = np.full((2, len(self.scenarios), len(targets), len(self.horizons_years)), np.nan)
        openings: dict[int, Opening | str] = {}
        reasons = []
        for at, scenario in enumerate(self.scenarios):
            start, slopes = self._starts[at]
            if id(start) not in openings:
                openings[id(start)] = self._opening(start, slopes, scenario, values)
            opening = openings[id(start)]
            reasons.append(opening if isinstance(opening, str) else "")
            if isinstance(opening, str):
                continue
            years = project(opening.population, opening.year, max(self.horizons_years), opening.rules(scenario)).years
            for place, horizon in enumerate(self.horizons_years):
                for number, target in enumerate(targets):
                    counts = young_and_all(years[horizon - 1].closing, target, self.population, self.age_line)
                    young[at, number, place], headcount[at, number, place] = counts
        return Outcome(young, headcount, tuple(reasons))

    def _opening(
        self, start: Opening, slopes: np.ndarray, scenario: Scenario, values: Mapping[str, float]
    ) -> Opening | str:
        """Opening under other values, or the reason why there is none."""
        own = start.evidence.assumptions
        values = {name: value for name, value in values.items() if value != own[name].value}
        if not values:
            return start
        growth = scenario.opening.post_growth_before_per_year
        try:
            evidence = _changed(start.evidence, values)
        except EvidenceError as fault:
            return str(fault)
        return opening_near(start, slopes, evidence, self.study.scenario(BASELINE), growth)


def opening_near(
    start: Opening, slopes: np.ndarray, evidence: Evidence, status_quo: Scenario, growth: float | None
) -> Opening | str:
    """Opening under other evidence, found from one that is known, or the reason why there is none.

    Parameters
    ----------
    start : Opening
        Under the same reading of the age lines.
    slopes : array [equation, unknown]
        Those at `start`, see `model.calibration.slopes_at`.
    status_quo : Scenario
        Under which openings are calibrated.
    growth : float, optional
        Yearly growth of all posts before the baseline year; what the ladder says by default.
    """
    reason = ""
    # From a solution that is known, most others are a few steps away.
    for known in ({"start": start.solution, "slopes": slopes}, {}):
        try:
            return calibrate(evidence, status_quo, start.age_line, growth, **known)
        except (CalibrationError, EvidenceError) as fault:
            reason = str(fault)
        except ConservationError:
            # A search that strays to infinite counts ends in a year that does not balance.
            reason = f"calibration ({start.age_line} age line): the search for an opening population strayed."
    return reason


def _changed(evidence: Evidence, values: Mapping[str, float]) -> Evidence:
    """Evidence with other values, whose ranges are widened to hold them."""
    entries = {name: _widened(entry, values.get(name, entry.value)) for name, entry in evidence.assumptions.items()}
    return replace(evidence, assumptions=Assumptions(entries))


def _widened(entry: Assumption, value: float) -> Assumption:
    return entry.model_copy(update={"value": value, "low": min(entry.low, value), "high": max(entry.high, value)})


def _found(given: tuple[Response, Callable[[Response, str], Found]], name: str) -> tuple[Found, dict[tuple, Outcome]]:
    """Apply a search to an assumption; also return the outcomes it led to, which another process does not know."""
    response, find = given
    known = set(response._outcomes)
    result = find(response, name)
    return result, {key: outcome for key, outcome in response._outcomes.items() if key not in known}
