"""The explorer: one page that answers for settings of the reader's own, from grids that it holds.

It fetches nothing. Its policy lets four scripts run and no other, each named by its hash: numbers and names, charts,
the drawing library, and the page's own script.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from cadre_research.evidence.targets import AgeLine
from cadre_research.findings.levers import LEVERS
from cadre_research.findings.surface import HOW_MANY
from cadre_research.reporting.scripts import scripts_policy
from cadre_research.reporting.templates import HTML_LANGUAGES, TEMPLATES, page_environment, page_style, page_words
from cadre_research.reporting.wording import LANGUAGES, percent, word

__all__ = ["explorer_page"]

# The words that the page's script fills in or changes with the language; the template's own follow from it.
WORDS = (
    *(
        "explorer_title",
        "explorer_intro",
        "explorer_how_many",
        "explorer_vacancies",
        "explorer_rate",
        "explorer_either",
    ),
    *("explorer_who", "explorer_young", "explorer_rules", "explorer_reform", "explorer_line", "explorer_when"),
    *("explorer_horizon", "explorer_copy", "explorer_copied", "explorer_by_hand", "explorer_reset", "explorer_reached"),
    *("explorer_none", "explorer_undecided", "explorer_close", "explorer_shares", "explorer_shares_key"),
    *("explorer_paths", "explorer_paths_key", "explorer_people", "explorer_people_key", "explorer_between"),
    *("explorer_within", "explorer_opening", "explorer_assumed", "explorer_counting", "axis_release_rate"),
    *("axis_promotion_rate", "age_line_inclusive", "age_line_strict", "table_caption", "column_target", "column_now"),
    *("column_forecast", "column_basis", "verdict", "level", "line", "basis_survey", "basis_assumed", "reached"),
    *("not_reached", "trust_title", "calibrated_label", "assumed_label", "counting_label", "semicolon", "back"),
    "other_language",
)


def explorer_page(
    content: Mapping[str, Any], status_quo: Mapping[str, str], age_line: AgeLine, language: str = "en"
) -> str:
    """Make the page.

    Parameters
    ----------
    content : mapping
        As `explored.explorer_content` returns. Its shares of the status quo stand in the table before the script runs.
    status_quo : mapping
        Title of the scenario whose rules the page starts from, by language.
    age_line : {"inclusive", "strict"}
        Reading that the page starts with.
    language : {"en", "zh"}
        That the page starts with.

    Returns
    -------
    str
        One HTML file with everything in it.
    """
    from cadre_research.reporting.explorer_charts import explorer_charts  # slow to import

    words, years = {name: _words(name, content) for name in LANGUAGES}, content["years"]
    scripts = [
        {"id": "content", "text": _json({**content, "words": words})},
        {
            "id": "charts",
            "text": _json(
                explorer_charts(len(content["targets"]), max(len(each["last"]) for each in content["bands"].values()))
            ),
        },
        {"id": "", "text": _library()},
        {"id": "", "text": _safe((TEMPLATES / "explorer.js").read_text(encoding="utf-8"))},
    ]
    here = words[language]
    return (
        page_environment()
        .get_template("explorer.html.j2")
        .render(
            html_language=HTML_LANGUAGES[language],
            policy=scripts_policy([script["text"] for script in scripts]),
            style=page_style() + (TEMPLATES / "explorer.css").read_text(encoding="utf-8"),
            words={**page_words(language), **here},
            notice="",
            age_line=age_line,
            most={lever: f"{100 * LEVERS[lever]:g}" for lever in HOW_MANY},
            first=years[0],
            last=years[-1],
            levels=[{"id": level["id"], "name": level["name"][language]} for level in content["levels"]],
            column_now=here["column_now"].format(year=years[0]),
            column_then=here["column_forecast"].format(year=years[-1]),
            status_quo=status_quo[language],
            rows=[_row(target, age_line, language) for target in content["targets"]],
            scripts=scripts,
        )
    )


def _row(target: Mapping[str, Any], age_line: str, language: str) -> dict[str, Any]:
    """A target's row under the status quo."""
    now, then = (target["status_quo"][age_line][place] for place in (0, -1))
    reached = then is not None and then >= target["share"]
    kind = "survey" if target["anchored"] else "assumed"
    return {
        "name": target["name"][language],
        "line": word("line", language, age=target["young"][age_line][language], share=target["asked"]),
        "now": percent(_number(now), language),
        "then": percent(_number(then), language),
        "reached": reached,
        "mark": f"✓ {word('reached', language)}" if reached else f"✗ {word('not_reached', language)}",
        "basis": word(f"basis_{kind}", language),
    }


def _number(share: float | None) -> float:
    return float("nan") if share is None else share


def _words(language: str, content: Mapping[str, Any]) -> dict[str, str]:
    """The page's words in a language; what does not change with a setting is filled in."""
    every, targets = page_words(language), content["targets"]
    assumed = sum(not target["anchored"] for target in targets)
    counts = {
        "assumed": assumed,
        "anchored": len(targets) - assumed,
        "year": content["years"][0],
        "points": f"{100 * content['within']:g}",
    }
    filled = ("explorer_opening", "explorer_assumed", "explorer_within")
    return {key: every[key].format(**counts) if key in filled else every[key] for key in WORDS}


@cache
def _library() -> str:
    """Vega, Vega-Lite, the interpreter of their expressions, and what puts them on a page, out of their wheel."""
    import vl_convert  # slow to import

    return _safe(vl_convert.javascript_bundle())


def _json(content: object) -> str:
    """JSON that can stand in a script: nothing in it can end one or begin a comment."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _safe(script: str) -> str:
    """A script in which no text ends it: in a string or a pattern, a backslash before the slash changes nothing."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
