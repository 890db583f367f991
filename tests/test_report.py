"""The whole main job: every scenario at 5 and 10 years through papermill, and what is published of it."""

import html
import json
import math
import re

import nbformat
import pandas as pd
import pypdfium2
import pytest

from cadre_research.errors import PublicationError, UnknownNameError
from cadre_research.paths import notebooks_dir
from cadre_research.reporting import report
from cadre_research.reporting.editions import editions
from cadre_research.reporting.handouts import handout_files
from cadre_research.reporting.inquiries import INQUIRY_COLUMNS
from cadre_research.reporting.notebooks import completion_line
from cadre_research.reporting.table_words import without_meaning
from cadre_research.reporting.tables import TABLE_COLUMNS
from cadre_research.reporting.wording import percent, probability

pytestmark = pytest.mark.slow
SCENARIOS = [
    *("status-quo", "one-third-rule", "half-young", "two-thirds-young"),
    *(f"rate-{rate}" for rate in ("04", "06", "08", "10", "12")),
    *("two-thirds-young-rate-12", "no-retirement-delay", "post-freeze", "full-plan-2018"),
]

COLUMNS = {**TABLE_COLUMNS, **INQUIRY_COLUMNS}


@pytest.fixture(scope="module")
def latest(tmp_path_factory):
    return report.make_report(language="en", outputs=tmp_path_factory.mktemp("outputs"))


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("horizon", [5, 10])
def test_papermill_ran_each_scenario_to_its_end_and_the_page_agrees_with_the_tables(latest, scenario, horizon):
    executed = nbformat.read(latest / "notebooks" / f"forecast-{scenario}-{horizon}.ipynb", as_version=4)
    injected = next(cell for cell in executed.cells if "injected-parameters" in cell.metadata.get("tags", []))
    assert f'scenario = "{scenario}"' in injected.source
    assert f"horizon_years = {horizon}" in injected.source
    page = (latest / "pages" / f"forecast-{scenario}-{horizon}.html").read_text(encoding="utf-8")
    assert completion_line("03-age-structure-forecast") in page
    verdicts = pd.read_parquet(latest / "tables" / "verdicts.parquet").query(
        "scenario == @scenario and horizon_years == @horizon and age_line == 'inclusive'"
    )
    shown = first_table(page)
    for population, column in (("level", "Share at the horizon"), ("posts", "Among post-holders")):
        expected = verdicts[verdicts["population"] == population]["share"]
        assert [row[column] for row in shown] == [percent(share, "en") for share in expected]


def first_table(page):
    """Rows of the first table of a page, as heading -> cell."""
    table = re.search(r"<table.*?</table>", page, re.DOTALL)[0]
    head, body = (re.search(rf"<{part}>(.*?)</{part}>", table, re.DOTALL)[1] for part in ("thead", "tbody"))
    headings = re.findall(r"<th[^>]*>(.*?)</th>", re.findall(r"<tr.*?</tr>", head, re.DOTALL)[0])
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)]
    return [dict(zip(headings, row, strict=True)) for row in rows]


@pytest.mark.parametrize("name", COLUMNS)
def test_each_table_is_there_in_both_formats_with_the_same_rows(latest, name):
    csv = pd.read_csv(latest / "tables" / f"{name}.csv")
    parquet = pd.read_parquet(latest / "tables" / f"{name}.parquet")
    assert set(COLUMNS[name]) <= set(parquet.columns)
    assert list(csv.columns) == list(parquet.columns)
    assert len(csv) == len(parquet) > 0


def test_no_table_and_no_column_of_the_report_lacks_a_description(latest, study):
    tables = {path.stem: pd.read_parquet(path) for path in (latest / "tables").glob("*.parquet")}
    assert len(tables) >= len(COLUMNS)
    lacking = {name: without_meaning(name, list(frame), study.evidence.assumptions) for name, frame in tables.items()}
    assert {name: found for name, found in lacking.items() if found} == {}


