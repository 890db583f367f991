import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import ParameterError, UnknownNameError
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.frontier import contour, frontier
from cadre_research.findings.required import required

RATES = [0.0, 0.06, 0.1, 0.12, 0.2]
SHARES = [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.fixture(scope="module")
def pairs(study):
    return frontier(study, "promotion-rate", "young-share", values_x=RATES, values_y=SHARES)


def test_every_pair_stands_once_for_every_target(study, pairs):
    assert pairs.columns.tolist() == [
        "target",
        "horizon_years",
        "lever_x",
        "value_x",
        "lever_y",
        "value_y",
        "share",
        "reached",
        "scenario",
        "age_line",
        "population",
    ]
    assert len(pairs) == len(pairs[["target", "value_x", "value_y"]].drop_duplicates()) == 6 * 25
    assert pairs["value_y"].head(5).tolist() == SHARES
    assert set(pairs["target"]) == set(study.evidence.targets.ids)


@pytest.mark.parametrize(("rate", "young_share"), [(0.06, 0.5), (0.2, 1.0), (0.12, 0.0)])
def test_a_pair_is_the_forecast_made_alone(study, pairs, rate, young_share):
    forecast = study.forecast(study.scenario("status-quo").overridden(rate, young_share), 10)
    alone = target_shares(forecast).query("population == 'level' and year == 2027").set_index("target")
    found = pairs[(pairs["value_x"] == rate) & (pairs["value_y"] == young_share)].set_index("target")
    assert np.abs(found["share"] - alone["share"]).max() < 1e-12
    assert (found["reached"] == (alone["share"] >= 1 / 6)).all()


def test_a_row_of_the_frontier_agrees_with_what_is_required(study):
    """With nothing released, the young share alone decides."""
    shares = np.linspace(0, 1, 21)
    frame = contour(frontier(study, "release-rate", "young-share", values_x=[0.0, 0.1], values_y=shares))
    on_grid = frame[frame["value_x"] == 0].set_index("target")["value_y"]
    exact = required(study, levers=["young-share"], horizons_years=[10]).set_index("target")["value"]
    assert on_grid.isna().tolist() == exact.isna().tolist()
    assert on_grid.notna().sum() == 5
    reached = exact.dropna()
    assert ((on_grid[reached.index] - reached).between(0, 0.05)).all()


def test_the_contour_is_the_smallest_that_reaches(pairs):
    found = contour(pairs)
    assert found.columns.tolist()[:6] == ["target", "horizon_years", "lever_x", "value_x", "lever_y", "value_y"]
    for row in found.to_dict("records"):
        here = pairs[(pairs["target"] == row["target"]) & (pairs["value_x"] == row["value_x"]) & pairs["reached"]]
        assert row["value_y"] == pytest.approx(here["value_y"].min(), nan_ok=True)
    assert 0 < found["value_y"].isna().sum() < len(found)


def test_the_axes_can_be_exchanged_and_workers_do_not_matter(study, pairs):
    other = frontier(study, "young-share", "promotion-rate", values_x=SHARES, values_y=RATES, workers=1)
    other = other.rename(columns={"value_x": "value_y", "value_y": "value_x"})
    both = pairs.merge(other, on=["target", "value_x", "value_y"], suffixes=("", "_other"))
    assert len(both) == len(pairs)
    assert np.abs(both["share"] - both["share_other"]).max() < 1e-12
    again = frontier(study, "promotion-rate", "young-share", values_x=RATES, values_y=SHARES, workers=2)
    pd.testing.assert_frame_equal(pairs, again)


@pytest.mark.parametrize(
    ("levers", "error", "message"),
    [
        (("young-share", "young-share"), ParameterError, "expected another lever"),
        (("young-share", "young"), UnknownNameError, "lever 'young' is not known"),
        (("promotion-rate", "release-rate"), ParameterError, "every rank has a promotion rate"),
    ],
)
def test_a_pair_that_makes_no_sense_is_refused(study, levers, error, message):
    with pytest.raises(error, match=message):
        frontier(study, *levers, values_x=[0.1], values_y=[0.1])


@pytest.mark.soak
def test_the_whole_grid_is_one_run(study):
    frame = frontier(study, "release-rate", "young-share", "one-third-rule", age_line="strict", population="posts")
    assert len(frame) == 6 * 41 * 41
    assert frame["share"].between(0, 1).all()
