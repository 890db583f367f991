"""Notebooks that stand in Chinese too, for whoever opens them: `make notebooks` makes them from the English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

from cadre_research.reporting.execution import read_notebook
from cadre_research.reporting.prose import in_language
from cadre_research.reporting.wording import WORDS

__all__ = ["CHINESE_FOLDER", "in_chinese", "translated_notebooks"]

CHINESE_FOLDER = "zh"
# The others are pages of a report, in its languages.
TRANSLATED = ("00-tutorial",)
# What stands beside each parameter.
COMMENTS = dict(texts for key, texts in WORDS.items() if key.startswith("parameter_"))


def translated_notebooks(folder: Path) -> Iterator[tuple[Path, nbformat.NotebookNode]]:
    """Each notebook of a folder that stands in Chinese too: where it belongs, and what it is before it has run."""
    for name in TRANSLATED:
        if (source := folder / f"{name}.ipynb").is_file():
            yield folder / CHINESE_FOLDER / source.name, in_chinese(read_notebook(source))


def in_chinese(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a notebook whose texts, parameters and results are Chinese, not run yet; the one given stays as it is."""
    chinese = nbformat.from_dict(in_language(notebook, "zh"))
    for cell in chinese.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = "\n".join(map(_parameter, cell.source.splitlines()))
    return chinese


def _parameter(line: str) -> str:
    code, mark, comment = line.partition("  # ")
    code = re.sub(r'^(language: str = )"en"$', r'\1"zh"', code)
    return f"{code}{mark}{COMMENTS.get(comment, comment)}"
