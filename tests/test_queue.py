"""The queue of those passed over, worked by hand; side effects on groups; people told apart fare like all others."""

from dataclasses import replace

import numpy as np
import pytest
from openings import opening_of
from test_measures import EVERYTHING, unequal

from cadre_research.errors import InputError, ParameterError
from cadre_research.findings.queue import queue_path, queues, queues_compared
from cadre_research.findings.side_effects import OF_MIDDLE_AGE, side_effects
from cadre_research.model.chance import Expected
from cadre_research.model.followed import told_apart
from cadre_research.model.paths import replicate_blocks
from cadre_research.model.random import Random
from cadre_research.model.year import advance


@pytest.fixture
def queue(make_ladder, make_evidence, make_scenario, people):
    """Sum up the queue of clerks for the rank of officer, and its path."""

    def run(*rows, posts=None, promotion=None, scenario=None, ages=(45, 55), **ladder):
        way = {"from": "clerk", "to": "officer", **ladder.pop("way", {})}
        evidence = make_evidence(make_ladder(promotions=(way,), **ladder))
        opening = opening_of(evidence, people(evidence.ladder, *rows), posts or {})
        path = queue_path(opening, make_scenario(promotion=promotion or {}, **scenario or {}), ages)
        found = queues(path)
        return (found[found["group"] == "everybody"].iloc[0] if len(found) else None), path

    return run


def test_a_tenth_a_year_is_half_in_the_seventh_year(queue):
    """1 - 0.9^6 = 0.4686 and 1 - 0.9^7 = 0.5217: half after 6 + (0.5 - 0.4686) / 0.0531 = 6.59 years."""
    found, path = queue(("clerk", 45, 5, 100.0), promotion={"mode": "markov"}, way={"probability_per_year": 0.1})
    assert found["eligible"] == 100
    assert found["probability_per_year"] == pytest.approx(0.1, rel=1e-12)
    assert found["promoted_within_5_years"] == pytest.approx(1 - 0.9**5, rel=1e-12)
    assert found["years_to_median"] == pytest.approx(6 + (0.9**6 - 0.5) / (0.9**6 * 0.1), rel=1e-9)
    assert not found["never"]
    everybody = path[path["group"] == "everybody"].set_index("years_waited")
    assert everybody.loc[3, "waiting"] == pytest.approx(72.9, rel=1e-12)
    assert everybody.loc[3, "year"] == 2020
    assert everybody["left"].max() == pytest.approx(0, abs=1e-9)
    # Followed for 40 years at most.
    assert everybody.index.max() == 40


def test_where_more_leave_than_rise_half_are_never_promoted(queue):
    """Of a hundred 10 rise and 15 leave each year: 40 ever rise, 10 x (1 - 0.75^k) / 0.25 in k years."""
    names = {"name_en": "-", "name_zh": "-"}
    found, path = queue(
        ("clerk", 45, 5, 100.0),
        promotion={"mode": "markov"},
        way={"probability_per_year": 0.1},
        exits=({"id": "resigned", "probability_per_year": 0.15, **names},),
    )
    assert found["ever_promoted"] == pytest.approx(0.4, rel=1e-4)
    assert found["never"]
    assert np.isnan(found["years_to_median"])
    # A fifth, half of the two fifths: 17.5 in two years and 23.125 in three.
    assert found["years_to_median_of_promoted"] == pytest.approx(2 + 2.5 / 5.625, rel=1e-3)
    second = path[(path["group"] == "everybody") & (path["years_waited"] == 2)].iloc[0]
    assert (second["waiting"], second["promoted_so_far"]) == (pytest.approx(56.25), pytest.approx(17.5))
    assert second["left"] == pytest.approx(26.25)


def test_a_ceiling_ends_the_hope_and_not_the_wait(queue):
    """Ceiling 50, age 48 at the opening: two chances of a tenth, at 49 and 50; 81 of a hundred wait in vain."""
    found, path = queue(
        ("clerk", 48, 5, 100.0),
        promotion={"mode": "markov"},
        way={"probability_per_year": 0.1, "ceiling_age_years": 50.0},
    )
    assert found["ever_promoted"] == pytest.approx(0.19, rel=1e-12)
    assert found["never"]
    assert path.iloc[-1]["waiting"] == pytest.approx(81, rel=1e-12)


