"""Turning points: how far an assumption alone must move to turn a verdict."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from cadre_research.evidence.assumptions import Assumption
from cadre_research.evidence.ladder import Ages
from cadre_research.findings.response import Response

__all__ = ["searched_range", "turning_points"]

HALF_RANGES = 3.0
STEP_OF_RANGE = 0.01
FRACTIONS = (1.0, 0.5, 0.25)

Case = tuple[int, int, int]


def turning_points(response: Response, workers: int = 1, progress: Callable[[], None] | None = None) -> pd.DataFrame:
    """Find the nearest value at which each uncertain assumption, moved alone, turns each verdict.

    The verdict is taken at the value, at both ends of the assumption's range and of the range searched; between two of
    these that differ, the turn is narrowed down to a hundredth of the assumption's range or the next whole number. A
    verdict that turns and turns back between two of them is not seen.

    Parameters
    ----------
    response : Response
        One that a tornado was made of has most of the forecasts already.
    workers : int
        Processes.
    progress : callable, optional
        Called once for every assumption done.

    Returns
    -------
    DataFrame
        One row for each scenario, target, horizon and assumption. Columns target, scenario, horizon_years, age_line,
        population, assumption, low, value, high, searched_low, searched_high (the furthest values with a forecast, see
        `searched_range`), reached_at_central, turns (boolean), turning_value (with the other verdict),
        unturned_value (next to it, with the verdict as it was), within_range (whether the turning value lies within
        low to high), share_at_turning. Missing where nothing searched turns the verdict.
    """
    names = response.uncertain
    found = dict(zip(names, response.over(_turns, names, workers, progress), strict=True))
    rows = [{**labels, "assumption": name, **found[name][case]} for case, labels in response.cases() for name in names]
    frame = pd.DataFrame(rows)
    return frame.astype(dict.fromkeys(("reached_at_central", "turns", "within_range"), "boolean"))


def searched_range(entry: Assumption, ages: Ages) -> tuple[float, float]:
    """Range in which a turning point is looked for: three half-ranges to both sides of the value, and the range itself.

    Clipped to what is possible: an assumption never below 0 in its range stays at or above a tenth of its lowest
    value; shares and rates stay within 0 to 1; ages stay on the ladder.
    """
    reach = HALF_RANGES * (entry.high - entry.low) / 2
    low, high = entry.value - reach, entry.value + reach
    if entry.low >= 0:
        low = max(low, entry.low / 10)
    if entry.low >= 0 and entry.high <= 1 and not entry.whole:
        high = min(high, 1.0)
    if entry.unit == "years" and entry.low >= ages.youngest_years:
        low, high = max(low, ages.youngest_years), min(high, ages.oldest_years)
    if entry.whole:
        low, high = np.ceil(low), np.floor(high)
    return min(float(low), entry.low), max(float(high), entry.high)


def _turns(response: Response, name: str) -> dict[Case, dict[str, object]]:
    """Turning point of every case for one assumption."""
    entry = response.assumptions[name]
    low, high = searched_range(entry, response.study.evidence.ladder.ages)
    points = {entry.low, entry.high, *_outermost(response, entry, low), *_outermost(response, entry, high)}
    return {case: _turn(response, entry, case, points) for case, _ in response.cases()}


def _outermost(response: Response, entry: Assumption, bound: float) -> list[float]:
    """The bound; where an opening is lacking there, points half and three quarters of the way back to the range too."""
    end = entry.low if bound < entry.low else entry.high
    tried = []
    for fraction in FRACTIONS:
        tried.append(_as_whole(end + fraction * (bound - end), entry))
        if not any(response.at({entry.id: tried[-1]}).reasons):
            break
    return tried


def _turn(response: Response, entry: Assumption, case: Case, points: set[float]) -> dict[str, object]:
    value = response.value(entry.id, case[0])
    central = response.reached(response.central, case)
    verdicts = {point: response.reached(response.at({entry.id: point}), case) for point in points} | {value: central}
    there = sorted(point for point, verdict in verdicts.items() if verdict is not None)
    pairs = []
    for side in ([p for p in there if p >= value], [p for p in reversed(there) if p <= value]):
        turned = [place for place, point in enumerate(side) if verdicts[point] != central]
        if turned and central is not None:
            pairs.append(_narrowed(response, entry, case, side[turned[0] - 1], side[turned[0]]))
    before, after = min(pairs, key=lambda pair: abs(pair[1] - value), default=(np.nan, np.nan))
    share = response.at({entry.id: after}).share[case] if pairs else np.nan
    return {
        "low": entry.low,
        "value": value,
        "high": entry.high,
        "searched_low": min(there, default=np.nan),
        "searched_high": max(there, default=np.nan),
        "reached_at_central": central,
        "turns": None if central is None else bool(pairs),
        "turning_value": after,
        "unturned_value": before,
        "within_range": bool(entry.low <= after <= entry.high) if pairs else None,
        "share_at_turning": share,
    }


def _narrowed(response: Response, entry: Assumption, case: Case, before: float, after: float) -> tuple[float, float]:
    """Narrow two values with different verdicts down to neighbours.

    A secant tells where the share crosses the target's; the values tried lie half a step to one side of the crossing
    and then to the other, and every third halves what is left.
    """
    step = 1.0 if entry.whole else STEP_OF_RANGE * (entry.high - entry.low)
    central = response.reached(response.central, case)
    threshold = float(response.study.evidence.targets.targets[case[1]].share)
    lean = 0.45
    tried = 0
    while abs(after - before) > step * (1 + 1e-9):
        ends = [response.at({entry.id: end}).share[case] - threshold for end in (before, after)]
        width = after - before
        crossing = ends[0] / (ends[0] - ends[1]) if ends[0] != ends[1] else 0.5
        tried += 1
        new = before + width / 2 if tried % 3 == 0 else before + crossing * width + lean * np.copysign(step, width)
        inner = sorted((before + np.copysign(step / 2, width), after - np.copysign(step / 2, width)))
        new = float(np.clip(new, *inner))
        if entry.whole:
            new = float(np.clip(round(new), *sorted((before + np.sign(width), after - np.sign(width)))))
        verdict = response.reached(response.at({entry.id: new}), case)
        if verdict is None:
            break
        before, after = (new, after) if verdict == central else (before, new)
        lean = 0.45 if verdict == central else -0.45
    return before, after


def _as_whole(value: float, entry: Assumption) -> float:
    return float(round(value)) if entry.whole else float(value)
