"""What is kept of notebook runs, when it still holds, and what a report says it would run."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from test_cli import run as command

from cadre_research.paths import data_dir, notebooks_dir
from cadre_research.reporting import dry_run as dry
from cadre_research.reporting import kept_runs, regeneration
from cadre_research.reporting.execution import NotebookRun, completion_line
from cadre_research.reporting.kept_runs import KeptRuns, inputs_of, why_run
from cadre_research.reporting.provenance import describe, manifest_if_any, verify_manifest, write_manifest
from cadre_research.reporting.publish import publish
from cadre_research.reporting.unchanged import asked_for, unchanged_report

FORECAST = NotebookRun("03-age-structure-forecast", "forecast-rate-08-5", {"scenario": "rate-08", "horizon_years": 5})
MATRIX = NotebookRun("04-target-reachability", "target-reachability", {"language": "en"})


@pytest.fixture(scope="module")
def description():
    return describe({})


@pytest.fixture
def kept(tmp_path, description):
    return KeptRuns(tmp_path / "cache", description)


def executed(folder, run, *, completes=True):
    """A notebook as if it had run, and its page."""
    text = completion_line(run.notebook) if completes else "half way"
    cell = new_code_cell("print()", execution_count=1, outputs=[new_output("stream", text=f"{text}\n")])
    nbformat.write(new_notebook(cells=[cell]), folder / "made.ipynb")
    (folder / "made.html").write_text("page", encoding="utf-8")
    return folder / "made.ipynb", folder / "made.html"


def changed(description, name):
    return {**description, "inputs": {**description["inputs"], name: "0" * 64}}


def test_a_run_is_found_again_as_it_was(kept, tmp_path):
    assert not kept.has(FORECAST)
    assert not kept.take(FORECAST, tmp_path / "a.ipynb", tmp_path / "a.html")
    notebook, page = executed(tmp_path, FORECAST)
    kept.keep(FORECAST, notebook, page)
    assert kept.has(FORECAST)
    assert kept.take(FORECAST, tmp_path / "a.ipynb", tmp_path / "a.html")
    assert (tmp_path / "a.ipynb").read_bytes() == notebook.read_bytes()
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == "page"
    assert not kept.has(MATRIX)


@pytest.mark.parametrize(
    ("name", "forecast", "matrix"),
    [
        ("data/facts/targets.toml", True, True),
        ("data/scenarios/rate-08.toml", True, True),
        ("data/scenarios/status-quo.toml", True, True),
        ("data/scenarios/rate-04.toml", False, True),
        ("data/scenarios/a-new-one.toml", False, True),
        ("data/scenarios/measures/transfers.toml", False, True),
        ("data/facts/units.toml", True, True),
        ("notebooks/03-age-structure-forecast.ipynb", True, False),
        ("notebooks/04-target-reachability.ipynb", False, True),
        ("src/cadre_research/model/year.py", True, True),
        ("requirements.lock", True, True),
    ],
)
def test_what_a_run_follows_from_makes_it_run_again_and_nothing_else(kept, description, name, forecast, matrix):
    other = KeptRuns(kept.cache, changed(description, name))
    for run, follows in ((FORECAST, forecast), (MATRIX, matrix)):
        assert (other.key(run) != kept.key(run)) is follows
        assert why_run(run, description, other.description) == ([name] if follows else [])


def test_a_changed_measure_makes_the_page_of_measures_run_again(kept, description):
    run = NotebookRun("09-levers", "levers", {"draws": 100, "language": "en"})
    other = KeptRuns(kept.cache, changed(description, "data/scenarios/measures/transfers.toml"))
    assert "data/scenarios/measures/transfers.toml" in description["inputs"]
    assert other.key(run) != kept.key(run)


@pytest.mark.parametrize("name", ["python", "libraries", "package"])
def test_other_versions_make_every_run_again(kept, description, name):
    other = KeptRuns(kept.cache, {**description, name: "another"})
    assert other.key(FORECAST) != kept.key(FORECAST)
    assert why_run(FORECAST, description, other.description) == [name]


def test_other_parameters_or_another_page_are_another_run(kept):
    for other in (
        NotebookRun(FORECAST.notebook, FORECAST.page, {**FORECAST.parameters, "horizon_years": 10}),
        NotebookRun(FORECAST.notebook, "another-page", FORECAST.parameters),
    ):
        assert kept.key(other) != kept.key(FORECAST)


def test_every_shipped_notebook_and_scenario_is_among_the_inputs(description):
    inputs = description["inputs"]
    assert {f"notebooks/{path.name}" for path in notebooks_dir().glob("*.ipynb")} <= set(inputs)
    assert {f"data/scenarios/{path.name}" for path in (data_dir() / "scenarios").glob("*.toml")} <= set(inputs)
    assert len(inputs_of(MATRIX, inputs)) > len(inputs_of(FORECAST, inputs))


def test_what_is_not_whole_is_not_taken(kept, tmp_path):
    kept.keep(FORECAST, *executed(tmp_path, FORECAST, completes=False))
    assert not kept.take(FORECAST, tmp_path / "a.ipynb", tmp_path / "a.html")
    kept.keep(FORECAST, *executed(tmp_path, FORECAST))
    (place,) = (kept.cache / "runs").iterdir()
    (place / "notebook.ipynb").write_text('{"cells": [', encoding="utf-8")
    assert not kept.take(FORECAST, tmp_path / "a.ipynb", tmp_path / "a.html")


def test_where_nothing_can_be_written_nothing_is_kept(kept, tmp_path):
    kept.cache.write_text("a file where the folder would be", encoding="utf-8")
    kept.keep(FORECAST, *executed(tmp_path, FORECAST))
    kept.prune()
    assert not kept.has(FORECAST)


def test_those_not_used_for_longest_go(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(kept_runs, "KEEP", 2)
    files = executed(tmp_path, FORECAST)
    runs = [NotebookRun(FORECAST.notebook, f"page-{number}", FORECAST.parameters) for number in range(4)]
    for age, run in enumerate(reversed(runs)):
        kept.keep(run, *files)
        place = kept.cache / "runs" / kept.key(run)
        kept_runs.os.utime(place, (1e9 + age, 1e9 + age))
    (kept.cache / "runs" / ".left").mkdir()
    kept.take(runs[3], tmp_path / "a.ipynb", tmp_path / "a.html")
    kept.prune()
    assert [kept.has(run) for run in runs] == [True, False, False, True]
    assert not (kept.cache / "runs" / ".left").exists()


# --- whether the whole report would be the same


def report(outputs, asked):
    def build(folder):
        (folder / "index.html").write_text("up", encoding="utf-8")
        write_manifest(folder, describe({}, asked=asked))

    return publish(outputs, build, verify_manifest)


def test_a_report_that_would_be_the_same_is_known_and_a_damaged_or_other_one_is_not(tmp_path):
    asked = asked_for(None, "en", 100, 5, 2017)
    assert unchanged_report(tmp_path, asked) is None
    version = report(tmp_path, asked)
    assert unchanged_report(tmp_path, asked) == version
    for other in (asked_for(["rate-08"], "en", 100, 5, 2017), asked_for(None, "zh", 100, 5, 2017)):
        assert unchanged_report(tmp_path, other) is None
    (version / "index.html").write_text("damaged", encoding="utf-8")
    assert unchanged_report(tmp_path, asked) is None
    (version / "manifest.json").write_text("[]", encoding="utf-8")
    assert manifest_if_any(version) is None
    assert unchanged_report(tmp_path, asked) is None


def test_an_unchanged_report_is_left_as_it_is_unless_it_is_forced(tmp_path, monkeypatch):
    from cadre_research.reporting import report as reports

    made = []

    def make(scenarios, language, outputs, **options):
        made.append(options["force"])
        report(outputs, asked_for(scenarios, language, 100, 5, 2017))
        return outputs / "latest"

    monkeypatch.setattr(reports, "make_report", make)
    assert regeneration.regenerate(outputs=tmp_path).made
    assert not regeneration.regenerate(outputs=tmp_path).made
    assert regeneration.regenerate(outputs=tmp_path, force=True).made
    assert made == [False, True]
    code, text = command("report", "--output", str(tmp_path))
    assert code == 0
    assert "unchanged" in text


def test_a_dry_run_says_what_would_run_and_why_and_writes_nothing(tmp_path, monkeypatch):
    into = ("--output", str(tmp_path))
    code, text = command("report", "--dry-run", "--only", "rate-08", *into)
    assert code == 0
    assert "forecast-rate-08-5" in text
    assert "26 of 26 notebooks would run." in text
    assert "13 of 13 " in command("report", "--dry-run", "--only", "rate-08", "--language", "zh", *into)[1]
    assert list(tmp_path.iterdir()) == []
    asked = asked_for(["rate-08"], "both", 100, 5, 2017)
    report(tmp_path, asked)
    assert "is the same and whole" in command("report", "--dry-run", "--only", "rate-08", "--output", str(tmp_path))[1]
    assert "--force" in command("report", "--dry-run", "--force", "--output", str(tmp_path))[1]
    now = describe({}, asked=asked)
    monkeypatch.setattr(dry, "describe", lambda *_, **__: changed(now, "data/facts/targets.toml"))
    text = command("report", "--dry-run", "--only", "rate-08", "--output", str(tmp_path))[1]
    assert "changed: data/facts/targets.toml" in " ".join(text.split())
    assert command("report", "--dry-run", "--register", "r.csv", "--as-of", "2017-12-31")[0] == 2
    assert command("report", "--dry-run", "--only", "rate-8")[0] == 2