@pytest.mark.parametrize(("young_share", "probability"), [("0", 0.25), ("1/2", 0.25), ("1", 0.0)])
def test_the_young_rule_passes_them_over(queue, young_share, probability):
    """One vacancy, two clerks of 46 and two of 31, all alike: each a quarter; where all must be young, nobody of 46."""
    found, _ = queue(
        ("clerk", 46, 5, 2.0),
        ("clerk", 31, 5, 2.0),
        posts={"officer": 1.0},
        promotion={"young_share": young_share},
    )
    assert found["eligible"] == 2
    assert found["probability_per_year"] == pytest.approx(probability, abs=1e-12)
    assert found["ever_promoted"] == pytest.approx(probability, abs=1e-12)


def test_the_cohort_is_of_age_and_eligible_when_the_first_year_closes(queue):
    """Minimum three years in rank: two at the opening will do. 45 to 55 at the close are 44 to 54 at the opening."""
    persons = {43: 1.0, 44: 2.0, 54: 4.0, 55: 8.0}
    rows = [("clerk", age, years, count) for age, count in persons.items() for years in (1, 2)]
    found, path = queue(
        *rows, promotion={"mode": "markov"}, way={"probability_per_year": 0.1, "minimum_years_in_rank": 3}
    )
    assert found["eligible"] == 2 + 4
    assert path["eligible"].max() == 2 + 4
    assert set(path["ages"]) == {"45-55"}
    found, path = queue(("clerk", 30, 5, 1.0), promotion={"mode": "markov"}, way={"probability_per_year": 0.1})
    assert found is None
    assert path.empty


def test_who_comes_to_the_rank_later_is_not_of_the_cohort(queue):
    """Entrants of 46 compete from 2018 on; with as many of them as of the cohort the second year's chance halves."""
    rows = [("clerk", 46, 5, 10.0)]
    entry = {"rank": "clerk", "persons_per_year": 9.0, "youngest_age_years": 46, "oldest_age_years": 46}
    alone, path = queue(*rows, posts={"officer": 3.0}, promotion={"mode": "rate", "rate_per_year": 1 / 3})
    crowded, wide = queue(
        *rows,
        posts={"officer": 3.0},
        promotion={"mode": "rate", "rate_per_year": 1 / 3},
        scenario={"lateral_intake": ({**entry, "first_year": 2018, "last_year": 2018},)},
    )
    assert alone["eligible"] == crowded["eligible"] == 10
    promoted = [each.set_index(["group", "years_waited"])["promoted"]["everybody"] for each in (path, wide)]
    assert promoted[0][1] == pytest.approx(1)
    assert promoted[1][1] == pytest.approx(1)
    assert promoted[0][2] == pytest.approx(1)
    assert promoted[1][2] == pytest.approx(9 / 18)


@pytest.mark.parametrize("name", ["two-thirds-young", "full-plan-2018", "everything, in units"])
def test_people_told_apart_fare_as_if_they_were_not(study, name):
    opening = study.opening()
    scenario = EVERYTHING if name == "everything, in units" else study.scenario(name)
    opening = unequal(opening, 3) if name == "everything, in units" else opening
    rules, people = opening.rules(scenario), opening.population
    chosen = np.zeros(people.headcount.shape, bool)
    chosen[..., 20:, :] = True
    apart, twice = told_apart(people, rules, chosen)
    for year in range(2018, 2021):
        people = advance(people, year, rules, Expected()).closing
        apart = advance(apart, year, twice, Expected()).closing
    both = apart.headcount[:, :2] + apart.headcount[:, 2:]
    np.testing.assert_allclose(both, people.headcount, rtol=1e-9, atol=1e-9)
    # Newcomers are others, and nobody grows younger: all who were chosen are 42 + 3 by now.
    assert apart.headcount[:, 2:, ..., :23, :].sum() == 0
    assert apart.headcount[:, 2:].sum() > 1000


def test_whole_persons_can_be_followed_too(study):
    opening = study.opening()
    rules = opening.rules(study.scenario("one-third-rule"))
    people = replicate_blocks(opening, rules, 2, 5)[0].opening()
    chosen = np.zeros(people.headcount.shape, bool)
    chosen[..., 20:, :] = True
    apart, twice = told_apart(people, rules, chosen)
    closing = advance(apart, 2018, twice, Random(5)).closing.headcount
    np.testing.assert_array_equal(closing, np.rint(closing))
    assert closing.min() >= 0


