"""What became of each making of a report: a short log beside the versions.

One file, `runs.json`, replaced in one rename under a lock of its own: a reader sees the whole log as it was or as it
is, a refused run can write while another one works, and only the newest runs need be kept. The days on which a report
was made stay for good, since a period must not come twice when a clock is set back.

It tells nothing of the machine and nothing of a person: no path, and of a failure only what kind it was and where.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from cadre_research.errors import PublicationError
from cadre_research.reporting.outputs_folder import LOCK, latest_report, versions

try:
    import fcntl
except ImportError:  # Windows has none; there a run that died is not told from one that goes on
    fcntl = None

__all__ = ["LOG", "RunLog", "RunRecord", "current_log", "read_log", "run_goes_on", "update_log"]

LOG = "runs.json"
LOG_LOCK = ".runs.lock"
KEEP, KEEP_REFUSED = 100, 10
Outcome = Literal["running", "published", "unchanged", "failed", "refused", "died"]


class RunRecord(BaseModel):
    """One making of a report.

    Parameters
    ----------
    id : str
        Of this run alone.
    process : int
        Number of its process.
    asked : str
        Digest of what it was asked for: only a report of the same makes a period done.
    made_from : str, optional
        Digest of data, notebooks, code and libraries that it was made from, where it was let in once a period.
    started, ended : datetime
        In universal time; `ended` is None while it runs, and for ever when it was killed.
    outcome : str
        running, published, unchanged (the report that is up was found to be as it would be made), failed, refused
        (another run was at it) or died (killed, or the machine went down).
    day : date, optional
        Day in universal time on which it was let in, which decides for which period it counts.
    period : str, optional
        Period for which it was made, where it was asked for one report a period.
    version : str, optional
        Name of the version that it published or found unchanged.
    notebook, reason : str, optional
        Of a failure.
    exit_code : int, optional
        None when it did not come to one.
    versions_before : sequence of str
        Versions there were when it began, while it runs: by them a run that was killed after it published is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    process: int
    asked: str
    made_from: str | None = None
    started: AwareDatetime
    ended: AwareDatetime | None = None
    outcome: Outcome = "running"
    day: date | None = None
    period: str | None = None
    version: str | None = None
    notebook: str | None = None
    reason: str | None = None
    exit_code: int | None = None
    versions_before: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether a whole report of what was asked was up at its end."""
        return self.outcome in ("published", "unchanged")


class RunLog(BaseModel):
    """The newest runs, oldest first, and by what was asked every day for which a report was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    done: Mapping[str, tuple[date, ...]] = {}
    runs: tuple[RunRecord, ...] = ()

    def with_run(self, record: RunRecord) -> RunLog:
        """The log with a run added, or with what is now known of it."""
        there = [run.id for run in self.runs]
        runs = list(self.runs)
        if record.id in there:
            runs[there.index(record.id)] = record
        else:
            runs.append(record)
        done = dict(self.done)
        if record.succeeded and record.day:
            done[record.asked] = tuple(sorted({*done.get(record.asked, ()), record.day}))
        return RunLog(done=done, runs=_newest(runs))

    def unfinished(self) -> list[RunRecord]:
        """Runs that began and of which no end is known."""
        return [run for run in self.runs if run.outcome == "running"]

    def settled(self, there: Sequence[str], latest: str | None) -> RunLog:
        """The log as it is known to be once no run goes on: what has not ended was killed.

        Parameters
        ----------
        there : sequence of str
            Names of the versions.
        latest : str, optional
            Name of the version that is up. Where it was not there when a killed run began, that run had published it.
        """
        log = self
        for run in self.unfinished():
            came = latest in there and latest not in run.versions_before
            log = log.with_run(
                run.model_copy(
                    update={
                        "outcome": "published" if came else "died",
                        "version": latest if came else None,
                        "versions_before": (),
                    }
                )
            )
        return log


def _newest(runs: Sequence[RunRecord]) -> tuple[RunRecord, ...]:
    """The newest of those that worked and of those refused, and whatever else the status must tell."""
    refused = [run for run in runs if run.outcome == "refused"]
    worked = [run for run in runs if run.outcome != "refused"]
    kept = {run.id for run in [*worked[-KEEP:], *refused[-KEEP_REFUSED:]]}
    # However many failed since, or were refused while one goes on.
    kept |= {run.id for run in [run for run in worked if run.succeeded][-1:]}
    kept |= {run.id for run in worked if run.outcome == "running"}
    return tuple(run for run in runs if run.id in kept)


def read_log(outputs: Path) -> RunLog:
    """The log of an outputs folder; an empty one where no run was recorded.

    Raises
    ------
    PublicationError
        When the file is there and cannot be used.
    """
    path = outputs / LOG
    try:
        return RunLog.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return RunLog()
    except (OSError, ValueError) as fault:
        why = "not a log of runs" if isinstance(fault, ValidationError | UnicodeDecodeError) else fault.strerror
        raise PublicationError(
            f"{path}: {why}. It says which periods have their report. Restore it from a backup, or move it away to "
            "begin a new one: then the report of this period may be made once more."
        ) from None


def update_log(outputs: Path, change: Callable[[RunLog], RunLog]) -> RunLog:
    """Replace the log by what `change` makes of it, in one step and through to the disk; waits for other writers.

    Raises
    ------
    PublicationError
        When the log that is there cannot be used.
    OSError
        When it cannot be written; the old one is then still there.
    """
    outputs.mkdir(parents=True, exist_ok=True)
    new = outputs / f".{LOG}-{uuid.uuid4().hex[:8]}"
    with (outputs / LOG_LOCK).open("a", encoding="utf-8") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        for left in outputs.glob(f".{LOG}-*"):  # of a writer that was killed
            left.unlink(missing_ok=True)
        log = change(read_log(outputs))
        try:
            with new.open("w", encoding="utf-8") as file:
                file.write(log.model_dump_json(indent=1, exclude_none=True) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, outputs / LOG)
        finally:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
    return log


def run_goes_on(outputs: Path) -> bool:
    """Whether some run holds the lock of an outputs folder. The system lets go of it however a process ends.

    A run that begins in the very moment of asking is refused, so ask only when one is thought to go on.
    """
    if fcntl is None:
        return True
    try:
        with (outputs / LOCK).open(encoding="utf-8") as file:
            # Shared, so that two who ask do not take each other for a run.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def current_log(outputs: Path) -> RunLog:
    """The log with runs that were killed told from one that goes on. Writes nothing.

    Raises
    ------
    PublicationError
        When the log or the lock cannot be read.
    """
    while True:
        log = read_log(outputs)
        try:
            if not log.unfinished() or run_goes_on(outputs):
                return log
        except OSError as fault:
            raise PublicationError(f"{outputs / LOCK}: cannot be read ({fault.strerror}).") from None
        # Between reading the log and asking for the lock a run may have ended, and another begun.
        if read_log(outputs).unfinished() == log.unfinished():
            latest = latest_report(outputs)
            return log.settled([version.name for version in versions(outputs)], latest and latest.name)
