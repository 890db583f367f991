"""Measure what a user waits for beside what they would do instead, in one run, as ratios.

Machines are noisy: each pair is run in turn and the ratio of the medians is what counts. Writes outputs/benchmarks.csv
(workload, implementation, seconds, ratio_to_ours) and prints it.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import platform
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from cadre_research.findings.study import Study
from cadre_research.model.projection import project
from cadre_research.paths import data_dir, notebooks_dir, outputs_dir
from cadre_research.reporting.report import planned_runs


def main() -> None:
    """Run the workloads and keep the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3, help="times each implementation of a long workload is run")
    rounds = options.parse_args().rounds
    rows = [*full_report(rounds), *ten_year_forecast()]
    table = pd.DataFrame(rows, columns=["workload", "implementation", "seconds", "ratio_to_ours"])
    table["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    outputs_dir().mkdir(exist_ok=True)
    table.to_csv(outputs_dir() / "benchmarks.csv", index=False)
    print(table.drop(columns="machine").to_string(index=False, float_format="{:.4f}".format))
    print(f"\n{table['machine'].iloc[0]}; kept in outputs/benchmarks.csv")


def full_report(rounds: int) -> list[tuple[str, str, float, float]]:
    """The whole report beside one `papermill` command after another over the same notebooks and parameters."""
    study = Study.read(data_dir())
    runs = planned_runs(study, list(study.scenarios), "en")

    def ours(folder: Path) -> None:
        _call([sys.executable, "-m", "cadre_research", "report", "--output", str(folder)])

    def plain_loop(folder: Path) -> None:
        for run in runs:
            given = [part for name, value in run.parameters.items() for part in ("-p", name, str(value))]
            source, executed = notebooks_dir() / f"{run.notebook}.ipynb", folder / f"{run.page}.ipynb"
            _call([sys.executable, "-m", "papermill", str(source), str(executed), "--no-progress-bar", *given])

    return _side_by_side(
        f"full report, {len(runs)} notebook runs", {"cadre-research report": ours, "papermill loop": plain_loop}, rounds
    )


def ten_year_forecast() -> list[tuple[str, str, float, float]]:
    """A forecast of ten years in expectation, and how much of it is NumPy calls on small arrays."""
    study = Study.read(data_dir())
    opening = study.opening()
    rows = []
    for scenario in ("status-quo", "one-third-rule", "rate-12"):
        rules = opening.rules(study.scenario(scenario))
        run = partial(project, opening.population, opening.year, 10, rules)
        seconds = statistics.median(_timed(run) for _ in range(50))
        rows.append((f"10-year forecast, {scenario}", "cadre-research", seconds, 1.0))
    profile = cProfile.Profile()
    profile.runcall(run)
    calls = pstats.Stats(profile).total_calls
    bare = statistics.median(_timed(lambda: opening.population.headcount * 1.0) for _ in range(200))
    rows.append(("one array operation on the population", "numpy", bare, bare / seconds))
    print(
        f"10-year forecast, rate-12: {calls:,} calls; one operation on the whole population takes {bare * 1e6:.0f} µs,"
    )
    print(
        f"so the forecast costs {seconds / bare:,.0f} of them: call overhead on small arrays bounds it, not memory.\n"
    )
    return rows


def _side_by_side(
    workload: str, implementations: dict[str, Callable[[Path], None]], rounds: int
) -> list[tuple[str, str, float, float]]:
    seconds: dict[str, list[float]] = {name: [] for name in implementations}
    for _ in range(rounds):
        for name, implementation in implementations.items():
            with tempfile.TemporaryDirectory() as folder:
                seconds[name].append(_timed(lambda run=implementation, at=folder: run(Path(at))))
            print(f"{workload}: {name} {seconds[name][-1]:.1f} s", flush=True)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    first = next(iter(medians.values()))
    return [(workload, name, median, median / first) for name, median in medians.items()]


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _call(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
