"""The evidence base: ladder, targets, retirement rules and assumptions, checked against each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cadre_research.errors import EvidenceError, UnknownNameError, nearest
from cadre_research.evidence.assumptions import Assumptions, load_assumptions
from cadre_research.evidence.attributes import Attributes, load_attributes
from cadre_research.evidence.ladder import Assumed, Calibrated, Ladder, load_ladder
from cadre_research.evidence.registered import Registered
from cadre_research.evidence.retirement import RetirementRules, load_retirement
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import Target, Targets, load_targets
from cadre_research.evidence.units import Units, load_units

__all__ = ["Evidence", "load_evidence"]


PROBABILITIES = ("probability_per_year", "share_of_entry", "early_take_up", "share")


@dataclass(frozen=True)
class Evidence:
    """All that is known and assumed, consistent with itself.

    `registered` where the opening stands in a register; `units` where the service's are told apart. `attributes` say
    how groups may be divided further; `undivided` is the evidence before they were.
    """

    ladder: Ladder
    targets: Targets
    retirement: RetirementRules | None
    assumptions: Assumptions
    registered: Registered | None = None
    units: Units | None = None
    attributes: Attributes | None = None
    undivided: Evidence | None = None

    def __post_init__(self) -> None:
        """Check that every name used by one file exists in the other."""
        faults = [*self._faults()]
        if faults:
            raise EvidenceError("\n".join(faults))

    def amount(self, given: float | Assumed) -> float:
        """Return a number of the ladder: itself, or the assumption it names."""
        return self.assumptions[given.assumption].value if isinstance(given, Assumed) else float(given)

    @property
    def referenced(self) -> frozenset[str]:
        """Ids of the assumptions that the ladder, the retirement rules and the surveys of the targets name."""
        named = {given.assumption for _, given in self._references() if isinstance(given, Assumed)}
        return frozenset(named | {target.survey.headcount for target in self.targets.targets if target.survey})

    def target(self, name: str) -> Target:
        """Return a target by its id, or raise UnknownNameError."""
        for target in self.targets.targets:
            if target.id == name:
                return target
        raise UnknownNameError("target", name, self.targets.ids)

    def target_age_years(self, level: str) -> int | None:
        """Age line of a level's own target: of those that cover it, the one that covers the fewest levels."""
        covering = [target for target in self.targets.targets if level in target.levels and target.of_everybody]
        return min(covering, key=lambda target: len(target.levels)).age_years if covering else None

    def with_attributes(self, targets: Collection[str] | None = None) -> Evidence:
        """Return the evidence with groups divided by their further attributes, and targets set for these.

        Parameters
        ----------
        targets : collection of str, optional
            Ids of the targets of groups.toml that are added to the others; all of them by default.

        Raises
        ------
        EvidenceError, UnknownNameError
            When there is no groups.toml, it does not fit the rest, or the groups stand in a register.
        """
        given = self.attributes
        if given is None or self.registered:
            reason = "a register tells no further attributes" if self.registered else "found none"
            raise EvidenceError(f"attributes: expected facts/groups.toml, which tells groups apart; {reason}.")
        if self.undivided is not None:
            raise EvidenceError("attributes: given evidence that is divided already, expected an undivided one.")
        faults = [*given.faults(self.ladder, self.assumptions, self.targets.ids)]
        if faults:
            raise EvidenceError("\n".join(faults))
        known = [target.id for target in given.targets]
        for name in targets or ():
            if name not in known:
                raise UnknownNameError("target of groups", name, known)
        added = [target for target in given.targets if targets is None or target.id in targets]
        return replace(
            self,
            ladder=given.divided(self.ladder),
            targets=self.targets.model_copy(update={"targets": (*self.targets.targets, *added)}),
            assumptions=Assumptions({**self.assumptions, **{entry.id: entry for entry in given.assumptions}}),
            undivided=self,
        )

    def under(self, scenario: Scenario) -> Evidence:
        """Return the evidence with the scenario's own assumptions, after checking the names it uses."""
        known = self.ladder.promoted_into
        for rank in scenario.promotion.rate_per_year_by_rank:
            if rank not in known:
                raise UnknownNameError(f"scenario {scenario.id}: rank with promotions", rank, known)
        for intake in scenario.lateral_intake:
            if intake.rank not in self.ladder.rank_ids:
                raise UnknownNameError(f"scenario {scenario.id}: rank", intake.rank, self.ladder.rank_ids)
            ages = self.ladder.ages
            given = (intake.youngest_age_years, intake.oldest_age_years)
            if not ages.youngest_years <= given[0] <= given[1] <= ages.oldest_years:
                raise EvidenceError(
                    f"scenario {scenario.id}: lateral intake into {intake.rank}: given ages {given[0]} to {given[1]}, "
                    f"expected within the ladder's {ages.youngest_years} to {ages.oldest_years}."
                )
        for what, names, there in self._ranks_of_measures(scenario):
            for rank in names:
                if rank not in there:
                    raise UnknownNameError(f"scenario {scenario.id}: {what}", rank, there)
        self._refuse_idle(scenario)
        for name in scenario.assumptions:
            if name not in self.assumptions:
                raise UnknownNameError(f"scenario {scenario.id}: assumption", name, self.assumptions)
        try:
            return replace(self, assumptions=self.assumptions.replaced(scenario.assumptions))
        except EvidenceError as fault:
            raise EvidenceError(f"scenario {scenario.id}: {fault}") from None

    def _ranks_of_measures(self, scenario: Scenario) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        """Tell which ranks a scenario's lists and conditions name, and which they may."""
        for given in (*scenario.reserve_lists, scenario.grass_roots):
            if given is not None:
                yield "rank with promotions", given.into, self.ladder.promoted_into
        if scenario.grass_roots is not None:
            yield "rank", scenario.grass_roots.posted_from, self.ladder.rank_ids

    def _refuse_idle(self, scenario: Scenario) -> None:
        """Refuse a policy that this ladder would pass over without a word."""
        policy, ways = scenario.promotion, self.ladder.promotions
        unknown = not self.registered and all(way.probability_per_year is None for way in ways)
        if policy.mode == "markov" and ways and unknown:
            raise EvidenceError(
                f'scenario {scenario.id}: mode "markov" needs probability_per_year of the promotions of the ladder; '
                "none has it."
            )
        lines = [rank.young_age_years for rank in self.ladder.ranks if rank.id in self.ladder.promoted_into]
        if policy.young_share > 0 and lines and all(line is None for line in lines):
            raise EvidenceError(
                f"scenario {scenario.id}: young_share needs young_age_years of the ranks promoted into; none has it."
            )

    def _faults(self) -> Iterator[str]:
        levels = self.ladder.levels
        for target in self.targets.targets:
            for level in target.levels:
                if level not in levels:
                    yield f"targets: target {target.id}: level {level!r} is not on the ladder. {nearest(level, levels)}"
            if target.survey and target.survey.headcount not in self.assumptions:
                yield _unknown_assumption(f"targets: target {target.id}", target.survey.headcount, self.assumptions)
            for selected in (target.groups, target.among):
                if not self.ladder.groups_with(selected):
                    yield f"targets: target {target.id}: no group of the ladder is {selected}."
        if self.units is not None:
            yield from self.units.faults(levels)
        surveyed = [target.id for target in self.targets.targets if target.survey]
        for where, given in self._references():
            if isinstance(given, Assumed):
                yield from self._faults_of(where, given.assumption)
            if isinstance(given, Calibrated) and given.calibrated_to not in surveyed:
                yield (
                    f"{where}: target {given.calibrated_to!r} has no survey to calibrate to. "
                    f"{nearest(given.calibrated_to, surveyed)}"
                )
        yield from self._faults_of_entry()
        for rank in self.ladder.ranks:
            for sex in {group.sex for group in self.ladder.groups}:
                routes = self.retirement.categories if self.retirement else frozenset()
                if rank.retirement and (rank.retirement, sex) not in routes:
                    yield f"retirement: no route for category {rank.retirement!r} (rank {rank.id}) and sex {sex!r}."

    def _faults_of_entry(self) -> Iterator[str]:
        """Tell whether the shares of entrants exceed one, or their most common age lies outside their ages."""
        alike = self.ladder.groups_alike[0]
        stated = [group.share_of_entry for group in alike if group.share_of_entry is not None]
        entry = self.ladder.entry
        named = [given for given in (*stated, entry and entry.most_common_age_years) if isinstance(given, Assumed)]
        if any(given.assumption not in self.assumptions for given in named):
            return
        if sum(self.amount(given) for given in stated) > 1:
            yield "ladder: groups: the shares of entry sum to more than 1."
        if entry and not entry.youngest_age_years <= self.amount(entry.most_common_age_years) <= entry.oldest_age_years:
            yield (
                f"ladder: entry, most_common_age_years: given {self.amount(entry.most_common_age_years):g}, expected "
                f"{entry.youngest_age_years} to {entry.oldest_age_years}."
            )

    def _faults_of(self, where: str, name: str) -> Iterator[str]:
        """Tell what is wrong with the assumption that a number names: it is unknown, or no probability."""
        if name not in self.assumptions:
            yield _unknown_assumption(where, name, self.assumptions)
        elif where.endswith(PROBABILITIES) and not 0 <= self.assumptions[name].low <= self.assumptions[name].high <= 1:
            entry = self.assumptions[name]
            yield f"{where}: assumption {name!r} ranges from {entry.low} to {entry.high}, expected within 0 to 1."
        elif where.endswith("promotion_weight") and self.assumptions[name].low <= 0:
            yield f"{where}: assumption {name!r} ranges from {self.assumptions[name].low}, expected above 0."

    def _references(self) -> Iterator[tuple[str, object]]:
        """Where a number stands that may be an assumption, and what stands there."""
        yield from _references(self.ladder, self.retirement)
        if self.attributes is not None and self.undivided is not None:
            for where, given in self.attributes.references():
                yield f"groups: {where}", given


