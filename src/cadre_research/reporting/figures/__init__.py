"""Figures of the report, one a module; each takes tidy frames and returns a Figure, and none shows or saves."""

from cadre_research.reporting.figures.after import after_the_horizon_chart
from cadre_research.reporting.figures.attainability import attainability_curve
from cadre_research.reporting.figures.backtest import backtest_chart
from cadre_research.reporting.figures.contributions import contributions_chart
from cadre_research.reporting.figures.fan import fan_chart
from cadre_research.reporting.figures.flows import promotions_and_releases
from cadre_research.reporting.figures.frontier import lever_frontier
from cadre_research.reporting.figures.funnel import funnel_plot
from cadre_research.reporting.figures.lever_curves import lever_curves
from cadre_research.reporting.figures.matrix import verdict_matrix
from cadre_research.reporting.figures.paths import share_paths
from cadre_research.reporting.figures.plan import optimal_plan_picture
from cadre_research.reporting.figures.pyramid import age_pyramid, opening_pyramid, pyramid_lines
from cadre_research.reporting.figures.rates import (
    calibration_chart,
    rates_chart,
    rates_footer,
    recruits_chart,
    residuals_chart,
)
from cadre_research.reporting.figures.revisions import revisions, rows_revised
from cadre_research.reporting.figures.tornado import tornado_chart
from cadre_research.reporting.figures.waterfall import share_waterfall

__all__ = [
    "after_the_horizon_chart",
    "age_pyramid",
    "attainability_curve",
    "backtest_chart",
    "calibration_chart",
    "contributions_chart",
    "fan_chart",
    "funnel_plot",
    "lever_curves",
    "lever_frontier",
    "opening_pyramid",
    "optimal_plan_picture",
    "promotions_and_releases",
    "pyramid_lines",
    "rates_chart",
    "rates_footer",
    "recruits_chart",
    "residuals_chart",
    "revisions",
    "rows_revised",
    "share_paths",
    "share_waterfall",
    "tornado_chart",
    "verdict_matrix",
]
