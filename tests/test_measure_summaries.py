"""Tables and words about the plan's measures hold the numbers of the frames, in both languages."""

import re
from fractions import Fraction

import pandas as pd
import pytest

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.study import BASELINE, Study
from cadre_research.paths import data_dir
from cadre_research.reporting.measure_summaries import (
    contribution_summary,
    cost_summary,
    efficiency_summary,
    measures_summary,
    package_shares_summary,
    packages_summary,
)
from cadre_research.reporting.measure_words import assumed_of, said_of, turns_of, young_share_phrase
from cadre_research.reporting.names import display_names
from cadre_research.reporting.wording import LANGUAGES
from cadre_research.reporting.worlds import Worlds
from cadre_research.reporting.worth import Worth

CHINESE = re.compile("[\u4e00-\u9fff]")
SPACE, MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
NAMES = {"lists": "Lists", "posts": "Posts freed", "chiefs": "Chiefs", "all": "All", "chief": "Chief"}
GOALS = {"all": 6, "anchored": 2}


@pytest.fixture(scope="module")
def study():
    return Study.read(data_dir())


@pytest.fixture(scope="module")
def worth(study):
    return Worth.of(Worlds(study))


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


def shares_frame(error=0.0):
    """Two measures: lists add 2 points alone and 1 last, posts 1 alone and nothing last; together 2."""
    rows = [("lists", 0.015, 0.02, 0.01), ("posts", 0.005, 0.01, 0.0)]
    return pd.DataFrame(
        [
            {
                "target": target,
                "population": population,
                "horizon_years": horizon,
                "measure": measure,
                "contribution": value,
                "contribution_se": error,
                "alone": alone,
                "last_in": last_in,
                "full_effect": 0.02,
                "share_without": 0.07,
                "share_with": 0.09,
            }
            for target in ("chiefs", "all")
            for population in ("level", "posts")
            for horizon in (5, 10)
            for measure, value, alone, last_in in rows
        ]
    )


def test_a_contribution_summary_has_every_kind_of_gain_and_the_whole_effect():
    summary = contribution_summary(shares_frame(), NAMES, "en", ["chiefs"])
    assert list(summary.columns) == [("Chiefs", kind) for kind in ("Contribution", "Alone", "Last in")]
    assert list(summary.index) == [
        (years, measure) for years in ("5 years", "10 years") for measure in ("Lists", "Posts freed", "All together")
    ]
    assert summary.loc[("10 years", "Lists")].tolist() == ["+1.50", "+2.00", "+1.00"]
    assert summary.loc[("5 years", "Posts freed")].tolist() == ["+0.50", "+1.00", "0.00"]
    assert summary.loc[("5 years", "All together")].tolist() == [f"+2.00 (7.0 → 9.0{SPACE}%)", "—", "—"]


def test_a_contribution_summary_without_targets_named_has_them_all_and_of_none_is_empty():
    assert list(contribution_summary(shares_frame(), NAMES, "zh").columns.levels[0]) == ["All", "Chiefs"]
    assert contribution_summary(shares_frame(), NAMES, "zh", []).empty


def test_a_sampled_contribution_tells_its_error():
    summary = contribution_summary(shares_frame(error=0.0012), NAMES, "en", ["all"])
    assert summary.loc[("5 years", "Lists"), ("All", "Contribution")] == "+1.50 ± 0.12"
    assert summary.loc[("5 years", "Lists"), ("All", "Alone")] == "+2.00"


def costs_frame():
    quantities = ("promotions", "young_promotions", "releases", "recruits", "lateral", "appointments")
    rows = [
        {"quantity": quantity, "horizon_years": 5, "measure": measure, "contribution": value, "full_effect": 1199.8}
        for quantity in quantities
        for measure, value in (("lists", -0.3), ("posts", 1200.1 if quantity == "releases" else -50.0))
    ]
    return pd.DataFrame(rows)


def test_a_cost_summary_signs_persons_and_calls_less_than_half_a_person_nought():
    summary = cost_summary(costs_frame(), NAMES, "en")
    assert summary.loc[("5 years", "Lists")].tolist() == ["0"] * 6
    assert summary.loc[("5 years", "Posts freed"), ["Releases", "Recruits"]].tolist() == ["+1,200", f"{MINUS}50"]
    assert set(summary.loc[("5 years", "All together")]) == {"+1,200"}
    assert list(cost_summary(costs_frame(), NAMES, "zh").columns)[:2] == ["提拔", "其中年轻干部"]


def efficiency_frame():
    rows = [
        ("appointments", "lists", float("nan"), "none"),
        ("appointments", "posts", 0.25, ""),
        ("releases", "lists", float("nan"), "fewer"),
        ("releases", "posts", -0.004, ""),
        ("young_promotions", "lists", 0.5, ""),
        ("young_promotions", "posts", 1.0, ""),
    ]
    frame = pd.DataFrame(rows, columns=["effort", "measure", "per_100", "note"])
    frame = frame.assign(target="chiefs", population="level", horizon_years=10, basis="contribution")
    return pd.concat([frame, frame.assign(basis="alone", per_100=99.0, note="")])


