"""Every error this project raises on purpose.

::

    CadreResearchError
    ├── InputError            something given to the project cannot be used        exit code 2
    │   ├── EvidenceError     a data file: names the file, the key and the line
    │   ├── RegisterError     a personnel register: codes, lines and columns, never a value
    │   ├── UnknownNameError  a scenario, rank, target … that does not exist
    │   └── ParameterError    a parameter of a notebook or a command
    ├── ModelError            the model's own bookkeeping does not balance         exit code 3
    │   ├── ConservationError
    │   ├── CalibrationError
    │   └── InfeasibleError   no plan meets all constraints of a programme
    └── RunError              a run was started and failed                         exit code 4
        ├── NotebookError     names the notebook and the cell
        └── PublicationError  the report could not be put in place
            └── BusyError     another run is putting one there

A message says what was given, what was expected, where, and what to do. It never prints a person's data.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

__all__ = [
    "BusyError",
    "CadreResearchError",
    "CalibrationError",
    "ConservationError",
    "EvidenceError",
    "InfeasibleError",
    "InputError",
    "ModelError",
    "NotebookError",
    "ParameterError",
    "PublicationError",
    "RegisterError",
    "RunError",
    "UnknownNameError",
    "nearest",
    "on_one_line",
]


class CadreResearchError(Exception):
    """Base of every error raised on purpose; `exit_code` is what the command line returns for it."""

    exit_code = 1


class InputError(CadreResearchError):
    """Something given to the project cannot be used; nothing was run."""

    exit_code = 2


class EvidenceError(InputError):
    """A data file cannot be used."""


class RegisterError(InputError):
    """A personnel register cannot be used.

    Parameters
    ----------
    faults : sequence
        What is wrong, one line each when printed: a code, where, what to do. Nothing that stands in the file.
    found : int
        Number of faults found, of which `faults` may be the first.
    file : str
        Name of the file, empty where it is not known; printed on one line.
    """

    def __init__(self, faults: Sequence[object], found: int, file: str = "") -> None:
        self.faults, self.found, self.file = tuple(faults), found, file
        shown = f", the first {len(self.faults)} shown" if found > len(self.faults) else ""
        head = f"{on_one_line(file) or 'register'}: {found:,} fault{'s' * (found != 1)}{shown}."
        super().__init__("\n".join([head, *map(str, self.faults)]))

    def __reduce__(self) -> tuple[type[RegisterError], tuple[tuple[object, ...], int, str]]:
        """Say how to make it again in another process."""
        return type(self), (self.faults, self.found, self.file)


class UnknownNameError(InputError):
    """A name that nothing answers to."""

    def __init__(self, kind: str, given: str, known: Iterable[str]) -> None:
        known = sorted(known)
        self._asked = (kind, given, known)
        super().__init__(f"{kind} {given!r} is not known. {nearest(given, known)}")

    def __reduce__(self) -> tuple[type[UnknownNameError], tuple[str, str, list[str]]]:
        """Say how to make it again in another process."""
        return type(self), self._asked


class ParameterError(InputError):
    """A parameter is misspelt, of the wrong type or out of range."""


class ModelError(CadreResearchError):
    """The model refuses to go on."""

    exit_code = 3


class ConservationError(ModelError):
    """Opening + joined - left differs from closing somewhere, or a headcount is negative."""


class CalibrationError(ModelError):
    """No opening population under these assumptions agrees with the survey."""


class InfeasibleError(ModelError):
    """No plan meets all the constraints of a programme."""


class RunError(CadreResearchError):
    """A run was started and did not finish; what was published before is untouched."""

    exit_code = 4


class NotebookError(RunError):
    """A notebook did not run to its end."""


class PublicationError(RunError):
    """A report could not be put in place."""


class BusyError(PublicationError):
    """Another run is making a report in the same folder."""


def nearest(given: str, known: Iterable[str]) -> str:
    """Say which valid name is nearest to the one given, and list the valid names.

    >>> nearest("horizon_year", ["horizon_years", "scenario"])
    'Did you mean horizon_years? Valid: horizon_years, scenario.'
    """
    known = list(known)
    close = difflib.get_close_matches(str(given), known, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}? " if close else ""
    return f"{hint}Valid: {', '.join(known)}."


def on_one_line(name: str) -> str:
    r"""A file's name as it may be printed: a line end or a sign that a terminal obeys is written out.

    >>> on_one_line("a\n\x1b[31m登.csv")
    'a\\n\\x1b[31m登.csv'
    """
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in name)
