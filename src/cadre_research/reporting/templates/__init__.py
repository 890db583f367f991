"""Words, style and templates that the published pages share."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from cadre_research.errors import UnknownNameError

__all__ = ["HTML_LANGUAGES", "TEMPLATES", "page_style", "page_words"]

TEMPLATES = Path(__file__).parent
HTML_LANGUAGES = {"en": "en", "zh": "zh-Hans"}


@cache
def page_words(language: str) -> dict[str, str]:
    """Words of the pages in a language (en or zh), by key."""
    if language not in HTML_LANGUAGES:
        raise UnknownNameError("language", str(language), HTML_LANGUAGES)
    table = tomllib.loads((TEMPLATES / "words.toml").read_text(encoding="utf-8"))
    return {key: texts[language] for key, texts in table.items()}


def page_style() -> str:
    """Style sheet of the pages."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")
