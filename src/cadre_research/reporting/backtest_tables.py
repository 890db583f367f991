"""A backtest as files and as a table for a terminal."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.box import SIMPLE
from rich.console import Group
from rich.table import Table
from rich.text import Text

from cadre_research.errors import PublicationError
from cadre_research.findings.backtest import BACKTEST_COLUMNS, Backtest
from cadre_research.findings.backtest_scores import SCOPES
from cadre_research.reporting.figures.backtest import backtest_chart
from cadre_research.reporting.spreadsheets import neutralised
from cadre_research.reporting.wording import age_phrase, word

__all__ = ["backtest_table", "write_backtest"]


def write_backtest(found: Backtest, scores: pd.DataFrame, folder: Path, language: str = "en") -> list[Path]:
    """Write backtest.csv (every forecast), backtest_scores.csv and backtest.png into a folder, made if need be.

    The shares are those of the user's own panel as they are, small ranks too: nothing is suppressed. A rank whose name
    a spreadsheet would run is written with an apostrophe in front.

    Raises
    ------
    PublicationError
        When a file cannot be written.
    """
    files = [folder / name for name in ("backtest.csv", "backtest_scores.csv", "backtest.png")]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        neutralised(found.frame[list(BACKTEST_COLUMNS)]).to_csv(files[0], index=False)
        scores.to_csv(files[1], index=False)
        backtest_chart(found.frame, scores, language, age_line=found.age_line).savefig(files[2])
    except OSError as fault:
        raise PublicationError(f"--out {folder}: cannot be written ({fault.strerror}).") from None
    return files


def backtest_table(found: Backtest, scores: pd.DataFrame, language: str = "en") -> Group:
    """Scores of every method by horizon, one table for the whole workforce and one for the ranks; what was left out."""
    line = age_phrase(int(found.frame["young_line"].iloc[0]), found.age_line, language)
    parts: list[Table | Text] = []
    for scope in SCOPES:
        for horizon, rows in scores[scores["scope"] == scope].groupby("horizon_years"):
            title = f"{word(f'backtest_{scope}', language)} ({line}), {word('backtest_ahead', language, years=horizon)}"
            parts.append(_scores(rows, title, language))
    parts += [Text(text, style="dim") for text in (word("backtest_table_footer", language), *found.notes)]
    return Group(*parts)


def _scores(rows: pd.DataFrame, title: str, language: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for column in ("backtest_method", "backtest_intake"):
        table.add_column(word(column, language), no_wrap=True)
    within = [word("backtest_within", language, level=level) for level in (80, 95)]
    numbers = [word(f"backtest_{name}", language) for name in ("error_short", "better", "crps")]
    for heading in (*numbers[:2], *within, numbers[2]):
        table.add_column(heading, justify="right", no_wrap=True)
    benchmarks = rows[(rows["method"] != "model") & (rows["intake"] == rows["intake"].iloc[-1])]
    for row in pd.concat([rows[rows["method"] == "model"], benchmarks]).to_dict("records"):
        own = row["method"] == "model"
        table.add_row(
            word(f"method_{row['method']}", language),
            word(f"intake_{row['intake']}", language) if own else "",
            f"{row['error_points']:.1f} ({row['error_low']:.1f}–{row['error_high']:.1f})",
            "" if row["method"] == "persistence" else f"{100 * row['better_cells']:.0f} %",
            *(_part(row[column]) for column in ("covered_80", "covered_95")),
            "–" if pd.isna(row["crps_points"]) else f"{row['crps_points']:.2f}",
        )
    return table


def _part(part: float) -> str:
    return "–" if pd.isna(part) else f"{100 * part:.0f} %"
