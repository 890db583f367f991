"""Briefs as others open them: the Word document through an office suite, the PDF through a reader, page by page.

Asked for by `-m browser`. An office suite is not installed by the project: apt-get install libreoffice-writer-nogui.
"""

import ctypes
import io
import os
import re
import shutil
import subprocess

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from handouts import CREATED, content_of
from matplotlib import get_data_path

from cadre_research.reporting.brief import brief_of
from cadre_research.reporting.brief_pdf import brief_pdf
from cadre_research.reporting.brief_word import brief_docx
from cadre_research.reporting.figures import style
from cadre_research.reporting.fonts import font_folders

pytestmark = pytest.mark.browser

LANGUAGES = ("en", "zh")
# Fonts of the test alone: what is shown must not depend on those of the machine.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>{folders}<cachedir>{cache}</cachedir>
<alias binding="same"><family>Arial</family><prefer><family>DejaVu Sans</family></prefer></alias></fontconfig>"""


@style.in_house_style
def drawn(language):
    """A small figure with words in it."""
    figure = style.HouseFigure(language, figsize=(10.0, 6.8))
    figure.text(0.1, 0.5, {"en": "A picture", "zh": "一幅图"}[language], size=30)
    figure.add_axes((0.1, 0.6, 0.8, 0.3)).plot([0, 1], [0, 1])
    return figure


def picture(kind, language):
    made = io.BytesIO()
    drawn(language).savefig(made, format=kind)
    return made.getvalue()


@pytest.fixture(params=LANGUAGES, scope="module")
def brief(request, study):
    """Of the project's own six targets."""
    content, tables = content_of(list(study.evidence.targets.targets))
    return brief_of(content, study, tables, request.param)


def printed(content, folder):
    """The PDF that an office suite makes of a Word document."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.fail("no office suite found. Install one: apt-get install libreoffice-writer-nogui")
    (folder / "brief.docx").write_bytes(content)
    folders = "".join(f"<dir>{path}</dir>" for path in (*font_folders(), f"{get_data_path()}/fonts/ttf"))
    (folder / "fonts.conf").write_text(FONTS.format(folders=folders, cache=folder / "cache"), encoding="utf-8")
    command = [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "pdf"]
    subprocess.run(
        [*command, "--outdir", str(folder), str(folder / "brief.docx")],
        env={**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf"), "HOME": str(folder)},
        check=True,
        capture_output=True,
        timeout=300,
    )
    return (folder / "brief.pdf").read_bytes()


@pytest.fixture(params=["pdf", "word"], scope="module")
def document(request, brief, tmp_path_factory):
    language = brief.language
    made = (
        brief_pdf(brief, picture("svg", language), CREATED)
        if request.param == "pdf"
        else printed(brief_docx(brief, picture("png", language), CREATED), tmp_path_factory.mktemp("office"))
    )
    with pypdfium2.PdfDocument(made) as opened:
        yield opened


def text_of(document):
    pages = [page.get_textpage().get_text_range() for page in document]
    return [re.sub(r"\s", "", page.replace("\ufffe", "-")) for page in pages]


def test_it_is_two_pages_of_a4_with_the_texts_of_the_brief_in_their_language(document, brief):
    assert len(document) == 2
    assert [tuple(map(round, page.get_size())) for page in document] == [(595, 842)] * 2
    first, second = text_of(document)
    for text in (brief.title, brief.answer, *brief.headings, *(row[0][0] for row in brief.rows)):
        assert re.sub(r"\s", "", text) in first
    for text in (brief.sections[-1][0], *(line for _, line in brief.sections[-1][1]), brief.cite):
        assert re.sub(r"\s", "", text) in second


def test_no_sign_is_missing_in_any_of_its_typefaces(document):
    signs = 0
    for page in document:
        words = page.get_textpage()
        for place in range(words.count_chars()):
            code = pdfium.FPDFText_GetUnicode(words, place)
            signs += 1
            assert code not in (0, 0xFFFD), f"sign {place} of a page stands for nothing"
            assert not pdfium.FPDFText_HasUnicodeMapError(words, place), chr(code)
    assert signs > 1000


def test_chinese_is_set_in_the_typeface_of_the_package_which_is_in_the_file(document, brief):
    names = set()
    for page in document:
        words = page.get_textpage()
        signs = ((place, pdfium.FPDFText_GetUnicode(words, place)) for place in range(words.count_chars()))
        names |= {typeface(words, place) for place, code in signs if 0x4E00 <= code <= 0x9FFF}
    assert names
    assert all("NotoSansSC" in name.replace(" ", "") for name in names), names


def typeface(words, place):
    """Name of the typeface that a sign of a page is set in."""
    length = pdfium.FPDFText_GetFontInfo(words, place, None, 0, None)
    room = ctypes.create_string_buffer(length)
    pdfium.FPDFText_GetFontInfo(words, place, room, length, None)
    return room.value.decode()


def test_its_picture_stands_on_the_second_page_within_the_margins(document):
    dots = np.asarray(document[1].render(scale=1).to_pil().convert("RGB"), int)
    height, width, _ = dots.shape
    upper = dots[: height // 2]
    assert ((upper[..., 2] - upper[..., 0]) > 60).sum() > 200, "nothing of the picture's line is there"
    columns = np.flatnonzero((dots.min(-1) < 200).any(0))
    assert columns.min() > 30
    assert width - columns.max() > 30
