"""The same inputs give the same bytes of every table: whatever the workers, hash seed, time zone and locale."""

import itertools
import json
import os
import subprocess
import sys

import pytest

# Tables of a small report from nothing: no result that was found before is used.
TABLES = """
import hashlib, json, sys
from pathlib import Path
from dataclasses import replace
folder, workers = Path(sys.argv[1]), int(sys.argv[2])
from cadre_research.findings.study import Study
from cadre_research.paths import data_dir
from cadre_research.model import ensemble, paths
from cadre_research.reporting import kept, report_questions as q, worlds as w, tables as t
from cadre_research.reporting.inquiry import FULL, Inquiry
# In the processes that it starts as well.
kept.outputs_dir = lambda: folder
paths.cores = ensemble.cores = q.cores = lambda: workers
if __name__ == "__main__":
    study = Study.read(data_dir())
    wanted = ["two-thirds-young-rate-12"]
    found = {line: w.Worlds(study, line, 6, 2) for line in ("inclusive", "strict")}
    kinds = ("worlds of " + wanted[0], "forecast of " + wanted[0])
    asked = [[one for one in each if one.name.startswith(kinds)] for each in q.rounds(found, wanted)]
    assert q.find_all(found, asked) == 4
    made = t.report_tables(study, wanted, [5, 10], worlds=found)
    effort = replace(FULL, values_per_lever=3, frontier_values=5)
    asked = Inquiry(found["inclusive"], study.scenario("status-quo"), effort)
    made |= {"required": asked.required(), "curves": asked.probability_curves()}
    made["frontier"] = asked.frontier("promotion-rate", "young-share", 10)
    t.write_tables(made, folder / "tables")
    files = sorted((folder / "tables").iterdir())
    print(json.dumps({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}))
"""
WAYS = [
    (workers, seed, zone, locale)
    for (workers, seed), (zone, locale) in itertools.zip_longest(
        itertools.product((1, 2, 4), ("0", "1", "4294967295")),
        itertools.product(("UTC", "Asia/Shanghai", "America/St_Johns"), ("C", "C.UTF-8", "POSIX")),
    )
]


def tables(folder, workers, seed, zone, locale):
    script = folder / "tables.py"
    script.write_text(TABLES, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "TZ": zone,
        "LC_ALL": locale,
        "LANG": locale,
        "PYTHONUTF8": "0",
    }
    made = subprocess.run(
        [sys.executable, str(script), str(folder / "made"), str(workers)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(
    "ways",
    [[WAYS[0], (4, "1", "Asia/Shanghai", "POSIX")], pytest.param(WAYS, marks=pytest.mark.soak)],
    ids=["two", "all"],
)
def test_every_table_is_the_same_to_the_last_byte(tmp_path, ways):
    found = []
    for number, way in enumerate(ways):
        folder = tmp_path / str(number)
        folder.mkdir()
        found.append(tables(folder, *way))
    assert len(found[0]) > 20
    for way, other in zip(ways, found, strict=True):
        assert other == found[0], way
