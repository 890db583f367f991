"""The published pages: the index, and one page per executed notebook.

Pages fetch nothing from outside, run no script, and work when opened from a disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cadre_research.findings.study import Study
from cadre_research.reporting.execution import NotebookRun, read_notebook
from cadre_research.reporting.index import IndexContent, PageLink, index_page
from cadre_research.reporting.names import display_names
from cadre_research.reporting.own_service import notice
from cadre_research.reporting.prose import in_language
from cadre_research.reporting.table_columns import align_words
from cadre_research.reporting.templates import HTML_LANGUAGES, TEMPLATES, content_policy, page_style, page_words
from cadre_research.reporting.wording import word

if TYPE_CHECKING:
    from nbconvert import HTMLExporter

__all__ = ["IndexContent", "PageLink", "index_page", "notebook_page", "page_links", "with_switch"]

SAFE_TAGS = [
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "span", "br", "hr", "blockquote", "details", "summary"),
    *("ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption", "pre", "code"),
    *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"),
    *("a", "abbr", "b", "del", "em", "i", "s", "small", "strong", "sub", "sup"),
]
SAFE_ATTRIBUTES = {
    "*": ["class", "id", "title", "lang"],
    "a": ["href"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
}
# In the template, where the switch to the other language comes; in a page's own texts it would be escaped.
SWITCH = "<!-- switch -->"
# bleach leaves the text inside a tag that it removes; of these nobody wants to read it.
UNREADABLE = re.compile(r"<(style|script)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
OUTSIDE_LINK = re.compile(r"<a\b[^>]*?\bhref=\"((?:https?:)?//[^\"]*)\"[^>]*>(.*?)</a>", re.DOTALL | re.IGNORECASE)


def notebook_page(
    path: Path, language: str = "en", parameters: Mapping[str, Any] | None = None, index_href: str = "../index.html"
) -> str:
    """Make a page of an executed notebook: text, tables and pictures, with the code folded away.

    HTML in texts and outputs is reduced to harmless tags; scripts do not survive, and a link to outside becomes text.

    Parameters
    ----------
    path : Path
        The executed notebook.
    language : str
        en or zh. The project's own texts are put into it; others stay as they are.
    parameters : mapping, optional
        Shown at the top.
    index_href : str
        The index, relative to the page.
    """
    notebook = in_language(read_notebook(path), language)
    page = {
        "title": _heading(notebook) or path.stem,
        "notice": notice(language),
        "html_language": HTML_LANGUAGES[language],
        "style": page_style(),
        "content_policy": content_policy(),
        "words": page_words(language),
        "index_href": index_href,
        "parameters": [(name, "—" if value is None else str(value)) for name, value in (parameters or {}).items()],
    }
    exporter, make = _exporter()
    html, _ = make(exporter, notebook, resources={"page": page})
    return html


def with_switch(page: str, language: str, href: str | None) -> str:
    """Set the link to the same page in the other language at the top of a page in `language`; none without `href`.

    A page is kept without it, as it is the same in a report of one language.
    """
    other = next((other for other in HTML_LANGUAGES if other != language), "")
    code, says = HTML_LANGUAGES[other], word("other_language", language)
    link = (
        f'<p class="language"><a href="{escape(href)}" lang="{code}" hreflang="{code}">{says}</a></p>\n' if href else ""
    )
    return page.replace(SWITCH, link, 1)


def page_links(study: Study, runs: Sequence[NotebookRun], language: str) -> list[PageLink]:
    """Links to the pages of notebook runs, for the index."""
    names = display_names(study, language)
    links = []
    for run in runs:
        years = run.parameters.get("horizon_years")
        # A second edition's page has its language behind a dot.
        page = run.page.partition(".")[0]
        title = (
            word("page_forecast", language, scenario=names[run.parameters["scenario"]], years=years)
            if years
            else word(f"page_{page.replace('-', '_')}", language)
        )
        group = word("pages_scenarios" if years else "pages_city", language)
        links.append(PageLink(f"pages/{run.page}.html", title, group))
    return links


@cache
def _exporter() -> tuple[HTMLExporter, Callable[..., tuple[str, Any]]]:
    """What makes every page, and how; its templates are compiled once."""
    # Slow to import, and only a whole report needs them.
    from nbconvert import HTMLExporter, TemplateExporter
    from nbconvert.filters import Highlight2HTML
    from nbconvert.preprocessors.sanitize import SanitizeHTML

    sanitizer = SanitizeHTML(tags=SAFE_TAGS, attributes=SAFE_ATTRIBUTES, strip=True)
    exporter = HTMLExporter(
        template_name="page", extra_template_basedirs=[str(TEMPLATES)], sanitize_html=True, exclude_anchor_links=True
    )
    # Most code and prose is the same on every page of a notebook.
    highlight = cache(Highlight2HTML(pygments_lexer="ipython3"))
    exporter.register_filter("highlight_code", lambda source, metadata=None: highlight(source))
    exporter.register_filter("safe_html", lambda html: _safe_html(str(html), sanitizer))
    # Not the exporter's own way, which parses the whole page once more, to add what the template has.
    return exporter, TemplateExporter.from_notebook_node


@cache
def _safe_html(html: str, sanitizer: Any) -> str:
    def as_text(link: re.Match[str]) -> str:
        address, text = link.groups()
        return text if text.strip() == address else f"{text} ({address})"

    return align_words(sanitizer.sanitize_html_tags(OUTSIDE_LINK.sub(as_text, UNREADABLE.sub("", html))))


def _heading(notebook: Any) -> str:
    """First H1 of a notebook."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := re.search(r"^# +(.+)$", cell.source, re.MULTILINE)):
            return found[1].strip()
    return ""
