"""Many drawn projections: their mean and spread against exact ones, whole persons, and the same on any machine.

Seeds are fixed. A bound on the largest of many z leaves a false alarm to another seed with probability `LEVEL`.
"""

import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy import stats

from cadre_research.evidence.retirement import RetirementRules
from cadre_research.evidence.targets import is_young
from cadre_research.model.chance import Expected
from cadre_research.model.drawn_opening import drawn_opening
from cadre_research.model.paths import BLOCK, Block, cores, replicate_blocks, run_blocks
from cadre_research.model.population import Population
from cadre_research.model.projection import project
from cadre_research.model.random import Random
from cadre_research.model.year import advance

LEVEL = 1e-3
OPENING_YEAR = 2017
MARKOV = {"mode": "markov"}
POINT = 0.01


def law(category, base_age_years):
    route = {"category": category, "sex": "any", "base_age_years": base_age_years, "source": "made up"}
    return RetirementRules.model_validate({"format": 1, "routes": (route,)})


def blocks_of(population, rules, replicates, seed):
    """Blocks of replicates that all start from the same whole persons."""

    def opening(count):
        return replace(population, headcount=np.repeat(population.headcount[None], count, 0))

    counts = [min(BLOCK, replicates - first) for first in range(0, replicates, BLOCK)]
    return [Block(partial(opening, count), rules, Random(seed, (place,))) for place, count in enumerate(counts)]


# Markov mode: persons are independent, so mean and variance are known exactly ---------------------------------------


@pytest.fixture(scope="module")
def heneman(ladder_file, make_evidence, make_rules, people):
    """The textbook's four jobs: a jump over one, demotions by one and by two; nobody joins."""
    ladder = ladder_file("heneman")
    population = people(ladder, ("a", 40, 0, 5000), ("b", 40, 0, 1500), ("c", 40, 0, 500), ("d", 40, 0, 300))
    return population, make_rules(make_evidence(ladder), {}, promotion=MARKOV)


