"""What makes the report by itself: workflow, systemd units and cron line, run as far as they can be here."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.verdict import verdicts
from cadre_research.paths import project_root
from cadre_research.reporting.job_summary import main, verdict_summary
from cadre_research.reporting.kept import INPUTS
from cadre_research.reporting.names import display_names
from cadre_research.reporting.outputs_folder import versions
from cadre_research.reporting.provenance import write_manifest
from cadre_research.reporting.run_log import read_log
from cadre_research.reporting.status import CODES

TOOLS = Path("tools") / "schedule"
WORKFLOW = (project_root() / ".github" / "workflows" / "regenerate.yml").read_text(encoding="utf-8")
NEEDS_BASH = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")

# In place of the command: a report that costs nothing, asked for with the same words.
STAND_IN = f"""#!{sys.executable}
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from pathlib import Path
import scheduled
from cadre_research.reporting.schedule import NothingDue, utc_now
assert sys.argv[1:3] == ["report", "--once-per"] and len(sys.argv) == 4, sys.argv
print("at work", file=sys.stderr)
try:
    scheduled.make(Path("outputs"), sys.argv[3], utc_now())
except NothingDue as reason:
    print(reason)
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder that looks like a checkout which was set up."""
    root = tmp_path / "checkout"
    shutil.copytree(project_root() / TOOLS, root / TOOLS)
    command = root / ".venv" / "bin" / "cadre-research"
    command.parent.mkdir(parents=True)
    command.write_text(STAND_IN, encoding="utf-8")
    command.chmod(0o755)
    (root / "outputs").mkdir()
    (root / "README.md").touch()
    return root


def fill_in(checkout, *arguments):
    command = ["bash", str(checkout / TOOLS / "fill-in.sh"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd="/")


@pytest.fixture
def filled_in(checkout, tmp_path):
    folder = tmp_path / "filled-in"
    folder.mkdir()
    ran = fill_in(checkout, folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    return folder


# --- cron and systemd


@NEEDS_BASH
def test_every_place_is_filled_in_and_nothing_else_is_changed(checkout, filled_in):
    assert len(list(filled_in.iterdir())) == 3
    for path in filled_in.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "@" not in text.replace("tell-somebody@%n", "")
        assert len(text.splitlines()) == len((checkout / TOOLS / path.name).read_text(encoding="utf-8").splitlines())


@NEEDS_BASH
@pytest.mark.parametrize("arguments", [(), ("/no/such/folder",), (".", ".")])
def test_without_one_folder_nothing_is_filled_in(checkout, arguments):
    ran = fill_in(checkout, *arguments)
    assert (ran.returncode, "usage: " in ran.stderr) == (2, True)


@NEEDS_BASH
@pytest.mark.parametrize("name", ["with space", "per%cent", "quo'te", "a&b"])
def test_a_checkout_whose_path_cron_or_systemd_would_misread_is_refused(checkout, tmp_path, name):
    moved = checkout.rename(tmp_path / name)
    ran = fill_in(moved, tmp_path)
    assert (ran.returncode, "expected a path of letters" in ran.stderr) == (2, True)
    assert not list(tmp_path.glob("cadre*"))


@NEEDS_BASH
@pytest.mark.skipif(sys.platform == "win32", reason="there is no cron there")
def test_the_cron_line_runs_and_makes_one_report_a_period(checkout, filled_in):
    lines = (filled_in / "cadre-research.cron").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line and not line.startswith("#")]
    minute, *fields, command = line.split(maxsplit=5)
    assert 0 <= int(minute) <= 59
    assert fields == ["*"] * 4
    # cron turns these into line ends.
    assert "%" not in command
    for _ in range(2):
        # As cron runs it: a shell, hardly an environment, and the home folder.
        ran = subprocess.run(
            ["/bin/sh", "-c", command], cwd="/", env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True
        )
        assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
    assert len(versions(checkout / "outputs")) == 1
    (run,) = read_log(checkout / "outputs").runs
    assert re.fullmatch(r"\d{4}-\d\d", run.period)


def unit(path):
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


@NEEDS_BASH
@pytest.mark.skipif(sys.platform == "win32", reason="there is no systemd there")
def test_the_service_runs_and_makes_one_report_a_period(checkout, filled_in):
    service = unit(filled_in / "cadre-research-report.service")["Service"]
    for _ in range(2):
        ran = subprocess.run(
            service["ExecStart"].split(), cwd=service["WorkingDirectory"], capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
    assert "is there already" in ran.stdout
    assert len(versions(checkout / "outputs")) == 1
    # What it may write to is where it writes.
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"] == str(checkout / "outputs")
    assert service["Type"] == "oneshot"
    assert service["TimeoutStartSec"] == "2h"
    # Compiled loops need memory that can be written and run.
    assert "MemoryDenyWriteExecute" not in service


def test_the_timer_makes_up_for_what_was_missed():
    timer = unit(project_root() / TOOLS / "cadre-research-report.timer")
    assert dict(timer["Timer"]) == {"OnCalendar": "hourly", "Persistent": "true", "RandomizedDelaySec": "10min"}
    assert timer["Install"]["WantedBy"] == "timers.target"


@NEEDS_BASH
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze (Debian: systemd) is not installed")
def test_systemd_finds_nothing_wrong_with_the_units(filled_in):
    units = sorted(str(path) for path in filled_in.glob("cadre-research-report.*"))
    ran = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")
    # It says so of what it does not know.
    service = Path(units[0])
    service.write_text(service.read_text(encoding="utf-8").replace("Nice=", "Nicer="), encoding="utf-8")
    ran = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert "Nicer" in ran.stderr


def test_the_readme_has_the_cron_line_and_the_codes():
    readme = (project_root() / "README.md").read_text(encoding="utf-8")
    line = (project_root() / TOOLS / "cadre-research.cron").read_text(encoding="utf-8").splitlines()[-1]
    written = line.replace("'@CHECKOUT@'", "/path/to/checkout")
    assert f"| cron | `{written}` |" in readme
    assert [int(code) for code in re.findall(r"^\| (\d+) \| ", readme, re.MULTILINE)] == list(CODES.values())


# --- the workflow


def workflow():
    # YAML 1.1 reads the key `on` as true.
    return {("on" if key is True else key): value for key, value in yaml.safe_load(WORKFLOW).items()}


def steps():
    return workflow()["jobs"]["report"]["steps"]


def step(start):
    (found,) = [step for step in steps() if str(step.get("uses", step.get("run", ""))).startswith(start)]
    return found


def test_the_workflow_runs_monthly_and_when_asked_and_may_only_read():
    said = workflow()
    (cron,) = [entry["cron"] for entry in said["on"]["schedule"]]
    assert re.fullmatch(r"[0-5]?\d [01]?\d 1 \* \*", cron)
    assert "workflow_dispatch" in said["on"]
    assert said["permissions"] == {"contents": "read"}
    assert said["concurrency"] == {"group": "regenerate", "cancel-in-progress": False}
    (job,) = said["jobs"].values()
    assert 15 < job["timeout-minutes"] <= 120
    assert "permissions" not in job


def test_nothing_that_fails_in_the_workflow_goes_unnoticed():
    assert "continue-on-error" not in WORKFLOW
    assert "|| true" not in WORKFLOW
    assert [step["if"] for step in steps() if "if" in step] == ["failure()"]
    (kept,) = [step["with"] for step in steps() if step.get("with", {}).get("name") == "report"]
    assert (kept["path"], kept["if-no-files-found"]) == ("outputs/latest/", "error")


def test_the_workflow_caches_findings_under_the_hash_of_what_they_follow_from():
    cache = step("actions/cache@")["with"]
    assert cache["path"] == "outputs/cache"
    hashed = re.search(r"hashFiles\((.*?)\)", cache["key"])[1]
    patterns = re.findall(r"'([^']+)'", hashed)
    for needed in INPUTS:
        assert any(needed == pattern or needed.startswith(pattern.split("*")[0]) for pattern in patterns), needed
    assert cache["key"].startswith(cache["restore-keys"])


def test_the_workflow_and_ci_use_the_same_versions_of_actions():
    ci = (project_root() / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    used = dict(use.split("@") for use in re.findall(r"uses: (\S+)", WORKFLOW))
    for name, version in (use.split("@") for use in re.findall(r"uses: (\S+)", ci)):
        assert used.get(name, version) == version


@NEEDS_BASH
def test_the_shell_of_every_step_is_sound():
    scripts = [step["run"] for step in steps() if "run" in step]
    assert scripts[0] == "make report"
    assert len(scripts) == 2
    for script in scripts:
        assert "${{" not in script
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


# --- what it writes on the page of the job


@pytest.fixture(scope="module")
def tables(study):
    frames = [
        verdicts(target_shares(forecast), forecast.targets, horizon)
        for forecast in (
            study.forecast(study.scenario(name), 10) for name in ("status-quo", "two-thirds-young-rate-12")
        )
        for horizon in (5, 10)
    ]
    return pd.concat(frames, ignore_index=True)


def published(folder, tables, language="en"):
    (folder / "tables").mkdir(parents=True)
    tables.to_parquet(folder / "tables" / "verdicts.parquet")
    write_manifest(folder, {"parameters": {"language": language}})
    return folder


@NEEDS_BASH
@pytest.mark.skipif(sys.platform == "win32", reason="a virtual environment looks otherwise there")
def test_the_summary_step_really_writes_the_verdict_table(tables, tmp_path):
    script = step(".venv/bin/python -m cadre_research.reporting.job_summary")["run"]
    os.symlink(sys.prefix, tmp_path / ".venv")
    published(tmp_path / "outputs" / "latest", tables)
    page = tmp_path / "page.md"
    page.write_text("before\n", encoding="utf-8")
    # As the runner does it.
    command = ["bash", "-e", "-o", "pipefail", "-c", script]
    environment = {**os.environ, "GITHUB_STEP_SUMMARY": str(page)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "before"
    assert lines[1].startswith("**Only in part: of 2 scenarios")
    assert lines[3].startswith("| 2022 → 2027 | County level, all | Section chiefs | ")
    assert lines[5].startswith("| Status quo | 7.0\u00a0% → 6.5\u00a0% ✗ | 4.5\u00a0% → 4.2\u00a0% ✗ | ")
    assert lines[6].startswith("| 12 per 100 posts, two thirds young | 14.7\u00a0% → 18.3\u00a0% ✓ |")
    assert {line.count("|") for line in lines[3:7]} == {8}
    (tmp_path / "outputs" / "latest" / "manifest.json").unlink()
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 4
    assert "Error: " in ran.stderr
    assert "manifest.json: missing" in ran.stderr


@pytest.mark.parametrize("language", ["zh", "zh-en"])
def test_the_summary_is_in_the_language_that_the_report_opens_in(tables, tmp_path, capsys, language):
    assert main([str(published(tmp_path / "report", tables, language))]) == 0
    text = capsys.readouterr().out
    assert "| 县处级（全部） |" in text.replace("2022 → 2027 ", "")
    assert "County" not in text


def test_the_summary_hides_what_is_hidden_and_refuses_what_it_does_not_know(study, tables, tmp_path, capsys):
    hidden = tables.copy()
    hidden.loc[hidden["target"] == study.evidence.targets.ids[1], "share"] = float("nan")
    names = display_names(study, "en")
    rows = verdict_summary(hidden, study.evidence.targets, names, "en").splitlines()[4:6]
    assert [row.split(" | ")[2] for row in rows] == ["—", "—"]
    odd = tables.assign(scenario="of-somebody-else")
    assert main([str(published(tmp_path / "odd", odd))]) == 4
    assert "'of-somebody-else' is not of this study" in capsys.readouterr().err
    assert main(["a", "b"]) == 2


def test_a_bar_in_a_name_begins_no_cell(study, tables):
    names = {**display_names(study, "en"), "status-quo": "a|b"}
    text = verdict_summary(tables, study.evidence.targets, names, "en")
    assert "| a\\|b |" in text
