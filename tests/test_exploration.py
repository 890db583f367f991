"""The live notebook: the model itself under what the widgets say, and scenarios saved as files."""

import tomllib
from fractions import Fraction

import nbformat
import pytest
from nbclient import NotebookClient

from cadre_research.errors import InputError, ParameterError
from cadre_research.evidence.measures import Exchange
from cadre_research.evidence.scenario import load_scenario
from cadre_research.findings.age_structure import target_shares
from cadre_research.paths import notebooks_dir
from cadre_research.reporting.exploration import Choice, Exploration
from cadre_research.reporting.scenario_file import save_scenario, scenario_text
from cadre_research.reporting.translated import in_chinese

CHOICES = [
    Choice(),
    Choice(release_rate_per_year=0.025, young_share=0.4),
    Choice(promotion_rate_per_year=0.083, young_share=1.0, reform=False),
    Choice(promotion_rate_per_year=0.0),
]


@pytest.mark.parametrize("choice", CHOICES)
def test_what_is_saved_is_read_back_as_it_was(choice, tmp_path):
    scenario = choice.scenario("mine")
    path = save_scenario(scenario, tmp_path)
    assert path == tmp_path / "mine.toml"
    assert load_scenario("mine", tmp_path) == scenario
    assert [one.name for one in tmp_path.iterdir()] == ["mine.toml"]


def test_a_choice_is_a_scenario_that_differs_in_nothing_else(study):
    scenario = Choice(promotion_rate_per_year=0.08, young_share=0.25, reform=False).scenario("mine")
    policy = scenario.promotion
    assert (policy.mode, policy.rate_per_year, policy.young_share) == ("rate", 0.08, Fraction(1, 4))
    assert not scenario.retirement.reform
    same = {"promotion", "retirement", "id", "title_en", "title_zh", "reason", "reason_zh", "order"}
    assert scenario.model_dump(exclude=same) == study.scenario("status-quo").model_dump(exclude=same)
    assert scenario.title_en == "8 per 100 posts a year, 25 % young"
    vacancies = Choice(release_rate_per_year=0.02).scenario("mine")
    assert (vacancies.promotion.mode, vacancies.promotion.release_rate_per_year) == ("vacancy", 0.02)


def test_another_scenario_is_never_written_over(tmp_path):
    save_scenario(Choice().scenario("mine"), tmp_path)
    before = (tmp_path / "mine.toml").read_bytes()
    with pytest.raises(ParameterError, match=r"'mine', which mine\.toml has already.*nothing was written"):
        save_scenario(Choice(young_share=0.5).scenario("mine"), tmp_path)
    assert (tmp_path / "mine.toml").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["", "Mine", "my plan", "../mine", "a/b", "-a", "mine.toml", "a" * 65, "<b>", "我的"])
