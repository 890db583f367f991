"""The years before the baseline, and calibrations that start from what is known."""

from dataclasses import replace

import numpy as np
import pytest

from cadre_research.errors import CalibrationError
from cadre_research.evidence.retirement import RetirementRules
from cadre_research.model.calibration import calibrate, slopes_at
from cadre_research.model.past import STATIONARY, Past, past_of, settled
from cadre_research.model.population import empty_population
from cadre_research.model.projection import project

BASELINE = 2017
MARKOV = {"mode": "markov"}


def test_a_stationary_past_had_the_same_intake_every_year():
    assert [STATIONARY.intake(years) for years in range(61)] == [1.0] * 61
    assert STATIONARY.is_stationary
    assert Past(0.0, 0.0, 3.0).is_stationary


@pytest.mark.parametrize("past", [Past(0.01), Past(-0.01), Past(0.0, 0.2)])
def test_growth_or_a_wave_makes_a_past_that_is_not_stationary(past):
    assert not past.is_stationary


def test_intake_of_a_growing_service_worked_by_hand():
    """2 % a year: 1.02^-1 = 0.980392, 1.02^-10 = 0.820348, 1.02^-35 = 0.500028; by -5 %, 0.95^-2 = 1.108033."""
    intake = [Past(0.02).intake(years) for years in (0, 1, 10, 35)]
    assert intake == pytest.approx([1, 0.980392, 0.820348, 0.500028], abs=1e-6)
    assert Past(-0.05).intake(2) == pytest.approx(1.108033, abs=1e-6)


def test_intake_of_a_wave_worked_by_hand():
    """Half as many again at the peak 20 years before; a standard deviation is 2.5 years.

    5 years from the peak is two of them: 1 + 0.5 exp(-2) = 1.067668; 10 years is four: 1 + 0.5 exp(-8) = 1.000168.
    """
    wave = Past(0.0, 0.5, 20.0)
    assert wave.intake(20) == 1.5
    assert wave.intake(25) == wave.intake(15) == pytest.approx(1.067668, abs=1e-6)
    assert wave.intake(30) == wave.intake(10) == pytest.approx(1.000168, abs=1e-6)
    assert max(range(60), key=wave.intake) == 20


def test_a_wave_is_above_a_tenth_of_its_height_for_about_ten_years():
    """From -5 to 5 years of its peak: exp(-2) = 0.135 is above, at 6 years exp(-2.88) = 0.056 is below."""
    above = [years for years in range(60) if Past(0.0, 0.5, 20.0).intake(years) - 1 > 0.05]
    assert above == list(range(15, 26))


def test_growth_and_wave_multiply():
    assert Past(0.02, 0.5, 20.0).intake(20) == pytest.approx(1.5 * 1.02**-20, rel=1e-14)


def test_a_deficit_of_intake_is_a_wave_below_one():
    assert Past(0.0, -0.4, 10.0).intake(10) == pytest.approx(0.6)


def test_the_ladders_history_and_another_growth(study):
    quo = past_of(study.evidence, None)
    assumed = study.evidence.assumptions
    assert quo.growth_per_year == assumed["post-growth-before"].value
    assert (quo.wave, quo.peak_years_before) == (assumed["entry-wave"].value, assumed["entry-wave-peak"].value)
    assert past_of(study.evidence, 0.03) == replace(quo, growth_per_year=0.03)
    assert past_of(study.evidence, 0.0).growth_per_year == 0


# Settling, against a service that really recruited year after year -------------------------------------------------


def law(category, base_age_years):
    route = {"category": category, "sex": "any", "base_age_years": base_age_years, "source": "made up"}
    return RetirementRules.model_validate({"format": 1, "routes": (route,)})


@pytest.fixture(params=["three-ranks", "police"])
def service(request, ladder_file, make_evidence, make_rules):
    """Rules with constant probabilities, and 100 entrants of one year."""
    ladder = ladder_file(request.param)
    given = [way.probability_per_year or 0.25 for way in ladder.promotions]
    ways = [way.model_copy(update={"probability_per_year": p}) for way, p in zip(ladder.promotions, given, strict=True)]
    ladder = ladder.model_copy(update={"promotions": tuple(ways)})
    retirement = law("all", 35) if request.param == "three-ranks" else law("police", 62)
    rules = make_rules(make_evidence(ladder, retirement=retirement), {}, promotion=MARKOV)
    entrants = empty_population(ladder)
    entrants.headcount[0, :, :, ladder.index(ladder.entry.rank), :, 0] = 100 * rules.entry_mix
    return replace(rules, recruits_by_year={}), entrants


@pytest.mark.parametrize("past", [STATIONARY, Past(0.03), Past(-0.02), Past(0.01, 0.8, 2.0)], ids=str)
def test_the_settled_structure_is_what_recruiting_year_after_year_leads_to(service, past):
    """From nobody, long enough ago that the first cohort has gone; every year recruits its own intake."""
    rules, entrants = service
    years = len(entrants.ages_years) + 3
    recruits = {BASELINE - before: 100 * past.intake(before) for before in range(years)}
    nobody = replace(entrants, headcount=np.zeros(entrants.headcount.shape))
    history = project(nobody, BASELINE - years, years, replace(rules, recruits_by_year=recruits))
    brute_force = history.years[-1].closing.headcount
    assert brute_force[..., 1:, :, :].sum() > 0
    np.testing.assert_allclose(settled(rules, entrants, past, BASELINE), brute_force, rtol=1e-11, atol=1e-11)


