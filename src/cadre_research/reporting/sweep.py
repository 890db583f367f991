"""Running a sweep: what it will cost, its parts on processes or on a cluster, and where they are kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from cadre_research.errors import RunError
from cadre_research.evidence.sweep import Sweep
from cadre_research.evidence.sweep_file import read_sweep
from cadre_research.findings.settings import Settings
from cadre_research.findings.study import POPULATIONS, Study
from cadre_research.model.cluster import on_cluster
from cadre_research.model.paths import PATHS_TOGETHER, cores
from cadre_research.model.processes import as_finished, fork_from
from cadre_research.paths import data_dir, outputs_dir
from cadre_research.reporting.outputs_folder import held_alone, signals_unwind
from cadre_research.reporting.sweep_folder import SweepFolder
from cadre_research.reporting.sweep_part import Part, content_of, message_of, parts_of
from cadre_research.reporting.terminal import counting

__all__ = ["cost", "run_sweep"]

FOLDER = "sweeps"
# What its processes begin with, imported once for all of them.
BEGINNING = "cadre_research.reporting.sweep_part"
# Measured on one core of 2020 or later, and meant to be right within a factor of two or three.
SECONDS_PER_OPENING = 0.6
SECONDS_PER_BLOCK_YEAR, SECONDS_PER_SETTING_YEAR = 0.002, 0.0005
SECONDS_PER_REPLICATE_YEAR = 0.0008
SECONDS_TO_START = 5
BYTES_PER_ROW, BYTES_PER_PART = 8, 10_000


def run_sweep(
    path: Path,
    folder: Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    console: Console | None = None,
    *,
    force: bool = False,
) -> Path:
    """Run the sweep of a file, or what is left of it.

    Parameters
    ----------
    path : Path
        The sweep's file.
    folder : Path, optional
        For its parts; by default outputs/sweeps/ and the sweep's id.
    workers : int, optional
        Processes, one per core by default. The parts do not depend on it.
    scheduler : str, optional
        Address of a Dask scheduler whose workers are to do it instead.
    console : Console, optional
        Told what it will cost and how far it is.
    force : bool
        Whether parts that were made from something else are removed.

    Returns
    -------
    Path
        The folder: one Parquet file a part and `_sweep.json`.

    Raises
    ------
    EvidenceError, ParameterError
        When the sweep cannot be run, or the folder holds something else.
    RunError
        When a part cannot be found; finished parts stay.
    """
    console = console or Console(stderr=True, quiet=True)
    study = Study.read(data_dir())
    sweep = read_sweep(path, study.evidence, study.scenarios)
    folder = folder or outputs_dir() / FOLDER / sweep.id
    workers = workers or cores()
    try:
        with held_alone(folder), signals_unwind():
            kept = SweepFolder(folder, sweep, force=force)
            parts = parts_of(sweep)
            missing = [part for part in parts if not kept.holds(part)]
            if missing and scheduler is None:
                fork_from(BEGINNING)
            targets = len(study.evidence.targets.targets)
            console.print(cost(sweep, targets, missing, workers if scheduler is None else None), soft_wrap=True)
            message = message_of(Settings(study, sweep))
            found = (
                as_finished(content_of, message, missing, workers)
                if scheduler is None
                else on_cluster(content_of, message, missing, scheduler)
            )
            with (
                contextlib.closing(found),
                _say_what_is_kept(console, kept, parts),
                counting(console, "Parts", len(parts) - len(missing), len(parts)) as advance,
            ):
                for part, content in found:
                    kept.put(part, content)
                    advance()
    except OSError as fault:
        named = f" ({fault.filename})" if fault.filename else ""
        raise RunError(f"{folder}: the sweep could not be written: {fault.strerror or fault}{named}.") from fault
    return folder


def cost(sweep: Sweep, targets: int, missing: list[Part], workers: int | None) -> str:
    """Say how much there is to do and what it will take; where the processes are not known, on one core."""
    parts = parts_of(sweep)
    share = sum(len(part.settings) for part in missing) / sweep.count
    years = max(sweep.horizons_years)
    alike = sweep.settings_per_scenario
    blocks = sweep.count / alike * -(-alike // PATHS_TOGETHER)
    seconds = sweep.openings_at_most * SECONDS_PER_OPENING + years * (
        sweep.count * sweep.replicates * SECONDS_PER_REPLICATE_YEAR
        if sweep.replicates
        else blocks * SECONDS_PER_BLOCK_YEAR + sweep.count * SECONDS_PER_SETTING_YEAR
    )
    rows = sweep.count * len(POPULATIONS) * targets * len(sweep.horizons_years)
    size = (rows * BYTES_PER_ROW + len(parts) * BYTES_PER_PART) / 1e6
    drawn = f", {sweep.replicates:,} replicates each" if sweep.replicates else ""
    head = f"{sweep.id}: {sweep.count:,} settings{drawn}, in {len(parts):,} part{'s' * (len(parts) > 1)}"
    if not missing:
        return f"{head}, all there already."
    there = f", {len(parts) - len(missing):,} of them there already" if len(missing) < len(parts) else ""
    if workers:
        workers = min(workers, len(missing))
    took = _duration(SECONDS_TO_START + share * seconds / (workers or 1))
    on = f"on {workers} process{'es' * (workers > 1)}" if workers else "if one core did it all"
    return f"{head}{there}: about {took} {on}, {max(0.1, size):,.1f} MB of disk."


@contextlib.contextmanager
def _say_what_is_kept(console: Console, kept: SweepFolder, parts: tuple[Part, ...]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        if whole := sum(map(kept.holds, parts)):
            told = f"Stopped: {whole} of {len(parts)} parts are whole and kept. The same command does the rest."
            console.print(told, soft_wrap=True)
        raise


def _duration(seconds: float) -> str:
    """Roughly how long.

    >>> _duration(40), _duration(400), _duration(40_000)
    ('40 seconds', '7 minutes', '11 hours')
    """
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.0f} {unit}s"
    return f"{max(1, round(seconds)):d} seconds"
