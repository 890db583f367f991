"""Why a target is out of reach: the rules that bind, found by relaxing each of them by one unit and solving again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.limits import Limits
from cadre_research.findings.policies import ALL_TARGETS, Policies
from cadre_research.findings.relaxation import Question, Relaxation, relaxations
from cadre_research.model.opening import Opening

__all__ = ["BINDS_FROM", "Asked", "binding_rules", "certificate", "least_relaxation"]

BINDS_FROM = 1e-7
REACHED_WITHIN = 1e-9

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """What is asked of all lawful policies.

    Parameters
    ----------
    scenario : Scenario
    horizon_years : int
    target : str
        Id of a target, or `all-six`.
    hold_years : int
    population : {"level", "posts"}
    progress : callable, optional
        Called with the rule after each programme solved.
    """

    scenario: Scenario
    horizon_years: int
    target: str = ALL_TARGETS
    hold_years: int = 0
    population: str = "level"
    progress: Progress | None = None

    def best_share(self, question: Question, name: str = "", start: float = 1.0) -> float:
        """Best share under the rules of a question."""
        shares = self._policies(question).shares
        found = shares.best_ratio(self.target, start) * shares.goal(self.target)
        return self._told(name, found)

    def reached(self, question: Question, name: str = "") -> bool:
        """Tell whether the target can be reached under the rules of a question: one programme, without a search."""
        return self._told(name, self._policies(question).shares.reaches(self.target))

    def _policies(self, question: Question) -> Policies:
        policies = Policies(question.opening, self.scenario, self.horizon_years, self.hold_years, self.population)
        policies.set_limits(question.limits)
        return policies

    def _told(self, name: str, found):
        if self.progress is not None:
            self.progress(name)
        return found


def certificate(opening: Opening, limits: Limits, asked: Asked) -> pd.DataFrame:
    """Relax every rule by one unit and see whether a better share can be reached.

    Returns
    -------
    DataFrame
        Columns rule, unit, value_before, value_after, best_share_before, best_share_after, gain, binding (a gain of
        more than 1e-7); one row a rule, the largest gain first. For the rules see `findings.relaxation.relaxations`.

    Raises
    ------
    InfeasibleError
        When no policy keeps the limits at all.
    """
    question = Question(opening, limits)
    before = asked.best_share(question)
    start = before / _goal(question, asked)
    rows = []
    for rule in relaxations(question):
        after = asked.best_share(rule.applied(question, 1), rule.rule, start)
        rows.append(
            {
                "rule": rule.rule,
                "unit": rule.unit,
                "value_before": float(rule.value),
                "value_after": float(rule.value_after()),
                "best_share_before": before,
                "best_share_after": after,
                "gain": after - before,
                "binding": after - before > BINDS_FROM,
            }
        )
    frame = pd.DataFrame(rows)
    return frame.sort_values("gain", ascending=False, kind="stable", ignore_index=True)


def binding_rules(frame: pd.DataFrame) -> str:
    """Rules of a certificate that bind, the most telling first, joined by "; "."""
    return "; ".join(frame.loc[frame["binding"], "rule"])


def least_relaxation(
    opening: Opening, limits: Limits, asked: Asked, most_units: Mapping[str, int] | int | None = None
) -> pd.DataFrame:
    """Find how far each rule alone must be relaxed for the target to be possible, or else a combination that suffices.

    The combination is found by simple search: unit by unit, each time the one that gains most; then every unit that
    is not needed is taken back. A smaller one may exist.

    Parameters
    ----------
    most_units : mapping of rule to int, or int, optional
        How far a rule may be relaxed; as far as `relaxations` allows by default, and never further.

    Returns
    -------
    DataFrame
        Columns rule, unit, alone (True: this rule only; False: part of the combination), units (missing where no number
        of units suffices), value_before, value_after (missing likewise). Rows with `alone` False exist only where no
        rule suffices alone and a combination was found. Empty when nothing needs relaxing.
    """
    question = Question(opening, limits)
    if asked.reached(question):
        return _relaxation_frame([])
    rules = [(rule, _bound(rule, most_units)) for rule in relaxations(question)]
    alone = [(rule, _fewest(question, rule, most, asked)) for rule, most in rules if most > 0]
    rows = [_relaxation_row(rule, units, alone=True) for rule, units in alone]
    if all(units is None for _, units in alone):
        rows += [
            _relaxation_row(rule, units, alone=False) for rule, units in _combination(question, dict(rules), asked)
        ]
    return _relaxation_frame(rows)


def _goal(question: Question, asked: Asked) -> float:
    shares = {target.id: float(target.share) for target in question.opening.evidence.targets.targets}
    return min(shares.values()) if asked.target == ALL_TARGETS else shares[asked.target]


def _bound(rule: Relaxation, most_units: Mapping[str, int] | int | None) -> int:
    asked = most_units if isinstance(most_units, int) or most_units is None else most_units.get(rule.rule)
    return rule.most_units if asked is None else min(asked, rule.most_units)


def _fewest(question: Question, rule: Relaxation, most: int, asked: Asked) -> int | None:
    """Fewest units that suffice: relaxing further never makes it harder, so the interval is halved."""
    if not asked.reached(rule.applied(question, most), rule.rule):
        return None
    too_few, enough = 0, most
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if asked.reached(rule.applied(question, middle), rule.rule):
            enough = middle
        else:
            too_few = middle
    return enough


def _combination(question: Question, most: dict[Relaxation, int], asked: Asked) -> list[tuple[Relaxation, int]]:
    units = dict.fromkeys(most, 0)
    best, goal = asked.best_share(question), _goal(question, asked)
    while best < goal - REACHED_WITHIN:
        tried = {
            rule: asked.best_share(_applied(question, {**units, rule: taken + 1}), rule.rule, best / goal)
            for rule, taken in units.items()
            if taken < most[rule]
        }
        chosen = max(tried, key=tried.get, default=None)
        if chosen is None or tried[chosen] - best <= BINDS_FROM:
            return []
        units[chosen] += 1
        best = tried[chosen]
    for rule in [rule for rule, taken in units.items() if taken]:
        while units[rule] and asked.reached(_applied(question, {**units, rule: units[rule] - 1}), rule.rule):
            units[rule] -= 1
    return [(rule, taken) for rule, taken in units.items() if taken]


def _applied(question: Question, units: Mapping[Relaxation, int]) -> Question:
    for rule, taken in units.items():
        question = rule.applied(question, taken) if taken else question
    return question


def _relaxation_row(rule: Relaxation, units: int | None, *, alone: bool) -> dict[str, object]:
    after = None if units is None else float(rule.value_after(units))
    return {
        "rule": rule.rule,
        "unit": rule.unit,
        "alone": alone,
        "units": units,
        "value_before": float(rule.value),
        "value_after": after,
    }


def _relaxation_frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["rule", "unit", "alone", "units", "value_before", "value_after"])
    return frame.astype({"alone": bool, "units": "Int64", "value_before": float, "value_after": float})
