"""The model's description in each language, each section held against the English that it was written for.

README.md stands beside the model, README.zh.md beside that; there every section follows a short hash of its English, as
`prose.prose_hash` gives it. Where a section has changed since, its English is shown.
"""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

from cadre_research.reporting.prose import prose_hash

__all__ = ["CHINESE", "ENGLISH", "described", "marked_sections", "sections"]

ENGLISH = Path(__file__).resolve().parents[1] / "model" / "README.md"
CHINESE = ENGLISH.with_suffix(".zh.md")
# What leads to a file of the checkout is no link in a report.
LINK_TO_FILE = re.compile(r"\[([^\]]*)\]\((?!#)[^)]*\)")
MARK = re.compile(r"^<!-- ([0-9a-f]+) -->\n", re.MULTILINE)


def described(language: str, english: str | None = None) -> list[tuple[str, str]]:
    """Markdown of the description, in the order of its sections, as (language, text); neighbours of one in one.

    Parameters
    ----------
    language : str
        en or zh.
    english : str, optional
        The English; by default that of the project.
    """
    chinese = marked_sections() if language == "zh" else {}
    found = []
    for section in sections(english or ENGLISH.read_text(encoding="utf-8")):
        translated = chinese.get(prose_hash(section))
        found.append(("en", section) if translated is None else ("zh", translated))
    return [
        (spoken, LINK_TO_FILE.sub(r"\1", "\n\n".join(text for _, text in group)))
        for spoken, group in groupby(found, lambda section: section[0])
    ]


def sections(text: str) -> list[str]:
    r"""Parts of a Markdown text that begin with a heading each.

    >>> sections("# All\n\nof it\n\n## Part\n\none")
    ['# All\n\nof it', '## Part\n\none']
    """
    return [part.strip() for part in re.split(r"^(?=#{1,6} )", text, flags=re.MULTILINE) if part.strip()]


def marked_sections() -> dict[str, str]:
    """Chinese of each section by the hash of its English, in the order of the file."""
    parts = MARK.split(CHINESE.read_text(encoding="utf-8"))[1:]
    return dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))
