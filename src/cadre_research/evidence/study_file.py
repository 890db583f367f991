"""A whole study in one file: what a report of a register hands to its notebooks. It holds cells, and no person."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from cadre_research.errors import EvidenceError
from cadre_research.evidence.assumptions import Assumption, Assumptions
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.registered import Registered
from cadre_research.evidence.retirement import RetirementRules
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.source import SourceFile, bytes_of
from cadre_research.evidence.targets import Targets
from cadre_research.evidence.units import Units

__all__ = ["StudyFile", "read_study_file"]

LARGEST_FILE_BYTES = 100_000_000


class StudyFile(SourceFile):
    """Evidence and scenarios together."""

    ladder: Ladder
    targets: Targets
    retirement: RetirementRules | None
    assumptions: tuple[Assumption, ...]
    registered: Registered | None
    units: Units | None
    scenarios: tuple[Scenario, ...]

    @classmethod
    def of(cls, evidence: Evidence, scenarios: tuple[Scenario, ...]) -> StudyFile:
        """Put evidence and scenarios together."""
        return cls(
            format=1,
            ladder=evidence.ladder,
            targets=evidence.targets,
            retirement=evidence.retirement,
            assumptions=tuple(evidence.assumptions.values()),
            registered=evidence.registered,
            units=evidence.units,
            scenarios=scenarios,
        )

    @property
    def evidence(self) -> Evidence:
        """The evidence, checked against itself."""
        assumptions = Assumptions({entry.id: entry for entry in self.assumptions})
        return Evidence(self.ladder, self.targets, self.retirement, assumptions, self.registered, self.units)

    def text(self) -> str:
        """The study as JSON."""
        return self.model_dump_json(by_alias=True, exclude_computed_fields=True)


def read_study_file(path: Path) -> StudyFile:
    """Read a study that `StudyFile.text` wrote.

    Raises
    ------
    EvidenceError
        When it cannot be read or used. The message names places in the file, never what stands there.
    """
    try:
        return StudyFile.model_validate_json(bytes_of(path, LARGEST_FILE_BYTES))
    except ValidationError as faults:
        places = sorted({".".join(map(str, fault["loc"][:3])) or "(whole file)" for fault in faults.errors()})
        raise EvidenceError(
            f"{path}: not a study of this version ({', '.join(places[:5])}). Make it again from the register."
        ) from None
