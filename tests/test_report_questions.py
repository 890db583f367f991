"""What a report needs is found on a cluster as it would be found here, to the last byte, and then kept here."""

import itertools
import os
import sys
from dataclasses import replace
from functools import partial

import pytest
from explorers import FEW
from test_cli import run
from test_inquiry import QUICK

from cadre_research.errors import RunError
from cadre_research.findings.study import Study
from cadre_research.findings.surface import FULL
from cadre_research.model.processes import in_processes, no_processes
from cadre_research.paths import notebooks_dir, study_path
from cadre_research.reporting import report_questions
from cadre_research.reporting.execution import read_notebook
from cadre_research.reporting.explored import SURFACES, find_surface, find_surfaces
from cadre_research.reporting.inquiries import inquiry_tables
from cadre_research.reporting.kept import NotKept, keeping
from cadre_research.reporting.report_questions import find_all, rounds
from cadre_research.reporting.report_runs import planned_runs
from cadre_research.reporting.tables import report_tables
from cadre_research.reporting.unit_inquiry import UNIT_WORLDS, UnitInquiry
from cadre_research.reporting.worlds import Worlds
from cadre_research.reporting.worth import Worth

SCENARIOS = ["status-quo", "no-retirement-delay"]


def few_worlds(study):
    """Worlds that were asked nothing yet; they remember what they were asked."""
    return {line: Worlds(study, line, 4, 2) for line in ("inclusive", "strict")}


@pytest.fixture
def worlds(study):
    return few_worlds(study)


def tables(study, worlds):
    """As a report makes them, here, and what its pages ask beside them."""
    made = report_tables(study, SCENARIOS, (5, 10), worlds=worlds)
    made |= inquiry_tables(study, SCENARIOS, worlds["inclusive"], effort=QUICK)
    units = UnitInquiry(worlds["inclusive"], study.scenario("full-plan-2018"))
    find_surfaces(study, FEW)
    return made | {"units": units.probabilities(), "luck": units.luck(), "appraisals": units.appraisals()}


