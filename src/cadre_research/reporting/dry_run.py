"""What a report would run, and why; runs nothing and writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Column, Table

from cadre_research.findings.study import Study
from cadre_research.paths import data_dir, outputs_dir
from cadre_research.reporting.kept_runs import KeptRuns, why_run
from cadre_research.reporting.outputs_folder import latest_report
from cadre_research.reporting.provenance import describe, manifest_if_any
from cadre_research.reporting.report_runs import planned_runs, wanted_scenarios
from cadre_research.reporting.unchanged import CACHE, REPLICATES, SEED, asked_for, unchanged_report

__all__ = ["dry_run"]

MOST_NAMED = 3


def dry_run(
    scenarios: Sequence[str] | None,
    language: str,
    outputs: Path | None,
    draws: int,
    replicates: int = REPLICATES,
    *,
    force: bool = False,
) -> Table:
    """List every notebook run of a report: whether it is kept from before or would run, and why.

    Parameters
    ----------
    scenarios, language, outputs, draws, replicates, force
        As for `report.make_report`.

    Raises
    ------
    InputError
        When data or a scenario cannot be used.
    """
    outputs = outputs or outputs_dir()
    study = Study.read(data_dir())
    wanted = wanted_scenarios(study, scenarios)
    asked = asked_for(scenarios, language, draws, replicates, SEED)
    description = describe({}, asked=asked)
    version = latest_report(outputs)
    before = manifest_if_any(version) if version else None
    kept = KeptRuns(outputs / CACHE, description)
    # What is named must be read whole, also where the terminal is narrow.
    table = Table(Column("page", no_wrap=True), Column("", no_wrap=True), "why", box=None, pad_edge=False)
    would = 0
    for run in planned_runs(study, wanted, language, draws, replicates):
        runs = force or not kept.has(run)
        would += runs
        changed = why_run(run, before, description)
        named = ", ".join(changed[:MOST_NAMED])
        if more := len(changed[MOST_NAMED:]):
            named += f" and {more} more"
        reason = "--force" if force else f"changed: {named}" if changed else "not kept from before"
        table.add_row(run.page, "runs" if runs else "kept", reason if runs else "nothing changed")
    table.caption_justify = "left"
    if not force and unchanged_report(outputs, asked, description):
        table.caption = f"Nothing would be made: version {version.name} is the same and whole."
    else:
        table.caption = f"{would} of {table.row_count} notebooks would run."
    return table
