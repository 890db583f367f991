from dataclasses import replace

import numpy as np
import pytest
from openings import opening_of, random_path, shares

from cadre_research.errors import InfeasibleError, ParameterError, UnknownNameError
from cadre_research.evidence.retirement import RetirementRules
from cadre_research.findings.age_structure import young_and_all
from cadre_research.findings.attainable import Attainability, attainable, attainable_range
from cadre_research.findings.limits import Limits
from cadre_research.findings.optimal_plan import optimal_plan
from cadre_research.findings.policies import ALL_TARGETS, Policies
from cadre_research.model.population import Population

LAW = {"format": 1, "routes": ({"category": "police", "sex": "any", "base_age_years": 62, "source": "made up"},)}


@pytest.fixture
def office(make_ladder, make_evidence, people):
    """10 officers of 50 in 10 posts, 30 clerks of 31 and 30 of 50; nobody leaves, and officers are young to 35."""
    evidence = make_evidence(make_ladder())
    population = people(evidence.ladder, ("officer", 50, 5, 10), ("clerk", 31, 1, 30), ("clerk", 50, 9, 30))
    return opening_of(evidence, population, {"officer": 10})


@pytest.fixture
def force(ladder_file, make_evidence, make_target, people):
    """A police force with a jump, a demotion and two groups."""
    targets = (
        make_target(id="inspectors", levels=("inspector",), age_years=40),
        make_target(id="sergeants", levels=("sergeant", "inspector")),
    )
    evidence = make_evidence(ladder_file("police"), *targets, retirement=RetirementRules.model_validate(LAW))
    rows = [("constable", age, min(age - 18, 12), 60) for age in range(18, 62)]
    rows += [("sergeant", age, 4, 18) for age in range(28, 62)]
    rows += [("inspector", age, 3, 7) for age in range(32, 62)]
    rows += [("superintendent", age, 5, 2) for age in range(42, 62)]
    patrol, specialists = (people(evidence.ladder, *rows, group=group) for group in (0, 1))
    mixed = replace(patrol, headcount=0.8 * patrol.headcount + 0.2 * specialists.headcount)
    holders = dict(zip(evidence.ladder.rank_ids, mixed.by_rank(), strict=True))
    posts = {rank.id: holders[rank.id] * rank.holds_post for rank in evidence.ladder.ranks}
    return opening_of(evidence, mixed, posts)


def best(opening, scenario, years, limits, target=ALL_TARGETS, **how):
    policies = Policies(opening, scenario, years, **how)
    policies.set_limits(limits)
    return policies.shares.best_ratio(target) * policies.shares.goal(target)


def test_an_office_solved_by_hand(office, make_scenario):
    """Two releases a year open two posts for clerks of 31: 4 young after two years.

    The level then counts 14, the 4 released among them; post-holders are still 10. Without releases nobody moves.
    """
    scenario, two_a_year = make_scenario(), Limits(0.2)
    assert best(office, scenario, 2, two_a_year, "officers") == pytest.approx(4 / 14, abs=1e-9)
    assert best(office, scenario, 2, two_a_year, "officers", population="posts") == pytest.approx(0.4, abs=1e-9)
    assert best(office, scenario, 2, Limits(0.0), "officers") == pytest.approx(0.0, abs=1e-9)
    # At 36 the first are no longer young: of 12 promoted by 2023, those who were 31 at the opening are 37.
    assert best(office, scenario, 6, two_a_year, "officers") == pytest.approx(0.0, abs=1e-9)
    assert best(office, scenario, 2, two_a_year, "officers", hold_years=4) == pytest.approx(0.0, abs=1e-9)


def test_one_in_so_many_of_the_eligible(office, make_scenario):
    """With 60 eligible, one in 40 is 1.5 in the first year; then 58.5 are left: 1.4625. Four of ten are released."""
    young = 1.5 + 58.5 / 40
    limits = Limits(0.2, posts_filled_at_least=0.5, candidates_per_post=40)
    found = best(office, make_scenario(), 2, limits, "officers", population="posts")
    assert found == pytest.approx(young / (6 + young), abs=1e-9)
    free = replace(limits, candidates_per_post=None)
    assert best(office, make_scenario(), 2, free, "officers", population="posts") == pytest.approx(0.4, abs=1e-9)


def test_what_is_asked_wrongly_is_refused(office, make_scenario):
    with pytest.raises(ParameterError, match="posts_filled_at_least"):
        Limits(posts_filled_at_least=1.2)
    with pytest.raises(ParameterError, match="candidates_per_post"):
        Limits(candidates_per_post=0)
    with pytest.raises(ParameterError, match="budgets_per_100_posts"):
        Attainability(budgets_per_100_posts=(200,))
    with pytest.raises(ParameterError, match="horizon_years"):
        Policies(office, make_scenario(), 0)
    with pytest.raises(ParameterError, match="population"):
        Policies(office, make_scenario(), 1, population="everybody")
    policies = Policies(office, make_scenario(), 1)
    policies.set_limits(Limits())
    with pytest.raises(UnknownNameError, match="officers"):
        policies.shares.best_ratio("officer")


