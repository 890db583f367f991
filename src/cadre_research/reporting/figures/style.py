"""House style: colours that colour-blind readers can tell apart, one look for all figures, output without dates."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cadre_research.reporting.fonts import font_families
from cadre_research.reporting.wording import word

__all__ = ["HouseFigure", "fold", "frame_texts", "house_rc", "in_house_style", "say_hidden"]

# Okabe and Ito's palette. The young are blue wherever they appear, gains green, losses vermilion.
YOUNG = "#0072B2"
YOUNG_PALE = "#56B4E9"
GAIN = "#009E73"
LOSS = "#D55E00"
EMPTY = "#E69F00"
OTHERS_COLOURS = ("#E69F00", "#009E73", "#CC79A7", "#D55E00", "#7A6A00", "#8B5A2B", "#56B4E9")

INK = "#222222"
QUIET = "#666666"
OTHER_AGES = "#C9CDD1"
GRID = "#E4E6E8"

DPI = 144
SCREEN_DPI = 96
PNG_LEVEL = 3
# Of a panel's place, in parts of the figure: far finer than a dot.
PLACE_DIGITS = 9
TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 13.5, 9.5, 8.0
LINE_HEIGHT = 1.35
MARGIN_IN = 0.14
# Mean width of a Latin letter of Noto Sans SC, with a little to spare.
LATIN_WIDTH_EM = 0.52
# Chinese typography starts no line with these.
NOT_FIRST = set("，。；：、）”》！？,.;:)%％")


def house_rc(language: str) -> dict[str, object]:
    """Settings of matplotlib for a figure in a language."""
    return {
        "font.family": font_families(language),
        "font.size": TEXT_SIZE,
        "axes.unicode_minus": True,
        "axes.titlesize": TEXT_SIZE + 0.5,
        "axes.titlelocation": "left",
        "axes.titlecolor": INK,
        # Titles stand right above their axes; matplotlib would look for what is in the way each time it lays out.
        "axes.titley": 1.0,
        "axes.labelsize": SMALL_SIZE + 0.5,
        "axes.labelcolor": QUIET,
        "axes.edgecolor": "#B0B4B8",
        "axes.linewidth": 0.8,
        "axes.axisbelow": True,
        "axes.grid": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "xtick.labelsize": SMALL_SIZE + 0.5,
        "ytick.labelsize": SMALL_SIZE + 0.5,
        "xtick.color": "#B0B4B8",
        "ytick.color": "#B0B4B8",
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "text.color": INK,
        # A name with two dollar signs is a name, and no formula.
        "text.parse_math": False,
        # Letters as they were designed, and as those of an SVG; fitting them to pixels takes longer.
        "text.hinting": "none",
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        # Element ids of an SVG are random without it.
        "svg.hashsalt": "cadre-research",
        "svg.fonttype": "path",
    }


class HouseFigure(Figure):
    """A figure that keeps the house style until it is drawn and shows itself in a notebook.

    Ticks are made at drawing time, so the settings must hold then too: else tick labels fall back to a font without
    Chinese glyphs. A bare matplotlib Figure has no picture in a notebook unless pyplot was imported there; this one
    needs no pyplot, which would keep every figure in memory.
    """

    def __init__(self, language: str, **settings: object) -> None:
        self.language = language
        super().__init__(dpi=DPI, **settings)
        # Texts that were measured to lay it out are not measured again to draw it on the same canvas.
        FigureCanvasAgg(self)

    def draw(self, renderer: object) -> None:
        """Draw in house style."""
        with mpl.rc_context(house_rc(self.language)):
            super().draw(renderer)

    def savefig(self, fname: object, **settings: object) -> None:
        """Save in house style; an SVG or PDF carries no date, so the same figure gives the same bytes."""
        kind = str(settings.get("format") or str(fname).rsplit(".", 1)[-1]).lower()
        undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
        given = settings.pop("metadata", None) or {}
        if kind == "png":
            # As small as at the usual level, in two thirds of the time.
            settings.setdefault("pil_kwargs", {"compress_level": PNG_LEVEL})
        with mpl.rc_context(house_rc(self.language)):
            self._lay_out()
            super().savefig(fname, metadata={**undated, **given}, **settings)

    def _lay_out(self) -> None:
        """Lay out the figure, once: matplotlib would draw all of it for that each time it is saved.

        No place is sought for what takes none, which would be a fifth of the time.
        """
        if (engine := self.get_layout_engine()) is not None:
            for axes in self.axes:
                # The ticks and their labels stand further out than the lines that they stand on.
                axes.spines[:].set_in_layout(False)
                for axis in (axes.xaxis, axes.yaxis):
                    if not axis.get_label_text():
                        axis.set_label_coords(0, 0)
            engine.execute(self)
            self.set_layout_engine(None)
            for axes in self.axes:
                # The last digits, and so the bytes of a picture, depend on where the solver's variables lie in memory.
                axes.set_position(np.round(axes.get_position(original=True).bounds, PLACE_DIGITS), which="original")

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        picture = io.BytesIO()
        self.savefig(picture, format="png")
        width, height = (round(inches * SCREEN_DPI) for inches in self.get_size_inches())
        return picture.getvalue(), {"width": width, "height": height}


def in_house_style(build: Callable[..., Figure]) -> Callable[..., Figure]:
    """Let a function that builds a figure do so in the style of its argument `language`."""
    parameters = signature(build)

    @wraps(build)
    def styled(*given: object, **named: object) -> Figure:
        arguments = parameters.bind(*given, **named)
        arguments.apply_defaults()
        with mpl.rc_context(house_rc(arguments.arguments["language"])):
            return build(*arguments.args, **arguments.kwargs)

    return styled


def frame_texts(
    figure: HouseFigure, title: str, footer: str, subtitle: str = "", key: Sequence[Artist] = (), key_columns: int = 3
) -> None:
    """Set title, subtitle, key and footer at the left edge and give the axes the room between.

    Texts are folded to the width; the key, if any, stands above the footer.
    """
    width, height = figure.get_size_inches()
    room = width - 2 * MARGIN_IN
    left = MARGIN_IN / width
    top = MARGIN_IN
    for text, size, colour in ((title, TITLE_SIZE, INK), (subtitle, TEXT_SIZE, QUIET)):
        if text:
            folded = fold(text, room, size)
            figure.text(
                left, 1 - top / height, folded, size=size, color=colour, va="top", linespacing=LINE_HEIGHT - 0.1
            )
            top += _lines_high(folded, size) + 0.03
    folded = fold(footer, room, SMALL_SIZE)
    figure.text(left, 0.08 / height, folded, size=SMALL_SIZE, color=QUIET, va="bottom")
    bottom = _lines_high(folded, SMALL_SIZE) + 0.14
    if key:
        rows = -(-len(key) // key_columns)
        figure.legend(
            handles=key,
            loc="lower left",
            bbox_to_anchor=(left, (bottom - 0.02) / height),
            ncols=key_columns,
            frameon=False,
            fontsize=SMALL_SIZE + 0.5,
            borderaxespad=0.2,
            borderpad=0,
        ).set_in_layout(False)
        bottom += rows * (SMALL_SIZE + 0.5) * 1.6 / 72 + 0.1
    figure.set_layout_engine(
        "constrained",
        rect=(left, bottom / height, 1 - 2 * left, 1 - (top + bottom + 0.04) / height),
        w_pad=0.06,
        h_pad=0.06,
    )


def say_hidden(axes: Axes, language: str) -> None:
    """Say in the place of a picture that nothing of it may be shown, for its own size or for another group's sake."""
    text = word("not_shown", language)
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=QUIET, gid="hidden")


def fold(text: str, width_in: float, size_pt: float) -> str:
    r"""Break a text into lines of about `width_in` inches: between words, or between any two Chinese characters.

    >>> fold("县处级副职干部", 0.5, 10)
    '县处级\n副职干\n部'
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if line and _width_in(line + piece.rstrip(), size_pt) > width_in and piece[0] not in NOT_FIRST:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return "\n".join([*lines, line.rstrip()])


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for character in text:
        starts = not pieces or _is_wide(character) or _is_wide(pieces[-1][-1]) or pieces[-1][-1] == " "
        if starts:
            pieces.append(character)
        else:
            pieces[-1] += character
    return pieces


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _width_in(text: str, size_pt: float) -> float:
    return sum(1.0 if _is_wide(character) else LATIN_WIDTH_EM for character in text) * size_pt / 72


def _lines_high(text: str, size_pt: float) -> float:
    return (text.count("\n") + 1) * size_pt * LINE_HEIGHT / 72
