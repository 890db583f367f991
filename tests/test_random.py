"""The laws of the draws, each against an exact one.

Seeds are fixed. Every test that compares samples with a law raises a false alarm with a probability of at most `LEVEL`
over all its comparisons (Bonferroni); that is what another seed would risk.
"""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cadre_research.errors import ParameterError
from cadre_research.model.chance import Chance, Expected
from cadre_research.model.draws import thin_cells
from cadre_research.model.random import Random

LEVEL = 1e-3
DRAWS = 20_000
# With fewer expected in a bin, chi-square is no good approximation.
LEAST_EXPECTED = 5.0


def chi_square(observed, probability):
    """P-value of counts against a law; the rarest outcomes are pooled into one bin of at least `LEAST_EXPECTED`."""
    observed, expected = np.asarray(observed, float), np.asarray(probability, float) * np.sum(observed)
    assert (observed[expected == 0] == 0).all(), "drawn although impossible"
    order = np.argsort(expected)
    observed, expected = observed[order], expected[order]
    pooled = int(np.searchsorted(np.cumsum(expected), LEAST_EXPECTED)) + 1
    assert pooled < len(expected), "one bin alone tells nothing: choose a less certain law or more draws"
    observed, expected = (np.append(x[:pooled].sum(), x[pooled:]) for x in (observed, expected))
    return stats.chi2.sf(((observed - expected) ** 2 / expected).sum(), len(expected) - 1)


def binned(values, law):
    """P-value of whole numbers against a law of scipy, in bins of a twentieth and single numbers between them."""
    quantiles = law.ppf(np.linspace(0, 1, 21)[1:-1])
    edges = np.unique([quantiles, quantiles - 1])
    probability = np.diff(np.concatenate([[0.0], law.cdf(edges), [1.0]])).clip(0.0, 1.0)
    return chi_square(np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1), probability)


def outcomes(drawn, law):
    """P-value of vectors [draw, cell] against a law given as {outcome: probability}."""
    counts = Counter(map(tuple, drawn.astype(int)))
    assert set(counts) <= set(law), "drawn although impossible"
    return chi_square([counts[outcome] for outcome in law], list(law.values()))


def largest_z(samples, mean, variance):
    """Largest |z| of the means of samples [draw, ...] with a known variance."""
    return np.abs((samples.mean(0) - mean) / np.sqrt(variance / len(samples))).max()


def z_bound(comparisons):
    return stats.norm.isf(LEVEL / 2 / comparisons)


# Thinning ----------------------------------------------------------------------------------------------------------

THINNED = (
    *((1, 0.3), (2, 0.5), (3, 0.75), (10, 0.05), (40, 0.97), (60, 0.4), (58, 0.4), (30, 0.5)),
    # Either side of where walking up gives way to rejection, and far beyond it.
    *((200, 0.1), (2_000, 0.0149), (2_000, 0.0151), (200, 0.4), (10_000, 0.5), (8_000, 0.9)),
    *((100_000, 1e-4), (1_000_000, 1e-6), (1_000_000, 1 - 1e-6), (1_000_000, 0.3), (3, 1e-3), (5, 0.999)),
)
HEADCOUNT, PROBABILITY = np.array(THINNED).T


def misfits(taken):
    """P-values of draws [draw, case of THINNED]."""
    return np.array([binned(taken[:, k], stats.binom(int(n), p)) for k, (n, p) in enumerate(THINNED)])


def test_thinning_is_binomial_for_few_and_many_and_for_every_probability():
    taken = Random(1).thin(np.tile(HEADCOUNT, (DRAWS, 1)), PROBABILITY)
    assert ((taken >= 0) & (taken <= HEADCOUNT) & (taken == np.rint(taken))).all()
    assert misfits(taken).min() > LEVEL / len(THINNED)
    z = largest_z(taken, HEADCOUNT * PROBABILITY, HEADCOUNT * PROBABILITY * (1 - PROBABILITY))
    assert z < z_bound(len(THINNED))