def test_limits_that_nobody_can_keep_say_what_to_do(office, make_scenario):
    growing = make_scenario(posts={"growth_per_year": 0.5})
    with pytest.raises(InfeasibleError, match="Lower posts_filled_at_least"):
        best(office, growing, 10, Limits())


def test_no_random_lawful_policy_of_a_force_beats_the_programme(force, make_scenario):
    scenario, limits, rng = make_scenario(), Limits(0.1, 0.6, 2), np.random.default_rng(20181231)
    policies = Policies(force, scenario, 4)
    policies.set_limits(limits)
    optimum = {name: policies.shares.best_ratio(name) for name in policies.shares.names}
    tried = 0
    for _ in range(500):
        path = random_path(force, scenario, limits, 4, rng)
        if path is None:
            continue
        tried += 1
        reached = shares(force, path[-1])
        assert min(reached.values()) <= optimum[ALL_TARGETS] + 1e-9
        assert all(ratio <= optimum[name] + 1e-9 for name, ratio in reached.items())
    assert tried > 400


@pytest.mark.parametrize("policies_tried", [25, pytest.param(500, marks=pytest.mark.soak)])
def test_no_random_lawful_policy_of_the_ladder_beats_the_programme(study, policies_tried):
    opening, scenario, limits = study.opening(), study.scenario("status-quo"), Limits(0.08)
    policies = Policies(opening, scenario, 3)
    policies.set_limits(limits)
    optimum = {name: policies.shares.best_ratio(name) for name in policies.shares.names}
    rng, tried = np.random.default_rng(7), 0
    for _ in range(policies_tried):
        path = random_path(opening, scenario, limits, 3, rng)
        if path is None:
            continue
        tried += 1
        reached = shares(opening, path[-1])
        assert min(reached.values()) <= optimum[ALL_TARGETS] + 1e-9
        assert all(ratio <= optimum[name] + 1e-9 for name, ratio in reached.items())
    assert tried > 0.6 * policies_tried


def beaten_by_no_policy(study, name, years):
    """Take the limits from the scenario's own path, and compare."""
    forecast = study.forecast(name, years)
    opening, ladder = forecast.opening, forecast.opening.evidence.ladder
    filled = [ladder.index(rank) for rank in (*ladder.promoted_into, ladder.entry.rank)]
    rules, released, least = opening.rules(forecast.scenario), 0.0, 1.0
    for year in forecast.projection.years:
        posts = rules.posts_in(year.year)[0]
        least = min(least, (year.closing.by_rank()[filled] / posts[filled]).min())
        for flow in year.flows:
            if flow.name == "release":
                released = max(released, flow.headcount.sum() / posts[flow.source])
    policies = Policies(opening, forecast.scenario, years)
    policies.set_limits(Limits(min(released + 1e-12, 1.0), least - 1e-12))
    reached = shares(opening, forecast.projection.years[-1].closing)
    for target, ratio in reached.items():
        assert policies.shares.best_ratio(target) >= ratio - 1e-9, target
    assert policies.shares.best_ratio(ALL_TARGETS) >= min(reached.values()) - 1e-9


@pytest.mark.parametrize("name", ["two-thirds-young-rate-12", "post-freeze"])
def test_no_scenario_beats_the_programme(study, name):
    beaten_by_no_policy(study, name, 4)


@pytest.mark.soak
@pytest.mark.parametrize("years", [5, 10])
def test_none_of_the_scenarios_beats_the_programme(study, years):
    for name in study.scenarios:
        beaten_by_no_policy(study, name, years)


@pytest.mark.parametrize(("releases", "years"), [(0.0, 5), (0.04, 4)])
def test_the_yearly_model_carries_out_the_plan_as_planned(study, releases, years):
    opening = study.opening()
    found = optimal_plan(opening, study.scenario("status-quo"), years, Limits(releases))
    headcount = found.projection.headcount()[1:]
    assert np.abs(headcount - found.planned_headcount).max() < 1e-6
    reached = min(shares(opening, found.projection.years[-1].closing).values())
    assert reached / 6 == pytest.approx(found.best_share, abs=1e-8)
    posts = opening.posts[0]
    for year in found.projection.years:
        holders = year.closing.by_rank()[posts > 0]
        assert (holders <= posts[posts > 0] + 1e-6).all()
        assert (holders >= 0.95 * posts[posts > 0] - 1e-6).all()
    frame = found.to_frame()
    assert set(frame["kind"]) == {"promotion", "recruitment"} | ({"release"} if releases else set())
    assert frame.loc[frame["kind"] == "recruitment", "from_rank"].isna().all()
    flows = [flow for year in found.projection.years for flow in year.flows if flow.name in set(frame["kind"])]
    moved = sum(float(flow.headcount.sum()) for flow in flows)
    assert frame["persons"].sum() == pytest.approx(moved, abs=1e-4)


