"""The whole report: every scenario and horizon through the notebooks, with its tables and pages, as one version."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from cadre_research.evidence.base import Evidence
from cadre_research.evidence.targets import AGE_LINES
from cadre_research.findings.levers import HORIZONS_YEARS
from cadre_research.findings.study import Study
from cadre_research.paths import outputs_dir, study_path
from cadre_research.reporting.change_panel import CHANGES_TABLES
from cadre_research.reporting.disclosure import protect_tables
from cadre_research.reporting.disclosure_tables import columns_shown
from cadre_research.reporting.execution import NotebookRun
from cadre_research.reporting.handouts import handout_files
from cadre_research.reporting.index_figures import PICTURE_KINDS, index_figures
from cadre_research.reporting.inquiries import INQUIRY_COLUMNS, OPTIONAL, inquiry_tables
from cadre_research.reporting.kept_runs import KeptRuns
from cadre_research.reporting.ledger import ledger_name, read_ledger, write_ledger
from cadre_research.reporting.notebooks import completion_line, run_notebooks
from cadre_research.reporting.own_service import RegisterFiles, own_service, write_shown
from cadre_research.reporting.pages import notebook_page
from cadre_research.reporting.progress import ReportProgress
from cadre_research.reporting.provenance import describe, refuse_changed, write_manifest
from cadre_research.reporting.publish import publish
from cadre_research.reporting.report_front import ReportFront
from cadre_research.reporting.report_questions import find_on_cluster
from cadre_research.reporting.report_runs import AGE_LINE, cost, planned_runs, wanted_scenarios
from cadre_research.reporting.tables import TABLE_COLUMNS, report_tables, with_sentences
from cadre_research.reporting.unchanged import CACHE, DRAWS, REPLICATES, SEED, asked_for
from cadre_research.reporting.verify import verify_report
from cadre_research.reporting.warm_kernels import why_not_warm
from cadre_research.reporting.wording import word
from cadre_research.reporting.worlds import Worlds, find_all

__all__ = ["HORIZONS_YEARS", "make_report"]

KERNEL = "python3"


def make_report(
    scenarios: Sequence[str] | None = None,
    language: str = "en",
    outputs: Path | None = None,
    workers: int | None = None,
    console: Console | None = None,
    draws: int = DRAWS,
    replicates: int = REPLICATES,
    register: RegisterFiles | None = None,
    *,
    force: bool = False,
    warm: bool = True,
    notebook_timeout_seconds: float = 7200,
    scheduler: str | None = None,
    within: contextlib.AbstractContextManager | None = None,
) -> Path:
    """Build, verify and publish a report.

    Parameters
    ----------
    scenarios : sequence of str, optional
        Ids; all by default. The status quo is always among them.
    language : {"en", "zh"}
    outputs : Path, optional
        Folder of versions/ and latest; the checkout's outputs/ by default.
    workers : int, optional
        Notebooks at a time; one more than there are cores by default.
    console : Console, optional
        Where progress is shown; nowhere by default.
    draws, replicates : int
        Worlds that agree with the evidence, and times that chance is drawn in each.
    register : RegisterFiles, optional
        A personnel register that the report is made from, in place of the survey; its tables and pages are under
        disclosure control unless that is switched off.
    force : bool
        Whether notebooks are run that were run before and would be the same.
    warm : bool
        Whether kernels are forked where that is possible.
    notebook_timeout_seconds : float
        Longest time for one notebook.
    scheduler : str, optional
        Address of a Dask scheduler whose workers find what takes long and is not kept yet; never of a register.
    within : context manager, optional
        As for `publish`.

    Returns
    -------
    Path
        `latest`, which now shows the new version.

    Raises
    ------
    InputError
        Before anything runs: data or a scenario cannot be used.
    NotebookError, PublicationError
        What was published before is untouched.
    """
    console = console or Console(quiet=True)
    outputs = outputs or outputs_dir()
    asked = asked_for(scenarios, language, draws, replicates, SEED, register and register.asked())
    if register:
        console.print(word("progress_register", language))
    with own_service(register) if register else contextlib.nullcontext() as own:
        study = Study.read(study_path())
        wanted = wanted_scenarios(study, scenarios)
        given = (study, wanted, language, outputs, workers, console, draws, replicates, asked, register, own)
        making = _Making(*given, notebook_timeout_seconds, scheduler)
        publish(outputs, lambda folder: making.build(folder, force=force, warm=warm), making.verify, within=within)
    return outputs / "latest"


@dataclass
class _Making:
    """A report while it is made."""

    study: Study
    scenarios: list[str]
    language: str
    outputs: Path
    workers: int | None
    console: Console
    draws: int
    replicates: int
    asked: Mapping[str, Any]
    register: RegisterFiles | None
    own: tuple[Path, Evidence] | None
    notebook_timeout_seconds: float
    scheduler: str | None
    runs: list[NotebookRun] = field(init=False)

    def __post_init__(self) -> None:
        """Plan the runs."""
        self.runs = planned_runs(self.study, self.scenarios, self.language, self.draws, self.replicates)

    def build(self, folder: Path, *, force: bool, warm: bool) -> None:
        """Write the report into an empty folder."""
        description = describe(self._parameters(), asked=self.asked)
        # Asked first: what kernels are forked from begins while worlds and tables are found.
        reason = why_not_warm(KERNEL) if warm else word("no_fork_asked", self.language)
        kept = KeptRuns(self.outputs / CACHE, description)
        # What follows from a register is not kept.
        there = set() if force or self.own else {run.page for run in self.runs if kept.has(run)}
        self.console.print(cost(len(self.runs), len(there), len(self.scenarios), self.workers, self.language))
        phases = {
            "progress_worlds": None,
            "progress_tables": 2 * len(self.scenarios),
            "progress_notebooks": len(self.runs),
            "progress_figures": len(index_figures(self.scenarios)),
        }
        with ReportProgress(self.console, self.language, phases) as progress:
            tables = self._tables(progress)
            with ThreadPoolExecutor(1) as beside:
                done = partial(progress.advance, "progress_figures")
                front = ReportFront(self.study, self.scenarios, self.language, self.runs, self.outputs)
                written = beside.submit(front.write, folder, tables, description, done)
                self._run(folder, None if self.own else kept, progress, force=force, reason=reason)
                written.result()
        refuse_changed(description["inputs"], describe({})["inputs"])
        write_manifest(folder, description)

    def verify(self, folder: Path) -> None:
        """Refuse a report that is not whole."""
        pages = {f"pages/{run.page}.html": completion_line(run.notebook) for run in self.runs}
        columns = {**TABLE_COLUMNS, **INQUIRY_COLUMNS, **CHANGES_TABLES}
        # Where nothing is out of reach there is nothing to certify, and no table of it.
        wanted = [name for name in columns if name not in OPTIONAL or (folder / "tables" / f"{name}.csv").exists()]
        there = {
            f"tables/{name}": columns_shown(name, columns[name]) if self._setting == "protected" else columns[name]
            for name in wanted
        }
        pictures = [f"figures/{name}.{kind}" for name in index_figures(self.scenarios) for kind in PICTURE_KINDS]
        verify_report(folder, pages, there, [*pictures, *handout_files(self.scenarios)])

    @property
    def _setting(self) -> str:
        return self.register.setting if self.register else "none"

    def _parameters(self) -> dict[str, Any]:
        return {
            "scenarios": self.scenarios,
            "horizons_years": list(HORIZONS_YEARS),
            "language": self.language,
            "draws": self.draws,
            "replicates": self.replicates,
            "seed": SEED,
            **({"register": self.register.described(self.own[1])} if self.own else {}),
        }

    def _tables(self, progress: ReportProgress) -> dict[str, pd.DataFrame]:
        def step() -> None:
            progress.advance("progress_worlds")

        study, wanted = self.study, self.scenarios
        worlds = {line: Worlds(study, line, self.draws, self.replicates, progress=step) for line in AGE_LINES}
        if self.scheduler is not None and not self.own:
            find_on_cluster(worlds, wanted, self.scheduler, progress=step)
        find_all(worlds, [study.scenario(name) for name in wanted], step)
        tables = report_tables(study, wanted, HORIZONS_YEARS, lambda: progress.advance("progress_tables"), worlds)
        tables |= inquiry_tables(study, wanted, worlds[AGE_LINE], step)
        tables = {name: frame for name, frame in tables.items() if name not in OPTIONAL or len(frame)}
        if self.own:
            tables = self._shown(tables)
            write_shown(tables, self.own[0])
        return tables

    def _shown(self, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """What may be shown of the tables, given what earlier versions in the same place showed."""
        service = ledger_name(self.study.evidence)
        ledger = read_ledger(self.outputs, service)
        shown, ledger = protect_tables(tables, self._setting, self.study.evidence.targets, ledger)
        # Before the report: what it blanks stays blank even if it is never put in place.
        write_ledger(self.outputs, service, ledger)
        return shown | {"verdicts": with_sentences(shown["verdicts"], self.study)}

    def _run(self, folder: Path, kept: KeptRuns | None, progress: ReportProgress, *, force: bool, reason: str) -> None:
        """Run the notebooks that are not kept, and make their pages."""
        (folder / "pages").mkdir()
        (folder / "notebooks").mkdir()

        def page(run: NotebookRun) -> Path:
            return folder / "pages" / f"{run.page}.html"

        def done(run: NotebookRun, executed: Path) -> None:
            page(run).write_text(notebook_page(executed, self.language, run.parameters), encoding="utf-8")
            if kept:
                kept.keep(run, executed, page(run))
            progress.advance("progress_notebooks", run.page)

        asked = []
        for run in self.runs:
            if kept and not force and kept.take(run, folder / "notebooks" / f"{run.page}.ipynb", page(run)):
                progress.advance("progress_notebooks")
            else:
                asked.append(run)
        if asked and reason:
            self.console.print(word("ordinary_kernels", self.language, reason=reason))
        # Those of one scenario are the shortest: last, so that no core waits at the end.
        asked.sort(key=lambda run: "scenario" in run.parameters)
        run_notebooks(
            asked,
            folder / "notebooks",
            self.workers,
            done,
            kernel_name=KERNEL,
            failed=self.outputs / "failed",
            warm=not reason,
            notebook_timeout_seconds=self.notebook_timeout_seconds,
        )
        if kept:
            kept.prune()
