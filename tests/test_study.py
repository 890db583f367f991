"""A study keeps its evidence, scenarios and openings together."""

import re

import pytest

from cadre_research.errors import EvidenceError, InputError, ParameterError, UnknownNameError
from cadre_research.findings.study import BASELINE, Study


def test_the_status_quo_comes_first(study):
    assert next(iter(study.scenarios)) == BASELINE == "status-quo"


def test_an_opening_is_calibrated_once_and_kept(study):
    assert study.opening() is study.opening("rate-08") is study.opening(study.scenario("rate-12"), "inclusive")
    assert study.opening() is not study.opening(age_line="strict")


def test_a_scenario_with_its_own_assumptions_has_its_own_opening(study):
    other = study.scenario("rate-08").model_copy(update={"assumptions": {"resignation": 0.003}})
    assert study.opening(other) is not study.opening()
    assert study.opening(other).evidence.assumptions["resignation"].value == 0.003
    assert study.evidence.assumptions["resignation"].value == 0.0015


def test_every_scenario_is_forecast_the_status_quo_first(study):
    forecasts = study.forecasts(1)
    assert [forecast.scenario.id for forecast in forecasts] == list(study.scenarios)
    assert {forecast.horizon_years for forecast in forecasts} == {1}


def test_a_forecast_says_what_it_is_of(study):
    forecast = study.forecast("rate-08", 3, "strict")
    assert (forecast.age_line, forecast.horizon_years, forecast.scenario.id) == ("strict", 3, "rate-08")
    assert forecast.targets == study.evidence.targets.targets
    assert forecast.projection.opening_year == forecast.opening.year == 2017


def test_a_changed_scenario_can_be_forecast_without_a_file(study):
    changed = study.scenario("status-quo").overridden(0.08, 1 / 3)
    shipped = study.forecast("rate-08", 2).projection.headcount()
    assert study.forecast(changed, 2).projection.headcount() == pytest.approx(shipped, rel=1e-9)


@pytest.mark.parametrize("given", [0, 31, -1, 2.0, "5", None, True])
def test_a_horizon_that_is_no_number_of_years_is_refused(study, given):
    message = re.escape(f"horizon_years: given {given!r}, expected a whole number of years from 1 to 30.")
    with pytest.raises(ParameterError, match=message):
        study.forecast("status-quo", given)


def test_thirty_years_can_be_run(study):
    assert len(study.forecast("rate-12", 30).projection.years) == 30


@pytest.mark.parametrize("given", ["exclusive", "", None, "Inclusive"])
def test_a_reading_of_the_age_line_that_does_not_exist_is_refused(study, given):
    with pytest.raises(ParameterError, match=r"age_line: given .*, expected inclusive or strict"):
        study.forecast("status-quo", 5, given)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("status-qou", "Did you mean status-quo"),
        ("rate-8", "Did you mean rate-08"),
        ("../../x", "Valid: "),
        ("", "Valid: "),
    ],
)
def test_an_unknown_scenario_is_refused_with_the_nearest_one(study, given, hint):
    with pytest.raises(UnknownNameError, match=re.escape(f"scenario {given!r} is not known. {hint}")):
        study.forecast(given)


def test_a_rate_into_a_rank_that_does_not_exist_is_refused_though_the_opening_is_known(study):
    study.opening()
    changed = study.scenario("status-quo").overridden({"section-cheif": 0.1})
    with pytest.raises(UnknownNameError, match=r"rank with promotions 'section-cheif' .* Did you mean section-chief"):
        study.forecast(changed)


def test_a_plan_mode_without_a_plan_is_refused(study):
    quo = study.scenario("status-quo")
    planned = quo.model_copy(update={"promotion": quo.promotion.model_copy(update={"mode": "plan"})})
    with pytest.raises(InputError, match='mode "plan": expected a plan with it and only with it'):
        study.forecast(planned)


def test_a_study_needs_a_status_quo(study):
    with pytest.raises(EvidenceError, match="expected one with id 'status-quo', got rate-08"):
        Study(study.evidence, {"rate-08": study.scenario("rate-08")})


def test_a_data_folder_is_read_whole_and_checked(data_copy):
    study = Study.read(data_copy)
    assert len(study.scenarios) == 13
    assert len(study.measures) == 9
    path = data_copy / "scenarios" / "rate-08.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n[assumptions]\nresignaton = 0.1\n", encoding="utf-8")
    message = "scenario rate-08: assumption 'resignaton' is not known. Did you mean resignation"
    with pytest.raises(UnknownNameError, match=message):
        Study.read(data_copy)


def test_a_folder_without_scenarios_is_refused(data_copy):
    for path in (data_copy / "scenarios").glob("*.toml"):
        path.unlink()
    with pytest.raises(EvidenceError, match="scenarios: expected one with id 'status-quo'"):
        Study.read(data_copy)
