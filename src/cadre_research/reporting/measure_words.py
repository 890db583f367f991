"""Saying in words what a measure turns, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from cadre_research.evidence.measures import GrassRoots, ReserveList
from cadre_research.evidence.package import differences
from cadre_research.evidence.scenario import LateralIntake, Scenario
from cadre_research.reporting.wording import WORDS, number, percent, word

__all__ = ["assumed_of", "joined", "said_of", "share_name", "turns_of"]

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


def share_name(share: str | Fraction, language: str) -> str:
    """Write a share of a batch.

    >>> share_name("2/3", "en"), share_name("1", "zh")
    ('2/3', '全部')
    """
    return word("whole_batch", language) if Fraction(share) == 1 else str(Fraction(share))


def _told(kind: str, measure: Scenario, language: str) -> str:
    key = f"{kind}_{measure.id.replace('-', '_')}"
    return word(key, language) if key in WORDS else NOT_TOLD


def _turn(key: str, value: object, names: Mapping[str, str], language: str) -> str:
    if key == "reserve_lists":
        return joined([_listed(one, names, language) for one in value], language)
    if key == "lateral_intake":
        return joined([_joining(one, names, language) for one in value], language)
    if key == "grass_roots" and value is not None:
        return _tempered(value, names, language)
    known = f"turn_{key.replace('.', '_')}"
    if known not in WORDS:
        return word("turn_other", language, key=key, value=value)
    return word(known, language, value=_amount(key, value, language))


def _amount(key: str, value: object, language: str) -> str:
    if key == "promotion.young_share":
        return share_name(value, language)
    if isinstance(value, float):
        return f"{100 * value:g}" if key == "promotion.release_rate_per_year" else percent(value, language, 0)
    return str(value)


def _listed(one: ReserveList, names: Mapping[str, str], language: str) -> str:
    return word(
        "turn_reserve_list",
        language,
        persons=number(one.persons),
        ranks=_ranks(one.into, names, language),
        born=f"{one.born_from}–{one.born_to}",
        oldest=one.oldest_age_years,
        years=f"{one.first_year}–{one.last_year}",
        removed=percent(one.removal_per_year, language, 0),
    )


def _joining(one: LateralIntake, names: Mapping[str, str], language: str) -> str:
    return word(
        "turn_lateral_intake",
        language,
        persons=number(one.persons_per_year),
        rank=names.get(one.rank, one.rank),
        ages=f"{one.youngest_age_years}–{one.oldest_age_years}",
        years=f"{one.first_year}–{one.last_year}",
    )


def _tempered(one: GrassRoots, names: Mapping[str, str], language: str) -> str:
    return word(
        "turn_grass_roots",
        language,
        ranks=_ranks(one.into, names, language),
        persons=number(one.persons_per_year),
        oldest=one.oldest_age_years,
        years=f"{one.first_year}–{one.last_year}",
        served=percent(one.tempered_share, language, 0),
    )


def _ranks(ranks: Sequence[str], names: Mapping[str, str], language: str) -> str:
    return word("and_also", language).join(names.get(rank, rank) for rank in ranks)
