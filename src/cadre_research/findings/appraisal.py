"""The appraisal of a unit: where it stands, what it can still reach by the deadline, and what that takes of it.

All is in expectation, from a divided opening. What a unit can choose is who is young among those whom it appoints into
a target's group from outside it: as many posts fall vacant, and as many people leave, as they do. So its young
appointments are turned up from none asked for to all, the young as far as any are eligible, the scenario's other
measures as they are, its priority rule off; and the least that leads to the target's share at the deadline is sought,
for every unit on its own: what the others do changes nothing for it, but for exchange between units, under which all of
them are taken to do the same. A year's young rule decides by rank and by that year's ages; what comes of it for a
target is counted at the deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import Target, is_young
from cadre_research.findings.age_structure import shares_of
from cadre_research.findings.study import check_population
from cadre_research.findings.unit_counts import groups_counted, unit_counter
from cadre_research.findings.verdict import reaches
from cadre_research.model.opening import Opening
from cadre_research.model.paths import expected_paths
from cadre_research.model.rules import Rules
from cadre_research.model.year import Year

__all__ = ["STANDINGS", "appraisals"]

EMPTY, BY_ITSELF, ON_COURSE, IN_ITS_HANDS, OUT_OF_REACH = STANDINGS = (
    "empty",
    "without-asking",
    "on-course",
    "in-its-hands",
    "not-even-if-all-young",
)
# Shares of young asked for that are tried first, and halvings between two of them: to a thousandth.
TRIED = np.linspace(0.0, 1.0, 5)
HALVINGS = 8
# Persons; what is next to a whole number is one.
WHOLE_WITHIN = 1e-6


@dataclass(frozen=True)
class _Reached:
    """What some settings come to: arrays [setting, unit, target]; appointments are sums over the years."""

    young: np.ndarray
    headcount: np.ndarray
    appointed: np.ndarray
    appointed_young: np.ndarray

    @property
    def share(self) -> np.ndarray:
        return shares_of(self.young, self.headcount)


def appraisals(
    opening: Opening, scenario: Scenario, horizon_years: int | None = None, population: str = "level"
) -> pd.DataFrame:
    """Appraise every unit against every target.

    Parameters
    ----------
    opening : Opening
        Divided, as `Study.divided_opening` gives it.
    horizon_years : int, optional
        Years to the day of reckoning; to the targets' deadline by default.
    population : {"level", "posts"}

    Returns
    -------
    DataFrame
        One row a unit and target. Columns unit, target, scenario, horizon_years, age_line, population, year (of
        reckoning), headcount_now, young_now, share_now, threshold, share_expected (then, as the scenario goes),
        share_without_rule (nobody young asked for), share_attainable (the highest that asking for some or for all comes
        to: where young eligible run out, asking for all may not be the best), standing, appointments and
        young_appointments (into the group from outside it, over all years, as the scenario goes), young_needed (over
        all years, whole persons), appointments_per_year, young_appointments_per_year, young_needed_per_year (whole
        persons), part_in_its_hands.

        Standing is "without-asking" where the share is reached though nobody asks for young, "on-course" where it is
        reached as the scenario goes, "in-its-hands" where more young appointments can still reach it,
        "not-even-if-all-young" where they cannot, "empty" where nobody is in the group. The numbers needed are missing
        unless the standing is "on-course" or "in-its-hands". `part_in_its_hands` is, of the gap to the share that is
        expected at the reckoning, the part that its own appointments can close: 1 where all of it, missing where there
        is no gap.

    Raises
    ------
    ParameterError
        When the reckoning is not after the opening.
    """
    check_population(population)
    targets = opening.evidence.targets.targets
    horizons = {target.id: _horizon(target, opening, horizon_years) for target in targets}
    rows: list[dict[str, object]] = []
    for horizon in sorted(set(horizons.values())):
        own = [target for target in targets if horizons[target.id] == horizon]
        rows += _Appraiser(opening, scenario, horizon, population, own).rows()
    order = {target.id: place for place, target in enumerate(targets)}
    frame = pd.DataFrame(rows)
    return frame.sort_values("target", key=lambda ids: ids.map(order), kind="stable", ignore_index=True)


def _horizon(target: Target, opening: Opening, horizon_years: int | None) -> int:
    horizon = target.deadline.year - opening.year if horizon_years is None else horizon_years
    if isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1:
        raise ParameterError(
            f"horizon_years: given {horizon!r} for target {target.id}, expected a whole number of years after "
            f"{opening.year}; give one where the deadline has passed."
        )
    return horizon


class _Appraiser:
    """Appraises the units of one opening at one reckoning."""

    def __init__(
        self, opening: Opening, scenario: Scenario, horizon: int, population: str, targets: Sequence[Target]
    ) -> None:
        self.opening, self.scenario, self.horizon, self.population = opening, scenario, horizon, population
        self.targets = list(targets)
        counted = [(target.id, of) for target, of in groups_counted(opening.evidence.targets.targets)]
        self.columns = [counted.index((target.id, population)) for target in self.targets]
        policy = scenario.promotion.model_copy(update={"priority_rule": False, "young_share": 0})
        self.asked_for_none = opening.rules(scenario.model_copy(update={"promotion": policy}))

    def rows(self) -> list[dict[str, object]]:
        """One row a target and unit."""
        units, count = len(self.opening.population.units), len(self.targets)
        as_it_goes = self._run(self.opening.rules(self.scenario), 1)
        tried = self._asking(TRIED[:, None] * np.ones(units))
        # Axes setting, unit, target.
        reached = self._reached(tried)
        first = reached.argmax(0).T
        # One setting a target, in which every unit asks for its own share: too little, and enough.
        low, high = TRIED[np.maximum(first - 1, 0)], TRIED[first]
        enough = np.take_along_axis(tried.appointed_young, first.T[None], 0)[0].T
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            found = self._asking(middle)
            diagonal = (np.arange(count), slice(None), np.arange(count))
            does = self._reached(found)[diagonal]
            enough = np.where(does, found.appointed_young[diagonal], enough)
            low, high = np.where(does, low, middle), np.where(does, middle, high)
        now = unit_counter(self.opening)(self.opening.population)[:, self.columns]
        goes = self._reached(as_it_goes)[0]
        frame = []
        for place in range(count):
            for unit in range(units):
                standing = _standing(
                    empty=now[unit, place, 1] == 0 and as_it_goes.headcount[0, unit, place] == 0,
                    without_asking=reached[0, unit, place],
                    goes=goes[unit, place],
                    attainable=reached[:, unit, place].any(),
                )
                wanted = standing in (ON_COURSE, IN_ITS_HANDS) and reached[:, unit, place].any()
                needed = enough[place, unit] if wanted else np.nan
                frame.append(self._row(place, unit, now[unit, place], standing, as_it_goes, tried, needed))
        return frame

    def _row(
        self,
        place: int,
        unit: int,
        now: np.ndarray,
        standing: str,
        as_it_goes: _Reached,
        tried: _Reached,
        needed: float,
    ) -> dict[str, object]:
        target = self.targets[place]
        threshold = float(target.share)
        expected = as_it_goes.share[0, unit, place]
        attainable = np.fmax(tried.share[:, unit, place].max(), expected)
        appointed, young = (getattr(as_it_goes, name)[0, unit, place] for name in ("appointed", "appointed_young"))
        gap = threshold - expected
        return {
            "unit": self.opening.population.units[unit],
            "target": target.id,
            "scenario": self.scenario.id,
            "horizon_years": self.horizon,
            "age_line": self.opening.age_line,
            "population": self.population,
            "year": self.opening.year + self.horizon,
            "headcount_now": now[1],
            "young_now": now[0],
            "share_now": now[0] / now[1] if now[1] > 0 else np.nan,
            "threshold": threshold,
            "share_expected": expected,
            "share_without_rule": tried.share[0, unit, place],
            "share_attainable": attainable,
            "standing": standing,
            "appointments": appointed,
            "young_appointments": young,
            "young_needed": _whole(needed),
            "appointments_per_year": appointed / self.horizon,
            "young_appointments_per_year": young / self.horizon,
            "young_needed_per_year": _whole(needed / self.horizon),
            "part_in_its_hands": np.clip((attainable - expected) / gap, 0.0, 1.0) if gap > 1e-9 else np.nan,
        }

    def _asking(self, shares: np.ndarray) -> _Reached:
        """What comes of asking for shares [setting, unit] of each batch to be young."""
        return self._run(replace(self.asked_for_none, unit_young_share=shares), len(shares))

    def _run(self, rules: Rules, count: int) -> _Reached:
        """Run settings; those of rules without a leading axis are all the same."""

        def some(which: slice) -> Rules:
            shares = rules.unit_young_share
            return rules if np.ndim(shares) < 2 else replace(rules, unit_young_share=shares[which])

        counter = unit_counter(self.opening)
        paths = expected_paths(self.opening, some, count, self.horizon, None, counter, self._appointments())
        last = paths.observed[:, -1][:, :, self.columns]
        appointed = paths.counted.sum(1)
        return _Reached(last[..., 0], last[..., 1], appointed[..., 1], appointed[..., 0])

    def _reached(self, found: _Reached) -> np.ndarray:
        reached = [
            reaches(found.young[..., place], found.headcount[..., place], target.share)
            for place, target in enumerate(self.targets)
        ]
        return np.stack(reached, axis=-1)

    def _appointments(self) -> Callable[[Year], np.ndarray]:
        """Build what counts a year's appointments into each group from outside it, [..., unit, target, 2]."""
        ladder, age_line = self.opening.evidence.ladder, self.opening.age_line
        ages_at_close = self.opening.population.ages_years + 1
        groups = [set(ladder.ranks_in(target.levels, posts_only=self.population == "posts")) for target in self.targets]
        masks = [is_young(ages_at_close, target.age_years, age_line) for target in self.targets]

        def count(year: Year) -> np.ndarray:
            counts = np.zeros((*year.closing.headcount.shape[:-5], len(groups), 2))
            for flow in year.flows:
                if flow.name != "promotion":
                    continue
                by_age = flow.headcount.sum((-3, -2))
                for place, (ranks, young) in enumerate(zip(groups, masks, strict=True)):
                    if flow.into in ranks and flow.source not in ranks:
                        counts[..., place, 0] += by_age[..., young].sum(-1)
                        counts[..., place, 1] += by_age.sum(-1)
            return counts

        return count


def _standing(*, empty: bool, without_asking: bool, goes: bool, attainable: bool) -> str:
    if empty:
        return EMPTY
    if without_asking:
        return BY_ITSELF
    if goes:
        return ON_COURSE
    return IN_ITS_HANDS if attainable else OUT_OF_REACH


def _whole(persons: float) -> float:
    """The next whole number of persons; missing stays missing.

    >>> _whole(1.2), _whole(2.0000000001)
    (2.0, 2.0)
    """
    return float(np.ceil(persons - WHOLE_WITHIN))
