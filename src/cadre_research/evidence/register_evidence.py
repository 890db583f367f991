"""From a register to the evidence of a study: what stands there or is estimated from it replaces what was assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from cadre_research.errors import InputError
from cadre_research.evidence.assumptions import Assumption, Assumptions
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.estimates import Estimates, TakeUp
from cadre_research.evidence.estimation import FEWEST_EVENTS
from cadre_research.evidence.ladder import Ages, Assumed, History, Ladder, Rank
from cadre_research.evidence.person_years import PersonYears
from cadre_research.evidence.register import Register
from cadre_research.evidence.register_units import register_units
from cadre_research.evidence.registered import Registered
from cadre_research.evidence.source import Record

__all__ = ["registered_evidence"]


def registered_evidence(
    evidence: Evidence,
    register: Register,
    person_years: PersonYears,
    estimates: Estimates,
    *,
    internal: bool = False,
) -> Evidence:
    """Let a register speak where it can: opening, posts, rates, who enters, and who takes an early route out.

    Its units are told apart where it has several. What it cannot know stays as the other files say: rules of promotion,
    the retirement law, targets. Assumptions that nothing refers to any more are left out; the errors of estimation are
    added. Posts that the ladder states as a
    number stay; elsewhere there are as many as holders.

    Parameters
    ----------
    evidence : Evidence
        Of the ladder that the register was read with.
    internal : bool
        Whether disclosure control is switched off, for the office itself.

    Raises
    ------
    InputError
        When nobody was in service at the last 31 December.
    """
    year = person_years.last_year
    stock = person_years.stocks[person_years.stocks["year"] == year]
    if stock.empty:
        raise InputError(f"register: nobody was in service on 31 December {year}; expected a service to forecast.")
    ladder = _ladder(evidence, stock)
    units, place = register_units(stock, ladder)
    registered = Registered(
        as_of=register.as_of,
        year=year,
        first_year=person_years.first_year,
        last_year=person_years.last_year,
        sha256=register.sha256,
        synthetic=register.synthetic,
        youngest_age_years=ladder.ages.youngest_years,
        headcount=_nested(_headcount(stock, place, ladder)),
        entry_mix=_nested(_entry_mix(estimates.recruitment.mix, evidence, ladder)),
        hazards=estimates.hazards,
        internal=internal,
    )
    targets = evidence.targets.model_copy(
        update={
            "baseline_year": year,
            "targets": tuple(
                target.model_copy(update={"survey": None, "provenance": "register"})
                for target in evidence.targets.targets
            ),
        }
    )
    shares = estimates.take_up if internal else _protected(estimates.take_up)
    entries = {
        name: _taken_up(entry, shares[name]) if name in shares else entry
        for name, entry in evidence.assumptions.items()
    }
    bare = replace(
        evidence,
        ladder=ladder,
        targets=targets,
        assumptions=Assumptions({**entries, **registered.errors_of_estimation()}),
        registered=registered,
        units=units,
    )
    needed = {*bare.referenced, *registered.errors_of_estimation()}
    return replace(bare, assumptions=Assumptions({n: e for n, e in bare.assumptions.items() if n in needed}))


def _ladder(evidence: Evidence, stock: pd.DataFrame) -> Ladder:
    """The ladder without what was calibrated or tells of the past, wide enough for everybody in the register."""
    ladder, ages = evidence.ladder, evidence.ladder.ages
    everybody_retires = evidence.retirement is not None and all(rank.retirement for rank in ladder.ranks)
    return ladder.model_copy(
        update={
            "ages": Ages(
                youngest_years=min(ages.youngest_years, int(stock["age_years"].min())),
                oldest_years=max(ages.oldest_years, int(stock["age_years"].max())),
                # Where no law takes everybody out, somebody may stay beyond any age.
                oldest_is_open=ages.oldest_is_open or not everybody_retires,
                longest_tracked_years_in_rank=ages.longest_tracked_years_in_rank,
            ),
            "ranks": tuple(_rank(rank, evidence) for rank in ladder.ranks),
            "promotions": tuple(
                way.model_copy(update={"typical_age_years": None, "age_spread_years": None})
                for way in ladder.promotions
            ),
            # Estimated; the hazards take their place.
            "exits": tuple(way.model_copy(update={"probability_per_year": 0.0}) for way in ladder.exits),
            "moves": tuple(move.model_copy(update={"probability_per_year": 0.0}) for move in ladder.moves),
            "groups": tuple(_without_assumption(group, "share_of_entry", 0.0) for group in ladder.groups),
            "entry": ladder.entry
            and _without_assumption(ladder.entry, "most_common_age_years", float(ladder.entry.youngest_age_years)),
            "history": History(),
        }
    )


def _without_assumption(part: Record, name: str, otherwise: float) -> Record:
    """A part of the ladder in which a number that the register tells names no assumption any more."""
    return part.model_copy(update={name: otherwise}) if isinstance(getattr(part, name), Assumed) else part


def _rank(rank: Rank, evidence: Evidence) -> Rank:
    """A rank whose posts are its holders unless they are stated, and whose young rule has the line of its target."""
    changes: dict[str, object] = {}
    if not isinstance(rank.posts, float):
        changes["posts"] = None
    if rank.young_age_years is None and rank.id in evidence.ladder.promoted_into:
        line = evidence.target_age_years(rank.level)
        changes["young_age_years"] = None if line is None else float(line)
    return rank.model_copy(update=changes)


def _headcount(stock: pd.DataFrame, unit: np.ndarray, ladder: Ladder) -> np.ndarray:
    """Persons [unit, group, rank, age, years_in_rank] as whole numbers; `unit` is the place of each row's."""
    ages = ladder.ages
    groups = [group.id for group in ladder.groups]
    shape = (unit.max() + 1, len(groups), len(ladder.ranks), ages.oldest_years - ages.youngest_years + 1)
    headcount = np.zeros((*shape, ages.longest_tracked_years_in_rank + 1), np.int64)
    place = (
        unit,
        pd.Index(groups).get_indexer(pd.Index(stock["group"].astype(str))),
        pd.Index(ladder.rank_ids).get_indexer(pd.Index(stock["rank"].astype(str))),
        stock["age_years"].to_numpy(int) - ages.youngest_years,
        stock["years_in_rank"].to_numpy(int),
    )
    np.add.at(headcount, place, stock["persons"].to_numpy(np.int64))
    return headcount


