"""A brief as a Word document: headings, a real table, a picture with a text alternative; the same bytes every time."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cadre_research.reporting.brief import Brief, Lines, forecasts_in
from cadre_research.reporting.office_file import undated, wide

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

__all__ = ["brief_docx"]

AUTHOR = "cadre-research contributors"
# Of the machine that opens it: for Latin letters, for Chinese ones, and what stands in for the latter.
LATIN, CHINESE, CHINESE_FALLBACKS = "Arial", "Noto Sans SC", "Microsoft YaHei, PingFang SC, Noto Sans CJK SC, SimSun"
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
# As parts of the size of the text.
TABLE, SMALL, LEAD, TITLE, HEADING = 0.86, 0.78, 1.08, 1.6, 1.25
TEXT_POINTS = 9.5
LINE = 1.3
# Signs that fit beside the table on the first page at that size, Chinese ones counted twice.
MOST_SIGNS = {"en": 3600, "zh": 2700}
INK, SOFT, ACCENT, RULE = "1C2126", "4D5761", "1F5FA8", "C5CBD1"
MARGIN_CM = 1.7
PAGE_CM = (21.0, 29.7)
FONT_TABLE = "word/fontTable.xml"


def brief_docx(brief: Brief, picture: bytes, created: datetime) -> bytes:
    """Write a brief as a document of two A4 pages.

    Parameters
    ----------
    brief : Brief
    picture : bytes
        PNG.
    created : datetime
        Said in the file to be the time it was made, in UTC.
    """
    import docx  # a third of a second that nothing else needs
    from docx.shared import Cm

    document = docx.Document()
    points = _points(brief)
    _describe(document, brief, created)
    _layout(document, brief, points)
    document.add_heading(brief.title, 0)
    if brief.notice:
        _paragraph(document, brief.notice, points, style="Intense Quote")
    _paragraph(document, brief.answer, points * LEAD)
    _paragraph(document, f"{brief.shown} {brief.marks}", points * TABLE, soft=True)
    _table(document, brief, points)
    for section in brief.sections[:-1]:
        _section(document, *section, brief.language)
    _picture(document, brief, picture)
    _section(document, *brief.sections[-1], brief.language)
    _paragraph(document, brief.cite, points * TABLE, soft=True).paragraph_format.space_before = Cm(0.6)
    _paragraph(document, brief.made, points * TABLE, soft=True)
    made = io.BytesIO()
    document.save(made)
    return undated(made.getvalue(), created, {FONT_TABLE: _font_table()})


def _points(brief: Brief) -> float:
    """Size of the text: smaller where there is more of it than usual, so that two pages hold it."""
    lines = [text for _, section in brief.sections[:-1] for line in section for text in line]
    cells = [line for row in brief.rows for cell in row for line in cell]
    signs = wide("".join([brief.title, brief.notice, brief.answer, brief.shown, brief.marks, *lines, *cells]))
    return TEXT_POINTS * min(1.0, (MOST_SIGNS[brief.language] / signs) ** 0.5)


def _describe(document: Document, brief: Brief, created: datetime) -> None:
    """Title, author, language and times of the file."""
    about, at = document.core_properties, created.replace(tzinfo=None)
    about.title, about.author, about.last_modified_by = brief.title[:255], AUTHOR, AUTHOR
    about.language, about.comments, about.revision = brief.html_language, "", 1
    about.created = about.modified = at


def _layout(document: Document, brief: Brief, points: float) -> None:
    """Paper and typefaces."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt, RGBColor

    section = document.sections[0]
    section.page_width, section.page_height = (Cm(length) for length in PAGE_CM)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN_CM)
    section.header_distance = section.footer_distance = Cm(0.8)
    sizes = {"Normal": 1.0, "Title": TITLE, "Heading 1": HEADING, "Intense Quote": 1.0}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.size, style.font.bold, style.font.italic = Pt(points * size), name == "Heading 1", False
        style.paragraph_format.space_after, style.paragraph_format.space_before = Pt(3), Pt(0)
        style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT
        style.font.color.rgb = RGBColor.from_string(ACCENT if name in ("Heading 1", "Intense Quote") else INK)
        _typefaces(style, brief.language)
    # A Chinese typeface would ask for half as much again.
    document.styles["Normal"].paragraph_format.line_spacing = Pt(points * LINE)
    document.styles["Heading 1"].paragraph_format.space_before = Pt(10)
    borders = document.styles["Title"].element.pPr.find(_qualified("w:pBdr"))
    if borders is not None:
        document.styles["Title"].element.pPr.remove(borders)


