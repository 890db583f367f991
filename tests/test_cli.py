"""The command line: answers, exit codes and messages. Each command runs as a user runs it."""

import re
import subprocess
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

from cadre_research import cli, errors
from cadre_research.cli_options import LEVER_NAMES
from cadre_research.findings.levers import LEVERS
from cadre_research.reporting import kept, report


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


@pytest.mark.slow
def test_a_forecast_says_how_sure_it_is(monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "outputs_dir", lambda: tmp_path / "outputs")
    code, text = run("forecast", "rate-12", "--horizon", "1", "--replicates", "2", "--draws", "6")
    assert code == 0
    assert re.search(r"County level, all +\d+\.\d–\d+\.\d.%", text)
    assert "2 times each with chance" in text


@pytest.fixture
def own_outputs(monkeypatch, tmp_path):
    """What is kept is kept elsewhere, so that it is found anew."""
    monkeypatch.setattr(kept, "outputs_dir", lambda: tmp_path / "outputs")


def test_required_values_are_shown_for_each_lever_asked_for(own_outputs):
    code, text = run("require", "--lever", "young-share", "--lever", "promotion-rate:county-deputy", "--horizon", "5")
    assert code == 0
    assert "Young among the promoted, at least (%)" in text
    assert "Promotions per 100 posts a year (County level, deputies)" in text
    assert text.count("Section deputies") == 2
    assert re.search(r"Section chiefs +89\.7", text)
    assert re.search(r"Section deputies +none up to 100: 12\.7", text)
    assert "10 years" not in text
    assert "90 %" not in text


def test_levers_are_known_by_name_before_anything_is_imported():
    assert tuple(LEVERS) == LEVER_NAMES


def test_a_lever_without_effect_in_a_scenario_is_left_out_unless_asked_for(own_outputs):
    code, text = run("require", "rate-12", "--horizon", "1")
    assert code == 0
    assert "Promotions per 100 posts a year" in text
    assert "Young among the promoted" in text
    assert "Posts freed per 100 a year" not in text


def test_required_values_come_with_those_that_are_sure(own_outputs):
    few = ("--horizon", "5", "--surely", "--draws", "6", "--replicates", "2")
    code, text = run("require", "--lever", "promotion-rate", *few, "--language", "zh")
    assert code == 0
    assert re.search(r"\d+\.\d（90%把握：(\d+|无)）", text)
    assert "每组随机模拟2次" in text
    assert "County" not in text


def test_what_is_attainable_is_said_in_words_with_its_reasons_and_a_plan(own_outputs, tmp_path):
    plan = tmp_path / "plan.csv"
    code, text = run("attain", "--horizon", "1", "--releases", "10", "--why", "--plan", str(plan))
    assert code == 0
    assert re.search(r"County level, deputies +\d\d\.\d.% possible", text)
    assert re.search(r"Section deputies +14\.1.% impossible", text)
    assert "Section deputies, 10 freed: rules that bind" in text
    assert "County level, deputies, 10 freed: rules that bind" not in text
    assert re.search(r"Age line of the young \(Section deputies\) +30 → 31 +\+\d", text)
    assert re.search(r"Age line of the young \(Section deputies\) +30 → 3\d +alone", text)
    assert "At least 3 eligible" in text
    decisions = pd.read_csv(plan)
    assert set(decisions["year"]) == {2018}
    assert decisions.loc[decisions["kind"] == "release", "persons"].sum() > 1


def test_what_is_attainable_follows_the_questions_asked(own_outputs):
    code, plain = run("attain", "status-quo", "--horizon", "2")
    assert code == 0
    code, other = run(
        *("attain", "status-quo", "--horizon", "2", "--hold", "--any-candidates", "--population", "posts"),
        *("--age-line", "strict", "--language", "zh"),
    )
    assert code == 0
    assert re.search(r"All at once +13\.5.% impossible", plain)
    said = other.replace("\n", "")
    assert all(part in said for part in ("占比须再保持五年", "不限候选人数", "担任领导职务者", "不含本数"))
    assert "County" not in said
    assert re.search(r"全部同时 +\d+\.\d% 不可行", other)
    assert not re.search(r"全部同时 +13\.5%", other)


@pytest.mark.parametrize("topic", ["scenarios", "measures", "targets", "assumptions", "ranks"])
def test_each_topic_is_listed(topic, study):
    ids = {
        "scenarios": list(study.scenarios),
        "measures": list(study.measures),
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
    assert "13 scenarios" in text


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
        (("require", "statusquo"), "Did you mean status-quo?"),
        (("require", "--lever", "promotion"), "Did you mean promotion-rate?"),
        (("require", "--lever", "promotion-rate:county"), "Did you mean county-deputy?"),
        (("require", "--lever", "young-share:county-deputy"), "is not known"),
        (("require", "rate-12", "--lever", "release-rate"), "expected a rank that fills vacancies"),
        (("require", "--horizon", "5", "--horizon", "31"), "given 31, expected a whole number"),
        (("require", "--surely", "--draws", "1"), "--draws"),
        (("attain", "statusquo"), "Did you mean status-quo?"),
        (("attain", "--horizon", "0"), "given 0, expected a whole number"),
        (("attain", "--releases", "101"), "--releases"),
        (("attain", "--releases", "nan"), "--releases"),
        (("attain", "--population", "post"), "--population"),
        (("attain", "--plan", "no-such-folder/plan.csv"), "in a folder that exists"),
        (("attain", "--plan", "plan.txt"), "ending in .csv"),
        (("report", "--scenario", "nope"), "scenario 'nope' is not known"),
        (("list", "scenery"), "scenery"),
        (("check", "no-such-folder"), "cannot be read"),
    ],
)
def test_bad_input_ends_with_code_2_and_says_what_was_given(arguments, said, tmp_path):
    # What is known of runs is kept where the report goes.
    code, text = run(*arguments, *(("--output", str(tmp_path)) if arguments[0] == "report" else ()))
    assert code == 2
    assert said in text


def test_a_failed_run_has_a_code_of_its_own(monkeypatch, tmp_path):
    def fail(*arguments, **named):
        raise errors.NotebookError("notebook 02, cell 4: ValueError")

    monkeypatch.setattr(report, "make_report", fail)
    assert run("report", "--output", str(tmp_path)) == (4, "notebook 02, cell 4: ValueError")


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
    for word in ("report", "forecast", "require", "attain", "list", "check", "Exit codes"):
        assert word in text
