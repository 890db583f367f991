"""Rates estimated from a register: curves over age, how well they fit, and the recruits to be expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from statsmodels.stats.proportion import proportion_confint

from cadre_research.errors import ParameterError
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.multiples import multiples, not_empty, title_panel
from cadre_research.reporting.suppression import LEAST_PERSONS
from cadre_research.reporting.wording import word

__all__ = ["calibration_chart", "rates_chart", "rates_footer", "recruits_chart", "residuals_chart"]

PANEL_IN = (3.35, 2.35)
BAND_95, BAND_80 = "#DCEBF6", "#B3D4EB"
DOT = {"color": style.INK, "linestyle": "none", "marker": "o", "markersize": 3.2}
RESIDUAL_LIMIT = 2.0


def rates_footer(first_year: int, last_year: int, synthetic: bool, language: str) -> str:
    """Say what estimates rest on.

    >>> rates_footer(2008, 2017, False, "en")
    'Estimated from a personnel register, 2008 to 2017.'
    """
    return word("rates_footer_synthetic" if synthetic else "rates_footer", language, first=first_year, last=last_year)


@style.in_house_style
def rates_chart(
    rates: pd.DataFrame,
    observed: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    years: tuple[int, int],
    footer: str,
    hazards: Sequence[str] | None = None,
) -> Figure:
    """Draw the yearly rate of each way by age with its 95 % band, and the observed rates, a panel a way.

    Parameters
    ----------
    rates, observed : DataFrame
        As `Estimates.rates` and `Estimates.observed`.
    names : mapping
        Display name of hazards, as `rate_summaries.hazard_names` gives it.
    years : (int, int)
        First and last year observed.
    footer : str
        As `rates_footer` makes it.
    hazards : sequence of str, optional
        Those drawn, in this order; all of the frame by default.

    Raises
    ------
    ParameterError
        When there is nothing to draw.
    """
    rates = not_empty(rates, "rates_chart", ["hazard", "age_years", "rate", "low_95", "high_95"])
    chosen = _chosen(rates, hazards)
    figure, panels = multiples(language, len(chosen), PANEL_IN, 1.75)
    for axes, name in zip(panels, chosen, strict=True):
        here, seen = (frame[frame["hazard"] == name] for frame in (rates, _told(observed)))
        band = [100 * here[end] for end in ("low_95", "high_95")]
        axes.fill_between(here["age_years"], *band, color=BAND_95, linewidth=0, gid="band-95")
        axes.plot(here["age_years"], 100 * here["rate"], color=style.YOUNG, linewidth=1.8, label="estimated")
        axes.plot(seen["age_years"], 100 * seen["observed"], label="observed", **DOT)
        # Where hardly anybody is at risk the band is wide, and would press the rest flat.
        top = min(2.2 * here["rate"].max(), 1.1 * here["high_95"].max())
        axes.set_ylim(0, 100 * max(top, 1.15 * seen["observed"].max() if len(seen) else 0))
        _finish(axes, names[name], language, "axis_age_at_opening")
    key = [
        Line2D([], [], color=style.YOUNG, linewidth=1.8, label=word("key_rate_estimated", language)),
        Patch(color=BAND_95, label=word("key_rate_interval", language)),
        Line2D([], [], label=word("key_rate_observed", language), **DOT),
    ]
    title = word("title_rates", language, first=years[0], last=years[1])
    _frame(figure, panels, "axis_rate_a_year", title, footer, word("subtitle_rates", language), key)
    return figure


@style.in_house_style
def calibration_chart(
    calibration: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    footer: str,
    hazards: Sequence[str] | None = None,
) -> Figure:
    """Draw observed against predicted rates by classes of the predicted rate, a panel a way.

    Parameters are those of `rates_chart`; `calibration` is as `Estimates.calibration`.

    Raises
    ------
    ParameterError
        When there is nothing to draw.
    """
    columns = ["hazard", "predicted", "observed", "persons", "events"]
    calibration = _told(not_empty(calibration, "calibration_chart", columns))
    chosen = _chosen(not_empty(calibration, "calibration_chart"), hazards)
    low, high = proportion_confint(calibration["events"], calibration["persons"], method="wilson")
    calibration = calibration.assign(low=low, high=high)
    shown = calibration[calibration["hazard"].isin(chosen)]
    figure, panels = multiples(language, len(chosen), PANEL_IN, 1.75)
    for axes, name in zip(panels, chosen, strict=True):
        here = shown[shown["hazard"] == name]
        ends = 100 * np.array([0.0, 1.06 * max(here["high"].max(), here["predicted"].max())])
        axes.plot(ends, ends, color=style.QUIET, linewidth=0.9, linestyle=(0, (4, 2)), gid="equal")
        axes.vlines(100 * here["predicted"], 100 * here["low"], 100 * here["high"], color=style.YOUNG_PALE)
        axes.plot(100 * here["predicted"], 100 * here["observed"], label="observed", **DOT)
        axes.set(xlim=ends, ylim=ends)
        _finish(axes, names[name], language, "axis_predicted_rate")
    within = int(shown["predicted"].between(shown["low"], shown["high"]).sum())
    title = word("title_calibration", language, within=within, all=len(shown))
    _frame(figure, panels, "axis_observed_rate", title, footer, word("subtitle_calibration", language))
    return figure


@style.in_house_style
def residuals_chart(
    residuals: pd.DataFrame,
    names: Mapping[str, str],
    language: str = "en",
    *,
    footer: str,
    hazards: Sequence[str] | None = None,
) -> Figure:
    """Draw Pearson residuals by age, a panel a way.

    Parameters are those of `rates_chart`; `residuals` is as `Estimates.residuals`.

    Raises
    ------
    ParameterError
        When there is nothing to draw.
    """
    residuals = not_empty(residuals, "residuals_chart", ["hazard", "age_low", "age_high", "residual"])
    chosen = _chosen(residuals, hazards)
    shown = residuals[residuals["hazard"].isin(chosen)]
    figure, panels = multiples(language, len(chosen), PANEL_IN, 1.75, sharey=True)
    reach = 1.1 * max(3.0, shown["residual"].abs().max())
    for axes, name in zip(panels, chosen, strict=True):
        here = shown[shown["hazard"] == name]
        axes.axhspan(-RESIDUAL_LIMIT, RESIDUAL_LIMIT, color=BAND_95, linewidth=0)
        axes.axhline(0, color=style.QUIET, linewidth=0.8)
        axes.plot((here["age_low"] + here["age_high"]) / 2, here["residual"], label="residual", **DOT)
        axes.set_ylim(-reach, reach)
        _finish(axes, names[name], language, "axis_age_at_opening")
    within = int((shown["residual"].abs() <= RESIDUAL_LIMIT).sum())
    title = word("title_residuals", language, within=within, all=len(shown))
    _frame(figure, panels, "axis_residual", title, footer, word("subtitle_residuals", language))
    return figure


@style.in_house_style
def recruits_chart(yearly: pd.DataFrame, forecast: pd.DataFrame, language: str = "en", *, footer: str) -> Figure:
    """Draw entries a year and their forecast with its 80 and 95 % interval.

    Parameters
    ----------
    yearly, forecast : DataFrame
        As `Recruitment.yearly` and `Recruitment.forecast`.

    Raises
    ------
    ParameterError
        When there is nothing to draw.
    """
    forecast = not_empty(forecast, "recruits_chart", ["year", "persons", "low_80", "high_80", "low_95", "high_95"])
    told = not_empty(yearly, "recruits_chart", ["year", "persons"]).query("persons >= @LEAST_PERSONS")
    figure = style.HouseFigure(language, figsize=(7.4, 4.6))
    axes = figure.subplots()
    for width, colour in ((95, BAND_95), (80, BAND_80)):
        band = (forecast[f"low_{width}"], forecast[f"high_{width}"])
        axes.fill_between(forecast["year"], *band, color=colour, linewidth=0, gid=f"band-{width}")
    axes.plot(forecast["year"], forecast["persons"], color=style.YOUNG, linewidth=2.0, label="forecast")
    axes.plot(told["year"], told["persons"], label="observed", **{**DOT, "markersize": 5})
    axes.set_ylim(0, 1.08 * max(forecast["high_95"].max(), yearly["persons"].max()))
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    axes.grid(axis="y")
    axes.set_ylabel(word("axis_recruits", language))
    first = forecast.iloc[0]
    ends = {"persons": "persons", "low": "low_95", "high": "high_95"}
    numbers = {name: f"{first[column]:,.0f}" for name, column in ends.items()}
    key = [
        Line2D([], [], label=word("key_rate_observed", language), **DOT),
        Line2D([], [], color=style.YOUNG, linewidth=2.0, label=word("key_rate_estimated", language)),
        Patch(color=BAND_80, label=word("key_interval_80", language)),
        Patch(color=BAND_95, label=word("key_rate_interval", language)),
    ]
    title = word("title_recruits", language, year=int(first["year"]), **numbers)
    style.frame_texts(figure, title, footer, word("subtitle_recruits", language), key=key, key_columns=4)
    return figure


def _told(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out what rests on too few, whoever made the frame."""
    return frame[(frame["persons"] >= LEAST_PERSONS) & (frame["events"] >= LEAST_PERSONS)] if len(frame) else frame


def _chosen(frame: pd.DataFrame, hazards: Sequence[str] | None) -> list[str]:
    known = list(frame["hazard"].unique())
    missing = [name for name in hazards or () if name not in known]
    if missing:
        raise ParameterError(f"hazards of a figure: given {', '.join(missing)}, expected some of {', '.join(known)}.")
    return list(hazards or known)


def _finish(axes: Axes, title: str, language: str, axis: str) -> None:
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(word(axis, language))
    title_panel(axes, title, PANEL_IN)


def _frame(
    figure: style.HouseFigure,
    panels: list[Axes],
    axis: str,
    title: str,
    footer: str,
    subtitle: str,
    key: Sequence[Artist] = (),
) -> None:
    for axes in panels[:: min(3, len(panels))]:
        axes.set_ylabel(word(axis, figure.language))
    style.frame_texts(figure, title, footer, subtitle, key=key)
