"""A part of a sweep: some settings that follow each other, forecast in one process and written as one Parquet file."""

from __future__ import annotations

import hashlib
import json
import pickle
import platform
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import cadre_research
from cadre_research.errors import RunError
from cadre_research.evidence.sweep import Sweep
from cadre_research.findings.settings import Settings
from cadre_research.reporting.provenance import sha256

__all__ = ["Part", "code_hash", "content_of", "message_of", "parts_of"]

# A part is what a lost worker costs, and never depends on how many workers there are. Some seconds of computing: in
# expectation so many settings, by chance so many replicates together.
SETTINGS_PER_PART = 120
REPLICATES_PER_PART = 2_000
ROOMS = ("evidence", "model", "findings")
# Another version of these can change a last digit or the bytes of a file.
LIBRARIES = ("numpy", "scipy", "numba", "pandas", "pyarrow")


@dataclass(frozen=True)
class Part:
    """One part: its number from 0, and the first and last of its settings."""

    number: int
    first: int
    last: int

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"part-{self.number:05d}.parquet"

    @property
    def settings(self) -> range:
        """Numbers of its settings."""
        return range(self.first, self.last + 1)

    def __str__(self) -> str:
        """Name it in a message."""
        return f"part {self.number} (settings {self.first} to {self.last})"


def parts_of(sweep: Sweep) -> tuple[Part, ...]:
    """Cut the product into parts of one size, which the sweep alone decides."""
    size = max(1, REPLICATES_PER_PART // sweep.replicates) if sweep.replicates else SETTINGS_PER_PART
    firsts = range(0, sweep.count, size)
    return tuple(Part(number, first, min(first + size, sweep.count) - 1) for number, first in enumerate(firsts))


def message_of(settings: Settings) -> bytes:
    """What another process, here or on another machine, has to know of a sweep."""
    return pickle.dumps((settings, code_hash()))


def content_of(message: bytes, part: Part) -> bytes:
    """Forecast the settings of a part and return the bytes of its file.

    Raises
    ------
    RunError
        When the code here or its libraries are not those of the process that asks.
    """
    settings, code = _opened(message)
    if code != code_hash():
        raise RunError(
            f"{part}: a worker has another version of this package or of {', '.join(LIBRARIES)} than the process that "
            "started the sweep. Install the same checkout with the same lock file on every machine."
        )
    table = pa.Table.from_pandas(settings.shares(part.settings), preserve_index=False)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()


@lru_cache(1)
def _opened(message: bytes) -> tuple[Settings, str]:
    """Kept from part to part, and with it the openings that it has calibrated."""
    return pickle.loads(message)


@cache
def code_hash() -> str:
    """Hash of the code and the versions of the libraries that the bytes of a part follow from."""
    house = Path(cadre_research.__file__).resolve().parent
    files = [*(path for room in ROOMS for path in sorted((house / room).glob("*.py"))), Path(__file__)]
    versions = {name: metadata.version(name) for name in LIBRARIES}
    python = platform.python_version_tuple()[:2]
    of_files = [(path.parent.name, path.name, sha256(path)) for path in files]
    return hashlib.sha256(json.dumps([of_files, versions, python], sort_keys=True).encode()).hexdigest()
