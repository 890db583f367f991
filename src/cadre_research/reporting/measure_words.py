"""Saying in words what a measure turns, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from cadre_research.evidence.measures import GrassRoots, ReserveList
from cadre_research.evidence.package import differences
from cadre_research.evidence.scenario import LateralIntake, Scenario
from cadre_research.reporting.wording import WORDS, number, percent, word

__all__ = ["assumed_of", "joined", "said_of", "turns_of", "young_share_phrase"]

NOT_TOLD = "—"


def turns_of(measure: Scenario, status_quo: Scenario, names: Mapping[str, str], language: str) -> str:
    """Say everything that a measure turns, with its numbers; `names` has those of ranks."""
    found = differences(measure, status_quo)
    return joined([_turn(key, value, names, language) for key, value in found.items()], language)


def said_of(measure: Scenario, language: str) -> str:
    """Say what the source says of a measure; a dash for one that nothing was written about."""
    return _told("said", measure, language)


def assumed_of(measure: Scenario, language: str) -> str:
    """Say which of a measure's numbers and conditions are assumed."""
    return _told("assumed", measure, language)


def joined(parts: Sequence[str], language: str) -> str:
    """Put several phrases into one."""
    return word("semicolon", language).join(parts)


def young_share_phrase(key: str, share: str | Fraction, language: str) -> str:
    """Say with the wording of that key how much of a batch is young; whole batches have a wording of their own.

    >>> young_share_phrase("package_young_share", "2/3", "en")
    'young at least 2/3 of every batch'
    """
    if Fraction(share) == 1:
        return word(f"{key}_whole", language)
    return word(key, language, value=str(Fraction(share)))


def _told(kind: str, measure: Scenario, language: str) -> str:
    key = f"measure_{kind}_{measure.id.replace('-', '_')}"
    return word(key, language) if key in WORDS else NOT_TOLD


def _turn(key: str, value: object, names: Mapping[str, str], language: str) -> str:
    if key == "reserve_lists":
        return joined([_listed(one, names, language) for one in value], language)
    if key == "lateral_intake":
        return joined([_joining(one, names, language) for one in value], language)
    if key == "grass_roots" and value is not None:
        return _tempered(value, names, language)
    known = f"turn_{key.replace('.', '_')}"
    if key == "promotion.young_share":
        return young_share_phrase(known, value, language)
    if known not in WORDS:
        return word("turn_other", language, what=key, value=_amount(key, value, language))
    return word(known, language, value=_amount(key, value, language))


def _amount(key: str, value: object, language: str) -> str:
    if isinstance(value, float):
        return f"{100 * value:g}" if key == "promotion.release_rate_per_year" else percent(value, language, 0)
    return str(value)


def _listed(one: ReserveList, names: Mapping[str, str], language: str) -> str:
    return word(
        "turn_reserve_list",
        language,
        persons=number(one.persons),
        ranks=_ranks(one.into, names, language),
        born=_span(one.born_from, one.born_to, language),
        oldest=one.oldest_age_years,
        years=_span(one.first_year, one.last_year, language),
        removed=percent(one.removal_per_year, language, 0),
    )


def _joining(one: LateralIntake, names: Mapping[str, str], language: str) -> str:
    return word(
        "turn_lateral_intake",
        language,
        persons=number(one.persons_per_year),
        rank=names.get(one.rank, one.rank),
        ages=_span(one.youngest_age_years, one.oldest_age_years, language),
        years=_span(one.first_year, one.last_year, language),
    )


def _tempered(one: GrassRoots, names: Mapping[str, str], language: str) -> str:
    return word(
        "turn_grass_roots",
        language,
        ranks=_ranks(one.into, names, language),
        persons=number(one.persons_per_year),
        oldest=one.oldest_age_years,
        years=_span(one.first_year, one.last_year, language),
        served=percent(one.tempered_share, language, 0),
    )


def _ranks(ranks: Sequence[str], names: Mapping[str, str], language: str) -> str:
    return word("changed_and", language).join(names.get(rank, rank) for rank in ranks)


def _span(low: int, high: int, language: str) -> str:
    return word("from_to", language, low=low, high=high)
