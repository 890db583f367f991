"""Which rows of a tidy frame a figure shows."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.reporting.wording import figure_footer

__all__ = ["default_footer", "of_population", "the_only"]


def of_population(frame: pd.DataFrame, population: str) -> pd.DataFrame:
    """Return the rows of one population, level or posts; a frame that does not tell them apart is returned whole."""
    return frame[frame["population"] == population] if "population" in frame else frame


def the_only(frame: pd.DataFrame, column: str) -> object:
    """Return the one value a column has.

    Raises
    ------
    ParameterError
        When it has none or several: a figure that added them up would show something that does not exist.
    """
    found = list(frame[column].unique())
    if len(found) != 1:
        raise ParameterError(f"frame of a figure, column {column}: given {found}, expected rows of one {column} only.")
    return found[0]


def default_footer(
    frame: pd.DataFrame, names: Mapping[str, str], language: str, population: str | None = "level"
) -> str:
    """Footer that the frame itself calls for; it names the scenario where there is only one.

    `population` is None for a figure that counts no share.
    """
    scenarios = frame["scenario"].unique()
    return figure_footer(
        language,
        scenario=names[scenarios[0]] if len(scenarios) == 1 else None,
        age_line=str(the_only(frame, "age_line")),
        population=population,
    )
