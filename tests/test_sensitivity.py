from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import ParameterError
from cadre_research.evidence.assumptions import Assumptions
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.response import Response
from cadre_research.findings.sensitivity import CASE, sensitivity, tornado
from cadre_research.findings.study import Study
from cadre_research.findings.turning_points import searched_range, turning_points

NAMES = ("entry-wave-peak", "promotion-age-spread", "young-promotion-age-section-chief")


@pytest.fixture(scope="module")
def response(study):
    """Three uncertain assumptions, the others known."""
    entries = {
        name: entry if name in NAMES else entry.model_copy(update={"low": entry.value, "high": entry.value})
        for name, entry in study.evidence.assumptions.items()
    }
    few = Study(replace(study.evidence, assumptions=Assumptions(entries)), study.scenarios)
    return Response(few, ["status-quo", "two-thirds-young-rate-12"], horizons_years=(10,))


@pytest.fixture(scope="module")
def bars(response):
    return tornado(response)


@pytest.fixture(scope="module")
def turns(response, bars):
    return turning_points(response)


def test_the_centre_of_a_tornado_is_the_forecast(response, bars):
    for scenario in response.scenarios:
        shares = target_shares(response.study.forecast(scenario, 10)).query("population == 'level' and year == 2027")
        found = bars.query("scenario == @scenario.id and horizon_years == 10").groupby("target")["share_at_central"]
        assert found.nunique().eq(1).all()
        pd.testing.assert_series_equal(
            found.first(), shares.set_index("target")["share"].sort_index(), check_names=False, rtol=1e-12
        )


def test_an_assumption_that_acts_on_nothing_has_no_swing(bars):
    swings = bars.query("scenario == 'status-quo'").groupby("assumption")["swing"].max()
    assert swings["entry-wave-peak"] == 0
    assert swings["young-promotion-age-section-chief"] == 0
    assert swings["promotion-age-spread"] > 0.001


def test_the_widest_swing_comes_first(bars):
    for _, case in bars.groupby(CASE):
        assert case["swing"].is_monotonic_decreasing


def test_a_turning_point_turns_and_its_neighbour_does_not(response, turns):
    found = turns[turns["turns"]]
    assert len(found) > 0
    places = {tuple(labels[key] for key in CASE): case for case, labels in response.cases()}
    for row in found.to_dict("records"):
        case = places[tuple(row[key] for key in CASE)]
        turned, before = (
            response.reached(response.at({row["assumption"]: row[key]}), case)
            for key in ("turning_value", "unturned_value")
        )
        assert (turned, before) == (not row["reached_at_central"], row["reached_at_central"])
        entry = response.assumptions[row["assumption"]]
        step = 1 if entry.whole else 0.01 * (entry.high - entry.low)
        assert abs(row["turning_value"] - row["unturned_value"]) <= step * 1.001


def test_a_search_keeps_to_what_is_possible(study):
    ages = study.evidence.ladder.ages
    for entry in study.evidence.assumptions.values():
        low, high = searched_range(entry, ages)
        assert 0 <= low <= entry.low <= entry.high <= high
    assert searched_range(study.evidence.assumptions["women-share-of-entry"], ages)[0] == pytest.approx(0.015)


def test_values_without_an_opening_are_missing_with_the_reason(response):
    outcome = response.at({"promotion-age-section-deputy": 90.0, "promotion-age-spread": 0.5})
    assert all(outcome.reasons)
    assert np.isnan(outcome.share).all()


def test_two_workers_find_what_one_finds(response, bars):
    other = Response(response.study, response.scenarios, response.horizons_years)
    pd.testing.assert_frame_equal(tornado(other, workers=2), bars)


def test_all_measures_stand_side_by_side(bars, turns):
    measure = bars[["target", "scenario", "horizon_years", "assumption"]].assign(sobol_first=0.5)
    table = sensitivity(bars, turns, sobol=measure)
    assert len(table) == len(bars)
    assert (table.groupby(CASE)["rank_order"].min() == 1).all()
    assert table["sobol_first"].eq(0.5).all()
    with pytest.raises(ParameterError, match="more than one scenario"):
        sensitivity(bars, turns, sobol=measure.drop(columns="scenario").drop_duplicates())
