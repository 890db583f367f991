"""The notebooks' own texts in Chinese, each held against the English that it was written for.

prose_zh.toml has one table a Markdown cell: its notebook and id, the first line of the English, a short hash of all of
it, and the Chinese. A text is found by the hash: where a cell has changed, or is somebody's own, its English stays.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cadre_research.errors import UnknownNameError
from cadre_research.reporting.wording import LANGUAGES

__all__ = ["PROSE", "in_language", "prose_hash"]

HASH_DIGITS = 12

# notebook: its texts, in the order of their cells.
PROSE: Mapping[str, list[dict[str, str]]] = tomllib.loads(
    (Path(__file__).parent / "prose_zh.toml").read_text(encoding="utf-8")
)
_CHINESE = {entry["hash"]: entry["zh"].strip() for entries in PROSE.values() for entry in entries}


def prose_hash(english: str) -> str:
    r"""Hash of an English text, the same whatever blanks stand at the end of its lines.

    >>> prose_hash("## The paths  \n") == prose_hash("## The paths")
    True
    """
    lines = "\n".join(line.rstrip() for line in english.strip().splitlines())
    return hashlib.sha256(lines.encode()).hexdigest()[:HASH_DIGITS]


def in_language(notebook: Any, language: str) -> Any:
    """Return a notebook whose Markdown cells speak a language, as far as they have been translated.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Written in English; it stays as it is.
    language : str
        en or zh.

    Raises
    ------
    UnknownNameError
        When there is no such language.
    """
    if language not in LANGUAGES:
        raise UnknownNameError("language", str(language), LANGUAGES)
    if language == "en":
        return notebook
    return type(notebook)({**notebook, "cells": [_in_chinese(cell) for cell in notebook["cells"]]})


def _in_chinese(cell: Any) -> Any:
    chinese = _CHINESE.get(prose_hash(cell["source"])) if cell["cell_type"] == "markdown" else None
    return cell if chinese is None else type(cell)({**cell, "source": chinese})
