"""How far a report has come: bars in a terminal, plain lines in a log."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cadre_research.reporting.wording import word

__all__ = ["ReportProgress"]

# A log needs to show that work goes on, not every step.
SECONDS_BETWEEN_LINES = 30


class ReportProgress:
    """Tells how far each phase of a report has come; a context.

    Parameters
    ----------
    console : Console
    language : {"en", "zh"}
    phases : mapping of str to int or None
        Steps of each phase, by the key of its wording; None where nobody knows beforehand.
    """

    def __init__(self, console: Console, language: str, phases: Mapping[str, int | None]) -> None:
        self._console, self._language = console, language
        self._totals, self._done = dict(phases), dict.fromkeys(phases, 0)
        self._begun, self._last_line = time.monotonic(), dict.fromkeys(phases, float("-inf"))
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        if console.is_terminal and not console.quiet:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bars = Progress(*columns, console=console)

    def __enter__(self) -> ReportProgress:
        """Show the bars."""
        if self._bars:
            self._bars.start()
            self._tasks = {
                phase: self._bars.add_task(word(phase, self._language), total=total)
                for phase, total in self._totals.items()
            }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave them as they stand."""
        if self._bars:
            self._bars.stop()

    def advance(self, phase: str, what: str = "") -> None:
        """Count a step of a phase; `what` names it where a log has a line for each."""
        self._done[phase] += 1
        if self._bars:
            self._bars.advance(self._tasks[phase])
            return
        now = time.monotonic()
        if what or now - self._last_line[phase] >= SECONDS_BETWEEN_LINES:
            self._last_line[phase] = now
            total = self._totals[phase]
            count = f"{self._done[phase]}/{total}" if total else f"{self._done[phase]}"
            minutes, seconds = divmod(round(now - self._begun), 60)
            line = " ".join(filter(None, [f"{minutes}:{seconds:02}", word(phase, self._language), count, what]))
            self._console.print(line, markup=False, soft_wrap=True)
