"""What the command line shows: verdicts and listings as tables for a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator

import pandas as pd
from rich.box import SIMPLE
from rich.console import Console, Group
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.attainable import Attainability
from cadre_research.findings.policies import ALL_TARGETS
from cadre_research.findings.study import POPULATIONS, Forecast, Study
from cadre_research.findings.verdict import verdicts
from cadre_research.reporting.display import first_year, price_summary, verdict_mark
from cadre_research.reporting.names import display_names
from cadre_research.reporting.policy_summaries import binding_summary, budget_summary, relaxation_summary
from cadre_research.reporting.summaries import outlook_summary, required_summary
from cadre_research.reporting.wording import percent, word
from cadre_research.reporting.worlds import Worlds

__all__ = [
    "attainable_table",
    "counting",
    "listing",
    "outlook_table",
    "reasons_table",
    "required_table",
    "verdict_table",
    "working",
]

# Columns that stand beside the name of a target in 80 characters.
BUDGETS_ABREAST = 2
# Of progress, where it is written to a file.
LINES = 20


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
    costs = word("semicolon", language).join(
        word("what_it_is", language, what=heading, value=amount) for heading, amount in price.items()
    )
    return Group(table, Text(costs), Text(word("terminal_footer", language), style="dim"))


def outlook_table(worlds: Worlds, scenario: Scenario, horizon_years: int, language: str = "en") -> Group:
    """How sure the verdicts of a scenario are, over the worlds that agree with the evidence."""
    names = display_names(worlds.study, language, scenario)
    summary = outlook_summary(
        worlds.probabilities(scenario, horizon_years), worlds.spread_parts(scenario, horizon_years), names, language
    )
    footer = word("sure_footer", language, draws=worlds.accepted(scenario), replicates=worlds.replicates)
    return Group(_as_table(summary), Text(footer, style="dim"))


def required_table(
    worlds: Worlds, scenario: Scenario, required: pd.DataFrame, language: str = "en", *, surely: bool = False
) -> Group:
    """Smallest values that reach each target, a table for each lever."""
    names = display_names(worlds.study, language, scenario)
    summary = required_summary(required, names, language, surely=surely)
    tables = [_as_table(summary[heading], heading) for heading in dict.fromkeys(summary.columns.get_level_values(0))]
    footers = [word("required_footer", language)]
    if required["fails_again_at"].notna().any():
        footers.append(word("required_footer_again", language))
    if surely:
        counted = {"draws": worlds.accepted(scenario), "replicates": worlds.replicates}
        footers.append(word("required_footer_surely", language, **counted))
    return Group(*tables, *(Text(footer, style="dim") for footer in footers))


def attainable_table(
    study: Study, scenario: Scenario, shares: pd.DataFrame, question: Attainability, language: str = "en"
) -> Group:
    """Best share that any lawful policy reaches, by posts freed, at one horizon."""
    names = display_names(study, language, scenario)
    summary = budget_summary(shares, names, language)
    first = study.evidence.targets.baseline_year
    title = word(
        "attain_title", language, scenario=names[scenario.id], first=first, last=first + question.horizons_years[0]
    )
    tables = [
        _as_table(summary.iloc[:, place : place + BUDGETS_ABREAST], "" if place else title)
        for place in range(0, len(summary.columns), BUDGETS_ABREAST)
    ]
    candidates = question.limits.candidates_per_post
    rule = "footer_no_candidates" if candidates is None else "footer_candidates"
    said = [word("attain_held", language)] if any(question.holds) else []
    said += [word("footer_lawful", language), word(rule, language, candidates=candidates)]
    population, line = f"population_{question.population}", f"age_line_{shares['age_line'].iloc[0]}"
    said.append(word("footer_counted", language, population=word(population, language), age_line=word(line, language)))
    return Group(*tables, Text(("" if language == "zh" else " ").join(said), style="dim"))


def reasons_table(
    study: Study,
    reasons: Iterable[tuple[str, float, pd.DataFrame, pd.DataFrame]],
    language: str = "en",
) -> Group:
    """What stands in the way of each target that is out of reach, and what would clear it; as `queries.reasons`."""
    names = {**display_names(study, language), ALL_TARGETS: word("all_targets_at_once", language)}
    parts = []
    for target, budget, binding, least in reasons:
        what = {"target": names[target], "freed": f"{budget:g}"}
        parts.append(_as_table(binding_summary(binding, names, language), word("why_title", language, **what)))
        enough = relaxation_summary(least, names, language)
        parts.append(
            Text(word("why_never", language, **what))
            if enough.empty
            else _as_table(enough, word("why_enough", language, **what))
        )
    return Group(*parts or [Text(word("why_nothing", language))])


def _as_table(frame: pd.DataFrame, title: str = "") -> Group:
    """A summary as a table for the terminal; its first column is the index, which wraps where room is short."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column(frame.index.name or "")
    for heading in frame.columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for name, row in frame.iterrows():
        table.add_row(str(name), *(str(value) for value in row))
    # A title of the table's own would be as narrow as the table.
    return Group(*[Text(title)] if title else [], table)


def listing(study: Study, topic: str) -> Table:
    """Ids and titles of the scenarios, measures, targets, assumptions or ranks of a study."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    if topic in ("scenarios", "measures"):
        for heading in (topic.removesuffix("s"), "title", "标题"):
            table.add_column(heading, no_wrap=heading == topic.removesuffix("s"))
        for scenario in getattr(study, topic).values():
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


@contextlib.contextmanager
def working(console: Console, what: str) -> Iterator[Callable[[], None]]:
    """Show on a console how many steps are done, and give the function to call after each."""
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed:.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda: progress.advance(task)


@contextlib.contextmanager
def counting(console: Console, what: str, done: int, total: int) -> Iterator[Callable[[], None]]:
    """Show on a console how many steps of a known number are done, and give the function to call after each.

    Where nobody watches, lines are written instead of a bar: twenty in all.
    """
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(what, total=total, completed=done)
            yield lambda: progress.advance(task)
        return

    def advance() -> None:
        nonlocal done
        done += 1
        if done * LINES // total > (done - 1) * LINES // total:
            console.print(f"{what}: {done} of {total}")

    yield advance
