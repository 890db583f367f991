"""Units' probabilities are calibrated, and what they lose where units differ in what the model does not know."""

from dataclasses import replace

import numpy as np
import pytest

from cadre_research.errors import ParameterError
from cadre_research.findings.unit_calibration import calibration, cities_of_differing_units, scores
from cadre_research.findings.unit_outlook import UnitOutlook, in_units, unit_outlook
from cadre_research.model.eligibility import weights_by_way
from cadre_research.model.ensemble import draw_ensemble
from cadre_research.model.units import divided

HORIZON = 3
SIZES = np.array([0.03, 0.07, 0.2, 0.7])


@pytest.fixture(scope="module")
def scenario(study):
    return study.scenario("two-thirds-young-rate-12")


@pytest.fixture(scope="module")
def worlds(study):
    """Worlds that differ in where their promotion-age curves lie, by a standard deviation of a year and a half."""
    opening = study.opening()
    ranks = len(opening.evidence.ladder.ranks)

    def make(count, seed):
        shifts = np.random.default_rng(seed).normal(0, 1.5, count)
        found = {}
        for draw, shift in enumerate(shifts):
            centres = {way: None if age is None else age + shift for way, age in opening.typical_ages_years.items()}
            weights = weights_by_way(opening.evidence, centres)
            world = replace(opening, weights=weights, typical_ages_years=centres)
            found[draw] = divided(world, tuple("abcd"), SIZES[:, None] * np.ones(ranks))
        return found

    return make


@pytest.fixture(scope="module")
def predicting(worlds, scenario):
    return unit_outlook(worlds(24, 1), scenario, HORIZON, 3, 1)


@pytest.fixture(scope="module")
def true_worlds(worlds):
    return worlds(50, 2)


@pytest.fixture(scope="module")
def cities(true_worlds, scenario):
    """200 cities: 50 worlds, four runs each."""
    return unit_outlook(true_worlds, scenario, HORIZON, 4, 2)


def test_of_two_hundred_cities_as_many_meet_as_predicted(predicting, cities):
    frame = calibration(predicting, cities, HORIZON)
    assert frame["within"].all(), frame.to_string()
    assert len(frame) >= 6
    assert frame["cases"].sum() == 200 * 4 * 12
    # A band that all things lie within would tell nothing.
    assert np.average(frame["band"], weights=frame["cases"]) < 0.16


def test_predictions_that_are_wrong_fall_out_of_the_band(predicting, cities):
    """The same predictions, one year's ageing behind: of the year before."""
    behind = UnitOutlook(
        predicting.scenario,
        predicting.age_line,
        predicting.targets,
        predicting.units,
        predicting.years,
        *(
            {key: np.concatenate([each[..., :1], each[..., :-1]], axis=-1) for key, each in part.items()}
            for part in (predicting.young, predicting.headcount)
        ),
    )
    assert not calibration(behind, cities, HORIZON)["within"].all()


@pytest.mark.slow
def test_units_that_differ_cost_something(predicting, cities, true_worlds, scenario):
    """Curves three years earlier to three years later, exits a third to three times: worse than units that are alike.

    Alike, units run each by itself score as those run together do.
    """
    later, factors = np.linspace(-3, 3, 4), np.geomspace(1 / 3, 3, 4)
    alike = cities_of_differing_units(true_worlds, scenario, HORIZON, 2, 3, np.zeros(4), np.ones(4))
    unlike = cities_of_differing_units(true_worlds, scenario, HORIZON, 2, 3, later, factors)
    frame = scores(predicting, {"model": cities, "alike": alike, "unlike": unlike}, HORIZON).set_index("cities")
    difference = abs(frame.loc["model", "brier"] - frame.loc["alike", "brier"])
    assert difference < 3 * np.hypot(frame.loc["model", "brier_se"], frame.loc["alike", "brier_se"])
    assert frame.loc["unlike", "loss"] > 2 * frame.loc["model", "loss"]
    assert frame.loc["unlike", "calibration_error"] > frame.loc["model", "calibration_error"]
    for key in alike.young:
        np.testing.assert_array_equal(alike.young[key][..., 0], unlike.young[key][..., 0])


def test_calibration_by_hand(study):
    """Two predicting worlds say 1/2 for each of two units; in the true worlds one of the four cases meets."""
    target = study.evidence.targets.targets[0]
    key = (target.id, "level")

    def outlook(young):
        young = np.array(young)[..., None]
        return UnitOutlook(
            "x", "inclusive", (target,), ("a", "b"), np.array([2017]), {key: young}, {key: np.full(young.shape, 6)}
        )

    row = calibration(outlook([[[1, 0]], [[0, 1]]]), outlook([[[1, 0]], [[0, 0]]]), 0).iloc[0]
    assert (row["decile"], row["cases"], row["predicted"], row["observed"]) == (6, 4, 0.5, 0.25)
    # Standard error over true worlds: half the difference of 1/2 and 0; none over the others: both say 1/2.
    # Student's t of one degree of freedom at 1 - 0.05 / 20: 1 / tan(pi 0.0025).
    assert row["band"] == pytest.approx(max(0.25 / np.tan(np.pi * 0.0025), 1.5))
    score = scores(outlook([[[1, 0]], [[0, 1]]]), {"made up": outlook([[[1, 0]], [[0, 0]]])}, 0).iloc[0]
    assert score["brier"] == 0.25
    # Knowing that a meets half the time and b never: 1/4 of the cases of a, nothing of b.
    assert score["brier_of_knowing"] == 0.125
    assert score["calibration_error"] == 0.25


def test_one_world_tells_no_band(predicting, cities):
    one = replace(
        cities,
        young={k: v[:1] for k, v in cities.young.items()},
        headcount={k: v[:1] for k, v in cities.headcount.items()},
    )
    with pytest.raises(ParameterError, match="expected 2 of each"):
        calibration(predicting, one, HORIZON)


def test_cities_whose_units_share_something_are_refused(true_worlds, study):
    with pytest.raises(ParameterError, match="without exchange, lists"):
        cities_of_differing_units(true_worlds, study.scenario("full-plan-2018"), 1, 1, 1, np.zeros(4), np.ones(4))


@pytest.mark.soak
def test_of_a_thousand_cities_as_many_meet_as_predicted(study):
    """The shipped units, worlds that agree with the survey: 1,000 cities and more, five years."""
    status_quo, scenario = study.scenario("status-quo"), study.scenario("two-thirds-young")
    said, true = (
        in_units(draw_ensemble(study.opening(), status_quo, *drawn).openings) for drawn in ((120, 1), (260, 2))
    )
    predicting, cities = unit_outlook(said, scenario, 5, 5, 1), unit_outlook(true, scenario, 5, 4, 2)
    assert len(true) * 4 >= 1000
    frame = calibration(predicting, cities, 5)
    unlike = cities_of_differing_units(true, scenario, 5, 1, 3, np.linspace(-3, 3, 12), np.geomspace(1 / 3, 3, 12))
    print(frame.to_string())
    print(scores(predicting, {"as the model has them": cities, "units that differ": unlike}, 5).to_string())
    assert frame["within"].all(), frame.to_string()
