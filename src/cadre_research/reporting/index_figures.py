"""The figures of the index page, drawn beside the notebooks in a process of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cadre_research.findings.study import Study
from cadre_research.reporting.editions import Edition
from cadre_research.reporting.names import display_names
from cadre_research.reporting.picture_texts import FAN, picture_text, save_with_text
from cadre_research.reporting.report_runs import AGE_LINE
from cadre_research.reporting.slides import dots_per_inch, save_slide
from cadre_research.reporting.wording import word

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURE_KINDS", "drawn_figure", "index_figure", "index_figures", "slide_file"]

PICTURE_KINDS = ("svg", "png")
WHOLE = ("share-paths", "verdict-matrix")


def index_figures(scenarios: Sequence[str]) -> list[str]:
    """Names of the figures: of all scenarios together, and of each."""
    return [*WHOLE, *(f"{FAN}{name}" for name in scenarios)]


def index_figure(given: tuple[Study, Mapping[str, pd.DataFrame], Path], asked: tuple[Edition, str]) -> str:
    """Draw one figure as SVG and PNG into a folder, with its text alternative, and as a slide into the one beside it.

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
    language = edition.language
    drawn = drawn_figure(study, tables, language, name)
    names = display_names(study, language)
    text = picture_text(name, tables, names, language)
    title = word(f"picture_{name.replace('-', '_')}", language) if name in WHOLE else names[name.removeprefix(FAN)]
    vector, picture = (folder / edition.file(f"{name}.{kind}") for kind in PICTURE_KINDS)
    save_with_text(drawn, vector, title, text)
    save_with_text(drawn, picture, title, text, dots_per_inch(drawn))
    slide = folder.parent / slide_file(edition, name)
    slide.parent.mkdir(exist_ok=True)
    save_slide(picture, slide)
    return edition.page(name)


def slide_file(edition: Edition, name: str) -> str:
    """File of a figure the size of a slide, relative to the report."""
    return edition.file(f"slides/{name}.png")


def drawn_figure(study: Study, tables: Mapping[str, pd.DataFrame], language: str, name: str) -> Figure:
    """Draw one of `index_figures` in a language."""
    from cadre_research.reporting import figures  # seconds, which whoever only names the figures need not wait

    names = display_names(study, language)

    def here(table: str) -> pd.DataFrame:
        frame = tables[table]
        return frame[(frame["age_line"] == AGE_LINE) & (frame["population"] == "level")]

    if name == "share-paths":
        return figures.share_paths(here("target_shares"), names, language)
    if name == "verdict-matrix":
        return figures.verdict_matrix(here("verdicts"), names, language)
    scenario = name.removeprefix(FAN)
    fan, paths, verdicts = (
        frame[frame["scenario"] == scenario] for frame in map(here, ("share_fan", "target_shares", "verdicts"))
    )
    return figures.fan_chart(fan, names, language, paths, verdicts)
