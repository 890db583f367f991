"""The command that makes the report. No logic lives here."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cadre_research.cli_options import DrawsOption, path_read, path_written
from cadre_research.cli_register import DATE, ENCODING_HELP
from cadre_research.errors import ParameterError

__all__ = ["report"]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class PeriodChoice(StrEnum):
    """How often a report is due."""

    day = "day"
    week = "week"
    month = "month"


class EditionsChoice(StrEnum):
    """Languages of a report; the one that opens first in front."""

    both = "both"
    chinese_first = "zh-en"
    en = "en"
    zh = "zh"


def report(
    scenario: Annotated[
        list[str] | None,
        typer.Option("--scenario", "--only", help="Only these scenarios, and the status quo; may be repeated."),
    ] = None,
    language: Annotated[
        EditionsChoice,
        typer.Option(
            help="Languages of pages and figures: both, with a switch on every page, zh-en for both with the Chinese "
            "one opening first, or one alone, which is quicker."
        ),
    ] = EditionsChoice.both,
    output: Annotated[
        Path | None,
        typer.Option(
            parser=path_written("--output"),
            help="Folder for the versions and latest/; default: outputs/ of the checkout.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes, and notebooks, at a time; default: one a core, and one notebook more."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Address of a Dask scheduler, such as tcp://host:8786, whose workers find what takes long."),
    ] = None,
    draws: DrawsOption = 100,
    register: Annotated[
        Path | None,
        typer.Option(
            parser=path_read("--register"), help="A personnel register to make the report from, in place of the survey."
        ),
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=DATE, help="Day up to which the register is complete.")
    ] = None,
    ladder: Annotated[
        Path | None, typer.Option(parser=path_read("--ladder"), help="Ladder of the register's service.")
    ] = None,
    targets: Annotated[
        Path | None, typer.Option(parser=path_read("--targets"), help="Targets of the register's service.")
    ] = None,
    retirement: Annotated[
        Path | None, typer.Option(parser=path_read("--retirement"), help="Retirement law of the register's service.")
    ] = None,
    assumptions: Annotated[
        Path | None, typer.Option(parser=path_read("--assumptions"), help="Assumptions that the ladder names.")
    ] = None,
    encoding: Annotated[str, typer.Option(help=ENCODING_HELP)] = "utf-8-sig",
    date_format: Annotated[str | None, typer.Option(help="How the register writes dates, such as %Y.%m.%d.")] = None,
    observed_from_year: Annotated[
        int | None, typer.Option(help="First year in which the register records leavers.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Run every notebook again, also where nothing has changed.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which notebooks would run, and why.")] = False,
    timeout: Annotated[
        float | None, typer.Option(min=0.01, help="Minutes that one notebook may take; 120 by default.")
    ] = None,
    once_per: Annotated[
        PeriodChoice | None,
        typer.Option(help="For timers: make it only if this day, week or month (UTC) has none yet; otherwise code 0."),
    ] = None,
    internal: Annotated[
        bool,
        typer.Option(
            "--internal", help="No disclosure control: for the office that holds the register; printed on every page."
        ),
    ] = False,
) -> None:
    """Run every scenario at 5 and 10 years through the notebooks and publish outputs/latest/index.html.

    A report is built aside and put in place whole; if anything fails, the last good one stays. Fifteen minutes or
    more on two cores the first time, then about one, as what was found is kept, and seconds where nothing has
    changed; about 200 MB of disk in both languages.

    By itself: let a timer call cadre-research report --once-per month every hour. The first call of a month makes the
    report, a later one makes good what failed or was missed, the others do nothing.

    Of a register: cadre-research report --register FILE --as-of 2025-12-31 --ladder FILE --targets FILE. Rates are
    estimated from it, ages and counts are shown under disclosure control, and nothing of it is kept.
    """
    from cadre_research.paths import outputs_dir
    from cadre_research.reporting.outputs_folder import check_outputs_folder
    from cadre_research.reporting.regeneration import regenerate
    from cadre_research.reporting.schedule import NothingDue

    if once_per is None:
        # A timer's failure is recorded with the others.
        check_outputs_folder(output or outputs_dir())
    given = {"ladder": ladder, "targets": targets, "retirement": retirement, "assumptions": assumptions}
    if register is None and (as_of or internal or any(given.values())):
        raise ParameterError("--as-of, --ladder, --targets and the like: expected with --register FILE only.")
    if register and as_of is None:
        raise ParameterError("--register: expected --as-of DATE with it, the day up to which the register is complete.")
    if register and scheduler is not None:
        raise ParameterError(
            "--scheduler: given with --register, expected without. Nothing of a register is sent away."
        )
    files = None
    if register:
        from cadre_research.reporting.own_service import RegisterFiles

        files = RegisterFiles(
            register,
            as_of.date(),
            **given,
            encoding=encoding,
            date_format=date_format,
            observed_from_year=observed_from_year,
            internal=internal,
        )
    if dry_run:
        from cadre_research.reporting.dry_run import dry_run as plan

        if register:
            raise ParameterError(
                "--dry-run: given with --register, expected without. A report of a register runs every notebook, since "
                "nothing of it is kept."
            )
        out.print(plan(scenario, language.value, output, draws, force=force))
        return
    options = {
        "draws": draws,
        "register": files,
        "once_per": once_per and once_per.value,
        "force": force,
        "scheduler": scheduler,
    }
    if timeout is not None:
        options["notebook_timeout_seconds"] = 60 * timeout
    try:
        found = regenerate(scenario, language.value, output, err, workers=workers, **options)
    except NothingDue as reason:
        out.print(str(reason), soft_wrap=True)
        return
    unchanged = "" if found.made else " (unchanged: nothing that it follows from has changed; --force makes it again)"
    out.print(f"Report: {found.latest / 'index.html'}{unchanged}", soft_wrap=True)
