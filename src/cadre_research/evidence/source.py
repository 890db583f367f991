"""Reading a TOML data file into a closed, typed value, with errors that name the file, the key and the line."""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cadre_research.errors import EvidenceError, meant, nearest, on_one_line

__all__ = ["Identifier", "Probability", "Record", "SourceFile", "bytes_of", "explain_faults", "place", "read_source"]

LARGEST_FILE_BYTES = 1_000_000
# tomllib takes minutes over a key of many parts.
KEY_OF_MANY_PARTS = re.compile(r"(?:[\"']?[\w-]{0,64}[\"']?[ \t]{0,8}\.[ \t]{0,8}){50}")
# As somebody types one: a number after an equals sign, with a per cent sign.
PERCENTAGE = re.compile(rb"^[^#\n]{0,200}=[ \t]{0,8}(\d{1,3}(?:\.\d{1,9})?)[ \t]{0,8}%", re.MULTILINE)

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Probability = Annotated[float, Field(ge=0, le=1)]


class Record(BaseModel):
    """A value read from a file: closed (no unknown key), strictly typed, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class SourceFile(Record):
    """A whole data file; `format` is the version of its layout."""

    format: Literal[1]

    @field_validator("format", mode="before")
    @classmethod
    def _is_no_truth_value(cls, given: object) -> object:
        # true is equal to 1, and would pass for it.
        if isinstance(given, bool):
            raise ValueError(f"expected 1, got {str(given).lower()}")
        return given


Source = TypeVar("Source", bound=BaseModel)


def read_source(path: Path, kind: type[Source]) -> Source:
    """Read one TOML file as `kind`.

    Raises
    ------
    EvidenceError
        When the file is missing, too large, not UTF-8, not TOML (a duplicate key is not TOML), or when a key is
        unknown, missing, of the wrong type or out of range.
    """
    raw = bytes_of(path, LARGEST_FILE_BYTES)
    try:
        text = raw.decode("utf-8")
        if KEY_OF_MANY_PARTS.search(text):
            raise ValueError("a key of more than 50 parts")
        content = _lists_as_tuples(tomllib.loads(text))
    except (ValueError, RecursionError) as fault:
        # ValueError: not UTF-8, not TOML, or an integer of thousands of digits.
        said = f"{on_one_line(str(path))}: not a valid UTF-8 TOML file: {fault}.{_percentage(raw)}"
        raise EvidenceError(said) from None
    try:
        return kind.model_validate(content)
    except ValidationError as faults:
        raise EvidenceError(explain_faults(faults, kind, path, text)) from None


def bytes_of(path: Path, largest_bytes: int) -> bytes:
    """Read a file as it is.

    Raises
    ------
    EvidenceError
        When it is missing, cannot be read, is no file or is too large.
    """
    name = on_one_line(str(path))
    try:
        found = path.stat()
        # A device or a pipe has no size, and may have no end.
        if not stat.S_ISREG(found.st_mode):
            raise EvidenceError(f"{name}: cannot be read (a folder, device or pipe; expected a file).")
        if found.st_size > largest_bytes:
            raise EvidenceError(f"{name}: {found.st_size:,} bytes given, at most {largest_bytes:,} expected.")
        return path.read_bytes()
    except OSError as fault:
        raise EvidenceError(f"{name}: cannot be read ({fault.strerror}).") from None


def explain_faults(faults: ValidationError, kind: type[BaseModel], path: Path | None = None, text: str = "") -> str:
    """One line a fault: where, what was given, what was expected, the nearest valid name."""
    lines = []
    for fault in faults.errors():
        key = _dotted(fault["loc"])
        # A missing key stands nowhere; the table it is missing from does.
        table = fault["loc"][: -1 if fault["type"] == "missing" else None]
        where = place(path, fault["loc"], text, table) if path else key
        if fault["type"] == "extra_forbidden":
            lines.append(f"{where}: unknown name. {nearest(str(fault['loc'][-1]), _field_names(kind))}")
        elif fault["type"] == "missing":
            lines.append(f"{where}: missing; this key is required.")
        else:
            message = fault["msg"].removeprefix("Value error, ")
            given = "" if isinstance(fault["input"], dict | tuple | list) else f" given {fault['input']!r};"
            hint = meant(fault["input"]) if fault.get("ctx", {}).get("le", 2) <= 1 else ""
            lines.append(f"{where}:{given} {message[:1].lower() + message[1:]}.{hint}")
    return "\n".join(dict.fromkeys(lines))


def _percentage(raw: bytes) -> str:
    """Say how the first percentage of a file is written; empty where there is none."""
    found = PERCENTAGE.search(raw)
    if not found:
        return ""
    number = found[1].decode()
    return f" A percentage is written as a decimal: {float(number) / 100:g} for {number} %."


def place(path: Path, location: tuple[int | str, ...], text: str, standing: tuple[int | str, ...] | None = None) -> str:
    """Say where a key is: file, line if it is found in the text, and key.

    Parameters
    ----------
    location : tuple of str and int
        Names of tables and the key, and numbers in arrays.
    standing : tuple, optional
        What the line is that of, if not of the key itself.
    """
    line = _line_of(location if standing is None else standing, text)
    at = f", line {line}" if line else ""
    return f"{on_one_line(str(path))}{at}, key {_dotted(location)}"


def _lists_as_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists_as_tuples(entry) for key, entry in value.items()}
    return tuple(_lists_as_tuples(entry) for entry in value) if isinstance(value, list) else value


def _dotted(location: tuple[int | str, ...]) -> str:
    parts = [f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in location]
    return "".join(parts).removeprefix(".") or "(whole file)"


def _line_of(location: tuple[int | str, ...], text: str) -> int | None:
    """Line of the last step of `location` that stands in the text as a key or a table header, counted from 1."""
    lines, found = text.splitlines(), None
    start, end = 0, len(lines)
    for step, following in zip(location, (*location, None)[1:], strict=True):
        if isinstance(step, int):
            continue
        pattern = re.compile(rf"^\s*(\[+\s*(\S+\.)?{re.escape(step)}\s*\]+|\"?{re.escape(step)}\"?\s*[=.])")
        hits = [number for number in range(start, end) if pattern.match(lines[number])]
        if not hits:
            continue
        wanted = following if isinstance(following, int) and following < len(hits) else 0
        start = hits[wanted]
        # The next table of the same array has the same keys.
        end = hits[wanted + 1] if isinstance(following, int) and wanted + 1 < len(hits) else end
        found = start + 1
    return found


def _field_names(kind: type[BaseModel]) -> list[str]:
    """Field names of a model and of the models nested in it."""
    names, seen, queue = set(), set(), [kind]
    while queue:
        model = queue.pop()
        if model in seen:
            continue
        seen.add(model)
        names |= {field.alias or name for name, field in model.model_fields.items()}
        queue += [t for field in model.model_fields.values() for t in _models_in(field.annotation)]
    return sorted(names)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
