"""One notebook run: what to run, how it is run, and what is said and kept when it fails."""

from __future__ import annotations

import ast
import contextlib
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from cadre_research import paths
from cadre_research.errors import InputError, NotebookError, ParameterError, nearest
from cadre_research.reporting.kernels import Deadline, Kernels, event_loop
from cadre_research.reporting.parameters import PARAMETERS, validate

__all__ = [
    "NotebookRun",
    "RunSettings",
    "completion_line",
    "execute",
    "for_own_study",
    "load_papermill",
    "read_notebook",
    "require_complete",
]

KEPT_FAILURES = 10
LONGEST_QUOTE = 300
OUTPUT_SECONDS = 60
NAME = re.compile(r"(?=.{1,100}\Z)[a-z0-9]+([.-][a-z0-9]+)*")


@dataclass(frozen=True)
class NotebookRun:
    """One notebook with one set of parameters, published as one page.

    Parameters
    ----------
    notebook : str
        Name of the notebook without .ipynb.
    page : str
        Name of the page without .html, such as "forecast-rate-08-10".
    parameters : mapping
        Parameters by name; those left out keep the notebook's default.
    """

    notebook: str
    page: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that both names are names and not paths."""
        for name in (self.notebook, self.page):
            if not NAME.fullmatch(name):
                raise InputError(f"notebook or page {name!r}: expected lower-case letters, digits, hyphens and dots.")

    def __str__(self) -> str:
        """Return notebook and parameters as messages show them."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{self.notebook} ({given})" if given else self.notebook


@dataclass(frozen=True)
class RunSettings:
    """How notebooks are run: the longest time for one cell and for one notebook, and whether kernels are forked."""

    kernel_name: str = "python3"
    timeout_seconds: int = 1800
    notebook_timeout_seconds: float = 7200
    warm: bool = False
    notebooks: Path | None = None
    failed: Path | None = None

    def source(self, run: NotebookRun) -> Path:
        """File of a run's notebook."""
        return (self.notebooks or paths.notebooks_dir()) / f"{run.notebook}.ipynb"

    def failures(self) -> Path:
        """Folder where notebooks that failed are kept."""
        return self.failed or paths.outputs_dir() / "failed"


def completion_line(notebook: str) -> str:
    """Line that the last code cell of a notebook prints.

    >>> completion_line("04-target-reachability")
    'report-complete 04-target-reachability'
    """
    return f"report-complete {notebook}"


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook file, or raise InputError."""
    try:
        return nbformat.read(path, as_version=4)
    except OSError as fault:
        there = sorted(other.stem for other in path.parent.glob("*.ipynb"))
        raise InputError(f"{path}: cannot be read ({fault.strerror}). {nearest(path.stem, there)}") from None
    except (ValueError, nbformat.ValidationError) as fault:
        raise InputError(f"{path}: not a notebook ({fault}).") from None


def require_complete(notebook: nbformat.NotebookNode, name: str) -> None:
    """Refuse an executed notebook whose last code cell did not print its completion line.

    Only outputs count: the line also stands in the source, and papermill calls every cell completed even when the
    kernel died.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    outputs = code[-1].outputs if code else []
    printed = "".join(output.text for output in outputs if output.output_type == "stream")
    if completion_line(name) not in printed.splitlines():
        raise NotebookError(
            f"{name}: did not reach its end; its last code cell is expected to print {completion_line(name)!r}."
        )


def load_checked(run: NotebookRun, settings: RunSettings) -> nbformat.NotebookNode:
    """Read the notebook of a run and check the run's parameters against it; starts nothing.

    Raises
    ------
    InputError
        When there is no such notebook.
    ParameterError
        When a name is not declared in the notebook's cell tagged `parameters`, or a value is out of range.
    """
    notebook = read_notebook(settings.source(run))
    declared = _declared(notebook)
    unknown = [name for name in run.parameters if name not in declared]
    if run.notebook in PARAMETERS:
        validate(run.notebook, run.parameters)
    if unknown:
        raise ParameterError(
            f"{run.notebook}: {str(unknown[0])[:80]!r} is not a parameter of this notebook. "
            f"{nearest(unknown[0], declared)}"
        )
    return for_own_study(notebook) if paths.own_study() else notebook


