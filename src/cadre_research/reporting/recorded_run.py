"""One making of a report, recorded from its beginning to its end, and let in only when one is due."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from cadre_research.errors import BusyError, CadreResearchError, NotebookError, PublicationError, RegisterError
from cadre_research.reporting.outputs_folder import latest_report, signals_unwind, versions
from cadre_research.reporting.run_log import RunLog, RunRecord, current_log, read_log, run_goes_on, update_log
from cadre_research.reporting.schedule import NothingDue, period_of, periods_done, utc_day, utc_now

__all__ = ["RecordedRun", "digest", "recorded"]

LONGEST_REASON = 160
# A run that has the lock writes its record in a few milliseconds.
LOOKS, SECONDS_BETWEEN = 40, 0.05
NOTEBOOK = re.compile(r"(?P<notebook>[a-z0-9][a-z0-9.-]*)(?: \(.*?\))?: (?P<rest>.*)")
# What follows the name of a foreign error is its message, in which values of data may stand.
FOREIGN = re.compile(r"((?:failed with |: )[A-Z]\w*):.*")
# From the root to the name of a file, spaces included.
FOLDERS = re.compile(r"(?<![\w.])(?:[A-Za-z]:|~)?[/\\](?:[^:'\"()]*[/\\])?")


def digest(**asked: Any) -> str:
    """A short name of what a report is asked for; equal for equal questions, and it gives none of them away.

    >>> digest(language="en", draws=100) == digest(draws=100, language="en")
    True
    """
    return hashlib.sha256(repr(sorted(asked.items())).encode()).hexdigest()[:12]


@contextlib.contextmanager
def recorded(
    outputs: Path,
    asked: str,
    once_per: str | None = None,
    note: Callable[[str], object] = lambda text: None,
    now: Callable[[], datetime] = utc_now,
) -> Iterator[RecordedRun]:
    """Record the making of a report that happens within, however it ends, and let it happen only when one is due.

    Parameters
    ----------
    outputs : Path
        Holds versions/ and latest.
    asked : str
        What is asked for, as `digest` names it.
    once_per : {"day", "week", "month"}, optional
        Make it only where the period has no report of the same yet. By default it is always made.
    note : callable
        Told when a run that need not be recorded cannot be.
    now : callable
        The clock; an instant with a time zone.

    Yields
    ------
    RecordedRun
        To be handed to `publish` as `within`: what counts is decided and written while the run has the lock.

    Raises
    ------
    NothingDue
        The period has its report, or another run is making it.
    PublicationError
        When a report is to come once a period and the log cannot be read or written.

    Notes
    -----
    A run that is killed (SIGKILL, loss of power) writes no end. The next one finds that out, since it has the lock.
    """
    run = RecordedRun(outputs, asked, once_per, note, now)
    run.require_due()
    # What lies before the lock is to be recorded and tidied up too when the system tells it to stop.
    with signals_unwind():
        try:
            yield run
        except NothingDue:
            raise
        except BaseException as fault:
            if isinstance(fault, BusyError) and once_per:
                run.stand_back()
            run.failed_outside(fault)
            raise
        run.ended_outside()


class RecordedRun(contextlib.AbstractContextManager):
    """A run as `recorded` gives it; entered while it has the lock of the outputs folder."""

    def __init__(
        self,
        outputs: Path,
        asked: str,
        once_per: str | None,
        note: Callable[[str], object],
        now: Callable[[], datetime],
    ) -> None:
        self.outputs, self.once_per, self._note, self._now = outputs, once_per, note, now
        self.record = RunRecord(id=uuid.uuid4().hex[:12], process=os.getpid(), asked=asked, started=now())
        self.admitted = False

    def __enter__(self) -> RecordedRun:
        """Settle what killed runs left, refuse the run when none is due, and record that it has begun."""
        there, latest = self._versions()
        day = utc_day(self._now())
        self.record = self.record.model_copy(
            update={
                "day": day,
                "period": self.once_per and period_of(day, self.once_per),
                "versions_before": there,
            }
        )

        def begin(log: RunLog) -> RunLog:
            log = log.settled(there, latest)
            return log if self._reason_done(log) else log.with_run(self.record)

        log = self._write(begin)
        if log and (done := self._reason_done(log)):
            raise NothingDue(done)
        self.admitted = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Record the end. A report that is up counts, whatever went wrong after."""
        _, latest = self._versions()
        if latest and latest not in self.record.versions_before:
            found = {"outcome": "published", "version": latest}
        elif latest and fault is None:
            found = {"outcome": "unchanged", "version": latest}
        else:
            found = {"outcome": "failed", **_failure(fault)}
        self._end({**found, "exit_code": _exit_code(fault)})

    def require_due(self) -> None:
        """Raise NothingDue when the log already says so; spares the work before the lock, and decides nothing else."""
        if not self.once_per:
            return
        log = read_log(self.outputs)
        if done := self._reason_done(log):
            raise NothingDue(done)
        if self._reason_running(log) and (running := self._reason_running(current_log(self.outputs))):
            raise NothingDue(running)

    def stand_back(self) -> None:
        """Raise NothingDue when the run that has the lock makes this period's report, or has just made it."""
        for _ in range(LOOKS):
            log = read_log(self.outputs)
            if reason := self._reason_done(log) or self._reason_running(log):
                raise NothingDue(reason)
            # It has the lock and has not written yet; or it is of another kind, and then that will not change.
            if log.unfinished() or not run_goes_on(self.outputs):
                return
            time.sleep(SECONDS_BETWEEN)

    def failed_outside(self, fault: BaseException) -> None:
        """Record a run that failed before it had the lock; of another, the code that its error was given since."""
        failure = {**_failure(fault), "exit_code": _exit_code(fault)}
        if not self.admitted:
            self._end({"outcome": "refused" if isinstance(fault, BusyError) else "failed", **failure})
        elif self.record.outcome == "failed" and self.record.exit_code != failure["exit_code"]:
            self._end(failure)

    def ended_outside(self) -> None:
        """Record a run that ended well and never asked for the lock: the report that is up was as it would be made."""
        if not self.admitted:
            _, latest = self._versions()
            found = {"outcome": "unchanged", "day": utc_day(self._now())} if latest else {"outcome": "failed"}
            self._end({**found, "version": latest, "period": self.once_per and self._period(), "exit_code": 0})

    def _end(self, found: dict[str, Any]) -> None:
        self.record = self.record.model_copy(update={"versions_before": (), **found, "ended": self._now()})
        # Not refused for it, even where it must be recorded: the report is up or has failed, and the next run finds
        # out which by the versions there were.
        self._write(lambda log: log.with_run(self.record), needed=False)

    def _write(self, change: Callable[[RunLog], RunLog], *, needed: bool = True) -> RunLog | None:
        try:
            return update_log(self.outputs, change)
        except (OSError, PublicationError) as fault:
            if needed and self.once_per:
                raise
            self._note(f"This run could not be recorded: {fault}")
            return None

    def _versions(self) -> tuple[tuple[str, ...], str | None]:
        latest = latest_report(self.outputs)
        return tuple(version.name for version in versions(self.outputs)), latest and latest.name

    def _reason_done(self, log: RunLog) -> str | None:
        if not self.once_per:
            return None
        period = self._period()
        if period not in periods_done(log.done.get(self.record.asked, ()), self.once_per):
            return None
        made = [run for run in log.runs if run.succeeded and self._is_mine(run, period)]
        which = f": version {made[-1].version}, {_minute(made[-1].ended or made[-1].started)}" if made else ""
        return f"The report of {period} is there already{which}. Nothing to do."

    def _reason_running(self, log: RunLog) -> str | None:
        if not self.once_per:
            return None
        period = self._period()
        for run in log.unfinished():
            if self._is_mine(run, period):
                since = _minute(run.started)
                return f"Process {run.process} has been making the report of {period} since {since}. Nothing to do."
        return None

    def _period(self) -> str:
        return period_of(self.record.day or utc_day(self._now()), self.once_per)

    def _is_mine(self, run: RunRecord, period: str) -> bool:
        """Whether a run is of the same, for the same period."""
        return run.asked == self.record.asked and bool(run.day) and period_of(run.day, self.once_per) == period


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _exit_code(fault: BaseException | None) -> int:
    """What the command line returns for a fault."""
    if isinstance(fault, SystemExit):
        return fault.code if isinstance(fault.code, int) else int(fault.code is not None)
    return 0 if fault is None else 130 if isinstance(fault, KeyboardInterrupt) else getattr(fault, "exit_code", 1)


def _failure(fault: BaseException | None) -> dict[str, str | None]:
    """Say of a failure which notebook it was and what kind, and neither a path nor anything that stands in data."""
    if fault is None:
        return {"notebook": None, "reason": "ended without a report"}
    if isinstance(fault, SystemExit):
        return {"notebook": None, "reason": f"told to stop (exit code {_exit_code(fault)})"}
    if not isinstance(fault, CadreResearchError):
        known = isinstance(fault, OSError) and fault.strerror
        return {"notebook": None, "reason": f"{type(fault).__name__}{f': {fault.strerror}' if known else ''}"}
    notebook, text = None, (str(fault).splitlines() or [""])[0]
    if isinstance(fault, NotebookError) and (named := NOTEBOOK.fullmatch(text)):
        notebook, text = named["notebook"], FOREIGN.sub(r"\1", named["rest"])
    if isinstance(fault, RegisterError):
        text = f"{fault.found} faults"
    text = FOLDERS.sub("", text)
    return {
        "notebook": notebook,
        "reason": f"{type(fault).__name__}: " + (text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]} …"),
    }