def test_settled_by_hand_on_three_ranks(ladder_file, make_evidence, make_rules):
    """100 enter at 30 and nobody rises or leaves before 35: 100, 100 / 1.1, 100 / 1.21, ... at 30, 31, 32, ..."""
    ladder = ladder_file("three-ranks")
    rules = make_rules(make_evidence(ladder, retirement=law("all", 35)), {}, promotion=MARKOV)
    entrants = empty_population(ladder)
    entrants.headcount[0, 0, 0, 0, 0, 0] = 100
    found = settled(replace(rules, recruits_by_year={}), entrants, Past(0.1), BASELINE)
    np.testing.assert_allclose(found[0, 0, 0, 0].sum(-1), 100 / 1.1 ** np.arange(5.0), rtol=1e-13)
    assert found[0, 0, 0, 1:].sum() == 0


def test_an_open_last_age_keeps_whoever_passes_it(service):
    """Half of those in the open last age leave a year: those who came n years ago are still there, 2^-n of them."""
    rules, entrants = service
    ages = entrants.ladder.ages.model_copy(update={"oldest_is_open": True})
    ladder = entrants.ladder.model_copy(update={"ages": ages})
    never = np.zeros((len(ladder.groups), 1, len(ladder.ranks), len(entrants.ages_years), 1))
    leaving = np.zeros((len(ladder.ranks), len(entrants.ages_years), 1))
    leaving[:, -1] = 0.5
    rules = replace(rules, ladder=ladder, retirement=lambda year: never, exits={"left": leaving}, moves=())
    by_age = settled(rules, replace(entrants, ladder=ladder), STATIONARY, BASELINE).sum((0, 1, 2, 3, 5))
    # Everybody reaches the last age, is there once as they come to it, and half as often each year after.
    assert by_age[-2] == pytest.approx(100)
    assert by_age[-1] == pytest.approx(200)


def test_a_growing_past_has_a_younger_structure_and_a_shrinking_one_an_older(service):
    rules, entrants = service

    def mean_age(past):
        by_age = settled(rules, entrants, past, BASELINE).sum((0, 1, 2, 3, 5))
        return float((by_age * entrants.ages_years).sum() / by_age.sum())

    ages = [mean_age(Past(growth)) for growth in (0.1, 0.03, 0.0, -0.03)]
    assert ages == sorted(ages)
    assert len(set(ages)) == 4


def test_settling_leaves_its_entrants_as_they_are(service):
    rules, entrants = service
    before = entrants.headcount.copy()
    settled(rules, entrants, Past(0.03, 0.5, 5.0), BASELINE)
    np.testing.assert_array_equal(entrants.headcount, before)


# Calibrations that start from what is known --------------------------------------------------------------------------


@pytest.fixture
def neighbour(study):
    """The evidence with three assumptions a little off."""
    entries = study.evidence.assumptions
    changed = {"resignation": 0.0018, "promotion-age-spread": 1.05 * entries["promotion-age-spread"].value}
    changed["staff-posts"] = entries["staff-posts"].value + 200
    return study.evidence.under(study.scenario("status-quo").model_copy(update={"assumptions": changed}))


def test_a_calibration_from_its_own_solution_is_the_very_same(study, opening):
    again = calibrate(study.evidence, study.scenario("status-quo"), opening.age_line, None, start=opening.solution)
    np.testing.assert_array_equal(again.population.headcount, opening.population.headcount)
    np.testing.assert_array_equal(again.posts, opening.posts)
    assert again.solution == opening.solution
    assert again.recruits_per_year == opening.recruits_per_year
    assert again.typical_ages_years == opening.typical_ages_years
    for way, weights in opening.weights.items():
        np.testing.assert_array_equal(again.weights[way], weights)


def test_a_start_that_is_only_near_is_improved_on(study, opening):
    """A ten-millionth off is not taken as it is."""
    start = tuple(value + 1e-7 for value in opening.solution)
    found = calibrate(study.evidence, study.scenario("status-quo"), opening.age_line, None, start)
    assert found.solution != start
    np.testing.assert_allclose(found.population.by_rank(), opening.population.by_rank(), rtol=1e-9)


def test_slopes_of_a_neighbour_lead_to_the_same_opening(study, opening, neighbour):
    """Slopes decide how soon a solution is found, not which: each cell agrees to a billionth."""
    quo = study.scenario("status-quo")
    plain = calibrate(neighbour, quo, opening.age_line)
    quick = calibrate(neighbour, quo, opening.age_line, None, opening.solution, slopes_at(opening, quo))
    np.testing.assert_allclose(quick.population.headcount, plain.population.headcount, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(quick.population.by_rank(), plain.population.by_rank(), rtol=1e-9)
    assert np.abs(plain.population.headcount - opening.population.headcount).max() > 0.1


def test_slopes_are_derivatives_of_the_counts(study):
    """More recruits by a hundredth of their logarithm: every count of a stationary service grows by as much."""
    opening, quo = study.opening(), study.scenario("status-quo")
    slopes = slopes_at(opening, quo)
    unknowns = len(opening.solution)
    assert slopes.shape == (unknowns, unknowns)
    recruits = next(
        i for i, value in enumerate(opening.solution) if np.exp(min(value, 700.0)) == opening.recruits_per_year
    )
    np.testing.assert_allclose(slopes[:, recruits], np.ones(unknowns), atol=1e-5)
    assert np.linalg.cond(slopes) < 1e6


def test_a_start_that_leads_nowhere_is_refused(study, opening):
    """Counts that overflow or vanish, and no way back: no opening is made up from it."""
    start = tuple(value + 30 for value in opening.solution)
    with pytest.raises(CalibrationError, match="no opening population agrees"):
        calibrate(study.evidence, study.scenario("status-quo"), opening.age_line, None, start)
