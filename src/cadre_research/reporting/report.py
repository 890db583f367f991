"""The whole report: every scenario and horizon through the notebooks, with its tables and pages, as one version."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
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
from cadre_research.reporting.editions import BOTH, Edition, editions, twin
from cadre_research.reporting.execution import NotebookRun, load_papermill
from cadre_research.reporting.explorer import has_explorer
from cadre_research.reporting.handouts import handout_files
from cadre_research.reporting.index_figures import PICTURE_KINDS, index_figures
from cadre_research.reporting.inquiries import INQUIRY_COLUMNS, OPTIONAL, inquiry_tables
from cadre_research.reporting.kept_runs import KeptRuns
from cadre_research.reporting.ledger import ledger_name, read_ledger, write_ledger
from cadre_research.reporting.notebooks import completion_line, run_notebooks
from cadre_research.reporting.own_service import RegisterFiles, own_service, write_shown
from cadre_research.reporting.pages import notebook_page, with_switch
from cadre_research.reporting.progress import ReportProgress
from cadre_research.reporting.provenance import describe, refuse_changed, write_manifest
from cadre_research.reporting.publish import publish
from cadre_research.reporting.question import ByLine
from cadre_research.reporting.report_front import ReportFront
from cadre_research.reporting.report_questions import find_all, rounds
from cadre_research.reporting.report_runs import AGE_LINE, cost, planned_runs, wanted_scenarios
from cadre_research.reporting.scripts import EXPLORER
from cadre_research.reporting.tables import TABLE_COLUMNS, report_tables, with_sentences
from cadre_research.reporting.unchanged import CACHE, DRAWS, REPLICATES, SEED, asked_for
from cadre_research.reporting.verify import verify_report
from cadre_research.reporting.warm_kernels import why_not_warm
from cadre_research.reporting.wording import word
from cadre_research.reporting.worlds import Worlds

__all__ = ["HORIZONS_YEARS", "make_report"]

KERNEL = "python3"


def make_report(
    scenarios: Sequence[str] | None = None,
    language: str = BOTH,
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
    language : {"both", "zh-en", "en", "zh"}
        Languages, one edition each; the one that opens first in front, "both" meaning English and Chinese.
    outputs : Path, optional
        Folder of versions/ and latest; the checkout's outputs/ by default.
    workers : int, optional
        Processes that find what is not kept, and notebooks, at a time; by default one a core, and one notebook more.
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
        console.print(word("progress_register", editions(language)[0].language))
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
    editions: tuple[Edition, ...] = field(init=False)
    runs: list[NotebookRun] = field(init=False)

    def __post_init__(self) -> None:
        """Plan the editions and runs."""
        self.editions = editions(self.language)
        self.runs = planned_runs(self.study, self.scenarios, self.language, self.draws, self.replicates)

    def build(self, folder: Path, *, force: bool, warm: bool) -> None:
        """Write the report into an empty folder."""
        description = describe(self._parameters(), asked=self.asked)
        # Asked first: what kernels are forked from begins while worlds and tables are found.
        reason = why_not_warm(KERNEL) if warm else word("no_fork_asked", self._spoken)
        kept = KeptRuns(self.outputs / CACHE, description)
        # What follows from a register is not kept.
        there = set() if force or self.own else {run.page for run in self.runs if kept.has(run)}
        self.console.print(cost(len(self.runs), len(there), len(self.scenarios), self.workers, self._spoken))
        worlds = {line: Worlds(self.study, line, self.draws, self.replicates) for line in AGE_LINES}
        questions = rounds(worlds, self.scenarios)
        phases = {
            "progress_worlds": sum(map(len, questions)),
            "progress_tables": 2 * len(self.scenarios),
            "progress_notebooks": len(self.runs),
            "progress_figures": len(self.editions) * len(index_figures(self.scenarios)),
        }
        with ReportProgress(self.console, self._spoken, phases) as progress:
            # Nothing of a register is sent away.
            elsewhere = None if self.own else self.scheduler
            find_all(worlds, questions, elsewhere, partial(progress.advance, "progress_worlds"), self.workers)
            tables = self._tables(worlds, progress)
            load_papermill()
            done = partial(progress.advance, "progress_figures")
            front = ReportFront(self.study, self.scenarios, self.editions, self.runs, self.outputs)
            with front.written_beside(folder, tables, description, done):
                self._run(folder, None if self.own else kept, progress, force=force, reason=reason)
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
        names = [f"figures/{name}.{kind}" for name in index_figures(self.scenarios) for kind in PICTURE_KINDS]
        own = [edition.file(name) for edition in self.editions for name in ("index.html", *names)]
        explorer = [EXPLORER] if has_explorer(self.study) else []
        verify_report(folder, pages, there, [*own, *explorer, *handout_files(self.scenarios, self.editions)])

    @property
    def _spoken(self) -> str:
        """Language of what is told meanwhile: that of the edition which opens first."""
        return self.editions[0].language

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

    def _tables(self, worlds: ByLine, progress: ReportProgress) -> dict[str, pd.DataFrame]:
        study, wanted = self.study, self.scenarios
        tables = report_tables(study, wanted, HORIZONS_YEARS, lambda: progress.advance("progress_tables"), worlds)
        tables |= inquiry_tables(study, wanted, worlds[AGE_LINE])
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

    def _edition(self, run: NotebookRun) -> Edition:
        return next(
            (edition for edition in self.editions if edition.language == run.parameters.get("language")),
            self.editions[0],
        )

    def _switch(self, run: NotebookRun, page: Path) -> None:
        """Set the link to the page's twin, which a kept page does not have."""
        edition = self._edition(run)
        other = twin(edition, self.editions)
        href = other and f"{other.page(run.page.removesuffix(edition.suffix))}.html"
        page.write_text(with_switch(page.read_text(encoding="utf-8"), edition.language, href), encoding="utf-8")

    def _run(self, folder: Path, kept: KeptRuns | None, progress: ReportProgress, *, force: bool, reason: str) -> None:
        """Run the notebooks that are not kept, and make their pages."""
        (folder / "pages").mkdir()
        (folder / "notebooks").mkdir()

        def page(run: NotebookRun) -> Path:
            return folder / "pages" / f"{run.page}.html"

        def done(run: NotebookRun, executed: Path) -> None:
            edition = self._edition(run)
            scenario = run.parameters.get("scenario")
            index = f"../{edition.file('index.html')}{f'#s-{scenario}' if scenario else ''}"
            html = notebook_page(executed, edition.language, run.parameters, index)
            page(run).write_text(html, encoding="utf-8")
            if kept:
                kept.keep(run, executed, page(run))
            self._switch(run, page(run))
            progress.advance("progress_notebooks", run.page)

        asked = []
        for run in self.runs:
            if kept and not force and kept.take(run, folder / "notebooks" / f"{run.page}.ipynb", page(run)):
                self._switch(run, page(run))
                progress.advance("progress_notebooks")
            else:
                asked.append(run)
        if asked and reason:
            self.console.print(word("ordinary_kernels", self._spoken, reason=reason))
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
