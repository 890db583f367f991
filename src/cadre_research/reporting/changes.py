"""What changed from one report to the next: what it was made from, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from cadre_research.errors import InputError
from cadre_research.reporting.editions import languages_of
from cadre_research.reporting.input_changes import InputChange, input_changes
from cadre_research.reporting.number_changes import (
    CHANGES_COLUMNS,
    differing_tables,
    in_main_reading,
    number_changes,
)
from cadre_research.reporting.outputs_folder import latest_report, versions
from cadre_research.reporting.provenance import manifest_if_any
from cadre_research.reporting.version import Version, read_version

__all__ = ["CHANGES_TABLES", "Changes", "changes_between", "compare", "since_last"]

# Tables of a report that has one before it, with their columns; a first report has neither.
CHANGES_TABLES = {
    "changes": tuple(CHANGES_COLUMNS),
    "changed_inputs": ("kind", "name", "change", "before", "after"),
}
MOVING = ("turned", "moved", "added", "removed")


@dataclass(frozen=True)
class Changes:
    """What differs between an earlier and a later report.

    Parameters
    ----------
    before, after : str
        Names of the two; the later one has none yet while it is made.
    created_before : str
        When the earlier one was made (UTC).
    service : str
        What the later one is about, as `Version.service`.
    inputs : tuple of InputChange
        What they were not both made from.
    numbers : DataFrame
        As `number_changes` returns; empty where numbers are not compared.
    other_tables : tuple of str
        Tables, beside that of verdicts, in which a number differs.
    not_compared : str
        Why numbers are not compared: service, disclosure or unreadable; empty where they are.
    """

    before: str
    after: str
    created_before: str = ""
    service: str = ""
    inputs: tuple[InputChange, ...] = ()
    numbers: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(CHANGES_TABLES["changes"])))
    other_tables: tuple[str, ...] = ()
    not_compared: str = ""

    @property
    def moved(self) -> bool:
        """Whether any number differs."""
        return bool(self.numbers["change"].isin(MOVING).any()) or bool(self.other_tables)

    @property
    def differ(self) -> bool:
        """Whether any number differs, or cannot be said not to."""
        return self.moved or bool(self.not_compared)

    @property
    def unexplained(self) -> bool:
        """Whether numbers differ though everything that they were made from is the same, which should not be.

        The language is not among that: numbers have none.
        """
        return self.moved and not [one for one in self.inputs if (one.kind, one.name) != ("parameters", "language")]

    @property
    def main(self) -> pd.DataFrame:
        """Rows of the reading that a report answers under."""
        return self.numbers[in_main_reading(self.numbers)]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables of a report that tell of its changes, those without rows left out."""
        made = {
            "changes": self.numbers,
            "changed_inputs": pd.DataFrame(
                [vars(one) for one in self.inputs], columns=list(CHANGES_TABLES["changed_inputs"])
            ),
        }
        return {name: frame for name, frame in made.items() if len(frame)}


def compare(before: Path, after: Path) -> Changes:
    """Compare two published versions.

    Parameters
    ----------
    before, after : Path
        Their folders.

    Raises
    ------
    InputError
        When a manifest or a table of either cannot be used.
    """
    return changes_between(read_version(before), read_version(after))


def since_last(folder: Path, outputs: Path, description: Mapping[str, Any]) -> Changes | None:
    """Compare a report that is being made with the last one in its languages, or else any; None for a first one.

    Numbers have no language, but who reads one language wants to know what changed since that was last published. The
    last one is what `latest` shows or was published before it: after a rollback, none that was given up.

    A report before that is damaged does not keep a new one from being made: the comparison says so.

    Parameters
    ----------
    folder : Path
        Where it is made; its tables are there.
    outputs : Path
        Holds versions/ and latest.
    description : mapping
        As `provenance.describe` returns, for its manifest.
    """
    last = latest_report(outputs)
    if last is None:
        return None
    made = Version(folder, description)
    try:
        before = read_version(last)
        if not _holds(before.parameters, made.parameters):
            last = _last_that_holds(outputs, last, made.parameters) or last
            before = read_version(last)
        return changes_between(before, made)
    except InputError:
        return Changes(last.name, "", service=made.service, not_compared="unreadable")


def changes_between(before: Version, after: Version) -> Changes:
    """Compare two versions that were read."""
    reason = _not_compared(before, after)
    found = Changes(
        before.name,
        after.name,
        before.created,
        after.service,
        input_changes(before, after, with_values=not reason),
        not_compared=reason,
    )
    if reason:
        return found
    named = {**vars(found), "numbers": number_changes(before, after)}
    return Changes(**{**named, "other_tables": _others(before, after)})


def _last_that_holds(outputs: Path, last: Path, made: Mapping[str, Any]) -> Path | None:
    """Newest version in all languages of the one made, up to the one that `latest` shows; None where there is none."""
    for version in reversed([one for one in versions(outputs) if one.name <= last.name]):
        parameters = (manifest_if_any(version) or {}).get("parameters")
        if isinstance(parameters, dict) and _holds(parameters, made):
            return version
    return None


def _holds(before: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """Whether who reads any edition of the one made could read the one before."""
    return {*languages_of(made.get("language"))} <= {*languages_of(before.get("language"))}


def _others(before: Version, after: Version) -> tuple[str, ...]:
    return tuple(name for name in differing_tables(before, after) if name != "verdicts")


def _not_compared(before: Version, after: Version) -> str:
    """Why the numbers of two versions are not set side by side; empty where they are."""
    differing = {
        "service": (before.service, after.service),
        # Numbers of a report for its own office must not enter one for everybody.
        "disclosure": (before.disclosure, after.disclosure),
    }
    return next((reason for reason, (one, other) in differing.items() if one != other), "")
