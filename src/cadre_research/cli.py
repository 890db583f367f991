"""The command line: what the project can be asked from a terminal. No logic lives here."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cadre_research.cli_backtest import BacktestCommand, backtest
from cadre_research.cli_diff import diff
from cadre_research.cli_new_scenario import new_scenario
from cadre_research.cli_options import (
    AgeLineChoice,
    AgeLineOption,
    DrawsOption,
    LanguageChoice,
    NamesOption,
    known_lever,
    path_read,
    path_written,
)
from cadre_research.cli_register import register_app
from cadre_research.cli_report import report
from cadre_research.cli_status import status
from cadre_research.cli_sweep import sweep
from cadre_research.cli_versions import pin, replay, rollback, unpin, verify, versions
from cadre_research.errors import CadreResearchError, as_printed

if TYPE_CHECKING:
    from cadre_research.findings.study import Study
    from cadre_research.reporting.worlds import Worlds

__all__ = ["app", "main"]

app = typer.Typer(
    name="cadre-research",
    help="Forecast the age structure of a cadre service and judge whether its targets for young cadres are reachable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    epilog="Exit codes: 0 done, 1 two reports differ (diff), 2 something given cannot be used, 3 the model's books do "
    "not balance, 4 a run failed; of a report that could not be put in place: 5 disk full, 6 no permission, 7 "
    "another fault of the disk, 8 the disk did not confirm, 9 the switch failed, 10 another run is at it. "
    "Those of status are its own: see status --help.",
)
app.command()(report)
app.command()(diff)
app.command(cls=BacktestCommand)(backtest)
app.command()(status)
for command in (versions, rollback, verify, replay, pin, unpin):
    app.command()(command)
app.command()(sweep)
app.command()(new_scenario)
app.add_typer(register_app)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False, emoji=False)


class PopulationChoice(StrEnum):
    """Who is counted in a target's group."""

    level = "level"
    posts = "posts"


class Topic(StrEnum):
    """What can be listed."""

    scenarios = "scenarios"
    measures = "measures"
    targets = "targets"
    assumptions = "assumptions"
    ranks = "ranks"


ScenarioArgument = Annotated[str, typer.Argument(help="Id of a scenario; see `cadre-research list scenarios`.")]


@app.command()
def forecast(
    scenario: ScenarioArgument,
    horizon: Annotated[int, typer.Option(help="Years ahead of the baseline year, 1 to 30.")] = 10,
    promotion_rate: Annotated[
        list[str] | None,
        typer.Option(help="Promotions per post and year: 0.08 for all ranks, or RANK=0.08; may be repeated."),
    ] = None,
    young_share: Annotated[
        float | None, typer.Option(help="Least share of each batch of promotions that is young, 0 to 1.")
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(min=2, max=1000, help="Also say how sure that is: times that chance is drawn in each world."),
    ] = None,
    draws: DrawsOption = 100,
    age_line: AgeLineOption = AgeLineChoice.inclusive,
    language: NamesOption = LanguageChoice.en,
) -> None:
    """Show the verdict on every target under one scenario, in the terminal.

    Example: cadre-research forecast status-quo --horizon 5 --promotion-rate county-deputy=0.1 --young-share 0.5

    With --replicates, it is also taken through many sets of assumptions that agree with the survey. The first time that
    takes about a minute; what was found is kept in outputs/cache.
    """
    from cadre_research.findings.study import Study
    from cadre_research.paths import data_dir
    from cadre_research.reporting.decimals import promotion_rates
    from cadre_research.reporting.terminal import outlook_table, verdict_table, working

    rates = promotion_rates("--promotion-rate", promotion_rate or [])
    study = Study.read(data_dir())
    chosen = study.scenario(scenario).overridden(rates, young_share)
    out.print(verdict_table(study, study.forecast(chosen, horizon, age_line.value), language.value))
    if replicates:
        with working(err, "Worlds that agree with the survey") as advance:
            worlds = _worlds(study, age_line, draws, replicates, advance)
            table = outlook_table(worlds, chosen, horizon, language.value)
        out.print(table)


@app.command()
def require(
    scenario: ScenarioArgument = "status-quo",
    lever: Annotated[
        list[str] | None,
        typer.Option(help="promotion-rate, young-share, release-rate or promotion-rate:RANK; may be repeated."),
    ] = None,
    horizon: Annotated[list[int] | None, typer.Option(help="Years ahead, 1 to 30; may be repeated.")] = None,
    surely: Annotated[bool, typer.Option("--surely", help="Also the value for 90 % probability.")] = False,
    draws: DrawsOption = 100,
    replicates: Annotated[int, typer.Option(min=2, max=1000, help="Times that chance is drawn in each world.")] = 5,
    age_line: AgeLineOption = AgeLineChoice.inclusive,
    language: NamesOption = LanguageChoice.en,
) -> None:
    """Show the smallest value of a lever that reaches each target, turned alone.

    By default of every lever that has an effect, at 5 and 10 years.

    Example: cadre-research require --lever promotion-rate --horizon 5

    Takes a few seconds. With --surely each lever is also turned in every world
    that agrees with the survey: a minute or two for each lever the first time;
    what was found is kept in outputs/cache.
    """
    for name in lever or ():
        known_lever(name)
    from cadre_research.findings.study import Study
    from cadre_research.paths import data_dir
    from cadre_research.reporting.queries import checked_horizons, checked_levers, required_values
    from cadre_research.reporting.terminal import required_table, working

    study = Study.read(data_dir())
    chosen = study.scenario(scenario)
    levers, horizons = checked_levers(study, chosen, lever), checked_horizons(horizon)
    if surely:
        err.print(f"Values for 90 % probability: about {2 * len(levers)} minutes the first time, then kept.")
    with working(err, "Worlds and levers" if surely else "Levers") as advance:
        worlds = _worlds(study, age_line, draws, replicates, advance)
        found = required_values(worlds, chosen, levers, horizons, surely=surely, progress=advance)
        table = required_table(worlds, chosen, found, language.value, surely=surely)
    out.print(table)


