import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import ParameterError, UnknownNameError
from cadre_research.evidence.scenario import PromotionPolicy
from cadre_research.findings.age_structure import young_and_all
from cadre_research.findings.levers import LEVERS, expected_groups, probability_curves, reached_by, with_levers
from cadre_research.model.paths import replicate_blocks, run_blocks

VALUES = [0.0, 0.07, 0.2]


def changed(scenario, **policy):
    """The scenario with other promotion rules, by the way that a scenario file takes."""
    promotion = PromotionPolicy.model_validate({**scenario.promotion.model_dump(), **policy})
    return scenario.model_copy(update={"promotion": promotion})


ONE_BY_ONE = {
    "promotion-rate": lambda scenario, value: scenario.overridden(promotion_rate_per_year=value),
    "promotion-rate:county-deputy": lambda scenario, value: scenario.overridden({"county-deputy": value}),
    "young-share": lambda scenario, value: changed(scenario, young_share=value),
    "release-rate": lambda scenario, value: changed(scenario, release_rate_per_year=value),
}


def counts_of(forecast, population):
    people = forecast.projection.populations.values()
    counted = [[young_and_all(p, t, population, forecast.age_line) for p in people] for t in forecast.targets]
    return np.moveaxis(np.array(counted, float), -1, 0)


@pytest.mark.parametrize("lever", ONE_BY_ONE)
@pytest.mark.parametrize("population", ["level", "posts"])
def test_many_settings_at_once_are_the_forecasts_made_one_by_one(study, lever, population):
    scenario = study.scenario("status-quo")
    together = expected_groups(study.opening(), scenario, {lever: np.array(VALUES)}, 10, population)
    for place, value in enumerate(VALUES):
        alone = counts_of(study.forecast(ONE_BY_ONE[lever](scenario, value), 10), population)
        assert np.abs(np.array(together)[:, :, place] - alone).max() < 1e-12 * alone.max()


def test_two_levers_are_turned_together(study, age_line):
    scenario = study.scenario("status-quo")
    settings = {"young-share": np.array([0.3, 0.6]), "promotion-rate": np.array([0.1, 0.05])}
    together = np.array(expected_groups(study.opening(age_line=age_line), scenario, settings, 4))
    for place, (young, rate) in enumerate(zip(*settings.values(), strict=True)):
        alone = counts_of(study.forecast(scenario.overridden(float(rate), float(young)), 4, age_line), "level")
        assert np.abs(together[:, :, place] - alone).max() < 1e-12 * alone.max()


def test_the_rate_of_one_rank_stands_above_that_of_all_in_any_order(study):
    rules = study.opening().rules(study.scenario("status-quo"))
    for levers in (
        ["promotion-rate", "promotion-rate:county-deputy"],
        ["promotion-rate:county-deputy", "promotion-rate"],
    ):
        given = {lever: 0.2 if ":" in lever else 0.1 for lever in levers}
        rates = {rule.into: float(rule.rate_per_year) for rule in with_levers(rules, given).promotions}
        assert rates == {
            rule.into: 0.2 if rules.ladder.rank_ids[rule.into] == "county-deputy" else 0.1 for rule in rules.promotions
        }


def test_neither_workers_nor_neighbours_change_an_expectation(study):
    scenario, values = study.scenario("status-quo"), np.linspace(0, 0.3, 85)
    one, two = (
        np.array(expected_groups(study.opening(), scenario, {"promotion-rate": values}, 2, workers=n)) for n in (1, 2)
    )
    assert (one == two).all()
    alone = np.array(expected_groups(study.opening(), scenario, {"promotion-rate": values[60:61]}, 2))
    np.testing.assert_allclose(one[:, :, 60:61], alone, rtol=1e-12, atol=1e-9)


def test_turning_a_lever_leaves_the_rules_as_they_were(study):
    rules = study.opening().rules(study.scenario("status-quo"))
    turned = with_levers(rules, {"promotion-rate": np.array([0.1]), "young-share": np.array([0.5])})
    assert (rules.mode, rules.young_share) == ("vacancy", 0.0)
    assert all(rule.rate_per_year is None for rule in rules.promotions)
    assert (turned.mode, turned.young_share.tolist()) == ("rate", [0.5])


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"promotion-rat": 0.1}, UnknownNameError, "Did you mean promotion-rate"),
        ({"young-share:county-deputy": 0.1}, UnknownNameError, "lever 'young-share:county-deputy' is not known"),
        ({"promotion-rate:county-deputies": 0.1}, UnknownNameError, "Did you mean county-deputy"),
        ({"young-share": [0.1, 1.2]}, ParameterError, "given values from 0.1 to 1.2, expected 0 to 1"),
        ({"young-share": np.nan}, ParameterError, "expected 0 to 1"),
        ({"release-rate": 0.1, "promotion-rate": 0.1}, ParameterError, "every rank has a promotion rate"),
    ],
)
def test_a_lever_that_cannot_be_turned_is_refused(study, settings, error, message):
    rules = study.opening().rules(study.scenario("status-quo"))
    with pytest.raises(error, match=message):
        with_levers(rules, settings)


