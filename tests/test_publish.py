"""Publishing: one step, verified before, and pages that answer first and fetch nothing."""

import base64
import html
import io
import json
import os
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import nbformat
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from cadre_research import paths
from cadre_research.errors import (
    CadreResearchError,
    CalibrationError,
    NotebookError,
    PublicationError,
    RunError,
    UnknownNameError,
)
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import Target, Targets
from cadre_research.reporting import publish as publishing
from cadre_research.reporting.embedded import picture_address
from cadre_research.reporting.notebooks import completion_line
from cadre_research.reporting.outputs_folder import latest_report, versions
from cadre_research.reporting.pages import IndexContent, PageLink, index_page, notebook_page
from cadre_research.reporting.provenance import describe, verify_manifest, write_manifest
from cadre_research.reporting.publish import publish, staging
from cadre_research.reporting.templates import TEMPLATES, page_words
from cadre_research.reporting.verify import outside_addresses, verify_report

PAGES = {"pages/one.html": completion_line("one")}
TABLES = {"tables/shares": ["year", "share"]}


def build(folder, word="first"):
    """Write the smallest whole report."""
    (folder / "pages").mkdir()
    (folder / "tables").mkdir()
    (folder / "index.html").write_text(f"<p>{word}</p><a href='pages/one.html'>one</a>", encoding="utf-8")
    (folder / "pages" / "one.html").write_text(f"<p>{completion_line('one')}</p>", encoding="utf-8")
    shares = pd.DataFrame({"year": [2017, 2022], "share": [0.07, 0.065]})
    shares.to_csv(folder / "tables" / "shares.csv", index=False)
    shares.to_parquet(folder / "tables" / "shares.parquet")
    write_manifest(folder, {})


def verify(folder):
    verify_report(folder, PAGES, TABLES)


def left_over(outputs):
    return sorted(path.name for path in outputs.iterdir() if path.name.startswith((".staging", ".latest")))


def test_a_report_becomes_the_latest(tmp_path):
    assert latest_report(tmp_path) is None
    version = publish(tmp_path, build, verify)
    assert latest_report(tmp_path) == version.resolve()
    assert os.readlink(tmp_path / "latest") == f"versions/{version.name}"
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", version.name)
    verify(tmp_path / "latest")
    assert not left_over(tmp_path)
    # A web server under another user must be able to read it.
    assert version.stat().st_mode & 0o777 == 0o777 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_folder_of_outputs_can_be_moved(tmp_path):
    publish(tmp_path / "here", build, verify)
    (tmp_path / "here").rename(tmp_path / "there")
    verify(tmp_path / "there" / "latest")


def test_only_the_newest_versions_are_kept_and_always_the_current_one(tmp_path):
    made = [publish(tmp_path, build, verify, keep=3) for _ in range(3)]
    assert versions(tmp_path) == sorted(made)
    # As if the clock had been wrong: the current version is the oldest by name.
    old = made[-1].rename(made[-1].with_name("20010101T000000Z-00000000"))
    (tmp_path / "latest").unlink()
    (tmp_path / "latest").symlink_to(f"versions/{old.name}")
    newest = publish(tmp_path, build, verify, keep=2)
    assert latest_report(tmp_path) == newest.resolve()
    assert len(versions(tmp_path)) == 2
    assert not left_over(tmp_path)


def test_what_is_not_a_version_is_left_alone(tmp_path):
    mine = tmp_path / "versions" / "my-own"
    mine.mkdir(parents=True)
    for _ in range(2):
        publish(tmp_path, build, verify, keep=0)
    assert mine.is_dir()
    assert len(versions(tmp_path)) == 1