def test_briefs_workbook_and_slides_are_in_the_report_whatever_its_language(latest):
    files = handout_files(SCENARIOS, editions("en"))
    assert all((latest / name).stat().st_size > 10_000 for name in files)
    index = (latest / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{name}"' in index for name in files)
    with pypdfium2.PdfDocument(latest / "brief.zh.pdf") as brief:
        assert len(brief) == 2
        # The title may be broken anywhere, as Chinese is.
        assert "六分之一" in "".join(brief[0].get_textpage().get_text_range().split())


def test_verdicts_cover_every_target_scenario_horizon_and_reading(latest):
    verdicts = pd.read_parquet(latest / "tables" / "verdicts.parquet")
    assert len(verdicts) == 6 * len(SCENARIOS) * 2 * 2 * 2
    assert not verdicts.duplicated(["target", "scenario", "horizon_years", "age_line", "population"]).any()
    assert set(verdicts["scenario"]) == set(SCENARIOS)
    assert verdicts["sentence_zh"].str.contains("[一-鿿]").all()


def test_how_sure_what_it_takes_and_what_is_possible_stand_beside_the_forecast(latest):
    tables = {name: pd.read_parquet(latest / "tables" / f"{name}.parquet") for name in COLUMNS}
    assert set(tables["required"]["scenario"]) == set(tables["attainable"]["scenario"]) == set(SCENARIOS)
    verdicts = tables["verdicts"]
    assert verdicts["probability"].between(0, 1).all()
    assert (verdicts["share_p05"] <= verdicts["share_p95"]).all()
    keys = ["scenario", "target", "horizon_years"]
    plain = "age_line == 'inclusive' and population == 'level'"
    free = tables["attainable"].query("not hold and releases_per_100_posts == 0 and candidates_per_post == 3")
    best = free.set_index(keys)["best_share"]
    # A policy is one of those compared, the retirement law is not; and no policy that frees no post does better.
    assert (best["one-third-rule"] == best["status-quo"]).all()
    assert (best["no-retirement-delay"] != best["status-quo"]).any()
    reached = verdicts.query(plain).set_index(keys)["share"]
    for scenario in ("status-quo", "one-third-rule", "two-thirds-young", "half-young", "post-freeze"):
        assert (reached[scenario] <= best[scenario].loc[reached[scenario].index] + 1e-9).all(), scenario


def test_every_number_of_the_status_quo_on_the_index_stands_in_a_table(latest):
    index = html.unescape((latest / "index.html").read_text(encoding="utf-8"))
    section = index.split('<section class="of of-status-quo"')[1].split("</section>")[0]
    verdicts, required, attainable = (
        pd.read_parquet(latest / "tables" / f"{name}.parquet").query("scenario == 'status-quo'")
        for name in ("verdicts", "required", "attainable")
    )
    for row in verdicts.query("age_line == 'inclusive' and population == 'level'").itertuples():
        assert percent(row.share, "en") in section
        assert f"{100 * row.share_p05:.1f}–{percent(row.share_p95, 'en')}" in section
        assert probability(row.probability, row.probability_se, "en", row.draws) in section
    for row in required.query("lever == 'promotion-rate' and reachable").itertuples():
        assert f"</small> {math.ceil(1000 * row.value - 1e-6) / 10:.1f}; for 90 % probability" in section
    for row in attainable.query("not hold and releases_per_100_posts == 0 and target != 'all-six'").itertuples():
        assert f"{percent(row.best_share, 'en')} with no posts freed" in section


def test_the_index_leads_with_the_question_and_reads_without_the_network(latest):
    index = (latest / "index.html").read_text(encoding="utf-8")
    assert "Will one sixth of each group" in index
    assert not re.search(r"(src|href)=[\"'](https?:)?//", index)
    for link in re.findall(r"href=\"([^\"#]+)", index):
        assert (latest / link).exists(), link


def test_the_manifest_names_every_file_it_was_made_with(latest):
    manifest = json.loads((latest / "manifest.json").read_text(encoding="utf-8"))
    assert {"data/facts/targets.toml", "requirements.lock", "notebooks/03-age-structure-forecast.ipynb"} <= set(
        manifest["inputs"]
    )
    assert {"index.html", "tables/verdicts.csv", "pages/forecast-rate-08-5.html"} <= set(manifest["outputs"])


def test_nothing_published_names_this_machine(latest):
    home = str(notebooks_dir().parent)
    for path in latest.rglob("*"):
        if path.suffix in {".html", ".ipynb", ".json", ".csv", ".svg"}:
            assert home not in path.read_text(encoding="utf-8"), path.name


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A report of one scenario in both languages."""
    return report.make_report(["rate-08"], "both", tmp_path_factory.mktemp("both")).resolve()


def test_a_report_in_both_languages_has_every_page_and_figure_twice_and_each_table_once(both):
    names = {
        *("opening-age-structure", "promotion-rates", "target-reachability", "what-it-would-take"),
        *("what-any-policy-could-do", "sensitivity", "backtest", "levers", "units"),
        *(f"forecast-{scenario}-{horizon}" for scenario in ("status-quo", "rate-08") for horizon in (5, 10)),
    }
    for folder, kind in (("pages", "html"), ("notebooks", "ipynb")):
        there = {path.name for path in (both / folder).iterdir()}
        assert there == {f"{name}{suffix}.{kind}" for name in names for suffix in ("", ".zh")}
    figures = {path.name for path in (both / "figures").iterdir()}
    plain = {name for name in figures if ".zh." not in name}
    assert figures - plain == {name.replace(".", ".zh.") for name in plain}
    assert {"share-paths.svg", "share-fan-rate-08.png"} <= plain
    assert not list((both / "tables").glob("*.zh.*"))
    manifest = json.loads((both / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["parameters"]["language"] == manifest["asked"]["language"] == "both"


def test_every_page_leads_to_itself_in_the_other_language_and_back_to_its_own_index(both):
    pages = [path for path in (both / "pages").iterdir() if ".zh." not in path.name]
    for english in (both / "index.html", *pages):
        chinese = english.with_name(f"{english.stem}.zh.html")
        texts = [path.read_text(encoding="utf-8") for path in (english, chinese)]
        assert '<html lang="en">' in texts[0]
        assert '<html lang="zh-Hans">' in texts[1]
        fragment = "#s-rate-08" if english.name == "index.html" else ""
        assert f'href="{chinese.name}{fragment}" lang="zh-Hans" hreflang="zh-Hans">中文</a>' in texts[0]
        assert f'href="{english.name}{fragment}" lang="en" hreflang="en">English</a>' in texts[1]
    back = (both / "pages" / "forecast-rate-08-5.zh.html").read_text(encoding="utf-8")
    assert 'href="../index.zh.html#s-rate-08"' in back


def test_a_report_in_one_language_takes_what_is_kept_of_one_in_both_and_has_no_switch(both, monkeypatch):
    asked = []
    monkeypatch.setattr(report, "run_notebooks", lambda runs, *arguments, **named: asked.extend(runs))
    latest = report.make_report(["rate-08"], "en", both.parent.parent)
    assert not asked
    # Briefs are in both languages whatever the report's own.
    assert not [path.name for path in latest.rglob("*.zh.*") if not path.name.startswith("brief.")]
    for page in ("index.html", "pages/backtest.html"):
        assert "hreflang" not in (latest / page).read_text(encoding="utf-8")


def test_a_report_that_does_not_verify_leaves_the_last_one_up(latest, monkeypatch):
    before = latest.resolve()

    def refuse(*arguments):
        raise PublicationError("the report is not whole")

    monkeypatch.setattr(report, "verify_report", refuse)
    with pytest.raises(PublicationError, match="last good report is untouched"):
        report.make_report(["status-quo"], "en", latest.parent)
    assert latest.resolve() == before
    assert [path.name for path in (latest.parent / "versions").iterdir()] == [before.name]


def test_an_unknown_scenario_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(UnknownNameError, match="Did you mean rate-08"):
        report.make_report(["rate-8"], outputs=tmp_path)
    assert list(tmp_path.iterdir()) == []
