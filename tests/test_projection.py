"""A population taken through several years, on any axes."""

from dataclasses import replace

import numpy as np
import pytest

from cadre_research.findings.turnover import turnover
from cadre_research.model.chance import Expected
from cadre_research.model.population import Population, empty_population
from cadre_research.model.projection import project
from cadre_research.model.rules import Rules
from cadre_research.model.year import advance


@pytest.fixture
def markov(opening):
    """The stationary rules: probabilities per holder, recruits by schedule, so linear in the population."""
    return replace(
        opening.stationary_rules, recruits_by_year=dict.fromkeys(range(2018, 2030), opening.recruits_per_year)
    )


@pytest.mark.parametrize("scenario", ["status-quo", "one-third-rule", "rate-12", "post-freeze"])
def test_ten_years_are_five_years_and_five_more_to_the_last_bit(study, scenario, age_line):
    opening = study.opening(age_line=age_line)
    rules = opening.rules(study.scenario(scenario))
    ten = project(opening.population, 2017, 10, rules)
    first = project(opening.population, 2017, 5, rules)
    second = project(first.years[-1].closing, 2022, 5, opening.rules(study.scenario(scenario)))
    np.testing.assert_array_equal(ten.headcount(), np.concatenate([first.headcount(), second.headcount()[1:]]))
    np.testing.assert_array_equal(ten.years[-1].closing.headcount, second.years[-1].closing.headcount)
    assert [year.year for year in ten.years] == list(range(2018, 2028))


def test_a_shorter_forecast_is_the_beginning_of_a_longer_one(study):
    five, ten = (study.forecast("rate-08", horizon) for horizon in (5, 10))
    np.testing.assert_array_equal(five.projection.headcount(), ten.projection.headcount()[:6])
    assert turnover(five).equals(turnover(ten).query("year <= 2022").reset_index(drop=True))


def test_a_projection_changes_nothing_it_was_given(study):
    opening = study.opening()
    before = opening.population.headcount.copy()
    project(opening.population, 2017, 3, opening.rules(study.scenario("rate-12")))
    np.testing.assert_array_equal(opening.population.headcount, before)


def test_populations_and_headcounts_start_with_the_opening(study):
    projection = study.forecast("status-quo", 2).projection
    assert list(projection.populations) == [2017, 2018, 2019]
    assert projection.populations[2017] is projection.opening
    assert projection.headcount().shape == (3, 9, 41)


def test_a_city_seven_times_as_large_moves_seven_times_as_many_in_markov_mode(opening, markov):
    large = replace(opening.population, headcount=7 * opening.population.headcount)
    more = replace(markov, recruits_by_year={y: 7 * n for y, n in markov.recruits_by_year.items()})
    small, large = project(opening.population, 2017, 10, markov), project(large, 2017, 10, more)
    np.testing.assert_allclose(large.headcount(), 7 * small.headcount(), rtol=1e-12, atol=1e-9)


def test_a_city_seven_times_as_large_has_the_same_shares_when_it_fills_vacancies(study, age_line):
    """More posts, more holders, all rules in shares: only the numbers are seven times as large."""
    opening = study.opening(age_line=age_line)
    rules = opening.rules(study.scenario("one-third-rule"))
    large = replace(opening.population, headcount=7 * opening.population.headcount)
    small = project(opening.population, 2017, 10, rules)
    large = project(large, 2017, 10, replace(rules, posts=7 * rules.posts))
    np.testing.assert_allclose(large.headcount(), 7 * small.headcount(), rtol=1e-9, atol=1e-7)


def with_rates(rules: Rules, rates, young_share) -> Rules:
    promotions = tuple(replace(rule, rate_per_year=rates) for rule in rules.promotions)
    return replace(rules, promotions=promotions, young_share=young_share)


def test_a_batch_of_rates_is_the_runs_one_by_one(study, age_line):
    """Leading axis: four rates and young shares at once."""
    opening = study.opening(age_line=age_line)
    rules = opening.rules(study.scenario("rate-08"))
    rates, shares = np.array([0.0, 0.04, 0.09, 0.15]), np.array([0.0, 1 / 3, 0.5, 0.9])
    lead = np.broadcast_to(opening.population.headcount, (4, *opening.population.headcount.shape)).copy()
    batch = project(replace(opening.population, headcount=lead), 2017, 10, with_rates(rules, rates, shares))
    for at, (rate, share) in enumerate(zip(rates, shares, strict=True)):
        alone = project(opening.population, 2017, 10, with_rates(rules, float(rate), float(share)))
        np.testing.assert_allclose(batch.headcount()[:, at], alone.headcount(), rtol=1e-9, atol=1e-9)
        for together, single in zip(batch.years, alone.years, strict=True):
            np.testing.assert_allclose(together.empty_posts[at], single.empty_posts, rtol=1e-9, atol=1e-8)


