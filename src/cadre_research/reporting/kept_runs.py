"""Notebook runs that are kept: one that would be the same again is not run again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cadre_research.errors import CadreResearchError
from cadre_research.findings.study import BASELINE
from cadre_research.reporting.execution import NotebookRun, read_notebook, require_complete

__all__ = ["KeptRuns", "inputs_of", "why_run"]

FOLDER = "runs"
NOTEBOOK, PAGE = "notebook.ipynb", "page.html"
# Three reports of the project's own scenarios in both languages, some 200 MB each.
KEEP = 220
RULES = ("data/scenarios", "data/scenarios/measures")
# Whatever the files say, other versions of these may give other numbers or pictures.
ENVIRONMENT = ("package", "python", "libraries")


@dataclass(frozen=True)
class KeptRuns:
    """Executed notebooks and their pages, by everything that they follow from.

    Parameters
    ----------
    cache : Path
        Folder in which they are kept; any of it can be deleted at any time.
    description : mapping
        As `provenance.describe` returns: the files and versions at hand.
    """

    cache: Path
    description: Mapping[str, Any]

    def key(self, run: NotebookRun) -> str:
        """Hash of the run, of the files it follows from, and of Python and the libraries."""
        asked = [run.notebook, run.page, dict(run.parameters), inputs_of(run, self.description["inputs"])]
        asked.append({name: self.description[name] for name in ENVIRONMENT})
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]

    def has(self, run: NotebookRun) -> bool:
        """Whether it is kept."""
        return (self._place(run) / PAGE).is_file()

    def take(self, run: NotebookRun, notebook: Path, page: Path) -> bool:
        """Copy what is kept of a run to these places; False where nothing whole is kept."""
        place = self._place(run)
        try:
            require_complete(read_notebook(place / NOTEBOOK), run.notebook)
            shutil.copyfile(place / NOTEBOOK, notebook)
            shutil.copyfile(place / PAGE, page)
            os.utime(place)
        except (OSError, CadreResearchError):
            return False
        return True

    def keep(self, run: NotebookRun, notebook: Path, page: Path) -> None:
        """Keep a run, in one step; where nothing can be written nothing is kept."""
        new = self.cache / FOLDER / f".{uuid.uuid4().hex[:8]}"
        try:
            new.mkdir(parents=True)
            shutil.copyfile(notebook, new / NOTEBOOK)
            shutil.copyfile(page, new / PAGE)
            shutil.rmtree(self._place(run), ignore_errors=True)
            os.rename(new, self._place(run))
        except OSError:
            shutil.rmtree(new, ignore_errors=True)

    def prune(self) -> None:
        """Remove those not used for longest, and what killed runs left; only for who holds the lock of the outputs."""
        with contextlib.suppress(OSError):
            places = list((self.cache / FOLDER).iterdir())
            kept = sorted(
                (place for place in places if not place.name.startswith(".")), key=lambda place: place.stat().st_mtime
            )
            for place in {*places} - {*kept[-KEEP:]}:
                shutil.rmtree(place, ignore_errors=True)

    def _place(self, run: NotebookRun) -> Path:
        return self.cache / FOLDER / self.key(run)


def inputs_of(run: NotebookRun, inputs: Mapping[str, str]) -> dict[str, str]:
    """The files that a run follows from, of all that a report is made from, as path -> hash.

    All data and code, its own notebook; of scenarios and measures the one that its parameter `scenario` names and the
    status quo, or all of them where it has none.
    """
    named = {f"{name}.toml" for name in (BASELINE, run.parameters.get("scenario"))}
    found = {}
    for path, digest in inputs.items():
        folder, _, name = path.rpartition("/")
        others = path.startswith("notebooks/") and name != f"{run.notebook}.ipynb"
        unasked = "scenario" in run.parameters and folder in RULES and name not in named
        if not (others or unasked):
            found[path] = digest
    return found


def why_run(run: NotebookRun, before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[str]:
    """What differs for a run between the manifest of the last report and what is at hand: files, versions.

    Empty where nothing does, as for a run that was not part of the last report.
    """
    if before is None:
        return []
    old, new = (inputs_of(run, manifest["inputs"]) for manifest in (before, now))
    files = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return files + [name for name in ENVIRONMENT if before.get(name) != now.get(name)]