@pytest.fixture(scope="module")
def police(ladder_file, make_evidence, make_rules, people):
    """A force of every age with a jump, a demotion by two ranks and two groups; 90 recruits in three of the years."""
    ladder = ladder_file("police")
    rows = [("constable", age, min(age - 18, 12), 48) for age in range(18, 62)]
    rows += [("sergeant", age, 4, 14) for age in range(28, 62)]
    rows += [("inspector", age, 3, 6) for age in range(32, 62)]
    rows += [("superintendent", age, 5, 25) for age in range(42, 62)]
    patrol = people(ladder, *rows)
    specialists = people(ladder, *[(rank, age, years, persons // 4) for rank, age, years, persons in rows], group=1)
    population = replace(patrol, headcount=patrol.headcount + specialists.headcount)
    evidence = make_evidence(ladder, retirement=law("police", 62))
    schedule = {"mode": "schedule", "persons_by_year": {"2018": 90, "2019": 90, "2021": 90}}
    return population, make_rules(evidence, {}, promotion=MARKOV, recruitment=schedule)


@pytest.fixture(scope="module")
def three_ranks(ladder_file, make_evidence, make_rules, people):
    """Three ranks and five ages, with probabilities of promotion and a recruitment that stops."""
    ladder = ladder_file("three-ranks")
    ways = [
        way.model_copy(update={"probability_per_year": p}) for way, p in zip(ladder.promotions, (0.3, 0.2), strict=True)
    ]
    ladder = ladder.model_copy(update={"promotions": tuple(ways)})
    ages = range(30, 35)
    rows = [("junior", age, min(age - 30, 3), 400) for age in ages] + [("middle", age, 1, 120) for age in ages]
    population = people(ladder, *rows, *[("senior", age, 0, 60) for age in ages])
    schedule = {"mode": "schedule", "persons_by_year": {"2018": 400, "2019": 300, "2020": 200}}
    evidence = make_evidence(ladder, retirement=law("all", 35))
    return population, make_rules(evidence, {}, promotion=MARKOV, recruitment=schedule)


def places(population, rules, horizon_years):
    """Where one person of each origin is to be found, array [origin, year, rank, age], and how many there are of it.

    The origins are the cells of the opening and each year's recruits.
    """
    alone = replace(rules, recruits_by_year={})
    here = np.argwhere(population.headcount > 0)
    one = np.zeros((len(here), *population.headcount.shape))
    one[(np.arange(len(here)), *here.T)] = 1.0
    path = project(replace(population, headcount=one), OPENING_YEAR, horizon_years, alone).headcount()
    probability, persons = [np.moveaxis(path, 0, 1)], [population.headcount[tuple(here.T)]]
    nobody = replace(population, headcount=np.zeros(population.headcount.shape))
    for year, recruits in (rules.recruits_by_year or {}).items():
        path = project(nobody, OPENING_YEAR, horizon_years, replace(rules, recruits_by_year={year: 1.0})).headcount()
        probability.append(path[None])
        persons.append([recruits])
    return np.concatenate(probability), np.concatenate(persons)


def moments(probability, persons):
    """Mean, variance and fourth cumulant of counts of independent persons, each there or not."""
    spread = probability * (1 - probability)
    each = (probability, spread, spread * (1 - 6 * spread))
    return tuple(np.tensordot(persons, values, 1) for values in each)


def misfit_of_variance(drawn, mean, variance, cumulant):
    """Two-sided p-values of sums of squares [draw, cell] about the exact mean.

    Chi-square, its degrees of freedom lessened by how much heavier than normal the tails are.
    """
    heavier = 1 + cumulant / variance**2 / 2
    freedom = len(drawn) / heavier
    statistic = ((drawn - mean) ** 2).sum(0) / variance / heavier
    return 2 * np.minimum(stats.chi2.sf(statistic, freedom), stats.chi2.cdf(statistic, freedom))


@pytest.mark.parametrize(
    ("service", "horizon_years", "cells_at_least"),
    [("heneman", 20, 60), ("police", 5, 400), ("three_ranks", 8, 25)],
)
def test_in_markov_mode_mean_and_variance_are_those_of_independent_persons(
    service, horizon_years, cells_at_least, request
):
    """Of cells (rank, age, year) with five persons or more, and of the ranks' totals, which tell of covariances."""
    population, rules = request.getfixturevalue(service)
    drawn = run_blocks(blocks_of(population, rules, 2_000, 12), OPENING_YEAR, horizon_years, 2).headcount
    probability, persons = places(population, rules, horizon_years)
    exact = moments(probability, persons)
    expected = project(population, OPENING_YEAR, horizon_years, rules).headcount()
    np.testing.assert_allclose(exact[0], expected, rtol=1e-11, atol=1e-9)
    by_rank = moments(probability.sum(-1), persons)
    for samples, (mean, variance, cumulant) in ((drawn, exact), (drawn.sum(-1), by_rank)):
        large = (mean >= 5) & (variance >= 2)
        samples, mean, variance, cumulant = samples[:, large], mean[large], variance[large], cumulant[large]
        assert large.sum() >= (cells_at_least if large.ndim == 3 else 3)
        z = np.abs(samples.mean(0) - mean) / np.sqrt(variance / len(samples))
        assert z.max() < stats.norm.isf(LEVEL / 2 / len(z))
        if len(z) >= 100:
            # The hundred largest alone, against a bound that anybody knows.
            assert z[np.argsort(-mean)[:100]].max() < 4
        assert misfit_of_variance(samples, mean, variance, cumulant).min() > LEVEL / len(z)


def test_the_test_of_variance_would_notice_a_tenth_too_much():
    """Binomials of 100 persons, against the variance of 110 and of 90."""
    drawn = np.random.default_rng(1).binomial(100, 0.3, (2_000, 50))
    mean, variance, cumulant = moments(np.full((1, 50), 0.3), np.array([100.0]))
    assert misfit_of_variance(drawn, mean, variance, cumulant).min() > LEVEL / 50
    for factor in (0.9, 1.1):
        assert misfit_of_variance(drawn, mean, factor * variance, cumulant).min() < LEVEL / 50


# Vacancies and rates: how far the mean of the draws is from the expected path ---------------------------------------


def young_share(headcount, ladder, ages_years, target, age_line):
    group = headcount[..., ladder.ranks_in(target.levels), :].sum(-2)
    return group[..., is_young(ages_years, target.age_years, age_line)].sum(-1) / group.sum(-1)


def biases(opening, scenario, replicates, seed, horizon_years=10):
    """Bias of each target's share and its standard error, {target: (bias [year], error [year])}."""
    rules = opening.rules(scenario)
    paths = run_blocks(replicate_blocks(opening, rules, replicates, seed), opening.year, horizon_years, 2)
    expected = project(opening.population, opening.year, horizon_years, rules).headcount()
    found = {}
    for target in opening.evidence.targets.targets:
        about = (paths.ladder, paths.ages_years, target, opening.age_line)
        drawn = young_share(paths.headcount, *about)
        found[target.id] = (drawn.mean(0) - young_share(expected, *about), drawn.std(0) / np.sqrt(replicates))
    return found


def assert_biases_are_small(study, scenario, replicates, age_line="inclusive"):
    opening = study.opening(scenario, age_line)
    for target, (bias, error) in biases(opening, study.scenario(scenario), replicates, 12).items():
        for years in (5, 10):
            assert abs(bias[years]) < 0.1 * POINT + 3 * error[years], (target, years)
            assert error[years] < 0.1 * POINT, (target, years)


@pytest.mark.parametrize("scenario", ["status-quo", "rate-12", "one-third-rule"])
def test_the_mean_share_of_every_target_is_the_expected_one_to_a_tenth_of_a_point(study, scenario):
    assert_biases_are_small(study, scenario, 400)


@pytest.mark.soak
@pytest.mark.parametrize("age_line", ["inclusive", "strict"])
@pytest.mark.parametrize("scenario", ["status-quo", "rate-12", "one-third-rule", "no-retirement-delay"])
def test_the_mean_share_of_every_target_is_the_expected_one_closely(study, scenario, age_line):
    assert_biases_are_small(study, scenario, 4_000, age_line)


@pytest.mark.parametrize(("scenario", "age_line"), [("two-thirds-young", "inclusive"), ("half-young", "strict")])
def test_where_the_eligible_young_run_out_the_mean_share_lags_and_less_so_in_a_larger_service(
    study, scenario, age_line
):
    """More section deputies to be young than are eligible: from the later 2020s on, the lesser of the two is taken.

    The mean of the lesser of two uncertain numbers is below the lesser of their means: by 0.1 to 0.2 points in 2027,
    the known exceptions to a tenth of a point. In a service ten times as large it is less than half of that.
    """
    scenario = study.scenario(scenario)
    opening = study.opening(scenario, age_line)
    larger = replace(
        opening,
        population=replace(opening.population, headcount=10 * opening.population.headcount),
        posts=10 * opening.posts,
    )
    (bias, error), (larger_bias, larger_error) = (
        biases(each, scenario, replicates, 12)["section-deputy"] for each, replicates in ((opening, 300), (larger, 100))
    )
    assert -0.22 * POINT < bias[10] < -0.08 * POINT
    assert bias[10] < -4 * error[10]
    assert abs(larger_bias[10]) < 0.5 * abs(bias[10]) + 3 * larger_error[10]


ENTRY = {"rank": "clerk", "youngest_age_years": 30, "most_common_age_years": 31.0, "oldest_age_years": 33}
EXITS = ({"id": "left", "name_en": "-", "name_zh": "-", "probability_per_year": 0.1},)
WAY_UP = {"from": "clerk", "to": "officer", "typical_age_years": 36.0, "age_spread_years": 4.0}
CITY = {
    "vacancy": {},
    "young": {"promotion": {"young_share": "1/2"}},
    "rate": {"promotion": {"mode": "rate", "rate_per_year": 0.12, "young_share": "1/3", "candidates_per_post": 3}},
    "few candidates": {"promotion": {"mode": "rate", "rate_per_year": 0.3, "candidates_per_post": 6}},
}


@pytest.fixture
def city_bias(make_ladder, make_evidence, make_rules, people):
    """Bias of the young share of officers five years on, and its standard error, in a city of so many times its size.

    40 clerks and 20 officers.
    """
    ladder = make_ladder(entry=ENTRY, exits=EXITS, promotions=(WAY_UP,))
    rows = [("clerk", age, 3, persons) for age, persons in ((31, 10), (32, 10), (36, 12), (41, 8))]
    rows += [("officer", age, 2, persons) for age, persons in ((33, 2), (38, 5), (45, 8), (50, 5))]

    def measure(scale, replicates=1_500, **scenario):
        population = people(ladder, *[(rank, age, years, scale * persons) for rank, age, years, persons in rows])
        rules = make_rules(make_evidence(ladder), {"clerk": 40.0 * scale, "officer": 20.0 * scale}, **scenario)

        def share(headcount):
            officers = headcount[..., -1, 1:, :].sum(-2)
            return officers[..., :6].sum(-1) / officers.sum(-1)

        drawn = share(run_blocks(blocks_of(population, rules, replicates, 13), OPENING_YEAR, 5, 2).headcount)
        expected = share(project(population, OPENING_YEAR, 5, rules).headcount())
        return drawn.mean() - expected, drawn.std() / np.sqrt(replicates)

    return measure


@pytest.mark.parametrize("scenario", CITY)
def test_in_a_large_service_no_bias_is_to_be_seen(city_bias, scenario):
    bias, error = city_bias(100, **CITY[scenario])
    assert error < 0.02 * POINT
    assert abs(bias) < 0.05 * POINT + 4 * error


def test_the_bias_of_whole_persons_vanishes_as_headcount_grows(city_bias):
    """Six candidates for a post leave part of a promotion undone every year: a point among 20 officers, then less."""
    (small, error), (larger, larger_error), (largest, largest_error) = (
        city_bias(scale, **CITY["few candidates"]) for scale in (1, 10, 100)
    )
    assert abs(small) > 4 * error
    assert abs(larger) < 0.3 * abs(small) + 3 * larger_error
    assert abs(largest) < 0.1 * abs(small) + 3 * largest_error


# Whole persons ------------------------------------------------------------------------------------------------------


def test_every_shipped_scenario_keeps_whole_persons_and_balanced_books(study):
    """Exactly, not to rounding: in every year, rank and replicate, opening + joined - left = closing."""
    assert len(study.scenarios) == 13
    for name, scenario in study.scenarios.items():
        opening = study.opening(scenario)
        rules, chance = opening.rules(scenario), Random(14)
        population = drawn_opening(opening, 3, chance)
        for year in range(opening.year + 1, opening.year + 11):
            done = advance(population, year, rules, chance)
            closing = done.closing.headcount
            assert ((closing >= 0) & (closing == np.rint(closing))).all(), (name, year)
            books = population.by_rank()
            for flow in done.flows:
                assert ((flow.headcount >= 0) & (flow.headcount == np.rint(flow.headcount))).all(), (name, flow.name)
                persons = flow.headcount.sum((-4, -3, -2, -1))
                if flow.source is not None:
                    books[..., flow.source] -= persons
                if flow.into is not None:
                    books[..., flow.into] += persons
            np.testing.assert_array_equal(done.closing.by_rank(), books)
            joined = sum(flow.headcount.sum((-4, -3, -2, -1)) for flow in done.flows if flow.source is None)
            left = sum(flow.headcount.sum((-4, -3, -2, -1)) for flow in done.flows if flow.into is None)
            np.testing.assert_array_equal(done.closing.total(), population.total() + joined - left)
            assert (left > 0).all()
            population = done.closing


def test_paths_hold_integers_and_count_what_the_years_did(study):
    opening, scenario = study.opening(), study.scenario("rate-12")
    rules = opening.rules(scenario)
    paths = run_blocks(replicate_blocks(opening, rules, 4, 15), opening.year, 3, 1)
    assert paths.headcount.dtype == np.int32
    assert paths.headcount.shape == (4, 4, len(paths.ladder.ranks), len(paths.ages_years))
    np.testing.assert_array_equal(paths.years, [2017, 2018, 2019, 2020])
    assert paths.by_rank_and_age() is paths.headcount
    chance = Random(15, (0,))
    population = drawn_opening(opening, 4, chance)
    for place, year in enumerate(range(2018, 2021), start=1):
        np.testing.assert_array_equal(paths.headcount[:, place - 1], population.by_rank_and_age())
        done = advance(population, year, rules, chance)
        for name, counted in (("promotion", paths.promotions), ("release", paths.releases)):
            persons = np.zeros(counted[:, 0].shape)
            for flow in done.flows:
                if flow.name == name:
                    persons[:, flow.into if name == "promotion" else flow.source] += flow.headcount.sum((1, 2, 3, 4))
            np.testing.assert_array_equal(counted[:, place], persons)
            assert persons.sum() > 0
        population = done.closing
    assert (paths.promotions[:, 0] == 0).all()
    assert (paths.releases[:, 0] == 0).all()


def test_an_expectation_is_not_rounded(three_ranks):
    population, rules = three_ranks
    block = Block(lambda: replace(population, headcount=population.headcount[None]), rules, Expected())
    paths = run_blocks([block], OPENING_YEAR, 4, 1)
    expected = project(population, OPENING_YEAR, 4, rules).headcount()
    np.testing.assert_array_equal(paths.headcount[0], expected)
    assert (expected != np.rint(expected)).any()


# The same on any machine --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(study):
    """Two years of a scenario, in paths; three blocks and a part of one unless told otherwise."""

    def paths(scenario="rate-12", replicates=3 * BLOCK + 7, seed=16, workers=1, key=(), horizon_years=2, change=None):
        opening, scenario = study.opening(), study.scenario(scenario) if isinstance(scenario, str) else scenario
        rules = opening.rules(scenario)
        rules = change(rules) if change else rules
        return run_blocks(replicate_blocks(opening, rules, replicates, seed, key), opening.year, horizon_years, workers)

    return paths


@pytest.fixture(scope="module")
def first(run):
    return run()


def assert_identical(one, other, replicates=None):
    for name in ("headcount", "promotions", "releases"):
        np.testing.assert_array_equal(getattr(one, name)[:replicates], getattr(other, name)[:replicates])


@pytest.mark.parametrize("workers", [1, 2, 4, None])
def test_the_number_of_workers_changes_nothing(run, first, workers):
    """Neither does a second run with the same seed."""
    assert_identical(run(workers=workers), first)


def test_a_replicate_is_the_same_however_many_there_are(run, first):
    """To the end of the last whole block in common."""
    for replicates, common in ((BLOCK, BLOCK), (2 * BLOCK + 1, 2 * BLOCK), (4 * BLOCK, 3 * BLOCK)):
        paths = run(replicates=replicates)
        assert len(paths.headcount) == replicates
        assert_identical(paths, first, common)


def test_another_seed_or_key_and_another_block_draw_something_else(run, first):
    drawn = [first.headcount, run(seed=17).headcount, run(key=(0,)).headcount, run(key=(1,)).headcount]
    openings = [headcount[first : first + BLOCK, 0] for headcount in drawn for first in (0, BLOCK)]
    years = [headcount[first : first + BLOCK, -1] for headcount in drawn for first in (0, BLOCK)]
    for blocks in (openings, years):
        assert len({block.tobytes() for block in blocks}) == len(blocks)


def test_replicates_of_a_block_differ(first):
    assert len({path.tobytes() for path in first.headcount}) == len(first.headcount)


def test_progress_is_told_once_a_block(study):
    opening = study.opening()
    blocks = replicate_blocks(opening, opening.rules(study.scenario("status-quo")), 2 * BLOCK + 1, 16)
    for workers in (1, 2):
        told = []
        run_blocks(blocks, opening.year, 1, workers, lambda: told.append(1))  # noqa: B023
        assert len(told) == 3


def test_one_worker_a_core_unless_told_otherwise(monkeypatch):
    monkeypatch.setattr(sys.modules[cores.__module__].os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert cores() == 3
    monkeypatch.delattr(sys.modules[cores.__module__].os, "sched_getaffinity")
    monkeypatch.setattr(sys.modules[cores.__module__].os, "cpu_count", lambda: None)
    assert cores() == 1


def lateral(persons_per_year, first_year, last_year):
    return (
        {
            **{"rank": "section-deputy", "persons_per_year": persons_per_year, "youngest_age_years": 30},
            **{"oldest_age_years": 34, "first_year": first_year, "last_year": last_year},
        },
    )


def changed(scenario, **promotion):
    return scenario.model_copy(update={"promotion": scenario.promotion.model_copy(update=promotion)})


def test_a_flow_that_is_off_draws_nothing(study, run, make_scenario):
    quo = study.scenario("status-quo")
    before = run(quo)
    assert_identical(run(changed(quo, release_rate_per_year=0.0)), before)
    assert_identical(run(changed(quo, release_rate_per_year=np.zeros(BLOCK)), replicates=BLOCK), before, BLOCK)
    later = make_scenario(lateral_intake=lateral(20.0, 2020, 2021)).lateral_intake
    assert_identical(run(quo.model_copy(update={"lateral_intake": later})), before)
    nobody = {"nobody": np.zeros((len(before.ladder.ranks), 1, 1))}
    assert_identical(run(quo, change=lambda rules: replace(rules, exits={**nobody, **rules.exits})), before)


def test_a_flow_that_is_on_shifts_no_other_flow_of_its_year(study, run, make_scenario):
    """Newcomers from outside into section deputies leave the promotions into every higher rank as they were.

    They come before promotions, but nobody promotes them in their first year; they take posts of their own rank only.
    """
    quo = study.scenario("status-quo")
    intake = make_scenario(lateral_intake=lateral(20.0, 2018, 2018)).lateral_intake
    without, with_them = (
        run(quo, horizon_years=1),
        run(quo.model_copy(update={"lateral_intake": intake}), horizon_years=1),
    )
    at = without.ladder.index
    higher = slice(at("section-chief"), None)
    np.testing.assert_array_equal(with_them.headcount[:, 1, higher], without.headcount[:, 1, higher])
    np.testing.assert_array_equal(with_them.promotions[:, 1, higher], without.promotions[:, 1, higher])
    np.testing.assert_array_equal(
        with_them.promotions[:, 1, at("section-deputy")], without.promotions[:, 1, at("section-deputy")] - 20
    )


def test_rules_may_change_by_year(study):
    opening = study.opening()
    quo, strict = (opening.rules(study.scenario(name)) for name in ("status-quo", "two-thirds-young"))
    paths = [
        run_blocks(replicate_blocks(opening, rules, 10, 18), opening.year, 3, 1)
        for rules in (quo, lambda year: strict if year == 2020 else quo)
    ]
    np.testing.assert_array_equal(paths[0].headcount[:, :3], paths[1].headcount[:, :3])
    assert (paths[0].headcount[:, 3] != paths[1].headcount[:, 3]).any()


def test_openings_are_drawn_where_the_block_is_run(study):
    """A list of blocks holds no population: ten thousand replicates fit in memory."""
    opening = study.opening()
    blocks = replicate_blocks(opening, opening.rules(study.scenario("status-quo")), 10_000, 1)
    assert len(blocks) == 10_000 // BLOCK
    assert not any(isinstance(value, Population | np.ndarray) for block in blocks[:3] for value in vars(block).values())
