"""The grid of packages: every choice of measures, young share and rates that a search may come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, product
from math import inf

from cadre_research.errors import ParameterError

__all__ = ["Grid", "Package"]

RATE_UNIT = 1e-6


@dataclass(frozen=True)
class Package:
    """One choice of everything that can be turned.

    Parameters
    ----------
    measures : tuple of str
        Ids of measures, sorted.
    young_share : str
        Least share of each batch that is young, as a scenario file has it.
    release_rate : float
        Posts freed per post and year in the ranks without a rate.
    rates : tuple of (str, float)
        Promotions per post and year by rank, in the order of the ladder; other ranks fill vacancies and freed posts.
    """

    measures: tuple[str, ...] = ()
    young_share: str = "0"
    release_rate: float = 0.0
    rates: tuple[tuple[str, float], ...] = ()

    def plain(self, ranks: Sequence[str]) -> Package:
        """Leave out the posts freed where every rank has a rate: there is none that they would be freed in."""
        return replace(self, release_rate=0.0) if len(self.rates) == len(ranks) else self

    def label(self) -> str:
        """Tell it in one line."""
        rates = [f"{rank} {100 * rate:g} per 100" for rank, rate in self.rates]
        freed = [f"freed {100 * self.release_rate:g} per 100"] if self.release_rate else []
        young = [f"young {self.young_share}"] if self.young_share != "0" else []
        return ", ".join([*self.measures, *young, *freed, *rates]) or "status quo"


@dataclass(frozen=True)
class Grid:
    """Where packages are looked for.

    Parameters
    ----------
    measures : tuple of str
        Ids of measures that are on or off.
    core : tuple of str
        Those of them of which every subset is tried from the start, with every strength of the grid.
    young_shares : tuple of str, rising
    release_rates, promotion_rates : tuples of float, rising
        Of all ranks alike, or of one rank, at the start; rank by rank later.
    finer : tuple of float
        Steps by which the rates of the best are turned, one after the other; none leaves it at the start.
    filled_at_least : float
        Least share of a rank's posts with a holder at every 31 December: else posts kept empty would pass for thrift.
    releases_at_most : float
        Persons released beyond the status quo's, from the opening to the horizon.
    best : int
        How many packages of each goal and horizon are gone on from, and how many more that have other measures each.
    short_by : float
        How much a target may be missed by, as a decimal, for a cheap package to be gone on from too.
    rounds : int
        Rounds of the search at each step, at most.
    """

    measures: tuple[str, ...] = (
        "priority-rule",
        "reserve-lists",
        "transfers",
        "talent-intake",
        "grass-roots",
        "early-retirement",
        "out-of-order",
        "one-compared",
    )
    core: tuple[str, ...] = ("priority-rule", "reserve-lists")
    young_shares: tuple[str, ...] = ("0", "1/3", "1/2", "2/3", "1")
    release_rates: tuple[float, ...] = (0.0, 0.02, 0.04, 0.06, 0.08, 0.10)
    promotion_rates: tuple[float, ...] = (0.04, 0.08, 0.12, 0.16, 0.20)
    finer: tuple[float, ...] = (0.02, 0.01)
    filled_at_least: float = 0.99
    releases_at_most: float = inf
    best: int = 2
    short_by: float = 0.005
    rounds: int = 10

    def __post_init__(self) -> None:
        """Check that the core is part of the whole and rates are probabilities."""
        if set(self.core) - set(self.measures):
            raise ParameterError(f"core: given {', '.join(self.core)}, expected some of {', '.join(self.measures)}.")
        for name in ("release_rates", "promotion_rates", "finer"):
            given = getattr(self, name)
            if any(not 0 <= rate <= 1 for rate in given) or list(given) != sorted(given, reverse=name == "finer"):
                raise ParameterError(f"{name}: given {given}, expected rates from 0 to 1 in order.")

    def starts(self, ranks: Sequence[str]) -> Iterator[Package]:
        """Every subset of the core with every strength: all ranks alike, or one rank at a rate and the others not."""
        subsets = chain.from_iterable(combinations(sorted(self.core), size) for size in range(len(self.core) + 1))
        paces = [(freed, ()) for freed in self.release_rates]
        for rate in self.promotion_rates:
            paces += [(0.0, tuple((rank, rate) for rank in ranks)), *((0.0, ((rank, rate),)) for rank in ranks)]
        for measures, young, (freed, rates) in product(subsets, self.young_shares, paces):
            yield Package(measures, young, freed, rates)

    def neighbours(self, package: Package, ranks: Sequence[str], step: float) -> Iterator[Package]:
        """Every package that one turn of one lever leads to: a measure, the young share, or a rate by a step."""
        for measure in self.measures:
            yield replace(package, measures=tuple(sorted({*package.measures} ^ {measure})))
        at = self.young_shares.index(package.young_share)
        for young in self.young_shares[max(at - 1, 0) : at + 2]:
            yield replace(package, young_share=young)
        for freed in _turned(package.release_rate, step, self.release_rates[-1]):
            yield replace(package, release_rate=freed).plain(ranks)
        own = dict(package.rates)
        for rank in ranks:
            turned = _turned(own[rank], step, self.promotion_rates[-1]) if rank in own else self.promotion_rates
            for rate in (None, *turned):
                rates = {one: rate if one == rank else own.get(one) for one in ranks}
                rates = tuple((one, value) for one, value in rates.items() if value is not None)
                yield replace(package, rates=rates).plain(ranks)


def _turned(value: float, step: float, most: float) -> list[float]:
    """A value a step down and up, within 0 and the most, free of the dust of sums."""
    near = [round((value + sign * step) / RATE_UNIT) * RATE_UNIT for sign in (-1, 1)]
    return [round(one, 9) for one in near if -RATE_UNIT / 2 < one < most + RATE_UNIT / 2]
