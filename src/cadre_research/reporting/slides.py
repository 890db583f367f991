"""Pictures the size of a slide: a figure with its title and source line, on 1920 by 1080 dots."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SLIDE_DOTS", "dots_per_inch", "save_slide"]

SLIDE_DOTS = (1920, 1080)
# Part of the slide that stays free at each edge.
FREE = 0.03


def dots_per_inch(figure: Figure) -> float:
    """Return the resolution at which a picture of the figure is as large as fits on a slide."""
    across, up = SLIDE_DOTS
    width, height = figure.get_size_inches()
    return (1 - 2 * FREE) * min(across / width, up / height)


def save_slide(picture: Path, path: Path) -> None:
    """Save a slide with a PNG of `dots_per_inch` in its middle, and with the texts inside that PNG, as PNG."""
    # Seconds, which whoever only names the slides need not wait.
    from PIL import Image, PngImagePlugin

    from cadre_research.reporting.figures.style import PNG_LEVEL

    with Image.open(picture) as drawn:
        slide = Image.new("RGB", SLIDE_DOTS, "white")
        left, top = ((room - taken) // 2 for room, taken in zip(SLIDE_DOTS, drawn.size, strict=True))
        slide.paste(drawn.convert("RGB"), (left, top))
        texts = PngImagePlugin.PngInfo()
        for name, text in drawn.text.items():
            texts.add_text(name, text)
    slide.save(path, pnginfo=texts, compress_level=PNG_LEVEL)
