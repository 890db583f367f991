"""The opening population that stands in a register, with promotion weights estimated from it."""

from __future__ import annotations

import numpy as np

from cadre_research.evidence.base import Evidence
from cadre_research.evidence.targets import AgeLine
from cadre_research.model.eligibility import weights_by_way
from cadre_research.model.opening import Opening
from cadre_research.model.population import Population
from cadre_research.model.rates import estimated_intensity

__all__ = ["registered_opening"]


def registered_opening(evidence: Evidence, age_line: AgeLine) -> Opening:
    """Put together the opening of a study of a register.

    Nothing is calibrated. A rank has the posts that the ladder states, or else as many as holders. Among the eligible,
    the chance of promotion is in proportion to the estimated intensity.
    """
    ladder, stock = evidence.ladder, evidence.registered.stock
    population = Population(stock[None, :, None], ladder)
    stated = [None if rank.posts is None else evidence.amount(rank.posts) for rank in ladder.ranks]
    holders = population.by_rank()
    posts = np.array([held if given is None else given for held, given in zip(holders, stated, strict=True)])
    return Opening(
        evidence=evidence,
        age_line=age_line,
        population=population,
        posts=(posts * [rank.holds_post for rank in ladder.ranks])[None],
        typical_ages_years={},
        weights=_weights(evidence),
        stationary_rules=None,
        recruits_per_year=float("nan"),
    )


def _weights(evidence: Evidence) -> dict[tuple[str, str], np.ndarray]:
    """Estimated intensities where the rules allow a promotion; alike for all where no promotion was seen."""
    allowed = {way: weight > 0 for way, weight in weights_by_way(evidence, {}).items()}
    weights = {way: where.astype(float) for way, where in allowed.items()}
    for hazard in evidence.registered.hazards:
        if hazard.kind == "promotion":
            for rank, intensity in zip(
                hazard.sources, np.moveaxis(estimated_intensity(evidence, hazard), 1, 0), strict=True
            ):
                weights[rank, hazard.into] = intensity * allowed[rank, hazard.into]
    return weights