def test_at_equal_effort_a_word_stands_where_there_is_nothing_to_divide_by():
    summary = efficiency_summary(efficiency_frame(), NAMES, "en", ["chiefs"])
    assert summary.loc[("10 years", "Lists")].tolist() == ["no more", "fewer", "+0.50"]
    assert summary.loc[("10 years", "Posts freed")].tolist() == ["+0.25", "0.00", "+1.00"]
    assert summary.columns[0] == ("Points per 100 more appointments", "Chiefs")
    chinese = efficiency_summary(efficiency_frame(), NAMES, "zh", ["chiefs"])
    assert chinese.loc[("10年", "Lists")].tolist() == ["未增加", "减少", "+0.50"]


def answers_frame():
    common = {
        **dict.fromkeys(("promotions", "young_promotions", "recruits", "lateral"), 0.0),
        "releases": 812.4,
        "appointments": 900.0,
        "hardest_target": "chiefs",
        "probability_se": 0.04,
        "least_probable_target": "all",
        "least_probability": 0.44,
        "draws": 80,
    }
    reached = {"goal": "all", "horizon_years": 10, "reached": True, "margin": 0.001, "probability": 0.4}
    reached |= {"measures": "lists; posts", "young_share": "2/3", "release_rate_per_year": 0.04, "rates": ""}
    missed = {"goal": "anchored", "horizon_years": 5, "reached": False, "margin": -0.0123, "probability": 0.0}
    missed |= {"measures": "", "young_share": "0", "release_rate_per_year": 0.0, "rates": "chief=0.125"}
    return pd.DataFrame([{**common, **reached}, {**common, **missed}])


def test_a_package_is_said_in_words_with_what_it_costs_and_how_sure_it_is():
    summary = packages_summary(answers_frame(), GOALS, NAMES, "en")
    first = summary.loc[("all 6 targets", "10 years")]
    assert first["As expected"] == "✓ cheapest that reaches"
    assert first["Package"] == "Lists; Posts freed; young at least 2/3 of every batch; 4 of 100 posts freed a year"
    assert first["Releases"] == "+812"
    assert first["Probability of all together"] == f"40{SPACE}% (±4)"
    assert first["Least probable of them"] == f"All, 44{SPACE}%"
    second = summary.loc[("the 2 survey-anchored targets", "5 years")]
    assert second["As expected"] == "✗ nearest miss: Chiefs, 1.2 points short"
    assert second["Package"] == "12.5 promotions into Chief per 100 posts a year"
    assert second["Probability of all together"] == f"<4{SPACE}%"


def test_a_package_of_nothing_is_the_status_quo():
    frame = answers_frame().assign(rates="", measures="", young_share="0", release_rate_per_year=0.0)
    assert set(packages_summary(frame, GOALS, NAMES, "zh")["办法组合"]) == {"维持现状"}


def test_shares_under_each_package_are_marked():
    frame = pd.DataFrame(
        {
            "goal": ["all", "all", "anchored", "anchored"],
            "horizon_years": [5, 5, 5, 5],
            "target": ["all", "chiefs"] * 2,
            "share": [0.17, 0.1, 0.2, 0.18],
            "reached": [True, False, True, True],
        }
    )
    summary = package_shares_summary(frame, GOALS, NAMES, "en")
    assert summary.loc["All"].tolist() == [f"17.0{SPACE}% ✓", f"20.0{SPACE}% ✓"]
    assert summary.loc["Chiefs"].tolist() == [f"10.0{SPACE}% ✗", f"18.0{SPACE}% ✓"]


def test_every_shipped_measure_is_told_in_words_of_the_language(study, worth, language):
    names = display_names(study, language, *study.measures.values())
    summary = measures_summary(worth.measures, worth.others, study.scenario(BASELINE), names, language)
    assert len(summary) == len(study.measures) + 1
    for cell in summary.to_numpy().ravel():
        assert cell not in ("", "—")
        assert "{" not in cell
        assert bool(CHINESE.search(cell)) is (language == "zh"), cell
        assert "promotion." not in cell, "a key of a file is no word"


def test_words_about_a_measure_have_the_numbers_of_its_file(study):
    names = display_names(study, "en")
    status_quo = study.scenario(BASELINE)
    lists = study.scenario("reserve-lists")
    said = turns_of(lists, status_quo, names, "en")
    assert "236 born 1980–1989" in said
    assert f"off the list past 35, and 2{SPACE}% removed a year" in said
    fewer = lists.model_copy(
        update={"reserve_lists": tuple(one.model_copy(update={"persons": 99}) for one in lists.reserve_lists)}
    )
    assert "99 born 1980–1989" in turns_of(fewer, status_quo, names, "en")
    freed = study.scenario("freed-posts")
    policy = freed.promotion.model_copy(update={"release_rate_per_year": 0.035})
    assert turns_of(freed.model_copy(update={"promotion": policy}), status_quo, names, "en").startswith("3.5 of 100")


def test_a_measure_of_somebodys_own_is_told_by_its_keys(study):
    status_quo = study.scenario(BASELINE)
    own = Scenario.model_validate(
        {**status_quo.model_dump(), "id": "own", "posts": {"growth_per_year": 0.01}, "reason": "Posts grow."}
    )
    assert turns_of(own, status_quo, {}, "en") == f"posts.growth_per_year: 1{SPACE}%"
    assert said_of(own, "en") == assumed_of(own, "zh") == "—"


def test_whole_batches_have_words_of_their_own():
    assert young_share_phrase("turn_promotion_young_share", Fraction(1, 3), "zh") == "每批提拔中年轻干部不低于1/3"
    assert young_share_phrase("turn_promotion_young_share", Fraction(1), "en").startswith("every batch")
    assert young_share_phrase("package_young_share", "1", "en").startswith("every batch young")
