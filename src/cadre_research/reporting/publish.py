"""Putting a report in place so that readers only ever see a whole one.

A report is built in a staging folder on the same file system, verified, written through to disk, renamed once to
``versions/<time>-<id>``, and only then does the symbolic link ``latest`` move to it, by one rename. Whatever fails
or is killed, at whatever moment, ``latest`` is the previous whole report or the new whole one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cadre_research.errors import PublicationError, SwitchError, SyncError
from cadre_research.reporting.outputs_folder import alone, latest_report, pins, versions

__all__ = ["publish", "show", "staging", "sync"]

STAGING = ".staging-"
NEW_LINK = ".latest-"
STAMP = "%Y%m%dT%H%M%SZ"


def publish(
    outputs_dir: Path,
    build: Callable[[Path], None],
    verify: Callable[[Path], None],
    keep: int = 10,
    within: contextlib.AbstractContextManager | None = None,
) -> Path:
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
    within : context manager, optional
        Entered when this run has the lock and left before it lets go, as `recorded` gives one. It may refuse the run.

    Returns
    -------
    Path
        Folder of the new version.

    Raises
    ------
    PublicationError
        When the report cannot be written or does not pass `verify`; a BusyError when another run is publishing here.
    NotebookError
        From `build`. Any other error of `build` or `verify` passes as it is. `latest` is untouched in every case.
    """
    with staging(outputs_dir, within) as folder:
        build(folder)
        verify(folder)
        _write_through(folder)
        version = _promote(folder, outputs_dir)
        # The report is up: nothing that goes wrong while tidying may say otherwise.
        with contextlib.suppress(OSError):
            _prune(outputs_dir, max(1, keep))
    return version


@contextlib.contextmanager
def staging(outputs_dir: Path, within: contextlib.AbstractContextManager | None = None) -> Iterator[Path]:
    """Give an empty folder beside the versions, to this run alone, and remove what is left of it afterwards.

    Holds the lock of `outputs_dir`, removes what killed runs left, removes the folder on SIGTERM and SIGHUP too, and
    turns an OSError into a PublicationError that says where the last good report is.
    """
    with alone(outputs_dir), within or contextlib.nullcontext():
        _remove_leftovers(outputs_dir)
        folder = outputs_dir / f"{STAGING}{uuid.uuid4().hex[:8]}"
        try:
            # mkdir and not mkdtemp, whose folders nobody else may read.
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


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
    except OSError as fault:
        raise SyncError(
            f"the report could not be put in place: the disk did not confirm {path} ({fault.strerror})."
        ) from fault
    finally:
        os.close(descriptor)


def _promote(folder: Path, outputs_dir: Path) -> Path:
    """Rename the staging folder to a version and let `latest` show it."""
    version = outputs_dir / "versions" / f"{_stamp(outputs_dir)}-{uuid.uuid4().hex[:8]}"
    version.parent.mkdir(exist_ok=True)
    try:
        with _switching(version):
            os.rename(folder, version)
        sync(version.parent)
        show(version, outputs_dir)
    except BaseException:
        # A signal can arrive when the link has moved already; what readers see is never removed.
        if version.is_dir() and latest_report(outputs_dir) != version.resolve():
            _discard(version, outputs_dir)
        raise
    return version


def _stamp(outputs_dir: Path) -> str:
    """Time in UTC, later than that of every version there is, so that names stand in the order of publication.

    The clock may have been set back.
    """
    now = datetime.now(UTC).strftime(STAMP)
    newest = max((version.name[: len(now)] for version in versions(outputs_dir)), default="")
    if now > newest:
        return now
    return (datetime.strptime(newest, STAMP).replace(tzinfo=UTC) + timedelta(seconds=1)).strftime(STAMP)


@contextlib.contextmanager
def _switching(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise SwitchError(
            f"the report could not be put in place: {where} could not be made or moved ({fault.strerror})."
        ) from fault


def show(version: Path, outputs_dir: Path) -> None:
    """Let `latest` show a version, in one step.

    Raises
    ------
    PublicationError
        When it cannot; `latest` is as it was.
    """
    latest = outputs_dir / "latest"
    if latest.is_dir() and not latest.is_symlink():
        raise PublicationError(f"{latest} is a folder; expected a link that this command made. Move it away.")
    before = os.readlink(latest) if latest.is_symlink() else None
    # Relative, so that outputs/ can be moved or served from elsewhere.
    _point(Path("versions") / version.name, outputs_dir)
    try:
        sync(outputs_dir)
    except SyncError:
        # After a loss of power it might be the old one again, or the new one: so it is the old one now.
        if before is None:
            latest.unlink()
        else:
            _point(Path(before), outputs_dir)
        raise


def _point(target: Path, outputs_dir: Path) -> None:
    """Let `latest` point to another place in one step."""
    link = outputs_dir / f"{NEW_LINK}{uuid.uuid4().hex[:8]}"
    try:
        with _switching(outputs_dir / "latest"):
            os.symlink(target, link, target_is_directory=True)
            os.replace(link, outputs_dir / "latest")
    except BaseException:
        with contextlib.suppress(OSError):
            link.unlink(missing_ok=True)
        raise


def _prune(outputs_dir: Path, keep: int) -> None:
    current, pinned = latest_report(outputs_dir), pins(outputs_dir)
    others = [
        version for version in versions(outputs_dir) if version.resolve() != current and version.name not in pinned
    ]
    for old in others[: max(0, len(others) - keep + 1)]:
        _discard(old, outputs_dir)


def _discard(version: Path, outputs_dir: Path) -> None:
    """Take a version away in one step: a kill while its files are being removed leaves no half version."""
    gone = outputs_dir / f"{STAGING}{version.name}"
    os.rename(version, gone)
    if version.name in pins(outputs_dir):
        # Somebody pinned it meanwhile.
        os.rename(gone, version)
        return
    shutil.rmtree(gone, ignore_errors=True)
