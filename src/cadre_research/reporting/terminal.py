"""What the command line shows: verdicts and listings as tables for a terminal."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.study import Forecast, Study
from cadre_research.findings.turnover import turnover
from cadre_research.findings.verdict import verdicts
from cadre_research.reporting.names import display_names
from cadre_research.reporting.wording import word

__all__ = ["listing", "verdict_table"]


def verdict_table(study: Study, forecast: Forecast, language: str = "en") -> Group:
    """Verdict on every target under one forecast: the level, as the survey counts it, and its post-holders."""
    names = display_names(study, language)
    frame = verdicts(target_shares(forecast), forecast.targets, forecast.horizon_years)
    opening_year = forecast.projection.opening_year
    horizon_year = opening_year + forecast.horizon_years
    table = Table(title=f"{names[forecast.scenario.id]}, {opening_year} → {horizon_year}", title_justify="left")
    table.add_column(word("target", language))
    table.add_column(word("provenance", language))
    for heading in (opening_year, horizon_year):
        table.add_column(str(heading), justify="right")
    table.add_column(word("margin_points", language), justify="right")
    table.add_column(word("verdict", language))
    table.add_column(word("first_year", language), justify="right")
    table.add_column(word("posts_share", language), justify="right")
    by_population = {name: rows.set_index("target") for name, rows in frame.groupby("population")}
    for target, row in by_population["level"].iterrows():
        posts = by_population["posts"].loc[target]
        first = row["first_year_reached"]
        table.add_row(
            names[target],
            word(f"provenance_{row['provenance']}", language),
            f"{row['opening_share']:.1%}",
            f"{row['share']:.1%}",
            f"{100 * row['margin']:+.1f}",
            _mark(row["reached"], language),
            "—" if first is None or first is not first or str(first) == "<NA>" else str(first),
            f"{posts['share']:.1%} {_mark(posts['reached'], language, words=False)}",
        )
    return Group(table, Text(_price(forecast, language)), Text(word("terminal_footer", language), style="dim"))


def listing(study: Study, topic: str) -> Table:
    """Ids and titles of the scenarios, targets, assumptions or ranks of a study."""
    table = Table(show_edge=False)
    if topic == "scenarios":
        for heading in ("scenario", "title", "标题", "reason"):
            table.add_column(heading, overflow="fold")
        for scenario in study.scenarios.values():
            table.add_row(scenario.id, scenario.title_en, scenario.title_zh, scenario.reason)
    elif topic == "targets":
        for heading in ("target", "name", "名称", "levels", "under", "share", "deadline", "provenance"):
            table.add_column(heading)
        for target in study.evidence.targets.targets:
            table.add_row(
                target.id,
                target.name_en,
                target.name_zh,
                ", ".join(target.levels),
                str(target.age_years),
                str(target.share),
                target.deadline.isoformat(),
                target.provenance,
            )
    elif topic == "assumptions":
        for heading in ("assumption", "value", "range", "unit", "provenance", "quality", "impact", "title"):
            table.add_column(heading)
        for entry in study.evidence.assumptions.values():
            span = f"{entry.low:g} to {entry.high:g}"
            table.add_row(
                entry.id,
                f"{entry.value:g}",
                span,
                entry.unit,
                entry.provenance,
                entry.quality,
                entry.impact,
                entry.title,
            )
    else:
        for heading in ("rank", "name", "名称", "level", "holds a post"):
            table.add_column(heading)
        for rank in study.evidence.ladder.ranks:
            table.add_row(rank.id, rank.name_en, rank.name_zh, rank.level, "yes" if rank.holds_post else "no")
    return table


def _mark(reached: bool, language: str, *, words: bool = True) -> Text:
    sign, style = ("✓", "green") if reached else ("✗", "red")
    text = f"{sign} {word('reached' if reached else 'not_reached', language)}" if words else sign
    return Text(text, style=style)


def _price(forecast: Forecast, language: str) -> str:
    """What the scenario takes: promotions, and the posts freed for them."""
    flows = turnover(forecast).groupby("flow")["headcount"].sum()
    return word(
        "price",
        language,
        promotions=f"{flows.get('promotion-in', 0):,.0f}",
        releases=f"{flows.get('release-out', 0):,.0f}",
        years=forecast.horizon_years,
    )
