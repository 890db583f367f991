"""A question of a report: something to be found once and kept, here or in another process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cadre_research.reporting.worlds import Worlds

__all__ = ["ByLine", "Question"]

# Worlds by the reading of the age lines.
ByLine = Mapping[str, Worlds]


@dataclass(frozen=True)
class Question:
    """Something to be found once and kept.

    Parameters
    ----------
    name : str
        For messages.
    ask : callable
        Given the worlds by age line, finds it and keeps it; it can be sent to another process.
    """

    name: str
    ask: Callable[[ByLine], object]

    def __str__(self) -> str:
        """Name it in a message."""
        return self.name
