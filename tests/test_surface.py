"""Shares read between the lines of a grid against the model's own forecasts of the same settings."""

from fractions import Fraction

import numpy as np
import pytest

from cadre_research.evidence.scenario import PromotionPolicy
from cadre_research.evidence.targets import AGE_LINES
from cadre_research.findings.age_structure import age_structure, target_shares, young_and_all
from cadre_research.findings.levers import LEVERS
from cadre_research.findings.surface import HOW_MANY, REFORMS, WITHIN, Bands, Lines, under
from cadre_research.findings.verdict import reaches
from cadre_research.reporting.explored import HORIZON_YEARS, PEOPLE_STEP, find_surfaces

# The grids are found once, in minutes.
pytestmark = pytest.mark.slow

SOME, MANY = 48, 500


@pytest.fixture(scope="module")
def surfaces(study):
    return find_surfaces(study)


def forecast_of(study, how_many, x, young, reform, age_line):
    """The model's own, of a scenario as a file would have it."""
    policy = {"young_share": Fraction(young), "release_rate_per_year": x}
    if how_many == "promotion-rate":
        policy = {"young_share": Fraction(young), "mode": "rate", "rate_per_year": x}
    scenario = under(study.scenario("status-quo"), reform=reform)
    scenario = scenario.model_copy(update={"promotion": PromotionPolicy(**policy)})
    return study.forecast(scenario, HORIZON_YEARS, age_line)


def settings(count, seed):
    """Random settings of the page's controls: a tenth per 100 posts, a whole per cent of young, and all the rest."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        how_many, age_line = str(rng.choice(HOW_MANY)), str(rng.choice(AGE_LINES))
        x = rng.integers(round(1000 * LEVERS[how_many]) + 1) / 1000
        yield how_many, x, rng.integers(101) / 100, bool(rng.random() < 0.5), age_line


def shares_of_model(study, setting):
    """Shares [year, target] and whether each is reached."""
    how_many, x, young, reform, age_line = setting
    forecast = forecast_of(study, how_many, x, young, reform, age_line)
    counts = [
        [young_and_all(people, target, "level", age_line) for target in forecast.targets]
        for people in forecast.projection.populations.values()
    ]
    counts = np.array(counts)
    reached = [reaches(*counts[:, place].T, target.share) for place, target in enumerate(forecast.targets)]
    return counts[..., 0] / counts[..., 1], np.stack(reached, axis=1)


def hold(study, surfaces, count, seed):
    """Largest difference over settings, years and targets; refuses a verdict that turned outside the band."""
    asked = np.array([float(target.share) for target in study.evidence.targets.targets])
    worst = 0.0
    for setting in settings(count, seed):
        how_many, x, young, reform, age_line = setting
        grid = surfaces[age_line, how_many].shares
        found = grid.at([x], [young])[0, REFORMS.index(reform)]
        expected, reached = shares_of_model(study, setting)
        worst = max(worst, np.abs(found - expected).max())
        turned = (found >= asked) != reached
        assert (np.abs(found - asked)[turned] < WITHIN).all(), setting
    return worst


def test_shares_between_the_lines_are_the_models_own(study, surfaces):
    assert hold(study, surfaces, SOME, 20180910) < WITHIN


@pytest.mark.soak
def test_shares_between_the_lines_are_the_models_own_at_many_settings(study, surfaces):
    worst = hold(study, surfaces, MANY, 7)
    print(f"largest difference at {MANY} random settings: {100 * worst:.3f} percentage points")
    assert worst < WITHIN


def test_a_coarser_grid_would_be_found_out(study):
    """The test above can fail."""
    coarse = find_surfaces(study, Lines(4, 6, halvings=0, people_x=1, people_y=1))
    with pytest.raises(AssertionError):
        assert hold(study, coarse, SOME, 20180910) < WITHIN


@pytest.mark.parametrize("how_many", HOW_MANY)
def test_on_the_lines_shares_are_the_models_to_the_last_digits(study, surfaces, how_many, age_line):
    grid = surfaces[age_line, how_many].shares
    for place in ((0, 0), (-1, -1), (len(grid.x) // 2, len(grid.y) // 3)):
        x, young = grid.x[place[0]], grid.y[place[1]]
        for number, reform in enumerate(REFORMS):
            expected, _ = shares_of_model(study, (how_many, x, young, reform, age_line))
            assert grid.values[place][number] == pytest.approx(expected, abs=1e-9)


def test_the_status_quo_stands_in_the_grid_as_it_is(study, surfaces, age_line):
    own = target_shares(study.forecast("status-quo", HORIZON_YEARS, age_line)).query("population == 'level'")
    grid = surfaces[age_line, "release-rate"].shares
    for place, target in enumerate(study.evidence.targets.ids):
        path = own[own["target"] == target]["share"]
        assert grid.values[0, 0, 0, :, place] == pytest.approx(path.to_numpy(), abs=1e-9)


def test_the_reform_changes_nothing_before_it_begins(study, surfaces, age_line):
    grid = surfaces[age_line, "promotion-rate"].shares
    years = study.evidence.targets.baseline_year + np.arange(HORIZON_YEARS + 1)
    before = years < study.evidence.retirement.reform.first_year
    assert grid.values[:, :, 0, before] == pytest.approx(grid.values[:, :, 1, before], abs=1e-12)
    assert np.abs(grid.values[:, :, 0, ~before] - grid.values[:, :, 1, ~before]).max() > 0.001


def test_bands_hold_everybody_of_their_levels_and_end_where_the_young_do(study, age_line):
    bands = Bands.of(study.evidence, age_line)
    people = study.opening(age_line=age_line).population
    counted = bands.counted(people)
    frame = age_structure(study.forecast("status-quo", 1, age_line)).query("year == 2017")
    for place, (level, oldest) in enumerate(zip(bands.levels, bands.oldest_young_years, strict=True)):
        here = frame[frame["level"] == level]
        assert counted[place].sum() == pytest.approx(here["headcount"].sum())
        assert oldest in bands.last_years
        young = counted[place][:, : bands.last_years.index(oldest) + 1]
        for sex, of_sex in zip(bands.sexes, young, strict=True):
            those = (here["sex"] == sex) & (here["age_years"] <= oldest)
            assert of_sex.sum() == pytest.approx(here.loc[those, "headcount"].sum())


def test_the_pyramid_between_the_lines_is_near_the_models_own(study, surfaces):
    worst = 0.0
    for how_many, x, young, reform, age_line in settings(12, 3):
        bands = Bands.of(study.evidence, age_line)
        forecast = forecast_of(study, how_many, x, young, reform, age_line)
        largest = bands.counted(forecast.opening.population).max((-2, -1), keepdims=True)
        expected = np.stack([bands.counted(people) for people in forecast.projection.populations.values()]) / largest
        found = surfaces[age_line, how_many].people.at([x], [young])[0, REFORMS.index(reform)]
        worst = max(worst, np.abs(found - expected).max())
    assert PEOPLE_STEP < worst < 0.15
