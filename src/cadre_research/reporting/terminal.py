"""What the command line shows: verdicts and listings as tables for a terminal."""

from __future__ import annotations

import pandas as pd
from rich.box import SIMPLE
from rich.console import Group
from rich.table import Table
from rich.text import Text

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.study import POPULATIONS, Forecast, Study
from cadre_research.findings.verdict import verdicts
from cadre_research.reporting.display import first_year, price_summary, verdict_mark
from cadre_research.reporting.names import display_names
from cadre_research.reporting.summaries import outlook_summary
from cadre_research.reporting.wording import percent, word
from cadre_research.reporting.worlds import Worlds

__all__ = ["listing", "outlook_table", "verdict_table"]


def verdict_table(study: Study, forecast: Forecast, language: str = "en") -> Group:
    """Verdict on every target under one forecast, and what the scenario takes."""
    names = display_names(study, language, forecast.scenario)
    opening_year = forecast.projection.opening_year
    frame = verdicts(target_shares(forecast), forecast.targets, forecast.horizon_years)
    level, posts = (frame[frame["population"] == name].set_index("target") for name in POPULATIONS)
    horizon_year = opening_year + forecast.horizon_years
    table = Table(
        title=f"{names[forecast.scenario.id]}, {opening_year} → {horizon_year}",
        title_justify="left",
        box=SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column(word("target", language), no_wrap=True)
    for heading in (opening_year, horizon_year, word("margin_short", language)):
        table.add_column(str(heading), justify="right", no_wrap=True)
    table.add_column(word("first_year_short", language), justify="right", no_wrap=True)
    table.add_column(word("posts_short", language), justify="right", no_wrap=True)
    for target, row in level.iterrows():
        table.add_row(
            names[target] + (" *" if row["provenance"] == "assumed" else ""),
            percent(row["opening_share"], language),
            f"{percent(row['share'], language)} {verdict_mark(row['reached'])}",
            f"{100 * row['margin']:+.1f}",
            first_year(row["first_year_reached"]),
            f"{percent(posts.loc[target, 'share'], language)} {verdict_mark(posts.loc[target, 'reached'])}",
        )
    price = price_summary([forecast], names, language).iloc[0]
    costs = "; ".join(f"{heading}: {amount}" for heading, amount in price.items())
    return Group(table, Text(costs), Text(word("terminal_footer", language), style="dim"))


def outlook_table(worlds: Worlds, scenario: Scenario, horizon_years: int, language: str = "en") -> Group:
    """How sure the verdicts of a scenario are, over the worlds that agree with the evidence."""
    names = display_names(worlds.study, language, scenario)
    summary = outlook_summary(
        worlds.probabilities(scenario, horizon_years), worlds.spread_parts(scenario, horizon_years), names, language
    )
    footer = word("sure_footer", language, draws=len(worlds.ensemble(scenario).openings), replicates=worlds.replicates)
    return Group(_as_table(summary), Text(footer, style="dim"))


def _as_table(frame: pd.DataFrame) -> Table:
    """A summary as a table for the terminal; its first column is the index."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column(frame.index.name or "", no_wrap=True)
    for heading in frame.columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for name, row in frame.iterrows():
        table.add_row(str(name), *(str(value) for value in row))
    return table


def listing(study: Study, topic: str) -> Table:
    """Ids and titles of the scenarios, targets, assumptions or ranks of a study."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    if topic == "scenarios":
        for heading in ("scenario", "title", "标题"):
            table.add_column(heading, no_wrap=heading == "scenario")
        for scenario in study.scenarios.values():
            table.add_row(scenario.id, scenario.title_en, scenario.title_zh)
    elif topic == "targets":
        for heading in ("target", "name", "名称", "levels", "under", "share", "deadline", "provenance"):
            table.add_column(heading, no_wrap=heading == "target")
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
        for heading in ("assumption", "value", "range", "unit", "provenance"):
            table.add_column(heading, no_wrap=heading != "unit")
        for entry in study.evidence.assumptions.values():
            span = f"{entry.low:g}–{entry.high:g}"
            table.add_row(
                entry.id,
                f"{entry.value:g}",
                span,
                entry.unit,
                entry.provenance,
            )
    else:
        for heading in ("rank", "name", "名称", "level", "holds a post"):
            table.add_column(heading, no_wrap=heading == "rank")
        for rank in study.evidence.ladder.ranks:
            table.add_row(rank.id, rank.name_en, rank.name_zh, rank.level, "yes" if rank.holds_post else "no")
    return table
