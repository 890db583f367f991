"""Writing a scenario of one's own to a file, where the next report finds it."""

from __future__ import annotations

import json
import os
import tomllib
import uuid
from pathlib import Path
from typing import Any

from cadre_research.errors import InputError, ParameterError
from cadre_research.evidence.scenario import IDENTIFIER, LONGEST_ID, Scenario

__all__ = ["save_scenario", "scenario_text"]

HEAD = ("format", "id", "order", "title_en", "title_zh", "reason", "reason_zh")


def save_scenario(scenario: Scenario, folder: Path) -> Path:
    """Write a scenario to a file of its own in a folder of scenarios; never over another.

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
    text = scenario_text(scenario)
    path = folder / f"{name}.toml"
    # Written aside and then named: half a scenario would stop every command that reads the folder.
    aside = folder / f".{name}.new-{uuid.uuid4().hex[:8]}"
    try:
        aside.write_text(text, encoding="utf-8", newline="\n")
        # Fails where there is one, also if it came a moment ago.
        os.link(aside, path)
    except FileExistsError:
        raise ParameterError(
            f"id: given {name!r}, which {path.name} has already. Choose another id; nothing was written."
        ) from None
    except OSError as fault:
        raise InputError(f"{path}: cannot be written: {fault.strerror}.") from None
    finally:
        aside.unlink(missing_ok=True)
    return path


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
