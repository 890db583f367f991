"""The notebook runs of a report, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cadre_research.findings.levers import HORIZONS_YEARS
from cadre_research.findings.study import BASELINE, Study
from cadre_research.model.paths import cores
from cadre_research.reporting.editions import editions
from cadre_research.reporting.execution import NotebookRun
from cadre_research.reporting.notebooks import at_once
from cadre_research.reporting.unchanged import DRAWS, REPLICATES
from cadre_research.reporting.unit_inquiry import UNIT_WORLDS, has_units
from cadre_research.reporting.wording import word
from cadre_research.reporting.worth import has_plan

__all__ = ["AGE_LINE", "cost", "planned_runs", "wanted_scenarios"]

AGE_LINE = "inclusive"
FORECAST = "03-age-structure-forecast"
# Measured on two ordinary cores: what a report takes beside its notebooks; what a run takes of one core, and what it
# leaves on the disk.
SECONDS_BESIDE = 12
SECONDS_A_RUN = 3.5
MEGABYTES_A_RUN = 3.2
# What is found once and kept, on two cores.
MINUTES_OF_INQUIRIES = 14
MINUTES_A_SCENARIO = 0.4


def wanted_scenarios(study: Study, scenarios: Sequence[str] | None) -> list[str]:
    """Ids of the scenarios of a report: the status quo, and those asked for or all; an unknown one is refused."""
    return [study.scenario(name).id for name in dict.fromkeys([BASELINE, *(scenarios or study.scenarios)])]


def planned_runs(
    study: Study, scenarios: Iterable[str], language: str, draws: int = DRAWS, replicates: int = REPLICATES
) -> list[NotebookRun]:
    """Every notebook run of a report, in the order of its pages, edition after edition.

    `language` is what is asked for: both, zh-en, en or zh. The opening and the rates, each scenario at each horizon,
    and all of them side by side; then what it would take, what any policy could do, and what moves the verdict, for the
    status quo; what the measures of the plan are worth, where the study has them; and its units, where it tells them
    apart.
    """
    scenarios = list(scenarios)
    return [
        replace(run, page=edition.page(run.page))
        for edition in editions(language)
        for run in _edition_runs(study, scenarios, edition.language, draws, replicates)
    ]


def _edition_runs(
    study: Study, scenarios: Sequence[str], language: str, draws: int, replicates: int
) -> list[NotebookRun]:
    common = {"age_line": AGE_LINE, "language": language}
    worlds = {"draws": draws, "replicates": replicates}
    return [
        NotebookRun("01-opening-age-structure", "opening-age-structure", common),
        NotebookRun("02-promotion-rates", "promotion-rates", {"language": language}),
        *(
            NotebookRun(
                FORECAST,
                f"forecast-{scenario}-{horizon}",
                {"scenario": scenario, "horizon_years": horizon, **worlds, **common},
            )
            for scenario in scenarios
            for horizon in HORIZONS_YEARS
        ),
        NotebookRun("04-target-reachability", "target-reachability", common),
        NotebookRun("05-what-it-would-take", "what-it-would-take", {**worlds, **common}),
        NotebookRun("06-what-any-policy-could-do", "what-any-policy-could-do", {"draws": draws, **common}),
        NotebookRun("07-sensitivity", "sensitivity", {**worlds, **common}),
        # It is about the panel that the project ships.
        *([] if study.evidence.registered else [NotebookRun("08-backtest", "backtest", {"language": language})]),
        *([NotebookRun("09-levers", "levers", {**worlds, **common})] if has_plan(study) else []),
        *([_units_run(study, common, draws, replicates)] if has_units(study) else []),
    ]


def _units_run(study: Study, common: Mapping[str, str], draws: int, replicates: int) -> NotebookRun:
    """The units under the plan, which is the notebook's default, or where there is none as they are going."""
    scenario = {} if has_plan(study) else {"scenario": BASELINE}
    given = {**scenario, "draws": min(draws, UNIT_WORLDS), "replicates": replicates, **common}
    return NotebookRun("10-units", "units", given)


def cost(runs: int, kept: int, scenarios: int, workers: int | None, language: str) -> str:
    """Say beforehand what a report of so many runs will cost, some of which are kept."""
    together = workers or at_once()
    seconds = SECONDS_BESIDE + (runs - kept) * SECONDS_A_RUN / min(together, cores())
    minutes = max(1, round(seconds / 60))
    megabytes = round(runs * MEGABYTES_A_RUN)
    more = round(MINUTES_OF_INQUIRIES + MINUTES_A_SCENARIO * scenarios)
    counts = {"runs": runs, "kept": kept, "workers": together}
    return word("cost", language, **counts, minutes=minutes, megabytes=megabytes, more=more)
