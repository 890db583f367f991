"""The notebooks' own texts in Chinese: all of them, of the English as it stands, and nothing but Chinese on a page."""

import re
from pathlib import Path

import nbformat
import pytest
from chinese import faults_of_setting, numbers_left_out

from cadre_research.errors import UnknownNameError
from cadre_research.reporting.pages import notebook_page
from cadre_research.reporting.prose import PROSE, in_language, prose_hash

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = {path.stem: path for path in sorted(FOLDER.glob("*.ipynb"))}
NOTEBOOKS["live/explore"] = FOLDER / "live" / "explore.ipynb"
# On a page these hold names in code, which have no language.
IN_CODE = re.compile(r"<(style|code|pre|details|dl|head)\b.*?</\1>|<p class=\"complete\">.*?</p>|<[^>]*>", re.DOTALL)
FENCED = re.compile(r"^```\n.*?^```$", re.DOTALL | re.MULTILINE)
# What has no Chinese name.
ACRONYMS = {"PAWN", "English"}


def texts_of(name):
    notebook = nbformat.read(NOTEBOOKS[name], as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def entries():
    return [(name, entry) for name, texts in PROSE.items() for entry in texts]


def english_of(name, entry):
    return next(cell.source for cell in texts_of(name) if cell.id == entry["cell"])


def without_outputs(name):
    notebook = nbformat.read(NOTEBOOKS[name], as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    return notebook


def read(page):
    """What a reader of the page sees outside code."""
    return IN_CODE.sub(" ", page)


def words_left(page):
    """Words of it in Latin letters."""
    return set(re.findall(r"[A-Za-z]{2,}", read(page))) - ACRONYMS


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_text_of_a_notebook_has_its_chinese(name):
    """The Chinese belongs to the English as it stands, and none is left over."""
    by_cell = {entry["cell"]: entry for entry in PROSE.get(name, [])}
    for cell in texts_of(name):
        head = {"cell": cell.id, "english": cell.source.strip().splitlines()[0], "hash": prose_hash(cell.source)}
        entry = by_cell.pop(cell.id, {})
        told = "\n".join(f'{key} = "{value}"' for key, value in head.items())
        assert {key: entry.get(key) for key in head} == head, (
            f"notebooks/{name}.ipynb, cell {cell.id}: its English has changed, or has no Chinese yet. "
            f"Write the Chinese in src/cadre_research/reporting/prose_zh.toml, under [['{name}']], with\n{told}"
        )
    assert not by_cell, f"prose_zh.toml, [[{name}]]: no such cells any more, take them out: {sorted(by_cell)}"


def test_no_chinese_is_left_of_a_notebook_that_is_gone():
    assert set(PROSE) == set(NOTEBOOKS)


@pytest.mark.parametrize(
    ("name", "entry"), entries(), ids=lambda value: value if isinstance(value, str) else value["cell"]
)
def test_a_chinese_text_has_the_shape_of_the_english(name, entry):
    """The same headings, paragraphs, code and numbers."""
    english, chinese = english_of(name, entry).strip(), entry["zh"].strip()
    assert FENCED.findall(english) == FENCED.findall(chinese)
    english, chinese = (FENCED.sub("```", text) for text in (english, chinese))
    shape = [re.match("#*", part)[0] for part in english.split("\n\n")]
    assert [re.match("#*", part)[0] for part in chinese.split("\n\n")] == shape
    assert "\n" not in chinese.replace("\n\n", ""), "a broken line would come out as a gap between two characters"
    in_code = [set(re.findall("`[^`\n]+`", text)) for text in (english, chinese.replace("README.zh.md", "README.md"))]
    assert in_code[0] == in_code[1]
    assert numbers_left_out(re.sub("^## Step [1-5]:", "", english, flags=re.MULTILINE), chinese) == set()


@pytest.mark.parametrize(
    ("name", "entry"), entries(), ids=lambda value: value if isinstance(value, str) else value["cell"]
)
def test_chinese_is_set_as_chinese_is(name, entry):
    """Full-width punctuation and curly quotation marks, no blank before a per cent sign or beside a character."""
    chinese = FENCED.sub("", entry["zh"].strip())
    assert faults_of_setting(chinese) == []
    # A colon leads to the commands below it.
    assert all(re.match("#", part) or part[-1] in "。：" for part in chinese.split("\n\n") if part)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_chinese_page_has_no_english_left(name, tmp_path):
    notebook = without_outputs(name)
    nbformat.write(notebook, path := tmp_path / "page.ipynb")
    page = notebook_page(path, "zh", {"scenario": "status-quo"})
    assert words_left(page) == set()
    title = PROSE[name][0]["zh"].strip().splitlines()[0].removeprefix("# ")
    assert f"<title>{title}</title>" in page
    assert re.search(rf"<h1[^>]*>{re.escape(title)}", page)
    assert len(words_left(notebook_page(path, "en"))) > 10
    assert "*" not in read(page), "emphasis that Markdown does not see beside a full stop of Chinese"


def test_what_a_text_is_held_against_would_notice():
    faults = {
        "共10人.": "人.",
        "约 10人": "约 1",
        "占7 %": "7 %",
        "10 人": "0 人",
        "“甲": "“”",
        "（甲": "（）",
        "人数， 占比": "， ",
    }
    for text, fault in faults.items():
        assert fault in faults_of_setting(text), text
    assert faults_of_setting("text only") == ["no Chinese at all"]
    assert faults_of_setting("占7%（约1.5万人），见`data file`。") == []
    assert numbers_left_out("2,800 of 100 in 2018, 0.5 %", "2018年2800人") == {"0.5"}


def test_somebodys_own_text_stays_as_it_is_and_so_does_the_notebook():
    own = "## My own finding\n\nIn my own words."
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(own), nbformat.v4.new_markdown_cell("## The paths \n")]
    )
    before = nbformat.writes(notebook)
    assert [cell.source for cell in in_language(notebook, "zh").cells] == [own, "## 变化过程"]
    assert nbformat.writes(notebook) == before
    assert in_language(notebook, "en") is notebook


def test_code_that_reads_like_a_text_stays_code():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("## The paths")])
    assert in_language(notebook, "zh").cells[0].source == "## The paths"


def test_another_language_is_refused():
    with pytest.raises(UnknownNameError, match="language 'fr' is not known"):
        in_language(nbformat.v4.new_notebook(), "fr")
