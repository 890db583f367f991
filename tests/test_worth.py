"""The inquiry into the plan's measures: what it asks, what it is kept by, and which studies have one."""

from dataclasses import replace

import pandas as pd
import pytest

from cadre_research.evidence.package import together
from cadre_research.findings.contributions import Contributions
from cadre_research.findings.packages import Packages
from cadre_research.findings.study import BASELINE, Study
from cadre_research.paths import data_dir
from cadre_research.reporting import kept as kept_module
from cadre_research.reporting import worth as module
from cadre_research.reporting.report_runs import planned_runs
from cadre_research.reporting.worlds import Worlds
from cadre_research.reporting.worth import Worth, has_plan

PLAN = {"one-third-rule", "reserve-lists", "transfers", "talent-intake", "priority-rule", "freed-posts", "grass-roots"}
KEYS = {"goal": ["all", "anchored"], "horizon_years": [5, 10]}


@pytest.fixture(scope="module")
def study():
    return Study.read(data_dir())


@pytest.fixture
def asked(monkeypatch):
    """What is kept, by its name, in place of a folder; nothing of it is long in the making."""
    found = {}

    def kept(name, asked, make):
        found[name] = asked
        return make()

    def packages(study, grid, goals, *given, **named):
        scenario = together(study.scenario(BASELINE), [study.scenario("priority-rule")])
        rows = pd.DataFrame(
            [(goal, horizon) for goal in goals for horizon in KEYS["horizon_years"]], columns=list(KEYS)
        )
        scenarios = {(row.goal, row.horizon_years): scenario for row in rows.itertuples()}
        answers = rows.assign(age_line="inclusive", population="level", measures="; ".join(grid.measures))
        return Packages(answers, rows, scenarios)

    def checked(openings, scenarios, replicates, seed, progress=None):
        assert all(scenario.promotion.priority_rule for scenario in scenarios.values())
        rows = pd.DataFrame(list(scenarios), columns=list(KEYS))
        return rows.assign(scenario="package", age_line="inclusive", population="level", probability=0.5)

    for place in (module, kept_module):
        monkeypatch.setattr(place, "kept", kept)
    monkeypatch.setattr(module, "packages", packages)
    monkeypatch.setattr(module, "checked", checked)
    monkeypatch.setattr(module.Worlds, "ensemble", lambda self, scenario: type("Drawn", (), {"openings": {}}))
    shares = pd.DataFrame({"target": ["a"], "contribution": [0.1]})
    monkeypatch.setattr(module, "contributions", lambda *given, **named: Contributions(shares, shares))
    return found


def changed(study, name, **changes):
    return replace(study, measures={**study.measures, name: study.measures[name].model_copy(update=changes)})


def test_the_plan_is_made_of_its_measures_and_the_others_are_told_apart(study):
    found = Worth.of(Worlds(study))
    assert {measure.id for measure in found.measures} == PLAN
    assert {measure.id for measure in found.others} == {"early-retirement", "out-of-order", "one-compared"}
    assert found.anchored == ("county-level", "section-chief")
    assert len(found.unanchored) == 4
    assert found.goals == {"all": 6, "anchored": 2}


def test_only_a_study_with_measures_and_a_full_plan_has_the_notebook(study):
    without = Study(study.evidence, study.scenarios)
    no_plan = Study(study.evidence, {BASELINE: study.scenario(BASELINE)}, study.measures)
    assert has_plan(study)
    assert not has_plan(without)
    assert not has_plan(no_plan)
    runs = planned_runs(study, [BASELINE], "zh", 50, 3)
    (run,) = [run for run in runs if run.notebook == "09-levers"]
    assert run.parameters == {"draws": 50, "replicates": 3, "age_line": "inclusive", "language": "zh"}
    assert not [run for run in planned_runs(without, [BASELINE], "en") if run.notebook == "09-levers"]


def test_contributions_are_kept_by_the_rules_of_every_measure_and_by_no_draw(study, asked):
    Worth.of(Worlds(study, draws=7)).contributions()
    first = asked["contributions-shares"]
    assert set(first["measures"]) == PLAN
    Worth.of(Worlds(study, draws=9)).costs()
    assert asked["contributions-costs"] == asked["contributions-shares"] == first
    Worth.of(Worlds(study, "strict")).contributions()
    assert asked["contributions-shares"] != first


def test_packages_are_kept_by_their_measures_and_their_probability_by_the_worlds_too(study, asked):
    table = Worth.of(Worlds(study, draws=7)).packages()
    assert table["probability"].tolist() == [0.5] * 4
    first, chances = asked["packages-answers"], asked["package-chances"]
    assert "freed-posts" not in first["measures"], "packages have a strength of their own for freed posts"
    Worth.of(Worlds(study, draws=9)).packages()
    assert asked["packages-answers"] == first
    assert asked["package-chances"] != chances
    other = changed(study, "transfers", lateral_intake=())
    Worth.of(Worlds(study)).packages()
    before = asked["packages-answers"]
    Worth(Worlds(other), study.scenario("full-plan-2018")).packages()
    assert asked["packages-answers"] != before


def test_another_title_or_reason_is_no_other_question(study, asked):
    Worth.of(Worlds(study)).contributions()
    first = asked["contributions-shares"]
    Worth.of(Worlds(changed(study, "transfers", title_en="Moves", reason="Another."))).contributions()
    assert asked["contributions-shares"] == first


def test_a_package_looks_only_among_measures_that_there_are(study, asked):
    some = replace(study, measures={name: one for name, one in study.measures.items() if name != "out-of-order"})
    table = Worth(Worlds(some), study.scenario("full-plan-2018")).packages()
    assert "out-of-order" not in table["measures"].iloc[0]
    assert "priority-rule" in table["measures"].iloc[0]
