"""Why a share changed, on cases small enough to follow."""

import numpy as np
import pytest

from cadre_research.findings.explain import COMPONENTS, share_change
from cadre_research.findings.study import Forecast
from cadre_research.model.opening import Opening
from cadre_research.model.projection import project


@pytest.fixture
def explain(make_ladder, make_evidence, make_scenario, make_rules, make_target, people):
    """Split the change of the officers' share (young to 35) over `horizon` years from those in `rows`."""

    def run(*rows, horizon=1, posts=None, ladder=None, **scenario):
        ladder = ladder or make_ladder()
        evidence = make_evidence(ladder, make_target())
        rules = make_rules(evidence, posts or {"officer": 100}, **scenario)
        population = people(ladder, *rows)
        opening = Opening(evidence, "inclusive", population, rules.posts, {}, {}, rules, 0.0)
        forecast = Forecast(make_scenario(), horizon, opening, project(population, 2017, horizon, rules))
        frame = share_change(forecast)
        assert list(frame.columns) == [
            "target",
            "scenario",
            "horizon_years",
            "age_line",
            "population",
            "component",
            "young",
            "contribution",
        ]
        return {
            name: rows.set_index("component")[["young", "contribution"]]
            for name, rows in frame.groupby("population", sort=False)
        }

    return run


def test_growing_older_and_promotion_in_are_told_apart(explain):
    """100 posts: 10@35, 20@34, 60@50. 10 vacancies, filled by 10 young clerks of 30; nobody leaves.

    Young 30 of 90, then 20 + 10 = 30 of 100. Per young person 1/2 (1/90 + 1/100) = 19/1800, per head
    -(30 + 30) / (2 x 90 x 100) = -1/300.
    grew out -10 x 19/1800, promoted in +10 x 19/1800, denominator 10 x -1/300; sum -1/30 = 0.3 - 1/3.
    """
    split = explain(("officer", 35, 0, 10), ("officer", 34, 0, 20), ("officer", 50, 0, 60), ("clerk", 30, 0, 500))
    level = split["level"]
    assert list(level.index) == list(COMPONENTS)
    expected = dict.fromkeys(COMPONENTS, (0.0, 0.0))
    expected |= {
        "stayed_young": (20, 0),
        "grew_out": (-10, -190 / 1800),
        "promoted_in": (10, 190 / 1800),
        "denominator": (0, -1 / 30),
    }
    for component, values in expected.items():
        np.testing.assert_allclose(level.loc[component], values, rtol=1e-12, atol=1e-12, err_msg=component)


EXITS = ({"id": "left", "name_en": "-", "name_zh": "-", "probability_per_year": 0.1, "ranks": ("officer",)},)


def test_leavers_young_and_old_are_told_apart(explain, make_ladder):
    """30@30 and 70@50, a tenth leave: young 30 of 100, then 27 of 90: 3 young and 7 old leavers, no change at all.

    Per young 1/2 (1/100 + 1/90) = 19/1800, per head -57 / (2 x 9000) = -57/18000. Left young -3 x 19/1800; left old
    +7 x 57/18000; the other 3 of the smaller headcount +3 x 57/18000: -570 + 399 + 171 = 0.
    """
    ladder = make_ladder(exits=EXITS)
    split = explain(("officer", 30, 0, 30), ("officer", 50, 0, 70), ladder=ladder)["posts"]
    np.testing.assert_allclose(split.loc["left_young"], [-3, -570 / 18000], rtol=1e-12)
    np.testing.assert_allclose(split.loc["left_old"], [0, 399 / 18000], rtol=1e-12)
    np.testing.assert_allclose(split.loc["denominator"], [0, 171 / 18000], rtol=1e-12)
    assert split.loc["stayed_young", "young"] == pytest.approx(27)
    assert split["contribution"].sum() == pytest.approx(0, abs=1e-15)


def test_whoever_leaves_in_the_year_of_the_age_line_left_and_did_not_grow_out(explain, make_ladder):
    """100@35, a tenth leave: 10 left young, 90 grew out, nobody is counted twice."""
    split = explain(("officer", 35, 0, 100), ("officer", 50, 0, 1), ladder=make_ladder(exits=EXITS))["level"]
    assert split.loc["left_young", "young"] == pytest.approx(-10)
    assert split.loc["grew_out", "young"] == pytest.approx(-90)
    assert split.loc["stayed_young", "young"] == pytest.approx(0, abs=1e-12)