def for_own_study(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook for a study of somebody's own register: cells say what their metadata `own_study` has instead.

    A cell whose `own_study` is empty is about the project's own city, and is left out.
    """
    cells = []
    for cell in notebook.cells:
        source = cell.metadata.get("own_study", cell.source)
        if source:
            cells.append(nbformat.from_dict({**cell, "source": source}))
    return nbformat.from_dict({**notebook, "cells": cells})


def load_papermill() -> None:
    """Import papermill, for which commands that run no notebook should not wait; before there are threads.

    While it is imported a warning is switched off for the whole process, which a thread that does the same undoes:
    the warning is then shown, or is an error where warnings are, and half of papermill is left.
    """
    import papermill  # noqa: F401


def execute(
    run: NotebookRun, folder: Path, settings: RunSettings, notebook: nbformat.NotebookNode, kernels: Kernels
) -> Path:
    """Run a checked notebook into `folder`; a failure keeps the notebook as far as it ran and says where."""
    path = folder / f"{run.page}.ipynb"
    progress, deadline = _Progress(), Deadline(settings.notebook_timeout_seconds)
    try:
        with event_loop(), deadline:
            executed = _papermill(run, settings, notebook, kernels.manager_class(deadline), progress)
        require_complete(executed, run.notebook)
        _forget_machine(executed, run)
        nbformat.write(executed, path)
    except Exception as fault:
        if kernels.stopped:
            raise NotebookError(f"{run}: stopped, because another notebook failed.") from None
        over = f"took longer than {deadline.seconds:g} seconds in all and was stopped in {progress}."
        reason = over if deadline.passed else _reason(fault, settings, progress)
        raise NotebookError(f"{run}: {reason}\n  {_keep(progress.notebook, run, settings.failures())}") from fault
    return path


class _Progress:
    """The notebook that is running, and its code cell, counted as In [n] counts."""

    def __init__(self) -> None:
        self.notebook: nbformat.NotebookNode | None = None
        self.code_cells, self.source = 0, ""

    def begin(self, notebook: nbformat.NotebookNode) -> None:
        self.notebook = notebook

    def start(self, cell: nbformat.NotebookNode, cell_index: int) -> None:
        if cell.cell_type == "code":
            self.code_cells, self.source = self.code_cells + 1, cell.source

    def __str__(self) -> str:
        first = next((line for line in self.source.splitlines() if line.strip()), "")
        return f"code cell {self.code_cells} ({first.strip()[:80]})" if self.code_cells else "the first cell"


def _papermill(
    run: NotebookRun,
    settings: RunSettings,
    notebook: nbformat.NotebookNode,
    manager_class: type,
    progress: _Progress,
) -> nbformat.NotebookNode:
    import papermill

    # Everything papermill has to say is in the error or was refused before.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    return papermill.execute_notebook(
        notebook,
        # It would write the whole notebook before and after every cell; once is enough.
        output_path=None,
        parameters=dict(run.parameters),
        kernel_name=settings.kernel_name,
        language="python",
        progress_bar=False,
        execution_timeout=settings.timeout_seconds,
        # On a machine with much else to do, the usual 4 seconds are too few.
        iopub_timeout=OUTPUT_SECONDS,
        kernel_manager_class=manager_class,
        # A forked kernel leaves nothing that it would have to tidy up.
        shutdown_kernel="immediate" if settings.warm else "graceful",
        on_notebook_start=progress.begin,
        on_cell_start=progress.start,
    )


def _declared(notebook: nbformat.NotebookNode) -> list[str]:
    """Names assigned in the cell tagged `parameters`."""
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    names = []
    for statement in ast.parse(cells[0].source).body if cells else []:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names


def _forget_machine(notebook: nbformat.NotebookNode, run: NotebookRun) -> None:
    """Papermill notes absolute paths; a published notebook must not name a path of somebody's machine."""
    notebook.metadata.papermill["input_path"] = f"notebooks/{run.notebook}.ipynb"
    notebook.metadata.papermill["output_path"] = f"{run.page}.ipynb"


def _reason(fault: Exception, settings: RunSettings, progress: _Progress) -> str:
    """Say in one sentence what happened and in which cell."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    if isinstance(fault, PapermillExecutionError):
        return f"{progress} failed with {fault.ename}: {_short(fault.evalue)}"
    if isinstance(fault, DeadKernelError):
        return f"the kernel died in {progress}. It may have run out of memory or been killed."
    if isinstance(fault, CellTimeoutError) and "IOPub" in str(fault):
        return (
            f"what {progress} showed did not arrive within {OUTPUT_SECONDS} seconds of its end. The machine may have "
            "too much to do; run it again."
        )
    if isinstance(fault, CellTimeoutError):
        return f"{progress} took longer than {settings.timeout_seconds} seconds and was stopped."
    if isinstance(fault, NotebookError):
        return re.sub(r"^\d\d-[\w-]+: ", "", str(fault))
    if isinstance(fault, OSError):
        return f"could not be written or run: {fault.strerror or fault} ({fault.filename or 'no file named'})."
    return f"{progress}: {type(fault).__name__}: {_short(str(fault))}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]} …"


def _keep(notebook: nbformat.NotebookNode | None, run: NotebookRun, failures: Path) -> str:
    """Write a notebook that failed to `failures`, keep the newest few, and say where it is."""
    if notebook is None:
        return "Nothing of it was executed."
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    kept = failures / f"{stamp}-{run.page}.ipynb"
    try:
        failures.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, kept)
        for old in sorted(failures.glob("*.ipynb"))[:-KEPT_FAILURES]:
            with contextlib.suppress(OSError):
                os.unlink(old)
    except OSError as fault:
        return f"The notebook as far as it ran could not be kept: {fault.strerror}."
    return f"The notebook as far as it ran: {kept}"