def _entry_mix(mix: pd.DataFrame, evidence: Evidence, ladder: Ladder) -> np.ndarray:
    """Shares of recruits [group, age] as the register shows them; spread over the ladder's entry ages where too few."""
    ages = np.arange(ladder.ages.youngest_years, ladder.ages.oldest_years + 1)
    shares = np.zeros((len(ladder.groups), len(ages)))
    if len(mix):
        groups = pd.Index([group.id for group in ladder.groups]).get_indexer(pd.Index(mix["group"].astype(str)))
        np.add.at(shares, (groups, mix["age_years"].to_numpy(int) - ages[0]), mix["share"].to_numpy(float))
    elif ladder.entry:
        entry = ladder.entry
        shares[:, (ages >= entry.youngest_age_years) & (ages <= entry.oldest_age_years)] = 1.0
    else:
        shares[:] = 1.0
    return shares / shares.sum()


def _protected(take_up: Mapping[str, TakeUp]) -> dict[str, TakeUp]:
    """Shares that may be shown; where few are behind one, what was assumed stays."""
    found = {name: share.protected(FEWEST_EVENTS) for name, share in take_up.items()}
    return {name: share for name, share in found.items() if share}


def _taken_up(entry: Assumption, found: TakeUp) -> Assumption:
    """The assumption with the share that the register shows."""
    return entry.model_copy(
        update={
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "provenance": "register",
            "quality": "high",
            "source": "Estimated from the register",
        }
    )


def _nested(array: np.ndarray) -> tuple:
    """An array as nested tuples."""
    return tuple(map(_nested, array)) if array.ndim > 1 else tuple(array.tolist())
