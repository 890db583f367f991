"""Where the project's folders are, for notebooks, papermill and the command line alike.

nbval runs a notebook in the notebook's folder and papermill in the caller's, so no path may depend on the
working directory.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from cadre_research.errors import InputError, ParameterError

__all__ = [
    "data_dir",
    "facts_dir",
    "local_path",
    "notebooks_dir",
    "outputs_dir",
    "own_study",
    "project_root",
    "scenarios_dir",
    "study_path",
]

ROOT_VARIABLE = "CADRE_RESEARCH_ROOT"
STUDY_VARIABLE = "CADRE_RESEARCH_STUDY"

# A single letter is a drive, and a colon alone may stand in a name.
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:[/\\\\]|(about|blob|data|javascript|mailto|vbscript):", re.IGNORECASE)
ENCODED = re.compile(r"%(00|0a|0d|2e|2f|5c)", re.IGNORECASE)
LONGEST_NAME_BYTES, LONGEST_PATH_BYTES = 255, 4095
LONGEST_QUOTE = 120


def project_root() -> Path:
    """Folder that holds data/, notebooks/ and outputs/: the checkout, or what CADRE_RESEARCH_ROOT names."""
    root = _named_by(ROOT_VARIABLE) or Path(__file__).resolve().parents[2]
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
    return _named_by(STUDY_VARIABLE)


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


def local_path(where: str, given: str, *, written: bool = False) -> Path:
    """Take a text for a file or folder of this machine; opens nothing.

    Parameters
    ----------
    where : str
        The option or variable, for the message.
    given : str
    written : bool
        Whether something is put there, so that names are refused that would come out as others elsewhere.

    Raises
    ------
    ParameterError
        When it is empty, an address, encoded, too long, on another machine, or begins with a ~ that the shell left.

    >>> local_path("--plan", "plans/2027.csv", written=True).name
    '2027.csv'
    """
    fault = _no_path(given) or (_no_new_name(given) if written else "")
    if fault:
        raise ParameterError(f"{where}: given {_short(given)!r}, expected a file or folder on this machine; {fault}.")
    return Path(given)


def _no_path(given: str) -> str:
    """What keeps a text from being a path; empty where nothing does."""
    if not given.strip():
        return "it is empty. Give its name"
    if "\0" in given or ENCODED.search(given):
        return "it holds a null or an encoded sign. Write it as it stands on the disk"
    if ADDRESS.match(given):
        return "an address is never fetched or written to. Copy the file here and give its path"
    if given.startswith(("//", "\\\\")):
        return "this is another machine's. Mount or copy it, and give its path here"
    if given.startswith("~"):
        return "the shell did not put a home in place of ~. Write the folder out"
    if (
        len(os.fsencode(given)) > LONGEST_PATH_BYTES
        or max(map(len, os.fsencode(given).split(b"/"))) > LONGEST_NAME_BYTES
    ):
        return "no file system takes so long a name. Give a shorter one"
    return ""


def _no_new_name(given: str) -> str:
    """What is wrong with the name of something that is to be made; empty where nothing is."""
    if not given.isprintable():
        return "it holds signs that a terminal obeys. Give a name of letters, digits and ordinary signs"
    if "\\" in given and os.sep != "\\":
        return "a backslash is part of a name here. Put / between folders"
    if any(part.strip(".") and part != part.rstrip(". ") for part in given.split("/")) or "..." in given.split("/"):
        return "a name that ends in a dot or blank is another name elsewhere. Leave it out"
    if Path(given).is_symlink() and not Path(given).is_dir():
        return "it is a link to a file elsewhere. Give that file, or another name"
    return ""


def _named_by(variable: str) -> Path | None:
    """The path an environment variable names, None where it is not set."""
    named = os.environ.get(variable)
    return local_path(variable, os.path.expanduser(named)).resolve() if named else None


def _short(given: str) -> str:
    return given if len(given) <= LONGEST_QUOTE else f"{given[:LONGEST_QUOTE]}…"