def _references(ladder: Ladder, retirement: RetirementRules | None) -> Iterator[tuple[str, object]]:
    """Where a number of the ladder or of the retirement rules stands, and what stands there."""
    for where, given in _ladder_references(ladder):
        yield f"ladder: {where}", given
    if retirement and retirement.reform:
        yield "retirement: reform, early_take_up", retirement.reform.early_take_up
    for route in retirement.routes if retirement else ():
        yield f"retirement: route {route.category}, {route.sex}, share", route.share


def _ladder_references(ladder: Ladder) -> Iterator[tuple[str, object]]:
    for rank in ladder.ranks:
        yield f"rank {rank.id}, posts", rank.posts
        yield f"rank {rank.id}, young_age_years", rank.young_age_years
    for way in ladder.promotions:
        where = f"promotion {way.source} to {way.into}"
        yield f"{where}, typical_age_years", way.typical_age_years
        yield f"{where}, age_spread_years", way.age_spread_years
        yield f"{where}, ceiling_age_years", way.ceiling_age_years
    for move in ladder.moves:
        where = f"move {move.source} to {move.into}"
        yield f"{where}, probability_per_year", move.probability_per_year
        yield f"{where}, from_age_years", move.from_age_years
    for way in ladder.exits:
        yield f"exit {way.id}, probability_per_year", way.probability_per_year
    for group in ladder.groups:
        yield f"group {group.id}, share_of_entry", group.share_of_entry
    if ladder.entry:
        yield "entry, most_common_age_years", ladder.entry.most_common_age_years
    for name in type(ladder.history).model_fields:
        yield f"history, {name}", getattr(ladder.history, name)


def _unknown_assumption(where: str, given: str, assumptions: Assumptions) -> str:
    return f"{where}: assumption {given!r} is not known. {nearest(given, assumptions)}"


def load_evidence(facts: Path) -> Evidence:
    """Read the files of a facts folder and check them against each other; units.toml and groups.toml may be missing.

    Raises
    ------
    EvidenceError
        When a file cannot be used or names something that another file does not have.
    """
    evidence = Evidence(
        ladder=load_ladder(facts / "ladder.toml"),
        targets=load_targets(facts / "targets.toml"),
        retirement=load_retirement(facts / "retirement.toml"),
        assumptions=load_assumptions(facts / "assumptions.toml"),
        units=load_units(facts / "units.toml") if (facts / "units.toml").exists() else None,
        attributes=load_attributes(facts / "groups.toml") if (facts / "groups.toml").exists() else None,
    )
    if evidence.attributes is not None:
        # Nothing is divided yet; what would keep it from being so is told now.
        evidence.with_attributes()
    return evidence
