"""Pictures the size of a slide: a figure with its title and source line, on 1920 by 1080 dots."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cadre_research.reporting.office_file import plain_text

if TYPE_CHECKING:
    from cadre_research.reporting.figures.style import HouseFigure

__all__ = ["SLIDE_DOTS", "save_slide"]

SLIDE_DOTS = (1920, 1080)
# Part of the slide that stays free at each edge.
FREE = 0.03
BEHIND = -10


def save_slide(figure: HouseFigure, path: Path, title: str, text: str) -> None:
    """Save a figure as PNG of the size of a slide, as large as fits; with its text alternative inside."""
    # Seconds, which whoever only names the slides need not wait.
    from matplotlib.patches import Rectangle
    from matplotlib.transforms import Bbox

    width, height = figure.get_size_inches()
    across, up = SLIDE_DOTS
    # Inches of the figure that the slide is high, so that the figure fits both ways.
    high = max(height, width * up / across) / (1 - 2 * FREE)
    dots_per_inch = up / high
    wide = across / dots_per_inch
    left, bottom = (width - wide) / 2, (height - high) / 2
    # What lies beyond the figure would be seen through.
    paper = Rectangle((left, bottom), wide, high, transform=figure.dpi_scale_trans, color="white", zorder=BEHIND)
    figure.add_artist(paper).set_clip_on(False)
    figure.savefig(
        path,
        dpi=dots_per_inch,
        bbox_inches=Bbox.from_bounds(left, bottom, wide, high),
        metadata={"Title": plain_text(title), "Description": plain_text(text)},
    )
