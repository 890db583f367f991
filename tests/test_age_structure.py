"""Who stands where at which age."""

from dataclasses import replace

import numpy as np
import pytest

from cadre_research.findings.age_structure import age_structure, median_ages, target_shares, young_and_all
from cadre_research.findings.study import Forecast
from cadre_research.model.opening import Opening
from cadre_research.model.projection import Projection


@pytest.fixture
def standing(make_ladder, make_evidence, make_scenario, make_target, people):
    """A forecast of no years: those who stand in `rows`, targets on officers and on generals."""

    def make(*rows, age_line="inclusive", ladder=None):
        ladder = ladder or make_ladder()
        evidence = make_evidence(ladder, make_target(), make_target(id="clerks", levels=("clerk", "officer")))
        population = people(ladder, *rows)
        opening = Opening(evidence, age_line, population, np.zeros((1, 3)), {}, {}, None, 0.0)
        return Forecast(make_scenario(), 0, opening, Projection(population, 2017, ()))

    return make


ROWS = (
    ("clerk", 35, 0, 10),
    ("clerk", 36, 0, 30),
    ("officer", 34, 1, 1),
    ("officer", 35, 2, 2),
    ("officer", 50, 2, 4),
    ("officer-no-post", 35, 3, 5),
    ("officer-no-post", 60, 3, 8),
)


def test_counts_of_a_handful_by_rank_sex_and_age(standing):
    frame = age_structure(standing(*ROWS))
    assert list(frame.columns) == [
        "scenario",
        "age_line",
        "year",
        "level",
        "rank",
        "holds_post",
        "sex",
        "age_years",
        "headcount",
    ]
    assert len(frame) == len(ROWS)
    assert (frame["year"] == 2017).all()
    found = {(r["rank"], r["age_years"]): r["headcount"] for r in frame.to_dict("records")}
    assert found == {(rank, age): n for rank, age, _, n in ROWS}
    posts = frame.set_index("rank")["holds_post"].groupby(level=0).first()
    assert posts.to_dict() == {"clerk": True, "officer": True, "officer-no-post": False}
    assert set(frame.loc[frame["rank"].str.startswith("officer"), "level"]) == {"officer"}


def test_groups_of_one_sex_are_counted_together(standing, make_ladder):
    names = {"name_en": "-", "name_zh": "-", "sex": "female"}
    ladder = make_ladder(groups=({"id": "a", **names}, {"id": "b", **names, "share_of_entry": 0.5}))
    forecast = standing(("clerk", 40, 0, 2), ladder=ladder)
    forecast.projection.opening.headcount[0, 1, 0, 0, 10, 0] = 3
    frame = age_structure(forecast)
    assert frame[["sex", "age_years", "headcount"]].to_dict("records") == [
        {"sex": "female", "age_years": 40, "headcount": 5}
    ]


@pytest.mark.parametrize(
    ("age_line", "level", "posts", "both"),
    [
        # Under 35: 1 + 2 + 5 of 20 in the level, 1 + 2 of 7 with a post; with the clerks 18 of 60, 13 of 47.
        ("inclusive", (8, 20), (3, 7), [(18, 60), (13, 47)]),
        # Strictly: only the one of 34.
        ("strict", (1, 20), (1, 7), [(1, 60), (1, 47)]),
    ],
)
def test_the_young_share_counts_levels_or_posts_under_each_reading(standing, age_line, level, posts, both):
    frame = target_shares(standing(*ROWS, age_line=age_line))
    columns = [
        "target",
        "scenario",
        "age_line",
        "population",
        "year",
        "young",
        "headcount",
        "share",
        "threshold",
        "deadline_year",
    ]
    assert list(frame.columns) == columns
    found = frame.set_index(["target", "population"])[["young", "headcount"]].apply(tuple, axis=1).to_dict()
    assert found == {
        ("officers", "level"): level,
        ("officers", "posts"): posts,
        ("clerks", "level"): both[0],
        ("clerks", "posts"): both[1],
    }
    np.testing.assert_allclose(frame["share"], frame["young"] / frame["headcount"])
    assert (frame["age_line"] == age_line).all()


def test_an_empty_group_has_no_share(standing):
    frame = target_shares(standing(("clerk", 35, 0, 10)))
    officers = frame[frame["target"] == "officers"]
    assert officers["share"].isna().all()
    assert (officers["headcount"] == 0).all()


def test_young_and_all_keep_leading_axes(study):
    opening = study.opening()
    target = opening.evidence.target("county-level")
    one = np.array(young_and_all(opening.population, target, "posts", "inclusive"))
    headcount = opening.population.headcount
    two = replace(opening.population, headcount=np.stack([headcount, 2 * headcount]))
    young, everybody = young_and_all(two, target, "posts", "inclusive")
    np.testing.assert_allclose(young, one[0] * np.array([1, 2]))
    np.testing.assert_allclose(everybody, one[1] * np.array([1, 2]))


@pytest.mark.parametrize(
    ("rows", "median"),
    [
        # One of 40, somewhere in the year after the birthday: the middle of it.
        ([(40, 1)], 40.5),
        ([(40, 1), (41, 1)], 41.0),
        # 1 at 40, 3 at 41: half of 4 is 2, one third of the way through 41.
        ([(40, 1), (41, 3)], 41 + 1 / 3),
        # Nobody between: half is reached at the end of 40.
        ([(40, 2), (50, 1)], 40.75),
        ([(60, 4)], 60.5),
        ([(30, 1), (60, 3)], 60 + 1 / 3),
    ],
)
def test_medians_of_a_few_by_hand(standing, rows, median):
    frame = median_ages(standing(*[("officer", age, 0, n) for age, n in rows]))
    columns = ["scenario", "age_line", "year", "level", "population", "headcount", "median_age_years"]
    assert list(frame.columns) == columns
    officers = frame[(frame["level"] == "officer") & (frame["population"] == "posts")].iloc[0]
    assert officers["median_age_years"] == pytest.approx(median, rel=1e-12)
    assert officers["headcount"] == sum(n for _, n in rows)


def test_an_empty_level_has_no_median_age(standing):
    frame = median_ages(standing(("officer", 40, 0, 2)))
    assert frame.loc[frame["level"] == "clerk", "median_age_years"].isna().all()


def test_medians_of_post_holders_leave_out_those_without_a_post(standing):
    frame = median_ages(standing(("officer", 40, 0, 2), ("officer-no-post", 58, 0, 6)))
    found = frame[frame["level"] == "officer"].set_index("population")["median_age_years"]
    assert found["posts"] == 40.5
    assert found["level"] == pytest.approx(58 + 2 / 6)


def test_the_age_structure_of_a_forecast_adds_up(study):
    forecast = study.forecast("rate-08", 5)
    frame = age_structure(forecast)
    assert (frame["headcount"] > 0).all()
    assert not frame.duplicated(["year", "rank", "sex", "age_years"]).any()
    totals = frame.groupby(["year", "rank"])["headcount"].sum()
    for year, people in forecast.projection.populations.items():
        for rank, persons in zip(people.ladder.rank_ids, people.by_rank(), strict=True):
            assert totals.get((year, rank), 0.0) == pytest.approx(persons, rel=1e-12)
