"""A sweep's files are the same whoever computes them, and survive what kills workers and runs."""

import json
import multiprocessing
import operator
import re
import sys

import pandas as pd
import pyarrow.dataset
import pyarrow.parquet
import pytest
from rich.console import Console
from typer.testing import CliRunner

from cadre_research.cli import app
from cadre_research.errors import ParameterError, PublicationError, RunError
from cadre_research.evidence.sweep import Sweep
from cadre_research.evidence.sweep_file import read_sweep
from cadre_research.findings.settings import Settings
from cadre_research.model.cluster import on_cluster
from cadre_research.model.processes import as_finished
from cadre_research.reporting import sweep as sweep_module
from cadre_research.reporting import sweep_part
from cadre_research.reporting.provenance import sha256
from cadre_research.reporting.sweep import cost, run_sweep
from cadre_research.reporting.sweep_folder import MANIFEST
from cadre_research.reporting.sweep_part import Part, content_of, message_of, parts_of

SMALL = """
format = 1
id = "small"
scenarios = ["status-quo", "post-freeze"]
horizons_years = [1, 2]
[axes]
promotion_rate_per_year = { from = 0.05, to = 0.25, count = 5 }
young_share_of_promotions = [0, "1/3"]
"""
# Other streams of hashes, another day at the same time, and commas in numbers.
ELSEWHERE = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Kiritimati", "LC_ALL": "de_DE.UTF-8", "OMP_NUM_THREADS": "1"}


@pytest.fixture
def small_parts(monkeypatch):
    """Parts of six settings; the last of four parts is shorter."""
    monkeypatch.setattr(sweep_part, "SETTINGS_PER_PART", 6)


