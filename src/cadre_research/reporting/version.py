"""One published version of a report as it is read back: what it was made from, and its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cadre_research.errors import InputError, PublicationError
from cadre_research.reporting.provenance import read_manifest, sha256

__all__ = ["OWN_CITY", "Version", "read_version"]

# Service of a report that no register was given for.
OWN_CITY = ""
EXPECTED = ("inputs", "parameters", "outputs")


@dataclass(frozen=True)
class Version:
    """A version's folder with its manifest.

    Parameters
    ----------
    folder : Path
    manifest : mapping
        As `provenance.describe` returns; with outputs, the sha256 of every file by its path, once it is published.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the version: that of its folder."""
        return self.folder.name

    @property
    def created(self) -> str:
        """When it was made, as it stands in the manifest (UTC)."""
        return str(self.manifest.get("created", ""))

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What the report was asked for."""
        return self.manifest["parameters"]

    @property
    def register(self) -> Mapping[str, Any]:
        """What the manifest says of the register it was made from; empty for the project's own city."""
        return self.parameters.get("register") or {}

    @property
    def register_asked(self) -> Mapping[str, Any]:
        """Files and options that the register was read with, files as hashes; empty where the manifest does not say."""
        return (self.manifest.get("asked") or {}).get("register") or {}

    @property
    def service(self) -> str:
        """Name of the service that the report is about; `OWN_CITY` without a register."""
        return str(self.register.get("service", "unnamed")) if self.register else OWN_CITY

    @property
    def disclosure(self) -> str:
        """Setting of disclosure control: none, protected or internal."""
        return str(self.register.get("disclosure", "none"))

    def table_names(self) -> list[str]:
        """Names of the tables that are there."""
        return sorted(path.stem for path in (self.folder / "tables").glob("*.parquet"))

    def table(self, name: str, columns: Sequence[str] = ()) -> pd.DataFrame | None:
        """Read a table, None where the version has none of this name.

        Raises
        ------
        InputError
            When it is not as the manifest says, cannot be read, or lacks one of `columns`.
        """
        place = f"tables/{name}.parquet"
        path, listed = self.folder / place, self.manifest.get("outputs", {}).get(place)
        if not path.is_file():
            if listed:
                raise InputError(f"{path}: missing, though the manifest lists it. Take a version that is whole.")
            return None
        if listed and sha256(path) != listed:
            raise InputError(f"{path}: changed since the manifest was written. Take a version that is whole.")
        try:
            frame = pd.read_parquet(path)
        except (OSError, ValueError) as fault:
            raise InputError(f"{path}: cannot be read ({type(fault).__name__}); expected a Parquet table.") from None
        missing = [column for column in columns if column not in frame]
        if missing:
            raise InputError(f"{path}: lacks the columns {', '.join(missing)}. Take a version that is whole.")
        return frame


def read_version(folder: Path) -> Version:
    """Read the manifest of a published version.

    Raises
    ------
    InputError
        When the folder has none, or it is no manifest.
    """
    try:
        return Version(folder, read_manifest(folder, holding=EXPECTED))
    except PublicationError as fault:
        raise InputError(f"{fault} Take a version that is whole.") from None
