"""Display names of targets, ranks, levels, scenarios and flows in each language, and what is asked of the targets."""

from __future__ import annotations

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.study import Study

__all__ = ["assumption_titles", "display_names", "shares_asked"]


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
    return {**levels, **ranks, **exits, **scenarios, **targets}


def assumption_titles(study: Study) -> dict[str, str]:
    """Title of every assumption, in English, the only language they are written in."""
    return {name: entry.title for name, entry in study.evidence.assumptions.items()}


def shares_asked(study: Study) -> dict[str, float]:
    """Share that each target asks for, by its id."""
    return {target.id: float(target.share) for target in study.evidence.targets.targets}
