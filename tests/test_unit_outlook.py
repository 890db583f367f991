"""Units' outlook, luck and the priority rule: worked by hand, and agreeing with the city's own outlook."""

from dataclasses import replace

import numpy as np
import pytest

from cadre_research.errors import EvidenceError, ParameterError
from cadre_research.findings.luck import luck, met_parts
from cadre_research.findings.outlook import outlook, probabilities
from cadre_research.findings.priority import priority_effect, priority_fallbacks, with_and_without_priority
from cadre_research.findings.unit_outlook import (
    CITY,
    UnitOutlook,
    city_outlook,
    in_units,
    unit_outlook,
    unit_probabilities,
)
from cadre_research.model.ensemble import draw_ensemble
from cadre_research.model.units import divided


@pytest.fixture(scope="module")
def openings(study):
    return draw_ensemble(study.opening(), study.scenario("status-quo"), 3, 11).openings


@pytest.fixture(scope="module")
def found(openings, study):
    return unit_outlook(in_units(openings), study.scenario("one-third-rule"), 3, 2, 7)


def made_up(study, young, headcount, units=("a", "b")):
    """An outlook of one target: arrays [draw, replicate, unit, year]."""
    targets = study.evidence.targets.targets[:1]
    key = (targets[0].id, "level")
    return UnitOutlook(
        "made-up",
        "inclusive",
        targets,
        units,
        2017 + np.arange(np.shape(young)[-1]),
        {key: np.array(young)},
        {key: np.array(headcount)},
    )


def test_units_are_counted_as_the_city_is(openings, study):
    """One unit that holds everyone, on the same streams, is the city's outlook person for person."""
    ranks = len(study.evidence.ladder.ranks)
    ones = {draw: divided(opening, ("all",), np.ones((1, ranks))) for draw, opening in openings.items()}
    scenario = study.scenario("rate-12")
    one, city = unit_outlook(ones, scenario, 3, 2, 7), outlook(openings, scenario, 3, 2, 7)
    for key in city.young:
        np.testing.assert_array_equal(one.young[key][:, :, 0], city.young[key])
        np.testing.assert_array_equal(one.headcount[key][:, :, 0], city.headcount[key])


def test_the_city_is_the_sum_of_its_units(found, study):
    whole = city_outlook(found)
    surveyed = {target.id: target.survey.young for target in study.evidence.targets.targets if target.survey}
    for name, young in surveyed.items():
        assert (whole.young[name, "level"][..., 0] == young).all()
    frame = unit_probabilities(found, (0, 3)).set_index(["unit", "target", "population", "horizon_years"])
    city = probabilities(whole, 3).set_index(["target", "population"])
    for (target, population), row in city.iterrows():
        ours = frame.loc[CITY, target, population, 3]
        for name in ("probability", "probability_se", "share_p05", "share_p50", "share_p95"):
            assert ours[name] == pytest.approx(row[name], abs=1e-12)
    assert len(frame.index.unique("unit")) == 13
    now = frame.xs(CITY, level="unit").xs(0, level="horizon_years")
    np.testing.assert_allclose(now["share_now"], now["share_expected"], rtol=1e-12)


def test_a_share_of_one_sixth_is_reached_to_the_person(study):
    """Unit a: 5 of 30 is reached and 4 of 30 not; unit b is empty in the first world, and never reached there."""
    young = [[[[5], [0]], [[4], [0]]], [[[5], [1]], [[5], [2]]]]
    headcount = [[[[30], [0]], [[30], [0]]], [[[30], [6]], [[30], [13]]]]
    frame = unit_probabilities(made_up(study, young, headcount), (0,)).set_index("unit")
    assert frame["probability"].to_dict() == {"a": 0.75, "b": 0.5, CITY: 0.5}
    # Of the two worlds a half and a whole: half their difference.
    assert frame.loc["a", "probability_se"] == pytest.approx(0.25)
    assert frame.loc["b", "empty"] == 0.5
    assert np.isnan(frame.loc["b", "probability_se"])
    assert frame.loc["b", "share_expected"] == pytest.approx((1 / 6 + 2 / 13) / 2)


def test_a_unit_without_anybody_is_missing(study):
    none = np.zeros((2, 2, 1, 1), int)
    frame = unit_probabilities(made_up(study, none, none, ("a",)), (0,))
    numbers = ["share_now", "probability", "probability_se", "share_expected", "share_p05", "share_p50", "share_p95"]
    assert frame[numbers].isna().all(axis=None)
    assert (frame["empty"] == 1).all()


