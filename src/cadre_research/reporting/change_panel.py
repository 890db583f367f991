"""What the index page says about the changes since the report before, and the files that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from cadre_research.reporting.tables import write_tables
from cadre_research.reporting.wording import word

__all__ = ["CHANGES_TABLES", "ChangesContent", "changes_content", "changes_panel"]

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


def changes_content(
    folder: Path, outputs: Path, description: Mapping[str, Any], names: Mapping[str, str], language: str
) -> ChangesContent:
    """Compare a report that is being made with the one that `latest` shows, and add tables and picture of the changes.

    Parameters
    ----------
    folder, outputs, description
        As for `since_last`; tables are added to tables/, the picture to figures/ of `folder`.
    names : mapping
        Display names of targets and scenarios.
    """
    changes = since_last(folder, outputs, description)
    if changes is None:
        return ChangesContent(None)
    from cadre_research.reporting import figures  # seconds, for which a first report need not wait

    write_tables(changes.tables(), folder / "tables")
    if figures.rows_revised(changes.main).empty:
        return ChangesContent(changes)
    figure = figures.revisions(changes.numbers, names, language)
    (folder / "figures").mkdir(exist_ok=True)
    for kind in KINDS:
        figure.savefig(folder / "figures" / f"{PICTURE}.{kind}")
    return ChangesContent(changes, folder / "figures" / f"{PICTURE}.{KINDS[0]}")


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
