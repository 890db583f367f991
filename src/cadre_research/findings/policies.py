"""All lawful policies of some years from an opening, as one linear programme."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cadre_research.errors import InfeasibleError, InputError, ParameterError, UnknownNameError
from cadre_research.evidence.scenario import PromotionPolicy, RecruitmentPolicy, Scenario
from cadre_research.evidence.targets import is_young
from cadre_research.findings.age_structure import young_and_all
from cadre_research.findings.cells import Cells
from cadre_research.findings.expression import Expression
from cadre_research.findings.lawful_year import LawfulYear, add_year
from cadre_research.findings.limits import Limits, limit, set_limits
from cadre_research.findings.programme import Programme
from cadre_research.findings.ratio import Fractions
from cadre_research.findings.study import check_population
from cadre_research.model.opening import Opening
from cadre_research.model.rules import Rules

__all__ = ["ALL_TARGETS", "Policies", "TargetShares", "rules_of_all_policies"]

ALL_TARGETS = "all-six"


class Policies:
    """Every policy that the rules allow over some years, and the best that any of them reaches.

    A policy decides each year on promotions out of the eligible cells, releases of holders of any age, and recruits of
    any lawful age. Posts and their growth, the retirement law, leaving, stepping aside and lateral intake are the
    scenario's; its own promotion and recruitment policy, freezes included, is one of those compared and no limit.
    Limits must be set before anything is solved.

    Parameters
    ----------
    opening : Opening
    scenario : Scenario
    horizon_years : int
        Years from the opening, at least 1.
    hold_years : int
        Years after the horizon in which the shares must not fall below what is claimed for it, at least 0.
    population : {"level", "posts"}
        Whether released holders count on in their level, as the source has it, or post-holders alone count.

    Raises
    ------
    ParameterError
        When the years or the population are out of range.
    """

    def __init__(
        self, opening: Opening, scenario: Scenario, horizon_years: int, hold_years: int = 0, population: str = "level"
    ) -> None:
        if horizon_years < 1 or hold_years < 0:
            raise ParameterError(
                f"horizon_years, hold_years: given {horizon_years} and {hold_years}, expected at least 1 and 0."
            )
        self.opening, self.rules = opening, rules_of_all_policies(opening, scenario)
        self.programme, self.cells = Programme(), Cells(self.rules)
        self.years: list[LawfulYear] = []
        stock = Expression.of_constants(self.cells.folded(opening.population))
        for year in range(opening.year + 1, opening.year + horizon_years + hold_years + 1):
            lawful = add_year(self.programme, year, stock, self.cells)
            limit(self.programme, lawful, self.cells)
            self.years.append(lawful)
            stock = self.programme.variables(("stock", year), lawful.closing.present)
            self.programme.require(("stock", year), lawful.closing - stock, equals=0.0)
        held = [lawful.closing for lawful in self.years[horizon_years - 1 :]]
        self.shares = TargetShares.added(self.programme, opening, held, population)

    def set_limits(self, limits: Limits) -> None:
        """Set the limits of every year."""
        for lawful in self.years:
            set_limits(self.programme, lawful.year, self.cells, limits)


@dataclass(frozen=True)
class TargetShares:
    """The shares of all targets in a programme, at one closing or several.

    Parameters
    ----------
    targets : mapping of id to float
        Share that each target asks for.
    target_of : array [fraction] of str
        Target of each fraction.
    fractions : Fractions
    """

    targets: dict[str, float]
    target_of: np.ndarray
    fractions: Fractions

    @classmethod
    def added(cls, programme: Programme, opening: Opening, closings: list[Expression], population: str) -> TargetShares:
        """Add the shares at some closings to a programme."""
        check_population(population)
        ladder, targets = opening.evidence.ladder, opening.evidence.targets.targets
        if not all(target.share > 0 for target in targets):
            raise InputError("targets: given a share of 0, which everything reaches; expected shares above 0.")
        ages = opening.population.ages_years
        young, everybody, usual = [], [], []
        for closing in closings:
            for target in targets:
                group = closing[:, list(ladder.ranks_in(target.levels, posts_only=population == "posts"))]
                counted = group
                if not target.of_everybody:
                    counted = group[ladder.groups_with({**target.among, **target.groups})]
                    group = group[ladder.groups_with(target.among)]
                young.append(counted[:, :, is_young(ages, target.age_years, opening.age_line)].sum())
                everybody.append(group.sum())
                usual.append(max(young_and_all(opening.population, target, population, opening.age_line)[1], 1.0))
        goal = np.array([float(target.share) for target in targets] * len(closings))
        fractions = Fractions(programme, _side_by_side(young), _side_by_side(everybody), goal, np.array(usual))
        names = np.array([target.id for target in targets] * len(closings))
        return cls({target.id: float(target.share) for target in targets}, names, fractions)

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the targets, and of all together."""
        return (*self.targets, ALL_TARGETS)

    def goal(self, target: str) -> float:
        """Share that a target asks for; the smallest of them for all together."""
        self._refuse_unknown(target)
        return min(self.targets.values()) if target == ALL_TARGETS else self.targets[target]

    def best_ratio(self, target: str, start: float = 1.0, *, from_last: bool = False) -> float:
        """Best share over the target's own; for all together the largest ratio that all reach at once.

        For `start` and `from_last` see `Fractions.best`.

        Raises
        ------
        InfeasibleError
            When no policy keeps the limits at all, whatever the shares.
        """
        try:
            return self.fractions.best(self._chosen(target), start, from_last=from_last)
        except InfeasibleError as fault:
            raise InfeasibleError(
                f"{fault} Here no policy keeps the limits of every year, whatever the shares: too few are eligible, or "
                "too many join. Lower posts_filled_at_least, give candidates_per_post as None, or allow more releases."
            ) from fault

    def reaches(self, target: str) -> bool:
        """Tell whether a target can be reached, or all at once."""
        return self.fractions.reaches(self._chosen(target))

    def keep(self, target: str, ratio: float) -> None:
        """From now on require a ratio of a target, or of all."""
        self.fractions.keep(self._chosen(target), ratio)

    def _chosen(self, target: str) -> np.ndarray:
        self._refuse_unknown(target)
        return np.full(self.target_of.shape, True) if target == ALL_TARGETS else self.target_of == target

    def _refuse_unknown(self, target: str) -> None:
        if target not in self.names:
            raise UnknownNameError("target", target, self.names)


def rules_of_all_policies(opening: Opening, scenario: Scenario) -> Rules:
    """Rules of a scenario without its own promotion and recruitment policy."""
    free = scenario.model_copy(update={"promotion": PromotionPolicy(), "recruitment": RecruitmentPolicy()})
    return replace(opening.rules(free), mode="plan")


def _side_by_side(expressions: list[Expression]) -> Expression:
    """Expressions of one element as an array [expression]."""
    count = len(expressions)
    return Expression.total(one.put(np.array(place), (count,)) for place, one in enumerate(expressions))
