"""Questions of single pages of a report: the plan's measures, the units, the explorer, the backtest, the past's growth.

Each is asked here as the page asks it, so that what is kept of it is found there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from cadre_research.evidence.panel import panel_in
from cadre_research.findings.contributions import FULL_PLAN
from cadre_research.findings.levers import HORIZONS_YEARS
from cadre_research.findings.study import BASELINE, Study
from cadre_research.findings.surface import FULL, Lines
from cadre_research.paths import data_dir
from cadre_research.reporting.backtest_tables import kept_backtest
from cadre_research.reporting.display import post_growth_shares
from cadre_research.reporting.explored import SURFACES, find_surface
from cadre_research.reporting.explorer import has_explorer
from cadre_research.reporting.question import ByLine, Question
from cadre_research.reporting.report_runs import AGE_LINE
from cadre_research.reporting.tables import report_tables
from cadre_research.reporting.unit_inquiry import UNIT_WORLDS, UnitInquiry, has_units
from cadre_research.reporting.worth import Worth, has_plan

__all__ = ["PageQuestions", "page_questions"]

# As the notebooks of the backtest and of the opening have them.
YOUNG_LINE_YEARS, BACKTEST_SEED = 40, 2017
GROWTH_PER_YEAR = (0.0, 0.01, 0.02, 0.03)


@dataclass(frozen=True)
class PageQuestions:
    """Questions of pages: those about worlds that others build on, and the rest, the longest first."""

    worlds: Sequence[Question]
    others: Sequence[Question]


def page_questions(study: Study, scenarios: Sequence[str], lines: Lines = FULL) -> PageQuestions:
    """Those that a study gives rise to.

    Parameters
    ----------
    scenarios : sequence of str
        Those of the report.
    lines : Lines
        How fine the explorer's surfaces are.
    """
    units, plan = has_units(study), has_plan(study)
    # The index tells of the scenarios of the report, one page of all that there are.
    told = {frozenset(names): tuple(names) for names in (study.scenarios, scenarios)}
    surfaces = SURFACES if has_explorer(study) else ()
    return PageQuestions(
        [Question("worlds of the units", _unit_worlds)] if units else [],
        [
            *([Question("units", _units)] if units else []),
            *([Question("packages of measures", _packages)] if plan else []),
            *(Question(f"explorer ({', '.join(one)})", partial(_surface, lines, one)) for one in surfaces),
            *([Question("contributions of measures", _contributions)] if plan else []),
            *([Question("appraisals of units", _appraisals)] if units else []),
            *(Question(f"tables of {len(names)} forecasts", partial(_tables, names)) for names in told.values()),
            *([] if study.evidence.registered else [Question("backtest", _backtest)]),
            Question("growth of posts before the survey", _post_growth),
        ],
    )


def _unit_inquiry(worlds: ByLine) -> UnitInquiry:
    each = worlds[AGE_LINE]
    scenario = each.study.scenario(FULL_PLAN if has_plan(each.study) else BASELINE)
    return UnitInquiry(replace(each, draws=min(each.draws, UNIT_WORLDS)), scenario)


def _unit_worlds(worlds: ByLine) -> None:
    inquiry = _unit_inquiry(worlds)
    inquiry.worlds.drawn(inquiry.scenario)


def _units(worlds: ByLine) -> None:
    inquiry = _unit_inquiry(worlds)
    inquiry.probabilities()


def _appraisals(worlds: ByLine) -> None:
    _unit_inquiry(worlds).appraisals()


def _packages(worlds: ByLine) -> None:
    Worth.of(worlds[AGE_LINE]).packages()


def _contributions(worlds: ByLine) -> None:
    Worth.of(worlds[AGE_LINE]).contributions()


def _surface(lines: Lines, one: tuple[str, str], worlds: ByLine) -> None:
    find_surface((worlds[AGE_LINE].study, lines), one)


def _tables(scenarios: Sequence[str], worlds: ByLine) -> None:
    report_tables(worlds[AGE_LINE].study, scenarios, HORIZONS_YEARS)


def _backtest(worlds: ByLine) -> None:
    kept_backtest(panel_in(data_dir() / "panel-synthetic"), YOUNG_LINE_YEARS, HORIZONS_YEARS, BACKTEST_SEED)


def _post_growth(worlds: ByLine) -> None:
    post_growth_shares(worlds[AGE_LINE].study, GROWTH_PER_YEAR, AGE_LINE)
