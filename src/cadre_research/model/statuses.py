"""The status axis: what may change about persons without their moving, so far as a scenario tells it apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["STATUS", "Statuses"]

# Axis of the status in arrays [..., status, rank, age, years_in_rank].
STATUS = -4


@dataclass(frozen=True)
class Statuses:
    """Whether somebody is on a reserve list, and whether they have served at the grass roots.

    Each takes two places where it is told apart and one where not; the axis is their product, the list first. Place 0
    is on no list and has not served.
    """

    lists: bool = False
    postings: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the axis."""
        listed = ("unlisted", "listed") if self.lists else ()
        served = ("untempered", "tempered") if self.postings else ()
        if listed and served:
            return tuple(f"{one}, {other}" for one in listed for other in served)
        return listed or served or ("all",)

    @property
    def listed(self) -> np.ndarray:
        """Which places are on a list, array [status] of bool."""
        stages = 1 + self.postings
        return np.repeat([False, True][: 1 + self.lists], stages)

    @property
    def tempered(self) -> np.ndarray:
        """Which places have served at the grass roots, array [status] of bool."""
        return np.tile([False, True][: 1 + self.postings], 1 + self.lists)

    def taken_off(self, headcount: np.ndarray) -> np.ndarray:
        """Return headcounts [..., status, rank, age] with nobody on a list any more."""
        if not self.lists:
            return headcount
        half = 1 + self.postings
        kept = np.zeros(headcount.shape)
        kept[..., :half, :, :] = headcount[..., :half, :, :] + headcount[..., half:, :, :]
        return kept

    def moved(self, headcount: np.ndarray, changed: np.ndarray, *, listed: bool | None = None) -> np.ndarray:
        """Return headcounts after the `changed` persons went over to the other place of one attribute.

        Parameters
        ----------
        headcount : array [..., status, rank, age, years_in_rank]
        changed : array like `headcount`
            Persons by the status that they leave.
        listed : bool, optional
            True puts them on the list, False takes them off; left out, they come back from the grass roots.
        """
        step = 1 if listed is None else (1 + self.postings) * (1 if listed else -1)
        return headcount - changed + np.roll(changed, step, axis=STATUS)
