"""What is recorded of a making of a report, however it ends, and what is never written down."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
from scheduled import FIRST, build, make
from test_notebook_runner import write_notebook
from test_schedule import at_work, with_tests

from cadre_research.errors import (
    EvidenceError,
    NotebookError,
    ParameterError,
    PublicationError,
    RegisterError,
)
from cadre_research.reporting import publish as publishing
from cadre_research.reporting import run_log
from cadre_research.reporting.notebooks import NotebookRun, run_notebook
from cadre_research.reporting.outputs_folder import latest_report
from cadre_research.reporting.recorded_run import digest, recorded
from cadre_research.reporting.run_log import RunLog, RunRecord, current_log, read_log, run_goes_on, update_log

HOUR = timedelta(hours=1)


def last(outputs):
    return current_log(outputs).runs[-1]


def raising(fault):
    def build_badly(folder):
        raise fault

    return build_badly


def record(number, **known):
    return RunRecord(id=str(number), process=1, asked="report", started=FIRST, **known)


def test_a_success_is_recorded_with_its_version_times_and_period(tmp_path):
    version = make(tmp_path, "week")
    run = last(tmp_path)
    assert (run.outcome, run.version, run.exit_code, run.period) == ("published", version.name, 0, "2026-W48")
    assert (run.process, run.started, run.ended, run.day) == (os.getpid(), FIRST, FIRST, FIRST.date())
    assert (run.notebook, run.reason, run.versions_before) == (None, None, ())
    text = (tmp_path / "runs.json").read_text(encoding="utf-8")
    assert '"started": "2026-11-26T03:00:00Z"' in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize(
    ("fault", "code", "notebook", "reason"),
    [
        (
            NotebookError("05-what-it-would-take (draws=3): code cell 4 (x(y)) failed with KeyError: 'E 1234'\nmore"),
            4,
            "05-what-it-would-take",
            "NotebookError: code cell 4 (x(y)) failed with KeyError",
        ),
        (
            NotebookError("07-sensitivity: code cell 4 (x): ValueError: born 1980"),
            4,
            "07-sensitivity",
            "NotebookError: code cell 4 (x): ValueError",
        ),
        (
            NotebookError("07-sensitivity: could not be written or run: No space left (/srv/my out/x.ipynb)."),
            4,
            "07-sensitivity",
            "NotebookError: could not be written or run: No space left (x.ipynb).",
        ),
        (
            PublicationError("/srv/my reports/new: does not agree\n  x.html"),
            4,
            None,
            "PublicationError: new: does not agree",
        ),
        (EvidenceError("C:\\Users\\me\\ladder.toml: key x"), 2, None, "EvidenceError: ladder.toml: key x"),
        (RegisterError(["line 3: E 1234"], 3, "staff of E.csv"), 2, None, "RegisterError: 3 faults"),
        (ParameterError("y" * 500), 2, None, "ParameterError: " + "y" * 160 + " …"),
        (OSError(28, "No space left on device", "/srv/x"), 1, None, "OSError: No space left on device"),
        (ValueError("E 1234, born 1980"), 1, None, "ValueError"),
        (KeyboardInterrupt(), 130, None, "KeyboardInterrupt"),
        (SystemExit(143), 143, None, "told to stop (exit code 143)"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("inside", [True, False], ids=["under the lock", "before the lock"])
def test_a_failure_is_recorded_by_its_kind_and_place_alone(tmp_path, fault, code, notebook, reason, inside):
    def fail():
        if inside:
            make(tmp_path, "month", build=raising(fault))
        with recorded(tmp_path, "report", "month", now=lambda: FIRST):
            raise fault

    with pytest.raises((type(fault), PublicationError)) as raised:
        fail()
    run = last(tmp_path)
    if inside and isinstance(fault, OSError):
        # Publishing gives it a kind and a code of its own.
        code, kind = raised.value.exit_code, type(raised.value).__name__
        reason = f"{kind}: the report could not be put in place: No space left on device (x)."
    assert (run.outcome, run.exit_code, run.notebook, run.reason) == ("failed", code, notebook, reason)
    assert run.version is None
    assert run.ended == FIRST
    assert len(read_log(tmp_path).runs) == 1
    assert not read_log(tmp_path).done


def test_the_notebook_that_really_failed_is_recorded(tmp_path):
    write_notebook(tmp_path / "notebooks", "book", "people = {}", "people['E 1234']")

    def build_with_notebook(folder):
        run_notebook(NotebookRun("book", "page"), folder, notebooks=tmp_path / "notebooks", failed=tmp_path / "failed")

    with pytest.raises(NotebookError, match="E 1234"):
        make(tmp_path, build=build_with_notebook)
    assert (last(tmp_path).notebook, last(tmp_path).exit_code) == ("book", 4)
    assert last(tmp_path).reason.endswith("failed with KeyError")


def test_a_report_that_is_up_counts_whatever_goes_wrong_after(tmp_path, monkeypatch):
    def stop(*_):
        raise SystemExit(143)

    monkeypatch.setattr(publishing, "_prune", stop)
    with pytest.raises(SystemExit):
        make(tmp_path, "month")
    run = last(tmp_path)
    assert (run.outcome, run.version, run.exit_code) == ("published", latest_report(tmp_path).name, 143)


@pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_run_that_is_told_to_stop_is_recorded(tmp_path, number):
    with at_work(tmp_path) as run:
        assert (last(tmp_path).outcome, last(tmp_path).process) == ("running", run.pid)
        run.send_signal(number)
        run.communicate(timeout=20)
    assert (last(tmp_path).outcome, last(tmp_path).exit_code) == ("failed", 128 + number)


@pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once there")
def test_so_is_one_that_is_told_before_it_has_the_lock(tmp_path):
    script = """
