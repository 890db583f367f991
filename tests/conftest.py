import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from coverage import Coverage
from scheduled import build

from cadre_research.evidence.assumptions import Assumption, Assumptions
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.ladder import Ladder, load_ladder
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import Target, Targets
from cadre_research.findings.study import Study
from cadre_research.model.eligibility import promotion_weights
from cadre_research.model.population import empty_population
from cadre_research.model.rules import rules_for
from cadre_research.paths import data_dir
from cadre_research.reporting.provenance import verify_manifest
from cadre_research.reporting.publish import publish

# Here rather than in MPLBACKEND, which kernels started by the tests would inherit: it would
# switch off the charts in their notebooks.
matplotlib.use("agg")

LADDERS = Path(__file__).resolve().parent / "ladders"
AGE_LINES = ("inclusive", "strict")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ELSEWHERE = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Kiritimati", **dict.fromkeys(THREADS, "1")}


def pytest_sessionfinish():
    """Save at once what this process covered: pytest-xdist kills a worker that takes its time to end."""
    if measuring := Coverage.current():
        measuring.stop()
        measuring.save()


@pytest.fixture(scope="session")
def study():
    """The shipped evidence and scenarios; its openings are calibrated once a session."""
    return Study.read(data_dir())


@pytest.fixture(params=AGE_LINES)
def age_line(request):
    return request.param


@pytest.fixture
def opening(study, age_line):
    """The stationary opening, under each reading of the age lines."""
    return study.opening(age_line=age_line)


@pytest.fixture
def data_copy(tmp_path):
    """A copy of the data folder to spoil."""
    return Path(shutil.copytree(data_dir(), tmp_path / "data"))


@pytest.fixture(scope="session")
def ladder_file():
    """Load one of the ladders of tests/ladders by its name."""
    return lambda name: load_ladder(LADDERS / f"{name}.toml")


@pytest.fixture(scope="session")
def make_ladder():
    """Two ranks, clerks and officers, one group, ages 30 to 60, officers young to 35; keywords replace whole keys."""

    def make(**changes):
        rank = {"name_en": "-", "name_zh": "-"}
        content = {
            "format": 1,
            "id": "toy",
            "title_en": "Toy",
            "title_zh": "-",
            "source": "made up",
            "ages": {"youngest_years": 30, "oldest_years": 60, "oldest_is_open": True},
            "groups": ({"id": "all", "sex": "any", **rank},),
            "ranks": (
                {"id": "clerk", "level": "clerk", **rank},
                {"id": "officer-no-post", "level": "officer", "holds_post": False, **rank},
                {
                    "id": "officer",
                    "level": "officer",
                    "released_to": "officer-no-post",
                    "young_age_years": 35.0,
                    **rank,
                },
            ),
            "promotions": ({"from": "clerk", "to": "officer"},),
        }
        return Ladder.model_validate({**content, **changes})

    return make


@pytest.fixture(scope="session")
def make_target():
    def make(**changes):
        content = {
            "id": "officers",
            "name_en": "Officers",
            "name_zh": "-",
            "levels": ("officer",),
            "age_years": 35,
            "share": "1/6",
            "deadline": np.datetime64("2022-12-31").astype(object),
            "provenance": "assumed",
            "note": "made up",
        }
        return Target.model_validate({**content, **changes})

    return make


@pytest.fixture(scope="session")
def make_assumption():
    def make(name, value, low=0.0, high=1e6):
        text = dict.fromkeys(("title", "description", "unit", "source"), "-")
        grades = {"provenance": "assumed", "quality": "low", "impact": "low"}
        return Assumption(id=name, value=value, low=low, high=high, **text, **grades)

    return make


@pytest.fixture(scope="session")
def make_evidence(make_target, make_assumption):
    def make(ladder, *targets, retirement=None, **assumed):
        level = ladder.ranks[-1].level
        targets = targets or (make_target(levels=(level,)),)
        entries = {name.replace("_", "-"): value for name, value in assumed.items()}
        return Evidence(
            ladder=ladder,
            targets=Targets(format=1, baseline_year=2017, targets=targets),
            retirement=retirement,
            assumptions=Assumptions({name: make_assumption(name, value) for name, value in entries.items()}),
        )

    return make


@pytest.fixture(scope="session")
def make_scenario():
    """A scenario; everything eligible is a candidate unless `promotion` says otherwise."""

    def make(**changes):
        promotion = {"candidates_per_post": 1, **changes.pop("promotion", {})}
        head = {"format": 1, "id": "toy", "title_en": "Toy", "title_zh": "-", "reason": "made up"}
        return Scenario.model_validate({**head, "promotion": promotion, **changes})

    return make


@pytest.fixture(scope="session")
def make_rules(make_scenario):
    """Rules of a scenario on an evidence base, with flat promotion curves unless the ladder gives ages as numbers."""

    def make(evidence, posts, *, plan=None, age_line="inclusive", **scenario):
        ladder = evidence.ladder
        by_rank = np.array([[posts.get(rank, 0.0) for rank in ladder.rank_ids]])
        weights = {
            (way.source, way.into): promotion_weights(ladder, way, way.typical_age_years, way.age_spread_years)[None]
            for way in ladder.promotions
        }
        return rules_for(evidence, make_scenario(**scenario), by_rank, weights, age_line, plan)

    return make


@pytest.fixture(scope="session")
def people():
    """A population from (rank, age, years in rank, persons)."""

    def make(ladder, *rows, group=0):
        population = empty_population(ladder)
        for rank, age, years, persons in rows:
            place = (0, group, 0, ladder.index(rank), age - ladder.ages.youngest_years, years)
            population.headcount[place] += persons
        return population

    return make


@pytest.fixture(scope="session")
def cells():
    """Read a population back as {(rank, age, years in rank): persons}, cells of nobody left out."""

    def read(population):
        frame = population.to_frame()
        frame = frame.groupby(["rank", "age_years", "years_in_rank"])["headcount"].sum()
        return {key: persons for key, persons in frame.items() if persons > 1e-12}

    return read


@pytest.fixture(scope="session")
def by_age():
    """Read a rank of a population as {age: persons}, ages of nobody left out."""

    def read(population, rank):
        persons = population.by_rank_and_age()[population.ladder.index(rank)]
        return {int(a): float(n) for a, n in zip(population.ages_years, persons, strict=True) if n > 1e-12}

    return read


@pytest.fixture(scope="session")
def took():
    """Persons of a year's flow, by name and ranks."""

    def read(year, name, source=None, into=None):
        ladder = year.closing.ladder
        ends = tuple(None if rank is None else ladder.index(rank) for rank in (source, into))
        return sum(float(f.headcount.sum()) for f in year.flows if (f.name, f.source, f.into) == (name, *ends))

    return read


@pytest.fixture
def outputs(tmp_path):
    """Where one good report is up."""
    folder = tmp_path / "outputs"
    publish(folder, build, verify_manifest)
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Dask scheduler and two workers, each a process of its own; gives the address and the workers.

    One of them has the environment that Dask's nannies give, and the time zone and stream of hashes of another machine.
    """
    folder = tmp_path_factory.mktemp("cluster")
    known = folder / "scheduler.json"
    with ExitStack() as stack:

        def start(kind, *options, **changed):
            command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *options]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            process = subprocess.Popen(command, cwd=folder, env={**os.environ, **changed}, **quiet)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(known))
        while not known.exists():
            time.sleep(0.05)
        options = ("--scheduler-file", str(known), "--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
        workers = [start("worker", *options, **changed) for changed in ({}, ELSEWHERE)]
        yield json.loads(known.read_text(encoding="utf-8"))["address"], workers
