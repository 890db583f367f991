"""kill -9 at random moments, of the run and of the kernels it has: the report that is up is whole, always."""

import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest
from scheduled import build
from test_faults import AGAIN_AND_AGAIN, assert_whole, start
from test_notebook_runner import write_notebook

from cadre_research.reporting.outputs_folder import latest_report, versions
from cadre_research.reporting.provenance import verify_manifest
from cadre_research.reporting.publish import publish

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are found through /proc")

# Publishes again and again what two notebooks make, in forked kernels if told so; a failure is one round lost.
ROUNDS = """
import os, sys
from pathlib import Path
from cadre_research.errors import NotebookError
from cadre_research.reporting.notebooks import NotebookRun, run_notebooks
from cadre_research.reporting.provenance import verify_manifest, write_manifest
from cadre_research.reporting.publish import publish
outputs, notebooks, warm = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "warm"
def build(folder):
    runs = [NotebookRun("book", "a"), NotebookRun("book", "b")]
    run_notebooks(runs, folder / "pages", 2, notebooks=notebooks, failed=outputs / "failed", warm=warm)
    write_manifest(folder, {})
while True:
    try:
        publish(outputs, build, verify_manifest, keep=3)
        print("published", flush=True)
    except NotebookError as fault:
        print("failed", repr(str(fault)), flush=True)
"""


def children(pid):
    """Processes below one, the youngest last."""
    found, parents = [], {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    waiting = [pid]
    while waiting:
        below = sorted(parents.get(waiting.pop(), []))
        found += below
        waiting += below
    return found


def kernels(pid):
    """Kernels of a run: forked ones lead a group of their own, as ordinary ones do."""
    return [child for child in children(pid) if _leads_a_group(child)]


def _leads_a_group(pid):
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False


def assert_all_whole(outputs):
    assert_whole(outputs)
    for version in versions(outputs):
        verify_manifest(version)


@pytest.fixture
def notebooks(tmp_path):
    write_notebook(tmp_path / "notebooks", "book", "import time; time.sleep(0.05)")
    return tmp_path / "notebooks"


@pytest.fixture
def temporary():
    """A folder for temporary files with a short name, as sockets need it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [84, pytest.param(500, marks=pytest.mark.soak)])
def test_the_run_is_killed(outputs, kills):
    moments = random.Random(kills)
    for _ in range(kills):
        with start(AGAIN_AND_AGAIN, outputs, 0.001) as run:
            assert run.stdout.readline() == "building\n"
            time.sleep(moments.uniform(0, 0.1))
            run.kill()
        assert_all_whole(outputs)
    publish(outputs, build, verify_manifest)
    assert (outputs / "latest" / "index.html").read_text(encoding="utf-8") == "good"
    assert not list(outputs.glob(".staging-*"))


@pytest.mark.slow
@pytest.mark.parametrize("kills", [12, pytest.param(400, marks=pytest.mark.soak)])
def test_a_kernel_is_killed_and_the_next_round_succeeds_without_help(outputs, notebooks, kills):
    moments, killed = random.Random(kills), 0
    with start(ROUNDS, outputs, notebooks, "warm") as run:
        assert run.stdout.readline() == "published\n"
        while killed < kills:
            if there := kernels(run.pid):
                time.sleep(moments.uniform(0, 0.2))
                try:
                    os.kill(moments.choice(there), signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    continue
                assert_all_whole(outputs)
                # One line for the round that lost its kernel, or that had just ended, and on.
                while run.stdout.readline() != "published\n":
                    assert run.poll() is None, run.stderr.read()
        before = latest_report(outputs)
        assert run.stdout.readline() == "published\n"
        assert latest_report(outputs) != before
    assert_all_whole(outputs)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [4, pytest.param(100, marks=pytest.mark.soak)])
def test_the_run_is_killed_while_its_kernels_work_and_none_of_them_stays(outputs, notebooks, kills):
    moments = random.Random(kills)
    left = []
    for number in range(kills):
        # Ordinary kernels take seconds to start; a few of them show that it makes no difference.
        with start(ROUNDS, outputs, notebooks, "cold" if number % 4 == 3 else "warm") as run:
            assert run.stdout.readline() == "published\n"
            time.sleep(moments.uniform(0, 0.5))
            left += children(run.pid)
            run.kill()
        assert_all_whole(outputs)
    publish(outputs, build, verify_manifest)
    assert (outputs / "latest" / "index.html").read_text(encoding="utf-8") == "good"
    for _ in range(100):
        if not (there := [pid for pid in left if _runs_python(pid)]):
            break
        time.sleep(0.2)
    assert there == []


def _runs_python(pid):
    try:
        return b"python" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.slow
def test_a_run_that_is_told_to_stop_leaves_neither_kernels_nor_a_half_report(outputs, notebooks, temporary):
    with start(ROUNDS, outputs, notebooks, "warm", env={**os.environ, "TMPDIR": str(temporary)}) as run:
        assert run.stdout.readline() == "published\n"
        # Between two rounds nothing is at work, and the signal ends the script as it ends any other.
        while not list(temporary.glob("kernels-*")):
            time.sleep(0.001)
        there = children(run.pid)
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=30)
    assert run.returncode == 128 + signal.SIGTERM
    assert not list(temporary.iterdir())
    assert not list(outputs.glob(".staging-*"))
    for _ in range(100):
        if not any(_runs_python(pid) for pid in there):
            break
        time.sleep(0.1)
    assert not any(_runs_python(pid) for pid in there)
    assert_all_whole(outputs)
