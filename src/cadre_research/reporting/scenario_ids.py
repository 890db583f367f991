"""Ids that a scenario may be given: identifiers that are not taken and that nothing takes for something else."""

from __future__ import annotations

import re

from cadre_research.errors import ParameterError
from cadre_research.evidence.scenario import IDENTIFIER, LONGEST_ID
from cadre_research.findings.study import Study
from cadre_research.reporting.names import display_names

__all__ = ["EXPECTED_ID", "new_id"]

EXPECTED_ID = "lower-case letters, digits and hyphens, such as my-plan"
# Names that Windows keeps for devices, whatever follows a dot.
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(1, 10))})
# What a program that opens a table takes for nothing, or for yes and no.
VALUES = frozenset({"na", "none", "null", "true", "false", "yes", "no"})
# Given by the package itself: the folder of measures, and a scenario that was changed on the way.
FOLDER, CHANGED = "measures", "-changed"


def new_id(given: str, study: Study) -> str:
    """Return an id that a scenario may be given.

    Raises
    ------
    ParameterError
        When it is no identifier, taken, or would be taken for something else.

    >>> from cadre_research.paths import data_dir
    >>> new_id("my-plan", Study.read(data_dir()))
    'my-plan'
    """
    if len(given) > LONGEST_ID or not IDENTIFIER.fullmatch(given):
        likely = re.sub(r"[^a-z0-9]+", "-", given.lower()).strip("-")[:LONGEST_ID].strip("-")
        hint = f" Perhaps {likely}." if likely and likely != given else ""
        raise ParameterError(
            f"ID: given {given[:80]!r}, expected {EXPECTED_ID}; at most {LONGEST_ID} characters.{hint}"
        )
    for kind, known in (("scenario", study.scenarios), ("measure", study.measures)):
        if given in known:
            raise ParameterError(
                f"ID: given {given!r}, expected a new one; a {kind} of that name is there and is never written over. "
                f"Choose another, or begin with it: --base {given}."
            )
    if given in VALUES or _is_number(given):
        raise ParameterError(
            f"ID: given {given!r}, expected a name; a program that opens the tables takes that for a number, a yes or "
            f"no, or nothing. Put a word to it, such as plan-{given}."
        )
    assumptions = study.evidence.assumptions
    if given in {*display_names(study, "en"), *assumptions, *DEVICES, FOLDER} or given.endswith(CHANGED):
        raise ParameterError(
            f"ID: given {given!r}, expected another; that name is reserved. Choose one that is no target, rank or "
            f"assumption and does not end in {CHANGED}."
        )
    return given


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
