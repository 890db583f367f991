"""A study: the evidence, its scenarios, and the forecasts made from them."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cadre_research.errors import EvidenceError, ParameterError, UnknownNameError
from cadre_research.evidence.base import Evidence, load_evidence
from cadre_research.evidence.scenario import Scenario, load_scenario, scenario_ids
from cadre_research.evidence.study_file import read_study_file
from cadre_research.evidence.targets import AGE_LINES, AgeLine, Target
from cadre_research.model.calibration import calibrate
from cadre_research.model.opening import Opening
from cadre_research.model.projection import Projection, project
from cadre_research.model.units import divided_by_evidence

__all__ = ["BASELINE", "POPULATIONS", "Forecast", "Study", "check_horizon", "check_population"]

BASELINE = "status-quo"
POPULATIONS = ("level", "posts")
# Openings by all that they follow from: notebooks that are forked from one process find the usual ones there.
_calibrated: dict[bytes, Opening] = {}
MOST_CALIBRATED = 50


def check_horizon(horizon_years: object) -> None:
    """Refuse a horizon that is not a whole number of years from 1 to 30."""
    if isinstance(horizon_years, bool) or not isinstance(horizon_years, int) or not 1 <= horizon_years <= 30:
        raise ParameterError(f"horizon_years: given {horizon_years!r}, expected a whole number of years from 1 to 30.")


def check_population(population: object) -> None:
    """Refuse a population that is none of `POPULATIONS`."""
    if population not in POPULATIONS:
        raise ParameterError(f"population: given {population!r}, expected {' or '.join(POPULATIONS)}.")


@dataclass(frozen=True)
class Forecast:
    """One scenario taken `horizon_years` ahead from its opening, in expectation."""

    scenario: Scenario
    horizon_years: int
    opening: Opening
    projection: Projection

    @property
    def age_line(self) -> AgeLine:
        """Reading of the age lines."""
        return self.opening.age_line

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets that the forecast is held against."""
        return self.opening.evidence.targets.targets


@dataclass
class Study:
    """Evidence and scenarios; openings are calibrated once and kept.

    Parameters
    ----------
    evidence : Evidence
    scenarios : mapping of id to Scenario
        Must hold the status quo, which the openings are calibrated under.
    measures : mapping of id to Scenario
        Single measures of a plan, each alone; they are compared with each other and have no pages of their own.
    """

    evidence: Evidence
    scenarios: Mapping[str, Scenario]
    measures: Mapping[str, Scenario] = field(default_factory=dict)
    _openings: dict[tuple, Opening] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Check that there is a status quo to differ from."""
        if BASELINE not in self.scenarios:
            raise EvidenceError(f"scenarios: expected one with id {BASELINE!r}, got {', '.join(self.scenarios)}.")

    @classmethod
    def read(cls, data: Path) -> Study:
        """Load and check everything in a data folder (facts/ and scenarios/), or in the file of a study."""
        if data.suffix == ".json":
            study = read_study_file(data)
            return cls(study.evidence, {scenario.id: scenario for scenario in study.scenarios})
        folder = data / "scenarios"
        evidence = load_evidence(data / "facts")
        scenarios, measures = (_in_order(each) for each in (folder, folder / "measures"))
        for scenario in (*scenarios, *measures):
            evidence.under(scenario)
            if scenario.promotion.mode == "plan":
                raise EvidenceError(
                    f"{folder / scenario.id}.toml, key promotion.mode: a scenario file has no place for a plan; "
                    'expected "vacancy", "rate" or "markov". Run a plan from Python.'
                )
        return cls(evidence, *({scenario.id: scenario for scenario in some} for some in (scenarios, measures)))

    def __reduce__(self) -> tuple[type[Study], tuple[Evidence, Mapping[str, Scenario], Mapping[str, Scenario]]]:
        """Tell another process what it is about; openings hold functions, and are calibrated there again."""
        return Study, (self.evidence, self.scenarios, self.measures)

    def scenario(self, name: str) -> Scenario:
        """Return a scenario or a measure by its id, or raise UnknownNameError."""
        for known in (self.scenarios, self.measures):
            if name in known:
                return known[name]
        raise UnknownNameError("scenario", str(name), [*self.scenarios, *self.measures])

    def opening(self, scenario: Scenario | str = BASELINE, age_line: AgeLine = "inclusive") -> Opening:
        """Return the opening population a scenario starts from.

        It is the same for all scenarios that share their assumptions and their growth of posts before the baseline
        year.
        """
        if age_line not in AGE_LINES:
            raise ParameterError(f"age_line: given {age_line!r}, expected {' or '.join(AGE_LINES)}.")
        scenario = self.scenario(scenario) if isinstance(scenario, str) else scenario
        evidence = self.evidence.under(scenario)
        growth = scenario.opening.post_growth_before_per_year
        key = (age_line, growth, tuple(sorted(scenario.assumptions.items())))
        if key not in self._openings:
            self._openings[key] = _opening(evidence, self.scenarios[BASELINE], age_line, growth)
        return self._openings[key]

    def divided_opening(self, scenario: Scenario | str = BASELINE, age_line: AgeLine = "inclusive") -> Opening:
        """Return the opening of a scenario divided among the units.

        Raises
        ------
        EvidenceError
            When the evidence knows no units.
        """
        return divided_by_evidence(self.opening(scenario, age_line))

    def with_attributes(self, targets: Collection[str] | None = None) -> Study:
        """Return the study with groups divided by further attributes, such as minority status; see `Evidence`.

        Its openings are calibrated anew. The optional targets named (all of facts/groups.toml by default) come after
        the others; () leaves them out.
        """
        return Study(self.evidence.with_attributes(targets), self.scenarios, self.measures)

    def forecast(self, scenario: Scenario | str, horizon_years: int = 10, age_line: AgeLine = "inclusive") -> Forecast:
        """Take a scenario, by id or with changes of one's own, `horizon_years` (1 to 30) ahead in expectation."""
        check_horizon(horizon_years)
        scenario = self.scenario(scenario) if isinstance(scenario, str) else scenario
        opening = self.opening(scenario, age_line)
        projection = project(opening.population, opening.year, horizon_years, opening.rules(scenario))
        return Forecast(scenario, horizon_years, opening, projection)

    def forecasts(self, horizon_years: int = 10, age_line: AgeLine = "inclusive") -> list[Forecast]:
        """Take every scenario `horizon_years` ahead, in the order of the report."""
        return [self.forecast(name, horizon_years, age_line) for name in self.scenarios]


def _in_order(folder: Path) -> list[Scenario]:
    return sorted((load_scenario(name, folder) for name in scenario_ids(folder)), key=lambda scenario: scenario.order)


def _opening(evidence: Evidence, status_quo: Scenario, age_line: AgeLine, growth: float | None) -> Opening:
    key = pickle.dumps((evidence, status_quo, age_line, growth))
    if key not in _calibrated:
        if len(_calibrated) >= MOST_CALIBRATED:
            _calibrated.clear()
        _calibrated[key] = calibrate(evidence, status_quo, age_line, growth)
    return _calibrated[key]
