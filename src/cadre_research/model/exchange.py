"""Exchange: post-holders who change places with their like in other units."""

from __future__ import annotations

import numpy as np

from cadre_research.model.chance import Chance
from cadre_research.model.flows import PEOPLE, Standing
from cadre_research.model.rules import Rules

__all__ = ["dealt", "exchange"]


def exchange(standing: Standing, rules: Rules, chance: Chance) -> None:
    """Let post-holders change units within their rank; each unit gets back as many as it gives.

    They keep their years in rank. Who comes where is drawn from all who change, whatever unit they come from.
    """
    units = standing.stay.shape[-6]
    if not rules.exchange_rate_per_year or units == 1:
        return
    standing.moved_between_units = np.zeros((*standing.stay.shape[:-4], standing.stay.shape[-3]))
    for rank, described in enumerate(rules.ladder.ranks):
        if not described.holds_post:
            continue
        drawn = chance.of(standing.year, f"exchange {rank}")
        given = drawn.thin(standing.stay[..., rank, :, :], np.asarray(rules.exchange_rate_per_year))
        net = dealt(given.sum(-5), given.sum(PEOPLE), drawn) - given
        # Rounding may leave a cell that gave all a little below nothing.
        standing.stay[..., rank, :, :] = np.maximum(standing.stay[..., rank, :, :] + net, 0.0)
        standing.moved_between_units[..., rank] = net.sum((-3, -2, -1))
        standing.tally("exchanged", rank, given.sum(PEOPLE))


def dealt(pool: np.ndarray, shares: np.ndarray, chance: Chance) -> np.ndarray:
    """Deal everybody of a pool to units, by lot.

    Parameters
    ----------
    pool : array [..., group, status, age, years_in_rank]
    shares : array [..., unit]
        How many each unit gets; they add up to the pool.

    Returns
    -------
    array [..., unit, group, status, age, years_in_rank]
    """
    alike = np.ones((1,) * 5)
    units = shares.shape[-1]
    taken = []
    # The axes that a draw knows are unit, group, status, source, age and years in rank.
    left = pool[..., None, :, :, None, :, :]
    for unit in range(units - 1):
        taken.append(chance.share_out(shares[..., unit : unit + 1], left, alike))
        left = left - taken[-1]
    return np.concatenate([*taken, left], axis=-6)[..., 0, :, :]
