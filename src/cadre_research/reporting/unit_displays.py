"""What the page of units displays, one heading a target or unit; a funnel plot only where every unit may be shown."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import pandas as pd
from IPython.display import HTML, display

from cadre_research.evidence.targets import Targets
from cadre_research.evidence.units import Units
from cadre_research.reporting.figures import funnel_plot
from cadre_research.reporting.unit_sheets import league_summary, unit_sheet
from cadre_research.reporting.wording import word

__all__ = ["leading_targets", "show_funnels", "show_leagues", "show_sheets", "sizes_from"]

LEADING = 2


def leading_targets(targets: Targets) -> list[str]:
    """Ids of the targets that a survey counted; where it counted none, of the first two."""
    counted = [target.id for target in targets.targets if target.survey]
    return counted or list(targets.ids[:LEADING])


def sizes_from(units: Units, language: str) -> str:
    """Say where the units' sizes come from, as a sentence to follow others; nothing where they are no assumption."""
    return word("unit_sizes_assumed", language) if units.provenance == "assumed" else ""


def show_leagues(
    chances: pd.DataFrame, targets: Sequence[str], names: Mapping[str, str], language: str, *, banded: bool
) -> None:
    """Show all units beside each other, for some targets at one horizon; `chances` as for `unit_sheets.unit_sheet`."""
    for target in targets:
        _heading(names[target])
        display(league_summary(chances[chances["target"] == target], names, language, banded=banded))


def show_funnels(
    funnel: pd.DataFrame,
    targets: Sequence[str],
    names: Mapping[str, str],
    language: str,
    *,
    banded: bool,
    sizes: str = "",
) -> None:
    """Show the funnel plot of some targets in one year; a sentence in its place where units are shown in bands.

    Parameters
    ----------
    funnel : DataFrame
        As `findings.funnel.funnel` returns, of several targets.
    sizes : str
        As `sizes_from` says.
    """
    if banded:
        display(HTML(f"<p>{word('funnel_not_shown', language)}</p>"))
        return
    for target in targets:
        display(funnel_plot(funnel[funnel["target"] == target], names, language, sizes=sizes))


def show_sheets(
    appraised: pd.DataFrame,
    chances: pd.DataFrame,
    names: Mapping[str, str],
    language: str,
    *,
    banded: bool,
    units: slice = slice(None),
) -> None:
    """Show the appraisal sheet of every unit, or of some, under its name; in print each begins a page."""
    for unit in appraised["unit"].unique()[units]:
        _heading(names[unit], "sheet")
        display(unit_sheet(appraised, chances, unit, names, language, banded=banded))


def _heading(text: str, kind: str = "") -> None:
    """A heading of an output; what stands in it is text, whatever it is."""
    display(HTML(f'<h3 class="{kind}">{html.escape(text)}</h3>' if kind else f"<h3>{html.escape(text)}</h3>"))
