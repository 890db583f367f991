"""Large sweeps, many openings, and stops at any moment; minutes, run by make soak."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_settings import agree, sweep_of

from cadre_research.evidence.sweep_file import read_sweep
from cadre_research.findings.settings import Settings
from cadre_research.reporting.provenance import sha256
from cadre_research.reporting.sweep import run_sweep

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import parameter_sweep  # noqa: E402

pytestmark = pytest.mark.soak

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
STOPPED = """
format = 1
id = "stopped"
scenarios = ["status-quo"]
horizons_years = [3]
[axes]
promotion_rate_per_year = { from = 0.02, to = 0.2, count = 40 }
young_share_of_promotions = { from = 0, to = 1, count = 30 }
"""


def hashes(folder):
    return {path.name: sha256(path) for path in sorted(folder.glob("part-*.parquet"))}


def test_ten_thousand_settings_are_their_forecasts_and_take_no_more_memory_than_a_thousand(study, tmp_path):
    files = {count: parameter_sweep.settings_file(tmp_path, count) for count in (1_000, 10_000)}
    memory = {count: parameter_sweep.run_alone(files[count], tmp_path / f"{count}", 2)[1] for count in files}
    print({count: f"{mib:.0f} MiB" for count, mib in memory.items()})
    assert memory[10_000] < parameter_sweep.MEMORY_GROWS_AT_MOST * memory[1_000]
    frame = pd.read_parquet(tmp_path / "10000")
    sweep = read_sweep(files[10_000], study.evidence, study.scenarios)
    assert len(frame) == 10_000 * 2 * 6 * 2
    agree(study, sweep, random.Random(1).sample(range(sweep.count), 50), frame)


@pytest.mark.parametrize("workers", [1, 4])
def test_any_number_of_processes_makes_the_same_files(tmp_path, workers):
    file = parameter_sweep.settings_file(tmp_path, 1_000)
    two, other = (run_sweep(file, tmp_path / f"{count}", count) for count in (2, workers))
    assert len(hashes(two)) == 9
    assert hashes(two) == hashes(other)


def test_openings_anywhere_in_the_ranges_are_the_studys_own(study):
    """Sets of three assumptions at once, drawn over their whole ranges."""
    generator = np.random.default_rng(3)
    uncertain = study.evidence.assumptions.uncertain
    found = 0
    for _ in range(25):
        values = {}
        for place in generator.choice(len(uncertain), 3, replace=False):
            entry = uncertain[place]
            value = float(generator.uniform(entry.low, entry.high))
            values[entry.id] = (float(round(value)) if entry.whole else value,)
        sweep = sweep_of({"assumptions": values, "promotion_rate_per_year": (0.08,)}, horizons=(5, 10))
        frame = Settings(study, sweep).shares(range(1))
        if frame["reason"].eq("").all():
            agree(study, sweep, [0], frame)
            found += 1
    assert found > 15


def test_a_sweep_stopped_at_any_moment_leaves_whole_parts_and_goes_on(tmp_path):
    file = tmp_path / "stopped.toml"
    file.write_text(STOPPED, encoding="utf-8")
    whole = hashes(run_sweep(file, tmp_path / "whole", 2))
    assert len(whole) == 10
    chance, folder, some_of_it = random.Random(5), tmp_path / "made", 0
    for turn in range(9):
        command = [sys.executable, "-m", "cadre_research", "sweep", str(file), "--out", str(folder), "--workers", "2"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Not before it has begun, and half of the time later than the first part.
        while process.poll() is None and not (folder / "_sweep.json").exists():
            time.sleep(0.05)
        before = len(hashes(folder))
        while process.poll() is None and turn % 2 and len(hashes(folder)) == before:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 1.5))
        process.send_signal(STOPS[turn % len(STOPS)])
        process.wait()
        kept = hashes(folder)
        assert kept.items() <= whole.items()
        some_of_it += 0 < len(kept) < len(whole)
    assert some_of_it
    run_sweep(file, folder, 2)
    assert hashes(folder) == whole
    assert not list(folder.glob(".*new*"))
