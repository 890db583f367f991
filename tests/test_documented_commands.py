"""Every command that a README, the tutorial or the guide shows is run, in order, in a fresh clone, or is run elsewhere.

A new one that nobody runs fails `test_every_command_is_run_somewhere`.
"""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from published_versions import show, write_version
from typer.testing import CliRunner

from cadre_research import cli, paths
from cadre_research.errors import CadreResearchError

ROOT = paths.project_root()
TUTORIAL = "notebooks/00-tutorial.ipynb"
GUIDE = "src/cadre_research/model/CHANGING.md"
READMES = ("README.md", "README.zh.md")
DOCUMENTS = (*READMES, TUTORIAL, GUIDE)
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
MINE = "--title-en 'My plan' --title-zh 我的方案 --reason 'A first try.' --promotion-rate 0.1 --young-share 1/2 --yes"

# Run here, and the exit code and words expected; the language is left out.
RUN = {
    "cadre-research forecast status-quo": (0, "✗"),
    "cadre-research list scenarios": (0, "one-third-rule"),
    "cadre-research list measures": (0, "reserve-lists"),
    "cadre-research forecast one-third-rule": (0, "✗"),
    "cadre-research forecast one-third-rule --promotion-rate 0.1 --young-share 0.5": (0, "✓"),
    "cadre-research require one-third-rule --lever promotion-rate --horizon 10": (0, "17.8"),
    "cadre-research new-scenario": (0, "asked.toml"),
    f"cadre-research new-scenario my-plan --base one-third-rule {MINE}": (0, "my-plan.toml"),
    "cadre-research report --dry-run": (0, "my-plan"),
    "cadre-research versions": (0, "20260103"),
    "cadre-research rollback": (0, "20260102"),
    "cadre-research verify": (0, ""),
    "cadre-research diff 20260102T030405Z latest": (0, ""),
    # Nothing was ever run there.
    "cadre-research status --max-age-days 32 --prometheus /path/to/textfiles/cadre-research.prom": (2, "textfiles"),
    "cadre-research forecast one-third-rule --horizon 5": (0, "2022"),
    "cadre-research forecast status-quo --promotion-rate 0.09 --young-share 0.5": (0, "✗"),
    "cadre-research forecast status-quo --promotion-rate county-deputy=0.12 --age-line strict": (0, "✗"),
    "cadre-research require status-quo": (0, "19.4"),
    "cadre-research attain status-quo --horizon 5": (0, "%"),
    "cadre-research register template my-register.csv": (0, "my-register.csv"),
    "cadre-research register check my-register.csv --as-of 2025-12-31": (0, ""),
    "cadre-research check": (0, "scenarios"),
}
# Run by other tests, or by a tier of its own: a file of the tests and a test in it.
ELSEWHERE = {
    "git clone REPOSITORY cadre-research": "tests/test_documented_commands.py::clone",
    "cd cadre-research": "tests/test_documented_commands.py::clone",
    "make setup": "tests/test_documented_commands.py::test_five_steps_from_an_empty_folder",
    "make report": "tests/test_documented_commands.py::test_a_whole_report_from_an_empty_folder",
    "make report ARGS=--language=zh-en": "tests/test_documented_commands.py::test_a_whole_report_from_an_empty_folder",
    "make test": "tests/test_setup.py::test_ci_runs_make_test",
    "cadre-research report --only my-plan --output outputs/my-plan": (
        "tests/test_documented_commands.py::test_five_steps_from_an_empty_folder"
    ),
    "cadre-research report --only rate-08": (
        "tests/test_report.py::test_a_report_in_both_languages_has_every_page_and_figure_twice_and_each_table_once"
    ),
    "make explore": "tests/test_exploration.py::test_the_live_notebook_runs_and_shows_its_panel",
    "cadre-research report --force": (
        "tests/test_kept_runs.py::test_an_unchanged_report_is_left_as_it_is_unless_it_is_forced"
    ),
    "cadre-research replay": (
        "tests/test_replay_real.py::test_a_real_report_is_made_again_from_its_own_inputs_to_the_last_byte"
    ),
    "cadre-research forecast rate-12 --replicates 5": "tests/test_cli.py::test_a_forecast_says_how_sure_it_is",
    "papermill notebooks/03-age-structure-forecast.ipynb my-forecast.ipynb -p scenario rate-08 -p horizon_years 5 -p "
    "young_share_of_promotions 0.5": (
        "tests/test_reference.py::test_plain_papermill_shows_what_the_reference_shows_under_own_parameters"
    ),
    "cadre-research sweep sweeps/promotion-policy.toml": "tests/test_sweep_file.py::test_shipped_sweeps_can_be_run",
    "cadre-research report --register my-register.csv --as-of 2025-12-31 --ladder ladder.toml --targets targets.toml": (
        "tests/test_own_report.py::test_the_report_is_about_this_service_and_no_article"
    ),
    "cadre-research report --register data/register/synthetic-register.parquet --as-of 2017-12-31 --output "
    "outputs/synthetic": "tests/test_own_report.py::test_the_report_is_about_this_service_and_no_article",
    "cadre-research backtest --stocks stocks.csv --flows flows.csv --young-line 40 --horizon 5 10 --out my-backtest": (
        "tests/test_backtest_command.py::test_several_horizons_are_taken_in_any_order"
    ),
    "python -m pytest tests/test_rules.py tests/test_worked_examples.py tests/test_ladder.py "
    "tests/test_conservation.py": "tests/test_rules.py::test_years_in_rank_are_completed_at_the_close",
}


