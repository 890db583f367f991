"""The whole report: every scenario and horizon through the notebooks, with its tables and pages, as one version."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cadre_research.evidence.base import Evidence
from cadre_research.evidence.targets import AGE_LINES
from cadre_research.findings.levers import HORIZONS_YEARS
from cadre_research.findings.study import BASELINE, Study
from cadre_research.model.paths import cores
from cadre_research.paths import outputs_dir, study_path
from cadre_research.reporting import figures
from cadre_research.reporting.disclosure import protect_tables
from cadre_research.reporting.disclosure_tables import columns_shown
from cadre_research.reporting.inquiries import INQUIRY_COLUMNS, OPTIONAL, inquiry_tables
from cadre_research.reporting.ledger import ledger_name, read_ledger, write_ledger
from cadre_research.reporting.names import display_names
from cadre_research.reporting.notebooks import NotebookRun, completion_line, run_notebooks
from cadre_research.reporting.own_service import RegisterFiles, notice, own_service, write_shown
from cadre_research.reporting.pages import IndexContent, PageLink, index_page, notebook_page
from cadre_research.reporting.provenance import describe, refuse_changed, write_manifest
from cadre_research.reporting.publish import publish
from cadre_research.reporting.recorded_run import RecordedRun, digest, recorded
from cadre_research.reporting.tables import TABLE_COLUMNS, report_tables, with_sentences, write_tables
from cadre_research.reporting.verify import verify_report
from cadre_research.reporting.wording import word
from cadre_research.reporting.worlds import DRAWS, REPLICATES, SEED, Worlds, find_all

__all__ = ["HORIZONS_YEARS", "make_report", "planned_runs"]

AGE_LINE = "inclusive"
PICTURE_KINDS = ("svg", "png")
# Measured on two ordinary cores: what a notebook run takes of one of them, and what it leaves on the disk.
SECONDS_A_RUN = 8
MEGABYTES_A_RUN = 2.3
# What is found once and kept, on two cores.
MINUTES_OF_INQUIRIES = 9
MINUTES_A_SCENARIO = 0.4


def make_report(
    scenarios: Sequence[str] | None = None,
    language: str = "en",
    outputs: Path | None = None,
    workers: int | None = None,
    console: Console | None = None,
    draws: int = DRAWS,
    replicates: int = REPLICATES,
    register: RegisterFiles | None = None,
    once_per: str | None = None,
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
        Notebooks at a time; one per core by default.
    console : Console, optional
        Where progress is shown; nowhere by default.
    draws, replicates : int
        Worlds that agree with the evidence, and times that chance is drawn in each.
    register : RegisterFiles, optional
        A personnel register that the report is made from, in place of the survey; its tables and pages are under
        disclosure control unless that is switched off.
    once_per : {"day", "week", "month"}, optional
        Make it only where this period has none yet; otherwise NothingDue is raised.

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
    console, outputs = console or Console(quiet=True), outputs or outputs_dir()
    asked = digest(
        scenarios=sorted(scenarios or []), language=language, draws=draws, replicates=replicates, register=register
    )
    with recorded(outputs, asked, once_per, console.print) as run:
        if register:
            console.print(word("progress_register", language))
        with own_service(register) if register else contextlib.nullcontext() as own:
            return _make(scenarios, language, outputs, workers, console, draws, replicates, register, own, run)


def _make(
    scenarios: Sequence[str] | None,
    language: str,
    outputs: Path,
    workers: int | None,
    console: Console,
    draws: int,
    replicates: int,
    register: RegisterFiles | None,
    own: tuple[Path, Evidence] | None,
    within: RecordedRun,
) -> Path:
    study = Study.read(study_path())
    wanted = [study.scenario(name).id for name in dict.fromkeys([BASELINE, *(scenarios or study.scenarios)])]
    runs = planned_runs(study, wanted, language, draws, replicates)
    console.print(_cost(len(runs), len(wanted), workers, language))
    parameters = {
        "scenarios": wanted,
        "horizons_years": list(HORIZONS_YEARS),
        "language": language,
        "draws": draws,
        "replicates": replicates,
        "seed": SEED,
        **({"register": register.described(own[1])} if own else {}),
    }
    setting = register.setting if register else "none"
    with _progress(console) as progress:
        tables_bar = progress.add_task(word("progress_tables", language), total=2 * len(wanted))
        worlds_bar = progress.add_task(word("progress_worlds", language), total=None)
        notebooks_bar = progress.add_task(word("progress_notebooks", language), total=len(runs))

        def build(folder: Path) -> None:
            description = describe(parameters)

            def step() -> None:
                progress.advance(worlds_bar)

            worlds = {line: Worlds(study, line, draws, replicates, progress=step) for line in AGE_LINES}
            find_all(worlds, [study.scenario(name) for name in wanted], step)
            tables = report_tables(study, wanted, HORIZONS_YEARS, lambda: progress.advance(tables_bar), worlds)
            tables |= inquiry_tables(study, wanted, worlds[AGE_LINE], step)
            tables = {name: frame for name, frame in tables.items() if name not in OPTIONAL or len(frame)}
            if own:
                tables = _shown_tables(tables, setting, study, outputs)
                write_shown(tables, own[0])
            write_tables(tables, folder / "tables")
            executed = run_notebooks(
                runs,
                folder / "notebooks",
                workers,
                lambda run, path: progress.advance(notebooks_bar),
                failed=outputs / "failed",
            )
            _write_pages(folder, runs, executed, language)
            pictures = _write_figures(folder / "figures", study, wanted, tables, language)
            content = IndexContent(
                verdicts=tables["verdicts"],
                targets=study.evidence.targets,
                scenarios={name: study.scenarios[name] for name in wanted},
                provenance=description,
                pictures=pictures,
                pages=_links(study, runs, language),
                downloads=[f"tables/{name}.{kind}" for name in tables for kind in ("csv", "parquet")]
                + ["manifest.json"],
                age_line=AGE_LINE,
                required=tables["required"],
                attainable=tables["attainable"],
                notice=notice(language),
            )
            (folder / "index.html").write_text(index_page(content, language), encoding="utf-8")
            refuse_changed(description["inputs"], describe(parameters)["inputs"])
            write_manifest(folder, description)

        publish(outputs, build, _verifier(runs, setting), within=within)
    return outputs / "latest"


def _shown_tables(
    tables: Mapping[str, pd.DataFrame], setting: str, study: Study, outputs: Path
) -> dict[str, pd.DataFrame]:
    """What may be shown of the tables, given what earlier versions in the same place showed."""
    service = ledger_name(study.evidence)
    ledger = read_ledger(outputs, service)
    shown, ledger = protect_tables(tables, setting, study.evidence.targets, ledger)
    # Before the report: what it blanks stays blank even if it is never put in place.
    write_ledger(outputs, service, ledger)
    return shown | {"verdicts": with_sentences(shown["verdicts"], study)}


def planned_runs(
    study: Study, scenarios: Iterable[str], language: str, draws: int = DRAWS, replicates: int = REPLICATES
) -> list[NotebookRun]:
    """Every notebook run of a report: the opening, each scenario at each horizon, and all of them side by side.

    Then what it would take, what any policy could do, and what moves the verdict, for the status quo.
    """
    common = {"age_line": AGE_LINE, "language": language}
    worlds = {"draws": draws, "replicates": replicates}
    return [
        NotebookRun("01-opening-age-structure", "opening-age-structure", common),
        NotebookRun("02-promotion-rates", "promotion-rates", {"language": language}),
        *(
            NotebookRun(
                "03-age-structure-forecast",
                f"forecast-{scenario}-{horizon}",
                {"scenario": scenario, "horizon_years": horizon, **worlds, **common},
            )
            for scenario in scenarios
            for horizon in HORIZONS_YEARS
        ),
        NotebookRun("04-target-reachability", "target-reachability", common),
        NotebookRun("05-what-it-would-take", "what-it-would-take", {**worlds, **common}),
        NotebookRun("06-what-any-policy-could-do", "what-any-policy-could-do", {"draws": draws, **common}),
        NotebookRun("07-sensitivity", "sensitivity", {**worlds, **common}),
        # It is about the panel that the project ships.
        *([] if study.evidence.registered else [NotebookRun("08-backtest", "backtest", {"language": language})]),
    ]


def _write_pages(folder: Path, runs: Sequence[NotebookRun], executed: Sequence[Path], language: str) -> None:
    (folder / "pages").mkdir()
    for run, path in zip(runs, executed, strict=True):
        page = notebook_page(path, language, run.parameters)
        (folder / "pages" / f"{run.page}.html").write_text(page, encoding="utf-8")


def _write_figures(
    folder: Path, study: Study, scenarios: Sequence[str], tables: Mapping[str, pd.DataFrame], language: str
) -> dict[str, Path]:
    """Save the figures of the index, each as SVG and PNG; returns the picture of each scenario."""
    folder.mkdir()
    names = display_names(study, language)
    paths = tables["target_shares"].query("age_line == @AGE_LINE and population == 'level'")
    verdicts = tables["verdicts"].query("age_line == @AGE_LINE and population == 'level'")
    fans = tables["share_fan"].query("age_line == @AGE_LINE and population == 'level'")
    drawn = {
        f"share-fan-{name}": figures.fan_chart(
            fans[fans["scenario"] == name],
            names,
            language,
            paths[paths["scenario"] == name],
            verdicts[verdicts["scenario"] == name],
        )
        for name in scenarios
    }
    drawn["share-paths"] = figures.share_paths(paths, names, language)
    drawn["verdict-matrix"] = figures.verdict_matrix(verdicts, names, language)
    for name, figure in drawn.items():
        for kind in PICTURE_KINDS:
            figure.savefig(folder / f"{name}.{kind}")
    return {name: folder / f"share-fan-{name}.svg" for name in scenarios}


def _links(study: Study, runs: Sequence[NotebookRun], language: str) -> list[PageLink]:
    names = display_names(study, language)
    links = []
    for run in runs:
        scenario = run.parameters.get("scenario")
        title = (
            word("page_forecast", language, scenario=names[scenario], years=run.parameters["horizon_years"])
            if scenario
            else word(f"page_{run.page.replace('-', '_')}", language)
        )
        group = word("pages_scenarios" if scenario else "pages_city", language)
        links.append(PageLink(f"pages/{run.page}.html", title, group))
    return links


def _verifier(runs: Sequence[NotebookRun], setting: str) -> Callable[[Path], None]:
    pages = {f"pages/{run.page}.html": completion_line(run.notebook) for run in runs}
    columns = {**TABLE_COLUMNS, **INQUIRY_COLUMNS}
    pictures = [f"figures/{name}.{kind}" for name in ("share-paths", "verdict-matrix") for kind in PICTURE_KINDS]

    def verify(folder: Path) -> None:
        # Where nothing is out of reach there is nothing to certify, and no table of it.
        wanted = [name for name in columns if name not in OPTIONAL or (folder / "tables" / f"{name}.csv").exists()]
        there = {
            f"tables/{name}": columns_shown(name, columns[name]) if setting == "protected" else columns[name]
            for name in wanted
        }
        verify_report(folder, pages, there, pictures)

    return verify


def _cost(runs: int, scenarios: int, workers: int | None, language: str) -> str:
    """Say beforehand what a report will cost."""
    at_once = workers or cores()
    minutes = max(1, round(runs * SECONDS_A_RUN / at_once / 60))
    megabytes = round(runs * MEGABYTES_A_RUN)
    more = round(MINUTES_OF_INQUIRIES + MINUTES_A_SCENARIO * scenarios)
    return word("cost", language, runs=runs, workers=at_once, minutes=minutes, megabytes=megabytes, more=more)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)
