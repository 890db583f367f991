"""Dates of a register: ISO, or one declared form; a month alone stands for its first day."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from cadre_research.errors import ParameterError
from cadre_research.evidence.register_columns import clean

__all__ = ["DateForm"]

ISO = "%Y-%m-%d"
PARTS = {"%Y": r"(?P<year>[0-9]{4})", "%m": r"(?P<month>[0-9]{2})", "%d": r"(?P<day>[0-9]{2})"}
# Two digits, since 2012.1 may be what a spreadsheet left of 2012.10; no doubt where a unit is written.
SHORT = {"%m月": r"(?P<month>[0-9]{1,2})月", "%d日": r"(?P<day>[0-9]{1,2})日"}


@dataclass(frozen=True)
class DateForm:
    """How dates are written: %Y, %m and %d once each (%d may be missing), and what stands between them.

    >>> form = DateForm("%Y年%m月%d日")
    >>> form.read("2012年3月5日"), form.read("2012年3月"), form.read("2012-03-05")
    (datetime.date(2012, 3, 5), datetime.date(2012, 3, 1), None)
    """

    written: str = ISO

    def __post_init__(self) -> None:
        """Refuse forms in which a date could be read in two ways.

        Raises
        ------
        ParameterError
            When a part is missing, stands twice, or is another than %Y, %m and %d.
        """
        parts = re.findall("%.?", self.written)
        if sorted(set(parts) | {"%d"}) != sorted(PARTS) or len(set(parts)) != len(parts):
            raise ParameterError(
                f"date format: given {self.written!r}, expected %Y and %m once each, %d once or not at all, and "
                "nothing else with a % sign; for example %Y.%m.%d or %Y年%m月%d日."
            )

    @property
    def month_alone(self) -> str:
        """The form without its day, cleaned as cells are.

        >>> DateForm("%d. %m. %Y").month_alone, DateForm("%Y年%m月%d日").month_alone
        ('%m. %Y', '%Y年%m月')
        """
        return clean(re.sub(r"^%d\W?|[^\w%]?%d日?", "", self.written, count=1))

    @property
    def forms(self) -> tuple[str, ...]:
        """What is read: the form, cleaned as cells are, and its month alone."""
        return tuple(dict.fromkeys((clean(self.written), self.month_alone)))

    def read(self, text: str) -> datetime.date | None:
        """The day that is meant; None where the text is no date of this form or there is no such day."""
        for form in (*self.forms, self._with_day):
            found = re.fullmatch(_pattern(form), text)
            if found:
                parts = {name: int(digits) for name, digits in found.groupdict().items()}
                return _day(**parts)
        return None

    @property
    def _with_day(self) -> str:
        """ISO where the form has no day: a stored day must not be lost."""
        return self.written if "%d" in self.written else ISO

    def write(self, day: datetime.date) -> str:
        """Text of a day that `read` takes for it.

        >>> DateForm("%d.%m.%Y").write(datetime.date(2012, 3, 5)), DateForm("%Y.%m").write(datetime.date(2012, 3, 5))
        ('05.03.2012', '2012-03-05')
        """
        parts = {"%Y": f"{day.year:04}", "%m": f"{day.month:02}", "%d": f"{day.day:02}"}
        return re.sub("%.", lambda part: parts[part[0]], self._with_day)


def _pattern(form: str) -> str:
    pattern = re.escape(form)
    for part, digits in (SHORT | PARTS).items():
        pattern = pattern.replace(part, digits)
    return pattern


def _day(year: int, month: int, day: int = 1) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