@pytest.mark.parametrize("step", ["build", "verify"])
@pytest.mark.parametrize("error", [PublicationError("broken"), NotebookError("broken"), OSError(28, "No space left")])
def test_a_failure_leaves_the_last_report_up_and_says_so(tmp_path, step, error):
    good = publish(tmp_path, build, verify)

    def fail(folder):
        (folder / "half.html").write_text("half", encoding="utf-8")
        raise error

    steps = {"build": build, "verify": verify, step: fail}
    expected = type(error) if not isinstance(error, OSError) else PublicationError
    with pytest.raises(expected, match=f"(?s)(broken|No space left).*untouched.*{good.name}"):
        publish(tmp_path, steps["build"], steps["verify"])
    assert latest_report(tmp_path) == good.resolve()
    assert versions(tmp_path) == [good]
    assert not left_over(tmp_path)


def test_a_first_failure_says_that_nothing_was_published(tmp_path):
    with pytest.raises(PublicationError, match="Nothing has been published"):
        publish(tmp_path, lambda folder: None, verify)


def test_a_mistake_in_the_code_passes_as_it_is(tmp_path):
    with pytest.raises(ZeroDivisionError):
        publish(tmp_path, lambda folder: 1 / 0, verify)
    assert not left_over(tmp_path)


def test_a_folder_in_the_place_of_the_link_is_not_removed(tmp_path):
    (tmp_path / "latest").mkdir()
    with pytest.raises(PublicationError, match="is a folder; expected a link"):
        publish(tmp_path, build, verify)
    assert (tmp_path / "latest").is_dir()
    assert not versions(tmp_path)
    assert not left_over(tmp_path)


def test_a_file_that_cannot_be_tidied_away_does_not_fail_a_report_that_is_up(tmp_path, monkeypatch):
    publish(tmp_path, build, verify)

    def refuse(*_):
        raise OSError("busy")

    monkeypatch.setattr(publishing, "_discard", refuse)
    publish(tmp_path, build, verify, keep=1)
    assert len(versions(tmp_path)) == 2


def test_what_a_killed_run_left_is_removed(tmp_path):
    (tmp_path / ".staging-dead").mkdir()
    (tmp_path / ".staging-dead" / "half.html").touch()
    (tmp_path / ".latest-dead").symlink_to("versions/none")
    with staging(tmp_path):
        assert [name for name in left_over(tmp_path) if "dead" in name] == []


def test_two_runs_cannot_meet(tmp_path):
    script = "import sys, time; from cadre_research.reporting.publish import staging; from pathlib import Path\n"
    script += "with staging(Path(sys.argv[1])): print('in', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout.readline() == "in\n"
            with pytest.raises(PublicationError, match=rf"another run \(process {other.pid}\) is publishing"):
                publish(tmp_path, build, verify)
        finally:
            other.kill()
    publish(tmp_path, build, verify)


