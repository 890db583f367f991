"""The explorer's three charts, as Vega-Lite: shares, their paths, and an age pyramid. Rows come from the page's script.

Colours are the page's own variables, so that a chart is light, dark or printed as the page is. No chart moves by
itself, and none needs its colours to be read: verdicts stand in words, paths differ by dash and by mark.
"""

from __future__ import annotations

from typing import Any

import altair as alt

__all__ = ["explorer_charts"]

BAND_PX, PYRAMID_BAND_PX, PATHS_PX = 34, 24, 300
FONT_PX = 12
FONT = "system-ui, Noto Sans, Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
PATH_COLOURS = [f"var(--path-{number})" for number in range(1, 7)]
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [10, 3]]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
VERDICT_COLOURS = {"yes": "var(--yes)", "no": "var(--bar)", "close": "var(--accent)"}
ORDER = alt.EncodingSortField(field="order", op="min")
PERCENT = alt.Axis(format=".0%", title=None, tickCount=5)


def explorer_charts(targets: int, bands: int) -> dict[str, dict[str, Any]]:
    """Specifications of the charts, by name, for so many targets and bands of ages.

    Named data are filled by the page: `shares` (name, order, share, goal, text, verdict), `paths` (name, order, year,
    share), `goals` (goal), `horizon` (year), `people` (band, order, sex, persons, opening, young); so are the
    parameters `top` (highest share on the axis) and `left`, `right` (persons at the ends of the pyramid).
    """
    charts = {"shares": _shares(targets), "paths": _paths(), "people": _people(bands)}
    return {name: _in_page_style(chart).to_dict() for name, chart in charts.items()}


def _shares(targets: int) -> alt.LayerChart:
    top = alt.param(name="top", value=0.25)
    share = alt.X("share:Q", scale=alt.Scale(domainMin=0, domainMax=alt.ExprRef("top"), nice=False), axis=PERCENT)
    name = alt.Y("name:N", sort=ORDER, title=None, axis=alt.Axis(labelLimit=165, ticks=False))
    base = alt.Chart(alt.NamedData("shares")).encode(y=name)
    bars = base.mark_bar(height={"band": 0.55}).encode(
        x=share,
        color=alt.Color(
            "verdict:N",
            scale=alt.Scale(domain=list(VERDICT_COLOURS), range=list(VERDICT_COLOURS.values())),
            legend=None,
        ),
    )
    goals = base.mark_tick(thickness=2, size=BAND_PX, color="var(--ink)").encode(x="goal:Q")
    # Beside the bar or, where the line of what is asked lies to its right, beside that.
    texts = base.mark_text(align="left", dx=6, color="var(--ink)", fontWeight="bold").encode(
        x=alt.X("beside:Q"), text="text:N"
    )
    chart = alt.layer(bars, goals, texts).add_params(top)
    return chart.properties(width="container", height=targets * BAND_PX)


def _paths() -> alt.LayerChart:
    top = alt.param(name="top", value=0.25)
    year = alt.X(
        "year:Q",
        axis=alt.Axis(format="d", title=None, tickMinStep=1, grid=False),
        scale=alt.Scale(nice=False, zero=False),
    )
    share = alt.Y(
        "share:Q",
        scale=alt.Scale(domainMin=0, domainMax=alt.ExprRef("top"), nice=False),
        axis=PERCENT,
    )
    legend = alt.Legend(orient="bottom", columns=2, title=None, labelLimit=165, symbolType="stroke", symbolSize=400)
    ranges = {"color": PATH_COLOURS, "strokeDash": DASHES, "shape": SHAPES}
    channels = {"color": alt.Color, "strokeDash": alt.StrokeDash, "shape": alt.Shape}
    by_name = {
        channel: kind(
            "name:N", sort=ORDER, scale=alt.Scale(range=ranges[channel]), legend=None if channel == "shape" else legend
        )
        for channel, kind in channels.items()
    }
    points = alt.OverlayMarkDef(filled=True, size=36, opacity=1)
    lines = alt.Chart(alt.NamedData("paths")).mark_line(strokeWidth=2, point=points).encode(x=year, y=share, **by_name)
    goals = alt.Chart(alt.NamedData("goals")).mark_rule(strokeWidth=1.5, color="var(--ink)").encode(y="goal:Q")
    horizon = alt.Chart(alt.NamedData("horizon")).mark_rule(strokeDash=[2, 3], color="var(--soft)").encode(x="year:Q")
    chart = alt.layer(goals, horizon, lines).add_params(top)
    return chart.properties(width="container", height=PATHS_PX)


def _people(bands: int) -> alt.LayerChart:
    ends = [alt.param(name=name, value=value) for name, value in (("left", -1), ("right", 1))]
    persons = alt.X(
        "persons:Q",
        scale=alt.Scale(domainMin=alt.ExprRef("left"), domainMax=alt.ExprRef("right"), nice=False),
        axis=alt.Axis(labelExpr="format(abs(datum.value), ',d')", title=None, tickCount=6, tickMinStep=1),
    )
    band = alt.Y(
        "band:N",
        sort=alt.EncodingSortField(field="order", op="min", order="descending"),
        title=None,
        axis=alt.Axis(ticks=False),
    )
    base = alt.Chart(alt.NamedData("people")).encode(y=band)
    filled = base.mark_bar(height={"band": 0.8}).encode(
        x=persons,
        color=alt.Color(
            "young:N",
            scale=alt.Scale(domain=[True, False], range=["var(--young)", "var(--bar)"]),
            legend=None,
        ),
    )
    outline = base.mark_bar(height={"band": 0.8}, filled=False, stroke="var(--ink)", strokeWidth=1.2).encode(
        x=alt.X("opening:Q")
    )
    chart = alt.layer(filled, outline).add_params(*ends)
    return chart.properties(width="container", height=bands * PYRAMID_BAND_PX)


def _in_page_style(chart: alt.LayerChart) -> alt.LayerChart:
    """No ground of its own, the page's letters and colours, and a width that follows the page's."""
    axis = {
        "labelColor": "var(--ink)",
        "labelFontSize": FONT_PX,
        "domainColor": "var(--rule)",
        "tickColor": "var(--rule)",
        "gridColor": "var(--rule)",
    }
    return (
        chart.properties(autosize=alt.AutoSizeParams(type="fit-x", contains="padding", resize=True))
        .configure(background="transparent", font=FONT)
        .configure_axis(**axis)
        .configure_legend(labelColor="var(--ink)", labelFontSize=FONT_PX)
        .configure_text(fontSize=FONT_PX)
        .configure_view(stroke=None)
    )
