"""Verdicts on small frames made by hand."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import ParameterError
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.verdict import differing_verdicts, verdicts

COLUMNS = [
    "target",
    "scenario",
    "horizon_years",
    "age_line",
    "population",
    "share",
    "threshold",
    "margin",
    "reached",
    "reached_by_deadline",
    "first_year_reached",
    "held",
    "provenance",
    "opening_share",
    "horizon_year",
    "deadline_year",
]


@pytest.fixture
def judge(make_target):
    """Judge a path of young among `headcount` from 2017 on, for a target of one sixth by 2022."""

    def run(young, horizon=None, headcount=600.0, **target):
        young = np.array(young, float)
        frame = pd.DataFrame(
            {
                "target": "officers",
                "scenario": "toy",
                "age_line": "inclusive",
                "population": "level",
                "year": 2017 + np.arange(len(young)),
                "young": young,
                "headcount": headcount,
            }
        )
        frame["share"] = frame["young"] / frame["headcount"].where(frame["headcount"] > 0)
        frame = frame.sample(frac=1, random_state=1)  # the order of rows does not matter
        horizon = len(young) - 1 if horizon is None else horizon
        return verdicts(frame, (make_target(**target),), horizon).iloc[0]

    return run


def test_the_columns_are_those_that_are_documented(study):
    forecast = study.forecast("status-quo", 5)
    frame = verdicts(target_shares(forecast), forecast.targets, 5)
    assert list(frame.columns) == COLUMNS
    assert len(frame) == 6 * 2
    assert (frame["horizon_years"] == 5).all()
    assert set(frame["provenance"]) == {"seed", "assumed"}


def test_a_target_reached_and_held(judge):
    """100 of 600 are one sixth: from 2019 on."""
    row = judge([80, 99, 100, 110, 120, 130])
    assert (row["reached"], row["held"], row["first_year_reached"]) == (True, True, 2019)
    assert row["reached_by_deadline"]
    assert row["share"] == pytest.approx(130 / 600)
    assert row["margin"] == pytest.approx(30 / 600)
    assert row["opening_share"] == pytest.approx(80 / 600)
    assert (row["threshold"], row["deadline_year"], row["provenance"]) == (pytest.approx(1 / 6), 2022, "assumed")


def test_a_target_reached_and_lost_again(judge):
    row = judge([80, 105, 99, 80, 80, 80])
    assert (row["reached"], row["held"], row["first_year_reached"]) == (False, False, 2018)
    assert row["reached_by_deadline"]
    assert row["margin"] == pytest.approx(-20 / 600)


def test_a_target_lost_and_reached_anew_was_not_held(judge):
    row = judge([80, 105, 99, 101, 101, 101])
    assert (row["reached"], row["held"], row["first_year_reached"]) == (True, False, 2018)


def test_a_target_never_reached_has_no_year_and_was_neither_held_nor_lost(judge):
    row = judge([80, 90, 95, 99, 99, 99.9])
    assert not row["reached"]
    assert not row["reached_by_deadline"]
    assert row["first_year_reached"] is pd.NA
    assert row["held"] is pd.NA


def test_a_target_met_from_the_start_counts_from_the_opening_year(judge):
    assert judge([100, 100, 100])["first_year_reached"] == 2017


def test_a_horizon_that_ends_before_the_deadline_leaves_the_deadline_open(judge):
    """By 2020 a target for 2022 is not yet missed; once reached it is reached."""
    assert judge([80, 90, 99, 99])["reached_by_deadline"] is pd.NA
    assert judge([80, 90, 100, 99])["reached_by_deadline"] == True  # noqa: E712


def test_a_target_reached_only_after_the_deadline_missed_it(judge):
    row = judge([80] * 6 + [90, 99, 100, 100, 100])
    assert (row["reached"], row["first_year_reached"], bool(row["reached_by_deadline"])) == (True, 2025, False)


def test_the_deadline_is_the_targets_own(judge):
    row = judge([80] * 6 + [90, 99, 100, 100, 100], deadline=datetime.date(2025, 6, 30))
    assert (row["deadline_year"], bool(row["reached_by_deadline"])) == (2025, True)


def test_the_verdict_of_a_shorter_horizon_reads_only_its_years(judge):
    row = judge([80, 90, 95, 100, 110, 120], horizon=2)
    assert row["share"] == pytest.approx(95 / 600)
    assert row["first_year_reached"] is pd.NA


def test_a_horizon_longer_than_the_frame_is_refused(judge):
    message = re.escape("horizon_years: given 10, expected at most 5, the years that the shares cover.")
    with pytest.raises(ParameterError, match=message):
        judge([80, 90, 95, 100, 110, 120], horizon=10)


def test_two_forecasts_under_one_scenario_id_are_refused_and_not_mixed(study):
    """Two changes of one scenario have the same id."""
    frames = [target_shares(study.forecast(study.scenario("rate-08").overridden(rate), 5)) for rate in (0.05, 0.1)]
    with pytest.raises(ParameterError, match="shares: expected each year once, got two forecasts under one scenario"):
        verdicts(pd.concat(frames), study.evidence.targets.targets, 5)


def test_an_empty_group_reaches_nothing(judge):
    row = judge([0, 0, 0], headcount=0.0)
    assert not row["reached"]
    assert np.isnan(row["share"])
    assert np.isnan(row["margin"])
    assert row["first_year_reached"] is pd.NA


def test_exactly_one_sixth_is_reached_and_a_hair_less_is_not(judge):
    assert judge([0, 100])["reached"]
    assert not judge([0, 99.9999])["reached"]


def test_several_scenarios_are_judged_each_on_its_own(study):
    frames = [study.forecast(name, 5) for name in ("status-quo", "rate-12")]
    together = verdicts(pd.concat([target_shares(f) for f in frames]), frames[0].targets, 5)
    alone = pd.concat([verdicts(target_shares(f), f.targets, 5) for f in frames])
    key = ["target", "scenario", "population"]
    pd.testing.assert_frame_equal(
        together.sort_values(key, ignore_index=True), alone.sort_values(key, ignore_index=True)
    )


def test_verdicts_agree_with_the_shares_they_judge(study, age_line):
    for forecast in study.forecasts(10, age_line):
        shares = target_shares(forecast)
        for row in verdicts(shares, forecast.targets, 10).to_dict("records"):
            path = shares[(shares["target"] == row["target"]) & (shares["population"] == row["population"])]
            path = path.set_index("year")["share"]
            assert row["share"] == path[2027]
            assert row["reached"] == (path[2027] >= 1 / 6)
            reached = path.index[path >= 1 / 6]
            first = None if row["first_year_reached"] is pd.NA else row["first_year_reached"]
            assert first == (reached[0] if len(reached) else None)


def readings(*reached):
    """One target and scenario: (age line, population, reached)."""
    return pd.DataFrame(
        [
            {
                "target": "t",
                "scenario": "s",
                "horizon_years": 5,
                "age_line": age_line,
                "population": population,
                "reached": hit,
            }
            for age_line, population, hit in reached
        ]
    )


def test_a_verdict_that_depends_on_the_reading_is_listed():
    frame = readings(
        ("inclusive", "level", True),
        ("inclusive", "posts", True),
        ("strict", "level", False),
        ("strict", "posts", True),
    )
    found = differing_verdicts(frame)
    assert found.to_dict("records") == [
        {
            "target": "t",
            "scenario": "s",
            "horizon_years": 5,
            "inclusive, level": True,
            "inclusive, posts": True,
            "strict, level": False,
            "strict, posts": True,
        }
    ]


@pytest.mark.parametrize("hit", [True, False])
def test_a_verdict_that_is_the_same_under_every_reading_is_not(hit):
    frame = readings(*[(a, p, hit) for a in ("inclusive", "strict") for p in ("level", "posts")])
    assert differing_verdicts(frame).empty


def test_a_reading_that_was_not_taken_does_not_differ():
    """One scenario was read both ways, the other only inclusively and not reached."""
    both = readings(("inclusive", "level", False), ("strict", "level", False))
    one = readings(("inclusive", "level", False)).assign(scenario="u")
    assert differing_verdicts(pd.concat([both, one])).empty


def test_horizons_are_compared_apart():
    five = readings(("inclusive", "level", False), ("strict", "level", False))
    ten = readings(("inclusive", "level", True), ("strict", "level", False)).assign(horizon_years=10)
    assert differing_verdicts(pd.concat([five, ten]))["horizon_years"].tolist() == [10]
