"""What the index page says about the changes since the report before, and the files that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cadre_research.reporting.change_words import (
    change_rows,
    change_sentence,
    change_warning,
    found_lines,
    input_lines,
    row_columns,
    rows_caption,
)
from cadre_research.reporting.changes import CHANGES_TABLES, Changes, since_last
from cadre_research.reporting.editions import Edition
from cadre_research.reporting.tables import write_tables
from cadre_research.reporting.wording import word

__all__ = ["CHANGES_TABLES", "ChangesContent", "changes_content", "changes_panel", "with_picture"]

PICTURE = "revisions"
KINDS = ("svg", "png")


@dataclass(frozen=True)
class ChangesContent:
    """What the index page tells of the report before.

    Parameters
    ----------
    changes : Changes or None
        As `since_last` returns; None for a first report, which has none before it.
    picture : Path, optional
        SVG or PNG of the revisions, where there are any to draw; embedded.
    """

    changes: Changes | None
    picture: Path | None = None

    @property
    def tables(self) -> list[str]:
        """Names of the tables that were written."""
        return list(self.frames)

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables that were written."""
        return self.changes.tables() if self.changes else {}


def changes_content(folder: Path, outputs: Path, description: Mapping[str, Any]) -> ChangesContent:
    """Compare a report that is being made with the one that `latest` shows, and add tables of the changes.

    Parameters
    ----------
    folder, outputs, description
        As for `since_last`; tables are added to tables/ of `folder`.
    """
    changes = since_last(folder, outputs, description)
    if changes is not None:
        write_tables(changes.tables(), folder / "tables")
    return ChangesContent(changes)


def with_picture(content: ChangesContent, folder: Path, names: Mapping[str, str], edition: Edition) -> ChangesContent:
    """Draw the changes into figures/ of the folder of a report, in the language of an edition, where shares moved.

    `names` are display names of targets and scenarios.
    """
    if content.changes is None:
        return content
    from cadre_research.reporting import figures  # seconds, for which a first report need not wait

    if figures.rows_revised(content.changes.main).empty:
        return content
    figure = figures.revisions(content.changes.numbers, names, edition.language)
    (folder / "figures").mkdir(exist_ok=True)
    pictures = [folder / "figures" / edition.file(f"{PICTURE}.{kind}") for kind in KINDS]
    for picture in pictures:
        figure.savefig(picture)
    return replace(content, picture=pictures[-1])


def changes_panel(content: ChangesContent, names: Mapping[str, str], language: str) -> dict[str, Any]:
    """Texts of the section: sentence, warning, what it is compared with, what differs in kind, rows, status quo."""
    changes = content.changes
    panel: dict[str, Any] = {
        "sentence": change_sentence(changes, language),
        "warning": change_warning(changes, language),
        **dict.fromkeys(("compared", "inputs", "caption", "columns", "rows", "found"), ""),
    }
    if changes is None:
        return panel
    rows = change_rows(changes, names, language)
    created = changes.created_before.replace("T", " ").replace("+00:00", " UTC")
    compared = "" if changes.not_compared else word("changed_with", language, before=changes.before, created=created)
    return panel | {
        "compared": compared,
        "inputs": input_lines(changes, language),
        "caption": rows_caption(changes, len(rows), "table", language),
        "columns": row_columns(language),
        "rows": [row.cells() for row in rows],
        "found": found_lines(changes, names, language),
    }
