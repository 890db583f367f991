"""Pictures that stand inside a page, as addresses that hold them, and small enough for a page that is read at once."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figure_address", "picture_address"]

# Shades of the colours of a chart and of the edges between them; more cannot be told from these.
SHADES = 24
# Levels of colour from here on are white; the paper of a chart would else be a shade darker than the page.
WHITE = 253


def picture_address(picture: Path) -> str:
    """Address that holds a picture: an SVG as it is, a PNG as a WebP of 24 shades, a fifth of the size.

    For an <img>, so that nothing inside an SVG can act on the page.
    """
    if picture.suffix == ".svg":
        return _address("svg+xml", picture.read_bytes())
    from PIL import Image  # which whoever embeds nothing need not wait for

    held = io.BytesIO()
    with Image.open(picture) as image:
        shades = image.convert("RGB").quantize(SHADES, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        shades.convert("RGB").point(lambda level: 255 if level >= WHITE else level).save(held, "WEBP", lossless=True)
    return _address("webp", held.getvalue())


def figure_address(figure: Figure, dots_per_inch: float = 110) -> str:
    """Address that holds a figure as a PNG, for an <img>."""
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=dots_per_inch)
    return _address("png", held.getvalue())


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
