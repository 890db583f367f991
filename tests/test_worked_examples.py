"""Cases worked by hand on paper, the working in each docstring."""

from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import InputError
from cadre_research.evidence.retirement import RetirementRules
from cadre_research.model.chance import Expected
from cadre_research.model.plan import Plan
from cadre_research.model.projection import project
from cadre_research.model.year import advance


def approx(expected):
    return pytest.approx({key: float(value) for key, value in expected.items()}, rel=1e-12)


@pytest.fixture
def toy(make_ladder, make_evidence, make_rules, people):
    """Advance the two-rank ladder by the year 2018: 100 posts of officers, those who stand in `rows`."""

    def run(*rows, posts=100, post_growth=0.0, ladder=None, year=2018, **case):
        ladder = ladder or make_ladder()
        posts = posts if isinstance(posts, dict) else {"officer": posts}
        rules = make_rules(make_evidence(ladder), posts, **case)
        rules = replace(rules, posts_growth_per_year=post_growth)
        return advance(people(ladder, *rows), year, rules, Expected())

    return run


def test_four_jobs_of_a_textbook_come_out_exactly_in_markov_mode(
    ladder_file, make_evidence, make_rules, people, by_age, took
):
    """Heneman, Judge & Kammeyer-Mueller, p. 143.

    From 500, 150, 50, 30 with rows (.5 .1 .05 0) (.05 .6 .1 0) (.05 0 .8 .1) (0 0 0 .7):

    a: 500 x .5 + 150 x .05 + 50 x .05 = 250 + 7.5 + 2.5 = 260
    b: 500 x .1 + 150 x .6            = 50 + 90         = 140
    c: 500 x .05 + 150 x .1 + 50 x .8 = 25 + 15 + 40    = 80
    d: 50 x .1 + 30 x .7              = 5 + 21          = 26
    leave: 500 x .35 + 150 x .25 + 50 x .05 + 30 x .3 = 175 + 37.5 + 2.5 + 9 = 224
    """
    ladder = ladder_file("heneman")
    opening = people(ladder, ("a", 40, 0, 500), ("b", 40, 0, 150), ("c", 40, 0, 50), ("d", 40, 0, 30))
    rules = make_rules(make_evidence(ladder), {}, promotion={"mode": "markov"})
    year = advance(opening, 2018, rules, Expected())
    np.testing.assert_allclose(year.closing.by_rank(), [260, 140, 80, 26], rtol=1e-12)
    leavers = [took(year, f"left-{rank}", rank) for rank in "abcd"]
    np.testing.assert_allclose(leavers, [175, 37.5, 2.5, 9], rtol=1e-12)
    assert took(year, "promotion", "a", "c") == pytest.approx(25, rel=1e-12)
    assert took(year, "demotion", "c", "a") == pytest.approx(2.5, rel=1e-12)
    assert year.empty_posts.sum() == 0


def test_the_textbook_case_runs_a_second_year(ladder_file, make_evidence, make_rules, people):
    """A second year is the same matrix once more: a = 260 x .5 + 140 x .05 + 80 x .05 = 141, and so on."""
    ladder = ladder_file("heneman")
    opening = people(ladder, ("a", 40, 0, 500), ("b", 40, 0, 150), ("c", 40, 0, 50), ("d", 40, 0, 30))
    rules = make_rules(make_evidence(ladder), {}, promotion={"mode": "markov"})
    closing = project(opening, 2017, 2, rules).years[-1].closing
    matrix = np.array([[0.5, 0.1, 0.05, 0], [0.05, 0.6, 0.1, 0], [0.05, 0, 0.8, 0.1], [0, 0, 0, 0.7]])
    np.testing.assert_allclose(closing.by_rank(), np.array([260, 140, 80, 26]) @ matrix, rtol=1e-12)


