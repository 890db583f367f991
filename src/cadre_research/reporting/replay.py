"""A version made again from nothing but itself: the data, notebooks and code in its inputs.zip."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from cadre_research.errors import InputError, PublicationError, RunError
from cadre_research.paths import ROOT_VARIABLE, STUDY_VARIABLE
from cadre_research.reporting.changes import CHANGES_TABLES
from cadre_research.reporting.provenance import INPUTS_ARCHIVE, describe, sha256, verify_manifest
from cadre_research.reporting.unchanged import DRAWS

__all__ = ["replay"]

FILES_OF_REGISTER = ("register", "ladder", "targets", "retirement", "assumptions")
OPTIONS_OF_REGISTER = {"encoding": "--encoding", "date_format": "--date-format", "from": "--observed-from-year"}
TABLES = "tables/"


def replay(
    version: Path,
    into: Path | None = None,
    supplied: Sequence[Path] = (),
    note: Callable[[str], object] = lambda text: None,
) -> int:
    """Make a version again and compare every table with its manifest.

    Parameters
    ----------
    version : Path
        Its folder.
    into : Path, optional
        Where the report is published: an empty folder, or none yet. By default a temporary one.
    supplied : sequence of Path
        For a register's report, the register and what was given with it; each is known by its hash.
    note : callable
        Told what is under way, and what differs from then: Python, libraries.

    Returns
    -------
    int
        Number of tables, all equal.

    Raises
    ------
    InputError
        When the version carries no inputs, a file it names by its hash was not supplied, or `into` is not empty.
    PublicationError
        When a file of the version is not as its manifest says, or a table came out different; names each.
    RunError
        When the report could not be made.
    """
    manifest = verify_manifest(version)
    if INPUTS_ARCHIVE not in manifest["outputs"]:
        raise InputError(f"version {version.name}: carries no {INPUTS_ARCHIVE}, so it cannot be made again.")
    if into and into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise InputError(f"--into {into}: expected an empty folder, or one that does not exist yet.")
    command = _command(manifest["asked"], supplied)
    for difference in _differences(manifest):
        note(difference)
    with ExitStack() as stack:
        root = stack.enter_context(_checkout(version / INPUTS_ARCHIVE, manifest["inputs"]))
        outputs = into or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cadre-research-replay-")))
        note(f"Making version {version.name} again from its {len(manifest['inputs'])} inputs.")
        _make(root, [*command, "--output", str(outputs.resolve())])
        made = verify_manifest(outputs / "latest")
        return _compared(manifest["outputs"], made["outputs"], version.name)


@contextmanager
def _checkout(archive: Path, inputs: Mapping[str, str]) -> Iterator[Path]:
    """A folder with the files of the archive, each with the hash that the manifest gives."""
    with tempfile.TemporaryDirectory(prefix="cadre-research-replay-") as folder, zipfile.ZipFile(archive) as files:
        root = Path(folder)
        if sorted(files.namelist()) != sorted(inputs):
            raise PublicationError(f"{archive}: does not hold the inputs that the manifest lists.")
        for name, expected in inputs.items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise PublicationError(f"{archive}: {name!r} would lie outside its folder.")
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(files.read(name))
            if sha256(root / path) != expected:
                raise PublicationError(f"{archive}: {name} is not the file that the manifest lists.")
        yield root


def _command(asked: Mapping[str, Any], supplied: Sequence[Path]) -> list[str]:
    """Arguments of the report command that ask for the same."""
    command = ["report", "--language", asked["language"], "--draws", str(asked.get("draws", DRAWS))]
    for scenario in asked["scenarios"] or ():
        command += ["--scenario", scenario]
    if register := asked.get("register"):
        there = {sha256(path): path for path in supplied}
        wanted = {name: register[name] for name in FILES_OF_REGISTER if name in register}
        if missing := [f"{name} ({digest[:12]}…)" for name, digest in wanted.items() if digest not in there]:
            raise InputError(
                f"--register: expected files with these SHA-256, given none of them: {', '.join(missing)}. The report "
                "was made from them, and a version never carries a register."
            )
        for name, digest in wanted.items():
            command += [f"--{name}", str(there[digest].resolve())]
        command += ["--as-of", register["as_of"]]
        for name, option in OPTIONS_OF_REGISTER.items():
            command += [option, str(register[name])] if register.get(name) is not None else []
        command += ["--internal"] if register["disclosure"] == "internal" else []
    return command


def _differences(manifest: Mapping[str, Any]) -> list[str]:
    now = describe({})
    then = {"Python": manifest["python"], **manifest["libraries"]}
    here = {"Python": now["python"], **now["libraries"]}
    return [
        f"{name} is {here.get(name)}, and was {then[name]} when the version was made."
        for name in then
        if then[name] != here.get(name)
    ]


def _make(root: Path, command: Sequence[str]) -> None:
    """Run the command of the version's own code over its own data."""
    environment = {name: value for name, value in os.environ.items() if name != STUDY_VARIABLE}
    environment |= {ROOT_VARIABLE: str(root), "PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    made = subprocess.run(
        [sys.executable, "-m", "cadre_research", *command],
        env=environment,
        cwd=root,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if made.returncode:
        raise RunError(f"the report could not be made again: it ended with exit code {made.returncode} (see above).")


def _compared(before: Mapping[str, str], after: Mapping[str, str], name: str) -> int:
    # What changed since the report before is not among what a report follows from.
    told = {f"{TABLES}{name}.{kind}" for name in CHANGES_TABLES for kind in ("csv", "parquet")}
    tables = sorted(path for path in {*before, *after} - told if path.startswith(TABLES))
    different = [path for path in tables if before.get(path) != after.get(path)]
    if different:
        raise PublicationError(
            f"version {name}: {len(different)} of {len(tables)} tables came out different.\n  " + "\n  ".join(different)
        )
    return len(tables)
