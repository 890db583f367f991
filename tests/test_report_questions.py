"""What a report needs is found on a cluster as it would be found here, to the last byte, and then kept here."""

import itertools
import os
import sys

import pytest
from test_cli import run
from test_inquiry import QUICK

from cadre_research.errors import RunError
from cadre_research.model.processes import in_processes, no_processes
from cadre_research.reporting import report_questions
from cadre_research.reporting.inquiries import inquiry_tables
from cadre_research.reporting.kept import NotKept, keeping
from cadre_research.reporting.report_questions import find_on_cluster, rounds
from cadre_research.reporting.tables import report_tables
from cadre_research.reporting.worlds import Worlds, find_all

SCENARIOS = ["status-quo", "no-retirement-delay"]


@pytest.fixture
def worlds(study):
    return {line: Worlds(study, line, 4, 2) for line in ("inclusive", "strict")}


def tables(study, worlds):
    """As a report makes them, here."""
    find_all(worlds, [study.scenario(name) for name in SCENARIOS])
    made = report_tables(study, SCENARIOS, (5, 10), worlds=worlds)
    return made | inquiry_tables(study, SCENARIOS, worlds["inclusive"], effort=QUICK)


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


@pytest.mark.slow
def test_two_processes_of_a_cluster_find_the_same_bytes(study, worlds, cluster, tmp_path, monkeypatch):
    address, _ = cluster
    monkeypatch.setattr(report_questions, "rounds", some)
    told = []
    with keeping(tmp_path / "cluster"):
        answered = find_on_cluster(worlds, ["status-quo"], address, QUICK, lambda: told.append(1))
        assert answered == len(told) == len(QUICK_ONES)
        # Nothing is left to ask, so no scheduler is called.
        assert find_on_cluster(worlds, ["status-quo"], "nothing://x", QUICK) == 0
    # Worlds remember what they were asked; these were asked nothing yet.
    fresh = {line: Worlds(study, line, 4, 2) for line in worlds}
    with keeping(tmp_path / "here"), no_processes():
        for one in itertools.chain(*some(fresh, ["status-quo"], QUICK)):
            one.ask(fresh)
    # Of a forecast three tables.
    assert len(files(tmp_path / "here")) == len(QUICK_ONES) + 2
    assert files(tmp_path / "here") == files(tmp_path / "cluster")


@pytest.mark.soak
def test_a_cluster_finds_all_that_a_report_asks_and_to_the_same_bytes(study, worlds, cluster, tmp_path):
    address, _ = cluster
    with keeping(tmp_path / "cluster"):
        assert find_on_cluster(worlds, SCENARIOS, address, QUICK) == sum(map(len, rounds(worlds, SCENARIOS, QUICK)))
    with keeping(tmp_path / "cluster", make=False), no_processes():
        there = tables(study, worlds)
    fresh = {line: Worlds(study, line, 4, 2) for line in worlds}
    with keeping(tmp_path / "here"), no_processes():
        here = tables(study, fresh)
    assert len(files(tmp_path / "here")) > 30
    assert files(tmp_path / "here") == files(tmp_path / "cluster")
    assert here.keys() == there.keys()
    assert all(here[name].equals(there[name]) for name in here)


def test_what_fails_there_is_named_and_what_was_found_before_is_kept(worlds, tmp_path, monkeypatch):
    def one_and_no_more(find, given, asked, scheduler):
        yield asked[0], find(given, asked[0])
        raise RunError(f"{asked[1]}: failed on the cluster. It burnt. What was found before is kept.")

    monkeypatch.setattr(report_questions, "on_cluster", one_and_no_more)
    with keeping(tmp_path), pytest.raises(RunError, match=r"^worlds of status-quo \(strict\): failed on the"):
        find_on_cluster(worlds, ["status-quo"], "tcp://x:1", QUICK)
    (name,) = files(tmp_path)
    assert name.startswith("ensemble-")


def test_a_worker_with_other_code_or_data_is_refused(worlds, tmp_path, monkeypatch):
    def elsewhere(find, given, asked, scheduler):
        monkeypatch.setattr(report_questions, "code_hash", lambda: "older")
        yield asked[0], find(given, asked[0])

    monkeypatch.setattr(report_questions, "on_cluster", elsewhere)
    with keeping(tmp_path), pytest.raises(RunError, match=r"^worlds of status-quo \(inclusive\): a worker has other d"):
        find_on_cluster(worlds, ["status-quo"], "tcp://x:1", QUICK)
    assert files(tmp_path) == {}


def test_files_that_change_under_a_worker_give_no_answer(worlds, tmp_path, monkeypatch):
    def here(find, given, asked, scheduler):
        yield asked[0], find(given, asked[0])

    monkeypatch.setattr(report_questions, "on_cluster", here)
    # As when the worker began, other files lay there.
    monkeypatch.setattr("cadre_research.reporting.kept._at_first", lambda root, own: ())
    with keeping(tmp_path), pytest.raises(RunError, match=r"start the workers anew"):
        find_on_cluster(worlds, ["status-quo"], "tcp://x:1", QUICK)


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
