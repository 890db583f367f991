"""What an operator and a monitor are told: the answer, its exit code and the file for Prometheus."""

import os
import re
import sys
from datetime import timedelta

import pytest
from scheduled import FIRST, make
from test_cli import run
from test_run_log import raising
from test_schedule import at_work

from cadre_research import errors
from cadre_research.errors import BusyError, NotebookError, ParameterError, PublicationError
from cadre_research.reporting.outputs_folder import latest_report
from cadre_research.reporting.prometheus import exposition, write_exposition
from cadre_research.reporting.status import CODES, look, status_lines

DAY = timedelta(days=1)
NOTEBOOK = NotebookError("05-what-it-would-take (draws=3): the kernel died in code cell 2.")


def fail(outputs, at=FIRST, fault=NOTEBOOK):
    with pytest.raises(type(fault)):
        make(outputs, None, at, raising(fault))


def told(outputs, at=FIRST + DAY, **options):
    status = look(outputs, at=at, **options)
    return status.code, "\n".join(status_lines(status))


# --- a strict reader of the text format: every line is one of these, in this order for each name

METRIC = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
HELP = re.compile(rf"# HELP ({METRIC}) ([^\\\n]|\\\\|\\n)+")
TYPE = re.compile(rf"# TYPE ({METRIC}) (counter|gauge|histogram|summary|untyped)")
SAMPLE = re.compile(rf"({METRIC}) ([+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf|NaN))")


def parsed(text):
    assert text.endswith("\n")
    values, described = {}, []
    lines = iter(text.removesuffix("\n").split("\n"))
    for line in lines:
        if match := HELP.fullmatch(line):
            name = match[1]
            assert name not in described, "described twice"
            described.append(name)
            assert TYPE.fullmatch(next(lines))[1] == name
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1] == described[-1], "a value belongs under its own description"
            assert sample[1] not in values
            values[sample[1].removeprefix("cadre_research_report_")] = float(sample[2])
    return values


def measured(outputs, at=FIRST + DAY, **options):
    return parsed(exposition(look(outputs, at=at, **options)))


def test_nothing_published(tmp_path):
    code, text = told(tmp_path)
    assert code == 22
    assert text.startswith("Nothing published (exit code 22).\n")
    assert "Next:         run `cadre-research report`." in text
    assert measured(tmp_path) == {"status": 22, "running": 0, "whole": 0, "checked_timestamp_seconds": 1795748400}
    fail(tmp_path)
    assert told(tmp_path)[0] == 22
    assert "see to what failed, then run" in told(tmp_path)[1]


def test_in_order_after_a_success(tmp_path):
    version = make(tmp_path, "month").name
    code, text = told(tmp_path, at=FIRST + 1.5 * DAY, max_age_days=2)
    assert code == 0
    assert text == "\n".join(
        [
            "In order (exit code 0).",
            f"Shown:        version {version}, which is whole",
            f"Last success: 2026-11-26 03:00 UTC (1.5 days ago, 2 allowed), version {version} published",
            "Failed since: nothing",
            "Now at work:  no run",
            "Next:         nothing.",
        ]
    )
    assert measured(tmp_path) == {
        "status": 0,
        "last_success_timestamp_seconds": FIRST.timestamp(),
        "age_seconds": 86400,
        "last_run_timestamp_seconds": FIRST.timestamp(),
        "last_run_success": 1,
        "last_run_exit_code": 0,
        "running": 0,
        "whole": 1,
        "checked_timestamp_seconds": (FIRST + DAY).timestamp(),
    }


def test_a_report_is_stale_beyond_the_age_allowed_and_not_before(tmp_path):
    make(tmp_path)
    assert told(tmp_path, at=FIRST + 3 * DAY, max_age_days=3)[0] == 0
    code, text = told(tmp_path, at=FIRST + 3.01 * DAY, max_age_days=3)
    assert code == 21
    assert "Next:         run `cadre-research report`, and see to the timer that should have." in text
    assert told(tmp_path, at=FIRST + 3.01 * DAY)[0] == 0
    fail(tmp_path, FIRST + 3 * DAY)
    assert told(tmp_path, at=FIRST + 3.01 * DAY, max_age_days=3)[0] == 21
    with pytest.raises(ParameterError, match="--max-age-days: given 0, expected a number of days above 0"):
        look(tmp_path, max_age_days=0)
    with pytest.raises(ParameterError, match="given nan"):
        look(tmp_path, max_age_days=float("nan"))


def test_a_report_made_by_a_clock_that_was_ahead_is_not_taken_for_fresh(tmp_path):
    make(tmp_path, at=FIRST + 100 * DAY)
    code, text = told(tmp_path, max_age_days=3)
    assert code == 21
    assert "by a clock that was ahead of this one" in text
    assert measured(tmp_path)["age_seconds"] == -99 * 86400


def test_a_report_older_than_the_log_has_the_age_of_its_version(tmp_path):
    version = make(tmp_path)
    (tmp_path / "runs.json").unlink()
    old = version.rename(version.with_name("20261120T030000Z-00000000"))
    (tmp_path / "latest").unlink()
    (tmp_path / "latest").symlink_to(f"versions/{old.name}")
    code, text = told(tmp_path, max_age_days=8)
    assert code == 0
    assert "2026-11-20 03:00 UTC (7.0 days ago, 8 allowed), before runs were recorded" in text
    assert told(tmp_path, max_age_days=6)[0] == 21


