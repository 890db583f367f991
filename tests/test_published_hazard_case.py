"""A discrete-time hazard regression whose figures are published: the same coefficients and standard errors come out.

Data and figures: SAS/STAT User's Guide, The LOGISTIC Procedure, example "Complementary Log-Log Model for
Interval-Censored Survival Times" (sample library LOGIEX15). Flour beetles sprayed with one of four concentrations of an
insecticide; deaths by day and sex, those alive after 13 days censored. Experiment of P. S. Hewlett, Time from dosage to
death in beetles Tribolium castaneum, treated with pyrethrins or DDT, Journal of Stored Products Research 10 (1974),
27-41. The example fits y = day sex conc without intercept, link=cloglog, technique=newton (observed information).
"""

import numpy as np
import pytest

from cadre_research.evidence.hazards import Basis
from cadre_research.evidence.regression import fit_cloglog

# Deaths on days 1 to 13, and the living on day 14: males and females at 0.20, 0.32, 0.50 and 0.80 mg/cm2.
BEETLES = np.array(
    [
        [3, 0, 7, 1, 5, 0, 4, 2],
        [11, 2, 10, 5, 8, 4, 10, 7],
        [10, 4, 11, 11, 11, 6, 8, 15],
        [7, 8, 16, 10, 15, 6, 14, 9],
        [4, 9, 3, 5, 4, 3, 8, 3],
        [3, 3, 2, 1, 2, 1, 2, 4],
        [2, 0, 1, 0, 1, 1, 1, 1],
        [1, 0, 0, 1, 1, 4, 0, 1],
        [0, 0, 1, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 1],
        [0, 0, 0, 0, 1, 1, 0, 0],
        [1, 0, 0, 0, 0, 1, 0, 0],
        [1, 0, 0, 0, 0, 1, 0, 0],
        [101, 126, 19, 47, 7, 17, 2, 4],
    ]
)
DAYS = np.arange(1, 14)
# Estimate and standard error of days 1 to 13, then of sex (1 male, 2 female) and concentration.
PUBLISHED = np.array(
    [
        [-3.9314, 0.2934],
        [-2.8751, 0.2412],
        [-2.3985, 0.2299],
        [-1.9953, 0.2239],
        [-2.4920, 0.2515],
        [-3.1060, 0.3037],
        [-3.9704, 0.4230],
        [-3.7917, 0.4007],
        [-5.1540, 0.7316],
        [-5.1350, 0.7315],
        [-5.1131, 0.7313],
        [-5.1029, 0.7313],
        [-5.0951, 0.7313],
        [-0.5651, 0.1141],
        [3.0918, 0.2288],
    ]
)


@pytest.fixture(scope="module")
def fitted():
    """Person-days: a beetle is at risk on every day that it was alive in the morning."""
    deaths = BEETLES[:-1].ravel()
    at_risk = BEETLES[::-1].cumsum(axis=0)[::-1][:-1].ravel()
    day = np.repeat(DAYS, 8)
    sex = np.tile([1.0, 2.0], 4 * 13)
    concentration = np.tile(np.repeat([0.20, 0.32, 0.50, 0.80], 2), 13)
    # A spline with a knot on every day has a coefficient a day, which is its value there.
    by_day = Basis(age_knots=tuple(DAYS.astype(float))).columns(["-"] * len(day), ["-"] * len(day), day, 0 * day)
    return fit_cloglog(np.column_stack([by_day, sex, concentration]), deaths, at_risk)


def test_the_table_has_the_beetles_of_the_experiment():
    assert BEETLES.sum(axis=0).tolist() == [144, 152, 70, 82, 55, 45, 50, 47]


def test_coefficients_are_those_published(fitted):
    # The last digit printed may be rounded or left by an optimiser that had stopped.
    np.testing.assert_allclose(fitted[0], PUBLISHED[:, 0], atol=1.1e-4)


def test_standard_errors_are_those_published(fitted):
    np.testing.assert_allclose(np.sqrt(fitted[1].diagonal()), PUBLISHED[:, 1], atol=5.1e-5)
