"""When a report is due: once a day, week or month, whatever clocks and schedulers do.

Periods are those of universal time, so that no change to summer time and no setting of a machine makes one twice or
never. What is done is a set of days and not the latest of them: a clock that was once ahead keeps no period from being
made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from cadre_research.errors import ParameterError, nearest

__all__ = ["PERIODS", "NothingDue", "next_try", "period_of", "periods_done", "utc_day", "utc_now"]

PERIODS = ("day", "week", "month")
# A fault that passes is gone by the next calls; one that does not must not cost a quarter of an hour at every call.
TRIES, BETWEEN_TRIES = 3, timedelta(days=1)


class NothingDue(Exception):
    """No report is due: the period has one, or another run is making it. Says so; it is not an error."""


def utc_now() -> datetime:
    """The instant by this machine's clock, in universal time."""
    return datetime.now(UTC)


def utc_day(instant: datetime) -> date:
    """Day of an instant in universal time.

    Raises
    ------
    ParameterError
        When the instant has no time zone: it would be read differently on every machine.
    """
    if instant.tzinfo is None:
        raise ParameterError(f"instant: given {instant} without a time zone, expected one with, such as utc_now().")
    return instant.astimezone(UTC).date()


def period_of(day: date, kind: str) -> str:
    """Name of the period that a day lies in.

    Parameters
    ----------
    day : date
        In universal time, as `utc_day` gives it.
    kind : {"day", "week", "month"}
        Weeks are those of ISO 8601: they begin on Monday and belong to the year of their Thursday.

    Raises
    ------
    ParameterError
        When there is no such kind of period.

    >>> [period_of(date(2027, 1, 1), kind) for kind in PERIODS]
    ['2027-01-01', '2026-W53', '2027-01']
    """
    if kind == "day":
        return f"{day:%Y-%m-%d}"
    if kind == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    if kind == "month":
        return f"{day:%Y-%m}"
    raise ParameterError(f"period: given {kind!r}. {nearest(kind, PERIODS)}")


def periods_done(days: Iterable[date], kind: str) -> frozenset[str]:
    """Periods in which at least one of the days lies.

    >>> sorted(periods_done([date(2026, 11, 30), date(2026, 12, 1)], "month"))
    ['2026-11', '2026-12']
    """
    return frozenset(period_of(day, kind) for day in days)


def next_try(failures: Sequence[datetime], now: datetime) -> datetime | None:
    """When a report is tried again that failed at these instants, always made from the same; None: at once.

    By a clock that was set back behind the last failure it is tried at once: nobody knows how long that would take.

    >>> first = datetime(2026, 11, 1, tzinfo=UTC)
    >>> next_try([first, first], first) is None, next_try([first] * 3, first + timedelta(hours=1))
    (True, datetime.datetime(2026, 11, 2, 0, 0, tzinfo=datetime.timezone.utc))
    """
    if len(failures) < TRIES:
        return None
    last = max(failures)
    return last + BETWEEN_TRIES if last <= now < last + BETWEEN_TRIES else None
