"""The command that holds forecasts from past years against what came. No logic lives here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from typer.core import TyperCommand

from cadre_research.cli_options import (
    AgeLineChoice,
    AgeLineOption,
    LanguageChoice,
    NamesOption,
    path_read,
    path_written,
)

__all__ = ["BacktestCommand", "backtest"]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class BacktestCommand(TyperCommand):
    """Takes several numbers after one --horizon, and no other option's: a second young line would be a horizon."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:
        """Give each number that follows a horizon its own --horizon."""
        spelt: list[str] = []
        listing = False
        for word in args:
            if listing and word.isdecimal() and spelt[-1] != "--horizon":
                spelt.append("--horizon")
            listing = word.startswith("--horizon") or (listing and word.isdecimal())
            spelt.append(word)
        return super().parse_args(ctx, spelt)


def backtest(
    stocks: Annotated[
        Path,
        typer.Option(parser=path_read("--stocks"), help="CSV: year, rank, age_years, headcount, and sex if known."),
    ],
    flows: Annotated[
        Path,
        typer.Option(
            parser=path_read("--flows"),
            help="CSV: year, kind (entry, stay, move or exit), from_rank, to_rank, age_years at the start of the year "
            "(of entries too), headcount; sex if known. Flows of year t lead from the stock of t to that of t + 1.",
        ),
    ],
    young_line: Annotated[int, typer.Option(help="Age line of the young; see --age-line for whether it counts.")] = 40,
    horizon: Annotated[
        list[int] | None,
        typer.Option(help="Years ahead, 1 to 50; several after one --horizon, such as 5 10, the default."),
    ] = None,
    ladder: Annotated[
        Path | None, typer.Option(parser=path_read("--ladder"), help="Ladder file that gives the order of the ranks.")
    ] = None,
    history: Annotated[int, typer.Option(min=1, help="Years of flows that an origin needs before it.")] = 3,
    folder: Annotated[
        Path | None,
        typer.Option("--out", parser=path_written("--out"), help="Folder for backtest.csv, scores and picture."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the drawn paths.")] = 2017,
    age_line: AgeLineOption = AgeLineChoice.inclusive,
    language: NamesOption = LanguageChoice.en,
) -> None:
    """Forecast the share of the young from past years of your own data, and hold it against what came.

    Example: cadre-research backtest --stocks S.csv --flows F.csv --young-line 40 --horizon 5 10 --out DIR

    The model stands beside persistence and a linear trend, with the intake of recent years, as many as fill the posts,
    and the true one. --young-line 40 counts those aged 40 too, as elsewhere here; --age-line strict does not. Takes
    some ten seconds for 5 ranks and 25 years.
    """
    from cadre_research.evidence.ladder import load_ladder
    from cadre_research.evidence.panel import read_panel
    from cadre_research.findings.backtest import backtest as run_backtest
    from cadre_research.findings.backtest_scores import backtest_scores
    from cadre_research.reporting.backtest_tables import backtest_table, check_folder, write_backtest
    from cadre_research.reporting.terminal import working

    if folder:
        check_folder(folder)
    panel = read_panel(stocks, flows, load_ladder(ladder) if ladder else None)
    for note in panel.notes:
        err.print(f"Note: {note}.", markup=False, soft_wrap=True)
    asked = {"age_line": age_line.value, "history_years": history, "seed": seed}
    with working(err, "Origins") as advance:
        found = run_backtest(panel, young_line, horizon or [5, 10], **asked, progress=advance)
    scores = backtest_scores(found)
    out.print(backtest_table(found, scores, language.value))
    if folder:
        for file in write_backtest(found, scores, folder, language.value):
            out.print(str(file), markup=False, soft_wrap=True)