def test_a_child_process_does_not_hold_the_lock(tmp_path):
    """A kernel that outlives its run must not keep the next run out."""
    with staging(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    try:
        publish(tmp_path, build, verify)
    finally:
        child.kill()
        child.wait()


# --- what counts as whole


def test_the_manifest_finds_every_difference(tmp_path):
    build(tmp_path)
    assert set(verify_manifest(tmp_path)["outputs"]) == {
        "index.html",
        "pages/one.html",
        "tables/shares.csv",
        "tables/shares.parquet",
    }
    (tmp_path / "index.html").write_text("other", encoding="utf-8")
    (tmp_path / "pages" / "one.html").unlink()
    (tmp_path / "extra.html").touch()
    with pytest.raises(PublicationError) as error:
        verify_manifest(tmp_path)
    assert "index.html: changed since" in str(error.value)
    assert "pages/one.html: missing" in str(error.value)
    assert "extra.html: not in the manifest" in str(error.value)


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"outputs"'])
def test_a_manifest_that_is_missing_or_broken_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(PublicationError, match=r"manifest\.json: (missing|not a manifest)"):
        verify_manifest(tmp_path)


def _edit(name, old, new):
    def edit(folder):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return edit


DAMAGE = {
    "no index": (lambda folder: (folder / "index.html").unlink(), "index.html: missing or empty"),
    "empty page": (lambda folder: (folder / "pages/one.html").write_text(""), "pages/one.html: missing or empty"),
    "half page": (_edit("pages/one.html", "report-complete", ""), "does not show 'report-complete one'"),
    "address": (_edit("index.html", "pages/", "https://example.org/"), "refers to https://example.org/one.html"),
    "script": (_edit("index.html", "</p>", "<script>1</script></p>"), "<script> found"),
    "no parquet": (lambda folder: (folder / "tables/shares.parquet").unlink(), "tables/shares: .parquet missing"),
    "bad parquet": (lambda folder: (folder / "tables/shares.parquet").write_text("x"), ".parquet cannot be read"),
    "fewer rows": (_edit("tables/shares.csv", "2022,0.065\n", ""), "CSV has 1 rows, Parquet 2"),
    "no rows": (_edit("tables/shares.csv", "2017,0.07\n2022,0.065\n", ""), ".csv has no rows"),
    "no column": (_edit("tables/shares.csv", "share", "part"), ".csv lacks columns: share"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_report_that_is_not_whole_is_not_published(tmp_path, damage):
    good = publish(tmp_path, build, verify)
    spoil, message = DAMAGE[damage]

    def build_badly(folder):
        build(folder)
        spoil(folder)
        write_manifest(folder, {})

    with pytest.raises(PublicationError, match=re.escape(message)):
        publish(tmp_path, build_badly, verify)
    assert latest_report(tmp_path) == good.resolve()


@pytest.mark.parametrize(
    "page",
    [
        '<img src="http://a.b/c">',
        "<link rel=stylesheet href=//a.b/c.css>",
        '<IMG SRCSET="https://a.b/c 2x">',
        "<style>@import 'https://a.b/c.css';</style>",
        "<style>p { background: url(https://a.b/c.png) }</style>",
        "<p style='background: url(\"//a.b\")'>",
        "<p onclick='x()'>",
        "<a href='javascript:x()'>",
        "<svg><use xlink:href='https://a.b/c#d'/></svg>",
        "<script src='x.js'></script>",
    ],
)
def test_outside_addresses_and_scripts_are_found(page):
    assert len(outside_addresses(page)) == 1


@pytest.mark.parametrize(
    "page",
    [
        '<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/></svg>',
        "<p>See https://example.org</p>",
        '<img src="data:image/png;base64,AA//AA">',
        "<style>p { color: red } /* // */</style>",
        '<a href="../index.html#top">up</a>',
    ],
)
def test_what_stays_inside_is_let_be(page):
    assert outside_addresses(page) == []


# --- where a report comes from


def test_the_description_names_every_input_and_nothing_of_the_machine():
    made = describe({"scenario": "status-quo"})
    assert {"data/facts/targets.toml", "requirements.lock", "src/cadre_research/errors.py"} <= set(made["inputs"])
    assert "src/cadre_research/reporting/templates/style.css" in made["inputs"]
    assert not [name for name in made["inputs"] if "__pycache__" in name or "/." in name]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in made["inputs"].values())
    assert made["parameters"] == {"scenario": "status-quo"}
    assert made["created"].endswith("+00:00")
    assert str(paths.project_root()) not in json.dumps(made)


def test_outside_git_there_is_no_commit(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.toml").write_text("a = 1", encoding="utf-8")
    (tmp_path / "data" / ".hidden").touch()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    made = describe({}, tmp_path)
    assert made["git"] is None
    assert list(made["inputs"]) == ["data/a.toml"]


# --- pages


def book(*cells):
    return new_notebook(metadata={"language_info": {"name": "python"}}, cells=list(cells))


def saved(tmp_path, *cells):
    path = tmp_path / "page.ipynb"
    nbformat.write(book(*cells), path)
    return path


def shows(data):
    return new_code_cell("show()", execution_count=1, outputs=[new_output("display_data", data)])


def prints(text, name="stdout"):
    return new_code_cell("say()", execution_count=1, outputs=[new_output("stream", name=name, text=text)])


def test_a_page_is_titled_folds_its_code_and_shows_that_it_is_complete(tmp_path):
    path = saved(
        tmp_path, new_markdown_cell("# Is it <so>?\n\n*Yes*"), prints("1 < 2\n"), prints("report-complete one\n")
    )
    page = notebook_page(path, "en", {"rate": None, "scenario": "<b>"})
    assert "<title>Is it &lt;so&gt;?</title>" in page
    assert "<summary>Show code</summary>" in page
    assert "1 &lt; 2" in page
    assert '<p class="complete">report-complete one</p>' in page
    assert "<dd>&lt;b&gt;</dd>" in page
    assert 'href="../index.html"' in page
    assert outside_addresses(page) == []
    assert "<summary>显示代码</summary>" in notebook_page(path, "zh")


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<iframe src='https://a.b'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<p style='background:url(https://a.b)'>x</p>",
    "<svg onload=alert(1)></svg>",
    "<link rel=stylesheet href='https://a.b/c.css'>",
    "<style>@import 'https://a.b/c.css'</style>",
    "<scr<script>ipt>alert(1)</script>",
    "<form action='https://a.b'><input></form>",
    "<details ontoggle=alert(1) open>x</details>",
    "<img src='//a.b/c.png'>",
    "<meta http-equiv=refresh content='0;url=https://a.b'>",
    "</div></main><script>alert(1)</script>",
]


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_hostile_survives_in_a_page(tmp_path, html):
    path = saved(
        tmp_path,
        new_markdown_cell(f"# x\n\n{html}"),
        shows({"text/html": html}),
        shows({"text/markdown": html}),
        prints(html),
        prints(html, "stderr"),
        shows({"application/javascript": "alert(1)"}),
    )
    page = notebook_page(path, parameters={"x": html})
    assert outside_addresses(page) == []
    assert not re.search(r"<(script|iframe|form|link|svg|object)\b", page)
    assert "http-equiv=refresh" not in re.sub(r"&lt;.*?&gt;", "", page)


def test_pictures_tables_and_links_survive(tmp_path):
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    table = "<style scoped>.dataframe {}</style><table border=1><thead><tr><th>a</th></tr></thead></table>"
    path = saved(
        tmp_path,
        new_markdown_cell("# x\n\n[the law](https://example.org/law) and [up](../index.html)"),
        shows({"image/svg+xml": svg, "text/plain": "Figure"}),
        shows({"image/png": "AAAA", "text/plain": "Figure"}),
        shows({"text/html": table, "text/plain": "a"}),
    )
    page = notebook_page(path)
    assert page.count('alt="Figure;') == 2
    assert 'src="data:image/svg+xml;base64,' in page
    assert 'src="data:image/png;base64,AAAA"' in page
    assert "<th>a</th>" in page
    assert ".dataframe {}" not in page
    assert "the law (https://example.org/law)" in page
    assert '<a href="../index.html">up</a>' in page
    assert outside_addresses(page) == []


def _target(name, survey=None):
    return Target.model_validate(
        {
            "id": name,
            "name_en": f"The <{name}>",
            "name_zh": f"目标{name}",
            "levels": (name,),
            "age_years": 40,
            "share": Fraction(1, 6),
            "deadline": "2022-12-31",
            "provenance": "seed" if survey else "assumed",
            "note": "",
            "survey": survey,
        },
        strict=False,
    )


SURVEY = {"young": 7, "headcount": "h", "share_as_printed": "7 %", "source": "a paper, 2018"}


def _content(reached=lambda **reading: False, **changes):
    targets = Targets(format=1, baseline_year=2017, targets=(_target("a", SURVEY), _target("b", SURVEY), _target("c")))
    scenarios = {
        name: Scenario(format=1, id=name, title_en=f"Title {name}", title_zh=f"名称{name}", reason="Because.")
        for name in ("status-quo", "other")
    }
    scenarios["other"] = scenarios["other"].model_copy(update={"reason_zh": "因为<b>。"})
    rows = []
    for target in "abc":
        for scenario in scenarios:
            for years in (10, 5):
                for age_line in ("inclusive", "strict"):
                    for population in ("level", "posts"):
                        reading = {
                            "target": target,
                            "scenario": scenario,
                            "horizon_years": years,
                            "age_line": age_line,
                            "population": population,
                        }
                        hit = reached(**reading)
                        first = 2017 + years if hit else pd.NA
                        rows.append(
                            {
                                **reading,
                                "share": 0.2 if hit else 0.065,
                                "opening_share": 0.07,
                                "reached": hit,
                                "first_year_reached": first,
                                "held": hit,
                            }
                        )
    made = {"created": "2026-01-02T03:04:05+00:00", "package": {"name": "p", "version": "1"}, "git": None}
    return IndexContent(
        **{"verdicts": pd.DataFrame(rows), "targets": targets, "scenarios": scenarios, "provenance": made, **changes}
    )


def _answers(page):
    """The overall answer, and that of each scenario."""
    return [re.sub(r"\s+", " ", text) for text in re.findall(r'<p class="(?:answer|here)">(.*?)</p>', page)]


def test_the_index_answers_first_and_for_every_scenario():
    page = index_page(_content(lambda scenario, target, **_: scenario == "other" and target == "a"))
    overall, first, second = _answers(page)
    assert overall.startswith("Only in part: of 2 scenarios, these bring all survey-anchored groups, counted whole")
    assert first.startswith(
        "No: under “Title status-quo”, neither of the two targets anchored in the survey is reached in 2022 and neither"
    )
    assert "The &lt;a&gt; 7.0 % → 6.5 % → 6.5 %" in first
    assert first.endswith("none of the one assumed targets is reached in 2022 and none in 2027.")
    assert second.startswith("Only in part: under “Title other”, one of the two")
    assert page.index("<h1>") < page.index('class="answer') < page.index('class="chooser"') < page.index("<table")
    # The first scenario shows while none is chosen, and the address may choose one.
    assert not re.search(r"<input[^>]*checked", page)
    assert ":where(.of-status-quo) {" in page
    assert outside_addresses(page) == []


@pytest.mark.parametrize(("hidden", "said"), [(["a"], "The <b>, 6.5 % (Title status-quo)."), (["a", "b", "c"], ": —.")])
def test_the_answer_passes_over_groups_that_are_too_small_to_be_shown(hidden, said):
    content = _content(lambda **_: False)
    shares = content.verdicts["share"].mask(content.verdicts["target"].isin(hidden))
    overall, *_ = _answers(index_page(replace(content, verdicts=content.verdicts.assign(share=shares))))
    assert html.unescape(overall).endswith(said)


def test_the_least_probable_target_of_a_scenario_that_reaches_all_is_told():
    """Of 0.9 and 0.38 the latter."""
    content = _content(lambda scenario, **_: scenario == "other")
    chances = content.verdicts["target"].map({"a": 0.9, "b": 0.38})
    extra = {"probability": chances, "probability_se": 0.05, "share_p05": 0.1, "share_p50": 0.2, "share_p95": 0.3}
    overall, *_ = _answers(index_page(replace(content, verdicts=content.verdicts.assign(**extra, draws=100))))
    assert "Title other (least sure target: 38" in overall


def test_yes_is_said_only_when_all_are_reached():
    (overall, first, _) = _answers(index_page(_content(lambda **_: True)))
    assert overall.startswith("As expected, yes: of 2 scenarios")
    assert first.startswith("Yes: under “Title status-quo”, both of the two targets anchored in the survey are reached")


def test_marks_are_words_too():
    page = index_page(_content(lambda target, horizon_years, **_: target == "a" and horizon_years == 10))
    assert page.count("✓ reached") == 2
    assert page.count("✗ not reached") == 10
    assert page.count(">survey-anchored<") == 4
    assert page.count(">assumed<") == 2


def test_a_verdict_that_depends_on_how_one_counts_is_said():
    page = index_page(
        _content(
            lambda target, age_line, population, **_: (
                (target == "a" and population == "posts") or (target == "b" and age_line == "inclusive")
            )
        )
    )
    assert "The &lt;a&gt;, 2022: not reached as counted above, but reached for post-holders." in page
    assert "The &lt;b&gt;, 2027: reached as counted above, but not reached for under 40." in page
    assert "no verdict depends" not in page
    assert "no verdict depends" in index_page(_content())


@pytest.mark.parametrize(
    ("chance", "error", "text"),
    [(0.0, 0.0, "probability &lt;1\N{NO-BREAK SPACE}%"), (0.342, 0.047, "probability 34\N{NO-BREAK SPACE}% (±5)")],
)
def test_how_sure_a_forecast_is_stands_beside_it(chance, error, text):
    frame = _content().verdicts.assign(probability=chance, probability_se=error, share_p05=0.041, share_p95=0.0825)
    page = index_page(_content(verdicts=frame))
    assert page.count(text) == 12
    assert page.count("90 %: 4.1–8.2\N{NO-BREAK SPACE}%") == 12
    assert "probability" not in index_page(_content())


def _required(**values):
    keys = {"target": "a", "scenario": "status-quo", "lever": "promotion-rate", "age_line": "inclusive"}
    return pd.DataFrame([{**keys, "population": "level", "horizon_years": years, **values} for years in (5, 10)])


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"value": 0.1141, "value_for_90_percent": 0.152, "reachable": True}, "11.5; for 90 % probability 15"),
        ({"value": 0.1141, "value_for_90_percent": np.nan, "reachable": True}, "11.5; for 90 % probability none"),
        ({"value": np.nan, "value_for_90_percent": np.nan, "reachable": False}, "no rate suffices"),
    ],
)
def test_the_rate_it_would_take_stands_in_the_row(values, text):
    page = index_page(_content(required=_required(**values)))
    assert page.count(text) == 2
    assert f"<small>2022</small> {text}" in page
    assert "it would take" not in index_page(_content())


