"""How paths of many scenarios are told apart: colours, dashes, and labels that do not touch."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex

from cadre_research.findings.study import BASELINE
from cadre_research.reporting.figures import style
from cadre_research.reporting.wording import word

__all__ = ["apart", "label_ends", "looks_of", "name_deadline", "rate_of"]

RATE = re.compile(r"rate-0*(\d+)")
RATE_COLOURS = LinearSegmentedColormap.from_list("rates", ["#9CCBE8", style.YOUNG, "#08305A"])
DASHES = ("solid", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))


def looks_of(scenarios: list[str]) -> dict[str, dict[str, object]]:
    """Colour, dash and width of each scenario's path: rates graded in blue, the status quo grey, others apart."""
    rates = sorted((name for name in scenarios if rate_of(name) is not None), key=rate_of)
    others = [name for name in scenarios if name not in rates and name != BASELINE]
    looks: dict[str, dict[str, object]] = {}
    for name in scenarios:
        if name == BASELINE and len(scenarios) > 1:
            looks[name] = {"color": style.QUIET, "linestyle": (0, (4, 2)), "linewidth": 1.5}
        elif len(scenarios) <= 2:
            looks[name] = {"color": style.YOUNG, "linestyle": "solid", "linewidth": 2.2}
        elif name in rates:
            grade = rates.index(name) / max(1, len(rates) - 1)
            looks[name] = {"color": to_hex(RATE_COLOURS(grade)), "linestyle": "solid", "linewidth": 1.7}
        else:
            place = others.index(name)
            colour = style.OTHERS_COLOURS[place % len(style.OTHERS_COLOURS)]
            looks[name] = {"color": colour, "linestyle": DASHES[1 + place % (len(DASHES) - 1)], "linewidth": 1.5}
    return looks


def rate_of(scenario: str) -> int | None:
    """Promotions per 100 posts a year that a scenario of the rate family is named after, None for any other.

    >>> rate_of("rate-08"), rate_of("status-quo")
    (8, None)
    """
    found = RATE.fullmatch(scenario)
    return int(found[1]) if found else None


def apart(wanted: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Move ascending positions as little as needed so that labels of these heights do not overlap.

    >>> apart(np.array([1.0, 1.0, 5.0]), np.array([2.0, 2.0, 2.0])).tolist()
    [0.0, 2.0, 5.0]
    """
    at = wanted.copy()
    for _ in range(100):
        overlap = (heights[1:] + heights[:-1]) / 2 - np.diff(at)
        if not (overlap > 1e-6).any():
            break
        push = np.where(overlap > 0, overlap / 2, 0.0)
        at[1:] += push
        at[:-1] -= push
    return at


def label_ends(
    axes: Axes,
    ends: Mapping[str, tuple[float, float, str]],
    units_per_point: float,
    options: Callable[[str], Mapping[str, object]] = lambda name: {},
) -> None:
    """Write a text beside the end of each path, moved apart where two would touch.

    Parameters
    ----------
    ends : mapping of name to (x, y, text)
    units_per_point : float
        Units of y that a point of type takes.
    options : callable
        Further options of the text, by name.
    """
    ascending = sorted(ends.items(), key=lambda end: end[1][1])
    wanted = np.array([y for _, (_, y, _) in ascending])
    heights = np.full(len(ascending), 1.15 * style.SMALL_SIZE * units_per_point)
    for (name, (x, _, text)), at in zip(ascending, apart(wanted, heights), strict=True):
        axes.annotate(
            text,
            (x, at),
            (4, 0),
            textcoords="offset points",
            va="center",
            size=style.SMALL_SIZE,
            annotation_clip=False,
            **options(name),
        )


def name_deadline(axes: Axes, year: int, language: str) -> None:
    """Say at the foot of a year's line that it is a deadline."""
    axes.annotate(
        word("deadline_end_of", language, year=year),
        (year, 0),
        (-3, 4),
        axes.get_xaxis_transform(),
        "offset points",
        ha="right",
        size=style.SMALL_SIZE,
        color=style.QUIET,
    )
