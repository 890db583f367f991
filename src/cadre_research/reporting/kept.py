"""Results that take long are kept on disk and found again as long as nothing that they depend on has changed."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from cadre_research.paths import outputs_dir, own_study, project_root
from cadre_research.reporting.provenance import sha256
from cadre_research.reporting.unchanged import CACHE

try:
    import fcntl
except ImportError:  # Windows has none; there two runs at once may both do the work
    fcntl = None

__all__ = ["Keeping", "NotKept", "inputs", "is_kept", "keep_file", "keeping", "kept", "kept_folder", "kept_together"]

# What a finding can depend on. The rules of a scenario other than the status quo are part of what is asked.
INPUTS = (
    "data/facts/*.toml",
    "data/scenarios/status-quo.toml",
    "requirements.lock",
    *(f"src/cadre_research/{room}/*.py" for room in ("evidence", "model", "findings")),
)
KEEP = 600
ABANDONED_AFTER_SECONDS = 6 * 3600


class NotKept(Exception):
    """A result would have to be found first, where none is to be."""


@dataclass(frozen=True)
class Keeping:
    """Where results are kept for a while, and which were asked for.

    Parameters
    ----------
    folder : Path, optional
        In place of the usual one.
    make : bool
        Whether a result that is not there is found; otherwise NotKept is raised.
    names : set of str, optional
        Names of the files of those asked for so far.
    made_of : tuple, optional
        As `inputs` returns, where they are not looked at again for each result.
    """

    folder: Path | None = None
    make: bool = True
    names: set[str] | None = None
    made_of: tuple[tuple[str, str], ...] | None = None


USUALLY = Keeping()
# Of one thread alone: a worker of a cluster may have several.
_keeping: ContextVar[Keeping] = ContextVar("keeping", default=USUALLY)


@contextlib.contextmanager
def keeping(folder: Path | None = None, *, make: bool = True) -> Iterator[Keeping]:
    """Within, keep results in another folder, or raise NotKept for one that is not there."""
    made_of = None if make else inputs()
    before = _keeping.set(Keeping(folder or _keeping.get().folder, make, set(), made_of))
    try:
        yield _keeping.get()
    finally:
        _keeping.reset(before)


def kept_folder() -> Path:
    """Folder of what is kept: outputs/cache/, or beside the study of a register, which takes it along when it goes."""
    own = own_study()
    return _keeping.get().folder or (own.parent if own else outputs_dir()) / CACHE


def kept(name: str, asked: Mapping[str, Any], make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return a table from the disk, or make it and keep it there.

    Parameters
    ----------
    name : str
        Of the table; part of the file's name in outputs/cache/, or beside the study of a register.
    asked : mapping
        What it was asked for; JSON values. The facts, the status quo, the package's findings and the lock file are
        added to it, so that a table is found again only while all of them are the same. The rules of any other
        scenario that the table depends on must stand in it.
    make : callable
        Makes the table. Called at most once at a time on one machine: who comes second waits and reads.

    Notes
    -----
    What is returned has been through a file's format also when it was made, so that it is the same ever after. A file
    that cannot be read is made again; where nothing can be written, nothing is kept.
    """
    now = _keeping.get()
    made_of = now.made_of or inputs()
    path = _place(name, asked, made_of)
    folder = path.parent
    if now.names is not None:
        now.names.add(path.name)
    if not now.make:
        if (found := _read(path)) is None:
            raise NotKept(path.name)
        return found
    if made_of != _at_first(project_root(), own_study()):
        # Data or code changed since this process took them up: what it finds belongs to neither.
        return make()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = path.with_suffix(".lock").open("a")
    except OSError:
        found = _read(path)
        return make() if found is None else found
    with lock, _held(lock):
        if (found := _read(path)) is not None:
            return found
        written = io.BytesIO()
        make().to_parquet(written)
        if inputs() == made_of:
            _write(written.getvalue(), path)
            _prune(folder)
    return pd.read_parquet(written)


def kept_together(
    names: Sequence[str], asked: Mapping[str, Any], make: Callable[[], Mapping[str, pd.DataFrame]]
) -> dict[str, pd.DataFrame]:
    """As `kept` of several tables, by name, that are made together; each is kept by itself."""
    made: dict[str, pd.DataFrame] = {}

    def one(name: str) -> pd.DataFrame:
        if not made:
            made.update(make())
        return made[name]

    return {name: kept(name, asked, lambda name=name: one(name)) for name in names}


def is_kept(name: str, asked: Mapping[str, Any]) -> bool:
    """Whether `kept` would find a file of the table."""
    return _place(name, asked, inputs()).is_file()


def keep_file(name: str, content: bytes) -> None:
    """Keep the file of a result that was found elsewhere, from the same inputs."""
    folder = kept_folder()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _write(content, folder / name)


def inputs() -> tuple[tuple[str, str], ...]:
    """Hash of every file that a finding can depend on, by its path in the checkout."""
    root = project_root()
    files = sorted({path for pattern in INPUTS for path in root.glob(pattern) if path.is_file()})
    own = own_study()
    study = (("study", _hash(own)),) if own else ()
    return (*((path.relative_to(root).as_posix(), _hash(path)) for path in files), *study)


def _hash(path: Path) -> str:
    """Hash of a file, read again only when it has been written since; it is asked for hundreds of times a report."""
    now = path.stat()
    return _hash_as_of(path, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)


@lru_cache(1024)
def _hash_as_of(path: Path, *written: int) -> str:
    return sha256(path)


@cache
def _at_first(root: Path, own: Path | None) -> tuple[tuple[str, str], ...]:
    """The same, as it was when this process first asked."""
    return inputs()


def _place(name: str, asked: Mapping[str, Any], made_of: tuple[tuple[str, str], ...]) -> Path:
    return kept_folder() / f"{name}-{_key(name, asked, made_of)}.parquet"


def _key(name: str, asked: Mapping[str, Any], made_of: tuple[tuple[str, str], ...]) -> str:
    text = json.dumps([name, dict(asked), made_of], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@contextlib.contextmanager
def _held(lock: Any) -> Iterator[None]:
    if fcntl is not None:
        fcntl.flock(lock, fcntl.LOCK_EX)
    yield


def _read(path: Path) -> pd.DataFrame | None:
    if not path.is_file():
        return None
    try:
        found = pd.read_parquet(path)
    except Exception:  # half a file, somebody else's, or of another pyarrow: it is made again
        return None
    with contextlib.suppress(OSError):
        path.touch()
    return found


def _write(table: bytes, path: Path) -> None:
    new = path.with_name(f".{path.name}-{uuid.uuid4().hex[:8]}")
    try:
        new.write_bytes(table)
        os.replace(new, path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def _prune(folder: Path) -> None:
    """Remove the files unused for longest, and what killed writers left; locks stay, somebody may hold them."""
    with contextlib.suppress(OSError):
        files = sorted(folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime)
        for path in [*files[:-KEEP], *_abandoned(folder)]:
            path.unlink(missing_ok=True)


def _abandoned(folder: Path) -> list[Path]:
    hours_ago = time.time() - ABANDONED_AFTER_SECONDS
    return [path for path in folder.glob(".*.parquet-*") if path.stat().st_mtime < hours_ago]
