"""Appraisal of units: a small service worked by hand, and the shipped one against runs of the model."""

from dataclasses import replace

import numpy as np
import pytest

from cadre_research.errors import ParameterError
from cadre_research.findings.appraisal import appraisals
from cadre_research.model.eligibility import promotion_weights
from cadre_research.model.opening import Opening
from cadre_research.model.population import empty_population
from cadre_research.model.projection import project
from cadre_research.model.units import divided


@pytest.fixture
def small_service(make_ladder, make_evidence):
    """Units of 12 officers, all of 45; their posts grow by half a year: 12, 18, 27, and nobody leaves.

    Their clerks differ: a thousand of whom a hundred are 31, some with three of 31, nobody at all, a thousand of 31.
    """

    def make(*units):
        ladder = make_ladder()
        people = empty_population(ladder, units=tuple(units))
        clerks = {"some-young": (900, 100), "few-young": (900, 3), "empty": (0, 0), "all-young": (0, 1000)}
        clerk, officer = ladder.index("clerk"), ladder.index("officer")
        posts = np.zeros((len(units), len(ladder.ranks)))
        for place, unit in enumerate(units):
            old, young = clerks[unit]
            people.headcount[place, 0, 0, clerk, [45 - 30, 31 - 30], 5] = old, young
            people.headcount[place, 0, 0, officer, 45 - 30, 5] = posts[place, officer] = 12 * (unit != "empty")
        weights = {
            (way.source, way.into): promotion_weights(ladder, way, None, None)[None] for way in ladder.promotions
        }
        evidence = make_evidence(ladder)
        return Opening(evidence, "inclusive", people, posts, {}, weights, None, float("nan"))

    return make


def test_a_small_service_worked_by_hand(small_service, make_scenario):
    """15 appointments in two years among 27 officers: one sixth is 4.5 young, so 5 of them, or 3 a year."""
    opening = small_service("some-young", "few-young", "empty", "all-young")
    frame = appraisals(opening, make_scenario(posts={"growth_per_year": 0.5}), 2).set_index("unit")
    assert frame["standing"].to_dict() == {
        "some-young": "in-its-hands",
        "few-young": "not-even-if-all-young",
        "empty": "empty",
        "all-young": "without-asking",
    }
    some = frame.loc["some-young"]
    assert some["appointments"] == pytest.approx(15)
    assert some["headcount_now"] == 12
    assert some["share_now"] == 0
    # One in ten of the clerks is 31, and nobody asks for them.
    assert some["share_expected"] == pytest.approx(1.5 / 27, rel=1e-9)
    assert some["share_attainable"] == pytest.approx(15 / 27, rel=1e-9)
    assert (some["young_needed"], some["young_needed_per_year"]) == (5, 3)
    assert some["part_in_its_hands"] == 1
    few = frame.loc["few-young"]
    expected = 15 * 3 / 903
    assert few["share_expected"] == pytest.approx(expected / 27, rel=1e-9)
    assert few["share_attainable"] == pytest.approx(3 / 27, rel=1e-9)
    assert few["part_in_its_hands"] == pytest.approx((3 - expected) / (27 / 6 - expected), rel=1e-9)
    assert np.isnan(few["young_needed_per_year"])
    assert np.isnan(frame.loc["empty", "share_now"])
    assert np.isnan(frame.loc["empty", "part_in_its_hands"])
    assert np.isnan(frame.loc["all-young", "young_needed_per_year"])


def test_one_third_of_small_batches_is_on_course(small_service, make_scenario):
    """A third of 15 is 5 young of 27: above one sixth, and 4.5 would do."""
    scenario = make_scenario(posts={"growth_per_year": 0.5}, promotion={"young_share": "1/3"})
    row = appraisals(small_service("some-young"), scenario, 2).iloc[0]
    assert row["standing"] == "on-course"
    assert row["young_appointments"] == pytest.approx(5)
    assert (row["young_needed"], row["share_without_rule"]) == (5, pytest.approx(1.5 / 27))
    assert np.isnan(row["part_in_its_hands"])


def test_a_unit_is_appraised_as_if_it_were_alone(small_service, make_scenario):
    scenario = make_scenario(posts={"growth_per_year": 0.5})
    together = appraisals(small_service("some-young", "few-young", "all-young"), scenario, 2)
    for place, unit in enumerate(("some-young", "few-young", "all-young")):
        alone = appraisals(small_service(unit), scenario, 2).iloc[0]
        for name, value in together.iloc[place].items():
            told = value if isinstance(value, str) else pytest.approx(value, rel=1e-9, nan_ok=True)
            assert alone[name] == told, name


def test_what_is_needed_suffices_and_less_does_not(study):
    """Under the status quo, asking for just so many young reaches one sixth, and for fewer does not."""
    given, scenario = study.evidence.units, study.scenario("status-quo")
    shares = given.shares(study.evidence.ladder)
    two = np.stack([shares[given.ids.index("municipal")], shares[:-1].sum(0)])
    opening = divided(study.opening(), ("municipal", "divisions"), two)
    frame = appraisals(opening, scenario).set_index(["target", "unit"])
    row = frame.loc["county-deputy", "municipal"]
    assert row["standing"] == "in-its-hands"
    rules, ladder = opening.rules(scenario), opening.evidence.ladder
    deputies = ladder.ranks_in(["county-deputy"])
    into, source = ladder.index("county-deputy"), ladder.index("section-chief")

    def run(share):
        years = project(opening.population, 2017, 5, replace(rules, unit_young_share=np.full(2, share))).years
        group = years[-1].closing.headcount[0][..., deputies, :, :].sum((0, 1, 2, 4))
        chosen = sum(
            flow.headcount[0].sum((0, 1))[: 40 - 22].sum()
            for year in years
            for flow in year.flows
            if (flow.name, flow.source, flow.into) == ("promotion", source, into)
        )
        return chosen, group[: 40 - 22 + 1].sum() / group.sum()

    found = [run(share) for share in np.linspace(0.5, 1.0, 26)]
    enough = min(chosen for chosen, share in found if share >= 1 / 6)
    too_few = max(chosen for chosen, share in found if share < 1 / 6)
    assert too_few < row["young_needed"] <= np.ceil(enough)
    assert row["share_attainable"] == pytest.approx(max(share for _, share in found), rel=1e-3)


def test_share_of_units_off_changes_no_bit(study):
    opening, scenario = study.divided_opening(), study.scenario("one-third-rule")
    rules = opening.rules(scenario)
    off = replace(rules, unit_young_share=np.zeros(12))
    for one, other in zip(
        project(opening.population, 2017, 2, rules).years, project(opening.population, 2017, 2, off).years, strict=True
    ):
        np.testing.assert_array_equal(one.closing.headcount, other.closing.headcount)


@pytest.mark.parametrize("horizon", [0, -1, 2.5, True])
def test_a_reckoning_in_the_past_is_refused(small_service, make_scenario, horizon):
    with pytest.raises(ParameterError, match="expected a whole number of years"):
        appraisals(small_service("some-young"), make_scenario(), horizon)