import sys, time
from pathlib import Path
from cadre_research.reporting.recorded_run import recorded
with recorded(Path(sys.argv[1]), "report"):
    print("reading", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, env=with_tests()) as run:
        assert run.stdout.readline() == b"reading\n"
        run.terminate()
    assert run.returncode == 143
    assert (last(tmp_path).outcome, last(tmp_path).exit_code, last(tmp_path).day) == ("failed", 143, None)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal there")
def test_a_run_that_is_killed_is_recognised_by_its_lock_being_free(tmp_path):
    with at_work(tmp_path) as run:
        assert run_goes_on(tmp_path)
        assert last(tmp_path).outcome == "running"
        run.kill()
    assert not run_goes_on(tmp_path)
    assert last(tmp_path).outcome == "died"
    # Looking at it writes nothing; the next run does.
    assert read_log(tmp_path).runs[-1].outcome == "running"
    make(tmp_path)
    assert [run.outcome for run in read_log(tmp_path).runs] == ["died", "published"]


def test_a_run_that_was_killed_after_it_published_is_recognised_by_its_version():
    began = record(1, day=FIRST.date(), versions_before=("a",))
    log = RunLog().with_run(began)
    assert log.settled(["a"], "a").runs[0].outcome == "died"
    # Put among the versions and not shown: readers never saw it.
    assert log.settled(["a", "b"], "a").runs[0].outcome == "died"
    settled = log.settled(["a", "b"], "b")
    assert (settled.runs[0].outcome, settled.runs[0].version) == ("published", "b")
    assert settled.done == {"report": (FIRST.date(),)}


def test_the_newest_runs_are_kept_the_last_success_and_one_at_work_whatever_comes_after():
    log = RunLog().with_run(record(0)).with_run(record(1, outcome="published", version="a"))
    for number in range(2, 150):
        log = log.with_run(record(number, outcome="refused" if number % 2 else "failed"))
    log = log.with_run(record(150)).with_run(record(151, outcome="died"))
    for number in range(152, 202):
        log = log.with_run(record(number, outcome="failed"))
    kept = [int(run.id) for run in log.runs]
    assert kept[:3] == [0, 1, 54]
    assert kept == sorted(kept)
    assert Counter(run.outcome for run in log.runs) == {
        "running": 2,
        "published": 1,
        "refused": 10,
        "died": 1,
        "failed": 98,
    }
    # The end of one that is kept takes its place.
    assert log.with_run(record(0, outcome="died")).runs[0].id == "1"


def test_the_log_is_replaced_in_one_rename_and_a_failed_write_leaves_the_old_one(tmp_path, monkeypatch):
    update_log(tmp_path, lambda log: log.with_run(record(1)))
    before = (tmp_path / "runs.json").read_bytes()
    with monkeypatch.context() as patch:

        def full(*_):
            raise OSError(28, "No space left on device")

        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            update_log(tmp_path, lambda log: log.with_run(record(2)))
    assert (tmp_path / "runs.json").read_bytes() == before
    (tmp_path / ".runs.json-dead").touch()
    update_log(tmp_path, lambda log: log.with_run(record(2)))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".runs.lock", "runs.json"]
    assert [run.id for run in read_log(tmp_path).runs] == ["1", "2"]


def test_a_report_is_up_even_when_its_end_cannot_be_recorded_and_counts_later(tmp_path, monkeypatch):
    said = []

    def full(*_):
        raise OSError(28, "No space left on device")

    def build_and_fill(folder):
        build(folder)
        monkeypatch.setattr(run_log, "read_log", full)

    version = make(tmp_path, "month", build=build_and_fill, note=said.append)
    monkeypatch.undo()
    assert "could not be recorded" in said[0]
    assert last(tmp_path).version == version.name
    assert last(tmp_path).outcome == "published"


@pytest.mark.skipif(sys.platform == "win32" or os.name != "posix", reason="locks are not kept there")
def test_many_who_write_at_once_lose_nothing(tmp_path):
    script = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from cadre_research.reporting.run_log import RunRecord, update_log
for count in range(10):
    run = RunRecord(id=f"{sys.argv[2]}-{count}", process=1, asked="x", started=datetime.now(UTC), outcome="failed")
    update_log(Path(sys.argv[1]), lambda log: log.with_run(run))
"""
    runs = [subprocess.Popen([sys.executable, "-c", script, tmp_path, str(n)], env=with_tests()) for n in range(6)]
    assert [run.wait(60) for run in runs] == [0] * 6
    assert {run.id for run in read_log(tmp_path).runs} == {f"{n}-{count}" for n in range(6) for count in range(10)}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b'{"format": 2}', b'{"runs": [{"id": "1"}]}', b'{"done": {"x": ["yesterday"]}}']
)
def test_a_log_that_is_none_is_refused_and_says_what_to_do(tmp_path, content):
    (tmp_path / "runs.json").write_bytes(content)
    with pytest.raises(PublicationError, match=r"runs\.json: not a log of runs.*Restore it .* or move it away"):
        read_log(tmp_path)


def test_where_nothing_was_recorded_the_log_is_empty(tmp_path):
    assert current_log(tmp_path / "none") == RunLog()
    assert not (tmp_path / "none").exists()


def test_what_was_asked_is_named_by_all_of_it_and_not_given_away():
    first = digest(scenarios=["a"], language="en", register="secret.csv")
    assert first == digest(register="secret.csv", language="en", scenarios=["a"])
    assert first != digest(scenarios=["a"], language="zh", register="secret.csv")
    assert len(first) == 12
    assert "secret" not in json.dumps(first)
