"""Whether a report would be the one that is up already; quick to ask, as a schedule asks it every time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cadre_research.errors import PublicationError
from cadre_research.reporting.outputs_folder import latest_report
from cadre_research.reporting.provenance import describe, manifest_if_any, verify_manifest

__all__ = ["CACHE", "DRAWS", "FOLLOWS_FROM", "REPLICATES", "SEED", "asked_for", "made_from", "unchanged_report"]

# Worlds that are drawn, times that chance is drawn in each, and the seed of both, unless somebody says otherwise.
DRAWS = 100
REPLICATES = 5
SEED = 2017
# Where outputs keep what was found.
CACHE = "cache"
# Of a manifest, all that the numbers and pages follow from.
FOLLOWS_FROM = ("format", "package", "python", "libraries", "asked", "inputs")


def asked_for(
    scenarios: Sequence[str] | None,
    language: str,
    draws: int,
    replicates: int,
    seed: int,
    register: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a report is asked for, as its manifest has it; `register` as `RegisterFiles.asked` returns."""
    return {
        "scenarios": None if scenarios is None else list(scenarios),
        "language": language,
        "draws": draws,
        "replicates": replicates,
        "seed": seed,
        **({"register": dict(register)} if register else {}),
    }


def unchanged_report(outputs: Path, asked: Mapping[str, Any], now: Mapping[str, Any] | None = None) -> Path | None:
    """Folder of the version that is up, where it was asked for the same, made from the same and is whole; else None.

    Parameters
    ----------
    now : mapping, optional
        What is at hand, as `provenance.describe` returns for what is asked; found if not given.
    """
    version = latest_report(outputs)
    before = version and manifest_if_any(version)
    if not before:
        return None
    now = now or describe({}, asked=asked)
    if any(before.get(name) != now[name] for name in FOLLOWS_FROM):
        return None
    try:
        verify_manifest(version)
    except (OSError, PublicationError):
        return None
    return version


def made_from(asked: Mapping[str, Any]) -> str:
    """A short name of all that a report of what is asked would follow from now."""
    now = describe({}, asked=asked)
    text = json.dumps({name: now[name] for name in FOLLOWS_FROM}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
