"""The README: its numbers are the model's, and what it names exists."""

import re

import pytest

from cadre_research.errors import InputError
from cadre_research.paths import notebooks_dir, project_root
from cadre_research.reporting.parameters import ForecastParameters
from cadre_research.reporting.readme import END, PICTURES, READMES, START, verdict_section, with_section

TEXTS = {language: (project_root() / name).read_text(encoding="utf-8") for language, name in READMES.items()}
README = TEXTS["en"]


@pytest.mark.slow
@pytest.mark.parametrize("language", READMES)
def test_the_verdicts_at_the_top_are_the_models(study, language):
    assert with_section(TEXTS[language], verdict_section(study, language)) == TEXTS[language]


@pytest.mark.parametrize("language", READMES)
def test_the_picture_is_there(language):
    assert (project_root() / PICTURES[language]).read_text(encoding="utf-8").startswith("<?xml")
    assert f"]({PICTURES[language]})" in TEXTS[language]


def test_both_languages_show_the_same_numbers():
    """All of the verdicts' figures, years and marks in their order, but for those of the legends and the answer."""
    tables = {}
    for language, text in TEXTS.items():
        section = text.split(START)[1].split(END)[0]
        rows = [line for line in section.splitlines() if line.startswith("|") and "|---" not in line]
        tables[language] = [re.findall(r"\d+\.\d|✓|✗", row) for row in rows if "✓" in row or "✗" in row]
    assert tables["en"] == tables["zh"]
    assert len(tables["en"]) == 6


def test_the_chinese_one_is_in_chinese():
    section = TEXTS["zh"].split(START)[1].split(END)[0]
    assert not re.search(r"[A-Za-z]{3,}", re.sub(r"\(\.github/[^)]*\)", "", section))


def test_a_readme_without_the_markers_is_refused():
    with pytest.raises(InputError, match="expected one"):
        with_section("# title", "text")
    assert with_section(f"a\n{START}\nold\n{END}\nb", "new") == f"a\n{START}\nnew\n{END}\nb"


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "| parameter of `03-age-structure-forecast`"), ("zh", "| `03-age-structure-forecast` 的参数")],
)
def test_every_parameter_of_the_forecast_notebook_is_explained(language, heading):
    table = TEXTS[language].split(heading)[1].split("\n\n")[0]
    explained = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert explained == list(ForecastParameters.names())


@pytest.mark.parametrize("readme", TEXTS.values(), ids=TEXTS)
def test_every_file_it_names_exists(readme):
    for name in re.findall(r"`((?:data|src|notebooks|reporting)/[\w./-]+\.\w+)`", readme):
        path = project_root() / ("src/cadre_research/" + name if name.startswith("reporting/") else name)
        assert path.exists(), name
    for name in re.findall(r"`(\d\d-[\w-]+)`", readme):
        assert (notebooks_dir() / f"{name}.ipynb").exists(), name