@pytest.mark.parametrize(
    ("reachable", "text"),
    [
        ((True, True, True), "15.1\N{NO-BREAK SPACE}% with no posts freed</span>"),
        ((False, True, True), "the target from 2 freed per 100 a year"),
        ((False, False, False), "out of reach up to 10 freed per 100 a year"),
    ],
)
def test_the_best_that_any_policy_could_do_stands_in_the_row(reachable, text):
    keys = {"target": "a", "scenario": "status-quo", "age_line": "inclusive", "population": "level", "hold": False}
    curve = zip((0.0, 2.0, 10.0), (0.151, 0.17, 0.2), reachable, strict=True)
    rows = [
        {**keys, "horizon_years": years, "releases_per_100_posts": freed, "best_share": share, "reachable": reached}
        for freed, share, reached in curve
        for years in (5, 10)
    ]
    frame = pd.DataFrame(rows).assign(candidates_per_post=3)
    assert index_page(_content(attainable=frame)).count(text) == 2


@pytest.mark.parametrize(
    ("reachable", "text"),
    [
        ((True, True), "could bring all of them to their targets by 2022 with no post freed."),
        ((False, True), "by 2022 with 10.0 posts freed per 100 a year, none with fewer."),
        ((False, False), "No lawful policy could bring all of them to their targets by 2022, not even with 10 posts"),
    ],
)
def test_the_answer_says_whether_any_policy_could(reachable, text):
    keys = {"target": "all-six", "scenario": "status-quo", "age_line": "inclusive", "population": "level"}
    rows = [
        {**keys, "hold": False, "horizon_years": 5, "releases_per_100_posts": freed, "reachable": reached}
        for freed, reached in zip((0.0, 10.0), reachable, strict=True)
    ]
    frame = pd.DataFrame(rows).assign(candidates_per_post=3.0, best_share=0.2)
    overall = _answers(index_page(_content(attainable=frame)))[0]
    assert text.replace("10.0", "10") in overall


