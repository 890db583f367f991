"""A city in units: one that holds everyone is the city, copies add up to it, and order does not matter."""

from dataclasses import replace

import numpy as np
import pytest

from cadre_research.errors import EvidenceError
from cadre_research.evidence.units import Unit, Units
from cadre_research.model.drawn_opening import drawn_opening
from cadre_research.model.paths import replicate_blocks, run_blocks
from cadre_research.model.projection import project
from cadre_research.model.random import Random
from cadre_research.model.units import divided

MODES = ("status-quo", "one-third-rule", "rate-08", "priority", "markov")


@pytest.fixture
def rules_of(study):
    def rules(opening, mode):
        if mode == "markov":
            # The stationary rules are those of a city; its recruits fall on units by their posts.
            return replace(
                opening.undivided.stationary_rules if opening.undivided else opening.stationary_rules,
                posts=opening.posts,
            )
        scenario = study.scenario("one-third-rule" if mode == "priority" else mode)
        if mode == "priority":
            policy = scenario.promotion.model_copy(update={"priority_rule": True})
            scenario = scenario.model_copy(update={"promotion": policy})
        return opening.rules(scenario)

    return rules


def unequal(opening, count=5, seed=1):
    ranks = len(opening.evidence.ladder.ranks)
    shares = np.random.default_rng(seed).dirichlet(np.full(count, 3.0), ranks).T
    return divided(opening, tuple("abcdefghijkl"[:count]), shares)


@pytest.mark.parametrize("mode", MODES)
def test_one_unit_that_holds_everyone_is_the_city(opening, rules_of, mode):
    one = divided(opening, ("all",), np.ones((1, len(opening.evidence.ladder.ranks))))
    whole, part = (rules_of(each, mode) for each in (opening, one))
    np.testing.assert_array_equal(
        project(one.population, 2017, 10, part).headcount(), project(opening.population, 2017, 10, whole).headcount()
    )
    drawn = [
        run_blocks(replicate_blocks(each, rules, 3, 11), 2017, 5, 1).headcount
        for each, rules in ((opening, whole), (one, part))
    ]
    np.testing.assert_array_equal(*drawn)


@pytest.mark.parametrize("mode", MODES)
def test_proportional_copies_add_up_to_the_city(opening, rules_of, mode):
    ranks = len(opening.evidence.ladder.ranks)
    parts = divided(opening, ("a", "b", "c"), np.array([[0.6], [0.3], [0.1]]) * np.ones((1, ranks)))
    city, copies = (project(each.population, 2017, 10, rules_of(each, mode)).headcount() for each in (opening, parts))
    np.testing.assert_allclose(copies, city, rtol=1e-9, atol=1e-9)


