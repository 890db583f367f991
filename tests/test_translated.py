"""The tutorial in Chinese: the English one in another language, and run."""

import ast

import nbformat
import pytest

from cadre_research.paths import notebooks_dir
from cadre_research.reporting.execution import require_complete
from cadre_research.reporting.translated import COMMENTS, in_chinese, translated_notebooks


@pytest.fixture(scope="module")
def english():
    return nbformat.read(notebooks_dir() / "00-tutorial.ipynb", as_version=4)


def test_what_is_stored_is_the_english_one_in_chinese_and_was_run():
    pairs = list(translated_notebooks(notebooks_dir()))
    assert sorted(path for path, _ in pairs) == sorted((notebooks_dir() / "zh").glob("*.ipynb"))
    for path, made in pairs:
        stored = nbformat.read(path, as_version=4)
        assert [cell.source for cell in stored.cells] == [cell.source for cell in made.cells], "run `make notebooks`"
        assert [cell.id for cell in stored.cells] == [cell.id for cell in made.cells]
        require_complete(stored, path.stem)
        assert None not in [cell.execution_count for cell in stored.cells if cell.cell_type == "code"]


def test_code_is_the_same_but_for_the_language(english):
    codes = [
        "\n".join(ast.unparse(ast.parse(cell.source)) for cell in notebook.cells if cell.cell_type == "code")
        for notebook in (english, in_chinese(english))
    ]
    assert "language: str = 'en'" in codes[0]
    assert codes[0].replace("language: str = 'en'", "language: str = 'zh'") == codes[1]


def test_every_parameter_is_told_in_chinese(english):
    (told,) = [cell.source for cell in english.cells if "parameters" in cell.metadata.get("tags", [])]
    assert [line.partition("  # ")[2] for line in told.splitlines()] == list(COMMENTS)
    (tells,) = [cell.source for cell in in_chinese(english).cells if "parameters" in cell.metadata.get("tags", [])]
    assert [line.partition("  # ")[2] for line in tells.splitlines()] == list(COMMENTS.values())


def test_the_english_one_stays_as_it_is(english):
    before = nbformat.writes(english)
    in_chinese(english)
    assert nbformat.writes(english) == before


def test_a_folder_without_a_tutorial_has_none_in_chinese(tmp_path):
    assert list(translated_notebooks(tmp_path)) == []
