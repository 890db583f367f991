"""The ten mistakes that somebody new is most likely to make: each is told what to do about it."""

import os
import shutil
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cadre_research import cli, paths
from cadre_research.errors import CadreResearchError, ParameterError
from cadre_research.reporting.parameters import ForecastParameters, validate

ROOT = paths.project_root()
NOTEBOOK = "03-age-structure-forecast"


def command(*arguments):
    """What the command line says, on one line; it must end with code 2."""
    result = CliRunner().invoke(cli.app, arguments, env={"COLUMNS": "400", "TERM": "dumb"})
    if isinstance(result.exception, CadreResearchError):
        assert result.exception.exit_code == 2
        return str(result.exception)
    assert result.exit_code == 2, result.output
    return " ".join(result.output.split())


def parameter(**given):
    with pytest.raises(ParameterError) as error:
        validate(NOTEBOOK, given)
    return str(error.value)


def scenario_file(folder, old, new, name="rate-08"):
    """What `check` says of the project's data with one scenario spoiled."""
    for part in ("facts", "scenarios"):
        shutil.copytree(ROOT / "data" / part, folder / "data" / part)
    path = folder / "data" / "scenarios" / "rate-08.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.unlink()
    path.with_name(f"{name}.toml").write_text(text.replace(old, new), encoding="utf-8")
    return command("check", str(folder / "data"))


def plain_python(code):
    """A Python without the project's libraries: isolated, with the package's folder alone."""
    alone = "[path for path in sys.path if 'site-packages' not in path]"
    start = f"import sys; sys.path[:] = [{str(ROOT / 'src')!r}, *{alone}]"
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"{start}; {code}"],
        capture_output=True,
        text=True,
        env={**os.environ},
    )
    assert "Traceback" not in ran.stderr
    assert ran.returncode == 2
    return ran.stderr


def wrong_scenario(folder):
    yield command("forecast", "one-thrid-rule"), "Did you mean one-third-rule?"
    yield command("report", "--only", "rate-8"), "Did you mean rate-08?"


def percentage_for_a_rate(folder):
    yield command("forecast", "status-quo", "--promotion-rate", "12"), "12 of 100 is written 0.12."
    yield parameter(promotion_rate_per_year=12), "expected a decimal number from 0 to 1, such as 0.08, or None."
    yield parameter(young_share_of_promotions=50.0), "50 of 100 is written 0.5."
    yield scenario_file(folder, "0.08", "12"), "12 of 100 is written 0.12."


def year_for_a_horizon(folder):
    yield command("forecast", "status-quo", "--horizon", "2027"), "expected a whole number of years from 1 to 30"
    yield parameter(horizon_years=2027), "a number of years ahead, not the year at the end: 10, to see 2027 from 2017."


def misspelt_parameter(folder):
    yield parameter(horizon_year=5), "Did you mean horizon_years?"
    yield parameter(young_share=0.5), "Did you mean young_share_of_promotions?"


def other_language(folder):
    yield parameter(language="cn"), "language: given 'cn', expected 'en' or 'zh'."
    yield command("forecast", "status-quo", "--language", "cn"), "'cn' is not one of 'en', 'zh'"


def another_folder(folder):
    """Papermill may be called from anywhere: what a notebook reads is found from the package."""
    given = "scenario, horizon_years, promotion_rate_per_year, young_share_of_promotions = 'statusquo', 5, None, None"
    lines = [
        f"{given}; draws, replicates, age_line, language = 100, 5, 'inclusive', 'en'",
        "from cadre_research.reporting.parameters import ForecastParameters",
        "parameters = ForecastParameters.from_notebook(globals())",
        "from cadre_research.findings.study import Study",
        "from cadre_research.paths import study_path",
        "Study.read(study_path()).scenario(parameters.scenario)",
    ]
    ran = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=folder, capture_output=True, text=True)
    yield ran.stderr, "Did you mean status-quo?"


def id_unlike_its_name(folder):
    yield (
        scenario_file(folder, 'id = "rate-08"', 'id = "my-plan"'),
        "given 'my-plan', expected 'rate-08', the name of the",
    )


def percent_sign(folder):
    said = scenario_file(folder, "rate_per_year = 0.08", "rate_per_year = 8%")
    yield said, "A percentage is written as a decimal: 0.08 for 8 %."
    lines = (ROOT / "data" / "scenarios" / "rate-08.toml").read_text(encoding="utf-8").splitlines()
    yield said, f"at line {lines.index('rate_per_year = 0.08') + 1}, "


def not_set_up(folder):
    start = "from cadre_research.__main__ import start; start()"
    yield plain_python(start), "its libraries were not set up. Run `make setup`"
    yield (
        plain_python(f"sys.version_info = (3, 10, 1); {start}"),
        "this is Python 3.10, expected 3.11 to 3.13. Run `make",
    )
    # A copy, since it would go on to install into the folder that it stands in.
    shutil.copytree(ROOT / "tools", folder / "tools")
    another = {**os.environ, "PYTHON": "none"}
    ran = subprocess.run(["bash", "tools/setup.sh"], cwd=folder, capture_output=True, text=True, env=another)
    yield ran.stderr, "PYTHON=none: no such command."


def output_in_the_way(folder):
    (folder / "file").write_text("x", encoding="utf-8")
    (folder / "folder" / "latest").mkdir(parents=True)
    yield command("report", "--output", str(folder / "file")), "is a file and in the way. Move it away, or name another"
    yield command("report", "--output", str(folder / "file" / "deeper")), "is a file and in the way. Move it away"
    yield command("report", "--output", str(folder / "folder")), "is in the way; expected a link that this command made"


MISTAKES = (
    wrong_scenario,
    percentage_for_a_rate,
    year_for_a_horizon,
    misspelt_parameter,
    other_language,
    another_folder,
    id_unlike_its_name,
    percent_sign,
    not_set_up,
    output_in_the_way,
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_mistake_is_told_what_to_do_about_it(mistake, tmp_path):
    for said, expected in mistake(tmp_path):
        assert expected in said, said


def test_there_are_ten_and_each_parameter_of_the_tests_is_one():
    assert len(MISTAKES) == 10
    assert {"scenario", "horizon_years", "promotion_rate_per_year", "language"} <= set(ForecastParameters.names())
