"""Compiled draws on cells: what `Random` is made of. Counts are whole numbers held as floats.

Every function takes its own generator and releases the interpreter lock, so that blocks of replicates run on threads.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

__all__ = ["spread_batch", "thin_cells", "weighted_batch"]

# Below this mean, walking up the distribution from 0 is quicker than a rejection method.
WALK_BELOW = 30.0
# So few persons are drawn one at a time.
ONE_BY_ONE = 24
NEWTON_STEPS = 4
# Of the highest in a batch: whoever has less comes after all others.
LEAST_RATE = 1e-12
# Cells walked in step: enough to fill wide registers, few enough that the longest walk among them is soon over.
IN_STEP = 64
# No walk is longer: its mean is at most `WALK_BELOW`, and the chance of going so far is below 1e-80.
LONGEST_WALK = 200.0


@njit(nogil=True, cache=True)
def _binomial(rng, count, log_spared, odds):
    """Draw Binomial(count, p) for p <= 1/2, given log(1 - p) and p / (1 - p), by inversion or by rejection."""
    log_none = count * log_spared
    if log_none < -WALK_BELOW:
        return float(rng.binomial(int(count), odds / (1.0 + odds)))
    left = rng.random()
    mass = math.exp(log_none)
    drawn = 0.0
    while left > mass:
        left -= mass
        drawn += 1.0
        if drawn > count:
            # Rounding left a little of the unit of probability; start again.
            left, mass, drawn = rng.random(), math.exp(log_none), 0.0
            continue
        mass *= odds * (count - drawn + 1.0) / drawn
    return drawn


@njit(nogil=True, cache=True)
def _draw(rng, count, probability):
    """Draw Binomial(count, probability) for any probability."""
    if count <= 0.0 or probability <= 0.0:
        return 0.0
    if probability >= 1.0:
        return count
    if probability <= 0.5:
        return _binomial(rng, count, math.log1p(-probability), probability / (1.0 - probability))
    return count - _binomial(rng, count, math.log(probability), (1.0 - probability) / probability)


@njit(nogil=True, cache=True, error_model="numpy")
def _walk_in_step(count, odds, left, mass, drawn):
    """Walk up the distributions of many cells together, as `_binomial` does one, without a branch for each.

    Parameters
    ----------
    count, odds : arrays [cell]
    left, mass : arrays [cell]
        A uniform number, and the probability of drawing nobody; both are used up.
    drawn : array [cell]
        The result, which opens at zero.
    """
    step, walking = 0.0, count.size
    while walking > 0 and step < LONGEST_WALK:
        step += 1.0
        inverse = 1.0 / step
        walking = 0
        for k in range(count.size):
            # Once it is not, it never is again: what is left is no more than zero then.
            drawn[k] += 1.0 if left[k] > mass[k] else 0.0
            left[k] -= mass[k]
            mass[k] *= odds[k] * (count[k] - step + 1.0) * inverse
            walking += left[k] > mass[k]


@njit(nogil=True, cache=True, error_model="numpy")
def thin_cells(rng, headcount, probability, taken):
    """Draw how many leave each cell, independently.

    Parameters
    ----------
    headcount, taken : arrays [row, cell]
        Persons there, and the result.
    probability : array [1 or row, cell]
    """
    rows, cells = headcount.shape
    kept = probability.shape
    log_spared, odds = np.empty(kept), np.empty(kept)
    for row in range(kept[0]):
        for cell in range(cells):
            lesser = min(probability[row, cell], 1.0 - probability[row, cell])
            log_spared[row, cell] = math.log1p(-lesser)
            odds[row, cell] = lesser / (1.0 - lesser)
    where = np.empty(cells, np.int64)
    walked, left, mass, drawn, rise = (
        np.empty(cells),
        np.empty(cells),
        np.empty(cells),
        np.empty(cells),
        np.empty(cells),
    )
    for row in range(rows):
        given = row if kept[0] > 1 else 0
        size = 0
        for cell in range(cells):
            count, chance = headcount[row, cell], probability[given, cell]
            if count <= 0.0 or chance <= 0.0:
                taken[row, cell] = 0.0
            elif chance >= 1.0:
                taken[row, cell] = count
            else:
                log_none, raised = count * log_spared[given, cell], odds[given, cell]
                if log_none < -WALK_BELOW:
                    fewer = float(rng.binomial(int(count), raised / (1.0 + raised)))
                    taken[row, cell] = fewer if chance <= 0.5 else count - fewer
                else:
                    where[size], walked[size], rise[size] = cell, count, raised
                    left[size], mass[size], drawn[size] = rng.random(), math.exp(log_none), 0.0
                    size += 1
        for first in range(0, size, IN_STEP):
            now = slice(first, min(first + IN_STEP, size))
            _walk_in_step(walked[now], rise[now], left[now], mass[now], drawn[now])
        for k in range(size):
            # Rounding may leave a little of the unit of probability, at the far end.
            fewer = min(drawn[k], walked[k])
            taken[row, where[k]] = fewer if probability[given, where[k]] <= 0.5 else walked[k] - fewer


@njit(nogil=True, cache=True)
def spread_batch(rng, total, proportion, fallen):
    """Draw a multinomial of each row's `total` over cells in `proportion` [cell], which sums to one."""
    # Added up from the far end, the last cell's is exactly its own: what is left falls there, on any processor.
    remaining = np.cumsum(proportion[::-1])[::-1]
    for row in range(total.size):
        left = total[row]
        for cell in range(proportion.size):
            fallen[row, cell] = 0.0
            if left > 0.0 and proportion[cell] > 0.0:
                fallen[row, cell] = _draw(rng, left, proportion[cell] / remaining[cell])
                left -= fallen[row, cell]


