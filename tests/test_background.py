"""What stands behind a report: the model's page, the log of assumptions, and how one knows."""

import html
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cadre_research.reporting.background import (
    ASSUMPTIONS_PAGE,
    MODEL_PAGE,
    assumptions_page,
    background_links,
    known_by,
    model_page,
    write_background,
)
from cadre_research.reporting.editions import Edition
from cadre_research.reporting.execution import NotebookRun
from cadre_research.reporting.report_runs import planned_runs
from cadre_research.reporting.verify import outside_addresses

EN, ZH = Edition("en"), Edition("zh")
OUTSIDE_TEXT = re.compile(r"<head>.*?</head>|<code>.*?</code>|<[^>]*>", re.DOTALL)


def sensitivity(study, *rows):
    """Swings in points by assumption and target, ten years on; the same five years on, a hundred times as wide."""
    return pd.DataFrame(
        [
            {
                "target": target,
                "horizon_years": horizon,
                "population": "level",
                "assumption": name,
                "swing": swing * factor,
                "share_at_low": 0.05,
                "share_at_high": 0.05 + swing,
                "turns_within_range": turns,
            }
            for name, target, swing, turns in rows
            for horizon, factor in ((10, 1), (5, 100))
        ]
    ).astype({"turns_within_range": "boolean"})


@pytest.fixture
def swings(study):
    return sensitivity(
        study,
        ("resignation", "section-chief", 0.011, False),
        ("resignation", "county-level", 0.002, False),
        ("promotion-age-spread", "county-level", 0.04, True),
        ("promotion-age-spread", "section-chief", 0.03, False),
        ("entry-wave", "county-level", np.nan, pd.NA),
    )


def rows(page):
    return re.findall(r"<tr id=\"([\w-]+)\">(.*?)</tr>", page, re.DOTALL)


def cells(row):
    """Text of each cell, with the small print after a slash."""
    found = re.findall(r"<td>(.*?)</td>", row)
    return [html.unescape(text.replace("<small>", " / ").replace("</small>", "")) for text in found]


def test_every_assumption_is_there_and_the_widest_swing_is_first(study, swings):
    found = rows(assumptions_page(study, swings, EN))
    names = [name for name, _ in found]
    assert sorted(names) == sorted(study.evidence.assumptions)
    assert names[:2] == ["promotion-age-spread", "resignation"]
    # Of those without a swing, the ones graded highest come first.
    impacts = [study.evidence.assumptions[name].impact for name in names[2:]]
    assert impacts == sorted(impacts, key=["high", "medium", "low"].index)


def test_a_row_says_value_range_source_and_what_it_moves_most(study, swings):
    found = dict(rows(assumptions_page(study, swings, EN)))
    entry = study.evidence.assumptions["resignation"]
    shown = html.unescape(found["resignation"])
    assert entry.title in shown
    assert entry.description in shown
    assert entry.source in shown
    assert cells(found["resignation"]) == [
        "0.0015 / 0.0005 – 0.004 per person and year",
        *("assumed", entry.quality, entry.impact, "1.1"),
        "Section chiefs / 5.0\N{NO-BREAK SPACE}% → 6.1\N{NO-BREAK SPACE}%",
        "—",
    ]
    assert cells(found["promotion-age-spread"])[-1] == "County level, all"
    assert cells(found["entry-wave"])[-3:] == ["—", "—", "—"]


def test_where_nothing_turns_a_verdict_the_page_says_so_once(study, swings):
    page = assumptions_page(study, swings.assign(turns_within_range=False), EN)
    assert "None of them, alone and within its range, turns a verdict." in page
    assert "Turns the verdict of" not in page
    assert len(cells(dict(rows(page))["resignation"])) == 6
    assert "None of them" not in assumptions_page(study, swings, EN)


def test_the_log_speaks_the_language_of_the_report(study, swings):
    page = assumptions_page(study, swings, ZH)
    assert 'lang="zh-Hans"' in page
    assert re.findall("[A-Za-z]{2,}", OUTSIDE_TEXT.sub("", page)) == []
    assert "County level" not in page
    row = dict(rows(page))["resignation"]
    assert "正科级" in row
    assert "辞职率" in row
    assert "每人每年" in row
    assert "Resignation<" not in row


def test_what_the_data_say_is_escaped(study, swings):
    entries = dict(study.evidence.assumptions)
    entries["resignation"] = entries["resignation"].model_copy(
        update={"title": "<script>x</script>", "source": "a & b"}
    )
    evidence = replace(study.evidence, assumptions=type(study.evidence.assumptions)(entries))
    page = assumptions_page(replace(study, evidence=evidence), swings, EN)
    assert "<script" not in page
    assert "a &amp; b" in page


@pytest.mark.parametrize(("edition", "title"), [(EN, "The model, described"), (ZH, "模型说明")])
def test_the_model_is_described_on_a_page_that_needs_nothing_else(edition, title):
    page = model_page(edition)
    assert outside_addresses(page) == []
    assert f"<title>{title}</title>" in page
    assert f"<h1>{title}</h1>" in page
    assert page.count("<table>") == 3
    assert "<pre><code" in page
    assert not re.findall(r"href=\"(?!index\.html\")", page)
    assert "|---" not in page


def test_the_model_has_the_same_headings_and_equations_in_both_languages():
    pages = [model_page(edition) for edition in (EN, ZH)]
    levels = [re.findall(r"<(h\d|table|pre|ol|ul|li|tr)\b", page) for page in pages]
    assert levels[0] == levels[1]
    assert ['<div lang="en">' in page for page in pages] == [True, False]
    assert "*" not in re.sub(r"<style>.*?</style>|<pre>.*?</pre>", "", pages[1], flags=re.DOTALL)


def test_of_somebodys_own_register_the_model_page_says_what_takes_the_place_of_the_city():
    said = "In this report the ranks, the opening, the rates and the targets of the register at hand"
    assert said in model_page(EN, own=True)
    assert said not in model_page(EN)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_link_of_how_one_knows_leads_to_a_page_or_table_of_the_report(language, study):
    runs = planned_runs(study, ["status-quo"], language)
    known = known_by(runs, Edition(language))
    assert len(known) == 6
    links = [href for one in known for href, _ in one["links"]]
    there = {f"pages/{run.page}.html" for run in runs} | {
        "tables/coverage.csv",
        "inputs.zip",
        "manifest.json",
        MODEL_PAGE,
    }
    assert set(links) <= there
    assert len(links) == 6


def test_a_report_without_a_backtest_does_not_speak_of_one(study):
    known = known_by([NotebookRun("07-sensitivity", "sensitivity")], EN)
    assert "Past years" not in [one["label"] for one in known]
    assert len(known) == 5


def test_both_pages_are_written_and_linked(study, swings, tmp_path):
    write_background(tmp_path, study, {"sensitivity": swings}, EN, [EN])
    assert {path.name for path in tmp_path.iterdir()} == {MODEL_PAGE, ASSUMPTIONS_PAGE}
    assert {link.href for link in background_links(Edition("zh"))} == {MODEL_PAGE, ASSUMPTIONS_PAGE}
