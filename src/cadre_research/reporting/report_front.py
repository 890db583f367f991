"""All of a report but its notebooks and their pages: tables, figures, inputs, and the index that leads to all."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cadre_research.findings.study import Study
from cadre_research.model.processes import in_processes
from cadre_research.reporting.background import background_links, known_by, write_background
from cadre_research.reporting.change_panel import ChangesContent, changes_content, with_picture
from cadre_research.reporting.editions import Edition, twin
from cadre_research.reporting.execution import NotebookRun
from cadre_research.reporting.explorer import has_explorer
from cadre_research.reporting.front_parts import FrontParts, write_parts
from cadre_research.reporting.handouts import handout_links
from cadre_research.reporting.names import display_names
from cadre_research.reporting.own_service import notice
from cadre_research.reporting.pages import IndexContent, index_page, page_links
from cadre_research.reporting.provenance import write_inputs
from cadre_research.reporting.report_runs import AGE_LINE
from cadre_research.reporting.scripts import EXPLORER
from cadre_research.reporting.tables import write_tables

__all__ = ["ReportFront"]


@dataclass(frozen=True)
class ReportFront:
    """What a reader of a report meets first.

    Parameters
    ----------
    study : Study
    scenarios : sequence of str
        Ids, the one that shows first in front.
    editions : sequence of Edition
        The one that opens first in front.
    runs : sequence of NotebookRun
        Whose pages the index links to, of all editions.
    outputs : Path
        Folder of the versions, with the one before.
    """

    study: Study
    scenarios: Sequence[str]
    editions: Sequence[Edition]
    runs: Sequence[NotebookRun]
    outputs: Path

    @contextlib.contextmanager
    def written_beside(self, *arguments: Any) -> Iterator[None]:
        """Write it, as `write` does, in a thread of its own while what is within runs; if that fails, stop soon."""
        stop = threading.Event()
        with ThreadPoolExecutor(1) as beside:
            written = beside.submit(self.write, *arguments, stop.is_set)
            try:
                yield
            except BaseException:
                # Whoever pressed Ctrl-C, or reads why a notebook failed, should not wait for pictures nobody will see.
                stop.set()
                raise
            written.result()

    def write(
        self,
        folder: Path,
        tables: Mapping[str, pd.DataFrame],
        description: Mapping[str, Any],
        advance: Callable[[], object] = lambda: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Write it into the folder of a report; `advance` is called after each figure.

        Raises
        ------
        RunError
            Soon after `stopped` became true.
        """
        write_tables(tables, folder / "tables")
        (folder / "figures").mkdir()
        write_inputs(folder, description)
        changes = changes_content(folder, self.outputs, description)
        explorer = EXPLORER if has_explorer(self.study) else ""
        contents = {}
        for edition in self.editions:
            write_background(folder, self.study, tables, edition, self.editions)
            told = with_picture(changes, folder, display_names(self.study, edition.language), edition)
            contents[edition] = self._content(edition, folder, tables, description, told, explorer)
        first = self.editions[0]
        made_from = FrontParts(folder, self.study, {**tables, **changes.frames}, contents[first], first.language)
        write_parts(made_from, self.editions, advance, stopped)
        # The pages hold the figures.
        for _ in in_processes(_write_index, (folder, contents), self.editions, 2):
            pass

    def _content(
        self,
        edition: Edition,
        folder: Path,
        tables: Mapping[str, pd.DataFrame],
        description: Mapping[str, Any],
        told: ChangesContent,
        explorer: str,
    ) -> IndexContent:
        runs = [run for run in self.runs if run.parameters["language"] == edition.language]
        every = (*tables, *told.tables)
        return IndexContent(
            verdicts=tables["verdicts"],
            targets=self.study.evidence.targets,
            scenarios={name: self.study.scenarios[name] for name in self.scenarios},
            provenance=description,
            pictures={name: folder / edition.file(f"figures/share-fan-{name}.png") for name in self.scenarios},
            figures={name: edition.file(f"figures/share-fan-{name}.svg") for name in self.scenarios},
            pages=[*page_links(self.study, runs, edition.language), *background_links(edition)],
            downloads=[f"tables/{name}.{kind}" for name in every for kind in ("csv", "parquet")] + ["manifest.json"],
            handouts=handout_links(self.scenarios, edition),
            age_line=AGE_LINE,
            required=tables["required"],
            attainable=tables["attainable"],
            notice=notice(edition.language),
            changes=told,
            explorer=explorer,
            known=known_by(runs, edition),
        )


def _write_index(given: tuple[Path, Mapping[Edition, IndexContent]], edition: Edition) -> None:
    folder, contents = given
    other = twin(edition, list(contents))
    page = index_page(contents[edition], edition.language, other and other.file("index.html"))
    (folder / edition.file("index.html")).write_text(page, encoding="utf-8")
