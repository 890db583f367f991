"""A status as a text file that a Prometheus node exporter collects."""

from __future__ import annotations

import os
from pathlib import Path

from cadre_research.errors import ParameterError
from cadre_research.reporting.status import SECONDS_A_DAY, Status

__all__ = ["exposition", "write_exposition"]

PREFIX = "cadre_research_report"


def exposition(status: Status) -> str:
    """A status in Prometheus's text format 0.0.4; a value that does not exist has no line.

    Times are in seconds since 1970, ages in seconds; 1 is yes and 0 is no.
    """
    last = status.last
    gauges = {
        "status": ("Exit code of cadre-research status; 0 when all is in order.", status.code),
        "last_success_timestamp_seconds": (
            "When a run last ended well.",
            status.since and status.since.timestamp(),
        ),
        "age_seconds": (
            "Time since a run last ended well, when this file was written.",
            None if status.age_days is None else status.age_days * SECONDS_A_DAY,
        ),
        "last_run_timestamp_seconds": (
            "When the last run ended, or began if it was killed.",
            last and (last.ended or last.started).timestamp(),
        ),
        "last_run_success": ("Whether the last run ended well.", last and int(last.succeeded)),
        "last_run_exit_code": ("Exit code of the last run.", last and last.exit_code),
        "running": ("Whether a run is at work.", int(status.running is not None)),
        "whole": (
            "Whether the report that is up agrees with its manifest.",
            int(bool(status.latest and not status.damage)),
        ),
        "checked_timestamp_seconds": ("When this file was written.", status.at.timestamp()),
    }
    lines = []
    for name, (meaning, value) in gauges.items():
        lines += [f"# HELP {PREFIX}_{name} {meaning}", f"# TYPE {PREFIX}_{name} gauge"]
        if value is not None:
            lines.append(f"{PREFIX}_{name} {float(value)!r}")
    return "\n".join(lines) + "\n"


def write_exposition(status: Status, file: Path) -> None:
    """Write a status for the exporter, in one rename: it never collects half a file.

    Raises
    ------
    ParameterError
        When the file cannot be written.
    """
    # Collected are names ending in .prom; this one must not be.
    new = file.with_name(f".{file.name}-{os.getpid()}")
    try:
        new.write_text(exposition(status), encoding="utf-8")
        os.replace(new, file)
    except OSError as fault:
        raise ParameterError(
            f"--prometheus: given {str(file)!r}, expected a file in a folder that can be written ({fault.strerror})."
        ) from None
    finally:
        if new.exists():
            new.unlink()
