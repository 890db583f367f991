"""Hazards that are known come back from simulated registers, with intervals that cover them as often as they say."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binom
from simulated_panels import AGES, BASES, RETIREMENT, TRUTH, ladder, probabilities, simulate

from cadre_research.evidence.estimation import estimate, estimate_hazards

REGISTERS = 200
BUMP_REGISTERS = 30
NORMAL_95 = 1.96
PROMOTION = "promotion-clerk-officer"
EVIDENCE = SimpleNamespace(ladder=ladder(), retirement=RETIREMENT, amount=float)


@pytest.fixture(scope="module")
def deviations():
    """Errors of all coefficients in standard errors, array [register, coefficient]."""
    chances, rows = probabilities(), []
    for seed in range(REGISTERS):
        found, notes = estimate_hazards(simulate(chances, seed), EVIDENCE, bases=BASES)
        assert notes == []
        assert [hazard.name for hazard, _ in found] == [truth.name for truth in TRUTH]
        rows.append(
            np.concatenate(
                [
                    (np.array(hazard.coefficients) - truth.coefficients) / np.sqrt(np.diag(hazard.covariance))
                    for (hazard, _), truth in zip(found, TRUTH, strict=True)
                ]
            )
        )
    return np.array(rows)


@pytest.mark.slow
def test_intervals_cover_the_truth_in_the_binomial_band(deviations):
    """Bonferroni: an interval for each of 19 coefficients, so each may stray with probability 0.05 / 19 only."""
    covered = (np.abs(deviations) < NORMAL_95).sum(axis=0)
    count = deviations.shape[1]
    assert count == 19
    low, high = binom.interval(1 - 0.05 / count, REGISTERS, 0.95)
    assert ((low <= covered) & (covered <= high)).all(), covered
    # Errors of one register hang together, so the band of the whole is wider than that of independent intervals.
    assert covered.sum() / deviations.size == pytest.approx(0.95, abs=0.015)


@pytest.mark.slow
def test_estimates_are_unbiased_and_standard_errors_have_the_right_size(deviations):
    assert np.abs(deviations.mean(axis=0)).max() < 4 / np.sqrt(REGISTERS)
    # A standard deviation from 200 values is known to 5 %.
    assert np.abs(deviations.std(axis=0) - 1).max() < 4 / np.sqrt(2 * REGISTERS)


def bumped(times=3.0):
    """Hazards as known, but promotion of clerks that many times as probable from 30 to 32: no spline of theirs."""
    chances = probabilities()
    at = (AGES >= 30) & (AGES <= 32)
    raised = np.clip(chances[PROMOTION] * np.where(at, times, 1.0)[:, None], 0, 0.9)
    return {**chances, PROMOTION: raised}


def errors_by_age(chances, ages, seeds):
    """Errors of the log intensity of men five years in rank, and whether intervals cover: arrays [register, age]."""
    place = ages - AGES[0]
    truth = np.log(-np.log1p(-chances[PROMOTION][0, 0, place, 5]))
    errors, covered = [], []
    for seed in seeds:
        found, _ = estimate_hazards(simulate(chances, seed), EVIDENCE)
        hazard = next(hazard for hazard, _ in found if hazard.name == PROMOTION)
        columns = hazard.basis.columns(["men"] * len(ages), ["clerk"] * len(ages), ages, np.full(len(ages), 5))
        spread = np.sqrt(np.einsum("at,ts,as->a", columns, np.array(hazard.covariance), columns))
        errors.append(columns @ np.array(hazard.coefficients) - truth)
        covered.append(np.abs(errors[-1]) < NORMAL_95 * spread)
    return np.array(errors), np.array(covered)


@pytest.mark.slow
def test_of_another_shape_the_intervals_at_the_bump_are_lost_and_those_far_from_it_kept():
    """Men of 25 to 50: what 95 % intervals are worth where no spline of six knots follows the truth, and how far off.

    Measured over 100 registers at 25, 28, 31, 34, 37, 40, 45, 50: coverage 0, 0, 0, 0, 0.69, 0.77, 0.85, 0.93 and mean
    errors of the log intensity -1.65, +0.39, -0.30, +0.42, +0.06, -0.08, -0.06, +0.03, while the bump itself is a
    factor of three, 1.1 on the log scale. Of the known shape, with knots chosen by the events, coverage is 0.91 to 0.99
    and the mean error at most 0.02.
    """
    ages = np.array([25, 28, 31, 34, 37, 40, 45, 50])
    errors, covered = errors_by_age(bumped(), ages, range(BUMP_REGISTERS))
    near = ages <= 34
    assert covered[:, near].mean(axis=0).max() < 0.1
    assert covered[:, ~near].mean() > 0.7
    assert np.abs(errors.mean(axis=0))[1:].max() < 0.5
    assert 1 < np.abs(errors[:, 0].mean()) < 2
    usual, covered = errors_by_age(probabilities(), ages, range(BUMP_REGISTERS))
    assert covered.mean() > 0.9
    assert np.abs(usual.mean(axis=0)).max() < 0.06


def test_a_reader_is_told_that_the_shape_is_another_one():
    """Residuals by age of the bump stand out; of a hazard in the span they are those of chance."""
    wrong = estimate(simulate(bumped(), 1), EVIDENCE).residuals.query("hazard == @PROMOTION")
    right = estimate(simulate(probabilities(), 1), EVIDENCE, bases=BASES).residuals
    assert wrong["residual"].abs().max() > 6
    assert right["residual"].abs().max() < 4
    assert right["residual"].std() == pytest.approx(1, abs=0.2)
