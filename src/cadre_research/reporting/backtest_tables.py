"""A backtest as files and as a table for a terminal."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.box import SIMPLE
from rich.console import Group
from rich.table import Table
from rich.text import Text

from cadre_research.errors import ParameterError, PublicationError
from cadre_research.evidence.panel import Panel
from cadre_research.findings.backtest import BACKTEST_COLUMNS, Backtest, backtest
from cadre_research.findings.backtest_scores import SCOPES
from cadre_research.reporting.figures.backtest import backtest_chart
from cadre_research.reporting.kept import kept_together
from cadre_research.reporting.spreadsheets import neutralised
from cadre_research.reporting.wording import age_phrase, number, word

__all__ = ["backtest_table", "balance_line", "check_folder", "kept_backtest", "score_summary", "write_backtest"]

FILES = ("backtest.csv", "backtest_scores.csv", "backtest.png")


def check_folder(folder: Path) -> None:
    """Refuse a folder that a backtest may not be written to, before it is run.

    Raises
    ------
    ParameterError
        When there is a file in its place or above it, or a link stands where one of its files goes.
    """
    there = next(part for part in (folder, *folder.absolute().parents) if part.exists())
    if not there.is_dir():
        raise ParameterError(f"--out: given {str(folder)!r}, expected a folder; {there} is a file.")
    links = [name for name in FILES if (folder / name).is_symlink()]
    if links:
        raise ParameterError(f"--out: {folder / links[0]} is a link to a file elsewhere. Remove it.")


def kept_backtest(panel: Panel, young_line_years: int, horizons_years: Sequence[int], seed: int) -> Backtest:
    """As `findings.backtest.backtest`, found once and kept on disk."""
    digest = hashlib.sha256(pickle.dumps(panel)).hexdigest()
    asked = {"panel": digest, "young_line": young_line_years, "horizons": list(horizons_years), "seed": seed}

    def make() -> dict[str, pd.DataFrame]:
        found = backtest(panel, young_line_years, horizons_years, seed=seed)
        return {"backtest": found.frame, "backtest_notes": pd.DataFrame({"note": found.notes}, dtype=str)}

    tables = kept_together(("backtest", "backtest_notes"), asked, make)
    return Backtest(tables["backtest"], "inclusive", tuple(tables["backtest_notes"]["note"]))


def write_backtest(found: Backtest, scores: pd.DataFrame, folder: Path, language: str = "en") -> list[Path]:
    """Write backtest.csv (every forecast), backtest_scores.csv and backtest.png into a folder, made if need be.

    The shares are those of the user's own panel as they are, small ranks too: nothing is suppressed. A rank whose name
    a spreadsheet would run is written with an apostrophe in front.

    Raises
    ------
    PublicationError
        When a file cannot be written.
    """
    files = [folder / name for name in FILES]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        neutralised(found.frame[list(BACKTEST_COLUMNS)]).to_csv(files[0], index=False)
        scores.to_csv(files[1], index=False)
        backtest_chart(found.frame, scores, language, age_line=found.age_line).savefig(files[2])
    except OSError as fault:
        raise PublicationError(f"--out {folder}: cannot be written ({fault.strerror}).") from None
    return files


def score_summary(scores: pd.DataFrame, scope: str, language: str = "en") -> pd.DataFrame:
    """Scores of a scope as a reader sees them: the model under each intake, then persistence and trend once.

    Parameters
    ----------
    scores : DataFrame
        As `findings.backtest_scores.backtest_scores` returns.
    scope : {"whole", "ranks"}

    Returns
    -------
    DataFrame
        Indexed by years ahead and method.
    """
    rows = scores[scores["scope"] == scope]
    own = rows["method"] == "model"
    # The benchmarks know no intake: they are shown once, on the cells of the first.
    first = rows.groupby("horizon_years")["intake"].transform("first")
    rows = pd.concat([rows[own], rows[~own & (rows["intake"] == first)]]).sort_values("horizon_years", kind="stable")
    within = {word("backtest_within", language, level=level): rows[f"covered_{level}"] for level in (80, 95)}
    heading = {name: word(f"backtest_{name}", language) for name in ("years", "method")}
    return pd.DataFrame(
        {
            heading["years"]: rows["horizon_years"],
            heading["method"]: [_method(row.method, row.intake, language) for row in rows.itertuples()],
            word("backtest_error_short", language): [_error(row, language) for row in rows.itertuples()],
            word("backtest_better", language): rows["better_cells"]
            .map(lambda part: _part(part, language))
            .where(rows["method"] != "persistence", ""),
            **{heading: parts.map(lambda part: _part(part, language)) for heading, parts in within.items()},
            word("backtest_crps", language): rows["crps_points"].map(
                lambda score: "–" if pd.isna(score) else f"{score:.2f}"
            ),
        }
    ).set_index(list(heading.values()))


def balance_line(replayed: pd.DataFrame, language: str) -> str:
    """How far a panel's own flows lead from its stocks, as a sentence.

    Parameters
    ----------
    replayed : DataFrame
        As `findings.panel_replay.replay` returns.
    """
    difference = f"{replayed['difference'].abs().max():g}"
    return word("backtest_balance", language, cells=number(len(replayed)), difference=difference)


def backtest_table(found: Backtest, scores: pd.DataFrame, language: str = "en") -> Group:
    """Scores of every method, one table for the whole workforce and one for the ranks; what was left out."""
    line = age_phrase(int(found.frame["young_line"].iloc[0]), found.age_line, language)
    parts: list[Table | Text] = []
    for scope in SCOPES:
        summary = score_summary(scores, scope, language).reset_index()
        table = Table(
            title=f"{word(f'backtest_{scope}', language)} ({line})",
            title_justify="left",
            box=SIMPLE,
            padding=(0, 1, 0, 0),
        )
        for place, heading in enumerate(summary.columns):
            table.add_column(heading, justify="left" if place == 1 else "right", no_wrap=True)
        for row in summary.astype(str).itertuples(index=False):
            table.add_row(*row)
        parts.append(table)
    parts += [Text(text, style="dim") for text in (word("backtest_table_footer", language), *found.notes)]
    return Group(*parts)


def _method(method: str, intake: str, language: str) -> str:
    """The model by its intake; the benchmarks know none."""
    if method == "model":
        return word("backtest_model_with", language, intake=word(f"intake_{intake}", language))
    return word(f"method_{method}", language)


def _error(row: tuple, language: str) -> str:
    """Mean error with its interval, where it has one."""
    error = f"{row.error_points:.1f}"
    if pd.isna(row.error_low):
        return error
    return word("value_in_range", language, value=error, range=f"{row.error_low:.1f}–{row.error_high:.1f}")


def _part(part: float, language: str) -> str:
    return "–" if pd.isna(part) else f"{100 * part:.0f}{'' if language == 'zh' else ' '}%"
