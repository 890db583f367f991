"""Where the project's folders are, for notebooks, papermill and the command line alike.

nbval runs a notebook in the notebook's folder and papermill in the caller's, so no path may depend on the
working directory.
"""

from __future__ import annotations

import os
from pathlib import Path

from cadre_research.errors import InputError

__all__ = [
    "data_dir",
    "facts_dir",
    "notebooks_dir",
    "outputs_dir",
    "own_study",
    "project_root",
    "scenarios_dir",
    "study_path",
]

ROOT_VARIABLE = "CADRE_RESEARCH_ROOT"
STUDY_VARIABLE = "CADRE_RESEARCH_STUDY"


def project_root() -> Path:
    """Folder that holds data/, notebooks/ and outputs/: the checkout, or what CADRE_RESEARCH_ROOT names."""
    named = os.environ.get(ROOT_VARIABLE)
    root = Path(named).expanduser().resolve() if named else Path(__file__).resolve().parents[2]
    if not (root / "data" / "facts").is_dir():
        raise InputError(
            f"{root} has no data/facts folder, so it is not a checkout of this project. "
            f"Install from a checkout (pip install -e .) or set {ROOT_VARIABLE} to one."
        )
    return root


def data_dir() -> Path:
    """Folder of everything that is known or assumed."""
    return project_root() / "data"


def own_study() -> Path | None:
    """File of a study of somebody's own register, where CADRE_RESEARCH_STUDY names one."""
    named = os.environ.get(STUDY_VARIABLE)
    return Path(named).expanduser().resolve() if named else None


def study_path() -> Path:
    """Where the study at hand is read from: the file of somebody's own, or else the data folder."""
    return own_study() or data_dir()


def facts_dir() -> Path:
    """Folder of targets, ladder, retirement rules and assumptions."""
    return data_dir() / "facts"


def scenarios_dir() -> Path:
    """Folder of scenarios, one file each."""
    return data_dir() / "scenarios"


def notebooks_dir() -> Path:
    """Folder of the committed notebooks."""
    return project_root() / "notebooks"


def outputs_dir() -> Path:
    """Folder of everything that commands make."""
    return project_root() / "outputs"
