"""The parts of a report that need no notebook and not each other: explorer, workbook, briefs, figures with slides.

They are made in processes of their own while the notebooks run, so that nothing of them is left to wait for at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cadre_research.errors import RunError
from cadre_research.findings.study import Study
from cadre_research.model.processes import in_processes
from cadre_research.reporting.editions import Edition
from cadre_research.reporting.explorer import write_explorer
from cadre_research.reporting.handouts import HANDOUTS, write_handout
from cadre_research.reporting.index import IndexContent
from cadre_research.reporting.index_figures import index_figure, index_figures
from cadre_research.reporting.scripts import EXPLORER

__all__ = ["FrontParts", "write_parts"]

# Never in a thread of the process that runs the notebooks: what bundles the explorer's scripts stops all threads for
# two seconds, and for longer where the cores are shared.
PROCESSES = 2


@dataclass(frozen=True)
class FrontParts:
    """What the parts are made from.

    Parameters
    ----------
    folder : Path
        Of the report, with figures/.
    study : Study
    tables : mapping of name to DataFrame
        All of the report, as they may be shown, those about what changed among them.
    content : IndexContent
        Of the edition that opens first.
    language : {"en", "zh"}
        In which the explorer opens.
    """

    folder: Path
    study: Study
    tables: Mapping[str, pd.DataFrame]
    content: IndexContent
    language: str


def write_parts(
    made_from: FrontParts,
    editions: Sequence[Edition],
    advance: Callable[[], object],
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Write all parts into the folder, the longest first; `advance` is called after each figure.

    Raises
    ------
    RunError
        After the part that was at hand when `stopped` became true.
    """
    figures = [(edition, name) for edition in editions for name in index_figures(list(made_from.content.scenarios))]
    explorer = [EXPLORER] if made_from.content.explorer else []
    for part in in_processes(_write, made_from, [*explorer, *HANDOUTS, *figures], PROCESSES):
        if stopped():
            raise RunError("the rest of the report was stopped, because its notebooks were.")
        if part in figures:
            advance()


def _write(made_from: FrontParts, part: str | tuple[Edition, str]) -> str | tuple[Edition, str]:
    folder, study, tables = made_from.folder, made_from.study, made_from.tables
    if part == EXPLORER:
        write_explorer(study, made_from.language, folder)
    elif part in HANDOUTS:
        write_handout(folder, made_from.content, study, tables, part)
    else:
        index_figure((study, tables, folder / "figures"), part)
    return part
