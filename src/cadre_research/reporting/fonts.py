"""Typefaces for figures: one that has Chinese glyphs, the same on every machine where it can be."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from matplotlib import font_manager

from cadre_research.errors import RunError, UnknownNameError
from cadre_research.reporting.wording import LANGUAGES

__all__ = ["SYMBOLS", "chinese_family", "font_families", "font_folders"]

# Ships with matplotlib, has ✓ and ✗, and so is the last resort for every glyph.
SYMBOLS = "DejaVu Sans"

# The package comes first, not the system: a figure must look the same wherever it is made.
PACKAGE, FILE = "pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"
SYSTEM_FAMILIES = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Noto Sans CJK JP")


def font_families(language: str) -> list[str]:
    """Return the families to set a language in, most wanted first.

    Raises
    ------
    UnknownNameError
        For a language that the project does not speak.
    RunError
        For Chinese when no font at hand has the glyphs.
    """
    if language not in LANGUAGES:
        raise UnknownNameError("language", str(language), LANGUAGES)
    if language == "zh":
        return [chinese_family(), SYMBOLS]
    # One typeface for both languages; its Latin letters are narrower, which small panels need.
    packaged = _packaged_family()
    return [packaged, SYMBOLS] if packaged else [SYMBOLS]


def chinese_family() -> str:
    """Return a family that has Chinese glyphs and that matplotlib knows.

    Raises
    ------
    RunError
        When there is none; says what to install.
    """
    packaged = _packaged_family()
    if packaged:
        return packaged
    known = {font.name for font in font_manager.fontManager.ttflist}
    for family in SYSTEM_FAMILIES:
        if family in known:
            return family
    raise RunError(
        "Chinese figures need a font with Chinese glyphs and none was found. Install the Python package "
        "pylopdf-fonts-zh-cn (pip install pylopdf-fonts-zh-cn) or a system font, Noto Sans CJK SC "
        "(fonts-noto-cjk on Debian and Ubuntu, font-noto-sans-cjk-sc with Homebrew)."
    )


def font_folders() -> list[Path]:
    """Folders with the files of `font_families`: that of the symbols, and that of the package where it is there."""
    packaged = _packaged_file()
    symbols = Path(font_manager.findfont(SYMBOLS)).parent
    return [symbols, packaged.parent] if packaged else [symbols]


def _packaged_file() -> Path | None:
    # Found, not imported: only the file is wanted, whatever the package does on import.
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).with_name(FILE)
    return path if path.is_file() else None


@cache
def _packaged_family() -> str | None:
    path = _packaged_file()
    if path is None:
        return None
    font_manager.fontManager.addfont(path)
    return font_manager.FontProperties(fname=path).get_name()