def test_the_index_in_chinese():
    page = index_page(_content(), "zh", alternate_href="index.html")
    assert '<html lang="zh-Hans">' in page
    assert "5年后、10年后，各层次年轻干部能否达到六分之一？" in page
    assert "不能：在“名称status-quo”情景下，有调查依据的2项目标，2022年达到0项，2027年达到0项" in page
    for name in ("status-quo", "other"):
        link = f'<a class="of of-{name}" href="index.html#s-{name}" lang="en" hreflang="en">English</a>'
        assert page.count(link) == 1
    assert '<p class="reason">因为&lt;b&gt;。</p>' in page
    assert page.count('<p class="reason">Because.</p>') == 1, "a reason that has no Chinese stays as it is"
    assert index_page(_content()).count('<p class="reason">Because.</p>') == 2


def test_pictures_pages_and_files_of_the_index(tmp_path):
    (tmp_path / "paths.svg").write_text("<svg><script>alert(1)</script></svg>", encoding="utf-8")
    page = index_page(
        _content(
            pictures={"status-quo": tmp_path / "paths.svg"},
            figures={"status-quo": "figures/paths.svg"},
            pages=[PageLink("pages/a.html", "A <page>", "Group"), PageLink("pages/b.html", "B")],
            downloads=["tables/shares.csv", "tables/shares.parquet", "manifest.json"],
            provenance={**_content().provenance, "git": {"commit": "0123456789abcdef", "dirty": True}},
        )
    )
    assert page.count('<img class="figure" src="data:image/svg+xml;base64,') == 1
    assert page.count('<a href="figures/paths.svg"><img') == 1
    assert '<a href="pages/a.html">A &lt;page&gt;</a>' in page
    assert 'shares: <a href="tables/shares.csv">CSV</a>, <a href="tables/shares.parquet">Parquet</a>' in page
    assert page.count('href="manifest.json"') == 1
    assert "Made 2026-01-02 03:04:05 UTC by p 1, commit 0123456789 with changes since." in page


