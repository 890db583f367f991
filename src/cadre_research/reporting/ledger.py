"""What earlier reports of a register left blank, kept beside the versions so that no later one gives it away."""

from __future__ import annotations

import json
import os
from pathlib import Path

from cadre_research.errors import PublicationError
from cadre_research.evidence.base import Evidence
from cadre_research.reporting.disclosure_versions import Ledger

__all__ = ["LEDGER", "ledger_name", "read_ledger", "write_ledger"]

LEDGER = "disclosure-ledger.json"
SYNTHETIC = " (synthetic)"


def ledger_name(evidence: Evidence) -> str:
    """Name under which the ledger of a register's service is kept: its ladder's.

    A made-up register has one of its own: what it left blank is no reason to leave it blank in a real one.
    """
    return evidence.ladder.id + SYNTHETIC * bool(evidence.registered and evidence.registered.synthetic)


def read_ledger(outputs: Path, ladder: str) -> Ledger:
    """Names of the cells that earlier reports of a ladder left blank, by table; no number stands there.

    Raises
    ------
    PublicationError
        When the file is there and cannot be read: without it, what was hidden before could follow.
    """
    return _read(outputs / LEDGER).get(ladder, {})


def write_ledger(outputs: Path, ladder: str, ledger: Ledger) -> None:
    """Keep a ladder's ledger, in one step and through to the disk."""
    path = outputs / LEDGER
    text = json.dumps({**_read(path), ladder: dict(ledger)}, ensure_ascii=False, indent=0, sort_keys=True)
    outputs.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{LEDGER}-{os.getpid()}")
    try:
        with new.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, dict[str, list[str]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as fault:
        raise PublicationError(
            f"{path}: cannot be read ({type(fault).__name__}). It says what earlier reports of a register left blank, "
            "and without it a new one could give that away. Restore it from a backup; or take it and the versions of "
            "that register away together."
        ) from None
    return content if isinstance(content, dict) else {}