def test_a_city_split_into_two_halves_is_the_city_in_markov_mode(opening, markov):
    """Unit axis: half of everybody and of every post in each."""
    whole = opening.population
    halves = Population(np.repeat(whole.headcount, 2, axis=-6) / 2, whole.ladder, units=("north", "south"))
    rules = replace(markov, posts=np.repeat(opening.posts, 2, axis=-2) / 2)
    city, parts = project(whole, 2017, 10, markov), project(halves, 2017, 10, rules)
    np.testing.assert_allclose(parts.headcount(), city.headcount(), rtol=1e-12, atol=1e-9)
    closing = parts.years[-1].closing.headcount
    np.testing.assert_allclose(closing[0], closing[1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scenario", ["status-quo", "two-thirds-young", "rate-10"])
def test_two_like_halves_fill_their_posts_as_the_city_does(study, scenario):
    opening = study.opening()
    whole, rules = opening.population, opening.rules(study.scenario(scenario))
    halves = Population(np.repeat(whole.headcount, 2, axis=-6) / 2, whole.ladder, units=("north", "south"))
    parts = project(halves, 2017, 10, replace(rules, posts=np.repeat(rules.posts, 2, axis=-2) / 2))
    city = project(whole, 2017, 10, rules)
    np.testing.assert_allclose(parts.headcount(), city.headcount(), rtol=1e-8, atol=1e-8)


def test_units_of_different_size_keep_to_their_own_posts(study):
    """A unit whose posts are all filled promotes nobody for a unit that lacks holders."""
    opening = study.opening()
    whole, rules = opening.population, opening.rules(study.scenario("status-quo"))
    headcount = np.repeat(whole.headcount, 2, axis=-6) / 2
    headcount[1] *= 0.5
    parts = Population(headcount, whole.ladder, units=("full", "half-empty"))
    year = advance(parts, 2018, replace(rules, posts=np.repeat(rules.posts, 2, axis=-2) / 2), Expected())
    promoted = [sum(f.headcount[unit].sum() for f in year.flows if f.name == "promotion") for unit in (0, 1)]
    assert promoted[1] > 2 * promoted[0]
    holders = year.closing.headcount.sum((-5, -4, -2, -1))
    assert (holders[:, opening.posts[0] > 0] <= opening.posts[0, opening.posts[0] > 0] / 2 * (1 + 1e-9)).all()


def test_groups_split_in_two_are_the_groups(opening, markov):
    """Group axis: each sex halved into two groups that the rules treat alike."""
    whole = opening.population
    groups = tuple(
        group.model_copy(update={"id": f"{group.id}-{part}"}) for group in whole.ladder.groups for part in ("a", "b")
    )
    ladder = whole.ladder.model_copy(update={"groups": groups})
    halves = Population(np.repeat(whole.headcount, 2, axis=-5) / 2, ladder)
    rules = replace(
        markov,
        ladder=ladder,
        retirement=lambda year: np.repeat(markov.retirement(year), 2, axis=0),
        entry_mix=np.repeat(markov.entry_mix, 2, axis=0) / 2,
    )
    city, parts = project(whole, 2017, 10, markov), project(halves, 2017, 10, rules)
    np.testing.assert_allclose(parts.headcount(), city.headcount(), rtol=1e-12, atol=1e-9)


def two_statuses(whole: Population, first: float) -> Population:
    headcount = np.concatenate([first * whole.headcount, (1 - first) * whole.headcount], axis=-4)
    return Population(headcount, whole.ladder, statuses=("reserve", "other"))


def test_statuses_that_the_rules_treat_alike_are_the_city(opening, markov):
    city, parts = (project(p, 2017, 10, markov) for p in (opening.population, two_statuses(opening.population, 0.5)))
    np.testing.assert_allclose(parts.headcount(), city.headcount(), rtol=1e-12, atol=1e-9)


def test_a_rate_of_nought_promotes_nobody(study):
    forecast = study.forecast(study.scenario("rate-08").overridden(promotion_rate_per_year=0.0), 10)
    flows = set(turnover(forecast)["flow"])
    assert not flows & {"promotion-in", "promotion-out", "release-in", "release-out"}
    chiefs = forecast.opening.evidence.ladder.index("section-chief")
    posts = forecast.opening.posts[0, chiefs]
    closing = forecast.projection.years[-1]
    assert closing.empty_posts[0, chiefs] == pytest.approx(posts - closing.closing.by_rank()[chiefs])
    assert closing.empty_posts[0, chiefs] > 0.2 * posts


def test_a_rate_of_one_promotes_as_many_as_are_eligible_and_no_more(study):
    """The whole of every rank cannot be replaced each year: one in 3 of the eligible is the bound."""
    forecast = study.forecast(study.scenario("rate-08").overridden(promotion_rate_per_year=1.0), 10)
    ladder = forecast.opening.evidence.ladder
    before = forecast.projection.opening
    for year in forecast.projection.years:
        for flow in year.flows:
            if flow.name == "promotion":
                there = before.headcount[..., flow.source, :, :].sum(-1)
                assert flow.headcount.sum() <= there.sum() / 3 + 1e-9
                assert (flow.headcount <= there + 1e-9).all()
        before = year.closing
    holds = np.array([rank.holds_post for rank in ladder.ranks])
    assert (before.by_rank()[holds] <= forecast.opening.posts[0, holds] * (1 + 1e-9)).all()


def test_where_nobody_retires_only_the_other_ways_out_are_taken(make_ladder, make_evidence, make_rules, people):
    """10 % leave a year, the oldest age is open: 1000 x 0.9^10."""
    exits = ({"id": "left", "name_en": "-", "name_zh": "-", "probability_per_year": 0.1},)
    ladder = make_ladder(exits=exits)
    rules = make_rules(make_evidence(ladder), {"officer": 100})
    projection = project(people(ladder, ("clerk", 58, 0, 900), ("officer", 59, 3, 100)), 2017, 10, rules)
    closing = projection.years[-1].closing
    assert float(closing.total()) == pytest.approx(1000 * 0.9**10, rel=1e-12)
    assert not {flow.name for year in projection.years for flow in year.flows} & {"retired"}
    assert closing.by_rank_and_age()[:, :-1].sum() == 0


def test_a_rank_with_nobody_below_it_stays_empty(make_ladder, make_evidence, make_rules, people):
    ladder = make_ladder()
    for promotion in ({}, {"mode": "rate", "rate_per_year": 0.5}, {"young_share": "1/2", "priority_rule": True}):
        rules = make_rules(make_evidence(ladder), {"officer": 100}, promotion=promotion)
        years = project(people(ladder, ("officer", 40, 0, 5)), 2017, 3, rules).years
        assert years[-1].closing.by_rank().tolist() == [0, 0, 5]
        assert years[-1].empty_posts.tolist() == [[0, 0, 95]]


def test_a_service_of_nobody_stays_one(study):
    opening = study.opening()
    nobody = empty_population(opening.evidence.ladder)
    rules = replace(opening.rules(study.scenario("rate-12")), posts=np.zeros((1, 9)))
    assert float(project(nobody, 2017, 10, rules).years[-1].closing.total()) == 0


def test_a_service_of_one_person_is_followed_to_its_end(study, people, by_age):
    """A man of 57 at the close of 2017, one post, his own: 3 years of stay, the law takes him in 2020."""
    opening = study.opening()
    ladder = opening.evidence.ladder
    rules = opening.rules(study.scenario("status-quo"))
    posts = np.zeros((1, 9))
    posts[0, ladder.index("county-principal")] = 1
    rules = replace(rules, posts=posts, moves=())
    years = project(people(ladder, ("county-principal", 57, 4, 1)), 2017, 4, rules).years
    stay = 1 - 0.0015 - 0.002 - 0.001
    assert by_age(years[0].closing, "county-principal") == {58: pytest.approx(stay, rel=1e-12)}
    assert by_age(years[1].closing, "county-principal") == {59: pytest.approx(stay**2, rel=1e-12)}
    assert float(years[2].closing.total()) == 0
    assert years[3].empty_posts[0].tolist() == posts[0].tolist()
