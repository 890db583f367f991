"""Names from a user's files that are code elsewhere stay names in the pages of a report."""

import html
import re
from html.parser import HTMLParser

import nbformat
import pandas as pd
import pytest
from hostile import HOSTILE
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import Targets
from cadre_research.reporting.display import verdict_sentences
from cadre_research.reporting.pages import IndexContent, PageLink, index_page, notebook_page
from cadre_research.reporting.templates import content_policy
from cadre_research.reporting.verify import outside_addresses

LIVE = {"script", "iframe", "object", "embed", "form", "link", "svg", "base", "math", "input-hostile"}


class Tags(HTMLParser):
    """Tags of a page, with what each would do by itself."""

    def __init__(self, page):
        super().__init__()
        self.live, self.policies = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if given.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(given["content"])
        elif "http-equiv" in given:
            self.live.append((tag, given))
        source = given.get("src") or given.get("href") or ""
        acts = any(name.startswith("on") for name in given) or source.lower().startswith(("javascript:", "//", "http"))
        if tag in LIVE or acts or (tag == "img" and not source.startswith("data:")):
            self.live.append((tag, given))


def harmless(page):
    tags = Tags(page)
    return tags.live == [] and tags.policies == [content_policy()] and outside_addresses(page) == []


def index_of(name, make_target, language):
    target = make_target(name_en=name, name_zh=name)
    scenario = Scenario(format=1, id="status-quo", title_en=name, title_zh=name, reason=name)
    rows = [
        {
            **{"target": target.id, "scenario": "status-quo", "horizon_years": years, "age_line": line},
            **{"population": population, "share": 0.1, "opening_share": 0.07, "reached": population == "posts"},
            **{"first_year_reached": pd.NA, "held": False},
        }
        for years in (5, 10)
        for line in ("inclusive", "strict")
        for population in ("level", "posts")
    ]
    made = {"created": "2026-01-02T03:04:05+00:00", "package": {"name": name, "version": name}, "git": None}
    content = IndexContent(
        verdicts=pd.DataFrame(rows),
        targets=Targets(format=1, baseline_year=2017, targets=(target,)),
        scenarios={"status-quo": scenario},
        provenance=made,
        pages=[PageLink("pages/a.html", name, name)],
        downloads=[],
    )
    return index_page(content, language)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_on_the_index(name, language, make_target):
    page = index_of(name, make_target, language)
    assert harmless(page)
    # The name is there to be read, as it was given.
    assert html.unescape(page).count(name) >= 4
    assert "49" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL) or "{{" not in name


def outputs_with(name):
    """What the cells of the notebooks show: tables, sentences, figures with a text, prints, warnings."""
    table = pd.DataFrame({name: [name]}, index=pd.Index([name], name=name))
    row = {"target": "t", "scenario": "s", "population": "level", "horizon_years": 5, "share": 0.1, "threshold": 1 / 6}
    row |= {"reached": False, "first_year_reached": pd.NA, "held": pd.NA, "opening_share": 0.07, "margin": -0.06}
    row |= {"horizon_year": 2022, "age_line": "inclusive", "reached_by_deadline": False, "deadline_year": 2022}
    sentence = verdict_sentences(pd.DataFrame([row]), {"t": name, "s": name}, "en").data
    yield new_output("execute_result", {"text/html": table.to_html(), "text/plain": str(table)}, execution_count=1)
    # Styler and to_html(escape=False) do not escape.
    yield new_output("display_data", {"text/html": table.to_html(escape=False)})
    yield new_output("display_data", {"text/html": table.style.to_html()})
    yield new_output("display_data", {"text/markdown": sentence})
    yield new_output("display_data", {"text/latex": name})
    yield new_output("display_data", {"image/svg+xml": f"<svg><text>{name}</text></svg>"}, metadata={"alt": name})
    yield new_output("stream", name="stdout", text=name)
    yield new_output("stream", name="stderr", text=name)
    yield new_output("error", ename="E", evalue=name, traceback=[name])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_does_nothing_on_a_page_of_a_notebook(name, tmp_path):
    cell = new_code_cell(f"show({name!r})", execution_count=1, outputs=list(outputs_with(name)))
    book = new_notebook(
        metadata={"language_info": {"name": "python"}}, cells=[new_markdown_cell(f"# {name}\n\n- {name}"), cell]
    )
    nbformat.write(book, tmp_path / "page.ipynb")
    page = notebook_page(tmp_path / "page.ipynb", parameters={name: name}, index_href="../index.html")
    assert harmless(page)
    assert html.escape(name, quote=False) in page or html.escape(name) in page


def test_a_page_without_the_sanitiser_would_be_live(tmp_path, monkeypatch):
    """The test above can fail: nbconvert itself lets names through."""
    monkeypatch.setattr("cadre_research.reporting.pages._safe_html", lambda text, sanitizer: str(text))
    cell = new_code_cell("show()", execution_count=1, outputs=list(outputs_with(HOSTILE[1])))
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "page.ipynb")
    assert not harmless(notebook_page(tmp_path / "page.ipynb"))


# What every page may do, by what it is about.
ALLOWED = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
}


def test_the_policy_lets_nothing_in_and_no_script_run():
    assert dict(rule.strip().split(" ", 1) for rule in content_policy().split(";")) == ALLOWED
