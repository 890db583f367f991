"""What the command line shows of two reports side by side: the same as the index page says."""

from __future__ import annotations

from rich.box import SIMPLE
from rich.console import Group
from rich.table import Table
from rich.text import Text

from cadre_research.errors import InputError
from cadre_research.findings.study import Study
from cadre_research.paths import data_dir
from cadre_research.reporting.change_words import (
    ROWS_SHOWN,
    change_rows,
    change_sentence,
    change_warning,
    found_lines,
    input_lines,
    row_columns,
    rows_caption,
)
from cadre_research.reporting.changes import Changes
from cadre_research.reporting.names import display_names
from cadre_research.reporting.version import OWN_CITY
from cadre_research.reporting.wording import word

__all__ = ["changes_shown"]

NUMBER_COLUMNS = (3, 4, 5)


def changes_shown(changes: Changes, language: str = "en", *, whole: bool = False) -> Group:
    """Sentence, what differs in kind, and the rows that differ: the first of them, or with `whole` every one."""
    names = _names(changes, language)
    # Names come from files of others: never as markup.
    parts = [Text(f"{changes.before} → {changes.after}", style="dim"), Text(change_sentence(changes, language))]
    if warning := change_warning(changes, language):
        parts.append(Text(warning, style="bold red"))
    parts += [Text(f"  {kind}: {said}") for kind, said in input_lines(changes, language, whole=whole)]
    rows = change_rows(changes, names, language, most=None if whole else ROWS_SHOWN)
    if rows:
        table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
        for place, heading in enumerate(row_columns(language)):
            number = place in NUMBER_COLUMNS
            table.add_column(Text(heading), justify="right" if number else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row.cells()))
        parts += [table, Text(rows_caption(changes, len(rows), "all", language), style="dim")]
    if found := found_lines(changes, names, language):
        parts += [Text(word("changed_found", language)), *(Text(f"  {line}") for line in found)]
    return Group(*parts)


def _names(changes: Changes, language: str) -> dict[str, str]:
    """Names that the project's own data give; two stored reports can be compared without them."""
    if changes.service != OWN_CITY:
        return {}
    try:
        return display_names(Study.read(data_dir()), language)
    except InputError:
        return {}