def test_in_markov_mode_any_units_add_up_to_the_city(opening, rules_of):
    parts = unequal(opening)
    city, units = (
        project(each.population, 2017, 10, rules_of(each, "markov")).headcount() for each in (opening, parts)
    )
    # Recruits fall on units by all their posts, whatever ranks these are of; the city gets as many.
    np.testing.assert_allclose(units, city, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("mode", MODES)
def test_the_order_of_units_and_their_names_change_nothing(opening, rules_of, mode):
    parts, order = unequal(opening), np.array([3, 0, 4, 1, 2])
    turned = replace(
        parts,
        population=replace(parts.population, headcount=parts.population.headcount[order], units=tuple("vwxyz")),
        posts=parts.posts[order],
    )
    first, second = (project(each.population, 2017, 10, rules_of(each, mode)) for each in (parts, turned))
    for one, other in zip(first.years, second.years, strict=True):
        np.testing.assert_allclose(other.closing.headcount, one.closing.headcount[order], rtol=1e-12, atol=1e-12)


def test_names_of_units_change_no_draw(opening, rules_of):
    parts = unequal(opening)
    renamed = replace(parts, population=replace(parts.population, units=tuple("vwxyz")))
    drawn = [
        run_blocks(replicate_blocks(each, rules_of(each, "rate-08"), 4, 3), 2017, 3, 1).headcount
        for each in (parts, renamed)
    ]
    np.testing.assert_array_equal(*drawn)


def test_whole_persons_of_a_rank_are_dealt_to_units_by_their_shares(opening):
    """Each unit has what its share comes to, rounded up or down, and together they are the city's."""
    parts = unequal(opening)
    people = drawn_opening(parts, 200, Random(1)).headcount
    city = drawn_opening(opening, 200, Random(1)).headcount
    np.testing.assert_array_equal(people.sum(-6, keepdims=True), city)
    by_unit, expected = people.sum((-5, -4, -2, -1)), parts.population.headcount.sum((-5, -4, -2, -1))
    share = expected / expected.sum(0)
    total = city.sum((-6, -5, -4, -2, -1))
    assert (np.abs(by_unit - share * total[:, None]) < 1 + 1e-9).all()
    # The mean over lots is the share itself: 200 roundings err by less than four of their standard errors, 0.5 / 14.
    assert np.abs((by_unit - share * total[:, None]).mean(0)).max() < 4 * 0.5 / np.sqrt(200)
    # Whoever is young is dealt like everybody else.
    young = (opening.population.ages_years < 40)[:, None]
    share_young = (people * young).sum((0, -5, -4, -2, -1)) / np.maximum(by_unit.sum(0), 1)
    chiefs = opening.evidence.ladder.index("section-chief")
    assert np.ptp(share_young[:, chiefs]) < 0.02


def test_what_is_observed_of_units_adds_up(opening, rules_of):
    parts = unequal(opening)
    rules = rules_of(parts, "one-third-rule")
    paths = run_blocks(
        replicate_blocks(parts, rules, 12, 3), 2017, 4, 2, observe=lambda people: people.headcount.sum((-5, -4, -1))
    )
    assert paths.observed.shape[:3] == (12, 5, 5)
    np.testing.assert_array_equal(paths.observed.sum(2), paths.headcount)
    again = run_blocks(
        replicate_blocks(parts, rules, 12, 3), 2017, 4, 1, observe=lambda people: people.headcount.sum((-5, -4, -1))
    )
    np.testing.assert_array_equal(again.observed, paths.observed)


def units(*weights):
    return Units(
        format=1,
        source="A test's",
        provenance="assumed",
        units=tuple(
            Unit(id=f"unit-{place}", name_en=f"Unit {place}", name_zh=f"单位{place}", weights=given)
            for place, given in enumerate(weights)
        ),
    )


def test_shares_of_units_sum_to_one_in_every_rank(make_ladder):
    ladder = make_ladder()
    shares = units({"clerk": 3.0, "officer": 1.0}, {"clerk": 1.0, "officer": 1.0}).shares(ladder)
    by_rank = dict(zip(ladder.rank_ids, shares.T.tolist(), strict=True))
    assert by_rank["clerk"] == [0.75, 0.25]
    assert by_rank["officer"] == by_rank["officer-no-post"] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ({"clerk": 1.0}, "missing: officer"),
        ({"clerk": 1.0, "officer": 0.0}, "level officer: expected a weight above 0"),
        ({"clerk": 1.0, "officers": 1.0, "officer": 1.0}, "Did you mean officer"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(make_ladder, make_evidence, weights, told):
    with pytest.raises(EvidenceError, match=told):
        replace(make_evidence(make_ladder()), units=units(weights))


def test_the_shipped_units_have_the_whole_city(study):
    """Eleven divisions and the municipal departments; their weights add up to about what the assumptions say."""
    given = study.evidence.units
    assert len(given.units) == 12
    assert sum(bool(unit.code) for unit in given.units) == 11
    np.testing.assert_allclose(given.shares(study.evidence.ladder).sum(0), 1, rtol=1e-12)
    opening = study.divided_opening()
    np.testing.assert_allclose(opening.population.by_rank(), study.opening().population.by_rank(), rtol=1e-12)
