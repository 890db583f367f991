"""The picture of the changes and the section of the index: what they show is what differs, in both languages."""

import html
import re

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from published_versions import ASSUMPTIONS, attainable, description, verdicts, write_version

from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import Targets
from cadre_research.reporting import figures
from cadre_research.reporting.change_panel import ChangesContent
from cadre_research.reporting.changes import compare
from cadre_research.reporting.figures import style
from cadre_research.reporting.pages import IndexContent, index_page
from cadre_research.reporting.verify import outside_addresses

NAMES = {
    "en": {
        "a": "Section chiefs of the whole city",
        "b": "Deputies",
        "status-quo": "Status quo",
        "other": "Twice as many",
    },
    "zh": {"a": "正科级", "b": "乡科级副职", "status-quo": "维持现状", "other": "加倍"},
}
CASES = {
    "none": {},
    "one": {("a", "other"): 0.175},
    "many": {("a", "status-quo"): 0.09, ("b", "status-quo"): 0.02, ("a", "other"): 0.2, ("b", "other"): 0.1},
    "hidden": {("a", "status-quo"): 0.09, ("b", "other"): None},
}


def changes_of(tmp_path, case, extra=None):
    """Compare a version with one in which shares are others."""
    before, after = verdicts(extra), verdicts({**(extra or {}), **CASES[case]})
    folders = [
        write_version(tmp_path, 1, {"verdicts": before, "attainable": attainable(0.15)}),
        write_version(
            tmp_path, 2, {"verdicts": after, "attainable": attainable(0.16)}, description({ASSUMPTIONS: "a2"})
        ),
    ]
    return compare(*folders)


def drawn(figure, gid):
    return figure.findobj(lambda artist: artist.get_gid() == gid)


@pytest.fixture(params=["en", "zh"])
def language(request):
    return request.param


@pytest.mark.parametrize("case", CASES)
def test_each_row_has_its_dots_numbers_and_marks(tmp_path, case, language):
    changes = changes_of(tmp_path, case)
    figure = figures.revisions(changes.numbers, NAMES[language], language)
    rows = figures.rows_revised(changes.main)
    shown = rows.dropna(subset="share_after")
    assert sorted(dot.get_xdata()[0] for dot in drawn(figure, "after")) == pytest.approx(
        sorted(100 * shown["share_after"])
    )
    both = shown.dropna(subset="share_before")
    assert sorted(dot.get_xdata()[0] for dot in drawn(figure, "before")) == pytest.approx(
        sorted(100 * both["share_before"])
    )
    assert len(drawn(figure, "share")) == len(drawn(figure, "mark")) == len(rows)
    turned = [text.get_text() for text in drawn(figure, "mark") if "→" in text.get_text()]
    assert len(turned) == (rows["change"] == "turned").sum()
    assert len(drawn(figure, "none")) == (case == "none")
    assert all(dot.get_color() == style.YOUNG for dot in drawn(figure, "after"))
    for line in drawn(figure, "goal"):
        assert line.get_xdata() == pytest.approx([100 / 6, 100 / 6])


@pytest.mark.parametrize("case", CASES)
def test_nothing_overlaps_or_leaves_the_figure_and_no_glyph_is_missing(tmp_path, case, language):
    figure = figures.revisions(changes_of(tmp_path, case).numbers, NAMES[language], language)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    width, height = canvas.get_width_height()
    texts = [text for gid in ("target", "name", "share", "mark", "goal-name", "none") for text in drawn(figure, gid)]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in [*texts, *figure.texts]]
    for place, (text, box) in enumerate(boxes):
        assert box.x0 >= -1, text
        assert box.x1 <= width + 1, text
        assert box.y0 >= -1, text
        assert box.y1 <= height + 1, text
        for other, beside in boxes[:place]:
            assert not box.overlaps(beside), (text, other)


def test_a_chinese_figure_has_no_english_word(tmp_path):
    figure = figures.revisions(changes_of(tmp_path, "many").numbers, NAMES["zh"], "zh")
    said = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    assert [text for text in said if re.search("[A-Za-z]", text)] == []