def test_a_notebook_that_failed_is_named(tmp_path):
    make(tmp_path)
    fail(tmp_path, FIRST + DAY / 2)
    code, text = told(tmp_path)
    assert code == 20
    assert text.startswith("Failed (exit code 20).")
    assert (
        "Failed since: 2026-11-26 15:00 UTC (exit code 4), 05-what-it-would-take: "
        "NotebookError: the kernel died in code cell 2.\n"
    ) in text
    assert "see to what failed (the notebook as far as it ran is in failed/), then run" in text
    values = measured(tmp_path)
    assert (values["status"], values["last_run_success"], values["last_run_exit_code"]) == (20, 0, 4)
    assert values["last_success_timestamp_seconds"] == FIRST.timestamp()
    make(tmp_path, "month", FIRST + 10 * DAY)
    assert told(tmp_path, FIRST + 10 * DAY)[0] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal there")
def test_a_run_at_work_and_the_same_one_killed(tmp_path):
    make(tmp_path)
    with at_work(tmp_path, None) as other:
        try:
            code, text = told(tmp_path)
            assert code == 0
            assert f"Now at work:  process {other.pid} since 2026-11-26 03:00 UTC" in text
            assert "Next:         wait for the run at work." in text
            assert measured(tmp_path)["running"] == 1
            with pytest.raises(BusyError):
                make(tmp_path, at=FIRST + DAY / 2)
            code, text = told(tmp_path)
            assert code == 0
            assert "Refused:      2026-11-26 15:00 UTC, because another run was at work" in text
        finally:
            other.kill()
    code, text = told(tmp_path)
    assert code == 20
    assert "Failed since: the run begun 2026-11-26 03:00 UTC was killed or the machine went down" in text
    values = measured(tmp_path)
    assert (values["running"], values["last_run_success"]) == (0, 0)
    assert "last_run_exit_code" not in values


def test_a_damaged_version(tmp_path):
    version = make(tmp_path)
    (version / "index.html").write_text("other", encoding="utf-8")
    (version / "extra").touch()
    code, text = told(tmp_path, max_age_days=0.1)
    assert code == 23
    assert f"version {version.name}, which is not whole: extra: not in the manifest and 1 more" in text
    assert "it is put in place of the damaged one" in text
    assert measured(tmp_path)["whole"] == 0
    (version / "manifest.json").unlink()
    assert "manifest.json: missing" in told(tmp_path)[1]
    assert str(tmp_path) not in told(tmp_path)[1]


def test_a_link_to_nothing_is_nothing_published(tmp_path):
    version = make(tmp_path)
    version.rename(tmp_path / "elsewhere")
    assert told(tmp_path)[0] == 22


def test_the_codes_are_nobody_else_s():
    theirs = {1, *(getattr(errors, name).exit_code for name in errors.__all__ if name[0].isupper())}
    assert not theirs & set(CODES.values())
    # Nor those of a shell (126 and above), nor those that publication failures may come to have.
    assert set(CODES.values()) - {0} <= set(range(20, 30))


def test_looking_changes_nothing(tmp_path):
    make(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    told(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


# --- the command


def test_the_command_gives_the_code_and_says_why(tmp_path):
    assert run("status", "--output", str(tmp_path))[0] == 22
    make(tmp_path)
    code, text = run("status", "--output", str(tmp_path))
    assert (code, text.splitlines()[0]) == (0, "In order (exit code 0).")
    fail(tmp_path)
    assert run("status", "--output", str(tmp_path))[0] == 20
    assert run("status", "--output", str(tmp_path), "--max-age-days", "0.0001")[0] == 21
    (latest_report(tmp_path) / "index.html").unlink()
    assert run("status", "--output", str(tmp_path))[0] == 23
    assert run("status", "--output", str(tmp_path), "--max-age-days", "-1")[0] == ParameterError.exit_code
    (tmp_path / "runs.json").write_text("x", encoding="utf-8")
    assert run("status", "--output", str(tmp_path))[0] == PublicationError.exit_code


def test_every_code_stands_in_the_help():
    text = run("status", "--help")[1]
    for word, code in CODES.items():
        assert re.search(rf"\b{code} .*{word.split()[-1]}", text) or word in ("stale", "damaged"), word
    assert "21 no run ended well" in text
    assert "23 the report that is up is damaged" in text


def test_the_file_for_prometheus_is_replaced_in_one_rename(tmp_path, monkeypatch):
    make(tmp_path / "outputs")
    file = tmp_path / "report.prom"
    file.write_text("old", encoding="utf-8")
    code, _ = run("status", "--output", str(tmp_path / "outputs"), "--prometheus", str(file))
    assert code == 0
    assert parsed(file.read_text(encoding="utf-8"))["status"] == 0
    # The exporter runs as another user.
    mask = os.umask(0)
    os.umask(mask)
    assert file.stat().st_mode & 0o777 == 0o666 & ~mask
    before = file.read_bytes()

    def busy(*_):
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(os, "replace", busy)
    with pytest.raises(ParameterError, match=r"--prometheus: given .*report\.prom.* can be written \(Device"):
        write_exposition(look(tmp_path / "outputs"), file)
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outputs", "report.prom"]


def test_a_file_for_prometheus_in_no_folder_is_refused(tmp_path):
    code, text = run("status", "--output", str(tmp_path), "--prometheus", str(tmp_path / "none" / "x.prom"))
    assert (code, "No such file" in text) == (2, True)


def test_the_reader_of_the_test_would_notice():
    good = "# HELP a_b Text.\n# TYPE a_b gauge\na_b 1.0\n"
    assert parsed(good) == {"a_b": 1.0}
    for bad in (good[:-1], good + good, "a_b 1\n" + good, good.replace("gauge", "gouge"), good.replace("1.0", "one")):
        with pytest.raises((AssertionError, TypeError, IndexError)):
            parsed(bad)
