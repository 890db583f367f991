"""How paths of many scenarios are told apart: colours, dashes, and labels that do not touch."""

from __future__ import annotations

import re

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_hex

from cadre_research.findings.study import BASELINE
from cadre_research.reporting.figures import style

__all__ = ["apart", "looks_of", "rate_of"]

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
