"""What one report was made from and another was not: files, assumptions, scenarios, libraries, each named."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from cadre_research.reporting.version import Version

__all__ = ["INPUT_KINDS", "InputChange", "input_changes"]

# In the order in which a reader is told of them.
INPUT_KINDS = (
    *("assumptions", "register", "scenarios", "data", "parameters", "notebooks", "code", "lock", "libraries"),
)
ASSUMPTIONS = "data/facts/assumptions.toml"
SCENARIOS = "data/scenarios"
# What is estimated follows from the register, which is told of by itself.
ESTIMATED = "register"
AMOUNTS = ("value", "low", "high")
HASH_SHOWN = 10
# A register is read with files and options of its own.
OWN_FILES = ("ladder", "targets", "retirement", "assumptions")
READ_WITH = ("encoding", "date_format", "from")


@dataclass(frozen=True)
class InputChange:
    """One thing that differs between two reports.

    Parameters
    ----------
    kind : str
        One of `INPUT_KINDS`.
    name : str
        Path of a file, or id of an assumption, scenario, library or parameter.
    change : {"added", "removed", "changed"}
    before, after : str
        What it was and is, where that can be said in a few characters and may be; else empty.
    """

    kind: str
    name: str
    change: str
    before: str = ""
    after: str = ""


def input_changes(before: Version, after: Version, *, with_values: bool = True) -> tuple[InputChange, ...]:
    """Name everything that two reports were not both made from, kind after kind in the order of `INPUT_KINDS`.

    Without `with_values` no assumption's value is read: numbers of a report for its own office stay there.
    """
    found = [
        *_files(before, after, with_values=with_values),
        *_scenarios(before, after),
        *_register(before, after),
        *_named("parameters", _asked(before), _asked(after)),
        *_named("code", _package(before), _package(after)),
        *_named("libraries", _libraries(before), _libraries(after)),
    ]
    return tuple(sorted(found, key=lambda one: (INPUT_KINDS.index(one.kind), one.name)))


def _files(before: Version, after: Version, *, with_values: bool) -> Iterator[InputChange]:
    # A register's scenarios are its own, not those of the checkout.
    told = set() if after.register else {*_wanted(before), *_wanted(after)}
    for change in _named("", before.manifest["inputs"], after.manifest["inputs"]):
        name, path = change.name, PurePosixPath(change.name)
        # A scenario of the reports is told of by its id.
        if str(path.parent) == SCENARIOS and path.stem in told:
            continue
        kind = _kind(name)
        if kind == "assumptions" and with_values:
            yield from _assumptions(before, after) or [InputChange(kind, name, change.change)]
        else:
            yield InputChange(kind, name, change.change)


def _kind(name: str) -> str:
    if name == ASSUMPTIONS:
        return "assumptions"
    if name == "requirements.lock":
        return "lock"
    top = name.split("/", 1)[0]
    return {"data": "data", "notebooks": "notebooks"}.get(top, "code")


def _assumptions(before: Version, after: Version) -> list[InputChange]:
    """Assumptions whose value or range differs; empty where only a text of their file does."""
    frames = [_stated(version) for version in (before, after)]
    changes = []
    for name in sorted({*frames[0].index, *frames[1].index}):
        rows = [frame.loc[name] if name in frame.index else None for frame in frames]
        if rows[0] is None or rows[1] is None:
            changes.append(InputChange("assumptions", name, "added" if rows[0] is None else "removed"))
        elif not rows[0].equals(rows[1]):
            changes.append(InputChange("assumptions", name, "changed", *_amounts(*rows)))
    return changes


def _stated(version: Version) -> pd.DataFrame:
    frame = version.table("assumptions", ["assumption", "provenance", *AMOUNTS])
    if frame is None:
        return pd.DataFrame(columns=list(AMOUNTS))
    stated = frame[frame["provenance"] != ESTIMATED]
    return stated.drop_duplicates("assumption").set_index("assumption")[list(AMOUNTS)].astype(float)


def _amounts(before: pd.Series, after: pd.Series) -> tuple[str, str]:
    """Value where it differs, range where that does; nothing where a number of either is not shown."""
    if before.isna().any() or after.isna().any():
        return "", ""
    both = []
    for row in (before, after):
        value = [f"{row['value']:g}"] if before["value"] != after["value"] else []
        ranged = not before[["low", "high"]].equals(after[["low", "high"]])
        both.append(" ".join([*value, *([f"[{row['low']:g}, {row['high']:g}]"] if ranged else [])]))
    return both[0], both[1]


def _scenarios(before: Version, after: Version) -> Iterator[InputChange]:
    there = [_wanted(version) for version in (before, after)]
    for name in sorted({*there[0], *there[1]}):
        if name not in there[0] or name not in there[1]:
            yield InputChange("scenarios", name, "removed" if name in there[0] else "added")
            continue
        path = f"{SCENARIOS}/{name}.toml"
        files = [version.manifest["inputs"].get(path) for version in (before, after)]
        if files[0] != files[1] and not after.register:
            yield InputChange("scenarios", name, "changed")


def _wanted(version: Version) -> list[str]:
    return [str(name) for name in version.parameters.get("scenarios") or ()]


def _register(before: Version, after: Version) -> Iterator[InputChange]:
    both = before.register, after.register
    if both[0].get("sha256") != both[1].get("sha256"):
        hashes = [str(one.get("sha256", ""))[:HASH_SHOWN] for one in both]
        yield InputChange("register", "sha256", _change(*both), *hashes)
    if all(both):
        yield from _with_values("register", *(_without(one, ("sha256", "disclosure")) for one in both))
    asked = before.register_asked, after.register_asked
    if all(asked):
        yield from _with_values("register", *({key: one.get(key) for key in READ_WITH} for one in asked))
        for change in _named("data", *({key: one[key] for key in OWN_FILES if key in one} for one in asked)):
            kind = "assumptions" if change.name == "assumptions" else "data"
            yield InputChange(kind, f"--{change.name}", change.change)


def _without(said: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key not in keys}


def _asked(version: Version) -> dict[str, str]:
    plain = {key: value for key, value in version.parameters.items() if key not in ("scenarios", "register")}
    plain["disclosure"] = version.disclosure
    return {key: _text(value) for key, value in plain.items()}


def _package(version: Version) -> dict[str, str]:
    package = version.manifest.get("package") or {}
    return {str(package["name"]): str(package.get("version", ""))} if "name" in package else {}


def _libraries(version: Version) -> dict[str, str]:
    python = version.manifest.get("python")
    libraries = version.manifest.get("libraries") or {}
    return {**libraries, **({"Python": python} if python else {})}


def _with_values(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[InputChange]:
    yield from _named(kind, *({key: _text(value) for key, value in one.items()} for one in (before, after)))


def _named(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[InputChange]:
    """Names whose value differs, with both values but for files, whose values are hashes."""
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            values = ("", "") if kind in ("", "data") else (_shown(before.get(name)), _shown(after.get(name)))
            yield InputChange(kind, name, _change(name in before, name in after), *values)


def _change(before: object, after: object) -> str:
    return "changed" if before and after else "added" if after else "removed"


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
