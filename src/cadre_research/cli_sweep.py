"""The command that runs a sweep. No logic lives here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cadre_research.cli_options import path_read, path_written
from cadre_research.errors import ParameterError

__all__ = ["sweep"]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def sweep(
    file: Annotated[
        Path, typer.Argument(parser=path_read("FILE"), help="The sweep, such as sweeps/promotion-policy.toml.")
    ],
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            parser=path_written("--out"),
            help="Folder for the results; default: outputs/sweeps/ and the sweep's id.",
        ),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: one per core.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler whose workers do it, such as tcp://host:8786.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Start over where the folder holds results made from something else.")
    ] = False,
) -> None:
    """Forecast every combination of scenarios and parameters that a file names.

    Example: cadre-research sweep sweeps/promotion-policy.toml

    Writes Parquet files that pandas.read_parquet reads as one table. Run again after a stop, it does what is left. Says
    first what it will take: some two minutes on two cores for 10,000 settings, ten years ahead.
    """
    from cadre_research.reporting.sweep import run_sweep

    if workers and scheduler is not None:
        raise ParameterError("--workers: given with --scheduler, whose cluster has its own; leave one of the two out.")
    made = run_sweep(file, folder, workers, scheduler, err, force=force)
    out.print(f'Results: pandas.read_parquet("{made}")', markup=False, soft_wrap=True)
