"""What a report was made from, and the hashes by which it can be checked."""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from cadre_research import __version__, paths
from cadre_research.errors import PublicationError

__all__ = [
    "INPUTS_ARCHIVE",
    "MANIFEST",
    "describe",
    "manifest_if_any",
    "read_manifest",
    "refuse_changed",
    "sha256",
    "verify_manifest",
    "write_inputs",
    "write_manifest",
]

MANIFEST = "manifest.json"
INPUTS_ARCHIVE = "inputs.zip"
LIBRARIES = ("numpy", "pandas", "scipy", "pyarrow", "matplotlib", "pydantic", "papermill", "nbclient", "nbconvert")
# Everything a number in the report can depend on.
INPUTS = ("data/**/*", "notebooks/*.ipynb", "requirements.lock", "pyproject.toml", "src/cadre_research/**/*")


def describe(
    parameters: Mapping[str, Any], root: Path | None = None, asked: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Say what a report is made from: when, by which code and libraries, from which files.

    Parameters
    ----------
    parameters : mapping
        What the report was made with; JSON values.
    asked : mapping, optional
        What it was asked for, defaults not filled in; JSON values.
    root : Path, optional
        The checkout; by default the project's.

    Returns
    -------
    dict
        created (UTC), package, git (commit and whether files differ from it; None outside git), python, libraries,
        asked, parameters, inputs (sha256 by path relative to the checkout). No path of the machine and no user name.
    """
    root = root or paths.project_root()
    return {
        "format": 1,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "package": {"name": "cadre-research", "version": __version__},
        "git": _git(root),
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "asked": dict(asked or {}),
        "parameters": dict(parameters),
        "inputs": {name: sha256(root / name) for name in _inputs(root)},
    }


def write_inputs(folder: Path, description: Mapping[str, Any], root: Path | None = None) -> Path:
    """Write inputs.zip: every file that the description lists, so that the report can be made again from it alone.

    The same files give the same bytes.
    """
    root = root or paths.project_root()
    path = folder / INPUTS_ARCHIVE
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in description["inputs"]:
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, (root / name).read_bytes())
    return path


def refuse_changed(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Refuse a report whose data, notebooks or code changed under way: its parts would contradict each other.

    Parameters
    ----------
    before, after : mapping
        `inputs` of two descriptions.

    Raises
    ------
    PublicationError
        Names what changed.
    """
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if changed:
        raise PublicationError(f"{', '.join(changed)} changed while the report was made. Run it again.")


def write_manifest(folder: Path, description: Mapping[str, Any]) -> Path:
    """Write manifest.json: the description and the sha256 of every other file in the folder."""
    outputs = {name: sha256(folder / name) for name in _files(folder)}
    path = folder / MANIFEST
    path.write_text(
        json.dumps({**description, "outputs": outputs}, ensure_ascii=False, indent=2, allow_nan=False) + "\n",
        encoding="utf-8",
    )
    return path


def verify_manifest(folder: Path) -> dict[str, Any]:
    """Check every file of a version against its manifest and return the manifest.

    Raises
    ------
    PublicationError
        When the manifest cannot be read, or a file is missing, changed or not listed.
    """
    manifest = read_manifest(folder)
    listed = manifest["outputs"]
    present = set(_files(folder))
    faults = [f"{name}: missing" for name in sorted(set(listed) - present)]
    faults += [f"{name}: not in the manifest" for name in sorted(present - set(listed))]
    faults += [
        f"{name}: changed since the manifest was written"
        for name in sorted(present & set(listed))
        if sha256(folder / name) != listed[name]
    ]
    if faults:
        raise PublicationError(f"{folder}: does not agree with its manifest.\n  " + "\n  ".join(faults))
    return manifest


def read_manifest(folder: Path, holding: Sequence[str] = ("outputs",)) -> dict[str, Any]:
    """Read the manifest of a version; nothing else of it is looked at.

    Parameters
    ----------
    holding : sequence of str
        Mappings that must stand in it.

    Raises
    ------
    PublicationError
        When there is none, or it is no manifest.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PublicationError(f"{path}: missing; expected the hashes of every file of the report.") from None
    except (OSError, ValueError) as fault:
        raise PublicationError(f"{path}: not a manifest ({type(fault).__name__}).") from None
    there = manifest if isinstance(manifest, dict) else {}
    if missing := [name for name in holding if not isinstance(there.get(name), dict)]:
        raise PublicationError(f"{path}: not a manifest; expected {', '.join(missing)} in it.")
    return there


def manifest_if_any(folder: Path) -> dict[str, Any] | None:
    """Manifest of a version, None where there is none that can be read."""
    with contextlib.suppress(PublicationError):
        return read_manifest(folder)
    return None


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> list[str]:
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name != MANIFEST)


def _inputs(root: Path) -> list[str]:
    found = {path for pattern in INPUTS for path in root.glob(pattern) if path.is_file()}
    names = (path.relative_to(root) for path in found)
    # Hidden files are an editor's or a file manager's, never an input.
    return sorted(
        name.as_posix()
        for name in names
        if "__pycache__" not in name.parts and not any(part.startswith(".") for part in name.parts)
    )


def _git(root: Path) -> dict[str, Any] | None:
    try:
        commit = _ask_git(root, "rev-parse", "--verify", "HEAD")
        return {"commit": commit, "dirty": bool(_ask_git(root, "status", "--porcelain"))}
    except (OSError, subprocess.SubprocessError):
        # No git, no repository (a downloaded archive) or no commit yet: the hashes of the inputs remain.
        return None


def _ask_git(root: Path, *question: str) -> str:
    # Optional locks off: asking must not write to a repository that somebody else is working in.
    answer = subprocess.run(
        ["git", "--no-optional-locks", "-C", str(root), *question],
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    return answer.stdout.strip()


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
