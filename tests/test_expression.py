import doctest

import numpy as np
import pytest

from cadre_research.findings import expression
from cadre_research.findings.expression import Expression

VALUES = np.array([10.0, 20.0, 30.0, 40.0])


@pytest.fixture
def x():
    """[[x0, x1, none], [x2, x3, x0]] plus 1."""
    return Expression.of_columns(np.array([[0, 1, -1], [2, 3, 0]])) + 1.0


@pytest.fixture
def numbers():
    return np.array([[11.0, 21.0, 1.0], [31.0, 41.0, 11.0]])


def test_examples():
    assert doctest.testmod(expression).attempted > 0
    assert doctest.testmod(expression).failed == 0


def test_an_expression_has_the_values_an_array_would_have(x, numbers):
    factors = np.array([[1.0, 0.0, 2.0]])
    for given, expected in (
        (x, numbers),
        (-x, -numbers),
        (x + x, 2 * numbers),
        (x - 3.0, numbers - 3),
        (x * factors, numbers * factors),
        (factors * x, numbers * factors),
        (x[1], numbers[1]),
        (x[:, [0, 2]], numbers[:, [0, 2]]),
        (x.sum(), numbers.sum()),
        (x.sum(0), numbers.sum(0)),
        (x.sum(-1), numbers.sum(-1)),
        (Expression.total([x, x, x]), 3 * numbers),
    ):
        assert given.shape == expected.shape
        np.testing.assert_allclose(given.at(VALUES), expected)


def test_putting_adds_up_what_meets_and_leaves_out_what_has_no_place(x, numbers):
    put = x.put(np.array([[0, 0, 1], [-1, 1, -1]]), (2,))
    np.testing.assert_allclose(put.at(VALUES), [numbers[0, 0] + numbers[0, 1], numbers[0, 2] + numbers[1, 1]])


def test_spreading_gives_each_share():
    one = Expression.of_columns(np.array([0, 1])).sum() + 5.0
    np.testing.assert_allclose(one.spread(np.array([0.25, 0.75])).at(VALUES), [35 * 0.25, 35 * 0.75])


def test_present_is_where_something_can_be(x):
    only_variables = x - 1.0
    assert only_variables.present.tolist() == [[True, True, False], [True, True, True]]
    assert not (only_variables * 0.0).present.any()


def test_operations_leave_their_arguments_alone(x, numbers):
    _ = (x + x, x * 2.0, x.sum(), x[0], x.put(np.zeros((2, 3), int), (1,)))
    np.testing.assert_allclose(x.at(VALUES), numbers)
