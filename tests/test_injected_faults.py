"""Every call that writes fails once in turn: what was up stays up, whole, and each kind of fault has its own code."""

import contextlib
import errno
import os
import sys
from pathlib import Path

import pandas as pd
import pytest

from cadre_research.errors import PublicationError
from cadre_research.reporting.outputs_folder import latest_report, versions
from cadre_research.reporting.provenance import verify_manifest, write_manifest
from cadre_research.reporting.publish import publish
from cadre_research.reporting.tables import write_tables

WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT
STEPS = {"os.rename", "os.symlink", "os.mkdir", "os.remove", "os.rmdir"}
CODES = {errno.ENOSPC: 5, errno.EDQUOT: 5, errno.EACCES: 6, errno.EROFS: 6, errno.EIO: 7}
SYNC, SWITCH = 8, 9


class Faults:
    """Counts calls that write below a folder, and lets the one that is due fail; one for all tests."""

    def __init__(self):
        self.folder, self.due, self.number, self.seen = None, 0, 0, []
        sys.addaudithook(self._heard)

    @contextlib.contextmanager
    def under(self, folder, due=0, number=errno.EIO):
        self.folder, self.due, self.number, self.seen = str(folder), due, number, []
        try:
            yield self
        finally:
            self.folder = None

    def step(self, event, path):
        if self.folder is None or self.folder not in str(path):
            return
        self.seen.append(event)
        if len(self.seen) == self.due:
            raise OSError(self.number, os.strerror(self.number), str(path))

    def _heard(self, event, arguments):
        if self.folder is None:
            return
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING_FLAGS:
            self.step(event, arguments[0])
        elif event in STEPS:
            self.step(event, arguments[0] if event != "os.symlink" else arguments[1])


FAULTS = Faults()


@pytest.fixture(autouse=True)
def _fsync_counts(monkeypatch):
    """There is no audit event for it."""
    real = os.fsync

    def fsync(descriptor):
        FAULTS.step("os.fsync", os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


def build(folder, word="new"):
    """A small report with everything a real one has: pages, figures, tables and a manifest."""
    for name in ("pages", "figures", "notebooks"):
        (folder / name).mkdir()
    pages = [f"pages/{number}.html" for number in range(16)]
    for name in ("index.html", "figures/a.svg", "notebooks/a.ipynb", *pages):
        (folder / name).write_text(word, encoding="utf-8")
    write_tables({"verdicts": pd.DataFrame({"share": [0.07]})}, folder / "tables")
    write_manifest(folder, {"word": word})


def published(folder):
    return publish(folder, build, verify_manifest, keep=1)


@pytest.fixture
def outputs(tmp_path):
    """Where two good reports were put in place, so that a third one also prunes."""
    folder = tmp_path / "outputs"
    for _ in range(2):
        publish(folder, lambda into: build(into, "good"), verify_manifest, keep=2)
    return folder


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fsync is followed through /proc")


@pytest.mark.parametrize("number", CODES, ids=errno.errorcode.get)
def test_whatever_fails_the_report_that_is_up_stays_and_the_code_says_what_it_was(outputs, number):
    with FAULTS.under(outputs) as counted:
        published(outputs)
    steps, injected = list(counted.seen), 0
    assert {"open", "os.mkdir", "os.rename", "os.symlink", "os.fsync"} <= set(steps)
    for due, event in enumerate(steps, 1):
        before = latest_report(outputs)
        fault = None
        with FAULTS.under(outputs, due, number) as counted:
            try:
                published(outputs)
            except PublicationError as told:
                fault = told
        # What a fault in tidying up left lying about is tidied up by the next run, whose steps are then one off.
        injected += len(counted.seen) >= due
        event = counted.seen[due - 1] if len(counted.seen) >= due else event
        now = latest_report(outputs)
        verify_manifest(now)
        if fault is None:
            # It was up already: what fails in tidying up does not make it less so. And a folder that is there need
            # not be made.
            assert now != before
            assert steps.index("os.symlink") + 1 < due or event == "os.mkdir"
        else:
            assert now == before, (due, event)
            assert str(fault).splitlines()[-1] == (
                f"The last good report is untouched: {outputs / 'latest' / 'index.html'} ({before.name})."
            )
            expected = SYNC if event == "os.fsync" else CODES[number]
            switching = event in ("os.rename", "os.symlink")
            assert fault.exit_code == (SWITCH if switching else expected), (due, event)
        for version in versions(outputs):
            verify_manifest(version)
    # Of each of five kinds: more than 300 in all.
    assert injected > 60
    # And the next run succeeds without help, and leaves nothing behind.
    assert (published(outputs) / "index.html").read_text(encoding="utf-8") == "new"
    assert not list(outputs.glob(".staging-*")) + list(outputs.glob(".latest-*"))
    assert Path(outputs / "latest").resolve() == versions(outputs)[-1].resolve()
