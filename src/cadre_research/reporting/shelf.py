"""The versions that are kept: what each is, going back to one, and pins that keep one for good."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cadre_research.errors import PublicationError
from cadre_research.reporting.outputs_folder import PINS, alone, latest_report, pins, versions
from cadre_research.reporting.provenance import manifest_if_any, verify_manifest
from cadre_research.reporting.publish import show

__all__ = ["before_latest", "pin", "roll_back", "unpin", "version_list"]


def version_list(outputs: Path) -> pd.DataFrame:
    """Every version, the newest first.

    Returns
    -------
    DataFrame
        version, made (UTC, as its manifest has it), shown (whether `latest` shows it), pinned, scenarios (number),
        language, commit (empty outside git), of_register.
    """
    current, pinned = latest_report(outputs), pins(outputs)
    rows = []
    for version in reversed(versions(outputs)):
        manifest = manifest_if_any(version) or {}
        parameters, git = manifest.get("parameters") or {}, manifest.get("git") or {}
        marks = (version.resolve() == current, version.name in pinned)
        asked = (len(parameters.get("scenarios", ())), parameters.get("language", ""), str(git.get("commit", ""))[:10])
        rows.append((version.name, manifest.get("created", ""), *marks, *asked, "register" in parameters))
    columns = ["version", "made", "shown", "pinned", "scenarios", "language", "commit", "of_register"]
    return pd.DataFrame(rows, columns=columns)


def roll_back(version: Path, outputs: Path) -> None:
    """Let `latest` show an older version, once it is known to be whole; no version is lost.

    Raises
    ------
    PublicationError
        When a file of it is not as its manifest says, or a run is publishing; `latest` is as it was.
    """
    with alone(outputs):
        verify_manifest(version)
        show(version, outputs)


def before_latest(outputs: Path) -> Path:
    """The version published before the one that `latest` shows, or raise PublicationError."""
    current = latest_report(outputs)
    older = [version for version in versions(outputs) if current is None or version.name < current.name]
    if not older:
        raise PublicationError(f"there is no version before the one that {outputs / 'latest'} shows.")
    return older[-1]


def pin(version: Path, outputs: Path) -> None:
    """Keep a version for good: it is never pruned.

    Raises
    ------
    PublicationError
        When it is no longer there: it was pruned a moment before.
    """
    mark = outputs / PINS / version.name
    mark.parent.mkdir(exist_ok=True)
    mark.touch()
    if not version.is_dir():
        mark.unlink()
        raise PublicationError(f"version {version.name} is no longer there.")


def unpin(version: Path, outputs: Path) -> None:
    """Let a version be pruned again when its time comes."""
    (outputs / PINS / version.name).unlink(missing_ok=True)
