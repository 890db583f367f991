"""A brief as PDF: tagged, with title, language and a text in the place of its picture; the same bytes every time."""

from __future__ import annotations

import json
from datetime import datetime

from cadre_research.reporting.brief import Brief, forecasts_in
from cadre_research.reporting.fonts import font_families, font_folders
from cadre_research.reporting.templates import TEMPLATES

__all__ = ["brief_pdf"]

AUTHOR = "cadre-research contributors"
# PDF 1.7 that readers for the blind can follow; the compiler refuses what is not.
STANDARD = "ua-1"


def brief_pdf(brief: Brief, picture: bytes, created: datetime) -> bytes:
    """Set a brief on two A4 pages.

    Texts are handed over as data, and so stay texts whatever stands in them.

    Parameters
    ----------
    brief : Brief
    picture : bytes
        SVG.
    created : datetime
        Said in the file to be the time it was made.
    """
    import typst  # a compiler, which only a whole report needs

    told = {
        **vars(brief),
        "author": AUTHOR,
        "fonts": font_families(brief.language),
        "forecasts": forecasts_in(brief),
    }
    folders = font_folders()
    return typst.compile(
        (TEMPLATES / "brief.typ").read_bytes(),
        font_paths=[str(folder) for folder in folders],
        # The same letters on every machine, where the package of typefaces is there.
        ignore_system_fonts=len(folders) > 1,
        sys_inputs={"brief": json.dumps(told, ensure_ascii=False), "picture": picture.decode()},
        pdf_standards=[STANDARD],
        timestamp=created,
    )