def _typefaces(style: Any, language: str) -> None:
    """Latin and Chinese typeface and language of a style, in the place of its theme's."""
    from docx.oxml import OxmlElement

    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for kind, family in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", CHINESE)):
        fonts.set(_qualified(f"w:{kind}"), family)
    for spoken in properties.findall(_qualified("w:lang")):
        properties.remove(spoken)
    spoken = OxmlElement("w:lang")
    spoken.set(_qualified("w:val"), LANGUAGES[language])
    spoken.set(_qualified("w:eastAsia"), LANGUAGES["zh"])
    properties.append(spoken)


def _table(document: Document, brief: Brief, points: float) -> None:
    """The verdict table, its headings repeated where it runs over a page."""
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    table = document.add_table(rows=1, cols=len(brief.headings))
    table.autofit = False
    _rules(table)
    widths = _widths(brief)
    for cell, heading in zip(table.rows[0].cells, brief.headings, strict=True):
        _fill(cell, (heading,), points, head=True)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    for row in brief.rows:
        cells = table.add_row().cells
        for cell, lines in zip(cells, row, strict=True):
            _fill(cell, lines, points)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)


def _widths(brief: Brief) -> list[float]:
    """Widths of the columns in centimetres: target, share now, forecasts, what they took, basis."""
    whole = PAGE_CM[0] - 2 * MARGIN_CM
    first, now, forecast, last = 3.1, 1.6, 3.0, 1.9
    forecasts = forecasts_in(brief)
    others = len(brief.headings) - forecasts - 3
    rest = whole - first - now - forecasts * forecast - last
    return [first, now, *[forecast] * forecasts, *[rest / max(others, 1)] * others, last]


def _rules(table: Any) -> None:
    """Thin lines between the rows alone."""
    from docx.oxml import OxmlElement

    borders = OxmlElement("w:tblBorders")
    for edge in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{edge}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", RULE)):
            line.set(_qualified(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def _fill(cell: Any, lines: tuple[str, ...], points: float, *, head: bool = False) -> None:
    from docx.shared import Pt, RGBColor

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    for place, line in enumerate(lines):
        run = paragraph.add_run(line)
        run.font.size = Pt(points * (TABLE if place == 0 else SMALL))
        run.font.color.rgb = RGBColor.from_string(SOFT if head or place else INK)
        if place + 1 < len(lines):
            run.add_break()


def _paragraph(
    document: Document, text: str, points: float, *, style: str | None = None, soft: bool = False
) -> Paragraph:
    from docx.shared import Pt, RGBColor

    paragraph = document.add_paragraph(style=style)
    run = paragraph.add_run(text)
    run.font.size = Pt(points)
    if soft:
        run.font.color.rgb = RGBColor.from_string(SOFT)
    return paragraph


def _picture(document: Document, brief: Brief, picture: bytes) -> None:
    """The picture at the top of the second page, with its text alternative."""
    from docx.shared import Cm

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.page_break_before, paragraph.paragraph_format.line_spacing = True, 1.0
    shape = paragraph.add_run().add_picture(io.BytesIO(picture), width=Cm(PAGE_CM[0] - 2 * MARGIN_CM))
    shape._inline.docPr.set("descr", brief.picture_text)
    shape._inline.docPr.set("title", brief.shown)


def _section(document: Document, heading: str, lines: Lines, language: str) -> None:
    """A heading, and a paragraph a line with its label in front."""
    document.add_heading(heading, 1)
    for label, text in lines:
        paragraph = document.add_paragraph()
        run = paragraph.add_run(label + ("：" if language == "zh" else ": "))
        run.font.bold = True
        paragraph.add_run(text)


def _font_table() -> bytes:
    """What stands in for the Chinese typeface where a machine has it not."""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<w:fonts xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'<w:font w:name="{LATIN}"><w:altName w:val="Liberation Sans, Helvetica"/><w:family w:val="swiss"/></w:font>'
        f'<w:font w:name="{CHINESE}"><w:altName w:val="{CHINESE_FALLBACKS}"/><w:charset w:val="86"/>'
        '<w:family w:val="swiss"/></w:font></w:fonts>'
    ).encode()


def _qualified(name: str) -> str:
    from docx.oxml.ns import qn

    return qn(name)
