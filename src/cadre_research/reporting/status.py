"""How the making of reports stands: what is up, whether it is whole and fresh, what failed, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cadre_research.errors import ParameterError, PublicationError
from cadre_research.reporting.outputs_folder import VERSION, latest_report
from cadre_research.reporting.provenance import verify_manifest
from cadre_research.reporting.run_log import RunRecord, current_log
from cadre_research.reporting.schedule import utc_now

__all__ = ["CODES", "Status", "look", "status_lines"]

SECONDS_A_DAY = 86_400
# A report from further ahead than this was made by another clock than the one that is asked now.
DAYS_AHEAD = 1.0
# Above those of `errors` and of a program that breaks down, so that a monitor takes neither for an answer.
CODES = {"in order": 0, "failed": 20, "stale": 21, "nothing published": 22, "damaged": 23}


@dataclass(frozen=True)
class Status:
    """How an outputs folder stands at one instant.

    Parameters
    ----------
    at : datetime
        When it was looked at.
    latest : str, optional
        Name of the version that is up.
    damage : str, optional
        What is wrong with it, in one line.
    success, failure : RunRecord, optional
        The last run that ended well; the last one since that failed or died.
    refused : RunRecord, optional
        The last one since that found another run at work.
    running : RunRecord, optional
        The run that goes on.
    last : RunRecord, optional
        The last run that ended, refused ones not counted.
    max_age_days : float, optional
        Age above which a report is stale; None does not judge it.
    """

    at: datetime
    latest: str | None
    damage: str | None
    success: RunRecord | None
    failure: RunRecord | None
    refused: RunRecord | None
    running: RunRecord | None
    last: RunRecord | None
    max_age_days: float | None

    @property
    def since(self) -> datetime | None:
        """When a run last ended well; of a report older than the log, when it was published."""
        if self.success:
            return _when(self.success)
        stamped = VERSION.fullmatch(self.latest or "")
        return datetime.strptime(stamped[0][:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if stamped else None

    @property
    def age_days(self) -> float | None:
        """Days since then; negative where this clock is behind."""
        return (self.at - self.since).total_seconds() / SECONDS_A_DAY if self.since else None

    @property
    def word(self) -> str:
        """The key of `CODES` that holds, the gravest first."""
        if self.latest is None:
            return "nothing published"
        if self.damage:
            return "damaged"
        if self.max_age_days is not None and (
            self.age_days is None or not -DAYS_AHEAD <= self.age_days <= self.max_age_days
        ):
            return "stale"
        return "failed" if self.failure else "in order"

    @property
    def code(self) -> int:
        """Exit code for a monitor."""
        return CODES[self.word]


def look(outputs: Path, max_age_days: float | None = None, at: datetime | None = None) -> Status:
    """See how an outputs folder stands; hashes the report that is up, and writes nothing.

    Parameters
    ----------
    outputs : Path
        Holds versions/, latest and the log of runs.
    max_age_days : float, optional
        Days, above 0, after which a report is stale.
    at : datetime, optional
        With a time zone; now by default.

    Raises
    ------
    ParameterError
        When `max_age_days` is not a number above 0.
    PublicationError
        When the log or the lock cannot be read.
    """
    if max_age_days is not None and not 0 < max_age_days < float("inf"):
        raise ParameterError(f"--max-age-days: given {max_age_days:g}, expected a number of days above 0.")
    runs = current_log(outputs).runs
    ended = [run for run in runs if run.outcome not in ("running", "refused")]
    ended_well = [place for place, run in enumerate(runs) if run.succeeded]
    since = runs[ended_well[-1] + 1 :] if ended_well else runs
    version = latest_report(outputs)
    return Status(
        at=at or utc_now(),
        latest=version and version.name,
        damage=version and _damage(version),
        success=runs[ended_well[-1]] if ended_well else None,
        failure=_last(run for run in since if run.outcome in ("failed", "died")),
        refused=_last(run for run in since if run.outcome == "refused"),
        running=_last(run for run in runs if run.outcome == "running"),
        last=ended[-1] if ended else None,
        max_age_days=max_age_days,
    )


def status_lines(status: Status) -> list[str]:
    """Say a status in a few lines, the answer first."""
    lines = [f"{status.word.capitalize()} (exit code {status.code})."]
    whole = f"is not whole: {status.damage}" if status.damage else "is whole"
    lines.append(f"Shown:        {f'version {status.latest}, which {whole}' if status.latest else 'nothing yet'}")
    lines.append(f"Last success: {_success(status)}")
    lines.append(f"Failed since: {_failure(status.failure)}")
    if status.refused:
        lines.append(f"Refused:      {_moment(status.refused)}, because another run was at work")
    running = status.running
    now = f"process {running.process} since {_minute(running.started)}" if running else "no run"
    lines.append(f"Now at work:  {now}")
    return [*lines, f"Next:         {_next(status)}"]


def _success(status: Status) -> str:
    if status.since is None:
        return "none recorded"
    ahead = status.age_days < -DAYS_AHEAD
    age = "by a clock that was ahead of this one" if ahead else f"{status.age_days:.1f} days ago"
    limit = f", {status.max_age_days:g} allowed" if status.max_age_days is not None else ""
    run = status.success
    what = f"version {run.version} {'published' if run.outcome == 'published' else 'found unchanged'}" if run else ""
    return f"{_minute(status.since)} ({age}{limit}), {what or 'before runs were recorded'}"


def _failure(run: RunRecord | None) -> str:
    if run is None:
        return "nothing"
    code = "" if run.exit_code is None else f" (exit code {run.exit_code})"
    if run.outcome == "died":
        return f"the run begun {_moment(run)} was killed or the machine went down"
    where = f"{run.notebook}: " if run.notebook else ""
    return f"{_moment(run)}{code}, {where}{run.reason or 'for no recorded reason'}"


def _next(status: Status) -> str:
    if status.running:
        return "wait for the run at work."
    again = "run `cadre-research report`"
    if status.word == "nothing published":
        return f"{again}." if status.failure is None else f"see to what failed, then {again}."
    if status.word == "damaged":
        return f"{again}; it is put in place of the damaged one."
    if status.failure:
        book = " (the notebook as far as it ran is in failed/)" if status.failure.notebook else ""
        return f"see to what failed{book}, then {again}."
    return f"{again}, and see to the timer that should have." if status.word == "stale" else "nothing."


def _damage(version: Path) -> str | None:
    try:
        verify_manifest(version)
    except PublicationError as fault:
        first, *files = str(fault).replace(f"{version}", version.name).splitlines()
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        return f"{files[0].strip()}{more}" if files else first
    except OSError as fault:
        return f"cannot be read ({fault.strerror})"
    return None


def _last(runs: Iterable[RunRecord]) -> RunRecord | None:
    return next(iter(list(runs)[::-1]), None)


def _when(run: RunRecord) -> datetime:
    return run.ended or run.started


def _moment(run: RunRecord) -> str:
    return _minute(_when(run))


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
