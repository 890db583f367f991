"""Drawing from a stock in expectation."""

import numpy as np
import pytest

from cadre_research.model.chance import Expected

CHANCE = Expected()


def cells_of(*values):
    """Cells on the axes [unit, group, status, source, age, years in rank], all along age."""
    return np.array(values, float).reshape(1, 1, 1, 1, -1, 1)


def share_out(total, headcount, weight):
    return CHANCE.share_out(np.array([float(total)]), cells_of(*headcount), cells_of(*weight)).reshape(-1)


def test_equal_weights_take_equal_shares():
    np.testing.assert_allclose(share_out(3, [6, 4, 2], [1, 1, 1]), [1.5, 1, 0.5], rtol=1e-13)


def test_the_height_of_all_weights_together_does_not_matter():
    np.testing.assert_allclose(share_out(3, [6, 4, 2], [5, 2, 1]), share_out(3, [6, 4, 2], [5e9, 2e9, 1e9]), rtol=1e-12)


def test_two_cells_of_which_one_weighs_double_worked_by_hand():
    """h = (10, 10), w = (1, 2), n = 7: with x = exp(-theta), 10 (1 - x) + 10 (1 - x^2) = 7.

    x^2 + x = 1.3, x = (sqrt(6.2) - 1) / 2 = 0.744990; taken 2.550100 and 4.449900.
    """
    x = (np.sqrt(6.2) - 1) / 2
    np.testing.assert_allclose(share_out(7, [10, 10], [1, 2]), [10 * (1 - x), 10 * (1 - x * x)], rtol=1e-12)


def test_a_small_batch_is_proportional_to_headcount_times_weight():
    taken = share_out(1e-6, [100, 300, 50], [1, 2, 4])
    np.testing.assert_allclose(taken / taken.sum(), np.array([100, 600, 200]) / 900, rtol=1e-6)


def test_a_heavy_cell_saturates_before_a_light_one_empties():
    taken = share_out(5.5, [5, 5], [1, 1e-12])
    assert taken[0] == pytest.approx(5, rel=1e-9)
    assert taken.sum() == pytest.approx(5.5, rel=1e-13)


@pytest.mark.parametrize("total", [8, 8.0000001, 100])
def test_everybody_or_more_takes_everybody_with_weight(total):
    np.testing.assert_array_equal(share_out(total, [5, 3, 2], [1, 1e-12, 0]), [5, 3, 0])


@pytest.mark.parametrize(
    ("headcount", "weight"), [([0, 0], [1, 1]), ([5, 5], [0, 0]), ([], [])], ids=["nobody", "no weight", "no cells"]
)
@pytest.mark.parametrize("total", [0, 3])
def test_where_nobody_can_be_taken_nobody_is(headcount, weight, total):
    np.testing.assert_array_equal(share_out(total, headcount, weight), np.zeros(len(headcount)))


def test_a_batch_of_nobody_takes_nobody():
    np.testing.assert_array_equal(share_out(0, [5, 3], [1, 2]), [0, 0])


def test_units_and_leading_axes_are_drawn_each_on_its_own():
    headcount = np.array([[6.0, 4.0], [5.0, 0.0], [1.0, 9.0]]).reshape(3, 1, 1, 1, 2, 1)
    headcount = np.stack([headcount, headcount[::-1]])
    total = np.array([[2.0, 1.0, 0.0], [3.0, 5.0, 7.0]])
    weight = cells_of(1, 3)
    together = CHANCE.share_out(total, headcount, weight)
    for lead in range(2):
        for unit in range(3):
            alone = CHANCE.share_out(total[lead, [unit]], headcount[lead, [unit]], weight)
            np.testing.assert_allclose(together[lead, [unit]], alone, rtol=1e-12)


def test_thin_multiplies():
    np.testing.assert_array_equal(CHANCE.thin(np.array([4.0, 0.0]), np.array([0.25, 1.0])), [1, 0])


def standing_cells(rows):
    """Cells [unit, group, status, age, years in rank] of one unit from a table age x years."""
    return np.array(rows, float)[None, None, None]


def test_the_oldest_go_first_and_among_them_the_longest_serving():
    """Rows are ages, columns years in rank. 6 are taken: 3 + 2 of the oldest, 1 of the next age with most years."""
    taken = CHANCE.oldest_first(np.array([6.0]), standing_cells([[9, 9], [4, 5], [2, 3]]))
    np.testing.assert_array_equal(taken[0, 0, 0], [[0, 0], [0, 1], [2, 3]])


@pytest.mark.parametrize(("total", "expected"), [(0, 0), (5, 5), (32, 32), (50, 32)])
def test_no_more_go_than_there_are(total, expected):
    assert CHANCE.oldest_first(np.array([float(total)]), standing_cells([[9, 9], [4, 5], [2, 3]])).sum() == expected


def test_those_alike_in_age_and_years_go_in_equal_shares():
    """Two groups of 30 and 10 of one age, one with two statuses: a quarter of each goes."""
    cells = np.zeros((1, 2, 2, 1, 1))
    cells[0, :, :, 0, 0] = [[20, 10], [6, 4]]
    np.testing.assert_allclose(CHANCE.oldest_first(np.array([10.0]), cells), cells / 4, rtol=1e-13)


def test_each_unit_releases_its_own():
    cells = np.zeros((2, 1, 1, 2, 1))
    cells[:, 0, 0, :, 0] = [[5, 1], [5, 3]]
    taken = CHANCE.oldest_first(np.array([2.0, 2.0]), cells)[:, 0, 0, :, 0]
    np.testing.assert_array_equal(taken, [[1, 1], [0, 2]])


def test_newcomers_are_spread_in_fixed_proportions():
    mix = np.array([[[0.25, 0.5]], [[0.25, 0.0]]])
    spread = CHANCE.spread(np.array([8.0, 4.0]), mix, (-3, -2, -1))
    np.testing.assert_array_equal(spread, [8 * mix, 4 * mix])


def test_an_expectation_need_not_be_whole():
    assert CHANCE.whole(np.array(2.3)) == CHANCE.at_most(np.array(2.3)) == 2.3
