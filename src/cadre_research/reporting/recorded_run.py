"""One making of a report, recorded from its beginning to its end, and let in only when one is due."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from cadre_research.errors import BusyError, PublicationError, RunError
from cadre_research.reporting.failure import exit_code_of, failure_told
from cadre_research.reporting.outputs_folder import latest_report, signals_unwind, versions
from cadre_research.reporting.run_log import RunLog, RunRecord, current_log, read_log, run_goes_on, update_log
from cadre_research.reporting.schedule import NothingDue, next_try, period_of, periods_done, utc_day, utc_now

__all__ = ["RecordedRun", "digest", "recorded"]

# A run that has the lock writes its record in a few milliseconds.
LOOKS, SECONDS_BETWEEN = 40, 0.05


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
    made_from: Callable[[], str] | None = None,
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
    made_from : callable, optional
        Gives a digest of what a report would be made from now, as `unchanged.made_from`. With it, what failed three
        times in a period is tried once a day until that changes.

    Yields
    ------
    RecordedRun
        To be handed to `publish` as `within`: what counts is decided and written while the run has the lock.

    Raises
    ------
    NothingDue
        The period has its report, or another run is making it.
    RunError
        It failed too often from the same to be tried already; nothing is recorded of this.
    PublicationError
        When a report is to come once a period and the log cannot be read or written.

    Notes
    -----
    A run that is killed (SIGKILL, loss of power) writes no end. The next one finds that out, since it has the lock.
    """
    run = RecordedRun(outputs, asked, once_per, note, now, made_from if once_per else None)
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
        made_from: Callable[[], str] | None = None,
    ) -> None:
        self.outputs, self.once_per, self._note, self._now = outputs, once_per, note, now
        self._made_from = made_from
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
                "made_from": self._made_from() if self._made_from else None,
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
            found = {"outcome": "failed", **failure_told(fault)}
        self._end({**found, "exit_code": exit_code_of(fault)})

    def require_due(self) -> None:
        """Raise NothingDue when the log already says so, RunError when it says that it is too early to try again.

        Spares the work before the lock, and decides nothing else.
        """
        if not self.once_per:
            return
        log = read_log(self.outputs)
        if done := self._reason_done(log):
            raise NothingDue(done)
        if self._reason_running(log) and (running := self._reason_running(current_log(self.outputs))):
            raise NothingDue(running)
        if too_early := self._reason_too_early(current_log(self.outputs)):
            raise RunError(too_early)

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
        failure = {**failure_told(fault), "exit_code": exit_code_of(fault)}
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

    def _reason_too_early(self, log: RunLog) -> str | None:
        period = self._period()
        failed = [run for run in log.runs if run.outcome in ("failed", "died") and self._is_mine(run, period)]
        # What it is made from takes a moment to say, and is asked for only where it can matter.
        if not self._made_from or not next_try([run.ended or run.started for run in failed], self._now()):
            return None
        made_from = self._made_from()
        failed = [run for run in failed if run.made_from == made_from]
        again = next_try([run.ended or run.started for run in failed], self._now())
        if not again:
            return None
        where = f"{failed[-1].notebook}: " if failed[-1].notebook else ""
        return (
            f"The report of {period} failed {len(failed)} times from the same data, notebooks and code. It is tried "
            f"again after {_minute(again)}, or when one of them has changed; without --once-per at once. The last "
            f"time: {where}{failed[-1].reason or 'killed'}"
        )

    def _period(self) -> str:
        return period_of(self.record.day or utc_day(self._now()), self.once_per)

    def _is_mine(self, run: RunRecord, period: str) -> bool:
        """Whether a run is of the same, for the same period."""
        return run.asked == self.record.asked and bool(run.day) and period_of(run.day, self.once_per) == period


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
