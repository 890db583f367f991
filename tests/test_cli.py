"""The command line: answers, exit codes and messages. Each command runs as a user runs it."""

import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cadre_research import cli, errors
from cadre_research.reporting import report


def run(*arguments, **settings):
    """Run the command line in this process, with the exit code that `main` gives."""
    result = CliRunner().invoke(cli.app, arguments, env={"COLUMNS": "120"}, **settings)
    if isinstance(result.exception, errors.CadreResearchError):
        return result.exception.exit_code, str(result.exception)
    return result.exit_code, result.output


def test_a_forecast_shows_every_target_with_share_mark_and_price():
    code, text = run("forecast", "rate-12", "--horizon", "10")
    assert code == 0
    for name in ("County level, all", "Section chiefs", "County level, principals *", "Section level, all *"):
        assert name in text
    assert re.search(r"Section level, all \*.*✓.*\+2\.4", text)
    assert re.search(r"Releases: [1-9]", text)


def test_a_forecast_takes_a_rate_for_one_rank_and_leaves_the_others_on_vacancies():
    _, plain = run("forecast", "status-quo", "--horizon", "5")
    code, text = run("forecast", "status-quo", "--horizon", "5", "--promotion-rate", "county-deputy=0.12")
    assert code == 0
    chiefs = [re.search(r"Section deputies.*", shown)[0].split()[3] for shown in (plain, text)]
    deputies = [re.search(r"County level, deputies.*", shown)[0].split() for shown in (plain, text)]
    assert chiefs[0] == chiefs[1]
    assert deputies[0] != deputies[1]


def test_a_forecast_in_chinese_has_no_english_target():
    code, text = run("forecast", "status-quo", "--language", "zh")
    assert code == 0
    assert "县处级（全部）" in text
    assert "County" not in text


@pytest.mark.parametrize("topic", ["scenarios", "targets", "assumptions", "ranks"])
def test_each_topic_is_listed(topic, study):
    ids = {
        "scenarios": list(study.scenarios),
        "targets": list(study.evidence.targets.ids),
        "assumptions": list(study.evidence.assumptions),
        "ranks": list(study.evidence.ladder.rank_ids),
    }
    code, text = run("list", topic)
    assert code == 0
    assert all(name in text for name in ids[topic])


def test_the_shipped_data_is_in_order():
    code, text = run("check")
    assert code == 0
    assert "6 targets" in text
    assert "12 scenarios" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("forecast", "statusquo"), "Did you mean status-quo?"),
        (("forecast", "../../x"), "'../../x' is not known"),
        (("forecast", "status-quo", "--horizon", "0"), "given 0, expected a whole number"),
        (("forecast", "status-quo", "--horizon", "7.5"), "valid integer"),
        (("forecast", "status-quo", "--promotion-rate", "nan"), "given nan"),
        (("forecast", "status-quo", "--promotion-rate", "inf"), "given inf"),
        (("forecast", "status-quo", "--promotion-rate", "-0.1"), "given -0.1"),
        (("forecast", "status-quo", "--promotion-rate", "1.5"), "given 1.5"),
        (("forecast", "status-quo", "--promotion-rate", "0,1"), "given '0,1'"),
        (("forecast", "status-quo", "--promotion-rate", "0.1", "--promotion-rate", "staff=0.1"), "expected one number"),
        (("forecast", "status-quo", "--promotion-rate", "county=0.1"), "Did you mean county-deputy?"),
        (("forecast", "status-quo", "--young-share", "1.5"), "given 1.5"),
        (("forecast", "status-quo", "--agelines", "strict"), "No such option"),
        (("report", "--scenario", "nope"), "scenario 'nope' is not known"),
        (("list", "scenery"), "scenery"),
        (("check", "no-such-folder"), "cannot be read"),
    ],
)
def test_bad_input_ends_with_code_2_and_says_what_was_given(arguments, said):
    code, text = run(*arguments)
    assert code == 2
    assert said in text


def test_a_failed_run_has_a_code_of_its_own(monkeypatch):
    def fail(*arguments):
        raise errors.NotebookError("notebook 02, cell 4: ValueError")

    monkeypatch.setattr(report, "make_report", fail)
    assert run("report") == (4, "notebook 02, cell 4: ValueError")


def test_an_error_is_a_message_and_no_traceback():
    done = subprocess.run(
        [sys.executable, "-m", "cadre_research", "forecast", "statusquo"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: scenario 'statusquo' is not known. Did you mean status-quo?")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_help_names_every_command_and_the_exit_codes():
    code, text = run("--help")
    assert code == 0
    for word in ("report", "forecast", "list", "check", "Exit codes"):
        assert word in text