def test_a_plan_with_jumps_demotions_and_groups_is_carried_out_too(force, make_scenario):
    found = optimal_plan(force, make_scenario(), 6, Limits(0.05, 0.6, 2), hold_years=1)
    assert np.abs(found.projection.headcount()[1:] - found.planned_headcount).max() < 1e-6
    last = [min(shares(force, year.closing).values()) for year in found.projection.years[-2:]]
    assert min(last) / 6 == pytest.approx(found.best_share, abs=1e-8)


def test_what_does_not_matter_changes_nothing(study):
    """A scenario's own policy, the order of the years in rank that nothing asks for, and a title are no limits."""
    opening, scenario, limits = study.opening(), study.scenario("status-quo"), Limits(0.02)
    expected = best(opening, scenario, 3, limits)
    for name in ("two-thirds-young-rate-12", "post-freeze"):
        assert best(opening, study.scenario(name), 3, limits) == pytest.approx(expected, abs=1e-12)
    # At the top nobody goes further up, so years in rank are only counted.
    top = opening.evidence.ladder.index("county-principal")
    headcount = opening.population.headcount.copy()
    headcount[..., top, :, :] = headcount[..., top, :, ::-1]
    turned = replace(opening, population=Population(headcount, opening.evidence.ladder))
    assert best(turned, scenario, 3, limits) == pytest.approx(expected, abs=1e-9)


def test_twice_the_people_and_posts_have_the_same_shares(office, make_scenario):
    twice = replace(
        office, posts=2 * office.posts, population=replace(office.population, headcount=2 * office.population.headcount)
    )
    scenario = make_scenario()
    assert best(twice, scenario, 2, Limits(0.2)) == pytest.approx(best(office, scenario, 2, Limits(0.2)), abs=1e-9)


@pytest.fixture(scope="module")
def table(study):
    question = Attainability(
        (3,), (0, 4, 20), (False,), ("section-deputy", "county-level", ALL_TARGETS), certified_per_100_posts=(0,)
    )
    told = []
    return attainable(study, question=question, progress=told.append), told


def test_the_table_has_a_row_for_every_question(table):
    frame, told = table
    assert list(frame.columns) == [
        *["target", "horizon_years", "hold", "releases_per_100_posts", "best_share", "reachable", "binding_rules"],
        *["scenario", "age_line", "population", "candidates_per_post"],
    ]
    assert len(frame) == 3 * 3
    assert len(told) > len(frame)
    assert (frame["reachable"] == (frame["best_share"] >= 1 / 6 - 1e-9)).all()


def test_a_larger_budget_never_lowers_the_best_share_and_all_is_harder_than_each(table):
    frame, _ = table
    for _, curve in frame.groupby(["target", "horizon_years"]):
        assert (curve["best_share"].diff().dropna() >= -1e-9).all()
    wide = frame.pivot_table(index=["horizon_years", "releases_per_100_posts"], columns="target", values="best_share")
    assert (wide[ALL_TARGETS] <= wide[["section-deputy", "county-level"]].min(axis=1) + 1e-9).all()


def test_rules_are_named_only_where_asked_and_out_of_reach(table):
    frame, _ = table
    named = frame[frame["binding_rules"] != ""]
    assert not named["reachable"].any()
    assert set(named["releases_per_100_posts"]) == {0.0}
    assert named["binding_rules"].str.contains("minimum-years:section-deputy").all()


def test_to_attain_is_never_harder_than_to_hold(study):
    opening, scenario = study.opening(age_line="strict"), study.scenario("status-quo")
    attained = best(opening, scenario, 3, Limits(0.02), "section-chief")
    held = best(opening, scenario, 3, Limits(0.02), "section-chief", hold_years=2)
    assert held <= attained + 1e-9


def test_posts_count_fewer_than_the_level(study):
    opening, scenario = study.opening(), study.scenario("status-quo")
    found = optimal_plan(opening, scenario, 3, Limits(0.02), "section-chief", population="posts")
    target = opening.evidence.target("section-chief")
    young, holders = young_and_all(found.projection.years[-1].closing, target, "posts", "inclusive")
    assert young / holders == pytest.approx(found.best_share, abs=1e-8)


def test_the_range_over_openings_spans_each_of_them(study):
    scenario = study.scenario("status-quo")
    openings = [study.opening(), study.opening(age_line="strict")]
    question = Attainability((2,), (0, 4), (False,), ("section-chief",))
    frame = attainable_range(openings, scenario, question)
    alone = [best(opening, scenario, 2, Limits(0.04), "section-chief") for opening in openings]
    row = frame[frame["releases_per_100_posts"] == 4].iloc[0]
    assert row["lowest_best_share"] == pytest.approx(min(alone), abs=1e-9)
    assert row["highest_best_share"] == pytest.approx(max(alone), abs=1e-9)
    assert row["reachable_share"] == np.mean([share >= 1 / 6 for share in alone])
    with pytest.raises(ParameterError, match="expected at least one"):
        attainable_range([], scenario, question)
