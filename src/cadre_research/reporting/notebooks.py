"""Running notebooks: through papermill into a folder of their own, or in place to refresh what is stored.

Papermill alone is not enough to trust a run: it writes straight to its output path, goes on after a misspelt
parameter, and after a kernel has died marks every cell as completed. So runs go into a staging folder, names and
values are checked first, and a run counts only when its last code cell has *printed* ``report-complete <notebook>``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import nbformat

from cadre_research import paths
from cadre_research.errors import CadreResearchError, InputError, NotebookError
from cadre_research.model.paths import cores
from cadre_research.reporting.execution import (
    NotebookRun,
    RunSettings,
    completion_line,
    execute,
    load_checked,
    load_papermill,
    read_notebook,
    require_complete,
)
from cadre_research.reporting.kernels import Deadline, Kernels, event_loop, require_kernel
from cadre_research.reporting.translated import translated_notebooks

__all__ = ["NotebookRun", "at_once", "completion_line", "refresh", "require_complete", "run_notebook", "run_notebooks"]

# The same as the pre-commit hook: outputs stay, timings go.
RUN_METADATA = "metadata.papermill cell.metadata.papermill cell.metadata.execution"
STRIP = ("--keep-output", "--keep-count", "--extra-keys", RUN_METADATA)


def run_notebook(
    run: NotebookRun,
    folder: Path,
    kernel_name: str = "python3",
    timeout_seconds: int = 1800,
    notebooks: Path | None = None,
    failed: Path | None = None,
) -> Path:
    """Run one notebook with its parameters through papermill.

    Parameters
    ----------
    run : NotebookRun
    folder : Path
        Where <page>.ipynb is written: a staging folder, never a published one.
    kernel_name : str
    timeout_seconds : int
        Longest time for one cell.
    notebooks, failed : Path, optional
        Where notebooks are read from, and where one that failed is kept; by default the project's notebooks/ and
        outputs/failed/.

    Returns
    -------
    Path
        The executed notebook.

    Raises
    ------
    InputError
        Before anything runs: no such notebook, or a parameter is unknown, of the wrong type or out of range.
    NotebookError
        The kernel is missing or died, a cell failed or took too long, or the notebook did not reach its end.
    """
    (path,) = run_notebooks(
        [run],
        folder,
        kernel_name=kernel_name,
        timeout_seconds=timeout_seconds,
        notebooks=notebooks,
        failed=failed,
    )
    return path


def run_notebooks(
    runs: Sequence[NotebookRun],
    folder: Path,
    workers: int | None = None,
    on_done: Callable[[NotebookRun, Path], None] = lambda run, path: None,
    **settings: Any,
) -> list[Path]:
    """Run notebooks side by side; the first failure stops the others.

    Parameters
    ----------
    runs : sequence of NotebookRun
        Each with a page of its own. All parameters are checked before the first notebook runs.
    folder : Path
        Where each <page>.ipynb is written: a staging folder, never a published one.
    workers : int, optional
        Notebooks at a time; by default `at_once`.
    on_done : callable
        Called in the calling thread with each run and its path as it finishes.
    **settings
        kernel_name, timeout_seconds, notebooks, failed as for `run_notebook`; notebook_timeout_seconds, the longest
        time for one notebook; warm, whether kernels are forked where that is possible (`why_not_warm`).

    Returns
    -------
    list of Path
        The executed notebooks in the order of `runs`.

    Raises
    ------
    InputError, NotebookError
        As `run_notebook`; the error is that of the first notebook that failed.
    """
    options = RunSettings(**settings)
    pages = [run.page for run in runs]
    if repeated := sorted({page for page in pages if pages.count(page) > 1}):
        raise InputError(f"pages: expected each once, given more than once: {', '.join(repeated)}.")
    checked = [load_checked(run, options) for run in runs]
    require_kernel(options.kernel_name)
    folder.mkdir(parents=True, exist_ok=True)
    load_papermill()
    # In threads even when there is one: on an interrupt this thread can then kill the kernels.
    threads = ThreadPoolExecutor(max_workers=workers or at_once(), thread_name_prefix="notebook")
    with Kernels(warm=options.warm) as kernels, threads as pool:
        try:
            futures = {
                pool.submit(execute, run, folder, options, notebook, kernels): run
                for run, notebook in zip(runs, checked, strict=True)
            }
            _collect(futures, on_done)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            kernels.stop()
            raise
    return [future.result() for future in futures]


def at_once() -> int:
    """Notebooks that run at a time: one more than there are cores, as each waits for its kernel now and then."""
    return cores() + 1


def refresh(
    notebooks_dir: Path,
    kernel_name: str = "python3",
    timeout_seconds: int = 1800,
    on_done: Callable[[Path, bool], None] = lambda path, changed: None,
) -> list[Path]:
    """Run every notebook of a folder in place with its defaults and store its outputs, then those in Chinese.

    Each runs in the notebook's own folder, as nbval runs it, and loses the metadata of the run. It is replaced in one
    step when it has reached its end; one that fails stays as it was.

    Parameters
    ----------
    on_done : callable
        Called with each notebook and whether it changed.

    Returns
    -------
    list of Path
        Those that changed.

    Raises
    ------
    InputError
        When the folder holds no notebook.
    NotebookError
        When a notebook fails; those before it are refreshed.
    """
    sources = sorted(notebooks_dir.glob("*.ipynb"))
    if not sources:
        raise InputError(f"{notebooks_dir}: no notebooks (*.ipynb) there.")
    require_kernel(kernel_name)
    changed = []
    for path in sources:
        if _refresh(path, kernel_name, timeout_seconds):
            changed.append(path)
        on_done(path, path in changed)
    for path, notebook in translated_notebooks(notebooks_dir):
        path.parent.mkdir(exist_ok=True)
        if _refresh(path, kernel_name, timeout_seconds, notebook):
            changed.append(path)
        on_done(path, path in changed)
    return changed


def _collect(futures: Mapping[Future, NotebookRun], on_done: Callable[[NotebookRun, Path], None]) -> None:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            on_done(futures[future], future.result())


def _refresh(path: Path, kernel_name: str, timeout_seconds: int, notebook: nbformat.NotebookNode | None = None) -> bool:
    """Run the notebook of a file, or another that takes its place; tell whether the file changed."""
    from nbclient import NotebookClient

    notebook = notebook or read_notebook(path)
    # The version of Python in it would change with whoever refreshes.
    language_info = dict(notebook.metadata.get("language_info", {}))
    deadline = Deadline(RunSettings().notebook_timeout_seconds)
    try:
        with event_loop(), deadline, Kernels() as kernels:
            NotebookClient(
                notebook,
                kernel_name=kernel_name,
                timeout=timeout_seconds,
                record_timing=False,
                resources={"metadata": {"path": str(path.parent)}},
                kernel_manager_class=kernels.manager_class(deadline),
            ).execute()
    except Exception as fault:
        raise NotebookError(f"{path.stem}: {str(fault).strip()}\n  {path} stays as it was.") from fault
    require_complete(notebook, path.stem)
    if language_info:
        notebook.metadata["language_info"] = language_info
    return _replace(path, notebook)


def _replace(path: Path, notebook: nbformat.NotebookNode) -> bool:
    """Put a stripped notebook in the place of the old one in one step."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        nbformat.write(notebook, temporary)
        # A process of its own, so that what is stored is what the pre-commit hook leaves.
        subprocess.run([sys.executable, "-m", "nbstripout", "--force", *STRIP, str(temporary)], check=True)
        changed = not path.exists() or temporary.read_bytes() != path.read_bytes()
        if changed:
            os.replace(temporary, path)
        return changed
    except (OSError, subprocess.CalledProcessError) as fault:
        raise NotebookError(f"{path.stem}: could not be stored: {fault}\n  {path} stays as it was.") from fault
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _say(path: Path, changed: bool) -> None:
    print(f"{path.stem}: {'stored' if changed else 'unchanged'}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m cadre_research.reporting.notebooks --refresh`."""
    parser = argparse.ArgumentParser(prog="python -m cadre_research.reporting.notebooks")
    parser.add_argument("--refresh", action="store_true", required=True, help="run every notebook and store it")
    parser.parse_args(arguments)
    try:
        refresh(paths.notebooks_dir(), on_done=_say)
    except CadreResearchError as fault:
        print(fault, file=sys.stderr)
        return fault.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