def test_three_ranks_filling_vacancies_for_five_years(ladder_file, make_evidence, make_rules, people, by_age, took):
    """Posts 10, 4, 2; everybody who opens a year at 34 retires in it; no preference among the eligible.

    junior -> middle needs 2 years in rank at the close, middle -> senior 1. Written as persons@age.

    opening   senior 2@34; middle 2@33 2@32; junior 2@30 (0 years in rank) 4@31 (1) 4@32 (2)
    2018      2 seniors retire; 2 of the 4 of middle rise: 1@33, 1@32. Middle lacks 2, 8 juniors eligible: 1@31, 1@32.
              10 - 8 = 2 recruits.
      close   senior 1@33 1@34; middle 1@32 2@33 1@34; junior 2@30 2@31 3@32 3@33
    2019      1 senior, 1 of middle retire; 1 of 3 of middle rises: 1/3@32, 2/3@33; middle lacks 4 - 2 = 2, a quarter
              of 8 juniors: 1/2@31 3/4@32 3/4@33; 2 recruits.
      close   senior 1/3@33, 1 + 2/3 = 5/3@34; middle 1/2@32, 2/3 + 3/4 = 17/12@33, 4/3 + 3/4 = 25/12@34;
              junior 2@30 2@31 3/2@32 9/4@33 9/4@34
    2020      5/3 seniors, 25/12 of middle, 9/4 juniors retire; (5/3) / (23/12) = 20/23 of middle rise: 10/23@32,
              85/69@33; middle keeps 1/4, lacks 15/4 of the eligible 23/4, so 15/23 of 2@31 3/2@32 9/4@33;
              juniors left 2@30 + 2, so 6 recruits.
      close   senior 10/23@33, 1/3 + 85/69 = 36/23@34; middle 30/23@32, 3/46 + 45/46 = 24/23@33,
              17/92 + 135/92 = 38/23@34; junior 6@30 2@31 16/23@32 12/23@33 18/23@34
    2021      36/23, 38/23, 18/23 retire; 36/54 = 2/3 of middle rise; middle keeps 18/23, lacks 74/23; eligible juniors
              are 2 + 16/23 + 12/23 = 74/23: all of them rise; 6@30 are left, 4 recruits.
      close   senior 20/23@33, 10/23 + 16/23 = 26/23@34; middle 2@32, 10/23 + 16/23 = 26/23@33, 8/23 + 12/23 = 20/23@34;
              junior 4@30 6@31
    2022      26/23, 20/23 retire; (26/23) / (72/23) = 13/36 of middle rise; middle keeps 2, lacks 2 of 6 juniors;
              8 are left, 2 recruits.
      close   senior 13/18@33, 20/23 + 169/414 = 23/18@34; middle 2@32 23/18@33 13/18@34; junior 2@30 4@31 4@32
    """
    ladder = ladder_file("three-ranks")
    law = RetirementRules.model_validate(
        {"format": 1, "routes": ({"category": "all", "sex": "any", "base_age_years": 35, "source": "made up"},)}
    )
    rules = make_rules(make_evidence(ladder, retirement=law), {"junior": 10, "middle": 4, "senior": 2})
    opening = people(
        ladder,
        ("senior", 34, 0, 2),
        ("middle", 33, 1, 2),
        ("middle", 32, 0, 2),
        ("junior", 30, 0, 2),
        ("junior", 31, 1, 4),
        ("junior", 32, 2, 4),
    )
    years = project(opening, 2017, 5, rules).years
    expected = {
        2018: ({33: 1, 34: 1}, {32: 1, 33: 2, 34: 1}, {30: 2, 31: 2, 32: 3, 33: 3}),
        2019: (
            {33: F(1, 3), 34: F(5, 3)},
            {32: F(1, 2), 33: F(17, 12), 34: F(25, 12)},
            {30: 2, 31: 2, 32: F(3, 2), 33: F(9, 4), 34: F(9, 4)},
        ),
        2020: (
            {33: F(10, 23), 34: F(36, 23)},
            {32: F(30, 23), 33: F(24, 23), 34: F(38, 23)},
            {30: 6, 31: 2, 32: F(16, 23), 33: F(12, 23), 34: F(18, 23)},
        ),
        2021: ({33: F(20, 23), 34: F(26, 23)}, {32: 2, 33: F(26, 23), 34: F(20, 23)}, {30: 4, 31: 6}),
        2022: ({33: F(13, 18), 34: F(23, 18)}, {32: 2, 33: F(23, 18), 34: F(13, 18)}, {30: 2, 31: 4, 32: 4}),
    }
    flows = {
        # retired from senior, middle, junior; into senior, into middle, recruits
        2018: (2, 0, 0, 2, 2, 2),
        2019: (1, 1, 0, 1, 2, 2),
        2020: (F(5, 3), F(25, 12), F(9, 4), F(5, 3), F(15, 4), 6),
        2021: (F(36, 23), F(38, 23), F(18, 23), F(36, 23), F(74, 23), 4),
        2022: (F(26, 23), F(20, 23), 0, F(26, 23), 2, 2),
    }
    for year in years:
        for rank, ages in zip(("senior", "middle", "junior"), expected[year.year], strict=True):
            assert by_age(year.closing, rank) == approx(ages), (year.year, rank)
        taken = [took(year, "retired", rank) for rank in ("senior", "middle", "junior")]
        taken += [took(year, "promotion", "middle", "senior"), took(year, "promotion", "junior", "middle")]
        taken.append(took(year, "recruitment", None, "junior"))
        np.testing.assert_allclose(taken, [float(x) for x in flows[year.year]], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(year.empty_posts, 0, atol=1e-12)


OFFICERS = (("officer", 50, 5, 40), ("officer", 50, 2, 30), ("officer", 40, 1, 30))
CLERKS = (("clerk", 30, 5, 300), ("clerk", 45, 5, 300))


def test_a_rate_beyond_the_vacancies_releases_the_oldest_longest_serving(toy, cells):
    """100 posts full, rate 0.45: 45 are promoted, half of them young, and 45 released.

    First the 40 aged 50 with 5 years in rank, then 5 of the 30 aged 50 with 2; nobody aged 40.
    """
    year = toy(*OFFICERS, *CLERKS, promotion={"mode": "rate", "rate_per_year": 0.45})
    assert cells(year.closing) == approx(
        {
            ("officer-no-post", 51, 0): 45,
            ("officer", 51, 3): 25,
            ("officer", 41, 2): 30,
            ("officer", 31, 0): 22.5,
            ("officer", 46, 0): 22.5,
            ("clerk", 31, 6): 277.5,
            ("clerk", 46, 6): 277.5,
        }
    )
    assert year.empty_posts.sum() == pytest.approx(0, abs=1e-12)


def test_persons_alike_in_age_and_service_are_released_in_equal_shares(toy, make_ladder, cells):
    """Two groups of 30 and 10 alike officers, 20 released: half of each, 15 and 5."""
    names = {"name_en": "-", "name_zh": "-", "sex": "any"}
    ladder = make_ladder(groups=({"id": "a", **names}, {"id": "b", **names, "share_of_entry": 0.5}))
    year = toy(("officer", 50, 5, 40), ladder=ladder, posts=40, promotion={"mode": "rate", "rate_per_year": 0.5})
    assert cells(year.closing) == approx({("officer", 51, 6): 40})  # nobody eligible: nobody is released
    year = toy(
        ("officer", 50, 5, 40),
        ("clerk", 30, 0, 100),
        ladder=ladder,
        posts=40,
        promotion={"mode": "rate", "rate_per_year": 0.5},
    )
    assert cells(year.closing)["officer-no-post", 51, 0] == pytest.approx(20, rel=1e-12)


def test_a_rate_below_the_vacancies_leaves_posts_empty_and_counts_them(toy, by_age, took):
    """100 posts, 70 held, rate 0.2: 20 are promoted, nobody is released, 100 - 70 - 20 = 10 posts stay empty."""
    year = toy(*OFFICERS[:2], *CLERKS, promotion={"mode": "rate", "rate_per_year": 0.2})
    assert took(year, "promotion", "clerk", "officer") == pytest.approx(20, rel=1e-12)
    assert took(year, "release", "officer", "officer-no-post") == 0
    np.testing.assert_allclose(year.empty_posts, [[0, 0, 10]], rtol=1e-12)


def test_a_rate_between_releases_only_what_the_vacancies_lack(toy, took):
    """100 posts, 70 held, rate 0.5: 50 asked, 30 vacant, so 20 released."""
    year = toy(*OFFICERS[:2], *CLERKS, promotion={"mode": "rate", "rate_per_year": 0.5})
    assert took(year, "promotion", "clerk", "officer") == pytest.approx(50, rel=1e-12)
    assert took(year, "release", "officer", "officer-no-post") == pytest.approx(20, rel=1e-12)


def test_nobody_is_released_beyond_what_candidates_can_fill(toy, took):
    """Rate 0.45 of 100 asks for 45; 60 eligible at one in 3 allow 20, so 20 promoted and 20 released."""
    year = toy(
        *OFFICERS, ("clerk", 30, 5, 60), promotion={"mode": "rate", "rate_per_year": 0.45, "candidates_per_post": 3}
    )
    assert took(year, "promotion", "clerk", "officer") == pytest.approx(20, rel=1e-12)
    assert took(year, "release", "officer", "officer-no-post") == pytest.approx(20, rel=1e-12)
    assert year.empty_posts.sum() == pytest.approx(0, abs=1e-12)


def test_nobody_is_released_where_the_ladder_knows_no_rank_to_release_to(toy, make_ladder, took):
    """Full posts, no `released_to`: a rate of 0.45 promotes nobody."""
    names = {"name_en": "-", "name_zh": "-"}
    ranks = tuple({"id": rank, "level": rank, **names} for rank in ("clerk", "officer"))
    year = toy(*OFFICERS, *CLERKS, ladder=make_ladder(ranks=ranks), promotion={"mode": "rate", "rate_per_year": 0.45})
    assert took(year, "promotion", "clerk", "officer") == 0
    assert year.closing.by_rank().tolist() == [600, 100]


def test_candidates_per_post_bound_the_filling_of_vacancies(toy, took):
    """30 vacancies, 60 eligible: at one in 3 only 20 are filled, 10 posts stay empty."""
    year = toy(*OFFICERS[:2], ("clerk", 30, 5, 60), promotion={"candidates_per_post": 3})
    assert took(year, "promotion", "clerk", "officer") == pytest.approx(20, rel=1e-12)
    assert year.empty_posts.sum() == pytest.approx(10, rel=1e-12)


@pytest.mark.parametrize(
    ("young_share", "young"),
    [
        # 30 vacancies, 300 young and 300 old eligible: 15 young without a rule.
        ("0", 15),
        ("1/3", 15),
        ("1/2", 15),
        ("2/3", 20),
        ("1", 30),
    ],
)
def test_the_young_rule_binds_only_above_the_natural_share(toy, by_age, young_share, young):
    """The batch stays 30; the rest of it is old. 46 is the age the old have at the close, 31 that of the young."""
    year = toy(*OFFICERS[:2], *CLERKS, promotion={"young_share": young_share})
    expected = {31: young, 46: 30 - young, 51: 70}
    assert by_age(year.closing, "officer") == approx({age: n for age, n in expected.items() if n})


@pytest.mark.parametrize(("eligible", "promoted"), [(24, 20), (12, 12), (0, 0)])
def test_reserved_places_go_to_the_young_as_long_as_they_last(toy, by_age, eligible, promoted):
    """30 vacancies, 24, 12 or no young and 600 old eligible, one in 3 of all: 2/3 reserve 20 places for the young.

    Without the rule 30 x 24 / 624 = 1.15 would be young.
    """
    year = toy(
        *OFFICERS[:2],
        ("clerk", 30, 5, eligible),
        ("clerk", 45, 5, 600),
        promotion={"young_share": "2/3", "candidates_per_post": 3},
    )
    expected = {31: promoted, 46: 30 - promoted, 51: 70}
    assert by_age(year.closing, "officer") == approx({age: n for age, n in expected.items() if n})


@pytest.mark.parametrize(("age_line", "young"), [("inclusive", 20), ("strict", 0)])
def test_young_is_judged_at_the_close_of_the_year(toy, by_age, age_line, young):
    """A clerk of 34 is 35 at the close: young to 35 inclusive, not under 35. Of 30 places 2/3 are reserved.

    Under the strict reading nobody is young, and all 30 are spread evenly over 100 of 34 and 300 of 45.
    """
    year = toy(
        *OFFICERS[:2], ("clerk", 34, 5, 100), ("clerk", 45, 5, 300), promotion={"young_share": "2/3"}, age_line=age_line
    )
    assert by_age(year.closing, "officer")[35] == pytest.approx(young or 7.5, rel=1e-12)


def test_a_unit_short_of_its_target_takes_the_young_first(toy, by_age):
    """70 officers of 50: no young at all, target 1/6 missed, so the whole batch of 30 is young."""
    year = toy(*OFFICERS[:2], *CLERKS, promotion={"priority_rule": True})
    assert by_age(year.closing, "officer") == approx({31: 30, 51: 70})


def test_a_unit_that_meets_its_target_does_not_favour_the_young(toy, by_age):
    """12 of 72 officers are 30, 31 at the close: exactly one sixth, so the 28 vacancies go half to each age."""
    year = toy(("officer", 50, 5, 60), ("officer", 30, 0, 12), *CLERKS, promotion={"priority_rule": True})
    assert by_age(year.closing, "officer") == approx({31: 12 + 14, 46: 14, 51: 60})


def test_a_unit_a_person_short_of_its_target_does(toy, by_age):
    """11 of 72: one short, and all 28 are young."""
    year = toy(("officer", 50, 5, 61), ("officer", 30, 0, 11), *CLERKS, promotion={"priority_rule": True})
    assert by_age(year.closing, "officer") == approx({31: 11 + 28, 51: 61})


def test_young_first_falls_back_on_the_others_when_the_eligible_young_run_out(toy, by_age):
    """30 vacancies, 12 eligible young: at one in 1 all 12 rise, and 18 of the 300 old."""
    year = toy(*OFFICERS[:2], ("clerk", 30, 5, 12), ("clerk", 45, 5, 300), promotion={"priority_rule": True})
    assert by_age(year.closing, "officer") == approx({31: 12, 46: 18, 51: 70})
    assert by_age(year.closing, "clerk") == approx({46: 282})


def test_the_priority_rule_counts_those_without_a_post_in_the_level(toy, by_age):
    """20 of 40 post-holders are young, but with 100 released ones of 50 the level has 20 of 140 < 1/6: young first."""
    year = toy(
        ("officer", 30, 0, 20),
        ("officer", 50, 5, 20),
        ("officer-no-post", 50, 5, 100),
        *CLERKS,
        promotion={"priority_rule": True},
    )
    assert by_age(year.closing, "officer") == approx({31: 20 + 60, 51: 20})


def test_lateral_intake_takes_posts_and_is_spread_over_its_ages(toy, by_age, took):
    """30 vacancies, 12 join from outside at 33 to 36, 3 of each age at the close; 18 are promoted, 9 of each age."""
    intake = {
        "rank": "officer",
        "persons_per_year": 12,
        "youngest_age_years": 33,
        "oldest_age_years": 36,
        "first_year": 2018,
        "last_year": 2018,
    }
    year = toy(*OFFICERS[:2], *CLERKS, lateral_intake=(intake,))
    assert by_age(year.closing, "officer") == approx({31: 9, 33: 3, 34: 3, 35: 3, 36: 3, 46: 9, 51: 70})
    assert took(year, "lateral", None, "officer") == pytest.approx(12, rel=1e-12)
    assert took(toy(*OFFICERS[:2], *CLERKS, lateral_intake=(intake,), year=2019), "lateral", None, "officer") == 0


ENTRY = {"rank": "clerk", "youngest_age_years": 30, "most_common_age_years": 32, "oldest_age_years": 33}


def test_recruits_fill_the_posts_of_the_entry_rank_in_a_triangle_over_age(toy, make_ladder, by_age, took):
    """600 clerks, 30 rise, 612 posts: 612 - 570 = 42 recruits.

    The triangle is 0 at 29, 1 at 32, 0 at 34: 1/3 at 30, 2/3 at 31, 1 at 32, 1/2 at 33, in all 5/2:
    of 42 it makes 5.6, 11.2, 16.8, 8.4.
    """
    year = toy(*OFFICERS[:2], *CLERKS, ladder=make_ladder(entry=ENTRY), posts={"officer": 100, "clerk": 612})
    assert took(year, "recruitment", None, "clerk") == pytest.approx(42, rel=1e-12)
    assert by_age(year.closing, "clerk") == approx({30: 5.6, 31: 285 + 11.2, 32: 16.8, 33: 8.4, 46: 285})


def test_recruits_come_by_schedule_whatever_the_posts(toy, make_ladder, took):
    """7 scheduled for 2018, nobody for 2019, though 42 posts are empty."""
    case = {
        "ladder": make_ladder(entry=ENTRY),
        "posts": {"officer": 100, "clerk": 612},
        "recruitment": {"mode": "schedule", "persons_by_year": {"2018": 7}},
    }
    assert took(toy(*OFFICERS[:2], *CLERKS, **case), "recruitment", None, "clerk") == pytest.approx(7, rel=1e-12)
    assert took(toy(*OFFICERS[:2], *CLERKS, year=2019, **case), "recruitment", None, "clerk") == 0


def test_frozen_years_stop_promotions_and_recruitment_and_no_others(toy, make_ladder, took):
    """2018 is frozen for promotions, 2019 for recruitment; both are open in 2020: 30 rise, 612 - 570 = 42 join."""
    case = {
        "ladder": make_ladder(entry=ENTRY),
        "posts": {"officer": 100, "clerk": 612},
        "promotion": {"frozen_years": (2018,)},
        "recruitment": {"frozen_years": (2019,)},
    }
    taken = {}
    for when in (2018, 2019, 2020):
        year = toy(*OFFICERS[:2], *CLERKS, year=when, **case)
        taken[when] = took(year, "promotion", "clerk", "officer"), took(year, "recruitment", None, "clerk")
    np.testing.assert_allclose(list(taken.values()), [(0, 12), (30, 0), (30, 42)], rtol=1e-12)


def test_a_frozen_year_releases_nobody_either(toy, took):
    """Full posts and a rate: without promotions there is nothing to make room for."""
    promotion = {"mode": "rate", "rate_per_year": 0.2, "frozen_years": (2018,)}
    year = toy(*OFFICERS, *CLERKS, promotion=promotion)
    assert took(year, "release", "officer", "officer-no-post") == 0
    assert took(year, "promotion", "clerk", "officer") == 0


def test_posts_grow_from_the_baseline_year(toy, took):
    """100 posts in 2017 growing by a tenth are 100 x 1.1^2 = 121 in 2019; 70 are held, so 51 rise."""
    year = toy(*OFFICERS[:2], *CLERKS, year=2019, post_growth=0.1)
    assert took(year, "promotion", "clerk", "officer") == pytest.approx(51, rel=1e-12)


@pytest.mark.parametrize(
    ("promotion", "promoted", "released", "holders"),
    [
        # 20 of 100 asked for by the rate: 18 of 90 posts. Each of the 18 needs one release; the 10 too many stay.
        ({"mode": "rate", "rate_per_year": 0.2}, 18, 18, 100),
        # Without promotions nobody is released, and vacancy mode waits for the holders to go.
        ({"mode": "rate", "rate_per_year": 0.0}, 0, 0, 100),
        ({}, 0, 0, 100),
    ],
    ids=["rate", "rate of nought", "vacancy"],
)
def test_where_posts_were_cut_below_their_holders(toy, took, promotion, promoted, released, holders):
    """90 posts, 100 holders."""
    year = toy(*OFFICERS, *CLERKS, posts=90, promotion=promotion)
    assert took(year, "promotion", "clerk", "officer") == pytest.approx(promoted, rel=1e-12)
    assert took(year, "release", "officer", "officer-no-post") == pytest.approx(released, rel=1e-12)
    assert year.closing.by_rank()[2] == pytest.approx(holders, rel=1e-12)
    assert year.empty_posts.sum() == pytest.approx(0, abs=1e-12)


def plan_rows(*rows):
    columns = ["year", "flow", "from_rank", "to_rank", "age_years", "years_in_rank", "headcount"]
    return pd.DataFrame(rows, columns=columns)


def test_a_plan_moves_whom_it_says(toy, make_ladder, people, cells):
    """A plan releases 10 of the officers of 50 with 5 years, promotes 4 clerks of 30, and recruits 3 of 31.

    It fills neither posts nor quotas of its own accord.
    """
    ladder = make_ladder(entry=ENTRY)
    plan = Plan.from_frame(
        plan_rows(
            (2018, "release", "officer", "officer-no-post", 50, 5, 10),
            (2018, "promotion", "clerk", "officer", 30, 5, 4),
            (2018, "recruitment", None, "clerk", 31, None, 3),
            (2019, "promotion", "clerk", "officer", 31, 6, 5),
        ),
        people(ladder),
    )
    year = toy(*OFFICERS, *CLERKS, ladder=ladder, promotion={"mode": "plan"}, plan=plan)
    assert cells(year.closing) == approx(
        {
            ("officer-no-post", 51, 0): 10,
            ("officer", 51, 6): 30,
            ("officer", 51, 3): 30,
            ("officer", 41, 2): 30,
            ("officer", 31, 0): 4,
            ("clerk", 31, 6): 296,
            ("clerk", 46, 6): 300,
            ("clerk", 31, 0): 3,
        }
    )
    np.testing.assert_allclose(year.empty_posts, [[0, 0, 6]], rtol=1e-12)


def test_a_plan_runs_on_a_ladder_that_releases_nobody(toy, make_ladder, people, by_age):
    """Ranks without `released_to`, and a year for which the plan asks no recruits."""
    names = {"name_en": "-", "name_zh": "-"}
    ranks = tuple({"id": rank, "level": rank, **names} for rank in ("clerk", "officer"))
    ladder = make_ladder(ranks=ranks, entry=ENTRY)
    plan = Plan.from_frame(plan_rows((2018, "promotion", "clerk", "officer", 30, 5, 4)), people(ladder))
    year = toy(*CLERKS, ladder=ladder, promotion={"mode": "plan"}, plan=plan)
    assert by_age(year.closing, "officer") == approx({31: 4})
    assert float(year.closing.total()) == 600


@pytest.mark.parametrize(
    "row",
    [
        (2018, "promotion", "clerk", "officer", 30, 5, 301),
        (2018, "promotion", "clerk", "officer", 31, 5, 1),
        (2018, "release", "officer", "officer-no-post", 50, 5, 41),
    ],
    ids=["more than there are", "of an age that nobody has", "release of more than hold a post"],
)
def test_a_plan_that_takes_people_who_are_not_there_is_refused(toy, make_ladder, people, row):
    ladder = make_ladder()
    plan = Plan.from_frame(plan_rows(row), people(ladder))
    with pytest.raises(InputError, match=rf"plan, year 2018, rank {row[2]}: asks for 1 more persons of one age"):
        toy(*OFFICERS, *CLERKS, ladder=ladder, promotion={"mode": "plan"}, plan=plan)


def test_a_plan_that_promotes_the_ineligible_is_refused(toy, make_ladder, people):
    """5 years in rank are asked for at the close; those with 3 at the opening have 4 by then."""
    ladder = make_ladder(promotions=({"from": "clerk", "to": "officer", "minimum_years_in_rank": 5},))
    plan = Plan.from_frame(plan_rows((2018, "promotion", "clerk", "officer", 30, 3, 1)), people(ladder))
    with pytest.raises(InputError, match="asks for 1 more persons of one age than are there and eligible"):
        toy(("clerk", 30, 3, 50), ladder=ladder, promotion={"mode": "plan"}, plan=plan)
    plan = Plan.from_frame(plan_rows((2018, "promotion", "clerk", "officer", 30, 4, 1)), people(ladder))
    year = toy(("clerk", 30, 4, 50), ladder=ladder, promotion={"mode": "plan"}, plan=plan)
    assert year.closing.by_rank().tolist() == [49, 0, 1]


def test_whoever_is_promoted_or_released_waits_for_next_year(toy, ladder_file, make_evidence, make_rules, people):
    """With all posts of middle and senior empty, juniors reach middle in the first year, senior in the second."""
    ladder = ladder_file("three-ranks").model_copy(
        update={"ranks": tuple(r.model_copy(update={"retirement": None}) for r in ladder_file("three-ranks").ranks)}
    )
    rules = make_rules(make_evidence(ladder), {"junior": 0, "middle": 4, "senior": 2})
    years = project(people(ladder, ("junior", 30, 3, 9)), 2017, 2, rules).years
    assert years[0].closing.by_rank().tolist() == [5, 4, 0]
    np.testing.assert_allclose(years[1].closing.by_rank(), [3, 4, 2], rtol=1e-12)


def test_demotions_and_step_asides_take_those_whom_no_exit_took(toy, make_ladder, cells, took):
    """100 officers: exit 0.1, step-aside 0.2 from 45, demotion 0.05 at any age: shares of those there at the opening.

    Of 60 aged 50: 6 leave, 12 step aside, 3 move down, 39 stay. Of 40 aged 40: 4 leave, 2 move down, 34 stay.
    """
    moves = (
        {
            "kind": "step-aside",
            "from": "officer",
            "to": "officer-no-post",
            "probability_per_year": 0.2,
            "from_age_years": 45.0,
        },
        {"kind": "demotion", "from": "officer", "to": "clerk", "probability_per_year": 0.05},
    )
    exits = ({"id": "left", "name_en": "-", "name_zh": "-", "probability_per_year": 0.1, "ranks": ("officer",)},)
    ladder = make_ladder(moves=moves, exits=exits, promotions=())
    year = toy(("officer", 50, 5, 60), ("officer", 40, 1, 40), ladder=ladder)
    assert cells(year.closing) == approx(
        {
            ("officer-no-post", 51, 0): 12,
            ("clerk", 51, 0): 3,
            ("clerk", 41, 0): 2,
            ("officer", 51, 6): 39,
            ("officer", 41, 2): 34,
        }
    )
    assert took(year, "left", "officer") == pytest.approx(10, rel=1e-12)
