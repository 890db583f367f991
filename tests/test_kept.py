import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

from cadre_research.findings.study import Study
from cadre_research.paths import data_dir, project_root
from cadre_research.reporting import kept as keeping
from cadre_research.reporting.kept import inputs, kept
from cadre_research.reporting.worlds import Worlds


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A checkout of its own, so that nothing kept by others is found."""
    shutil.copytree(data_dir(), tmp_path / "data")
    package = tmp_path / "src" / "cadre_research"
    for room in ("evidence", "model", "findings"):
        (package / room).mkdir(parents=True)
        (package / room / "a.py").write_text("1", encoding="utf-8")
    monkeypatch.setenv("CADRE_RESEARCH_ROOT", str(tmp_path))
    return tmp_path


@pytest.fixture
def maker():
    calls = []

    def make():
        calls.append(1)
        return pd.DataFrame({"share": [0.1, 1 / 3], "year": [2017, 2018]})

    make.calls = calls
    return make


def test_made_once_and_found_again_exactly(root, maker):
    first, second = kept("t", {"a": 1}, maker), kept("t", {"a": 1}, maker)
    assert len(maker.calls) == 1
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_asked_otherwise_or_by_another_name_is_made_anew(root, maker):
    kept("t", {"a": 1}, maker)
    kept("t", {"a": 2}, maker)
    kept("u", {"a": 1}, maker)
    assert len(maker.calls) == 3


@pytest.mark.parametrize("changed", ["data/facts/assumptions.toml", "src/cadre_research/model/a.py"])
def test_changed_inputs_are_noticed(root, maker, changed):
    kept("t", {}, maker)
    with (root / changed).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    kept("t", {}, maker)
    assert len(maker.calls) == 2


def test_a_file_is_hashed_once_and_again_when_it_was_written_even_to_the_same_length(root, monkeypatch):
    before, hashed = inputs(), []
    monkeypatch.setattr(keeping, "sha256", lambda path: hashed.append(path.name) or "of now")
    assert inputs() == before
    code = root / "src" / "cadre_research" / "model" / "a.py"
    code.write_text("2", encoding="utf-8")
    os.utime(code, (0, 0))
    assert dict(inputs())["src/cadre_research/model/a.py"] == "of now"
    assert hashed == ["a.py"]


def test_broken_file_is_made_again(root, maker):
    kept("t", {}, maker)
    (path,) = (root / "outputs" / "cache").glob("t-*.parquet")
    path.write_bytes(path.read_bytes()[:40])
    kept("t", {}, maker)
    assert len(maker.calls) == 2
    kept("t", {}, maker)
    assert len(maker.calls) == 2


def test_where_nothing_can_be_written_nothing_is_kept(root, maker):
    (root / "outputs").write_text("a file in the way", encoding="utf-8")
    kept("t", {}, maker)
    kept("t", {}, maker)
    assert len(maker.calls) == 2


def test_two_at_once_do_the_work_once(root):
    started, calls = threading.Event(), []

    def make():
        calls.append(1)
        started.wait(5)
        return pd.DataFrame({"a": [1]})

    threads = [threading.Thread(target=kept, args=("t", {}, make)) for _ in range(2)]
    for thread in threads:
        thread.start()
    started.set()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_a_failure_leaves_nothing_behind(root):
    def fail():
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        kept("t", {}, fail)
    assert not list((root / "outputs" / "cache").glob("*.parquet"))


def test_nothing_person_like_is_kept_of_a_scenario_but_its_rules(study):
    """Titles change nothing: a renamed scenario finds the numbers of its rules."""
    worlds = Worlds(study, draws=2, replicates=2)
    scenario = study.scenario("rate-04")
    renamed = scenario.model_copy(update={"title_en": "Another title"})
    first = worlds.probabilities(scenario, 5)
    second = Worlds(study, draws=2, replicates=2).probabilities(renamed, 5)
    pd.testing.assert_frame_equal(first, second, check_exact=True)


@pytest.mark.slow
def test_kept_worlds_are_the_worlds(study, tmp_path):
    code = (
        "import sys, json\n"
        "from cadre_research.findings.study import Study\n"
        "from cadre_research.paths import data_dir\n"
        "from cadre_research.reporting.worlds import Worlds\n"
        "study = Study.read(data_dir())\n"
        "worlds = Worlds(study, draws=2, replicates=2, seed=3)\n"
        "frame = worlds.probabilities(study.scenario('rate-12'), 5)\n"
        "print(frame.to_json(double_precision=15))\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path, env=dict(os.environ)
        ).stdout
        for _ in range(2)
    ]
    assert json.loads(runs[0]) == json.loads(runs[1])
    assert Path(project_root() / "outputs" / "cache").is_dir()
    worlds = Worlds(Study.read(data_dir()), draws=2, replicates=2, seed=3)
    parts = worlds.spread_parts(study.scenario("rate-12"), 5)
    assert len(parts) == 12
    fan = worlds.fan(study.scenario("rate-12"), 5)
    assert fan["year"].max() == 2022


def test_nothing_is_kept_or_found_once_data_changed_under_way(root, maker):
    """What a process has read no longer is what the files say: its numbers must not be found under theirs."""
    kept("t", {}, maker)
    assumptions = root / "data" / "facts" / "assumptions.toml"
    before = assumptions.read_text(encoding="utf-8")
    assumptions.write_text(before + "\n# changed\n", encoding="utf-8")
    kept("t", {}, maker)
    kept("t", {}, maker)
    assert len(maker.calls) == 3
    assert len(list((root / "outputs" / "cache").glob("t-*.parquet"))) == 1
    assumptions.write_text(before, encoding="utf-8")
    kept("t", {}, maker)
    assert len(maker.calls) == 3


def test_what_changed_while_it_was_made_is_not_kept(root, maker):
    def make():
        with (root / "data" / "facts" / "targets.toml").open("a", encoding="utf-8") as file:
            file.write("\n# changed\n")
        return maker()

    kept("t", {}, make)
    assert not list((root / "outputs" / "cache").glob("*.parquet"))


def test_a_full_cache_that_cannot_be_written_is_still_read(root, maker, monkeypatch):
    kept("t", {}, maker)

    def refuse(path, mode="r", *args, **kwargs):
        if str(path).endswith(".lock"):
            raise PermissionError(13, "read-only", str(path))
        return opened(path, mode, *args, **kwargs)

    opened = Path.open
    monkeypatch.setattr(Path, "open", refuse)
    kept("t", {}, maker)
    assert len(maker.calls) == 1