def test_a_lever_without_effect_is_refused(make_ladder, make_evidence, make_rules):
    evidence = make_evidence(make_ladder())
    markov = make_rules(evidence, {"officer": 10.0}, promotion={"mode": "markov"})
    with pytest.raises(ParameterError, match='given with mode "markov", expected mode "vacancy" or "rate"'):
        with_levers(markov, {"release-rate": 0.1})
    rank = {"name_en": "-", "name_zh": "-"}
    nobody_young = make_evidence(
        make_ladder(ranks=({"id": "clerk", "level": "clerk", **rank}, {"id": "officer", "level": "officer", **rank}))
    )
    with pytest.raises(ParameterError, match="no rank has young_age_years"):
        with_levers(make_rules(nobody_young, {"officer": 10.0}), {"young-share": 0.1})


@pytest.mark.parametrize("horizon_years", [0, 31, 2.0, True])
def test_a_horizon_out_of_range_is_refused(study, horizon_years):
    scenario = study.scenario("status-quo")
    with pytest.raises(ParameterError, match="expected a whole number of years from 1 to 30"):
        expected_groups(study.opening(), scenario, {"young-share": np.array([0.5])}, horizon_years)


def test_an_unknown_population_is_refused(study):
    with pytest.raises(ParameterError, match="given 'post', expected level or posts"):
        expected_groups(study.opening(), study.scenario("status-quo"), {"young-share": np.array([0.5])}, 1, "post")


def direct(study, value, worlds, replicates, seed):
    """Fractions [world, target] that reach in the second year, straight from replicates of each world."""
    scenario, opening = study.scenario("status-quo").overridden(value), study.opening()
    targets = opening.evidence.targets.targets
    fractions = []
    for world in range(worlds):
        blocks = replicate_blocks(opening, opening.rules(scenario), replicates, seed, (world,))
        paths = run_blocks(blocks, opening.year, 2, workers=1)
        counts = np.array([young_and_all(paths, target, "level", "inclusive") for target in targets])
        fractions.append(reached_by(counts[:, 0, :, 2], counts[:, 1, :, 2], targets).mean(1))
    return np.array(fractions)


# Whether the section level reaches in two years turns about here.
RATE = 0.174


def test_a_probability_alone_is_that_of_the_replicates_themselves(study):
    values = {"promotion-rate": [RATE]}
    openings = [study.opening()] * 3
    found = probability_curves(openings, study.scenario("status-quo"), values, [2], replicates=4, seed=5)
    fractions = direct(study, RATE, 3, 4, 5)
    assert 0 < fractions[:, -1].mean() < 1
    assert found["probability"].tolist() == fractions.mean(0).tolist()
    assert found["probability_se"].to_numpy() == pytest.approx(fractions.std(0, ddof=1) / np.sqrt(3))


def test_probabilities_among_others_agree_with_direct_simulation(study):
    values = {"young-share": [0.2], "promotion-rate": [0.16, RATE, 0.19]}
    openings = [study.opening()] * 4
    found = probability_curves(openings, study.scenario("status-quo"), values, [2], replicates=30, seed=1)
    level = found[(found["target"] == "section-level") & (found["lever"] == "promotion-rate")]
    fractions = direct(study, RATE, 4, 30, 99)[:, -1]
    spread = np.sqrt(2 * 0.25 / 120)
    assert level["probability"].is_monotonic_increasing
    assert abs(level["probability"].iloc[1] - fractions.mean()) < 3.5 * spread
    assert level["value"].tolist() == values["promotion-rate"]


def test_probabilities_are_the_same_again_and_for_any_number_of_workers(study):
    values = {lever: [0.05, 0.15] for lever in LEVERS}
    openings, done = [study.opening()] * 2, []

    def curves(seed, workers):
        return probability_curves(
            openings,
            study.scenario("status-quo"),
            {**values, "promotion-rate": [0.17, RATE, 0.178]},
            [1, 2],
            replicates=6,
            seed=seed,
            workers=workers,
            progress=lambda: done.append(1),
        )

    one = curves(3, 1)
    pd.testing.assert_frame_equal(one, curves(3, 1))
    pd.testing.assert_frame_equal(one, curves(3, 2))
    assert not one.equals(curves(4, 1))
    assert len(done) == 8
    first = ["lever", "value", "target", "horizon_years", "probability", "probability_se"]
    assert one.columns.tolist() == [*first, "scenario", "age_line", "population"]


def test_replicates_of_several_blocks_are_all_counted(study):
    values = {"promotion-rate": [0.0, RATE]}
    found = probability_curves([study.opening()], study.scenario("status-quo"), values, [1, 2], replicates=60, seed=2)
    level = found[found["target"] == "section-level"].set_index(["value", "horizon_years"])["probability"]
    assert level[0.0, 2] == 0
    assert 0 < level[RATE, 2] < 1
    assert np.isclose(level[RATE, 2] * 60, round(level[RATE, 2] * 60))
    assert found["probability_se"].isna().all()


def test_worlds_of_one_reading_are_needed(study):
    scenario = study.scenario("status-quo")
    for openings in ([], [study.opening(age_line=line) for line in ("inclusive", "strict")]):
        with pytest.raises(ParameterError, match="at least one, all under one reading"):
            probability_curves(openings, scenario)
