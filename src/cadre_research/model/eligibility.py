"""Who may be promoted, and who of them is favoured."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import gamma

from cadre_research.evidence.base import Evidence
from cadre_research.evidence.ladder import Ladder, Promotion

__all__ = ["probation_years", "promotion_weights", "weights_by_way"]

# exp(-(x / c)^6) has a standard deviation of c sqrt(gamma(1/2) / gamma(1/6)); this c makes it 1.
PLATEAU = np.sqrt(gamma(1 / 6) / gamma(1 / 2))


def promotion_weights(
    ladder: Ladder, way: Promotion, typical_age_years: np.ndarray | float | None, age_spread_years: float | None
) -> np.ndarray:
    """Relative chance of promotion of each age and time in rank, 0 where the rules do not allow it.

    A curve over the age at 31 December of the year of promotion, at most 1; flat when no typical age is given.
    Service is not tracked: a rule on it is applied as the age that the youngest entrant reaches with that service.

    Returns
    -------
    array [..., age, years_in_rank]
        Ages and years are those at the opening of the year; leading axes are those of `typical_age_years`.
    """
    age = np.arange(ladder.ages.youngest_years, ladder.ages.oldest_years + 1) + 1
    years = np.arange(ladder.ages.longest_tracked_years_in_rank + 1) + 1
    probation = probation_years(ladder, way)
    # The last place holds everybody with that many years or more: a longer minimum could not be told apart there.
    allowed_years = years >= min(way.minimum_years_in_rank + probation, years[-1])
    youngest_entry = ladder.entry.youngest_age_years if ladder.entry else ladder.ages.youngest_years
    allowed_age = age >= youngest_entry + way.minimum_service_years
    if way.ceiling_age_years is not None:
        allowed_age &= age <= way.ceiling_age_years
    curve = np.ones(age.shape)
    if typical_age_years is not None and age_spread_years:
        distance = (age - np.asarray(typical_age_years)[..., None]) / age_spread_years
        curve = np.exp(-0.5 * distance**2) if way.curve == "bell" else np.exp(-((distance / PLATEAU) ** 6))
    return way.weight * (curve * allowed_age)[..., :, None] * allowed_years


def probation_years(ladder: Ladder, way: Promotion) -> int:
    """Years in which a newcomer may not be promoted; none on a way up from another rank than that of entry."""
    return ladder.entry.probation_years if ladder.entry and way.source == ladder.entry.rank else 0


def weights_by_way(
    evidence: Evidence, typical_ages_years: Mapping[tuple[str, str], np.ndarray | float | None]
) -> dict[tuple[str, str], np.ndarray]:
    """`promotion_weights` of every way up (from, to), with the ceilings and widths that the evidence gives.

    Returns
    -------
    mapping of (from, to) to array [..., group, age, years_in_rank]
        The axis group has one place where groups are alike. Where attributes tell them apart and have weights of their
        own, the same curve is multiplied by the group's.
    """
    relative = _of_groups(evidence)
    return {
        (way.source, way.into): promotion_weights(
            evidence.ladder,
            _with_ceiling(way, evidence),
            typical_ages_years.get((way.source, way.into)),
            None if way.age_spread_years is None else evidence.amount(way.age_spread_years),
        )[..., None, :, :]
        * relative
        for way in evidence.ladder.promotions
    }


def _of_groups(evidence: Evidence) -> np.ndarray | float:
    """Relative chance of promotion by group, array [group, 1, 1]; 1 where all are alike."""
    if evidence.undivided is None:
        return 1.0
    relative = evidence.attributes.weights(evidence.ladder, evidence.amount)
    return 1.0 if (relative == 1).all() else relative[:, None, None]


def _with_ceiling(way: Promotion, evidence: Evidence) -> Promotion:
    """The same way up with its ceiling as a number."""
    if way.ceiling_age_years is None:
        return way
    return way.model_copy(update={"ceiling_age_years": evidence.amount(way.ceiling_age_years)})
