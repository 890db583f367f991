"""The folder of a sweep: its finished parts, and what they were made from."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cadre_research.errors import ParameterError
from cadre_research.evidence.sweep import Sweep
from cadre_research.reporting.kept import inputs
from cadre_research.reporting.provenance import sha256
from cadre_research.reporting.publish import sync
from cadre_research.reporting.sweep_part import Part, code_hash, parts_of

__all__ = ["MANIFEST", "SweepFolder", "made_from"]

# What reads a folder as one Parquet table passes over names that begin so.
MANIFEST = "_sweep.json"


def made_from(sweep: Sweep) -> dict[str, str]:
    """Hashes of everything that the numbers of a sweep follow from: settings, data, code, lock file."""
    data = [entry for entry in inputs() if entry[0].startswith("data/")]
    return {
        "settings": _hash(sweep.model_dump(mode="json")),
        "data": _hash(data),
        "code": code_hash(),
        "lock": dict(inputs()).get("requirements.lock", ""),
    }


class SweepFolder:
    """Parts that are whole, each put in place by one rename.

    Parameters
    ----------
    folder : Path
        There already; held by this process alone.
    sweep : Sweep
    force : bool
        Whether parts of another sweep, or made from other data or code, are removed.

    Raises
    ------
    ParameterError
        When the folder holds such parts and `force` is not set, or files that are no sweep's.
    """

    def __init__(self, folder: Path, sweep: Sweep, *, force: bool = False) -> None:
        self.folder = folder
        self._description = {
            "format": 1,
            "id": sweep.id,
            "settings": sweep.count,
            "parts": len(parts_of(sweep)),
            "made_from": made_from(sweep),
            "sweep": sweep.model_dump(mode="json"),
        }
        # Left by a run that was killed while it wrote.
        for left in folder.glob(".*.new-*"):
            left.unlink()
        before = self._before(force)
        self._hashes: dict[str, str] = {}
        for part in parts_of(sweep):
            path, known = folder / part.file, before.get(part.file)
            if known and path.is_file() and sha256(path) == known:
                self._hashes[part.file] = known
        self._write_manifest()

    def holds(self, part: Part) -> bool:
        """Tell whether a part is there and whole."""
        return part.file in self._hashes

    def put(self, part: Part, content: bytes) -> None:
        """Put a finished part in place."""
        self._write(part.file, content)
        self._hashes[part.file] = hashlib.sha256(content).hexdigest()
        self._write_manifest()

    def _before(self, force: bool) -> Mapping[str, str]:
        """Hashes of the parts that an earlier run of the same sweep left."""
        path = self.folder / MANIFEST
        if not path.exists():
            strangers = sorted(one.name for one in self.folder.iterdir() if not one.name.startswith("."))
            if strangers:
                raise ParameterError(
                    f"{self.folder}: holds {strangers[0]} and no {MANIFEST}, so it is not the folder of a sweep. "
                    "Name another one with --out."
                )
            return {}
        manifest = _read(path)
        made = self._description["made_from"]
        other = [name for name, known in made.items() if manifest.get("made_from", {}).get(name) != known]
        if not other:
            return manifest.get("sha256", {})
        parts = list(self.folder.glob("part-*.parquet"))
        if parts and not force:
            raise ParameterError(
                f"{self.folder}: holds parts of a sweep made from other {' and '.join(other)}; they cannot be mixed. "
                "Start over with --force, which removes them, or name another folder with --out."
            )
        path.unlink()
        for part in parts:
            part.unlink()
        return {}

    def _write_manifest(self) -> None:
        described = {**self._description, "sha256": dict(sorted(self._hashes.items()))}
        self._write(MANIFEST, (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode())

    def _write(self, name: str, content: bytes) -> None:
        new = self.folder / f".{name}.new-{uuid.uuid4().hex[:8]}"
        try:
            new.write_bytes(content)
            sync(new)
            os.replace(new, self.folder / name)
        finally:
            new.unlink(missing_ok=True)


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _read(path: Path) -> Mapping[str, Any]:
    """What a manifest says; nothing where it cannot be read, so that it is another sweep's."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
