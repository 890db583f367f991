"""Reading the file of a sweep, and checking that what it varies exists and has an effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cadre_research.errors import EvidenceError, nearest
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.source import LARGEST_FILE_BYTES, bytes_of, place, read_source
from cadre_research.evidence.sweep import LARGEST_SWEEP, Sweep, varied

__all__ = ["read_sweep"]

Fault = tuple[tuple[str, ...], str]


def read_sweep(path: Path, evidence: Evidence, scenarios: Mapping[str, Scenario]) -> Sweep:
    """Read a sweep that is to be run on some evidence and scenarios.

    Raises
    ------
    EvidenceError
        When the file cannot be used, names something that does not exist, has a value out of its range, asks for more
        than `LARGEST_SWEEP` settings, or varies what would change nothing.
    """
    sweep = read_source(path, Sweep)
    # Of the names first: what has an effect cannot be told of a scenario that is not there.
    faults = [*_faults_of_names(sweep, evidence, scenarios)] or [*_faults_of_effects(sweep, evidence, scenarios)]
    if faults:
        text = bytes_of(path, LARGEST_FILE_BYTES).decode("utf-8")
        raise EvidenceError("\n".join(f"{place(path, location, text)}: {fault}" for location, fault in faults))
    return sweep


def _faults_of_names(sweep: Sweep, evidence: Evidence, scenarios: Mapping[str, Scenario]) -> Iterator[Fault]:
    for name in sweep.scenarios:
        if name not in scenarios:
            yield ("scenarios",), f"scenario {name!r} is not known. {nearest(name, scenarios)}"
    ranks = evidence.ladder.promoted_into
    for rank in sweep.axes.promotion_rate_per_year_by_rank:
        if rank not in ranks:
            where = ("axes", "promotion_rate_per_year_by_rank", rank)
            yield where, f"rank {rank!r} is none with promotions. {nearest(rank, ranks)}"
    for name, values in sweep.axes.assumptions.items():
        where = ("axes", "assumptions", name)
        if name not in evidence.assumptions:
            yield where, f"assumption {name!r} is not known. {nearest(name, evidence.assumptions)}"
            continue
        entry = evidence.assumptions[name]
        if not entry.low <= min(values) <= max(values) <= entry.high:
            yield (
                where,
                f"given {min(values):g} to {max(values):g}, expected {entry.low:g} to {entry.high:g} ({entry.unit}). "
                "Widen its range in data/facts/assumptions.toml if the evidence allows it.",
            )
        if entry.whole and not all(float(value).is_integer() for value in values):
            yield where, "expected whole numbers only."
    if sweep.count > LARGEST_SWEEP:
        yield ("axes",), f"{sweep.count:,} settings given, at most {LARGEST_SWEEP:,} expected."


def _faults_of_effects(sweep: Sweep, evidence: Evidence, scenarios: Mapping[str, Scenario]) -> Iterator[Fault]:
    axes, ranks = sweep.axes, set(evidence.ladder.promoted_into)
    if axes.promotion_rate_per_year and ranks <= set(axes.promotion_rate_per_year_by_rank):
        yield (
            ("axes", "promotion_rate_per_year"),
            "changes nothing where every rank has a rate of its own; leave one of the two out.",
        )
    # The first setting of each scenario stands for all of its settings: they have the same levers.
    for place_of, name in enumerate(sweep.scenarios):
        setting = sweep.setting(place_of * sweep.settings_per_scenario)
        try:
            scenario = varied(scenarios[name], setting)
            evidence.under(scenario.model_copy(update={"assumptions": {}}))
        except (ValueError, EvidenceError) as fault:
            yield ("axes",), f"scenario {name}: {_reason(fault)}"
            continue
        policy = scenario.promotion
        if axes.release_rate_per_year and all(policy.rate_into(rank) is not None for rank in ranks):
            yield (
                ("axes", "release_rate_per_year"),
                f"changes nothing under scenario {name}, where every rank has a promotion rate; it frees posts in "
                "ranks that fill vacancies. Leave one of the two out.",
            )
        for axis in ("young_share_of_promotions", "candidates_per_post"):
            if getattr(axes, axis) and policy.mode == "markov":
                yield ("axes", axis), f'changes nothing under scenario {name}, whose mode is "markov".'


def _reason(fault: Exception) -> str:
    """What pydantic says of a scenario, without its address, or the error itself."""
    errors = getattr(fault, "errors", None)
    return "; ".join(one["msg"].removeprefix("Value error, ") for one in errors()) if errors else str(fault)
