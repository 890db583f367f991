"""Shapley values on games with known answers."""

import numpy as np
import pytest

from cadre_research.errors import ParameterError
from cadre_research.findings.shapley import drawn_permutations, exact_values, sampled_values


def game(players, worth):
    """Worth of every coalition, given as a function of the set of its players."""
    return np.array([worth({p for p in range(players) if place >> p & 1}) for place in range(1 << players)], float)


def sampled(worth, pairs, seed=1):
    drawn = drawn_permutations(len(worth).bit_length() - 1, pairs, seed)
    return sampled_values(drawn, {place: worth[place] for place in drawn.coalitions})


GLOVES = game(3, lambda those: 0 in those and (1 in those or 2 in those))
# A majority of 51 of 100 votes: the textbook power of 50, 49 and 1 votes is that of 2/3, 1/6 and 1/6.
VOTES = game(3, lambda those: sum((50, 49, 1)[p] for p in those) >= 51)
AIRPORT = game(3, lambda those: max((c for p, c in enumerate((1, 2, 4)) if p in those), default=0))
RANDOM = np.random.default_rng(3).normal(size=(1 << 6, 2))


def test_the_owner_of_the_only_left_glove_gets_two_thirds():
    np.testing.assert_allclose(exact_values(GLOVES), [2 / 3, 1 / 6, 1 / 6], atol=1e-15)
    np.testing.assert_allclose(exact_values(VOTES), [2 / 3, 1 / 6, 1 / 6], atol=1e-15)


def test_users_of_a_runway_share_each_stretch_equally():
    """Lengths 1, 2 and 4: 1/3, then 1/3 + 1/2, then 1/3 + 1/2 + 2."""
    np.testing.assert_allclose(exact_values(AIRPORT), [1 / 3, 5 / 6, 17 / 6], atol=1e-15)


def test_an_additive_game_gives_everyone_their_own_and_a_dummy_nothing():
    own = np.array([3.0, -1.0, 0.0, 0.5])
    worth = game(4, lambda those: 7 + sum(own[p] for p in those))
    np.testing.assert_allclose(exact_values(worth), own, atol=1e-14)
    values, errors = sampled(worth, 2)
    np.testing.assert_allclose(values, own, atol=1e-14)
    assert errors.max() < 1e-14


def test_players_that_are_alike_get_the_same():
    worth = game(5, lambda those: len(those & {0, 3}) ** 2 + 3 * (4 in those) * len(those))
    values = exact_values(worth)
    assert values[0] == pytest.approx(values[3], abs=1e-14)
    assert values[1] == pytest.approx(values[2], abs=1e-14)
    assert values[0] != pytest.approx(values[1])


def test_values_sum_to_the_full_effect_exact_and_sampled():
    full = RANDOM[-1] - RANDOM[0]
    np.testing.assert_allclose(exact_values(RANDOM).sum(0), full, atol=1e-13)
    np.testing.assert_allclose(sampled(RANDOM, 7)[0].sum(0), full, atol=1e-13)


def test_all_orders_give_the_exact_values():
    """Three players have six orders: three pairs of an order and its reverse."""
    drawn = drawn_permutations(3, 2, 0)
    every = np.array([[[0, 1, 2], [2, 1, 0]], [[1, 0, 2], [2, 0, 1]], [[0, 2, 1], [1, 2, 0]]])
    values, errors = sampled_values(type(drawn)(every), dict(enumerate(AIRPORT)))
    np.testing.assert_allclose(values, exact_values(AIRPORT), atol=1e-15)
    assert errors.max() > 0


def test_the_stated_error_is_that_of_the_sample():
    """Of 300 samples of 40 pairs, an interval of two errors holds the exact value of about 95 %; by t of 39, 94.8 %."""
    exact = exact_values(RANDOM)
    held = []
    for seed in range(300):
        values, errors = sampled(RANDOM, 40, seed)
        held.append(np.abs(values - exact) <= 2 * errors)
    assert 0.92 < np.mean(held) < 0.975


def test_a_reverse_beside_each_order_takes_error_away():
    """In a game of pairs the gain of joining early and late average out: one pair is as good as all orders."""
    weights = np.triu(np.random.default_rng(4).normal(size=(5, 5)))
    worth = game(5, lambda those: sum(weights[i, j] for i in those for j in those))
    values, errors = sampled(worth, 2)
    np.testing.assert_allclose(values, exact_values(worth), atol=1e-13)
    assert errors.max() < 1e-13


def test_the_same_seed_draws_the_same_and_only_what_is_needed_is_asked_for():
    one, two, other = (drawn_permutations(8, 5, seed) for seed in (1, 1, 2))
    assert (one.orders == two.orders).all()
    assert (one.orders != other.orders).any()
    assert {0, 255} <= set(one.coalitions)
    assert len(one.coalitions) <= 2 + 10 * 7


@pytest.mark.parametrize("count", [0, 1, 3, 12])
def test_a_table_that_is_no_game_is_refused(count):
    with pytest.raises(ParameterError, match=f"given {count} coalitions, expected 2, 4, 8"):
        exact_values(np.zeros(count))


@pytest.mark.parametrize(
    ("players", "pairs", "message"),
    [(3, 1, "pairs: given 1"), (3, 2.5, "pairs: given 2.5"), (0, 2, "players: given 0")],
)
def test_a_draw_that_tells_no_error_is_refused(players, pairs, message):
    with pytest.raises(ParameterError, match=message):
        drawn_permutations(players, pairs, 1)