def text_of(name):
    if not name.endswith(".ipynb"):
        return (ROOT / name).read_text(encoding="utf-8")
    cells = nbformat.read(ROOT / name, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def commands_in(text):
    """Every command of the blocks without a language, as typed: continued lines joined, comments taken off."""
    for _, language, block in FENCE.findall(text):
        if language:
            continue
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield words


def told(words):
    """A command as the tables above have it: without its folder, and without its language."""
    words = [words[0].removeprefix(".venv/bin/"), *words[1:]]
    if "--language" in words:
        at = words.index("--language")
        words = words[:at] + words[at + 2 :]
    text = " ".join(shlex.quote(word) if re.search(r"[\s]", word) else word for word in words)
    return text.replace(" -p language zh", "")


@pytest.fixture
def clone(tmp_path):
    """What `git clone` makes of the checkout, with what is changed and not committed yet."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), "cadre-research"], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    folder = tmp_path / "cadre-research"
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)
    return folder


def answers():
    """What is typed where everything is asked."""
    return "\n".join(["asked", "Asked", "问答", "To try it.", "0.12", "1/2", "3", "no", "y"]) + "\n"


def run(words):
    """Run a command in this process, in the working folder."""
    typed = answers() if words[1] == "new-scenario" and "--yes" not in words else None
    result = CliRunner().invoke(cli.app, words[1:], input=typed, env={"COLUMNS": "160"})
    if isinstance(result.exception, CadreResearchError):
        return result.exception.exit_code, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_is_run_somewhere(name):
    found = [told(words) for words in commands_in(text_of(name))]
    assert found
    assert [text for text in found if text not in RUN and text not in ELSEWHERE] == []


def test_nothing_is_run_that_no_document_shows():
    shown = {told(words) for name in DOCUMENTS for words in commands_in(text_of(name))}
    assert {*RUN, *ELSEWHERE} - shown == set()


def test_what_is_run_elsewhere_is_there():
    for place in ELSEWHERE.values():
        file, function = place.split("::")
        assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8"), place


def test_every_target_of_make_that_is_shown_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = {words[1] for name in DOCUMENTS for words in commands_in(text_of(name)) if words[0] == "make"}
    inline = {name for document in DOCUMENTS for name in re.findall(r"`make ([a-z]+)`", text_of(document))}
    assert {"setup", "report", "test", "lab"} <= shown | inline <= targets


def test_both_readmes_show_the_same_commands_but_for_the_language():
    """The Chinese one leaves three questions out that differ in a number only."""
    english, chinese = ({told(words) for words in commands_in(text_of(name))} for name in READMES)
    left_out = {"cadre-research forecast status-quo --promotion-rate 0.09 --young-share 0.5", "make report"}
    added = {"cadre-research check", "make report ARGS=--language=zh-en"}
    assert english - chinese == left_out
    assert chinese - english == added


@pytest.mark.parametrize("name", READMES)
@pytest.mark.slow
def test_the_commands_of_a_readme_do_what_it_says_in_a_fresh_clone(name, clone, monkeypatch):
    monkeypatch.chdir(clone)
    monkeypatch.setenv(paths.ROOT_VARIABLE, str(clone))
    outputs = clone / "outputs"
    older, newer = (write_version(outputs, day) for day in (2, 3))
    older = older.rename(older.with_name("20260102T030405Z-00000002"))
    show(outputs, newer)
    for words in commands_in(text_of(name)):
        if told(words) in RUN:
            code, said = run(words)
            expected, text = RUN[told(words)]
            assert code == expected, f"{' '.join(words)}: {said}"
            assert text in said, f"{' '.join(words)}: {said}"
    assert {path.stem for path in (clone / "data" / "scenarios").glob("*.toml")} >= {"asked", "my-plan"}
    assert not list((clone / "data" / "scenarios").glob(".*"))


def test_the_tutorial_still_runs_after_the_five_steps():
    """What it puts together has an id that no command shown gives to a file; ids that are taken are refused."""
    cells = nbformat.read(ROOT / TUTORIAL, as_version=4).cells
    (own,) = {found for cell in cells for found in re.findall(r"answered\(\"id\", \"([\w-]+)\"\)", cell.source)}
    shown = {word for name in READMES for words in commands_in(text_of(name)) for word in words}
    assert "my-plan" in shown
    assert own not in shown


def test_commands_are_found_as_they_are_typed():
    text = "```\na b \\\n    c   # d\n\n# e\n'f g' h\n```\n```text\nno\n```\n   ```\n   i\n   ```\n"
    assert list(commands_in(text)) == [["a", "b", "c"], ["f g", "h"], ["i"]]
    assert told([".venv/bin/x", "--language", "zh", "a b"]) == "x 'a b'"


def typed_out(name, folder, until):
    """A shell script of the commands of a README up to one, with the checkout as repository."""
    lines = []
    for words in commands_in(text_of(name)):
        words = [str(ROOT) if word == "REPOSITORY" else word for word in words]
        text = shlex.join(words)
        if "new-scenario" in words and "--yes" not in words:
            text = f"printf %s {shlex.quote(answers())} | {text}"
        lines.append(text)
        if until(words):
            break
    # As a newcomer's shell has it: nothing of this test's environment.
    return "\n".join(
        ["set -e", "unset CADRE_RESEARCH_ROOT PYTHONPATH VIRTUAL_ENV", f"cd {shlex.quote(str(folder))}", *lines]
    )


def typed_in(name, folder, until):
    ran = subprocess.run(["bash", "-c", typed_out(name, folder, until)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    return ran.stdout


@pytest.mark.soak
@pytest.mark.parametrize("name", READMES)
def test_five_steps_from_an_empty_folder(name, tmp_path):
    said = typed_in(name, tmp_path, lambda words: "outputs/my-plan" in words)
    assert (tmp_path / "cadre-research" / "outputs" / "my-plan" / "latest" / "index.html").is_file()
    assert "asked.toml" in said
    assert "my-plan.toml" in said


@pytest.mark.soak
@pytest.mark.parametrize("name", READMES)
def test_a_whole_report_from_an_empty_folder(name, tmp_path):
    typed_in(name, tmp_path, lambda words: words[:2] == ["make", "report"])
    assert (tmp_path / "cadre-research" / "outputs" / "latest" / "index.html").is_file()


def slug(heading):
    """Anchor that a page of the repository gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def markdown_files():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    return sorted(name for name in filter(None, listed.split("\0")) if (ROOT / name).is_file())


@pytest.mark.parametrize("name", [*markdown_files(), TUTORIAL])
def test_every_relative_link_leads_somewhere(name):
    here = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", text_of(name))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = here / file if file else ROOT / name
        assert path.exists(), f"{name}: {target}"
        assert not Path(file).is_absolute()
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, f"{name}: {target}"


def test_the_readmes_lead_to_each_other_in_their_first_lines():
    for name, other in zip(READMES, reversed(READMES), strict=True):
        assert f"]({other})" in "\n".join(text_of(name).splitlines()[:4])
        assert f"](src/cadre_research/model/{name})" in text_of(name)
