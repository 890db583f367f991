"""Display names of targets, ranks, levels, scenarios and flows in each language, and what is asked of the targets."""

from __future__ import annotations

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.study import Study
from cadre_research.reporting.rate_summaries import hazard_names
from cadre_research.reporting.wording import LANGUAGES, WORDS, word

__all__ = ["assumption_titles", "display_names", "shares_asked", "unit_name"]


def display_names(study: Study, language: str, *others: Scenario) -> dict[str, str]:
    """Name of every id of a study, and of other scenarios, in a language (en or zh), as id -> name.

    A level is called like its rank that holds posts; a target that shares its id with a level is called like the
    target.
    """
    ladder = study.evidence.ladder
    ranks = {rank.id: getattr(rank, f"name_{language}") for rank in ladder.ranks}
    levels = {rank.level: ranks[rank.id] for rank in ladder.ranks if rank.holds_post}
    exits = {way.id: getattr(way, f"name_{language}") for way in ladder.exits}
    every = {**study.scenarios, **{scenario.id: scenario for scenario in others}}
    scenarios = {name: getattr(scenario, f"title_{language}") for name, scenario in every.items()}
    targets = {target.id: getattr(target, f"name_{language}") for target in study.evidence.targets.targets}
    # In English a group's id is its name within a sentence.
    groups = {} if language == "en" else {group.id: group.name_zh for group in ladder.groups}
    return {**groups, **levels, **ranks, **exits, **scenarios, **targets}


def assumption_titles(study: Study) -> dict[str, dict[str, str]]:
    """Title of every assumption in each language, as id -> language -> title; in English where it has no other."""
    titles = {
        name: {"en": entry.title, "zh": entry.title_zh or entry.title}
        for name, entry in study.evidence.assumptions.items()
    }
    return titles | _titles_of_errors(study)


def _titles_of_errors(study: Study) -> dict[str, dict[str, str]]:
    """The same for the errors of what was estimated from a register, called by the ways that people take."""
    registered = study.evidence.registered
    if registered is None:
        return {}
    found: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        ways = hazard_names(registered.hazards, display_names(study, language), language)
        for hazard in registered.hazards:
            for number, name in enumerate(hazard.error_ids, start=1):
                title = word("error_of_estimation", language, number=number, way=ways[hazard.name])
                found.setdefault(name, {})[language] = title
    return found


def unit_name(unit: str, language: str) -> str:
    """What numbers are counted in, in a language; a unit that has no wording of its own stays as it is.

    >>> unit_name("per person and year", "zh"), unit_name("furlongs", "zh")
    ('每人每年', 'furlongs')
    """
    key = f"in_{unit.replace(' ', '_').replace('-', '_')}"
    return word(key, language) if key in WORDS else unit


def shares_asked(study: Study) -> dict[str, float]:
    """Share that each target asks for, by its id."""
    return {target.id: float(target.share) for target in study.evidence.targets.targets}
