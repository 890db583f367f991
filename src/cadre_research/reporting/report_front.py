"""All of a report but its notebooks and their pages: tables, figures, inputs, and the index that leads to all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cadre_research.findings.study import Study
from cadre_research.model.processes import in_processes
from cadre_research.reporting.background import background_links, known_by, write_background
from cadre_research.reporting.change_panel import ChangesContent, changes_content
from cadre_research.reporting.execution import NotebookRun
from cadre_research.reporting.index_figures import index_figure, index_figures
from cadre_research.reporting.names import display_names
from cadre_research.reporting.own_service import notice
from cadre_research.reporting.pages import IndexContent, index_page, page_links
from cadre_research.reporting.provenance import write_inputs
from cadre_research.reporting.report_runs import AGE_LINE
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
    language : {"en", "zh"}
    runs : sequence of NotebookRun
        Whose pages the index links to.
    outputs : Path
        Folder of the versions, with the one before.
    """

    study: Study
    scenarios: Sequence[str]
    language: str
    runs: Sequence[NotebookRun]
    outputs: Path

    def write(
        self,
        folder: Path,
        tables: Mapping[str, pd.DataFrame],
        description: Mapping[str, Any],
        advance: Callable[[], object] = lambda: None,
    ) -> None:
        """Write it into the folder of a report; `advance` is called after each figure."""
        write_tables(tables, folder / "tables")
        (folder / "figures").mkdir()
        given = (self.study, tables, self.language, folder / "figures")
        # In processes of their own.
        for _ in in_processes(index_figure, given, index_figures(self.scenarios), 2):
            advance()
        write_inputs(folder, description)
        write_background(folder, self.study, tables, self.language)
        names = display_names(self.study, self.language)
        told = changes_content(folder, self.outputs, description, names, self.language)
        (folder / "index.html").write_text(self._index(folder, tables, description, told), encoding="utf-8")

    def _index(
        self, folder: Path, tables: Mapping[str, pd.DataFrame], description: Mapping[str, Any], told: ChangesContent
    ) -> str:
        every = (*tables, *told.tables)
        content = IndexContent(
            verdicts=tables["verdicts"],
            targets=self.study.evidence.targets,
            scenarios={name: self.study.scenarios[name] for name in self.scenarios},
            provenance=description,
            pictures={name: folder / "figures" / f"share-fan-{name}.svg" for name in self.scenarios},
            pages=[*page_links(self.study, self.runs, self.language), *background_links(self.language)],
            downloads=[f"tables/{name}.{kind}" for name in every for kind in ("csv", "parquet")] + ["manifest.json"],
            age_line=AGE_LINE,
            required=tables["required"],
            attainable=tables["attainable"],
            notice=notice(self.language),
            changes=told,
            known=known_by(self.runs, self.language),
        )
        return index_page(content, self.language)