def test_a_chart_is_embedded_in_less_than_half_its_size_and_looks_the_same(tmp_path):
    path = tmp_path / "chart.png"
    figure = Figure(figsize=(8, 5), dpi=144)
    axes = figure.subplots()
    for step in range(12):
        axes.plot([0, 1, 2], [step, step * step / 9, step + 1], color=f"C{step % 6}", linewidth=2)
    figure.savefig(path)
    kind, _, held = picture_address(path).partition(";base64,")
    assert kind == "data:image/webp"
    content = base64.b64decode(held)
    assert len(content) < 0.5 * path.stat().st_size
    with Image.open(path) as before, Image.open(io.BytesIO(content)) as after:
        there, shown = (np.asarray(one.convert("RGB"), float) for one in (before, after))
    assert there.shape == shown.shape
    assert np.abs(there - shown).mean() < 2
    # Else the chart would lie on the page as a sheet of another white.
    assert set(shown[(there == 255).all(2)].ravel()) == {255}


def test_a_verdict_that_is_missing_is_not_made_up():
    content = _content()
    with pytest.raises(ValueError, match="expected one row for c, status-quo"):
        index_page(_content(verdicts=content.verdicts.query("target != 'c'")))


def test_every_word_is_in_both_languages():
    english, chinese = page_words("en"), page_words("zh")
    assert set(english) == set(chinese)
    for key, text in english.items():
        assert text, key
        assert chinese[key], key
        assert set(re.findall(r"{(\w+)}", chinese[key])) >= set(re.findall(r"{(\w+)}", text)) - {"verb"}, key
    with pytest.raises(UnknownNameError, match="language 'fr'"):
        page_words("fr")
    assert "http" not in (TEMPLATES / "style.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("fault", [RunError("a process was killed"), CalibrationError("no opening agrees")])
def test_whatever_fails_in_a_build_says_that_the_last_report_is_up(tmp_path, fault):
    def build(folder):
        raise fault

    with pytest.raises(CadreResearchError) as told:
        publish(tmp_path, build, lambda folder: None)
    assert str(told.value).splitlines()[-1].startswith("Nothing has been published")
    assert told.value.exit_code == (4 if isinstance(fault, RunError) else 3)


def test_an_unknown_name_can_be_told_by_another_process():
    fault = pickle.loads(pickle.dumps(UnknownNameError("scenario", "rate-8", ["rate-08", "rate-04"])))
    assert "rate-08" in str(fault)
