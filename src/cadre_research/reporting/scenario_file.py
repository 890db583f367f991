"""Writing a scenario of one's own to a file, where the next report finds it."""

from __future__ import annotations

import errno
import json
import os
import tomllib
import uuid
from pathlib import Path
from typing import Any

from cadre_research.errors import InputError, ParameterError
from cadre_research.evidence.scenario import IDENTIFIER, LONGEST_ID, Scenario
from cadre_research.evidence.source import read_source

__all__ = ["save_scenario", "scenario_text"]

# What a file system says that has no hard links.
WITHOUT_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS})
HEAD = ("format", "id", "order", "title_en", "title_zh", "reason", "reason_zh")


def save_scenario(scenario: Scenario, folder: Path, text: str | None = None) -> Path:
    """Write a scenario to a file of its own in a folder of scenarios; never over another.

    Whatever happens before the file has its name leaves nothing behind.

    Parameters
    ----------
    scenario : Scenario
    folder : Path
    text : str, optional
        The scenario as TOML, with comments of one's own; `scenario_text` by default.

    Returns
    -------
    Path
        The file, named after the scenario's id.

    Raises
    ------
    ParameterError
        When the id cannot be a file's name, or the folder has a scenario of that id.
    InputError
        When the file cannot be written.
    """
    name = scenario.id
    if len(name) > LONGEST_ID or not IDENTIFIER.fullmatch(name):
        raise ParameterError(
            f"id: given {name[:80]!r}, expected lower-case letters, digits and hyphens, such as my-plan, up to "
            f"{LONGEST_ID} of them."
        )
    text = scenario_text(scenario) if text is None else text
    path = folder / f"{name}.toml"
    # Written aside and then named: half a scenario would stop every command that reads the folder.
    aside = folder / f".{name}.new-{uuid.uuid4().hex[:8]}"
    try:
        with aside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if read_source(aside, Scenario) != scenario:
            raise ParameterError(f"scenario {name!r}: what was written reads back as another. Write it by hand.")
        _name(aside, path)
    except FileExistsError:
        raise ParameterError(
            f"id: given {name!r}, which {path.name} has already. Choose another id; nothing was written."
        ) from None
    except OSError as fault:
        raise InputError(f"{path}: cannot be written: {fault.strerror}.") from None
    finally:
        aside.unlink(missing_ok=True)
    return path


def _name(aside: Path, path: Path) -> None:
    """Give a file its name; unlike a move, a link fails where there is one, also if it came a moment ago."""
    try:
        os.link(aside, path)
    except OSError as fault:
        if fault.errno not in WITHOUT_LINKS:
            raise
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        os.rename(aside, path)


def scenario_text(scenario: Scenario) -> str:
    """A scenario as TOML, in its differences from the status quo.

    Raises
    ------
    ParameterError
        When it would not be read back as it is.
    """
    content = scenario.model_dump(mode="json", exclude_defaults=True)
    head = {name: content.pop(name) for name in HEAD if name in content}
    lines = [f"{name} = {_value(value)}" for name, value in head.items()]
    for table, values in content.items():
        if isinstance(values, dict):
            lines += ["", f"[{table}]", *(f"{name} = {_value(value)}" for name, value in values.items())]
        else:
            lines.insert(len(head), f"{table} = {_value(values)}")
    text = "\n".join(lines) + "\n"
    if Scenario.model_validate_json(json.dumps(tomllib.loads(text))) != scenario:
        raise ParameterError(f"scenario {scenario.id!r}: cannot be written as TOML. Write it by hand.")
    return text


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_value(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    # A JSON string, number or truth value is one in TOML too; of the signs that TOML wants escaped JSON leaves one.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
