"""What is carried away from a report is there, is linked first, and can be cited."""

import html
import tomllib
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from handouts import PROVENANCE, content_of
from hostile import HOSTILE
from matplotlib.patches import Rectangle
from PIL import Image

from cadre_research.reporting import handouts
from cadre_research.reporting.change_panel import ChangesContent
from cadre_research.reporting.citation import citation_line
from cadre_research.reporting.editions import Edition, editions
from cadre_research.reporting.figures import style
from cadre_research.reporting.index import index_page
from cadre_research.reporting.picture_texts import matrix_text, paths_text, picture_text, save_with_text
from cadre_research.reporting.slides import SLIDE_DOTS, dots_per_inch, save_slide

ROOT = Path(__file__).resolve().parent.parent
SCENARIOS = ("status-quo", "rate-08")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_brief_workbook_and_slides_lead_the_downloads_and_every_file_is_linked(make_target, language):
    content, _ = content_of([make_target()])
    edition = Edition(language)
    links = handouts.handout_links(SCENARIOS, edition)
    assert [file["href"] for _, files in links for file in files] == handouts.handout_files(SCENARIOS, [edition])
    page = index_page(replace(content, handouts=links, downloads=["tables/verdicts.csv"]), language)
    places = [
        page.index(name) for name in ('href="brief.en.pdf"', 'href="workbook.xlsx"', 'href="tables/verdicts.csv"')
    ]
    assert places == sorted(places)


def test_four_briefs_a_workbook_and_a_slide_for_each_figure_are_asked_of_a_report():
    files = handouts.handout_files(SCENARIOS, editions("both"))
    assert files[:5] == ["brief.en.pdf", "brief.en.docx", "brief.zh.pdf", "brief.zh.docx", "workbook.xlsx"]
    names = ("share-paths", "verdict-matrix", *(f"share-fan-{name}" for name in SCENARIOS))
    assert files[5:] == [f"slides/{name}{suffix}.png" for suffix in ("", ".zh") for name in names]


def test_the_file_of_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["authors"] == project["authors"]
    assert {"message", "title"} <= set(citation)


def test_a_report_is_cited_with_version_date_and_commit(make_target):
    line = citation_line(PROVENANCE, "Will it?", "en")
    assert line == (
        "Cite this report: cadre-research contributors (2026). Will it? cadre-research 0.1.0, report of 2026-01-02, "
        "commit 0123456789."
    )
    assert "0.1.0，2026-01-02报告（提交0123456789）" in citation_line(PROVENANCE, "能否？", "zh")
    assert "commit" not in citation_line({**PROVENANCE, "git": None}, "x", "en")
    content, _ = content_of([make_target()])
    assert "Cite this report:" in index_page(content)


def figure():
    made = style.HouseFigure("en", figsize=(7.4, 6.1))
    made.text(0.1, 0.5, HOSTILE[20])
    return made


@pytest.mark.parametrize("size", [(10.0, 4.0), (7.4, 6.1), (16, 9), (4.0, 12.0)])
def test_a_slide_is_of_the_size_of_a_slide_whatever_the_figure(tmp_path, size):
    made = style.HouseFigure("en", figsize=size)
    # A frame at the very edge of the figure, which must be inside the slide on all sides.
    made.add_artist(Rectangle((0, 0), 1, 1, transform=made.transFigure, fill=False, edgecolor="black", linewidth=4))
    save_with_text(made, tmp_path / "figure.png", "Title", "What it shows 年轻", dots_per_inch(made))
    save_slide(tmp_path / "figure.png", tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size == SLIDE_DOTS == (1920, 1080)
        assert (picture.text["Title"], picture.text["Description"]) == ("Title", "What it shows 年轻")
        assert picture.convert("RGBA").getextrema()[3] == (255, 255), "a dark page would show through"
        dark = picture.convert("L").point(lambda grey: 255 if grey < 128 else 0).getbbox()
    left, top, right, bottom = dark
    assert min(left, top, 1920 - right, 1080 - bottom) > 20
    assert (right - left) / (bottom - top) == pytest.approx(size[0] / size[1], rel=0.02)


@pytest.mark.parametrize("text", [*HOSTILE, "年轻干部占比"])
def test_a_picture_carries_its_title_and_its_text(tmp_path, text):
    for kind in ("svg", "png"):
        save_with_text(figure(), tmp_path / f"x.{kind}", text, text)
    tree = ElementTree.parse(tmp_path / "x.svg").getroot()
    shown = text.translate({0: 0xFFFD, 27: 0xFFFD, 7: 0xFFFD, 0x202E: 0xFFFD})
    space = "{http://www.w3.org/2000/svg}"
    assert [child.tag for child in tree][:2] == [f"{space}title", f"{space}desc"]
    assert [child.text for child in tree][:2] == [shown, shown]
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.text["Title"] == picture.text["Description"] == shown


def test_the_words_beside_a_picture_are_those_of_the_table(make_target, tmp_path):
    content, tables = content_of([make_target()])
    names = {"officers": "Officers", "status-quo": "Status quo"}
    text = picture_text("share-fan-status-quo", tables, names, "en")
    assert "Officers 7.0 % to 10.0 %, probability of the target 4 % (±1)" in text.replace("\N{NO-BREAK SPACE}", " ")
    picture = tmp_path / "x.svg"
    picture.write_text("<svg/>")
    pictured = replace(content, pictures={"status-quo": picture})
    assert text in html.unescape(index_page(pictured))
    assert "Officers 0 of 1" in matrix_text(tables, names, "en")
    shares = tables["verdicts"].rename(columns={"horizon_year": "year"})
    assert "2027: Officers 10.0\N{NO-BREAK SPACE}% to 10.0" in paths_text({"target_shares": shares}, names, "en")


def test_tables_of_the_changes_are_in_the_workbook_where_there_are_any():
    assert ChangesContent(None).frames == {}
