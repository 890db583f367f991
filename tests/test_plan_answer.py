"""The answer to the plan's own package: what it reaches, how surely, and what is missing."""

import pandas as pd
import pytest

from cadre_research.reporting.plan_answer import FULL_PLAN, plan_answer


@pytest.fixture
def targets(make_target):
    return tuple(make_target(id=name) for name in ("county", "section"))


def rows(**probability):
    """County: 15 % in 2022 and 17 % in 2027; section: 20 % in both."""
    shares = {("county", 5): 0.15, ("county", 10): 0.17, ("section", 5): 0.2, ("section", 10): 0.2}
    frame = pd.DataFrame(
        [
            {"scenario": FULL_PLAN, "population": "level", "target": target, "horizon_years": horizon, "share": share}
            for (target, horizon), share in reversed(shares.items())
        ]
    )
    frame["margin"] = frame["share"] - 1 / 6
    frame["reached"] = frame["margin"] >= 0
    return frame.assign(**probability)


NAMES = {"county": "County level", "section": "Section chiefs"}


def test_each_year_says_what_is_reached_how_surely_and_what_is_missing(targets):
    """15 % is 1.7 percentage points short of one sixth."""
    found = plan_answer(rows(probability=0.34), targets, NAMES, 2017, "en")
    assert found["years"] == [
        (
            2022,
            ["Section chiefs 20.0\N{NO-BREAK SPACE}%, reached with probability 34\N{NO-BREAK SPACE}%"],
            ["County level 15.0\N{NO-BREAK SPACE}%, 1.7 points short, reached with probability 34\N{NO-BREAK SPACE}%"],
        ),
        (
            2027,
            [
                "County level 17.0\N{NO-BREAK SPACE}%, reached with probability 34\N{NO-BREAK SPACE}%",
                "Section chiefs 20.0\N{NO-BREAK SPACE}%, reached with probability 34\N{NO-BREAK SPACE}%",
            ],
            [],
        ),
    ]
    assert "1 of 2 targets reached by 2022; 2 of 2 targets reached by 2027" in found["answer"]


def test_without_worlds_no_probability_is_told(targets):
    assert plan_answer(rows(), targets, NAMES, 2017, "zh")["years"][0][2] == ["County level为15.0%，差1.7个百分点"]


def test_a_hidden_share_is_not_shown(targets):
    frame = rows()
    frame.loc[:, "share"] = float("nan")
    assert plan_answer(frame, targets, NAMES, 2017, "en")["years"][0][1] == ["Section chiefs —"]


def test_a_report_without_the_plan_says_nothing_of_it(targets):
    assert plan_answer(rows().assign(scenario="other"), targets, NAMES, 2017, "en") is None
