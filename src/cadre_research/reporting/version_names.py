"""Which version of a report a name means: a version's own name, the beginning of one, `latest`, or a folder."""

from __future__ import annotations

import os
from pathlib import Path

from cadre_research.errors import InputError, UnknownNameError
from cadre_research.paths import local_path
from cadre_research.reporting.outputs_folder import latest_report, versions
from cadre_research.reporting.provenance import MANIFEST

__all__ = ["LATEST", "resolve_own_version", "resolve_version"]

LATEST = "latest"
SEPARATORS = frozenset({"/", "\\", os.sep})


def resolve_version(name: str, outputs: Path) -> Path:
    """Find the folder of a version.

    Parameters
    ----------
    name : str
        `latest`, the name of a version in `outputs`, the beginning of exactly one, or the path of a version's folder,
        which holds a slash (`./there`). A name without one never leaves `outputs`.
    outputs : Path
        Holds versions/ and latest.

    Returns
    -------
    Path
        Folder of the version; whether it is whole is not checked.

    Raises
    ------
    UnknownNameError
        When nothing answers to the name; the nearest are listed.
    InputError
        When several versions begin so, when nothing has been published, when a path is no version's folder, or when it
        is no path at all.
    """
    if SEPARATORS & set(name):
        return _folder(name)
    known = {version.name: version for version in versions(outputs)}
    shown = latest_report(outputs)
    if name == LATEST and shown:
        return shown
    if name in known:
        return known[name]
    if not known:
        raise InputError(
            f"version {name!r}: nothing has been published to {outputs} yet. Make a report first, or name another "
            "folder of reports as --output."
        )
    beginning = [version for version in known if name and version.startswith(name)]
    if len(beginning) > 1:
        raise InputError(
            f"version {name!r}: {len(beginning)} versions begin so: {', '.join(beginning)}. Give more of the name."
        )
    if not beginning:
        raise UnknownNameError("version", name, [*known, *([LATEST] if shown else [])])
    return known[beginning[0]]


def resolve_own_version(name: str, outputs: Path) -> Path:
    """Find the folder of a version as `resolve_version` does, of those in `outputs` alone: what is done is done there.

    Raises
    ------
    UnknownNameError, InputError
        As `resolve_version`, and when a path leads elsewhere.
    """
    version = resolve_version(name, outputs)
    if version.parent != (outputs / "versions").resolve():
        raise InputError(
            f"version {name!r}: lies outside {outputs / 'versions'}, expected one of the versions there. Name the "
            "folder that it belongs to as --output."
        )
    return version


def _folder(name: str) -> Path:
    path = local_path("version", name)
    if not (path / MANIFEST).is_file():
        raise InputError(
            f"version {name!r}: not the folder of a version; expected one that holds {MANIFEST}, or the name of a "
            "version without a slash."
        )
    return path.resolve()
