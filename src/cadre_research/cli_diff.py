"""The command that compares two reports. No logic lives here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cadre_research.cli_options import LanguageChoice, NamesOption, path_read

__all__ = ["diff"]

out = Console(highlight=False)


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="The earlier version.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The later version.")] = "latest",
    output: Annotated[
        Path | None,
        typer.Option(
            parser=path_read("--output"), help="Folder of versions/ and latest/; default: outputs/ of the checkout."
        ),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--all", help="Every row that differs, under every way of counting, and every name.")
    ] = False,
    language: NamesOption = LanguageChoice.en,
) -> None:
    """Show what changed from one version of the report to another.

    A version is given by its name, the beginning of one, latest, or the path of its
    folder, which holds a slash.

    Example: cadre-research diff 20260102T030405Z latest

    Ends with exit code 0 if no number differs, 1 if one does or if numbers cannot be
    compared (another service or disclosure setting), 2 if a version is
    not there or damaged.
    """
    from cadre_research.paths import outputs_dir
    from cadre_research.reporting.changes import compare
    from cadre_research.reporting.terminal_changes import changes_shown
    from cadre_research.reporting.version_names import resolve_version

    outputs = output or outputs_dir()
    changes = compare(resolve_version(before, outputs), resolve_version(after, outputs))
    out.print(changes_shown(changes, language.value, whole=whole))
    raise typer.Exit(int(changes.differ))
