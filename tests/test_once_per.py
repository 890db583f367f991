"""The real command and `make_report`, with a report that costs nothing in place of the real one's content."""

import re

import pytest
from scheduled import build
from test_cli import run

from cadre_research.errors import NotebookError, UnknownNameError
from cadre_research.reporting import report
from cadre_research.reporting.outputs_folder import versions
from cadre_research.reporting.provenance import verify_manifest
from cadre_research.reporting.publish import publish
from cadre_research.reporting.regeneration import regenerate
from cadre_research.reporting.run_log import read_log
from cadre_research.reporting.schedule import NothingDue
from cadre_research.reporting.unchanged import made_from


@pytest.fixture
def cheap(monkeypatch):
    """Put a cheap report in place where the real one would be, under the lock and with all that goes with it."""

    def publish_cheaply(outputs, costly, verify, **options):
        return publish(outputs, build, verify_manifest, **options)

    monkeypatch.setattr(report, "publish", publish_cheaply)


def test_the_command_makes_a_report_once_a_period_and_says_so(cheap, tmp_path):
    asked = ("report", "--output", str(tmp_path), "--once-per", "month")
    code, text = run(*asked)
    assert code == 0
    assert "Report: " in text
    code, text = run(*asked)
    assert code == 0
    (version,) = versions(tmp_path)
    assert re.fullmatch(
        rf"The report of \d{{4}}-\d\d is there already: version {version.name}, .* UTC\. Nothing to do\.\n", text
    )
    # Another question is another report, and without a period it is always made.
    assert "Report: " in run(*asked, "--language", "zh")[1]
    assert "Report: " in run("report", "--output", str(tmp_path))[1]
    assert len(versions(tmp_path)) == 3
    assert [run.outcome for run in read_log(tmp_path).runs] == ["published"] * 3
    assert run("report", "--once-per", "fortnight")[0] == 2


def test_scenarios_are_the_same_question_in_any_order(cheap, tmp_path):
    regenerate(["rate-08", "rate-04"], outputs=tmp_path, once_per="week")
    with pytest.raises(NothingDue):
        regenerate(("rate-04", "rate-08"), outputs=tmp_path, once_per="week")
    regenerate(["rate-04"], outputs=tmp_path, once_per="week")
    assert len(versions(tmp_path)) == 2


def test_what_is_refused_before_anything_runs_is_recorded_too(tmp_path):
    with pytest.raises(UnknownNameError):
        regenerate(["no-such"], outputs=tmp_path, once_per="day")
    (failed,) = read_log(tmp_path).runs
    assert (failed.outcome, failed.exit_code, failed.day) == ("failed", 2, None)
    assert run("status", "--output", str(tmp_path))[0] == 22


def test_a_notebook_that_fails_is_recorded_and_the_period_stays_due(cheap, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise NotebookError("05-what-it-would-take: the kernel died in code cell 2.")

    with monkeypatch.context() as patch:
        patch.setattr(report, "publish", fail)
        assert run("report", "--output", str(tmp_path), "--once-per", "month")[0] == 4
    assert read_log(tmp_path).runs[-1].notebook == "05-what-it-would-take"
    assert run("report", "--output", str(tmp_path), "--once-per", "month")[0] == 0


def test_a_report_that_fails_again_and_again_is_not_tried_at_every_call_until_code_or_data_change(
    cheap, tmp_path, monkeypatch
):
    begun = []

    def fail(outputs, costly, verify, within, **_):
        with within:
            begun.append(1)
            raise NotebookError("05-what-it-would-take: the kernel died in code cell 2.")

    asked = ("report", "--output", str(tmp_path), "--once-per", "month")
    with monkeypatch.context() as patch:
        patch.setattr(report, "publish", fail)
        assert [run(*asked)[0] for _ in range(5)] == [4] * 5
        assert len(begun) == 3
        assert "failed 3 times from the same data, notebooks and code" in " ".join(run(*asked)[1].split())
        # Another question is not held back.
        assert run(*asked, "--draws", "7")[0] == 4
        assert len(begun) == 4
    monkeypatch.setattr("cadre_research.reporting.regeneration.made_from", lambda asked: "other code")
    assert run(*asked)[0] == 0


def test_what_a_report_would_follow_from_is_named_by_data_and_by_what_is_asked(tmp_path, monkeypatch):
    (tmp_path / "data" / "facts").mkdir(parents=True)
    monkeypatch.setenv("CADRE_RESEARCH_ROOT", str(tmp_path))
    first = made_from({"draws": 2})
    assert made_from({"draws": 2}) == first != made_from({"draws": 3})
    (tmp_path / "data" / "facts" / "a.toml").write_text("a = 1", encoding="utf-8")
    assert made_from({"draws": 2}) != first