def test_an_id_that_cannot_be_a_files_name_is_refused(name, tmp_path):
    with pytest.raises(InputError, match=r"^id: given"):
        Choice().scenario(name)
    with pytest.raises(ParameterError, match="expected lower-case letters, digits and hyphens"):
        save_scenario(Choice().scenario("fine").model_copy(update={"id": name}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"mine\.toml: cannot be written: No such file"):
        save_scenario(Choice().scenario("mine"), tmp_path / "nowhere")


def test_hostile_titles_stay_titles_in_a_file(tmp_path):
    title = 'a "b" \\ \t \n [x] = 1 # \x7f </script>'
    scenario = Choice().scenario("mine").model_copy(update={"title_en": title, "exchange": Exchange()})
    assert tomllib.loads(scenario_text(scenario))["title_en"] == title
    save_scenario(scenario, tmp_path)
    assert load_scenario("mine", tmp_path).title_en == title


def test_every_scenario_of_the_project_can_be_written(study):
    for scenario in study.scenarios.values():
        assert "format = 1" in scenario_text(scenario)


@pytest.fixture
def exploration(study, tmp_path):
    return Exploration(study, "en", tmp_path)


def test_the_widgets_show_the_status_quo_first(exploration, study):
    assert exploration.choice == Choice()
    own = study.forecast("status-quo", 10)
    assert exploration.shares("status-quo").equals(target_shares(own))
    assert exploration.answer.value.count("✗") == 2 * len(own.targets)


def test_every_widget_moves_the_answer(exploration):
    answers = [(exploration.answer.value, exploration.picture.value)]
    moves = [
        (exploration.freed, 4.0),
        (exploration.young, 70.0),
        (exploration.reform, False),
        (exploration.line, "strict"),
        (exploration.horizon, 2023),
        (exploration.how, "promotion-rate"),
        (exploration.rate, 12.5),
    ]
    for widget, value in moves:
        widget.value = value
        answers.append((exploration.answer.value, exploration.picture.value))
    assert len({answer for answer, _ in answers}) == len(moves) + 1
    assert len({picture for _, picture in answers}) == len(moves) + 1
    assert exploration.choice == Choice(0.125, 0.0, 0.7, reform=False)
    assert exploration.freed.disabled
    assert not exploration.rate.disabled


def test_the_answer_is_the_models_own_off_the_grid_too(exploration, study):
    exploration.how.value, exploration.rate.value, exploration.horizon.value = "promotion-rate", 8.0, 2040
    frame = exploration.shares(exploration.choice.scenario()).query("year == 2040")
    own = study.forecast(study.scenario("status-quo").overridden(0.08), 23)
    shares = target_shares(own).query("year == 2040")
    assert frame["share"].tolist() == pytest.approx(shares["share"].tolist())


def test_save_says_where_it_went_and_refuses_as_text(exploration, tmp_path):
    exploration.young.value = 50.0
    exploration.name.value = "half"
    exploration.save.click()
    assert exploration.saved.value == f"Saved as {tmp_path.name}/half.toml; the next report has it as half."
    assert load_scenario("half", tmp_path).promotion.young_share == Fraction(1, 2)
    exploration.save.click()
    assert "has already" in exploration.saved.value
    exploration.name.value = "<img src=x onerror=alert(1)>"
    exploration.save.click()
    assert "&lt;img" in exploration.saved.value
    assert "<img" not in exploration.saved.value
    exploration.young.value = 51.0
    assert exploration.saved.value == ""


def test_in_chinese(study, tmp_path):
    exploration = Exploration(study, "zh", tmp_path)
    assert "未达标" in exploration.answer.value
    assert exploration.save.description == "保存为情景"


def test_the_live_notebook_is_thin_and_is_not_among_the_pages():
    path = notebooks_dir() / "live" / "explore.ipynb"
    assert path not in set(notebooks_dir().glob("*.ipynb"))
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.metadata.get("tags", []) for cell in cells] == [["parameters"], [], []]
    assert max(len(cell.source.splitlines()) for cell in cells) < 5
    assert all(cell.outputs == [] for cell in cells)


def test_the_live_notebook_runs_and_shows_its_panel(tmp_path):
    """In a kernel; what the widgets show is their own."""
    notebook = nbformat.read(notebooks_dir() / "live" / "explore.ipynb", as_version=4)
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    (shown,) = notebook.cells[-1].outputs
    assert "application/vnd.jupyter.widget-view+json" in shown["data"]


@pytest.mark.parametrize("name", ["explore", "explore.zh"])
def test_the_live_notebook_is_stored_as_jupyterlab_stores_it(name):
    """Opened and saved, it is the same file."""
    path = notebooks_dir() / "live" / f"{name}.ipynb"
    assert path.read_text(encoding="utf-8") == nbformat.writes(nbformat.read(path, as_version=4)) + "\n"


def test_the_live_notebook_in_chinese_is_the_english_one_in_chinese():
    english, chinese = (
        nbformat.read(notebooks_dir() / "live" / name, as_version=4) for name in ("explore.ipynb", "explore.zh.ipynb")
    )
    assert chinese == in_chinese(english), "write it anew: nbformat.write(translated.in_chinese(English), the file)"
    assert 'language: str = "zh"' in chinese.cells[1].source
    assert chinese.cells[0].source.startswith("# 按自己设定的规则")


@pytest.mark.parametrize("name", ["status-quo", "county-level", "transfers", "con", "true", "mine-changed"])
def test_save_takes_no_id_that_a_new_scenario_may_not_have(exploration, tmp_path, name):
    exploration.name.value = name
    exploration.save.click()
    assert exploration.saved.value.startswith("ID: given")
    assert list(tmp_path.iterdir()) == []


def test_a_table_of_the_notebooks_own_look_and_a_picture_that_is_told(exploration):
    assert "jp-RenderedHTMLCommon" in exploration.answer._dom_classes
    assert "<th>Target</th>" in exploration.answer.value.replace('<th style="text-align: right;">', "<th>")
    assert 'alt="Figure; the text beside it says what it shows"' in exploration.picture.value
    assert 'src="data:image/png;base64,' in exploration.picture.value
