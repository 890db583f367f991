"""What is asked about the units is found once, kept, and tells every unit; the notebook's parameters are checked."""

import pytest

from cadre_research.errors import ParameterError
from cadre_research.findings.unit_outlook import CITY
from cadre_research.reporting import kept as kept_module
from cadre_research.reporting.parameters import validate
from cadre_research.reporting.report_runs import planned_runs
from cadre_research.reporting.unit_displays import sizes_from
from cadre_research.reporting.unit_inquiry import TABLES, UNIT_WORLDS, UnitInquiry, has_units
from cadre_research.reporting.worlds import Worlds


@pytest.fixture(scope="module")
def inquiry(study, tmp_path_factory):
    with kept_module.keeping(tmp_path_factory.mktemp("kept")):
        asked = UnitInquiry(Worlds(study, "inclusive", 4, 2), study.scenario("full-plan-2018"))
        yield asked


@pytest.mark.slow
def test_all_tables_are_found_together_and_only_once(inquiry, monkeypatch):
    first = {name: inquiry._table(name) for name in TABLES}
    monkeypatch.setattr(UnitInquiry, "_found", lambda self: pytest.fail("found again"))
    for name in TABLES:
        assert inquiry._table(name).equals(first[name])


def test_every_unit_and_the_city_stands_against_every_target_at_both_horizons(inquiry, study):
    units = {*study.evidence.units.ids, CITY}
    for table in (inquiry.probabilities(), inquiry.priority()):
        assert set(table["unit"]) == units
        assert len(table) == len(units) * 6 * 2 * 2
    assert set(inquiry.luck()["horizon_years"]) == {5, 10}
    assert set(inquiry.funnel()["year"]) == {2022, 2027}
    assert set(inquiry.fallbacks()["unit"]) == units


def test_the_city_of_the_units_holds_everybody(inquiry, study):
    rows = inquiry.probabilities().query("population == 'level' and target == 'section-chief' and horizon_years == 5")
    by_unit = rows.set_index("unit")["headcount_now"]
    assert by_unit.drop(CITY).sum() == pytest.approx(by_unit[CITY], rel=1e-9)


def test_a_report_runs_the_notebook_with_few_worlds_unless_fewer_are_asked_for(study):
    def asked(draws):
        runs = {run.notebook: run.parameters for run in planned_runs(study, list(study.scenarios), "en", draws, 5)}
        return runs["10-units"]["draws"]

    assert has_units(study)
    assert (asked(100), asked(4)) == (UNIT_WORLDS, 4)


@pytest.mark.parametrize("given", [{"scenaro": "status-quo"}, {"draws": 1}, {"language": "de"}])
def test_bad_parameters_are_refused_before_anything_runs(given):
    with pytest.raises(ParameterError):
        validate("10-units", given)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_made_up_sizes_are_said_to_be_so(study, language):
    units = study.evidence.units
    assert sizes_from(units, language)
    assert sizes_from(units.model_copy(update={"provenance": "register"}), language) == ""