def test_thinning_is_the_same_law_where_each_replicate_has_its_own_probabilities():
    """Every other replicate has the cases in reverse."""
    headcount = np.stack([HEADCOUNT, HEADCOUNT[::-1]] * (DRAWS // 2))
    probability = np.stack([PROBABILITY, PROBABILITY[::-1]] * (DRAWS // 2))
    taken = Random(2).thin(headcount, probability)
    taken[1::2] = taken[1::2, ::-1]
    assert misfits(taken).min() > LEVEL / len(THINNED)
    by_row = np.empty(headcount.shape)
    thin_cells(np.random.default_rng(3), headcount, probability, by_row)
    by_row[1::2] = by_row[1::2, ::-1]
    assert misfits(by_row).min() > LEVEL / len(THINNED)


def test_cells_are_thinned_independently_of_each_other():
    chosen = [k for k, (n, p) in enumerate(THINNED) if n * p * (1 - p) > 1]
    taken = Random(4).thin(np.tile(HEADCOUNT[chosen], (DRAWS, 1)), PROBABILITY[chosen])
    correlation = np.corrcoef(taken.T)[np.triu_indices(len(chosen), 1)]
    assert np.abs(correlation).max() * np.sqrt(DRAWS) < z_bound(len(correlation))


@pytest.mark.parametrize("headcount", [0, 1, 30, 10_000])
def test_a_sure_thing_takes_everybody_and_no_chance_nobody(headcount):
    cells = np.full((50, 4), float(headcount))
    taken = Random(5).thin(cells, np.array([0.0, 1.0, 1e-300, 1 - 1e-16]))
    np.testing.assert_array_equal(taken, np.tile([0, headcount, 0, headcount], (50, 1)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2**40), st.floats(0, 1)), min_size=1, max_size=100), st.integers(0, 2**32))
def test_thinning_takes_whole_persons_who_are_there(cases, seed):
    headcount, probability = np.array(cases).T
    taken = Random(seed).thin(headcount, probability)
    assert ((taken >= 0) & (taken <= headcount) & (taken == np.rint(taken))).all()


# Newcomers ---------------------------------------------------------------------------------------------------------

MIX = np.array([[0.5, 0.0, 0.2], [0.05, 0.25, 0.0]])


def test_newcomers_of_few_are_multinomial_outcome_by_outcome():
    """3 persons over three cells: ten outcomes."""
    mix = np.array([0.5, 0.3, 0.2])
    drawn = Random(6).spread(np.full(10 * DRAWS, 3.0), mix, (-1,))
    law = {(a, b, 3 - a - b): stats.multinomial.pmf([a, b, 3 - a - b], 3, mix) for a in range(4) for b in range(4 - a)}
    assert outcomes(drawn, law) > LEVEL


@pytest.mark.parametrize("total", [8, 30, 1_000, 250_000])
def test_newcomers_have_the_means_and_covariances_of_a_multinomial(total):
    drawn = Random(7).spread(np.full((DRAWS, 1), float(total)), MIX, (-2, -1))[:, 0].reshape(DRAWS, -1)
    mix = MIX.ravel()
    assert (drawn.sum(-1) == total).all()
    assert (drawn[:, mix == 0] == 0).all()
    drawn, mix = drawn[:, mix > 0], mix[mix > 0]
    deviation = drawn - total * mix
    pairs = np.triu_indices(len(mix))
    assert largest_z(drawn, total * mix, total * mix * (1 - mix)) < z_bound(len(mix))
    products = deviation[:, pairs[0]] * deviation[:, pairs[1]]
    exact = total * (np.diag(mix) - np.outer(mix, mix))[pairs]
    assert largest_z(products, exact, products.var(0)) < z_bound(len(exact))


def test_newcomers_are_whole_and_nobody_is_lost_to_rounding():
    """Thirds do not add up to one in floating point."""
    for cells in (3, 7, 49):
        totals = np.arange(500.0)
        drawn = Random(8).spread(totals, np.full(cells, 1 / cells), (-1,))
        np.testing.assert_array_equal(drawn.sum(-1), totals)
        assert ((drawn >= 0) & (drawn == np.rint(drawn))).all()


# Batches -----------------------------------------------------------------------------------------------------------


def batches(seed, draws, total, headcount, weight):
    """Batches drawn from cells along age, array [draw, cell]."""
    cells = np.tile(np.array(headcount, float).reshape(1, 1, 1, 1, -1, 1), (draws, 1, 1, 1, 1, 1, 1))
    weight = np.array(weight, float).reshape(1, 1, 1, -1, 1)
    return Random(seed).share_out(np.full((draws, 1), float(total)), cells, weight).reshape(draws, -1)


def one_by_one(headcount, weight, total):
    """Law of drawing one after the other with chances in proportion to weight, as {outcome: probability}."""
    law = {(0,) * len(headcount): 1.0}
    for _ in range(total):
        further = defaultdict(float)
        for taken, probability in law.items():
            pull = (np.array(headcount) - taken) * weight
            for cell in np.flatnonzero(pull):
                further[(*taken[:cell], taken[cell] + 1, *taken[cell + 1 :])] += probability * pull[cell] / pull.sum()
        law = further
    return law


# Persons in two cells, the weight of the first against the second, the batch.
TWO_CELLS = (
    *((3, 4, 2.0, 3), (1, 1, 9.0, 1), (20, 30, 0.2, 10), (12, 10, 4.0, 11), (30, 40, 1.0, 24), (30, 40, 3.0, 25)),
    *((60, 80, 3.0, 50), (300, 400, 0.2, 600), (500, 20, 0.02, 30), (40, 40, 12.0, 45), (25, 26, 0.5, 50)),
    *((1_000, 1_000, 5.0, 300), (13, 13, 0.5, 25), (200, 100, 0.01, 104)),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", TWO_CELLS, ids=str)
def test_a_batch_from_two_cells_is_wallenius(case):
    first, second, odds, total = case
    drawn = batches(9, DRAWS, total, [first, second], [0.7 * odds, 0.7])
    assert (drawn.sum(-1) == total).all()
    law = stats.nchypergeom_wallenius(first + second, first, total, odds)
    support = np.arange(max(0, total - second), min(first, total) + 1)
    counts = np.bincount(drawn[:, 0].astype(int) - support[0], minlength=len(support))
    assert chi_square(counts, law.pmf(support).clip(0.0)) > LEVEL / len(TWO_CELLS)


# Few; few of many; narrowed down to few; halved and narrowed; nearly everybody; weights far apart.
THREE_CELLS = (
    ((4, 5, 3), (1.0, 2.0, 5.0), 5),
    ((30, 2, 40), (1.0, 8.0, 0.5), 9),
    ((12, 20, 15), (1.0, 0.3, 4.0), 30),
    ((20, 15, 25), (1.0, 2.0, 0.1), 35),
    ((14, 14, 14), (1.0, 3.0, 9.0), 40),
    ((12, 30, 10), (1.0, 0.02, 20.0), 26),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", THREE_CELLS, ids=str)
def test_a_batch_from_three_cells_has_the_law_of_drawing_one_by_one(case):
    headcount, weight, total = case
    drawn = batches(10, DRAWS, total, headcount, weight)
    assert outcomes(drawn, one_by_one(headcount, weight, total)) > LEVEL / len(THREE_CELLS)


def test_one_by_one_is_what_it_says():
    """From 2 and 1 of weights 1 and 2, two: (1, 1) but for both of the first, 1/2 x 1/3."""
    law = one_by_one((2, 1), (1.0, 2.0), 2)
    assert law == pytest.approx({(2, 0): 1 / 6, (1, 1): 5 / 6})


@pytest.mark.parametrize("height", [1e-200, 1e-12, 1e200])
def test_the_height_of_all_weights_together_does_not_matter(height):
    headcount, weight, total = THREE_CELLS[2]
    drawn = batches(11, DRAWS, total, headcount, np.array(weight) * height)
    assert outcomes(drawn, one_by_one(headcount, weight, total)) > LEVEL / 3


@pytest.mark.parametrize("total", [10, 40])
def test_weights_next_to_nothing_leave_the_law_of_the_others_intact(total):
    """40 and 30 persons weigh 1 and 1/2; 10 and 5 others next to nothing. One at a time, and closing in on a time."""
    drawn = batches(12, DRAWS, total, [40, 10, 30, 5], [1.0, 1e-300, 0.5, 1e-150])
    assert (drawn.sum(-1) == total).all()
    assert (drawn[:, [1, 3]] == 0).all()
    law = stats.nchypergeom_wallenius(70, 40, total, 2.0)
    support = np.arange(max(0, total - 30), total + 1)
    counts = np.bincount(drawn[:, 0].astype(int) - support[0], minlength=len(support))
    assert chi_square(counts, law.pmf(support).clip(0.0)) > LEVEL / 2


@pytest.mark.parametrize("total", [72, 80, 84])
def test_who_weighs_next_to_nothing_comes_last_all_the_same(total):
    drawn = batches(13, 500, total, [40, 10, 30, 5], [1.0, 1e-300, 0.5, 1e-150])
    np.testing.assert_array_equal(drawn[:, [0, 2]], np.tile([40, 30], (500, 1)))
    assert (drawn.sum(-1) == total).all()


def test_units_and_replicates_with_weights_of_their_own_are_drawn_each_by_its_own():
    """Every other replicate and unit has the cells the other way round."""
    headcount, weight, total = THREE_CELLS[0]
    turned = np.indices((DRAWS // 2, 2)).sum(0) % 2 == 1
    pick = np.where(turned[..., None], [2, 1, 0], [0, 1, 2])
    cells, weights = (np.array(v, float)[pick].reshape(-1, 2, 1, 1, 1, 3, 1) for v in (headcount, weight))
    drawn = Random(14).share_out(np.full(turned.shape, float(total)), cells, weights).reshape(-1, 2, 3)
    drawn = np.take_along_axis(drawn, pick, -1).reshape(-1, 3)
    assert outcomes(drawn, one_by_one(headcount, weight, total)) > LEVEL


cases = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from([0.0, 1e-300, 1e-30, 1e-3, 0.1, 0.5, 1.0, 1e3])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(cases, st.floats(0, 1.2), st.integers(0, 2**32))
def test_a_batch_is_whole_persons_who_are_there_and_have_weight(cells, share, seed):
    headcount, weight = np.array(cells).T
    available = headcount[weight > 0].sum()
    total = np.floor(share * available)
    taken = batches(seed, 3, total, headcount, weight)
    np.testing.assert_array_equal(taken.sum(-1), np.full(3, min(total, available)))
    assert ((taken >= 0) & (taken <= headcount) & (taken == np.rint(taken))).all()
    assert (taken[:, weight == 0] == 0).all()


# The oldest first --------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), min_size=12, max_size=12), min_size=1, max_size=5), st.floats(0, 1.3))
def test_by_age_and_years_in_rank_releases_are_those_expected(tables, share):
    """Lots are drawn only among groups and statuses; of each age and years in rank, as many go as are expected to."""
    cells = np.array(tables, float).reshape(-1, 1, 2, 1, 3, 2)
    total = np.floor(share * cells.sum((-4, -3, -2, -1)))
    drawn = Random(15).oldest_first(total, cells)
    expected = Expected().oldest_first(total, cells)
    np.testing.assert_allclose(drawn.sum((-4, -3)), expected.sum((-4, -3)), rtol=1e-12, atol=1e-12)
    assert ((drawn >= 0) & (drawn <= cells) & (drawn == np.rint(drawn))).all()
    sure = (expected == 0) | (expected == cells)
    np.testing.assert_array_equal(drawn[sure], expected[sure])


def test_among_those_alike_in_age_and_years_a_fair_lot_is_drawn():
    """6, 4, 3 and 2 persons in two groups and two statuses, 5 of them taken: multivariate hypergeometric."""
    here = np.array([6, 4, 3, 2])
    cells = np.tile(here.reshape(1, 2, 2, 1, 1).astype(float), (DRAWS, 1, 1, 1, 1, 1))
    drawn = Random(16).oldest_first(np.full((DRAWS, 1), 5.0), cells).reshape(DRAWS, 4)
    assert outcomes(drawn, one_by_one(here, np.ones(4), 5)) > LEVEL


# Rounding ----------------------------------------------------------------------------------------------------------


def test_an_amount_is_rounded_up_or_down_so_that_its_mean_is_kept():
    amount = np.array([0.0, 0.01, 0.25, 0.5, 7.75, 2.999, 1e6 + 0.125])
    drawn = Random(17).whole(np.tile(amount, (DRAWS, 1)))
    up = drawn - np.floor(amount)
    assert set(np.unique(up)) == {0.0, 1.0}
    p = [stats.binomtest(int(n), DRAWS, part).pvalue for n, part in zip(up.sum(0), amount % 1, strict=True)]
    assert min(p) > LEVEL / len(amount)


@pytest.mark.parametrize("amount", [9 * (1 / 3), 0.1 * 30, 0.29 * 100, 1 - 1e-12, 5.0, 1e6 * 0.07])
def test_an_amount_that_is_whole_but_for_rounding_is_left_alone(amount):
    drawn = Random(18).whole(np.full(1000, amount))
    np.testing.assert_array_equal(drawn, np.full(1000, np.rint(amount)))
    assert Random(18).at_most(np.array(amount)) == np.rint(amount)


def test_at_most_never_rounds_up():
    amount = np.array([0.0, 0.999, 1.001, 7.5, 1e6 + 0.99])
    np.testing.assert_array_equal(Random(19).at_most(amount), np.floor(amount))


def test_a_plan_is_rounded_by_lot_and_takes_no_more_than_there_are():
    asked, there = np.array([0.0, 2.25, 2.25, 4.0, 3.5]), np.tile([5.0, 9.0, 2.0, 3.0, 4.0], (DRAWS, 1))
    drawn = Random(20).planned(asked, there)
    assert drawn.shape == there.shape
    assert (drawn <= there).all()
    np.testing.assert_array_equal(drawn[:, [0, 2, 3]], np.tile([0, 2, 3], (DRAWS, 1)))
    assert largest_z(drawn[:, [1, 4]], [2.25, 3.5], np.array([0.1875, 0.25])) < z_bound(2)


def test_leeway_is_three_standard_deviations_of_a_binomial():
    """Of 100 with 20 young expected, 3 x sqrt(100 x 0.2 x 0.8) = 12; none where nobody or everybody is young."""
    leeway = Random(21).leeway(np.array([20.0, 0.0, 5.0, 5.0 + 1e-12, 0.0]), np.array([100.0, 10.0, 5.0, 5.0, 0.0]))
    np.testing.assert_allclose(leeway, [12, 0, 0, 0, 0], atol=1e-9)


# Streams -----------------------------------------------------------------------------------------------------------


def numbers(chance):
    return chance.generator.random(20).tolist()


def test_a_stream_is_known_by_seed_block_year_and_flow():
    def stream(seed=1, block=(0,), year=2018, flow="promotion 2"):
        return numbers(Random(seed, block).of(year, flow))

    assert stream() == stream()
    others = [stream(seed=2), stream(block=(1,)), stream(block=(0, 0)), stream(year=2019), stream(flow="promotion 1")]
    others.append(numbers(Random(1)))
    assert len({tuple(values) for values in [stream(), *others]}) == 7


def test_keys_of_blocks_and_of_streams_are_not_mistaken_for_each_other():
    assert numbers(Random(1, (1,), (2, 3))) != numbers(Random(1, (1, 2), (3,)))
    assert numbers(Random(1, (0,), (0,))) != numbers(Random(1, (0, 0)))


def test_what_one_flow_draws_shifts_no_other():
    whole, part = Random(1), Random(1)
    whole.of(2018, "retired").thin(np.full(1000, 50.0), np.array(0.3))
    assert numbers(whole.of(2018, "resigned")) == numbers(part.of(2018, "resigned"))


def test_streams_are_uncorrelated():
    drawn = np.array([Random(1, (b,)).of(y, f).generator.random(4000) for b in (0, 1) for y in (1, 2) for f in "ab"])
    correlation = np.corrcoef(drawn)[np.triu_indices(len(drawn), 1)]
    assert np.abs(correlation).max() * np.sqrt(drawn.shape[1]) < z_bound(len(correlation))


@pytest.mark.parametrize("seed", [-1, 1.5, True, "1", None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ParameterError, match="expected a whole number of at least 0"):
        Random(seed)


def test_chance_answers_every_question_of_the_year():
    questions = {name for name in vars(Chance) if not name.startswith("_")}
    assert questions <= {name for name in vars(Random) if not name.startswith("_")}
    assert isinstance(Random(1).expected, Expected)


def test_newcomers_fall_the_same_however_a_processor_rounds_their_proportions():
    """The last digit of a proportion once decided whether a number was drawn for the last of a batch."""
    around = np.random.default_rng(1)
    for seed in range(200):
        proportion = around.random((2, 30))
        proportion /= proportion.sum()
        nearly = np.nextafter(proportion, np.where(around.random(proportion.shape) < 0.5, 0.0, 1.0))
        one, other = Random(seed), Random(seed)
        total = np.full(20, 400.0)
        np.testing.assert_array_equal(one.spread(total, proportion, (-2, -1)), other.spread(total, nearly, (-2, -1)))
        assert one.generator.random() == other.generator.random()
