"""The versions that are kept, as a table for a terminal."""

from __future__ import annotations

from pathlib import Path

from rich.table import Column, Table

from cadre_research.reporting.shelf import version_list

__all__ = ["versions_table"]

LONGEST_NAME = 25


def versions_table(outputs: Path) -> Table:
    """The newest first; the one that is up is marked."""
    # A name that is cut short could not be given to another command.
    name = Column("version", no_wrap=True, min_width=LONGEST_NAME)
    table = Table(name, "made (UTC)", "", "scenarios", "language", "commit", box=None, pad_edge=False)
    rows = version_list(outputs)
    for row in rows.itertuples():
        marks = ", ".join(["latest"] * row.shown + ["pinned"] * row.pinned + ["of a register"] * row.of_register)
        made = row.made[:16].replace("T", " ")
        table.add_row(row.version, made, marks, str(row.scenarios), row.language, row.commit)
    table.caption_justify = "left"
    table.caption = None if len(rows) else f"Nothing has been published to {outputs} yet."
    return table
