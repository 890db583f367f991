"""What is told of a failure where everybody may read it: which notebook, what kind, and no more."""

from __future__ import annotations

import re

from cadre_research.errors import CadreResearchError, NotebookError, RegisterError

__all__ = ["exit_code_of", "failure_told"]

LONGEST_REASON = 160
NOTEBOOK = re.compile(r"(?P<notebook>[a-z0-9][a-z0-9.-]*)(?: \(.*?\))?: (?P<rest>.*)")
# What follows the name of a foreign error is its message, in which values of data may stand.
FOREIGN = re.compile(r"((?:failed with |: )[A-Z]\w*):.*")
# From the root to the name of a file, spaces included.
FOLDERS = re.compile(r"(?<![\w.])(?:[A-Za-z]:|~)?[/\\](?:[^:'\"()]*[/\\])?")


def exit_code_of(fault: BaseException | None) -> int:
    """What the command line returns for a fault."""
    if isinstance(fault, SystemExit):
        return fault.code if isinstance(fault.code, int) else int(fault.code is not None)
    return 0 if fault is None else 130 if isinstance(fault, KeyboardInterrupt) else getattr(fault, "exit_code", 1)


def failure_told(fault: BaseException | None) -> dict[str, str | None]:
    """Say of a failure which notebook it was and what kind, and neither a path nor anything that stands in data."""
    if fault is None:
        return {"notebook": None, "reason": "ended without a report"}
    if isinstance(fault, SystemExit):
        return {"notebook": None, "reason": f"told to stop (exit code {exit_code_of(fault)})"}
    if not isinstance(fault, CadreResearchError):
        known = isinstance(fault, OSError) and fault.strerror
        return {"notebook": None, "reason": f"{type(fault).__name__}{f': {fault.strerror}' if known else ''}"}
    notebook, text = None, (str(fault).splitlines() or [""])[0]
    if isinstance(fault, NotebookError) and (named := NOTEBOOK.fullmatch(text)):
        notebook, text = named["notebook"], FOREIGN.sub(r"\1", named["rest"])
    if isinstance(fault, RegisterError):
        text = f"{fault.found} faults"
    text = FOLDERS.sub("", text)
    return {
        "notebook": notebook,
        "reason": f"{type(fault).__name__}: " + (text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]} …"),
    }
