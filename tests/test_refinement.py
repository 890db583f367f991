"""A grid that is finer where a function bends."""

import numpy as np
import pytest

from cadre_research.errors import ParameterError
from cadre_research.findings.refinement import Grid, refined


def found(function, x, y, tolerance, halvings=6):
    return refined(function, Grid.over(function, x, y), tolerance, halvings)


def kinked(x, y):
    """Flat to x = 0.3, then rising by 1 for each 1; beside it something without a kink."""
    return np.stack([np.maximum(0.0, x - 0.3), x + 2 * y + x * y], axis=1)


def test_what_is_straight_in_each_axis_is_met_exactly_and_needs_no_more_lines():
    grid = found(lambda x, y: 1 + 2 * x - 3 * y + 4 * x * y, [0, 1], [0, 2], 1e-6)
    assert grid.values.shape == (2, 2)
    assert grid.at([0.25], [1.5]) == pytest.approx([1 + 0.5 - 4.5 + 1.5])


def test_lines_gather_where_the_function_bends_and_only_there():
    grid = found(kinked, np.linspace(0, 1, 5), [0, 1], 0.001)
    assert len(grid.y) == 2
    gaps = np.diff(grid.x)
    at_kink = np.searchsorted(grid.x, 0.3) - 1
    assert gaps[at_kink] == gaps.min() < 0.01
    assert gaps[-1] == 0.25


def test_values_between_the_lines_are_as_close_as_was_asked():
    tolerance = 0.001
    grid = found(kinked, np.linspace(0, 1, 5), [0, 1], tolerance)
    x, y = np.random.default_rng(1).random((2, 2000))
    assert np.abs(grid.at(x, y) - kinked(x, y)).max() < 2 * tolerance
    # Without lines at the kink they are not.
    coarse = found(kinked, np.linspace(0, 1, 5), [0, 1], 1.0)
    assert np.abs(coarse.at(x, y) - kinked(x, y)).max() > 20 * tolerance


def test_a_bend_on_one_axis_is_seen_on_any_line_of_the_other():
    grid = found(lambda x, y: np.where(y > 0.9, np.abs(x - 0.5), 0.0), [0, 1], [0, 1], 0.01)
    assert 0.5 in grid.x


def test_halving_ends():
    grid = found(lambda x, y: np.sign(x - 1 / 3) * 1.0, [0, 1], [0, 1], 0.01, halvings=4)
    assert np.diff(grid.x).min() == 2**-4


def test_a_missing_value_is_missing_beside_it_and_nowhere_else():
    grid = Grid(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0]), np.array([[1.0, 1.0], [1.0, np.nan], [1.0, 1.0]]))
    assert np.isnan(grid.at([0.5, 1.5], [0.5, 0.5])).all()
    tall = found(lambda x, y: np.where(x > 0.6, np.nan, x), [0, 0.5, 1], [0, 1], 0.01)
    assert tall.at([0.25], [0.5]) == pytest.approx([0.25])


@pytest.mark.parametrize(("x", "y"), [([1.1], [0.5]), ([-0.1], [0.5]), ([0.5], [1.5]), ([np.nan], [0.5])])
def test_outside_the_grid_nothing_is_told(x, y):
    grid = Grid(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.zeros((2, 2)))
    with pytest.raises(ParameterError, match="expected 0 to 1"):
        grid.at(x, y)


@pytest.mark.parametrize("lines", [[0], [1, 0], [0, 0], [0, np.nan]])
def test_lines_must_rise(lines):
    with pytest.raises(ParameterError, match="two or more values that rise"):
        Grid.over(kinked, lines, [0, 1])
    with pytest.raises(ParameterError, match="two or more values that rise"):
        Grid.over(kinked, [0, 1], lines)