@pytest.fixture
def file(tmp_path):
    """A sweep of 20 settings."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def in_this_process(find, given, asked, workers):
    """Stands for processes where a test is about what is done with their answers."""
    yield from ((one, find(given, one)) for one in asked)


@pytest.fixture
def no_processes(monkeypatch):
    monkeypatch.setattr(sweep_module, "as_finished", in_this_process)


def hashes(folder):
    return {path.name: sha256(path) for path in sorted(folder.glob("part-*.parquet"))}


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in sorted(folder.glob("part-*.parquet"))}


def kill_one(find, given, asked, workers):
    """Processes, one of which is killed after the first answer."""
    answers = as_finished(find, given, asked, workers)
    yield next(answers)
    victim, *_ = multiprocessing.active_children()
    victim.kill()
    yield from answers


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_neither_processes_nor_clocks_nor_a_killed_worker_change_a_byte(file, tmp_path, small_parts, monkeypatch):
    monkeypatch.setattr(sweep_module, "as_finished", in_this_process)
    run_sweep(file, tmp_path / "one")
    for name, value in ELSEWHERE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sweep_module, "as_finished", kill_one)
    run_sweep(file, tmp_path / "two", workers=2)
    assert len(hashes(tmp_path / "one")) == 4
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")
    assert (tmp_path / "one" / MANIFEST).read_bytes() == (tmp_path / "two" / MANIFEST).read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_cluster_that_loses_a_worker_makes_the_same_files(file, tmp_path, small_parts, cluster, monkeypatch):
    address, workers = cluster

    def lose_one(find, given, asked, scheduler):
        answers = on_cluster(find, given, asked, scheduler)
        yield next(answers)
        workers[0].kill()
        yield from answers

    monkeypatch.setattr(sweep_module, "on_cluster", lose_one)
    run_sweep(file, tmp_path / "cluster", scheduler=address)
    assert workers[0].poll() is not None
    monkeypatch.setattr(sweep_module, "as_finished", in_this_process)
    run_sweep(file, tmp_path / "here")
    assert len(hashes(tmp_path / "here")) == 4
    assert hashes(tmp_path / "here") == hashes(tmp_path / "cluster")


def test_what_fails_on_a_cluster_is_named(cluster):
    address, _ = cluster
    assert sorted(on_cluster(operator.sub, 3, [1, 2], address)) == [(1, 2), (2, 1)]
    with pytest.raises(RunError, match=r"^0: failed on the cluster\. ZeroDivisionError: "):
        list(on_cluster(operator.truediv, 1, [0], address))


def test_a_cluster_that_is_not_there_is_said_to_be_so(monkeypatch):
    monkeypatch.setattr("cadre_research.model.cluster.ANSWERS_WITHIN_SECONDS", 0.2)
    for address in ("tcp://127.0.0.1:9", "nothing://x"):
        with pytest.raises(ParameterError, match=f"--scheduler: given '{address}', where no Dask scheduler answers"):
            next(on_cluster(operator.sub, 1, [1], address))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ParameterError, match=r'Dask, which is not installed here.*the extra "cluster" names'):
        next(on_cluster(operator.sub, 1, [1], "tcp://127.0.0.1:9"))


def test_a_folder_is_read_as_one_table(study, file, tmp_path, small_parts, no_processes):
    folder = run_sweep(file, tmp_path / "made")
    frame = pd.read_parquet(folder)
    sweep = read_sweep(file, study.evidence, study.scenarios)
    pd.testing.assert_frame_equal(
        frame, Settings(study, sweep).shares(range(sweep.count)), check_exact=False, rtol=0, atol=1e-12
    )
    assert pyarrow.dataset.dataset(folder).count_rows() == len(frame) == 20 * 2 * 6 * 2
    assert str(frame.dtypes["reached"]) == "boolean"


def test_a_part_without_an_opening_has_the_columns_of_the_others(study, file, tmp_path, no_processes, monkeypatch):
    from cadre_research.findings import settings

    text = SMALL.split("[axes]")[0] + "[axes.assumptions]\nresignation = [0.001, 0.002]\n"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(sweep_part, "SETTINGS_PER_PART", 2)
    start = study.opening()
    monkeypatch.setattr(
        settings,
        "opening_near",
        lambda s, slopes, evidence, *_: start if evidence.assumptions["resignation"].value < 0.0015 else "none",
    )
    folder = run_sweep(file, tmp_path / "made")
    first, second = (pyarrow.parquet.read_schema(path) for path in sorted(folder.glob("part-*")))
    assert first.equals(second, check_metadata=True)
    frame = pd.read_parquet(folder)
    assert frame["reached"].isna().sum() == (frame["reason"] == "none").sum() == len(frame) / 2


def test_what_is_there_is_not_done_again(file, tmp_path, small_parts, no_processes):
    folder = run_sweep(file, tmp_path / "made")
    whole, first = hashes(folder), times(folder)
    (folder / "part-00001.parquet").write_bytes((folder / "part-00001.parquet").read_bytes()[:-1] + b"?")
    (folder / "part-00003.parquet").unlink()
    (folder / ".part-00002.parquet.new-0123abcd").write_bytes(b"half")
    run_sweep(file, folder)
    assert hashes(folder) == whole
    again = times(folder)
    assert {name for name in whole if again[name] != first[name]} == {"part-00001.parquet", "part-00003.parquet"}
    assert not list(folder.glob(".*new*"))


def test_what_was_made_from_something_else_is_never_mixed(file, tmp_path, small_parts, no_processes, monkeypatch):
    folder = run_sweep(file, tmp_path / "made")
    whole = hashes(folder)
    file.write_text(SMALL.replace("count = 5", "count = 3"), encoding="utf-8")
    with pytest.raises(ParameterError, match="made from other settings; they cannot be mixed"):
        run_sweep(file, folder)
    assert hashes(folder) == whole
    run_sweep(file, folder, force=True)
    assert len(hashes(folder)) == 2
    assert json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["sha256"] == hashes(folder)
    file.write_text(SMALL, encoding="utf-8")
    monkeypatch.setattr("cadre_research.reporting.sweep_folder.code_hash", lambda: "newer")
    monkeypatch.setattr("cadre_research.reporting.sweep_folder.inputs", lambda: (("data/facts/ladder.toml", "newer"),))
    with pytest.raises(ParameterError, match="made from other settings and data and code and lock"):
        run_sweep(file, folder)


def test_a_manifest_that_cannot_be_read_is_anothers(file, tmp_path, small_parts, no_processes):
    folder = run_sweep(file, tmp_path / "made")
    for content in (b"{", b"[]", b"\xff"):
        (folder / MANIFEST).write_bytes(content)
        with pytest.raises(ParameterError, match="cannot be mixed"):
            run_sweep(file, folder)


def test_a_folder_of_something_else_is_left_alone(file, tmp_path):
    with pytest.raises(ParameterError, match=r"holds small\.toml and no _sweep\.json, so it is not the folder of a s"):
        run_sweep(file, tmp_path, force=True)
    (tmp_path / "plain").write_text("", encoding="utf-8")
    with pytest.raises(RunError, match="the sweep could not be written"):
        run_sweep(file, tmp_path / "plain")


def test_two_runs_do_not_share_a_folder(file, tmp_path, monkeypatch):
    def second_run(find, given, asked, workers):
        with pytest.raises(PublicationError, match="another run"):
            run_sweep(file, tmp_path / "made")
        yield from ()

    monkeypatch.setattr(sweep_module, "as_finished", second_run)
    run_sweep(file, tmp_path / "made")


def test_the_sweep_alone_decides_where_it_is_cut(study):
    content = {"format": 1, "id": "x", "scenarios": ("status-quo",), "horizons_years": (1,)}
    axes = {"young_share_of_promotions": {"from": 0, "to": 1, "count": 250}}
    sweep = Sweep.model_validate({**content, "axes": axes})
    assert parts_of(sweep) == (Part(0, 0, 119), Part(1, 120, 239), Part(2, 240, 249))
    assert [part.settings for part in parts_of(sweep)][-1] == range(240, 250)
    drawn = parts_of(sweep.model_copy(update={"replicates": 1000}))
    assert (len(drawn), str(drawn[1]), drawn[1].file) == (125, "part 1 (settings 2 to 3)", "part-00001.parquet")


def test_a_worker_with_other_code_is_refused(study, file, monkeypatch):
    settings = Settings(study, read_sweep(file, study.evidence, study.scenarios))
    message = message_of(settings)
    monkeypatch.setattr(sweep_part, "code_hash", lambda: "older")
    with pytest.raises(RunError, match=r"part 0 \(settings 0 to 5\): a worker has another version of this package"):
        content_of(message, Part(0, 0, 5))


def test_the_cost_is_said_before_and_what_is_kept_after(file, tmp_path, small_parts, capsys, monkeypatch):
    def stopped(find, given, asked, workers):
        yield asked[0], find(given, asked[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep_module, "as_finished", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(file, tmp_path / "made", 2, console=Console(stderr=True))
    told = capsys.readouterr().err.splitlines()
    assert re.fullmatch(
        r"small: 20 settings, in 4 parts: about \d+ seconds on 2 processes, 0\.\d MB of disk\.", told[0]
    )
    assert told[1:] == ["Parts: 1 of 4", "Stopped: 1 of 4 parts are whole and kept. The same command does the rest."]
    monkeypatch.setattr(sweep_module, "as_finished", in_this_process)
    run_sweep(file, tmp_path / "made", 2, console=Console(stderr=True))
    assert ", in 4 parts, 1 of them there already: about" in capsys.readouterr().err
    run_sweep(file, tmp_path / "made", 2, console=Console(stderr=True))
    assert "all there already" in capsys.readouterr().err


def test_the_cost_of_many_replicates_is_hours(study):
    content = {"format": 1, "id": "x", "scenarios": ("status-quo",), "horizons_years": (10,), "replicates": 1000}
    axes = {"young_share_of_promotions": {"from": 0, "to": 1, "count": 10_000}}
    sweep = Sweep.model_validate({**content, "axes": axes})
    told = cost(sweep, 6, list(parts_of(sweep)), None)
    assert re.search(r"10,000 settings, 1,000 replicates each, in 5,000 parts: about \d\d hours if one core", told)


def test_the_command_says_how_to_read_what_it_made(file, tmp_path, no_processes):
    made = CliRunner().invoke(app, ["sweep", str(file), "--out", str(tmp_path / "made")], catch_exceptions=False)
    assert made.exit_code == 0
    assert made.stdout == f'Results: pandas.read_parquet("{tmp_path / "made"}")\n'
    with pytest.raises(ParameterError, match="leave one of the two out"):
        CliRunner().invoke(app, ["sweep", str(file), "--workers", "2", "--scheduler", "x"], catch_exceptions=False)
