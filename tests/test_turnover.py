"""How many take each way."""

import numpy as np
import pytest

from cadre_research.findings.study import Forecast
from cadre_research.findings.turnover import turnover
from cadre_research.model.opening import Opening
from cadre_research.model.projection import project


@pytest.fixture
def table(make_ladder, make_evidence, make_scenario, make_rules, people):
    def run(*rows, horizon=1, posts=100, ladder=None, **scenario):
        ladder = ladder or make_ladder()
        evidence = make_evidence(ladder)
        rules = make_rules(evidence, {"officer": posts}, **scenario)
        population = people(ladder, *rows)
        opening = Opening(evidence, "strict", population, rules.posts, {}, {}, rules, 0.0)
        return turnover(Forecast(make_scenario(), horizon, opening, project(population, 2017, horizon, rules)))

    return run


def test_a_move_stands_twice_and_other_flows_once(table, make_ladder):
    """100 posts full of 50, rate 0.2: 20 released, 20 promoted; a tenth of 500 clerks has left before."""
    exits = ({"id": "left", "name_en": "-", "name_zh": "-", "probability_per_year": 0.1, "ranks": ("clerk",)},)
    frame = table(
        ("officer", 50, 0, 100),
        ("clerk", 30, 0, 500),
        ladder=make_ladder(exits=exits),
        promotion={"mode": "rate", "rate_per_year": 0.2},
    )
    assert list(frame.columns) == ["scenario", "age_line", "year", "rank", "flow", "headcount"]
    assert set(frame["scenario"]) == {"toy"}
    assert set(frame["age_line"]) == {"strict"}
    found = {(r["rank"], r["flow"]): r["headcount"] for r in frame.to_dict("records")}
    expected = {
        ("clerk", "left"): 50,
        ("clerk", "promotion-out"): 20,
        ("officer", "promotion-in"): 20,
        ("officer", "release-out"): 20,
        ("officer-no-post", "release-in"): 20,
    }
    assert found == pytest.approx(expected, rel=1e-12)


def test_empty_posts_are_counted_by_rank(table):
    frame = table(("officer", 50, 0, 60), ("clerk", 30, 0, 10))
    empty = frame[frame["flow"] == "empty-posts"]
    assert empty[["rank", "headcount"]].to_dict("records") == [{"rank": "officer", "headcount": pytest.approx(30)}]


def test_ways_between_the_same_two_ranks_are_added_up(table, make_ladder):
    """Two ways up into officer: from clerk and from officers without a post."""
    ways = ({"from": "clerk", "to": "officer"}, {"from": "officer-no-post", "to": "officer"})
    frame = table(("clerk", 30, 0, 30), ("officer-no-post", 40, 0, 10), posts=20, ladder=make_ladder(promotions=ways))
    found = {(r["rank"], r["flow"]): r["headcount"] for r in frame.to_dict("records")}
    expected = {
        ("officer", "promotion-in"): 20,
        ("clerk", "promotion-out"): 15,
        ("officer-no-post", "promotion-out"): 5,
    }
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_status_quo_leaves_no_post_empty_and_releases_nobody(study, age_line):
    flows = set(turnover(study.forecast("status-quo", 10, age_line))["flow"])
    assert "empty-posts" not in flows
    assert "release-out" not in flows
    assert {"retired", "resigned", "died", "removed", "recruitment", "demotion-in", "step-aside-out"} <= flows


def test_a_rate_shows_its_price_in_releases(study):
    """The higher the rate, the more are released."""
    released = []
    for name in ("rate-06", "rate-08", "rate-10", "rate-12"):
        frame = turnover(study.forecast(name, 5))
        released.append(frame.loc[frame["flow"] == "release-out", "headcount"].sum())
    assert (np.diff(released) > 0).all()
    assert released[-1] > 1000
