"""What must hold whatever the numbers."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadre_research.findings.age_structure import target_shares, young_and_all
from cadre_research.findings.explain import COMPONENTS, share_change
from cadre_research.findings.verdict import reaches
from cadre_research.model.chance import Expected
from cadre_research.model.projection import project

CHANCE = Expected()
RATES = np.linspace(0, 0.15, 20)
YEARS = 5

headcounts = st.lists(
    st.one_of(st.just(0.0), st.floats(1e-6, 1e4), st.integers(0, 1000).map(float)), min_size=1, max_size=8
)
weights = st.one_of(st.just(0.0), st.just(1.0), st.sampled_from([1e-12, 1e-3, 1e3]), st.floats(1e-12, 1.0))


@st.composite
def draws(draw):
    """Cells with weights, and a batch as a share of those who can be taken, often at its limits."""
    headcount = np.array(draw(headcounts))
    weight = np.array(draw(st.lists(weights, min_size=len(headcount), max_size=len(headcount))))
    share = draw(st.one_of(st.sampled_from([0.0, 1.0, 1 - 1e-9, 1e-9, 2.0]), st.floats(0, 1)))
    return headcount, weight, share


def taken_from(headcount, weight, total):
    shape = (1, 1, 1, 1, len(headcount), 1)
    taken = CHANCE.share_out(np.array([total]), headcount.reshape(shape), weight.reshape(shape))
    return taken.reshape(-1)


@settings(max_examples=300, deadline=None)
@given(draws())
def test_a_batch_sums_to_its_total_within_the_limits(case):
    headcount, weight, share = case
    available = headcount[weight > 0].sum()
    taken = taken_from(headcount, weight, share * available)
    assert np.isfinite(taken).all()
    assert (taken >= 0).all()
    assert (taken <= headcount).all()
    assert (taken[weight == 0] == 0).all()
    assert taken.sum() == pytest.approx(min(share, 1) * available, rel=1e-11, abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(draws(), st.floats(0, 1))
def test_a_larger_batch_takes_no_fewer_from_any_cell(case, part):
    headcount, weight, share = case
    total = share * headcount[weight > 0].sum()
    fewer, more = taken_from(headcount, weight, part * total), taken_from(headcount, weight, total)
    assert (fewer <= more + 1e-9 * np.maximum(headcount, 1)).all()


@settings(max_examples=200, deadline=None)
@given(draws())
def test_of_two_cells_the_heavier_gives_the_larger_share_of_its_people(case):
    headcount, weight, share = case
    taken = taken_from(headcount, weight, min(share, 1) * headcount[weight > 0].sum())
    here = headcount > 1e-3
    order = np.argsort(weight[here], kind="stable")
    rates = (taken[here] / headcount[here])[order]
    assert (np.diff(rates) >= -1e-9).all()


@settings(max_examples=100, deadline=None)
@given(draws())
def test_small_batches_are_proportional_to_weight_times_headcount(case):
    headcount, weight, _ = case
    pull = headcount * np.where(weight >= 1e-6, weight, 0)
    if pull.sum() == 0:
        return
    kept = np.where(weight >= 1e-6, weight, 0)
    taken = taken_from(headcount, kept, 1e-9 * min(1.0, headcount[kept > 0].sum()) * kept.max() / 1e3)
    np.testing.assert_allclose(taken / taken.sum(), pull / pull.sum(), rtol=1e-3, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(draws(), draws())
def test_two_units_at_once_are_two_units_one_by_one(one, other):
    size = max(len(one[0]), len(other[0]))
    headcount, weight, totals = np.zeros((2, 1, 1, 1, size, 1)), np.zeros((2, 1, 1, 1, size, 1)), np.zeros(2)
    for unit, (persons, pull, share) in enumerate((one, other)):
        headcount[unit, 0, 0, 0, : len(persons), 0] = persons
        weight[unit, 0, 0, 0, : len(persons), 0] = pull
        totals[unit] = share * persons[pull > 0].sum()
    together = CHANCE.share_out(totals, headcount, weight).reshape(2, size)
    for unit, (persons, pull, _) in enumerate((one, other)):
        alone = taken_from(persons, pull, totals[unit])
        np.testing.assert_allclose(together[unit, : len(persons)], alone, rtol=1e-9, atol=1e-12)


tables = st.lists(
    st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e3)), min_size=3, max_size=3), min_size=1, max_size=5
)


@settings(max_examples=200, deadline=None)
@given(tables, st.floats(0, 1.5))
def test_releases_take_the_oldest_and_among_them_the_longest_serving(table, share):
    """Against a walk through the queue, cell by cell. Rows are ages, columns years in rank."""
    cells = np.array(table)[None, None, None]
    total = share * cells.sum()
    taken = CHANCE.oldest_first(np.array([total]), cells)[0, 0, 0]
    left = total
    for age in reversed(range(len(table))):
        for years in reversed(range(3)):
            expected = min(left, table[age][years])
            assert taken[age, years] == pytest.approx(expected, rel=1e-9, abs=1e-9)
            left -= expected
    assert (taken <= np.array(table)).all()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1)), min_size=1, max_size=20))
def test_thinning_takes_between_nobody_and_everybody(cells):
    headcount, probability = np.array(cells).T
    taken = CHANCE.thin(headcount, probability)
    assert (taken >= 0).all()
    assert (taken <= headcount).all()


shares = st.one_of(
    st.just(Fraction(1, 6)), st.fractions(0, 1, max_denominator=1000), st.sampled_from([Fraction(0), Fraction(1)])
)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 10_000_000), st.integers(0, 10_000_000), shares)
def test_reaching_a_share_is_exact_for_whole_numbers(a, b, share):
    """Against exact fractions, for any service there could be."""
    young, headcount = min(a, b), max(a, b)
    expected = headcount > 0 and Fraction(young, headcount) >= share
    assert bool(reaches(np.array(young), np.array(headcount), share)) == expected


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 1_000_000), st.integers(-1, 1), shares)
def test_one_person_decides_at_the_line(headcount, offset, share):
    """At the least whole number that reaches the share, one below it, one above."""
    least = -(-share.numerator * headcount // share.denominator)
    young = min(max(least + offset, 0), headcount)
    expected = Fraction(young, headcount) >= share
    assert bool(reaches(np.array(young), np.array(headcount), share)) == expected


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.uint64])
def test_reaching_a_share_does_not_depend_on_the_kind_of_integer(kind):
    young, headcount = np.array([19, 20, 21, 0], kind), np.array([120, 120, 120, 120], kind)
    assert reaches(young, headcount, Fraction(1, 6)).tolist() == [False, True, True, False]


def test_expectations_reach_a_share_to_a_billionth_of_the_headcount():
    headcount = np.full(4, 1200.0)
    young = 200 + np.array([0, -1e-8, -1e-6, 1e-6])
    assert reaches(young, headcount, Fraction(1, 6)).tolist() == [True, True, False, True]


@pytest.mark.parametrize("horizon_years", [5, 10])
def test_contributions_to_a_change_sum_to_the_change(study, age_line, horizon_years):
    for forecast in study.forecasts(horizon_years, age_line):
        split = share_change(forecast).pivot(index=["target", "population"], columns="component", values="contribution")
        assert set(split.columns) == set(COMPONENTS)
        path = target_shares(forecast).set_index(["target", "population", "year"])["share"].unstack()
        np.testing.assert_allclose(
            split.sum(axis=1), (path[2017 + horizon_years] - path[2017])[split.index], atol=1e-12
        )


@pytest.fixture(scope="module")
def county_shares(study):
    """Share under 40 of the county level's post-holders and of the level after 5 years, by age line and rate."""
    found = {}
    for age_line in ("inclusive", "strict"):
        opening = study.opening(age_line=age_line)
        rules = opening.rules(study.scenario("rate-08"))
        lead = np.broadcast_to(opening.population.headcount, (len(RATES), *opening.population.headcount.shape)).copy()
        rules = replace(rules, promotions=tuple(replace(rule, rate_per_year=RATES) for rule in rules.promotions))
        closing = project(replace(opening.population, headcount=lead), 2017, YEARS, rules).years[-1].closing
        target = opening.evidence.target("county-level")
        for population in ("posts", "level"):
            young, everybody = young_and_all(closing, target, population, age_line)
            found[age_line, population] = young / everybody
    return found


def test_more_promotions_under_the_one_third_rule_never_lower_the_young_share_of_county_posts(county_shares, age_line):
    assert (np.diff(county_shares[age_line, "posts"]) >= 0).all(), county_shares[age_line, "posts"]


def test_far_beyond_that_range_a_higher_rate_can_lower_the_share_of_section_chiefs(study):
    """Not a slip but the other side of the flow: promotion into county level takes young chiefs away.

    From about 30 per 100 posts a year the young deputies to follow them are used up: more promotions bring no more
    young in and still take some out.
    """
    shares = []
    for rate in (0.30, 0.36):
        frame = target_shares(study.forecast(study.scenario("rate-12").overridden(promotion_rate_per_year=rate), 5))
        frame = frame[(frame["target"] == "section-chief") & (frame["year"] == 2022)].set_index("population")
        shares.append(frame.loc["posts", "share"])
    assert shares[1] < shares[0]
