"""The command that says how the making of reports stands. No logic lives here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cadre_research.cli_options import path_read, path_written

__all__ = ["status"]

out = Console(highlight=False, markup=False)


def status(
    output: Annotated[
        Path | None,
        typer.Option(
            parser=path_read("--output"), help="Folder of the versions and latest/; default: outputs/ of the checkout."
        ),
    ] = None,
    max_age_days: Annotated[
        float | None, typer.Option(help="Days since the last success after which a report is stale; default: any age.")
    ] = None,
    prometheus: Annotated[
        Path | None,
        typer.Option(
            parser=path_written("--prometheus"),
            help="Also write it for a Prometheus node exporter, such as report.prom.",
        ),
    ] = None,
) -> None:
    """Say whether the report is up, whole and fresh, what failed last, and what to do next.

    Runs nothing and changes nothing; takes about a second.

    Exit codes for a monitor, the gravest first:
    22 nothing was published yet;
    23 the report that is up is damaged;
    21 no run ended well within --max-age-days;
    20 the last run failed or died, the report before it is up;
    0 all is in order, or a run is at work and nothing failed before it.
    Any other code: it could not be said.
    """
    from cadre_research.paths import outputs_dir
    from cadre_research.reporting.prometheus import write_exposition
    from cadre_research.reporting.status import look, status_lines

    found = look(output or outputs_dir(), max_age_days)
    if prometheus:
        write_exposition(found, prometheus)
    out.print("\n".join(status_lines(found)), soft_wrap=True)
    raise typer.Exit(found.code)