@pytest.mark.parametrize(
    ("met", "chance", "not_knowing", "units"),
    [
        # Unit a always meets, unit b never: nothing but their difference, 1/4.
        ([[[1, 0], [1, 0]], [[1, 0], [1, 0]]], 0, 0, 0.25),
        # The first world always meets, the second never: all is not knowing, var(1, 0) = 1/2, less no chance.
        ([[[1, 1], [1, 1]], [[0, 0], [0, 0]]], 0, 0.5, 0),
        # World 1: unit a met in one run of two. Within: 1/2, 0, 0, 0, mean 1/8. Means of a: 1/2, 0; var 1/8, less
        # (1/2 + 0) / 2 / 2 = 1/8, is 0; of b nothing. Means over worlds 1/4 and 0: var 1/64, less the errors
        # (1/8 + 0) / 2 / 2 - var(1/4, 0) / 2 = 1/32 - 1/64.
        ([[[1, 0], [0, 0]], [[0, 0], [0, 0]]], 1 / 8, 0, 0),
    ],
)
def test_luck_by_hand(met, chance, not_knowing, units):
    parts = met_parts(np.array(met, float))
    assert (parts.chance, parts.not_knowing, parts.units) == pytest.approx((chance, not_knowing, units))


def test_luck_is_estimated_without_bias():
    """Known probabilities, few replicates: the mean of many estimates is the true part to four standard errors."""
    rng = np.random.default_rng(5)
    world = rng.beta(2, 3, (80_000, 1))
    tilt = np.array([0.5, 0.8, 1.0, 0.3])
    chances = world * tilt
    expected = world.mean() * tilt
    second = (world**2).mean() * tilt**2
    truth = [(expected - second).mean(), (second - expected**2).mean(), expected.var()]
    draws = chances.reshape(-1, 4, 1, 4)
    met = (rng.random((len(draws), 4, 3, 4)) < draws).astype(float)
    estimates = np.array([[p.chance, p.not_knowing, p.units] for p in map(met_parts, met)])
    error = estimates.std(0) / np.sqrt(len(estimates))
    assert (np.abs(estimates.mean(0) - truth) < 4 * error + 1e-3 * np.array(truth)).all()


def test_parts_of_luck_sum_to_one(found):
    frame = luck(found, 3)
    varies = frame["luck"].notna()
    assert varies.any()
    np.testing.assert_allclose(frame.loc[varies, ["luck", "not_knowing", "between_units"]].sum(axis=1), 1)
    assert (frame.loc[frame["unit"] != CITY, "between_units"].dropna() == 0).all()
    assert frame["units"].isin([1, 12]).all()


def test_too_few_runs_to_tell_luck_are_refused():
    with pytest.raises(ParameterError, match="expected at least 2"):
        met_parts(np.ones((2, 1, 3)))


def test_units_must_be_known(openings):
    bare = {draw: replace(each, evidence=replace(each.evidence, units=None)) for draw, each in openings.items()}
    with pytest.raises(EvidenceError, match=r"units\.toml"):
        in_units(bare)


@pytest.fixture(scope="module")
def ruled(openings, study):
    scenario = study.scenario("one-third-rule")
    return with_and_without_priority(in_units(openings), scenario, 3, 2, 7)


def test_the_priority_rule_begins_where_the_other_run_does(ruled):
    with_rule, without_rule = ruled
    for key, young in with_rule.young.items():
        np.testing.assert_array_equal(young[..., 0], without_rule.young[key][..., 0])
    frame = priority_effect(with_rule, without_rule, (0, 3)).set_index(
        ["horizon_years", "unit", "target", "population"]
    )
    assert (frame.loc[0, ["share_gain", "probability_gain"]] == 0).all(axis=None)
    # Young first, in every unit that is short: the city's young chiefs are more.
    assert frame.loc[(3, CITY, "section-chief", "level"), "share_gain"] > 0.02
    city = frame.loc[3, CITY, "section-chief", "level"]
    assert city["share_gain"] == pytest.approx(city["share_with"] - city["share_without"])


def test_the_rule_without_priority_is_the_scenario_itself(ruled, found):
    for key, young in found.young.items():
        np.testing.assert_array_equal(young, ruled[1].young[key])


def test_falling_back_is_counted_batch_by_batch(ruled, study):
    with_rule, ranks = ruled[0], study.evidence.ladder.rank_ids
    frame = priority_fallbacks(with_rule, ranks, 3).set_index(["unit", "rank"])
    assert (frame["persons_fell_back"] <= frame["promotions"]).all()
    assert (frame["batches_fell_back"] <= frame["batches"]).all()
    assert frame.loc[(CITY, "section-deputy"), "persons_fell_back"] > 0
    units = frame[frame.index.get_level_values("unit") != CITY].groupby("rank").sum(numeric_only=True)
    np.testing.assert_allclose(units["promotions"], frame.loc[CITY, "promotions"].loc[units.index])
    # By hand, of one batch: the tally of one path, unit, rank and year.
    tally = with_rule.tallies["priority-without-young"]
    assert frame.loc[(CITY, "section-deputy"), "persons_fell_back"] == pytest.approx(
        tally[..., ranks.index("section-deputy"), 1:4].sum((-1, -2)).mean()
    )
