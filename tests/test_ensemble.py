import numpy as np
import pytest

from cadre_research.errors import ParameterError
from cadre_research.evidence.targets import is_young
from cadre_research.findings.study import Study
from cadre_research.model.ensemble import draw_assumptions, draw_ensemble, rebuilt_ensemble, uncertain


@pytest.fixture(scope="module")
def ensemble(study):
    return draw_ensemble(study.opening(), study.scenario("status-quo"), 6, 5, workers=2)


def test_draws_fill_every_range_evenly(study):
    entries = uncertain(study.opening())
    values = draw_assumptions(entries, 200, 1)
    for entry in entries:
        drawn = values[entry.id]
        assert drawn.between(entry.low, entry.high).all()
        if entry.whole:
            assert (drawn == drawn.round()).all()
            counts = drawn.value_counts()
            assert set(counts.index) <= set(range(int(entry.low), int(entry.high) + 1))
            if len(counts) == entry.high - entry.low + 1:
                assert counts.max() - counts.min() <= 2
        else:
            # A Latin hypercube has one draw in each of 200 slices.
            slices = np.floor((drawn - entry.low) / (entry.high - entry.low) * 200)
            assert slices.nunique() == 200


def test_every_accepted_draw_agrees_with_the_survey(ensemble, study):
    assert ensemble.draws["accepted"].sum() == len(ensemble.openings) > 0
    for draw, opening in ensemble.openings.items():
        for target in study.evidence.targets.targets:
            if target.survey:
                ranks = opening.population.ladder.ranks_in(target.levels)
                group = opening.population.by_rank_and_age()[list(ranks), :].sum(0)
                young = group[is_young(opening.population.ages_years, target.age_years, opening.age_line)].sum()
                assert young == pytest.approx(target.survey.young, abs=1e-5)
                assert group.sum() == pytest.approx(ensemble.draws.loc[draw, target.survey.headcount], rel=1e-8)


def test_values_reach_the_evidence(ensemble):
    for draw, opening in ensemble.openings.items():
        for name, value in ensemble.values.loc[draw].items():
            assert opening.evidence.assumptions[name].value == value


def test_workers_and_repetition_change_nothing(ensemble, study):
    again = draw_ensemble(study.opening(), study.scenario("status-quo"), 6, 5, workers=1)
    assert again.draws.equals(ensemble.draws)
    for draw, opening in ensemble.openings.items():
        assert np.array_equal(again.openings[draw].population.headcount, opening.population.headcount)


def test_processes_find_what_one_process_finds(ensemble, study, monkeypatch):
    monkeypatch.setattr("cadre_research.model.ensemble.LEAST_PER_PROCESS", 3)
    again = draw_ensemble(study.opening(), study.scenario("status-quo"), 6, 5, workers=2)
    assert again.draws.equals(ensemble.draws)
    for draw, opening in ensemble.openings.items():
        assert again.openings[draw].solution == opening.solution


def test_another_seed_draws_other_worlds(ensemble, study):
    other = draw_assumptions(uncertain(study.opening()), 6, 6)
    assert not np.isclose(other["promotion-age-spread"], ensemble.draws["promotion-age-spread"]).any()


def test_rebuilt_is_the_same(ensemble, study):
    solutions = {draw: opening.solution for draw, opening in ensemble.openings.items()}
    again = rebuilt_ensemble(study.opening(), study.scenario("status-quo"), ensemble.draws, solutions)
    for draw, opening in ensemble.openings.items():
        assert np.array_equal(again.openings[draw].population.headcount, opening.population.headcount)


def test_a_scenario_keeps_what_it_gives_itself(study):
    scenario = study.scenario("status-quo").model_copy(update={"assumptions": {"resignation": 0.003}})
    ensemble = draw_ensemble(study.opening(scenario), study.scenario("status-quo"), 2, 5, scenario)
    assert "resignation" not in ensemble.draws
    for opening in ensemble.openings.values():
        assert opening.evidence.assumptions["resignation"].value == 0.003


@pytest.mark.slow
def test_draws_that_cannot_agree_are_rejected_with_a_reason(study, monkeypatch):
    """Ages of promotion of the young beyond any survey: the ceiling of deputies below the age of eligibility."""
    entries = study.evidence.assumptions
    spoilt = {
        "county-level-headcount": entries["county-level-headcount"].model_copy(update={"low": 114.0}),
        "promotion-age-spread": entries["promotion-age-spread"].model_copy(update={"low": 1.0, "high": 40.0}),
    }
    evidence = study.evidence.__class__(
        study.evidence.ladder,
        study.evidence.targets,
        study.evidence.retirement,
        entries.__class__({**entries, **spoilt}),
    )
    hard = Study(evidence, study.scenarios)
    ensemble = draw_ensemble(hard.opening(), hard.scenario("status-quo"), 8, 1)
    rejected = ensemble.draws[~ensemble.draws["accepted"]]
    assert len(rejected) + len(ensemble.openings) == 8
    assert len(rejected) > 0
    assert set(rejected["reason"]) <= {"no-opening", "curve-out-of-place", "contradiction"}
    assert (ensemble.draws.loc[ensemble.draws["accepted"], "reason"] == "").all()


@pytest.mark.parametrize("count", [0, 1, 2.5, True, "4"])
def test_number_of_draws_is_checked(study, count):
    with pytest.raises(ParameterError, match="whole number from 2"):
        draw_assumptions(uncertain(study.opening()), count, 1)
