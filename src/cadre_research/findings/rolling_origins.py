"""From which years a panel can be forecast, how far ahead, and the shares that came."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cadre_research.evidence.panel import Panel

__all__ = ["RollingOrigins"]


@dataclass(frozen=True)
class RollingOrigins:
    """The panel, what is asked of it, and the shares that came.

    Parameters
    ----------
    panel : Panel
    young : array [age] of bool
    horizons : list of int
        In years, ascending.
    history_years : int
        Least number of years with flows before an origin.
    shares : dict of year to array [rank]
        Share of the young in each rank, the whole workforce last; not a number where there is nobody.
    """

    panel: Panel
    young: np.ndarray
    horizons: list[int]
    history_years: int
    shares: dict[int, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        """Count the shares that came."""
        shares = {year: self.share(self.panel.by_rank(stock)) for year, stock in self.panel.stocks.items()}
        object.__setattr__(self, "shares", shares)

    def share(self, headcount: np.ndarray) -> np.ndarray:
        """Share of the young by rank, the whole workforce last; not a number where there is nobody."""
        each = np.concatenate([headcount, headcount.sum(-2, keepdims=True)], axis=-2)
        total = each.sum(-1)
        share = np.divide(each[..., self.young].sum(-1), total, out=np.full(total.shape, np.nan), where=total > 1e-9)
        # Sums of parts may pass the whole by rounding.
        return share.clip(0.0, 1.0)

    @property
    def origins(self) -> list[int]:
        """Years with their history, and an actual share at some horizon."""
        return [
            year
            for year in self.panel.years
            if sum(flow < year for flow in self.panel.flows) >= self.history_years and self.horizons_from(year)
        ]

    def horizons_from(self, origin: int) -> list[int]:
        """Horizons at which there is an actual share."""
        return [horizon for horizon in self.horizons if origin + horizon in self.shares]

    def given_from(self, origin: int) -> int:
        """How many years of entries without a gap follow an origin."""
        years = 0
        while origin + years in self.panel.flows and years < self.horizons[-1]:
            years += 1
        return years

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be forecast."""
        notes = []
        for horizon in self.horizons:
            used = [origin for origin in self.origins if horizon in self.horizons_from(origin)]
            without = [origin for origin in used if self.given_from(origin) < horizon]
            if not used:
                notes.append(
                    f"{horizon} years ahead: no year has {self.history_years} years of flows before it and a stock then"
                )
            if without:
                notes.append(
                    f"{horizon} years ahead, intake as given: none from {', '.join(map(str, without))}, "
                    "entries of a year ahead are missing"
                )
        return tuple(notes)
