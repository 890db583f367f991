import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import ParameterError
from cadre_research.findings.given_data import given_data
from cadre_research.findings.surrogate import fitted
from cadre_research.findings.variance_parts import sobol_indices, variance_parts

# With a = 7, b = 0.1 (Saltelli et al.).
ISHIGAMI_FIRST = [0.3139, 0.4424, 0]
ISHIGAMI_TOTAL = [0.5576, 0.4424, 0.2437]


def ishigami(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_indices_of_the_ishigami_function():
    found = sobol_indices(ishigami, [(-np.pi, np.pi)] * 3, seed=0, sample=4096)
    np.testing.assert_allclose(found["sobol_first"], ISHIGAMI_FIRST, atol=0.02)
    np.testing.assert_allclose(found["sobol_total"], ISHIGAMI_TOTAL, atol=0.02)


def test_parts_of_the_ishigami_function_from_its_draws_are_a_rough_guide(make_assumption):
    """Order 4 follows sin^2 over two periods in part, pairs leave out x^4 sin: a quarter of the variance is missed."""
    values = pd.DataFrame(np.random.default_rng(1).uniform(-np.pi, np.pi, (400, 3)), columns=["a", "b", "c"])
    shares = pd.DataFrame({("t", 5): ishigami(values.to_numpy())})
    found = variance_parts(values, shares, [make_assumption(name, 0.0, -np.pi, np.pi) for name in "abc"], seed=0)
    np.testing.assert_allclose(found["sobol_first"], ISHIGAMI_FIRST, atol=0.1)
    np.testing.assert_allclose(found["sobol_total"], ISHIGAMI_TOTAL, atol=0.1)
    assert found["surrogate_r2"].between(0.65, 0.8).all()


def test_an_output_that_is_missing_is_refused():
    with pytest.raises(ParameterError, match="missing or infinite outputs"):
        sobol_indices(lambda x: np.where(x[:, 0] > 0.5, np.nan, x[:, 0]), [(0, 1)] * 2, seed=0)


def test_an_output_that_does_not_vary_has_no_parts():
    assert sobol_indices(lambda x: np.ones(len(x)), [(0, 1)] * 2, seed=0).isna().all(axis=None)


@pytest.fixture
def draws(make_assumption):
    """Linear in a, b and not in c: parts 0.8, 0.2, 0."""
    values = pd.DataFrame(np.random.default_rng(1).random((120, 3)) * [2.0, 1.0, 1.0], columns=["a", "b", "c"])
    shares = pd.DataFrame({("t", 5): values["a"] + values["b"]})
    return (
        values,
        shares,
        [make_assumption(name, 0.5, 0.0, high) for name, high in zip("abc", (2.0, 1, 1), strict=True)],
    )


def test_parts_of_a_linear_share_are_exact(draws):
    found = variance_parts(*draws, seed=3)
    np.testing.assert_allclose(found["sobol_first"], [0.8, 0.2, 0], atol=0.02)
    np.testing.assert_allclose(found["sobol_total"], [0.8, 0.2, 0], atol=0.02)
    assert found["surrogate_r2"].min() > 0.999
    pd.testing.assert_frame_equal(found, variance_parts(*draws, seed=3))


def test_a_whole_assumption_takes_only_its_whole_values(make_assumption):
    """Variances 2/9 of w = 1 among 0, 1, 2 and 1/12 of b: parts 8/11, 3/11. A parabola between would make it 0.84."""
    random = np.random.default_rng(5)
    values = pd.DataFrame({"w": random.integers(0, 3, 120).astype(float), "b": random.random(120)})
    shares = pd.DataFrame({("t", 5): (values["w"] == 1) + values["b"]})
    whole = make_assumption("w", 1, 0, 2).model_copy(update={"whole": True})
    found = variance_parts(values, shares, [whole, make_assumption("b", 0.5, 0, 1)], seed=3)
    np.testing.assert_allclose(found["sobol_total"], [8 / 11, 3 / 11], atol=0.02)
    assert found["surrogate_r2"].min() > 0.999


def test_draws_with_a_missing_share_are_refused(draws):
    values, shares, entries = draws
    with pytest.raises(ParameterError, match="output: given 1 missing"):
        variance_parts(values, shares.where(shares.index.to_numpy()[:, None] != 7), entries, seed=1)


@pytest.fixture
def polynomial():
    """0.5 + 2 P4(x0) + 3 x1 P2(x2) at 150 places with two more inputs, which do not matter."""
    places = np.random.default_rng(6).uniform(-1, 1, (150, 5))
    x, y, z, *_ = places.T
    return places, 0.5 + 2 * (35 * x**4 - 30 * x**2 + 3) / 8 + 3 * y * (3 * z**2 - 1) / 2


def test_a_surrogate_finds_the_terms_of_a_polynomial(polynomial):
    surrogate, without = fitted(*polynomial, seed=1)
    for each in (surrogate, *without):
        found = dict(zip(each.terms, each.coefficients, strict=True))
        expected = {(): 0.5, ((0, 4),): 2.0, ((1, 1), (2, 2)): 3.0}
        assert {term: found.pop(term) for term in expected} == pytest.approx(expected)
        assert list(found.values()) == pytest.approx([0.0] * len(found), abs=1e-9)
    assert surrogate.r2 == pytest.approx(1)


def test_a_surrogate_does_not_leave_the_ranges(polynomial):
    surrogate, _ = fitted(*polynomial, seed=1)
    beyond = polynomial[0] * 3
    np.testing.assert_array_equal(surrogate(beyond), surrogate(beyond.clip(-1, 1)))
    beyond[0, 0] = np.nan
    with pytest.raises(ParameterError, match="places: given 1 missing"):
        surrogate(beyond)


def test_a_surrogate_of_noise_says_that_it_explains_nothing():
    random = np.random.default_rng(2)
    surrogate, _ = fitted(random.uniform(-1, 1, (100, 10)), random.standard_normal(100), seed=1)
    assert surrogate.r2 < 0.1
    assert len(surrogate.terms) < 5


def test_the_variance_explained_is_that_of_draws_never_seen():
    """Of the variance 1/12 + 1/9 + 0.16 the noise, 0.16, is out of reach: 0.55 at best, with few of 247 terms."""
    said, unseen = [], []
    for seed in range(12):
        random = np.random.default_rng(seed)
        places = random.uniform(-1, 1, (2150, 12))
        output = np.abs(places[:, 0]) + places[:, 1] * places[:, 2] + 0.4 * random.standard_normal(len(places))
        surrogate, _ = fitted(places[:150], output[:150], seed=seed)
        said.append(surrogate.r2)
        unseen.append(1 - ((output - surrogate(places))[150:] ** 2).mean() / output[150:].var())
    assert np.mean(said) == pytest.approx(np.mean(unseen), abs=0.04)
    assert min(unseen) > 0.45


def test_given_data_tells_what_matters_from_what_does_not(draws):
    values, shares, _ = draws
    found = given_data(values, shares, seed=1).set_index("assumption")
    assert found.loc["a", "given_data"] > found.loc["b", "given_data"]
    assert found.loc["a", "given_data"] > found.loc["a", "given_data_floor"] + found.loc["a", "given_data_ci"]
    assert found.loc["c", "given_data"] < found.loc["c", "given_data_floor"] * 1.2


def test_given_data_counts_every_value_of_a_whole_input():
    random = np.random.default_rng(4)
    values = pd.DataFrame({"whole": random.integers(0, 3, 120), "dummy": random.integers(0, 2, 120)})
    shares = pd.DataFrame({("t", 5): (values["whole"] == 2) + 0.01 * random.random(120)})
    found = given_data(values, shares, seed=1).set_index("assumption")["given_data"]
    assert found["whole"] > 0.35 > 0.25 > found["dummy"]


def test_few_draws_are_refused(draws):
    values, shares, entries = draws
    with pytest.raises(ParameterError, match="at least 20"):
        variance_parts(values[:10], shares[:10], entries, seed=1)
    with pytest.raises(ParameterError, match="at least 40"):
        given_data(values[:10], shares[:10], seed=1)
