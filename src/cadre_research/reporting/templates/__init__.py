"""Words, style and templates that the published pages share."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

from cadre_research.errors import UnknownNameError
from cadre_research.reporting.wording import words_in

__all__ = ["HTML_LANGUAGES", "TEMPLATES", "content_policy", "page_environment", "page_style", "page_words"]

TEMPLATES = Path(__file__).parent
HTML_LANGUAGES = {"en": "en", "zh": "zh-Hans"}


@cache
def page_environment() -> jinja2.Environment:
    """What fills in the templates of the pages: every text is escaped, and a name without a value is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page_words(language: str) -> dict[str, str]:
    """Words of the pages in a language (en or zh), by key."""
    if language not in HTML_LANGUAGES:
        raise UnknownNameError("language", str(language), HTML_LANGUAGES)
    return words_in(language)


def page_style() -> str:
    """Style sheet of the pages."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


def content_policy(scripts: str = "") -> str:
    """What a page may load or do, as the content of a Content-Security-Policy in its head.

    `scripts` lists the hashes of those that it may run; by default it may run none.

    Nothing but what the page itself holds: style sheets inside it and pictures as data. No script, no form, no frame,
    no address to begin links with.
    """
    run = f"script-src {scripts}; " if scripts else ""
    return f"default-src 'none'; {run}style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