def files(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


# Of every round some, and what builds on what.
QUICK_ONES = {
    "worlds of status-quo (inclusive)",
    "forecast of status-quo (inclusive)",
    "promotion-rate of status-quo",
    "optimal plan (5)",
    "first possible",
    "certificate",
}


def some(*asked):
    """Rounds of those questions alone."""
    return tuple([one for one in questions if one.name in QUICK_ONES] for questions in rounds(*asked))


@pytest.fixture(scope="module")
def found_here(study, tmp_path_factory):
    """Files of what one process finds."""
    here, worlds = tmp_path_factory.mktemp("here"), few_worlds(study)
    with keeping(here), no_processes():
        for one in itertools.chain(*some(worlds, ["status-quo"], QUICK)):
            one.ask(worlds)
    # Of a forecast three tables.
    assert len(files(here)) == len(QUICK_ONES) + 2
    return files(here)


@pytest.mark.slow
def test_two_processes_of_a_cluster_find_the_same_bytes(found_here, worlds, cluster, tmp_path):
    address, _ = cluster
    told = []
    with keeping(tmp_path / "cluster"):
        assert find_all(worlds, some(worlds, ["status-quo"], QUICK), address, told.append) == len(QUICK_ONES)
        assert set(told) == QUICK_ONES
        # Nothing is left to ask, so no scheduler is called.
        assert find_all(worlds, some(worlds, ["status-quo"], QUICK), "nothing://x", told.append) == 0
        assert told[len(QUICK_ONES) :] == [""] * len(QUICK_ONES)
    assert files(tmp_path / "cluster") == found_here


@pytest.mark.soak
def test_a_cluster_finds_all_that_a_report_asks_and_to_the_same_bytes(study, worlds, cluster, tmp_path):
    address, _ = cluster
    with keeping(tmp_path / "cluster"):
        asked = rounds(worlds, SCENARIOS, QUICK, FEW)
        assert find_all(worlds, asked, address) == sum(map(len, asked))
    with keeping(tmp_path / "cluster", make=False), no_processes():
        there = tables(study, worlds)
    fresh = few_worlds(study)
    with keeping(tmp_path / "here"), no_processes():
        here = tables(study, fresh)
    assert len(files(tmp_path / "here")) > 30
    # The cluster has also found what single pages ask beside these tables.
    assert files(tmp_path / "here").items() <= files(tmp_path / "cluster").items()
    assert here.keys() == there.keys()
    assert all(here[name].equals(there[name]) for name in here)


@pytest.mark.slow
def test_processes_of_this_machine_find_the_same_bytes(found_here, worlds, tmp_path, monkeypatch):
    """They keep what they find where a report looks for it."""
    there = tmp_path / "there"
    monkeypatch.setattr(report_questions, "_ask", partial(_ask_there, there))
    told = []
    with keeping(there):
        assert find_all(worlds, some(worlds, ["status-quo"], QUICK), progress=told.append) == len(QUICK_ONES)
        assert set(told) == QUICK_ONES
        assert find_all(worlds, some(worlds, ["status-quo"], QUICK)) == 0
    assert files(there) == found_here


def _ask_there(folder, worlds, question):
    with keeping(folder), no_processes():
        question.ask(worlds)


def first_asked(ask, folder):
    """Name of the file of the first result that is asked for; None where none is."""
    try:
        with keeping(folder, make=False):
            ask()
    except NotKept as fault:
        return str(fault)
    return None


def run_cells(run):
    """Run a notebook's code here, with the parameters of a report."""
    names = {"__name__": "__main__"}
    for cell in read_notebook(notebooks_dir() / f"{run.notebook}.ipynb").cells:
        # Little's law is found with the tables of the forecasts.
        if cell.cell_type == "code" and "little_law" not in cell.source:
            exec(cell.source, names)
        if "parameters" in cell.metadata.get("tags", []):
            names |= run.parameters


ALL = Study.read(study_path())
RUNS = {run.notebook: run for run in planned_runs(ALL, ["rate-08", "status-quo"], "en")}


@pytest.fixture(scope="module")
def names_of_questions(tmp_path_factory):
    """Of the first file that each question asks for."""
    given = {line: Worlds(ALL, line) for line in ("inclusive", "strict")}
    folder = tmp_path_factory.mktemp("empty")
    return [
        first_asked(lambda one=one: one.ask(given), folder)
        for one in itertools.chain(*rounds(given, ["rate-08", "status-quo"]))
    ]


def test_every_question_is_of_something_that_is_kept(names_of_questions):
    assert None not in names_of_questions


# The page of the rates keeps nothing.
@pytest.mark.parametrize("notebook", [name for name in RUNS if name != "02-promotion-rates"])
def test_what_a_page_asks_first_is_asked_of_the_cluster_too(notebook, names_of_questions, tmp_path):
    assert first_asked(lambda: run_cells(RUNS[notebook]), tmp_path) in names_of_questions


def test_all_surfaces_of_the_explorer_and_the_plan_are_asked_of_the_cluster_too(names_of_questions, tmp_path):
    given = Worlds(ALL, "inclusive")
    asks = [
        *(partial(find_surface, (ALL, FULL), one) for one in SURFACES),
        Worth.of(given).contributions,
        Worth.of(given).packages,
        UnitInquiry(replace(given, draws=UNIT_WORLDS), ALL.scenario("full-plan-2018")).appraisals,
    ]
    assert {first_asked(ask, tmp_path) for ask in asks} <= set(names_of_questions)


def test_what_fails_there_is_named_and_what_was_found_before_is_kept(worlds, tmp_path, monkeypatch):
    def one_and_no_more(find, given, asked, scheduler):
        yield asked[0], find(given, asked[0])
        raise RunError(f"{asked[1]}: failed on the cluster. It burnt. What was found before is kept.")

    monkeypatch.setattr(report_questions, "on_cluster", one_and_no_more)
    with keeping(tmp_path), pytest.raises(RunError, match=r"^worlds of status-quo \(strict\): failed on the"):
        find_all(worlds, rounds(worlds, ["status-quo"], QUICK), "tcp://x:1")
    (name,) = files(tmp_path)
    assert name.startswith("ensemble-")


def test_a_worker_with_other_code_or_data_is_refused(worlds, tmp_path, monkeypatch):
    def elsewhere(find, given, asked, scheduler):
        monkeypatch.setattr(report_questions, "code_hash", lambda: "older")
        yield asked[0], find(given, asked[0])

    monkeypatch.setattr(report_questions, "on_cluster", elsewhere)
    with keeping(tmp_path), pytest.raises(RunError, match=r"^worlds of status-quo \(inclusive\): a worker has other d"):
        find_all(worlds, rounds(worlds, ["status-quo"], QUICK), "tcp://x:1")
    assert files(tmp_path) == {}


def test_files_that_change_under_a_worker_give_no_answer(worlds, tmp_path, monkeypatch):
    def here(find, given, asked, scheduler):
        yield asked[0], find(given, asked[0])

    monkeypatch.setattr(report_questions, "on_cluster", here)
    # As when the worker began, other files lay there.
    monkeypatch.setattr("cadre_research.reporting.kept._at_first", lambda root, own: ())
    with keeping(tmp_path), pytest.raises(RunError, match=r"start the workers anew"):
        find_all(worlds, rounds(worlds, ["status-quo"], QUICK), "tcp://x:1")


def test_nothing_is_made_where_nothing_is_to_be(worlds, study, tmp_path):
    with keeping(tmp_path, make=False), pytest.raises(NotKept, match=r"^ensemble-\w+\.parquet$"):
        worlds["inclusive"].drawn(study.scenario("status-quo"))
    assert list(tmp_path.iterdir()) == []


def test_within_a_worker_no_process_is_started():
    with no_processes():
        assert set(in_processes(process_of, None, [1, 2, 3], 3)) == {os.getpid()}


def process_of(given, one):
    return os.getpid()


@pytest.mark.parametrize("given", ["tcp://127.0.0.1:9", "nothing://x", "", "host", "http://127.0.0.1:9"])
def test_a_report_says_that_no_scheduler_answers_and_leaves_what_is_up(given, tmp_path, monkeypatch):
    monkeypatch.setattr("cadre_research.model.cluster.ANSWERS_WITHIN_SECONDS", 0.2)
    monkeypatch.setattr("cadre_research.reporting.kept.outputs_dir", lambda: tmp_path / "kept")
    code, text = run("report", "--only", "status-quo", "--output", str(tmp_path / "out"), "--scheduler", given)
    assert code == 2
    assert f"--scheduler: given {given!r}, where no Dask scheduler answers" in " ".join(text.split())
    assert not (tmp_path / "out" / "latest").exists()
    assert not list((tmp_path / "out").glob(".staging-*"))


def test_a_report_without_dask_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setattr("cadre_research.reporting.kept.outputs_dir", lambda: tmp_path / "kept")
    code, text = run("report", "--only", "status-quo", "--output", str(tmp_path / "out"), "--scheduler", "tcp://x:1")
    assert code == 2
    assert 'needs Dask, which is not installed here. Install the package distributed, which the extra "cluster"' in text


def test_nothing_of_a_register_is_sent_to_a_cluster(tmp_path):
    register = ("--register", "data/register/synthetic-register.parquet", "--as-of", "2017-12-31")
    code, text = run("report", "--output", str(tmp_path), *register, "--scheduler", "tcp://x:1")
    assert (code, list(tmp_path.iterdir())) == (2, [])
    assert "Nothing of a register is sent away" in text
