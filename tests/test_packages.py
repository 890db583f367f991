"""The cheapest package on a ladder small enough to work out, the nearest miss, and how goals are checked in worlds."""

from fractions import Fraction

import numpy as np
import pytest

from cadre_research.errors import ParameterError, UnknownNameError
from cadre_research.findings.goals import checked, goal_probabilities, goal_targets
from cadre_research.findings.outlook import Outlook
from cadre_research.findings.package_grid import Grid, Package
from cadre_research.findings.packages import packages
from cadre_research.findings.study import Study
from cadre_research.model.eligibility import promotion_weights
from cadre_research.model.opening import Opening

SMALL = Grid(
    measures=("priority",),
    core=("priority",),
    young_shares=("0", "2/3", "1"),
    release_rates=(0.0, 0.1, 0.2, 0.3),
    promotion_rates=(0.1, 0.2),
    finer=(0.05,),
)


@pytest.fixture
def city(make_ladder, make_evidence, make_scenario, make_target, people):
    """A study of 30 clerks who are young at the close, 30 who are not, and officers who are none of them young.

    `posts` of the officers, of whom `holders` are there; the target is a share of the officers, with or without a post.
    """

    def make(share="1/6", posts=60.0, holders=60.0):
        ladder = make_ladder()
        evidence = make_evidence(ladder, make_target(share=share))
        opening = Opening(
            evidence,
            "inclusive",
            people(ladder, ("clerk", 33, 5, 30.0), ("clerk", 45, 5, 30.0), ("officer", 50, 5, holders)),
            np.array([[0.0, 0.0, posts]]),
            {},
            {(way.source, way.into): promotion_weights(ladder, way, None, None)[None] for way in ladder.promotions},
            None,
            float("nan"),
        )
        priority = make_scenario(id="priority", promotion={"priority_rule": True})
        found = Study(evidence, {"status-quo": make_scenario(id="status-quo")}, {"priority": priority})
        found._openings["inclusive", None, ()] = opening
        return found

    return make


def one(found):
    assert len(found.answers) == 1
    return found.answers.iloc[0]


def test_the_cheapest_package_by_hand(city):
    """20 of 100 posts freed for the young alone: 12 of 60 + 12 officers, one sixth; at 15 it is 9 of 69."""
    found = packages(city(), SMALL, ["all"], (1,))
    row = one(found)
    assert (row["reached"], row["measures"], row["hardest_target"]) == (True, "", "officers")
    assert row["young_share"] == "1"
    assert [row[name] for name in ("promotions", "young_promotions", "releases")] == pytest.approx([12, 12, 12])
    assert [row[name] for name in ("recruits", "lateral", "appointments")] == pytest.approx([0, 0, 12])
    assert row["margin"] == pytest.approx(0, abs=1e-12)
    assert row["filled"] == pytest.approx(1)
    assert found.shares["share"].tolist() == pytest.approx([1 / 6])
    scenario = found.scenarios["all", 1]
    assert (scenario.id, scenario.promotion.young_share) == ("package-all-1-years", Fraction(1))


def test_finer_steps_find_a_cheaper_one(city):
    """For one seventh, n of 60 + n: ten releases, 16.67 of 100 posts; 15 give 9 of 69, so 20 without finer steps."""
    coarse = packages(city("1/7"), SMALL, ["all"], (1,))
    assert one(coarse)["releases"] == pytest.approx(12)
    fine = Grid(**{**vars(SMALL), "finer": (0.05, 0.01)})
    assert one(packages(city("1/7"), fine, ["all"], (1,)))["releases"] == pytest.approx(0.17 * 60)


def test_the_nearest_miss_by_hand(city):
    """With 10 of 100 posts freed at most, 6 of 66 are young at best: 7.58 points short of one sixth."""
    grid = Grid(**{**vars(SMALL), "release_rates": (0.0, 0.1), "promotion_rates": (0.1,)})
    row = one(packages(city(), grid, ["all"], (1,)))
    assert not row["reached"]
    assert row["hardest_target"] == "officers"
    assert row["margin"] == pytest.approx(6 / 66 - 1 / 6)
    assert row["releases"] == pytest.approx(6)


def test_a_budget_of_releases_is_kept_to(city):
    """Seven releases: 6 of 66 at 10 of 100 posts freed, 6.6 of 66.6 at 11, not the 7.2 of 67.2 at 12."""
    grid = Grid(**{**vars(SMALL), "finer": (0.01,), "releases_at_most": 7.0})
    row = one(packages(city(), grid, ["all"], (1,)))
    assert (row["reached"], row["releases"]) == (False, pytest.approx(6.6))
    assert row["margin"] == pytest.approx(6.6 / 66.6 - 1 / 6)


def test_a_vacancy_is_taken_before_anybody_is_released(city):
    """12 posts are empty: all filled by young clerks are 12 of 60; 9 of 57 would not do."""
    row = one(packages(city(holders=48.0), SMALL, ["all"], (1,)))
    assert (row["reached"], row["releases"], row["promotions"]) == (True, pytest.approx(0), pytest.approx(0, abs=1e-9))
    # Without a young rule half of the twelve are young.
    assert row["young_promotions"] == pytest.approx(6)
    assert row["margin"] == pytest.approx(1 / 5 - 1 / 6)


