"""The brief says what the report's tables say, in either language, on two pages of PDF and in a Word document."""

import dataclasses
import io
import re
import zipfile
import zlib

import docx
import pandas as pd
import pypdfium2
import pytest
from handouts import CREATED, assumptions, content_of, sensitivity
from hostile import HOSTILE
from PIL import Image

from cadre_research.reporting.brief import brief_of
from cadre_research.reporting.brief_pdf import brief_pdf
from cadre_research.reporting.brief_word import brief_docx
from cadre_research.reporting.office_file import plain_text

LANGUAGES = ("en", "zh")
NAMES = {"cadre", "research", "contributors", "UTC", "Somebody", "s", "own", "one", "two", "Status", "quo"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><path d="M0 0h300v200z" fill="#07b"/></svg>'
# What a PDF does by itself or on a click.
LIVE_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|URI|GoToR|SubmitForm|OpenAction|AA|EmbeddedFile|RichMedia|XFA)\b")
LIVE_WORD = re.compile(rb"<w:(?:instrText|fldSimple|hyperlink|altChunk|object|subDoc)\b|TargetMode=\"External\"")


def png():
    made = io.BytesIO()
    Image.new("RGB", (300, 200), "#0072B2").save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def targets(make_target):
    return [make_target(id=name, name_en=f"Group {name}", name_zh=f"群体{name}") for name in ("one", "two")]


@pytest.fixture
def brief(study, targets):
    content, tables = content_of(targets)
    return lambda language, **changes: brief_of(content, study, {**tables, **changes}, language)