def test_those_promoted_out_of_a_group_are_told_apart(explain, make_ladder):
    """Chiefs above officers, 20 posts empty: of 40@30 and 40@50 officers 10 each rise; 10 young are promoted out."""
    chief = {"id": "chief", "name_en": "-", "name_zh": "-", "level": "chief"}
    ladder = make_ladder(
        ranks=(*make_ladder().model_dump()["ranks"], chief), promotions=({"from": "officer", "to": "chief"},)
    )
    split = explain(("officer", 30, 0, 40), ("officer", 50, 0, 40), ladder=ladder, posts={"chief": 20})["posts"]
    assert split.loc["promoted_out", "young"] == pytest.approx(-10)
    assert split.loc["stayed_young", "young"] == pytest.approx(30)
    assert split.loc["grew_out", "young"] == 0


def test_released_holders_leave_the_posts_and_not_the_level(explain):
    """100 posts full, 20@35 and 80@50; rate 0.2: 20@50 released, 20 of 500 clerks of 30 promoted.

    The released are old: no young moves down; the level grows to 120.
    """
    split = explain(
        ("officer", 35, 0, 20),
        ("officer", 50, 0, 80),
        ("clerk", 30, 0, 500),
        promotion={"mode": "rate", "rate_per_year": 0.2},
    )
    for population, denominator in (("level", 20 * -(20 + 20) / (2 * 100 * 120)), ("posts", 0)):
        frame = split[population]
        assert frame.loc["promoted_in", "young"] == pytest.approx(20)
        assert frame.loc["grew_out", "young"] == pytest.approx(-20)
        assert frame.loc["moved_down", "young"] == 0
        assert frame.loc["denominator", "contribution"] == pytest.approx(denominator, abs=1e-15)


def test_those_who_move_down_out_and_in_do_not_hide_who_stayed(explain, make_ladder):
    """Chiefs above officers: 10 of 100 young officers move down to clerk, 30 of 300 young chiefs down to officer.

    90 officers were there and young at both ends; the net move of +20 must not be read as nobody having left.
    """
    ranks = (*make_ladder().model_dump()["ranks"], {"id": "chief", "name_en": "-", "name_zh": "-", "level": "chief"})
    down = {"kind": "demotion", "probability_per_year": 0.1}
    moves = ({"from": "officer", "to": "clerk", **down}, {"from": "chief", "to": "officer", **down})
    ladder = make_ladder(ranks=ranks, moves=moves, promotions=())
    rows = (("officer", 30, 0, 100), ("officer", 50, 0, 100), ("chief", 30, 0, 300))
    split = explain(*rows, ladder=ladder)
    assert split["level"].loc["moved_down", "young"] == pytest.approx(20)
    assert split["level"].loc["stayed_young", "young"] == pytest.approx(90)


def test_newcomers_are_young_by_their_age_at_the_close(explain):
    """12 join from outside at 34 to 37, 3 of each: those of 34 and 35 are young."""
    intake = {
        "rank": "officer",
        "persons_per_year": 12,
        "youngest_age_years": 34,
        "oldest_age_years": 37,
        "first_year": 2018,
        "last_year": 2018,
    }
    split = explain(("officer", 30, 0, 50), ("officer", 50, 0, 38), lateral_intake=(intake,))["level"]
    assert split.loc["joined", "young"] == pytest.approx(6)
    assert split.loc["stayed_young", "young"] == pytest.approx(50)


def test_several_years_add_up_and_the_young_who_stay_are_a_mean(explain):
    """60@30 and 40@50, nothing happens: 60 stay young every year for 3 years."""
    split = explain(("officer", 30, 0, 60), ("officer", 50, 0, 40), horizon=3)["level"]
    assert split.loc["stayed_young", "young"] == pytest.approx(60)
    np.testing.assert_allclose(split["contribution"], 0, atol=1e-15)


def test_an_empty_group_explains_nothing(explain):
    split = explain(("clerk", 30, 0, 0), horizon=2)["level"]
    np.testing.assert_array_equal(split["contribution"], 0)
