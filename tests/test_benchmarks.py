"""What is timed against each other does the same: each implementation agrees with the exact answer, found apart."""

import ast
import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
# The benchmarks are no part of the package; plain `pytest` does not look in the project's folder.
sys.path.insert(0, str(ROOT))

from benchmarks import exact, workload  # noqa: E402
from benchmarks.implementations import ours  # noqa: E402
from benchmarks.replicates import IMPLEMENTATIONS  # noqa: E402

PERSONS, REPLICATES = 300, 50
WITHIN_REACH = [implementation for implementation in IMPLEMENTATIONS if not implementation.extra]


@pytest.mark.parametrize("persons", [1, 7, 1_000, 100_003])
def test_opening_is_whole_and_complete(persons):
    cells = workload.opening_cells(persons)
    rank, age, years = workload.opening_persons(persons)
    assert cells.min() >= 0
    assert cells.sum() == len(rank) == persons
    counted = np.zeros_like(cells)
    np.add.at(counted, (rank, age - workload.YOUNGEST, years), 1)
    assert (counted == cells).all()


def test_yearly_matrix_is_one_of_probabilities():
    matrix = exact.yearly_matrix()
    assert matrix.min() >= 0
    assert np.allclose(matrix.sum(1), 1, atol=1e-14)


def test_first_year_of_the_exact_answer_by_hand():
    """One person, rank 0, 25, no years: stays in rank 0 for sure; 98 % are 26 at the close, the others recruits."""
    mean, _ = exact.exact_moments(1)
    first = mean[0, 0]
    assert first[26 - workload.YOUNGEST] == pytest.approx(0.98 + 0.02 / 5)
    assert first[25 - workload.YOUNGEST] == pytest.approx(0.02 / 5)
    assert first.sum() == pytest.approx(1)


def test_expectation_of_ours_is_exact():
    assert exact.check_expectation(ours.expectation(100_000), 100_000) < 1e-6


@pytest.mark.parametrize("implementation", WITHIN_REACH, ids=lambda implementation: implementation.module)
def test_agrees_with_the_exact_answer(implementation):
    forecast = importlib.import_module(f"benchmarks.implementations.{implementation.module}").forecast
    headcount = forecast(PERSONS, REPLICATES, 1, 2)
    assert headcount.shape == (REPLICATES, workload.YEARS, workload.RANKS, len(workload.AGES))
    exact.check(headcount, PERSONS)


def test_check_refuses_what_is_wrong():
    headcount = ours.forecast(PERSONS, REPLICATES, 1, 1)
    lost = headcount.copy()
    lost[0, 0, 0, np.argmax(lost[0, 0, 0])] -= 1
    with pytest.raises(exact.Disagreement, match="conserved"):
        exact.check(lost, PERSONS)
    with pytest.raises(exact.Disagreement, match="mean off"):
        exact.check(headcount[:, ::-1], PERSONS)
    # The sum of two replicates less a third: persons and means are right, the variance is three times too large.
    scattered = headcount + np.roll(headcount, 1, axis=0) - np.roll(headcount, 2, axis=0)
    with pytest.raises(exact.Disagreement, match="variance off"):
        exact.check(scattered, PERSONS)
    with pytest.raises(exact.Disagreement, match="expectation"):
        exact.check_expectation(ours.expectation(PERSONS) + 0.01, PERSONS)


def test_competitors_are_no_dependency_of_the_project():
    lock = (ROOT / "benchmarks" / "requirements.lock").read_text(encoding="utf-8")
    project = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for implementation in IMPLEMENTATIONS:
        if implementation.extra:
            assert re.search(rf"^{implementation.package}==[^\n]+ \\\n +--hash=sha256:", lock, re.M)
            assert f"\n{implementation.package}==" not in project
    assert "http" not in lock


def test_modules_stay_small():
    for path in (ROOT / "benchmarks").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 300
        assert ast.get_docstring(ast.parse(text)), path
