"""A personnel register read and checked beside a plain `pandas.read_csv` of the same file: time, and memory at most."""

from __future__ import annotations

import hashlib
import json
import re
import resource
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.exact import Disagreement
from benchmarks.measure import Row, Seconds, in_turn
from cadre_research.evidence.base import load_evidence
from cadre_research.evidence.estimation import estimate
from cadre_research.evidence.ladder import load_ladder
from cadre_research.evidence.person_years import person_years
from cadre_research.evidence.register import read_register
from cadre_research.paths import facts_dir

__all__ = ["AS_OF", "RANKS", "check", "made_up", "measure", "most_memory_gib"]

ROWS, QUICK_ROWS = 1_000_000, 50_000
MEMORY_GIB = 2.0
LINEAR_WITHIN = 0.2
AS_OF = date(2017, 12, 31)
RANKS = ("staff", "section-deputy", "section-chief", "county-deputy")
WAYS_OUT = ("retired", "retired-early", "resigned", "died", "removed", "other")
FIRST_YEAR = 2007

# A process of its own, so that the most memory held is that of one run.
ALONE = """
import json, sys
from pathlib import Path
from benchmarks import register
from benchmarks.measure import timed
took, _ = timed(lambda: register.{run}(Path(sys.argv[1])))
print(json.dumps([took.wall, took.cpu, register.most_memory_gib()]))
"""


def made_up(rows: int, seed: int = 1) -> pd.DataFrame:
    """A register of about so many rows, as text; spells end by 2017, ways out begin in 2007."""
    generator = np.random.default_rng(seed)
    persons = max(1, int(rows / 2.5))
    spells = generator.integers(1, len(RANKS) + 1, persons)
    person = np.repeat(np.arange(persons), spells)
    place = np.arange(len(person)) - np.repeat(np.cumsum(spells) - spells, spells)
    # Months since January 1900.
    birth = generator.integers(12 * 55, 12 * 79, persons)
    start = (birth + 12 * 22 + generator.integers(0, 12 * 5, persons))[person] + place * 36
    last = place == spells[person] - 1
    months_left = 12 * (AS_OF.year - 1900) + 11 - start
    leaves = last & (generator.random(len(person)) < 0.3)
    end = np.maximum(start + 1, 12 * (FIRST_YEAR - 1900) + generator.integers(0, 130, len(person)))
    leaves &= end <= start + np.minimum(months_left, 12 * 20)
    end = np.where(last, end, np.append(start[1:], 0))
    ended = ~last | leaves
    reason = np.where(last, generator.choice(WAYS_OUT, len(person)), "promoted")
    sex = np.where(generator.random(persons) < 0.4, "female", "male")[person]
    return pd.DataFrame(
        {
            "id": np.char.add("SYN-", np.char.zfill(person.astype(str), 7)),
            "birth": _months(birth[person]),
            "sex": sex,
            "unit": np.char.add("Unit ", (person % 20).astype(str)),
            "rank": np.array(RANKS)[place],
            "start": np.char.add(_months(start), "-01"),
            "end": np.where(ended, np.char.add(_months(end), "-01"), ""),
            "reason": np.where(ended, reason, ""),
        }
    )


def read_and_check(path: Path) -> None:
    """Ours."""
    read_register(path, load_ladder(facts_dir() / "ladder.toml"), AS_OF)


def read_check_and_estimate(path: Path) -> None:
    """Ours, person-years from it, and every rate estimated."""
    evidence = load_evidence(facts_dir())
    estimate(person_years(read_register(path, evidence.ladder, AS_OF), evidence.ladder), evidence)


def read_plainly(path: Path) -> None:
    """What a user would do first."""
    pd.read_csv(path)


def check(path: Path, given: pd.DataFrame) -> None:
    """Every row is there, and as many persons stand on the last day as have no end."""
    ladder = load_ladder(facts_dir() / "ladder.toml")
    register = read_register(path, ladder, AS_OF)
    if len(register.spells) != len(given) or register.persons != given["id"].nunique():
        raise Disagreement("rows or persons differ")
    if register.sha256 != hashlib.sha256(path.read_bytes()).hexdigest():
        raise Disagreement("the digest is not that of the file")
    counted = person_years(register, ladder)
    if counted.stock(AS_OF.year).sum() != (given["end"] == "").sum():
        raise Disagreement("the last stock differs")


def measure(rounds: int, quick: bool) -> list[Row]:
    """All sides in turn, then ours at half the size."""
    rows = QUICK_ROWS if quick else ROWS
    with tempfile.TemporaryDirectory() as folder:
        whole, half = Path(folder) / "whole.csv", Path(folder) / "half.csv"
        given = made_up(rows)
        _write(given, whole)
        _write(made_up(rows // 2), half)
        check(whole, given)
        runs = {
            f"read and checked, {len(given):,} rows": lambda: _alone("read_and_check", whole),
            "the same, and rates estimated": lambda: _alone("read_check_and_estimate", whole),
            "read and checked, half the rows": lambda: _alone("read_and_check", half),
            "pandas.read_csv": lambda: _alone("read_plainly", whole),
        }
        table = in_turn("register", runs, rounds)
    whole_row, _, half_row, _ = table
    growth = whole_row.seconds / half_row.seconds / 2 - 1
    print(f"register: twice the rows take {growth:+.0%} of twice the time; within {LINEAR_WITHIN:.0%} is the aim")
    return table


def _write(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False)


def most_memory_gib() -> float:
    """The most memory that this process has held; where only the system's account is kept, perhaps its parent's."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(re.search(r"^VmHWM:\s*(\d+) kB", status.read_text(encoding="utf-8"), re.MULTILINE)[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**30


def _alone(run: str, path: Path) -> Seconds:
    script = ALONE.format(run=run)
    answer = subprocess.run([sys.executable, "-c", script, str(path)], check=True, capture_output=True, text=True)
    wall, cpu, gibibytes = json.loads(answer.stdout)
    print(f"register: {run} held {gibibytes:.2f} GiB at most", flush=True)
    if run != "read_plainly" and gibibytes > MEMORY_GIB:
        raise Disagreement(f"{gibibytes:.2f} GiB held, at most {MEMORY_GIB} expected")
    return Seconds(wall, cpu)


def _months(since_1900: np.ndarray) -> np.ndarray:
    year, month = np.divmod(since_1900, 12)
    return np.char.add(np.char.add((1900 + year).astype(str), "-"), np.char.zfill((1 + month).astype(str), 2))
