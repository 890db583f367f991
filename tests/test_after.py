import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import ParameterError
from cadre_research.findings.after import COURSES, after_the_horizon
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.turnover import turnover

SHARE_KEYS = ["target", "population", "year"]
RANK_KEYS = ["year", "rank"]


@pytest.fixture(scope="module")
def after(study):
    return after_the_horizon(study, "rate-12", switch_years=3, look_ahead_years=8)


def course(frame, name, keys):
    return frame[frame["course"] == name].drop(columns=["course", "scenario"]).set_index(keys).sort_index()


def test_three_courses_over_every_year(after):
    assert tuple(after.shares["course"].unique()) == COURSES
    assert after.shares.groupby("course")["year"].unique().map(list).tolist() == [list(range(2017, 2026))] * 3
    assert after.promotions.groupby("course")["year"].unique().map(list).tolist() == [list(range(2018, 2026))] * 3
    assert after.shares.columns.tolist()[:3] == ["course", "year", "target"]
    assert after.promotions.columns.tolist()[:3] == ["course", "year", "rank"]


@pytest.mark.parametrize(("name", "scenario"), [("status-quo", "status-quo"), ("kept", "rate-12")])
def test_a_course_never_left_is_the_forecast(study, after, name, scenario):
    forecast = study.forecast(scenario, 8)
    expected = target_shares(forecast).set_index(SHARE_KEYS).sort_index()
    found = course(after.shares, name, SHARE_KEYS)
    assert (found["share"] == expected["share"]).all()
    flows = turnover(forecast).pivot_table(index=RANK_KEYS, columns="flow", values="headcount").fillna(0.0)
    flows = flows.reindex(columns=["promotion-in", "release-out", "empty-posts"], fill_value=0.0)
    ours = course(after.promotions, name, RANK_KEYS)
    flows = flows.reindex(ours.index)
    for column, flow in (("promotions", "promotion-in"), ("releases", "release-out"), ("empty_posts", "empty-posts")):
        assert ours[column].to_numpy() == pytest.approx(flows[flow].to_numpy(), abs=2e-9)


def test_before_the_switch_the_scenario_and_not_after(after):
    kept, returned = (course(after.shares, name, SHARE_KEYS)["share"] for name in COURSES[:2])
    same = kept == returned
    assert same[same.index.get_level_values("year") <= 2020].all()
    assert not same[same.index.get_level_values("year") > 2020].any()


@pytest.mark.parametrize(("switch_years", "like"), [(0, "status-quo"), (4, "kept")])
def test_a_switch_at_the_start_or_at_the_end_is_no_switch(study, switch_years, like):
    after = after_the_horizon(study, "rate-08", switch_years, 4, "strict")
    for frame, keys in ((after.shares, SHARE_KEYS), (after.promotions, RANK_KEYS)):
        pd.testing.assert_frame_equal(course(frame, "returned", keys), course(frame, like, keys))


def test_the_status_quo_fills_what_falls_empty(after):
    """On vacancies alone, promotions are the vacancies and nobody is released."""
    frame = course(after.promotions, "status-quo", RANK_KEYS)
    assert frame["promotions"].to_numpy() == pytest.approx(frame["vacancies"].to_numpy(), rel=1e-9)
    assert not frame["releases"].any()
    assert not frame["young_share_of_eligible"].isna().any()


def test_a_rate_releases_what_vacancies_do_not_give(after):
    """Posts are full again at the close: promotions are vacancies and releases, less posts left empty."""
    frame = course(after.promotions, "kept", RANK_KEYS)
    balance = frame["vacancies"] + frame["releases"] - frame["promotions"] - frame["empty_posts"]
    assert balance.abs().max() < 1e-6
    assert (frame["releases"] > 0).any()


def test_after_a_programme_fewer_posts_fall_empty(after):
    """Those who were promoted young stay: the status quo that returns promotes fewer than it would have."""
    returned, status_quo = (course(after.promotions, name, RANK_KEYS)["vacancies"] for name in COURSES[1:])
    later = returned.index.get_level_values("year") > 2020
    assert returned[later].groupby("rank").sum().sum() < status_quo[later].groupby("rank").sum().sum()


def test_nobody_promoted_has_no_young_share(study):
    frame = course(after_the_horizon(study, "post-freeze", 2, 3).promotions, "returned", RANK_KEYS)
    frozen = frame.index.get_level_values("year") < 2020
    assert not frame[frozen]["promotions"].any()
    assert frame[frozen]["young_share_of_promotions"].isna().all()
    np.testing.assert_allclose(frame[frozen]["empty_posts"], frame[frozen]["vacancies"], atol=1e-9)
    assert not frame[~frozen]["young_share_of_promotions"].isna().any()
    assert np.isfinite(frame["young_share_of_eligible"]).all()


@pytest.mark.parametrize(
    ("years", "message"),
    [
        ((5, 0), "look_ahead_years: given 0, expected a whole number of years from 1 to 30"),
        ((5, 31), "look_ahead_years: given 31"),
        ((6, 5), "switch_years: given 6, expected a whole number of years from 0 to 5"),
        ((-1, 5), "switch_years: given -1"),
        ((2.0, 5), "switch_years: given 2.0"),
    ],
)
def test_years_out_of_range_are_refused(study, years, message):
    with pytest.raises(ParameterError, match=message):
        after_the_horizon(study, "rate-08", *years)
