"""Putting a report in place so that readers only ever see a whole one.

A report is built in a staging folder on the same file system, verified, written through to disk, renamed once to
``versions/<time>-<id>``, and only then does the symbolic link ``latest`` move to it, by one rename. Whatever fails
or is killed, at whatever moment, ``latest`` is the previous whole report or the new whole one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from cadre_research.errors import CadreResearchError, PublicationError

try:
    import fcntl
except ImportError:  # Windows has none; there two runs at once are not prevented
    fcntl = None

__all__ = ["held_alone", "latest_report", "publish", "signals_unwind", "staging", "sync", "versions"]

STAGING = ".staging-"
NEW_LINK = ".latest-"
VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def publish(outputs_dir: Path, build: Callable[[Path], None], verify: Callable[[Path], None], keep: int = 10) -> Path:
    """Build a report, verify it, and make it the latest in one step.

    Parameters
    ----------
    outputs_dir : Path
        Holds versions/ and latest.
    build : callable
        Writes the report into the empty folder it is given.
    verify : callable
        Raises when the report in the folder is not whole, as `verify_report` does.
    keep : int
        Versions to keep, at least 1.

    Returns
    -------
    Path
        Folder of the new version.

    Raises
    ------
    PublicationError
        When the report cannot be written, does not pass `verify`, or another run is publishing here.
    NotebookError
        From `build`. Any other error of `build` or `verify` passes as it is. `latest` is untouched in every case.
    """
    with staging(outputs_dir) as folder:
        build(folder)
        verify(folder)
        _write_through(folder)
        version = _promote(folder, outputs_dir)
        # The report is up: nothing that goes wrong while tidying may say otherwise.
        with contextlib.suppress(OSError):
            _prune(outputs_dir, max(1, keep))
    return version


@contextlib.contextmanager
def staging(outputs_dir: Path) -> Iterator[Path]:
    """Give an empty folder beside the versions, to this run alone, and remove what is left of it afterwards.

    Holds the lock of `outputs_dir`, removes what killed runs left, removes the folder on SIGTERM and SIGHUP too, and
    turns an OSError into a PublicationError that says where the last good report is.
    """
    try:
        with held_alone(outputs_dir), signals_unwind():
            _remove_leftovers(outputs_dir)
            folder = outputs_dir / f"{STAGING}{uuid.uuid4().hex[:8]}"
            try:
                # mkdir and not mkdtemp, whose folders nobody else may read.
                folder.mkdir()
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except OSError as fault:
        named = f" ({fault.filename})" if fault.filename else ""
        raise PublicationError(
            f"the report could not be put in place: {fault.strerror or fault}{named}.\n{_still_up(outputs_dir)}"
        ) from fault
    except CadreResearchError as fault:
        fault.args = (f"{fault}\n{_still_up(outputs_dir)}",)
        raise


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


@contextlib.contextmanager
def held_alone(outputs_dir: Path) -> Iterator[None]:
    """Keep a second run out of a folder; the system lets go of the lock however this process ends."""
    outputs_dir.mkdir(parents=True, exist_ok=True)
    with (outputs_dir / ".lock").open("a+", encoding="utf-8") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise PublicationError(
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


def _remove_leftovers(outputs_dir: Path) -> None:
    for left in outputs_dir.glob(f"{STAGING}*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in outputs_dir.glob(f"{NEW_LINK}*"):
        left.unlink()


def _write_through(folder: Path) -> None:
    """Make sure that the files are on the disk and not only in the system's memory."""
    for path in [*folder.rglob("*"), folder]:
        sync(path)


def sync(path: Path) -> None:
    """Make sure that a file, or the names in a folder, are on the disk and not only in the system's memory."""
    if path.is_dir() and os.name == "nt":
        return  # a folder cannot be opened there
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _promote(folder: Path, outputs_dir: Path) -> Path:
    """Rename the staging folder to a version and let `latest` show it."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    version = outputs_dir / "versions" / f"{stamp}-{uuid.uuid4().hex[:8]}"
    version.parent.mkdir(exist_ok=True)
    try:
        os.rename(folder, version)
        sync(version.parent)
        _show(version, outputs_dir)
    except BaseException:
        # A signal can arrive when the link has moved already; what readers see is never removed.
        if version.is_dir() and latest_report(outputs_dir) != version.resolve():
            _discard(version, outputs_dir)
        raise
    return version


def _show(version: Path, outputs_dir: Path) -> None:
    latest = outputs_dir / "latest"
    if latest.is_dir() and not latest.is_symlink():
        raise PublicationError(f"{latest} is a folder; expected a link that this command made. Move it away.")
    link = outputs_dir / f"{NEW_LINK}{uuid.uuid4().hex[:8]}"
    try:
        # Relative, so that outputs/ can be moved or served from elsewhere.
        os.symlink(Path("versions") / version.name, link, target_is_directory=True)
        os.replace(link, latest)
    finally:
        link.unlink(missing_ok=True)
    sync(outputs_dir)


def _prune(outputs_dir: Path, keep: int) -> None:
    current = latest_report(outputs_dir)
    others = [version for version in versions(outputs_dir) if version.resolve() != current]
    for old in others[: max(0, len(others) - keep + 1)]:
        _discard(old, outputs_dir)


def _discard(version: Path, outputs_dir: Path) -> None:
    """Take a version away in one step: a kill while its files are being removed leaves no half version."""
    gone = outputs_dir / f"{STAGING}{version.name}"
    os.rename(version, gone)
    shutil.rmtree(gone, ignore_errors=True)


def _still_up(outputs_dir: Path) -> str:
    latest = latest_report(outputs_dir)
    if latest is None:
        return f"Nothing has been published to {outputs_dir} yet."
    return f"The last good report is untouched: {outputs_dir / 'latest' / 'index.html'} ({latest.name})."
