"""What is timed against each other does the same: each implementation agrees with the exact answer, found apart."""

import ast
import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
# The benchmarks are no part of the package; plain `pytest` does not look in the project's folder.
sys.path.insert(0, str(ROOT))

from benchmarks import exact, lever_frontier, linear_programme, parameter_sweep, run, workload  # noqa: E402
from benchmarks.implementations import ours  # noqa: E402
from benchmarks.machine import processor  # noqa: E402
from benchmarks.measure import Row, Seconds, in_turn, scaling  # noqa: E402
from benchmarks.memory import Counted, bytes_counted  # noqa: E402
from benchmarks.replicates import IMPLEMENTATIONS  # noqa: E402
from cadre_research.evidence.sweep_file import read_sweep  # noqa: E402
from cadre_research.findings.settings import Settings  # noqa: E402

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


@pytest.fixture(scope="module")
def square(study):
    """Nine settings of the two levers, in one call and in a loop over every other one."""
    return lever_frontier.in_one_call(study, 3, 1), lever_frontier.in_a_loop(study, lever_frontier.settings(3)[::2])


def test_frontier_and_loop_agree(square):
    frame, looped = square
    pairs = frame[["value_x", "value_y"]].drop_duplicates()
    assert list(pairs.itertuples(index=False, name=None)) == lever_frontier.settings(3)
    assert list(looped) == lever_frontier.settings(3)[::2]
    assert lever_frontier.check(frame, looped) <= lever_frontier.AGREES_WITHIN
    assert frame["share"].nunique() > 9


def test_check_of_the_frontier_refuses_what_is_wrong(square):
    frame, looped = square
    last = frame.index == frame.index[-1]
    off = frame.assign(share=frame["share"] + 1e-11 * last)
    with pytest.raises(exact.Disagreement, match="differs by 1e-11"):
        lever_frontier.check(off, looped)
    with pytest.raises(exact.Disagreement, match="missing in one"):
        lever_frontier.check(frame.assign(share=frame["share"].mask(last)), looped)
    # Levers the wrong way round.
    swapped = frame.assign(share=frame.sort_values(["target", "value_y", "value_x"], kind="stable")["share"].to_numpy())
    with pytest.raises(exact.Disagreement, match="differs"):
        lever_frontier.check(swapped, looped)


def test_check_of_the_sweep_refuses_what_is_wrong(study, tmp_path):
    sweep = read_sweep(parameter_sweep.settings_file(tmp_path, 40), study.evidence, study.scenarios)
    assert sweep.count == 40
    some = range(0, 4, 2)
    sweep = sweep.model_copy(update={"horizons_years": (1, 2)})
    frame, looped = Settings(study, sweep).shares(range(4)), parameter_sweep.in_a_loop(study, sweep, some)
    assert parameter_sweep.check(frame, looped) <= parameter_sweep.AGREES_WITHIN
    off = frame.assign(share=frame["share"] + 1e-11 * (frame["setting"] == 2))
    with pytest.raises(exact.Disagreement, match="differs by 1e-11"):
        parameter_sweep.check(off, looped)
    with pytest.raises(exact.Disagreement, match="settings out of order"):
        parameter_sweep.check(frame[::-1], looped)
    with pytest.raises(exact.Disagreement, match="24 and 48 shares"):
        parameter_sweep.check(frame[frame["setting"] > 0], looped)


def test_bytes_are_counted_once_for_each_element_read_or_written():
    """Three arrays of 6 numbers, then a row of 3 to one of 6 and into 6, then 3 read and 3 written: 18 + 15 + 6."""
    counted = np.ones((2, 3)).view(Counted)
    row = np.broadcast_to(np.ones(3), (2, 3))
    assert bytes_counted(lambda: counted + np.ones((2, 3))) == 8 * 18
    assert bytes_counted(lambda: counted * row) == 8 * 15
    assert bytes_counted(lambda: counted.__setitem__(0, 5.0)) == 8 * 6
    assert np.asarray(counted).tolist() == [[5, 5, 5], [1, 1, 1]]


def test_a_year_moves_more_than_the_population_once(study):
    least, moved = lever_frontier.bytes_per_setting_year(study)
    assert least == 2 * study.opening().population.headcount.nbytes
    assert least < moved < 1_000 * least


def test_best_ratio_of_a_programme_is_the_best(study):
    policies = linear_programme.build(study, 1)
    ratio = linear_programme.solve(policies)
    linear_programme.check(policies, ratio)
    with pytest.raises(exact.Disagreement, match="too large"):
        linear_programme.check(policies, ratio * 1.0001)
    with pytest.raises(exact.Disagreement, match="too small"):
        linear_programme.check(policies, ratio * 0.9999)


def test_rows_are_medians_beside_the_first():
    ours_took, theirs_took = iter([1.0, 9.0, 2.0]), iter([30.0, 8.0, 6.0])
    runs = {
        "ours": lambda: Seconds(next(ours_took), 0.5),
        "theirs": lambda: Seconds(next(theirs_took)).times(2),
    }
    ours_row, theirs_row = in_turn("some work", runs, 3)
    assert ours_row == Row("some work", "ours", 2.0, 1.0, 0.5)
    assert theirs_row[:4] == ("some work", "theirs", 16.0, 8.0)
    assert np.isnan(theirs_row.cpu_seconds)


def test_table_is_kept_with_its_columns(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "WORKLOADS", {"some": lambda rounds, quick: [Row("w", "ours", 1.5, rounds, quick)]})
    monkeypatch.setattr(sys, "argv", ["bench", "--quick", "--output", str(tmp_path / "new" / "table.csv")])
    run.main()
    table = pd.read_csv(tmp_path / "new" / "table.csv")
    columns = ["workload", "implementation", "seconds", "ratio_to_ours", "cpu_seconds", "machine"]
    assert list(table.columns) == columns
    assert table.loc[0, columns[:4]].tolist() == ["w", "ours", 1.5, 1]
    assert "cpu_seconds" in capsys.readouterr().out


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS, ids=lambda implementation: implementation.module)
def test_scaling_is_said_plainly_and_by_a_whole_number(implementation):
    """A thousand replicates are a whole multiple of those run."""
    assert 1_000 % implementation.replicates == 0
    label = scaling(implementation.replicates, 1_000, "replicate")
    count = implementation.replicates
    assert label == ("" if count == 1_000 else f" ({count} replicates x {1_000 // count})")


def test_machine_is_named_by_its_processor():
    linux = "processor\t: 0\nmodel\t\t: 17\nmodel name\t: Example  CPU 9000\nmodel name\t: another\n"
    assert processor(linux).startswith("Example CPU 9000 (")
    # Where there is no such line, whatever Python knows.
    assert processor("") == processor("Hardware\t: BCM2835\n") != ""


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
