import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import ParameterError
from cadre_research.findings.given_data import given_data
from cadre_research.findings.surrogate import fitted
from cadre_research.findings.variance_parts import sobol_indices, variance_parts


def test_indices_of_the_ishigami_function():
    """With a = 7, b = 0.1: first order 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437 (Saltelli et al.)."""
    found = sobol_indices(
        lambda x: np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]),
        [(-np.pi, np.pi)] * 3,
        seed=0,
        sample=4096,
    )
    np.testing.assert_allclose(found["sobol_first"], [0.3139, 0.4424, 0], atol=0.02)
    np.testing.assert_allclose(found["sobol_total"], [0.5576, 0.4424, 0.2437], atol=0.02)


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


def test_a_surrogate_of_noise_says_that_it_explains_nothing():
    random = np.random.default_rng(2)
    assert fitted(random.uniform(-1, 1, (100, 10)), random.standard_normal(100), seed=1)[0].r2 < 0.3


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
