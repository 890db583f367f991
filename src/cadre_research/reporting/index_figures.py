"""The figures of the index page, drawn beside the notebooks in a process of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cadre_research.findings.study import Study
from cadre_research.reporting.editions import Edition
from cadre_research.reporting.names import display_names
from cadre_research.reporting.report_runs import AGE_LINE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURE_KINDS", "index_figure", "index_figures"]

PICTURE_KINDS = ("svg", "png")
WHOLE = ("share-paths", "verdict-matrix")


def index_figures(scenarios: Sequence[str]) -> list[str]:
    """Names of the figures: of all scenarios together, and of each."""
    return [*WHOLE, *(f"share-fan-{name}" for name in scenarios)]


def index_figure(given: tuple[Study, Mapping[str, pd.DataFrame], Path], asked: tuple[Edition, str]) -> str:
    """Draw one figure as SVG and PNG into a folder.

    Parameters
    ----------
    given : tuple
        The study, the report's tables, and the folder.
    asked : tuple
        The edition, and one of `index_figures`.

    Returns
    -------
    str
        Name of its files without their kind.
    """
    study, tables, folder = given
    edition, name = asked
    drawn = _drawn(study, tables, edition.language, name)
    for kind in PICTURE_KINDS:
        drawn.savefig(folder / edition.file(f"{name}.{kind}"))
    return edition.page(name)


def _drawn(study: Study, tables: Mapping[str, pd.DataFrame], language: str, name: str) -> Figure:
    from cadre_research.reporting import figures  # seconds, which whoever only names the figures need not wait

    names = display_names(study, language)

    def here(table: str) -> pd.DataFrame:
        frame = tables[table]
        return frame[(frame["age_line"] == AGE_LINE) & (frame["population"] == "level")]

    if name == "share-paths":
        return figures.share_paths(here("target_shares"), names, language)
    if name == "verdict-matrix":
        return figures.verdict_matrix(here("verdicts"), names, language)
    scenario = name.removeprefix("share-fan-")
    fan, paths, verdicts = (
        frame[frame["scenario"] == scenario] for frame in map(here, ("share_fan", "target_shares", "verdicts"))
    )
    return figures.fan_chart(fan, names, language, paths, verdicts)
