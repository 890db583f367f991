"""The whole report beside one `papermill` command after another over the same notebooks and parameters."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Row, Seconds, in_turn, seconds_of
from cadre_research.findings.study import Study
from cadre_research.paths import data_dir, notebooks_dir
from cadre_research.reporting.report import planned_runs

__all__ = ["measure"]


def measure(rounds: int, quick: bool) -> list[Row]:
    """Both ways in turn; a report cannot be made shorter, so `quick` changes nothing."""
    study = Study.read(data_dir())
    runs = planned_runs(study, list(study.scenarios), "en")

    def ours(folder: Path) -> None:
        _call([sys.executable, "-m", "cadre_research", "report", "--output", str(folder)])

    def plain_loop(folder: Path) -> None:
        for run in runs:
            given = [part for name, value in run.parameters.items() for part in ("-p", name, str(value))]
            source, executed = notebooks_dir() / f"{run.notebook}.ipynb", folder / f"{run.page}.ipynb"
            _call([sys.executable, "-m", "papermill", str(source), str(executed), "--no-progress-bar", *given])

    return in_turn(
        f"full report, {len(runs)} notebook runs",
        {"cadre-research report": _in_folder(ours), "papermill loop": _in_folder(plain_loop)},
        rounds,
    )


def _in_folder(run: Callable[[Path], None]) -> Callable[[], Seconds]:
    def timed() -> Seconds:
        with tempfile.TemporaryDirectory() as folder:
            # Other processes compute, so this one's CPU time says nothing.
            return Seconds(seconds_of(lambda: run(Path(folder))).wall)

    return timed


def _call(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
