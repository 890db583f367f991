"""The whole report in both languages beside one `papermill` command after another over its notebooks and parameters.

What the notebooks find about many worlds is kept and lies ready for both: run `make report` once before.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from benchmarks.measure import Row, Seconds, in_turn, seconds_of
from cadre_research.findings.study import Study
from cadre_research.model.paths import cores
from cadre_research.paths import data_dir, notebooks_dir
from cadre_research.reporting.editions import BOTH
from cadre_research.reporting.report_runs import planned_runs

__all__ = ["measure"]


def measure(rounds: int, quick: bool) -> list[Row]:
    """All ways in turn; a report cannot be made shorter, so `quick` changes nothing.

    The bound is the time of the notebooks' cells alone, spread evenly over the cores: less nobody needs who runs them.
    """
    study = Study.read(data_dir())
    runs = planned_runs(study, list(study.scenarios), BOTH)
    with tempfile.TemporaryDirectory() as folder:
        there = [Path(folder) / "none"]

        def cold() -> Seconds:
            there.append(Path(folder) / f"report-{len(there)}")
            return _report(there[-1])

        def unchanged() -> Seconds:
            return _report(there[-1])

        def bound() -> Seconds:
            # A report by itself: where more notebooks run than there are cores, cells wait for each other.
            alone = Path(folder) / f"bound-{len(there)}"
            _report(alone, "--workers", str(cores()))
            executed = (alone / "latest" / "notebooks").glob("*.ipynb")
            return Seconds(sum(map(_seconds_of_cells, executed)) / cores())

        def plain_loop() -> Seconds:
            into = there[-1] / "plain"
            into.mkdir()
            total = 0.0
            for run in runs:
                given = [part for name, value in run.parameters.items() for part in ("-p", name, str(value))]
                source, executed = notebooks_dir() / f"{run.notebook}.ipynb", into / f"{run.page}.ipynb"
                command = ["papermill", str(source), str(executed), "--no-progress-bar", *given]
                total += seconds_of(lambda command=command: _call(command)).wall
            return Seconds(total)

        ways = {
            "cadre-research report, no notebook kept": cold,
            "cadre-research report, nothing changed": unchanged,
            "cells alone over the cores (bound)": bound,
            "papermill loop": plain_loop,
        }
        return in_turn(f"full report, {len(runs)} notebook runs", ways, rounds)


def _report(outputs: Path, *options: str) -> Seconds:
    command = ["cadre_research", "report", "--output", str(outputs), *options]
    # Other processes compute, so this one's CPU time says nothing.
    return Seconds(seconds_of(lambda: _call(command)).wall)


def _seconds_of_cells(path: Path) -> float:
    cells = nbformat.read(path, as_version=4).cells
    return sum(cell.metadata.get("papermill", {}).get("duration") or 0.0 for cell in cells)


def _call(module: list[str]) -> None:
    command = [sys.executable, "-m", *module]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
