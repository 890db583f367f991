"""Figures of the report, one a module; each takes a tidy frame and returns a Figure, and none shows or saves."""

from cadre_research.reporting.figures.flows import promotions_and_releases
from cadre_research.reporting.figures.matrix import verdict_matrix
from cadre_research.reporting.figures.paths import share_paths
from cadre_research.reporting.figures.pyramid import age_pyramid, opening_pyramid, pyramid_lines
from cadre_research.reporting.figures.waterfall import share_waterfall

__all__ = [
    "age_pyramid",
    "opening_pyramid",
    "promotions_and_releases",
    "pyramid_lines",
    "share_paths",
    "share_waterfall",
    "verdict_matrix",
]