def said(brief):
    """Every text of a brief."""

    def flat(value):
        return [text for one in value for text in flat(one)] if isinstance(value, tuple) else [value]

    return flat(tuple(vars(brief).values()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_the_tables_say(brief, language):
    made = brief(language)
    assert made.answer
    space = "" if language == "zh" else "\N{NO-BREAK SPACE}"
    first = made.rows[0]
    assert first[1] == (f"7.0{space}%",)
    assert first[2][0] == f"10.0{space}%"
    assert first[2][1].startswith("✗ ")
    assert f"2.0–12.0{space}%" in first[2][2]
    assert f"4{space}%" in first[2][3]
    assert len(made.headings) == len(first) == 7
    assert "19.4" in first[4][0]
    assert f"40.0{space}%" in first[5][0]
    assert f"10.0{space}%" in made.picture_text
    assert "0123456789" in made.made
    assert "cadre-research contributors" in made.cite
    assert "2026-01-02" in made.cite


def test_the_other_language_is_not_mixed_in(brief):
    assert not re.search("[\u4e00-\u9fff]", "".join(said(brief("en"))))
    made = dataclasses.replace(brief("zh"), language="", html_language="")
    found = set(re.findall("[A-Za-z]+", "".join(said(made))))
    # Names of things; the title of somebody's own assumption, and of the made-up scenario.
    assert found <= NAMES


def test_the_assumption_that_moves_most_comes_first_and_three_at_most(brief, targets):
    names = ("a", "b", "c", "d")
    table, moved = assumptions(**{name: f"Title {name}" for name in names}), sensitivity(targets, *names)
    heading, lines = brief("en", assumptions=table, sensitivity=moved).sections[0]
    assert "“Status quo”" in heading
    assert [label for label, _ in lines] == ["Title d", "Title c", "Title b"]
    assert "taken as 2 years, may lie between 1 years and 3 years" in lines[0][1]
    assert "Group one 10.0–18.0\N{NO-BREAK SPACE}%" in lines[0][1]


def test_what_turns_the_verdict_is_named_and_else_that_nothing_does(brief, targets):
    _, lines = brief("en").sections[1]
    assert dict(lines)["One assumption"].startswith("none alone")
    assert "Group one or Group two in 2027" in dict(lines)["One assumption"]
    _, lines = brief("en", sensitivity=sensitivity(targets, "resignation", turning=True)).sections[1]
    assert "Group one, 2027, turns if one alone has another value: Resignation 2.5 years." in [
        text for _, text in lines
    ]


@pytest.mark.parametrize("column", ["value", "low", "turning_value", "share_at_low", "share_at_high"])
def test_what_is_not_shown_is_a_dash_and_no_number_of_its_own(brief, targets, column):
    hidden = sensitivity(targets, "resignation", turning=True).assign(**{column: float("nan")})
    text = "".join(said(brief("en", sensitivity=hidden)))
    assert "nan" not in text.split()
    if column in ("value", "low", "turning_value"):
        assert "—" in "".join(text for _, lines in brief("en", sensitivity=hidden).sections[:2] for _, text in lines)


def test_a_report_that_knows_of_no_sensitivity_has_no_such_section(brief):
    full, without = brief("en"), brief("en", sensitivity=pd.DataFrame())
    assert len(without.sections) == len(full.sections) - 1
    assert "One assumption" not in dict(without.sections[0][1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_of_a_register_leads(brief, language, monkeypatch):
    monkeypatch.setattr("cadre_research.reporting.brief.notice", lambda spoken: f"NOTICE {spoken}")
    made = brief(language)
    assert made.notice == f"NOTICE {language}"
    assert f"NOTICE {language}" in pages_of(brief_pdf(made, SVG, CREATED))[0]
    assert f"NOTICE {language}" in words_of(brief_docx(made, png(), CREATED))


def pages_of(made):
    document = pypdfium2.PdfDocument(made)
    return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]


def parts_of(made):
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def words_of(made):
    document = docx.Document(io.BytesIO(made))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def joined(text):
    """Without blanks and breaks; pdfium has a sign of its own for a hyphen at the end of a line."""
    return re.sub(r"\s", "", text.replace("\ufffe", "-"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_has_two_pages_of_a4_with_every_text(brief, language):
    made = brief(language)
    content = brief_pdf(made, SVG, CREATED)
    document = pypdfium2.PdfDocument(content)
    assert [tuple(map(round, page.get_size())) for page in document] == [(595, 842)] * 2
    first, second = map(joined, pages_of(content))
    for text in (made.title, made.answer, made.marks, *(line for row in made.rows for cell in row for line in cell)):
        assert joined(text) in first
    assert joined(made.sections[0][1][0][1]) in first
    assert joined(made.sections[-1][1][0][1]) in second
    assert joined(made.cite) in second
    for page in (first, second):
        assert joined(made.made) in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_tagged_titled_spoken_and_dated_by_the_report(brief, language):
    made = brief(language)
    content = brief_pdf(made, SVG, CREATED)
    assert brief_pdf(made, SVG, CREATED) == content
    about = pypdfium2.PdfDocument(content).get_metadata_dict()
    assert about["Title"] == made.title
    assert about["Author"] == "cadre-research contributors"
    assert about["CreationDate"].startswith("D:20260102030405")
    plain = inflated(content)
    assert b"/MarkInfo" in plain
    assert b"/StructTreeRoot" in plain
    assert b"/Alt" in plain
    assert re.search(rb"/Lang\s*\((?:en|zh)", plain)[0].endswith(language.encode())
    assert b"pdfuaid" in plain


def inflated(content):
    """Bytes of a PDF with its streams unpacked."""
    plain = [content]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            plain.append(zlib.decompressobj().decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(plain)


@pytest.mark.parametrize("count", [1, 6, 14])
def test_however_much_there_is_to_say_it_is_two_pages(study, make_target, count):
    long = "Directors general of the municipal bureaus and their several deputies"
    many = [make_target(id=f"g{place}", name_en=f"{long} {place}", name_zh="副" * 30) for place in range(count)]
    content, tables = content_of(many)
    for language in LANGUAGES:
        assert len(pages_of(brief_pdf(brief_of(content, study, tables, language), SVG, CREATED))) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_document_has_every_text_a_real_table_and_a_picture_that_is_described(brief, language):
    made = brief(language)
    content = brief_docx(made, png(), CREATED)
    assert brief_docx(made, png(), CREATED) == content
    text = words_of(content)
    for wanted in (
        made.title,
        made.answer,
        made.cite,
        made.made,
        *(line for _, lines in made.sections for _, line in lines),
    ):
        assert wanted in text
    document = docx.Document(io.BytesIO(content))
    (table,) = document.tables
    assert [cell.text for cell in table.rows[0].cells] == list(made.headings)
    assert len(table.rows) == 1 + len(made.rows)
    about = document.core_properties
    assert (about.title, about.author, about.language) == (
        made.title,
        "cadre-research contributors",
        made.html_language,
    )
    assert about.created.isoformat() == about.modified.isoformat() == "2026-01-02T03:04:05+00:00"
    parts = parts_of(content)
    (described,) = re.findall(r'<wp:docPr [^>]*descr="([^"]*)"', parts["word/document.xml"].decode())
    assert described == made.picture_text
    assert b'w:eastAsia="Noto Sans SC"' in parts["word/styles.xml"]
    assert b"Microsoft YaHei" in parts["word/fontTable.xml"]


@pytest.mark.parametrize(("name", "language"), [(name, LANGUAGES[at % 2]) for at, name in enumerate(HOSTILE)])
def test_a_hostile_name_is_text_in_pdf_and_word(study, make_target, name, language):
    targets = [make_target(name_en=name, name_zh=name, note=name)]
    table = assumptions(own=name).assign(unit=name)
    content, tables = content_of(targets, name, name, assumptions=table, sensitivity=sensitivity(targets, "own"))
    content = dataclasses.replace(
        content, provenance={**content.provenance, "package": {"name": name, "version": name}}
    )
    made = brief_of(content, study, tables, language)
    pdf, word = brief_pdf(made, SVG, CREATED), brief_docx(made, png(), CREATED)
    assert not LIVE_PDF.search(inflated(pdf))
    pages = pages_of(pdf)
    assert len(pages) == 2
    shown = joined(plain_text(name))
    # What stands for a sign that is none has no glyph of its own everywhere.
    if "\N{REPLACEMENT CHARACTER}" not in shown:
        assert shown in joined(pages[0])
    parts = parts_of(word)
    assert not [part for part, text in parts.items() if LIVE_WORD.search(text)]
    assert shown in joined(words_of(word))


def test_the_tests_of_hostile_names_would_notice():
    assert LIVE_PDF.search(b"<< /S /URI /URI (x) >>")
    assert LIVE_WORD.search(b"<w:instrText>x</w:instrText>")
    assert len(set(HOSTILE)) >= 30
