"""The folder that reports are published to: what is in it, and changing it as the only one who does."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from cadre_research.errors import (
    BusyError,
    CadreResearchError,
    DiskError,
    DiskFullError,
    NotPermittedError,
    ParameterError,
    PublicationError,
    on_one_line,
)

try:
    import fcntl
except ImportError:  # Windows has none; there two runs at once are not prevented
    fcntl = None

__all__ = [
    "LOCK",
    "PINS",
    "VERSION",
    "alone",
    "check_outputs_folder",
    "held_alone",
    "latest_report",
    "pins",
    "signals_unwind",
    "versions",
]

LOCK = ".lock"
PINS = "pinned"
VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def latest_report(outputs_dir: Path) -> Path | None:
    """Folder of the version that `latest` shows, None when there is none."""
    link = outputs_dir / "latest"
    return link.resolve() if link.is_dir() else None


def versions(outputs_dir: Path) -> list[Path]:
    """Folders of the versions kept, oldest first."""
    folder = outputs_dir / "versions"
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if VERSION.fullmatch(path.name))


def pins(outputs_dir: Path) -> set[str]:
    """Names of the versions that are never pruned: files in pinned/ of these names."""
    folder = outputs_dir / PINS
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def check_outputs_folder(outputs_dir: Path) -> None:
    """Refuse a folder for reports where something of another kind is in the way; before anything long is done.

    Raises
    ------
    ParameterError
        When it, or a folder above it, is a file, or its `latest` is no link.
    """
    above = next((path for path in (outputs_dir, *outputs_dir.parents) if os.path.lexists(path)), outputs_dir)
    if os.path.lexists(above) and not above.is_dir():
        raise ParameterError(
            f"--output: given {str(outputs_dir)!r}, expected a folder; {on_one_line(str(above))} is a file and in the "
            "way. Move it away, or name another folder."
        )
    latest = outputs_dir / "latest"
    if os.path.lexists(latest) and not latest.is_symlink():
        raise ParameterError(
            f"--output: given {str(outputs_dir)!r}, where {on_one_line(str(latest))} is in the way; expected a link "
            "that this command made. Move it away, or name another folder."
        )


@contextlib.contextmanager
def alone(outputs_dir: Path) -> Iterator[None]:
    """Change what is published in a folder as the only one who does; every fault says what is still up there."""
    try:
        with held_alone(outputs_dir), signals_unwind():
            yield
    except OSError as fault:
        raise _of_the_disk(fault, f"the report could not be put in place: {{}}.\n{_still_up(outputs_dir)}") from fault
    except CadreResearchError as fault:
        fault.args = (f"{fault}\n{_still_up(outputs_dir)}",)
        raise


@contextlib.contextmanager
def held_alone(outputs_dir: Path) -> Iterator[None]:
    """Keep a second run out of a folder; the system lets go of the lock however this process ends."""
    outputs_dir.mkdir(parents=True, exist_ok=True)
    with (outputs_dir / LOCK).open("a+", encoding="utf-8") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise BusyError(
                    f"another run (process {holder}) is publishing to {outputs_dir}. Wait until it has finished."
                ) from None
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextlib.contextmanager
def signals_unwind() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the run as an exception, so that it can tidy up; by default they end it at once."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), leave) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler or signal.SIG_DFL)


def _of_the_disk(fault: OSError, message: str) -> PublicationError:
    """Error of the kind of a fault; {} in the message is what the system says."""
    named = f" ({fault.filename})" if fault.filename else ""
    kind = DiskFullError if fault.errno in FULL else NotPermittedError if fault.errno in FORBIDDEN else DiskError
    return kind(message.format(f"{fault.strerror or fault}{named}"))


def _still_up(outputs_dir: Path) -> str:
    latest = latest_report(outputs_dir)
    if latest is None:
        return f"Nothing has been published to {outputs_dir} yet."
    return f"The last good report is untouched: {outputs_dir / 'latest' / 'index.html'} ({latest.name})."