@app.command()
def attain(
    scenario: ScenarioArgument = "status-quo",
    horizon: Annotated[int, typer.Option(help="Years ahead, 1 to 30.")] = 10,
    releases: Annotated[
        list[float] | None,
        typer.Option(min=0, max=100, help="Posts freed per 100 a year, at most; may be repeated."),
    ] = None,
    hold: Annotated[bool, typer.Option("--hold", help="The share must be held five years more.")] = False,
    population: Annotated[
        PopulationChoice, typer.Option(help="Count the whole level, or post-holders alone.")
    ] = PopulationChoice.level,
    any_candidates: Annotated[
        bool, typer.Option("--any-candidates", help="Drop the rule of three candidates for each promotion.")
    ] = False,
    why: Annotated[
        bool, typer.Option("--why", help="Say which rules stand in the way, and the least relaxation that is enough.")
    ] = False,
    plan: Annotated[
        Path | None,
        typer.Option(
            parser=path_written("--plan"),
            help="CSV file for the plan best for all targets, with the most posts freed.",
        ),
    ] = None,
    age_line: AgeLineOption = AgeLineChoice.inclusive,
    language: NamesOption = LanguageChoice.en,
) -> None:
    """Show the best share that any lawful policy could reach, and whether it is enough.

    Example: cadre-research attain --horizon 5 --releases 0 --releases 10

    Takes a second for each number of posts freed at 5 years, five at 10 years
    and a minute at 20; with --hold three times as long, with --why up to a minute
    for each target out of reach. What was found is kept in outputs/cache.
    """
    from cadre_research.findings.study import Study
    from cadre_research.paths import data_dir
    from cadre_research.reporting.queries import best_plan, best_shares, check_file, question, reasons
    from cadre_research.reporting.terminal import attainable_table, reasons_table, working

    study = Study.read(data_dir())
    chosen = study.scenario(scenario)
    asked = question(horizon, releases, hold=hold, population=population.value, any_candidates=any_candidates)
    if plan:
        check_file("--plan", plan)
    given = (study, chosen, age_line.value, asked)
    with working(err, "Programmes solved") as advance:
        shares = best_shares(*given, advance)
        tables = [attainable_table(study, chosen, shares, asked, language.value)]
        if why:
            tables.append(reasons_table(study, reasons(*given, shares, advance), language.value))
        if plan:
            best_plan(*given).to_csv(plan, index=False)
    out.print(*tables, sep="\n")
    if plan:
        out.print(f"Plan: {plan}", markup=False, emoji=False, soft_wrap=True)


@app.command("list")
def list_(topic: Annotated[Topic, typer.Argument(help="What to list.")] = Topic.scenarios) -> None:
    """List scenarios, single measures of the plan, targets, assumptions or ranks with their ids."""
    from cadre_research.findings.study import Study
    from cadre_research.paths import data_dir
    from cadre_research.reporting.terminal import listing

    out.print(listing(Study.read(data_dir()), topic.value))


@app.command()
def check(
    data: Annotated[
        Path | None,
        typer.Argument(parser=path_read("DATA"), help="A data folder; default: data/ of the checkout."),
    ] = None,
) -> None:
    """Check all data files: their layout, their ranges and the names they share. Runs nothing else."""
    from cadre_research.findings.study import Study
    from cadre_research.paths import data_dir

    study = Study.read(data or data_dir())
    out.print(
        f"{data or data_dir()}: {len(study.evidence.targets.targets)} targets, {len(study.evidence.ladder.ranks)} "
        f"ranks, {len(study.evidence.assumptions)} assumptions and {len(study.scenarios)} scenarios are in order.",
        markup=False,
        emoji=False,
        soft_wrap=True,
    )


def _worlds(study: Study, age_line: AgeLineChoice, draws: int, replicates: int, advance: Callable[[], None]) -> Worlds:
    from cadre_research.reporting.worlds import Worlds

    return Worlds(study, age_line.value, draws, replicates, progress=advance)


def main() -> None:
    """Run the command line; an error raised on purpose is one message and its exit code, not a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # As stderr has it: a name that the terminal's encoding does not have is written out.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except CadreResearchError as fault:
        err.print("[bold red]Error:[/] ", end="")
        err.print(as_printed(str(fault)), markup=False, soft_wrap=True)
        sys.exit(fault.exit_code)


if __name__ == "__main__":
    main()