def test_the_queues_of_the_city(study):
    """The young rule lowers the chance of those aged 45 to 55, in every rank; sexes add up to everybody."""
    opening = study.opening()
    plain, ruled = (queue_path(opening, study.scenario(name)) for name in ("status-quo", "two-thirds-young"))
    compared = queues_compared(queues(ruled), queues(plain)).set_index(["rank", "group"])
    assert len(compared) == 4 * 3
    assert (compared["probability_per_year"] < compared["probability_per_year_status_quo"]).all()
    assert (compared["ever_promoted"] < compared["ever_promoted_status_quo"]).all()
    assert compared["never"].all()
    for column in ("eligible", "promoted", "promoted_so_far", "waiting", "left"):
        wide = plain.pivot_table(index=["rank", "years_waited"], columns="group", values=column)
        np.testing.assert_allclose(wide["men"] + wide["women"], wide["everybody"], rtol=1e-9, atol=1e-9)
    # What the cohort's promotions come to in the first year, by other arithmetic: the flows of a year in detail.
    year = advance(opening.population, 2018, opening.rules(study.scenario("status-quo")), Expected(), in_detail=True)
    into = opening.evidence.ladder.index("county-deputy")
    cells = sum(flow.cells for flow in year.flows if flow.name == "promotion" and flow.into == into)
    of_age = (opening.population.ages_years + 1 >= 45) & (opening.population.ages_years + 1 <= 55)
    first = plain[(plain["rank"] == "county-deputy") & (plain["group"] == "everybody") & (plain["years_waited"] == 1)]
    assert first["promoted"].item() == pytest.approx(cells[..., of_age, :].sum(), rel=1e-9)


def test_the_cohort_is_the_same_under_every_scenario(study):
    opening = study.opening()
    eligible = [
        queue_path(opening, study.scenario(name), ranks=["county-deputy"])["eligible"].max()
        for name in ("status-quo", "full-plan-2018")
    ]
    assert eligible[0] == eligible[1]


def test_what_cannot_be_followed_is_refused(study):
    opening, scenario = study.opening(), study.scenario("status-quo")
    with pytest.raises(ParameterError, match="youngest age first"):
        queue_path(opening, scenario, (55, 45))
    with pytest.raises(ParameterError, match="given 'chief', expected of section-deputy"):
        queue_path(opening, scenario, ranks=["chief"])
    rules = replace(opening.rules(scenario), plan=object())
    with pytest.raises(InputError, match='mode "plan"'):
        told_apart(opening.population, rules, np.ones((1,) * 6, bool))


def test_side_effects_of_the_young_rule(study):
    plain, ruled = (study.forecast(name, 3) for name in ("status-quo", "two-thirds-young"))
    found = side_effects(ruled, plain).set_index(["of", "place", "group"])
    promoted = found.loc["promotions"]
    assert (promoted.xs(OF_MIDDLE_AGE, level="group")["change"] < -0.003).all()
    np.testing.assert_allclose(promoted.xs("women", level="group")["share"], 0.2, atol=2e-3)
    for kind, places in (("promotions", 4), ("level", 5)):
        sexes = found.loc[kind].loc[(slice(None), ["men", "women"]), ["share", "share_status_quo", "change"]]
        sums = sexes.groupby("place").sum()
        assert len(sums) == places
        np.testing.assert_allclose(sums[["share", "share_status_quo"]], 1, rtol=1e-12)
        np.testing.assert_allclose(sums["change"], 0, atol=1e-12)
    batches = sum(
        flow.headcount.sum()
        for year in ruled.projection.years
        for flow in year.flows
        if flow.name == "promotion" and flow.into == opening_index(ruled, "county-deputy")
    )
    both = found.loc[("promotions", "county-deputy", ["men", "women"]), "persons"].sum()
    assert both == pytest.approx(batches, rel=1e-12)


def opening_index(forecast, rank):
    return forecast.opening.evidence.ladder.index(rank)


def test_a_scenario_has_no_side_effects_beside_itself(study):
    forecast = study.forecast("rate-08", 2)
    assert (side_effects(forecast, forecast)["change"].fillna(0) == 0).all()


def test_forecasts_that_differ_in_more_than_policy_are_not_compared(study):
    with pytest.raises(ParameterError, match="horizons 2 and 3"):
        side_effects(study.forecast("rate-08", 2), study.forecast("status-quo", 3))
    with pytest.raises(ParameterError, match="the same horizon, age line, opening year and groups"):
        side_effects(study.forecast("rate-08", 2), study.forecast("status-quo", 2, "strict"))