def test_posts_kept_empty_do_not_pass_for_thrift(city):
    """Of 100 posts 48 are held: 10 promotions of the young are 10 of 58, but leave 42 posts empty."""
    lax = Grid(**{**vars(SMALL), "filled_at_least": 0.5})
    assert one(packages(city(posts=100.0, holders=48.0), lax, ["all"], (1,)))["filled"] == pytest.approx(0.58)
    strict = one(packages(city(posts=100.0, holders=48.0), SMALL, ["all"], (1,)))
    assert (strict["reached"], strict["filled"]) == (True, pytest.approx(1))
    assert strict["appointments"] == pytest.approx(0, abs=1e-9)


def test_the_search_is_the_same_every_time_and_tells_how_far_it_is(city):
    told = []
    first = packages(city(), SMALL, ["all"], (1,), progress=lambda *how_far: told.append(how_far))
    second = packages(city(), SMALL, ["all"], (1,), workers=1)
    assert first.answers.equals(second.answers)
    # 2 subsets, 3 young shares, 4 + 2 rates, the status quo known already.
    assert ("start", 35, 35) in told
    assert one(first)["packages_tried"] == sum(of for _, done, of in told if done == of)


def test_a_turn_of_one_lever_stays_on_the_grid():
    package = Package(("priority",), "2/3", 0.3, ())
    near = {*SMALL.neighbours(package, ["officer"], 0.05)}
    assert Package((), "2/3", 0.3) in near
    assert {one.young_share for one in near} == {"0", "2/3", "1"}
    assert {one.release_rate for one in near if not one.rates} == {0.25, 0.3}
    # With a rate of its own for every rank there is none to free posts in.
    assert {(one.release_rate, one.rates) for one in near if one.rates} == {
        (0.0, (("officer", rate),)) for rate in (0.1, 0.2)
    }
    assert Package((), "0", 0.1, (("officer", 0.12),)).label() == "freed 10 per 100, officer 12 per 100"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"core": ("other",)}, "core: given other, expected some of priority"),
        ({"release_rates": (0.1, 0.0)}, "release_rates: given"),
        ({"promotion_rates": (0.1, 1.2)}, "promotion_rates: given"),
    ],
)
def test_a_grid_that_is_none_is_refused(changes, message):
    with pytest.raises(ParameterError, match=message):
        Grid(**{**vars(SMALL), **changes})


def test_what_cannot_be_looked_for_is_refused(study, city):
    with pytest.raises(ParameterError, match=r"measure half-young turns promotion\.young_share"):
        packages(study, Grid(measures=("half-young",), core=()))
    for name, turned in (("rate-08", "mode"), ("freed-posts", "release_rate_per_year")):
        with pytest.raises(ParameterError, match=rf"measure {name} turns promotion\.{turned}"):
            packages(study, Grid(measures=(name,), core=()))
    with pytest.raises(UnknownNameError, match="Did you mean priority"):
        packages(city(), Grid(measures=("priorit",), core=()))
    with pytest.raises(ParameterError, match="no target has a survey"):
        packages(city(), SMALL, ["anchored"], (1,))
    with pytest.raises(ParameterError, match="expected all or anchored"):
        goal_targets(study.evidence.targets.targets, "six")


def test_goals_are_all_targets_or_those_that_were_counted(study):
    targets = study.evidence.targets.targets
    assert goal_targets(targets, "all") == list(range(6))
    assert [targets[place].id for place in goal_targets(targets, "anchored")] == ["county-level", "section-chief"]


def test_a_goal_is_reached_where_all_its_targets_are_at_once(make_target):
    """Each of two targets is reached in half of four cases, both together in one of them."""
    targets = tuple(make_target(id=name) for name in ("one", "two"))
    young = {"one": [[1, 0], [1, 0]], "two": [[1, 1], [0, 0]]}
    counts = {
        (name, population): np.array(young[name])[..., None] for name in young for population in ("level", "posts")
    }
    found = Outlook(
        "toy", "inclusive", targets, np.array([2017]), counts, {key: 0 * one + 6 for key, one in counts.items()}
    )
    row = goal_probabilities(found, 0, ["all"]).iloc[0]
    assert row[["goal", "population", "draws", "replicates"]].tolist() == ["all", "level", 2, 2]
    # By draw 1/2 and 0: mean 1/4, standard error sqrt(1/8) / sqrt(2).
    assert (row["probability"], row["probability_se"]) == pytest.approx((0.25, 0.25))
    assert (row["least_probable_target"], row["least_probability"]) == ("one", 0.5)
    with pytest.raises(ParameterError, match="horizon_years: given 1, expected 0 to 0"):
        goal_probabilities(found, 1)


def test_packages_are_checked_in_worlds(study):
    openings = {7: study.opening(), 9: study.opening()}
    scenarios = {("all", 1): study.scenario("status-quo"), ("anchored", 2): study.scenario("two-thirds-young-rate-12")}
    done = []
    frame = checked(openings, scenarios, 3, seed=5, progress=lambda: done.append(1))
    assert frame[["goal", "horizon_years", "population"]].to_numpy().tolist() == [
        ["all", 1, "level"],
        ["anchored", 2, "level"],
    ]
    assert frame["probability"].tolist() == [0.0, 0.0]
    assert frame["draws"].tolist() == [2, 2]
    assert len(done) == 4
