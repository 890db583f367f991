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
            ├── DiskFullError     no space left, a quota or a limit reached     exit code 5
            ├── NotPermittedError no permission, or a read-only disk            exit code 6
            ├── DiskError         any other fault in reading or writing         exit code 7
            ├── SyncError         the disk did not confirm what was written     exit code 8
            ├── SwitchError       a whole report could not be moved in place    exit code 9
            └── BusyError         another run is putting one there              exit code 10

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
    "DiskError",
    "DiskFullError",
    "EvidenceError",
    "InfeasibleError",
    "InputError",
    "ModelError",
    "NotPermittedError",
    "NotebookError",
    "ParameterError",
    "PublicationError",
    "RegisterError",
    "RunError",
    "SwitchError",
    "SyncError",
    "UnknownNameError",
    "as_printed",
    "meant",
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


class DiskFullError(PublicationError):
    """No space is left on the disk, or a quota or a limit on the size of files is reached."""

    exit_code = 5


class NotPermittedError(PublicationError):
    """Nobody may write there, or not this user."""

    exit_code = 6


class DiskError(PublicationError):
    """The disk or the system refused to read or write for another reason."""

    exit_code = 7


class SyncError(PublicationError):
    """The disk did not confirm what was written, so that it could be lost when the power fails."""

    exit_code = 8


class SwitchError(PublicationError):
    """A report that is whole could not be moved to its place, or be made the latest."""

    exit_code = 9


class BusyError(PublicationError):
    """Another run is making a report in the same folder."""

    exit_code = 10


def nearest(given: str, known: Iterable[str]) -> str:
    """Say which valid name is nearest to the one given, and list the valid names.

    >>> nearest("horizon_year", ["horizon_years", "scenario"])
    'Did you mean horizon_years? Valid: horizon_years, scenario.'
    """
    known = list(known)
    close = difflib.get_close_matches(str(given), known, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}? " if close else ""
    return f"{hint}Valid: {', '.join(known)}."


def meant(given: object) -> str:
    """Say how a number that looks like a percentage is written as a decimal; empty where it looks like none.

    >>> meant(12), meant("8 %"), meant(0.5)
    (' 12 of 100 is written 0.12.', ' 8 of 100 is written 0.08.', '')
    """
    try:
        found = float(str(given).strip().removesuffix("%"))
    except ValueError:
        return ""
    percentage = isinstance(given, str) and given.strip().endswith("%")
    if isinstance(given, bool) or not (1 < found <= 100 or (percentage and 0 <= found <= 100)):
        return ""
    return f" {found:g} of 100 is written {found / 100:g}."


def on_one_line(name: str) -> str:
    r"""A file's name as it may be printed: a line end or a sign that a terminal obeys is written out.

    >>> on_one_line("a\n\x1b[31m登.csv")
    'a\\n\\x1b[31m登.csv'
    """
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in name)


def as_printed(message: str) -> str:
    r"""A message as it may be printed: its lines stay, and what a terminal obeys in a name is written out.

    >>> as_printed("a.toml: unknown name \x1b[31m.\nb.toml: missing.")
    'a.toml: unknown name \\x1b[31m.\nb.toml: missing.'
    """
    return "\n".join(map(on_one_line, message.split("\n")))