@njit(nogil=True, cache=True)
def weighted_batch(rng, total, headcount, weight, taken):
    """Draw each row's `total` persons one after the other with chances in proportion to weight (Wallenius).

    Parameters
    ----------
    total : array [row]
        Whole numbers.
    headcount, taken : arrays [row, cell]
        Persons there, and the result.
    weight : array [1 or row, cell]

    Notes
    -----
    Give each person an exponential waiting time with their weight as its rate: the batch is those who come first. The
    time at which it is full is closed in on from both sides. Of the `waiting` persons known to come between two times,
    the number in each cell who come before a time in between is binomial; who are too few are taken and the search goes
    on after it, who are too many come before it. Any sequence of times gives the same law.
    """
    rows, cells = headcount.shape
    where, waiting, rate = np.empty(cells, np.int64), np.empty(cells), np.empty(cells)
    early = np.empty(cells)
    for row in range(rows):
        given = row if weight.shape[0] > 1 else 0
        size, everybody, highest = 0, 0.0, 0.0
        for cell in range(cells):
            taken[row, cell] = 0.0
            if headcount[row, cell] > 0.0 and weight[given, cell] > 0.0:
                where[size], waiting[size], rate[size] = cell, headcount[row, cell], weight[given, cell]
                everybody += waiting[size]
                highest = max(highest, rate[size])
                size += 1
        # Rates next to 0 would underflow; whoever has one comes last all the same.
        for k in range(size):
            rate[k] = max(rate[k] / highest, LEAST_RATE)
        _fill(rng, min(total[row], everybody), everybody, size, where, waiting, rate, early, taken[row])


@njit(nogil=True, cache=True)
def _fill(rng, wanted, everybody, size, where, waiting, rate, early, taken):
    """Take the first `wanted` of all who wait; `span` is how long is left until the latest of them is known to come."""
    span = math.inf
    while wanted > 0.0:
        if wanted >= everybody:
            for k in range(size):
                taken[where[k]] += waiting[k]
            return
        if wanted <= ONE_BY_ONE and span == math.inf:
            _take_next(rng, wanted, size, where, waiting, rate, taken)
            return
        if everybody <= ONE_BY_ONE:
            _take_earliest(rng, wanted, span, size, where, waiting, rate, taken)
            return
        middle = _time_of(wanted, span, size, waiting, rate)
        came = 0.0
        for k in range(size):
            early[k] = _draw(rng, waiting[k], _share_by(middle, span, rate[k]))
            came += early[k]
        if came <= wanted:
            for k in range(size):
                taken[where[k]] += early[k]
                waiting[k] -= early[k]
            wanted -= came
            everybody -= came
            span -= middle
        else:
            waiting[:size] = early[:size]
            everybody = came
            span = middle


@njit(nogil=True, cache=True)
def _share_by(time, span, rate):
    """Probability of having come by `time` of somebody who comes within `span`."""
    if span == math.inf:
        return -math.expm1(-time * rate)
    return math.expm1(-time * rate) / math.expm1(-span * rate)


@njit(nogil=True, cache=True)
def _time_of(wanted, span, size, waiting, rate):
    """A time by which about `wanted` will have come, strictly within the span; how near it is costs time, not truth."""
    time = 0.0
    for _ in range(NEWTON_STEPS):
        came, speed = 0.0, 0.0
        for k in range(size):
            spared = math.exp(-time * rate[k])
            within = 1.0 if span == math.inf else -math.expm1(-span * rate[k])
            came += waiting[k] * (1.0 - spared) / within
            speed += waiting[k] * rate[k] * spared / within
        step = (wanted - came) / speed
        time += step
        if abs(step) < 1e-3 * time:
            break
    if not 0.0 < time < span:
        return 0.5 * span if span < math.inf else 1.0 / rate[0]
    return time


@njit(nogil=True, cache=True)
def _take_next(rng, wanted, size, where, waiting, rate, taken):
    """Nothing known of their times: the next to come is anyone, in proportion to weight."""
    total = 0.0
    for k in range(size):
        total += waiting[k] * rate[k]
    for _ in range(int(wanted)):
        left, k, last = rng.random() * total, 0, 0
        while k < size:
            if waiting[k] > 0.0:
                last = k
                left -= waiting[k] * rate[k]
                if left < 0.0:
                    break
            k += 1
        waiting[last] -= 1.0
        taken[where[last]] += 1.0
        total -= rate[last]


@njit(nogil=True, cache=True)
def _take_earliest(rng, wanted, span, size, where, waiting, rate, taken):
    """So few are left that each gets a time of their own."""
    times, cells = np.empty(ONE_BY_ONE), np.empty(ONE_BY_ONE, np.int64)
    people = 0
    for k in range(size):
        for _ in range(int(waiting[k])):
            within = -math.expm1(-span * rate[k])
            times[people] = -math.log1p(-rng.random() * within) / rate[k]
            cells[people] = where[k]
            people += 1
    order = np.argsort(times[:people])
    for place in range(int(wanted)):
        taken[cells[order[place]]] += 1.0