def test_of_many_turned_verdicts_the_rest_is_counted(tmp_path):
    extra = {("a", f"policy-{place}"): 0.1 for place in range(9)}
    folders = [
        write_version(tmp_path, 1, {"verdicts": verdicts(extra)}),
        write_version(tmp_path, 2, {"verdicts": verdicts(dict.fromkeys(extra, 0.19))}, description(seed=2)),
    ]
    figure = figures.revisions(compare(*folders).numbers, NAMES["en"], "en")
    assert len(drawn(figure, "mark")) == 5
    assert any("and 4 more that turned" in text.get_text() for text in figure.axes[0].texts)


def test_what_is_not_shown_is_said_and_has_no_dot(tmp_path):
    frames = [verdicts({("b", "other"): None}) for _ in range(2)]
    here = (frames[1]["target"] == "b") & (frames[1]["scenario"] == "other")
    frames[1].loc[here, "reached"] = True
    folders = [write_version(tmp_path, day, {"verdicts": frame}) for day, frame in enumerate(frames, 1)]
    figure = figures.revisions(compare(*folders).numbers, NAMES["en"], "en")
    assert [text.get_text() for text in drawn(figure, "share")] == ["not shown"]
    assert drawn(figure, "after") == []


# --- the index


def page_of(content, make_target, language="en", name=None):
    targets = tuple(
        make_target(id=one, name_en=name or NAMES["en"][one], name_zh=name or NAMES["zh"][one]) for one in "ab"
    )
    scenarios = {
        one: Scenario(
            format=1, id=one, title_en=name or NAMES["en"][one], title_zh=name or NAMES["zh"][one], reason="-"
        )
        for one in ("status-quo", "other")
    }
    frame = verdicts().drop(columns="probability")
    frame = frame.assign(opening_share=0.05, first_year_reached=pd.NA, held=False)
    made = {"created": "2026-01-02T03:04:05+00:00", "package": {"name": "p", "version": "1"}, "git": None}
    index = IndexContent(
        verdicts=frame,
        targets=Targets(format=1, baseline_year=2017, targets=targets),
        scenarios=scenarios,
        provenance=made,
        changes=content,
    )
    return index_page(index, language)


def section(page):
    return html.unescape(re.search(r'<section class="changes">.*?</section>', page, re.DOTALL)[0])


def test_the_index_says_what_changed(tmp_path, make_target, language):
    changes = changes_of(tmp_path, "many")
    picture = tmp_path / "revisions.svg"
    figures.revisions(changes.numbers, NAMES[language], language).savefig(picture)
    page = page_of(ChangesContent(changes, picture), make_target, language)
    told = section(page)
    assert {"en": "What changed since the last report", "zh": "与上一份报告相比的变化"}[language] in told
    first = re.search(r"<p>(.*?)</p>", told)[1]
    assert first.startswith({"en": "2 of 4 verdicts turned; under other ways", "zh": "4项结论中有2项改变"}[language])
    assert changes.before in told
    # Four of the report's own reading, one of post-holders, and the headings.
    assert told.count("<tr>") == 1 + 5
    assert (told.count("→ ✓"), told.count("→ ✗")) == (1, 2)
    assert told.count("data:image/svg+xml") == 1
    assert "15.0" in told
    assert "16.0" in told
    assert outside_addresses(page) == []
    assert not re.search(r"\bnan\b|None|<NA>", re.sub(r"data:[^\"]*", "", told))
    if language == "zh":
        assert not re.search("[a-z]{3,} [a-z]{3,}", re.sub(r"<[^>]*>|data:[^\"]*", "", told))


def test_the_index_of_a_first_report_says_that_there_is_none_before_it(make_target, language):
    told = section(page_of(ChangesContent(None), make_target, language))
    assert {"en": "This is the first report here", "zh": "第一份报告"}[language] in told
    assert "<table" not in told
    assert "<img" not in told


def test_an_index_that_is_not_given_any_changes_tells_of_none(make_target):
    assert 'class="changes"' not in page_of(None, make_target)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><svg onload=alert(1)>', "{{ 7 * 7 }}"])
def test_names_stay_names(tmp_path, make_target, name):
    changes = changes_of(tmp_path, "many")
    page = page_of(ChangesContent(changes), make_target, name=name)
    assert outside_addresses(page) == []
    assert "<script" not in page
    assert "<svg" not in page
    assert name in section(page)
