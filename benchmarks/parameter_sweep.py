"""A sweep of many settings beside a loop of single forecasts: time, and memory at most."""

from __future__ import annotations

import json
import multiprocessing
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.exact import Disagreement
from benchmarks.measure import Row, Seconds, in_turn, scaling, timed
from benchmarks.register import most_memory_gib
from cadre_research.evidence.sweep import Sweep, varied
from cadre_research.evidence.sweep_file import read_sweep
from cadre_research.findings.age_structure import young_and_all
from cadre_research.findings.study import POPULATIONS, Study
from cadre_research.model.paths import cores
from cadre_research.paths import data_dir
from cadre_research.reporting.sweep import run_sweep

__all__ = ["AGREES_WITHIN", "check", "in_a_loop", "measure", "run", "run_alone", "settings_file"]

SETTINGS, QUICK_SETTINGS = 10_000, 1_000
# The loop runs one setting in so many.
EVERY = 100
AGREES_WITHIN = 1e-12
MEMORY_GROWS_AT_MOST = 1.1

# A process of its own, so that the most memory held is that of one run and of its workers.
ALONE = """
import json, sys
from benchmarks.parameter_sweep import run
print(json.dumps(run(*sys.argv[1:])))
"""


def measure(rounds: int, quick: bool) -> list[Row]:
    """Ours on all cores and on one beside the loop; then ours with a tenth of the settings, for its memory."""
    count = QUICK_SETTINGS if quick else SETTINGS
    study = Study.read(data_dir())
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        path = settings_file(folder, count)
        sweep = read_sweep(path, study.evidence, study.scenarios)
        looped = range(0, sweep.count, EVERY)
        memory: dict[int, float] = {}

        def ours(workers: int) -> Seconds:
            made = folder / f"made-{workers}"
            took, memory[count] = run_alone(path, made, workers)
            gap = check(pd.read_parquet(made), known)
            print(f"sweep and loop agree: largest gap of a share {gap:.1g} over {len(looped)} settings", flush=True)
            shutil.rmtree(made)
            return took

        def loop() -> Seconds:
            took, _ = timed(lambda: in_a_loop(study, sweep, looped))
            return took.times(sweep.count / len(looped))

        # The openings are calibrated here: both sides do that once, and the loop is not timed for it.
        known = in_a_loop(study, sweep, looped)
        runs = {f"cadre-research sweep, {_cores(n)}": partial(ours, n) for n in dict.fromkeys((cores(), 1))}
        label = f"loop of Study.forecast, {_cores(1)}{scaling(len(looped), sweep.count, 'setting')}"
        table = in_turn(f"sweep: {sweep.count:,} settings, ten years, in expectation", {**runs, label: loop}, rounds)
        tenth = settings_file(folder, count // 10)
        _, memory[count // 10] = run_alone(tenth, folder / "tenth", 1)
    grown = memory[count] / memory[count // 10]
    told = ", ".join(f"{mib:.0f} MiB with {n:,} settings" for n, mib in sorted(memory.items()))
    print(f"most memory of any process: {told}", flush=True)
    if not grown <= MEMORY_GROWS_AT_MOST:
        raise Disagreement(f"memory grows with the number of settings: {grown:.2f} times as much for ten times as many")
    return table


def settings_file(folder: Path, count: int) -> Path:
    """Write a sweep of so many settings, a multiple of 20: both age lines, rates and young shares."""
    path = folder / f"settings-{count}.toml"
    path.write_text(
        f"""
format = 1
id = "settings-{count}"
scenarios = ["status-quo"]
horizons_years = [5, 10]
[axes]
age_line = ["inclusive", "strict"]
promotion_rate_per_year = {{ from = 0.01, to = 0.3, count = {count // 20} }}
young_share_of_promotions = {{ from = 0, to = 1, count = 10 }}
""",
        encoding="utf-8",
    )
    return path


def in_a_loop(study: Study, sweep: Sweep, numbers: Sequence[int]) -> dict[int, np.ndarray]:
    """Shares of settings, array [population, target, horizon] each, by a forecast of its own for every one."""
    shares = {}
    for number in numbers:
        setting = sweep.setting(number)
        scenario = varied(study.scenario(setting.scenario), setting)
        forecast = study.forecast(scenario, max(sweep.horizons_years), setting.age_line)
        closings = [forecast.projection.years[horizon - 1].closing for horizon in sweep.horizons_years]
        counts = [
            [[young_and_all(c, target, p, setting.age_line) for c in closings] for target in forecast.targets]
            for p in POPULATIONS
        ]
        shares[number] = np.divide(*np.moveaxis(np.array(counts), -1, 0))
    return shares


def check(frame: pd.DataFrame, looped: dict[int, np.ndarray]) -> float:
    """Compare the shares of a sweep with those of a loop; return the largest gap.

    Raises
    ------
    Disagreement
        When a setting is missing or twice, or a share differs by more than `AGREES_WITHIN`.
    """
    some = frame[frame["setting"].isin(list(looped))]
    theirs = np.concatenate([looped[number].reshape(-1) for number in sorted(looped)])
    if len(some) != len(theirs) or not frame["setting"].is_monotonic_increasing:
        raise Disagreement(f"sweep and loop: {len(some)} and {len(theirs)} shares, or settings out of order")
    gap = float(np.abs(some["share"].to_numpy() - theirs).max())
    if not gap <= AGREES_WITHIN:
        raise Disagreement(f"sweep and loop: a share differs by {gap:.3g}, more than {AGREES_WITHIN:g}")
    return gap


def run(path: str, folder: str, workers: str) -> tuple[float, float]:
    """Run a sweep; seconds that it takes, and MiB of the process that holds most, this one or a worker."""
    most, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            most.extend(_most_mib(process.pid) for process in multiprocessing.active_children())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        took, _ = timed(lambda: run_sweep(Path(path), Path(folder), int(workers)))
    finally:
        over.set()
        watching.join()
    return took.wall, max(*most, 1024 * most_memory_gib())


def _most_mib(process: int) -> float:
    """The most memory that a process has held so far; 0 where the system does not tell or it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 2**10 if found else 0.0


def run_alone(path: Path, folder: Path, workers: int) -> tuple[Seconds, float]:
    """Seconds of a sweep, and MiB of the process that held most."""
    command = [sys.executable, "-c", ALONE, str(path), str(folder), str(workers)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, mebibytes = json.loads(answer.stdout)
    return Seconds(wall), mebibytes


def _cores(count: int) -> str:
    return f"{count} core{'s' * (count > 1)}"
