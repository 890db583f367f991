"""What goes wrong ends in a clear error, and the report that was up stays up, whole."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from scheduled import build
from test_notebook_runner import KERNEL, write_notebook

from cadre_research.errors import InputError, NotebookError, ParameterError, PublicationError, UnknownNameError
from cadre_research.evidence.scenario import load_scenario
from cadre_research.paths import scenarios_dir
from cadre_research.reporting.notebooks import NotebookRun, run_notebook, run_notebooks
from cadre_research.reporting.outputs_folder import latest_report, versions
from cadre_research.reporting.parameters import validate
from cadre_research.reporting.provenance import verify_manifest
from cadre_research.reporting.publish import publish

CODE_AS_NAME = "x=1;import os;os.system('touch PWNED')#"

# Publishes again and again. `wait` seconds pass in the middle of the build.
PUBLISHER = """
import os, sys, time
from pathlib import Path
from cadre_research.reporting.provenance import verify_manifest, write_manifest
from cadre_research.reporting.publish import publish
outputs, wait = Path(sys.argv[1]), float(sys.argv[2])
def build(folder):
    (folder / "pages").mkdir()
    for name in ("index.html", "pages/a.html", "pages/b.html"):
        (folder / name).write_text(f"{os.getpid()} " * 2000)
        print("building", flush=True)
        time.sleep(wait)
    write_manifest(folder, {})
"""
AGAIN_AND_AGAIN = PUBLISHER + "while True: publish(outputs, build, verify_manifest, keep=3)\n"
ONCE = PUBLISHER + "publish(outputs, build, verify_manifest, keep=3)\n"
# Kills itself just before the n-th time that it touches a file in outputs.
DIES_AT_STEP = (
    PUBLISHER
    + """
import signal
left = int(sys.argv[3])
watched = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.truncate"}
def count(event, arguments):
    global left
    if event in watched and any(str(outputs) in str(argument) for argument in arguments):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
publish(outputs, build, verify_manifest, keep=1)
"""
)


@contextlib.contextmanager
def start(script, outputs, *arguments, **options):
    """A script while it runs: killed when the test is done with it or has failed."""
    command = [sys.executable, "-c", script, str(outputs), *map(str, arguments)]
    if sys.platform != "win32":
        # A job in the background of a shell ignores interrupts, and its children would too.
        options.setdefault("preexec_fn", lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options) as run:
        try:
            yield run
        finally:
            run.kill()


def assert_whole(outputs):
    """The report that is up is a whole one."""
    latest = latest_report(outputs)
    assert latest is not None
    verify_manifest(latest)


@pytest.fixture
def publish_notebook(outputs, tmp_path):
    """Publish a notebook over the good report."""

    def with_notebook(*sources, parameters=None, **options):
        write_notebook(tmp_path / "notebooks", "book", *sources)
        run = NotebookRun("book", "page", parameters or {})
        options = {"notebooks": tmp_path / "notebooks", "failed": outputs / "failed", **options}

        def build_with_notebook(folder):
            run_notebook(run, folder, **options)
            build(folder)

        return publish(outputs, build_with_notebook, verify_manifest)

    return with_notebook


def assert_untouched(outputs):
    assert (outputs / "latest" / "index.html").read_text(encoding="utf-8") == "good"
    assert_whole(outputs)
    assert len(versions(outputs)) == 1
    assert not list(outputs.glob(".staging-*"))


# --- what is given


@pytest.mark.parametrize(
    "name", ["no-such-scenario", "../../x", "../facts/targets", "/etc/passwd", "", "status-quo.toml"]
)
def test_an_unknown_scenario_is_refused_and_never_used_as_a_path(name):
    with pytest.raises(UnknownNameError, match=r"scenario .* is not known"):
        load_scenario(name, scenarios_dir())
    with pytest.raises(InputError):
        validate("03-age-structure-forecast", {"scenario": name}, ["status-quo"])


def test_a_parameter_name_that_carries_code_never_reaches_a_kernel(publish_notebook, outputs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match="is not a parameter of this notebook"):
        publish_notebook(parameters={CODE_AS_NAME: 1})
    assert not list(tmp_path.rglob("PWNED"))
    assert_untouched(outputs)


@pytest.mark.slow
def test_under_plain_papermill_a_misspelt_parameter_stops_the_notebook(tmp_path):
    """Papermill itself only warns, and would run with the default."""
    book = new_notebook(metadata=KERNEL)
    defaults = "age_line = 'inclusive'\nlanguage = 'en'"
    check = "from cadre_research.reporting.parameters import OpeningParameters\n"
    check += "parameters = OpeningParameters.from_notebook(globals())\nprint(parameters.age_line)"
    book.cells = [new_code_cell(defaults, metadata={"tags": ["parameters"]}), new_code_cell(check)]
    nbformat.write(book, tmp_path / "book.ipynb")

    def run(**parameters):
        return papermill.execute_notebook(
            tmp_path / "book.ipynb", tmp_path / "out.ipynb", parameters, progress_bar=False
        )

    assert run(age_line="strict").cells[-1].outputs[0].text == "strict\n"
    with pytest.raises(papermill.PapermillExecutionError, match=r"'age_lin' is not a parameter .* mean age_line\?"):
        run(age_lin="strict")
    with pytest.raises(papermill.PapermillExecutionError, match="age_line: given 'strickt', expected"):
        run(age_line="strickt")


# --- what fails while it runs


def test_a_missing_kernel_is_named_with_those_there_are(publish_notebook, outputs):
    with pytest.raises(NotebookError, match=r"kernel 'no-such' is not installed. Installed: .*python3"):
        publish_notebook(kernel_name="no-such")
    assert_untouched(outputs)


def test_a_cell_that_fails_is_named_and_the_notebook_kept(publish_notebook, outputs):
    with pytest.raises(NotebookError) as error:
        publish_notebook("y = x", "raise ValueError('so it is')", parameters={"x": 3})
    message = str(error.value)
    assert message.startswith("book (x=3): code cell 4 (raise ValueError('so it is')) failed with ValueError: so it is")
    assert f"The last good report is untouched: {outputs / 'latest' / 'index.html'}" in message
    (kept,) = (outputs / "failed").iterdir()
    assert str(kept) in message
    assert "so it is" in kept.read_text(encoding="utf-8")
    assert_untouched(outputs)


def test_a_kernel_that_is_killed_is_noticed(publish_notebook, outputs):
    """Papermill marks every cell of such a run as completed."""
    with pytest.raises(NotebookError, match="the kernel died in code cell 2"):
        publish_notebook("import os; os.kill(os.getpid(), 9)")
    assert_untouched(outputs)


def test_a_kernel_that_leaves_early_is_noticed(publish_notebook, outputs):
    with pytest.raises(NotebookError, match="book: "):
        publish_notebook("import os; os._exit(0)")
    with pytest.raises(NotebookError, match="did not reach its end"):
        publish_notebook("raise SystemExit")
    assert_untouched(outputs)


# --- what the disk does


def _real_full_disk(folder):
    Path("/dev/full").write_text("x", encoding="utf-8")


def _said_full_disk(folder):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder / "index.html"))


@pytest.mark.parametrize("full", [_real_full_disk if Path("/dev/full").exists() else _said_full_disk, _said_full_disk])
def test_a_full_disk_is_said(outputs, full):
    with pytest.raises(PublicationError, match=r"(?s)could not be put in place: No space left on device.*untouched"):
        publish(outputs, full, verify_manifest)
    assert_untouched(outputs)


@pytest.mark.parametrize("call", ["fsync", "rename", "symlink", "replace", "mkdir"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_an_error_of_the_file_system_at_any_step_is_said(outputs, monkeypatch, call, number):
    def fail(*arguments, **options):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(PublicationError, match=f"(?s){os.strerror(number)}.*untouched"):
            publish(outputs, build, verify_manifest)
    assert_untouched(outputs)
    publish(outputs, build, verify_manifest)


@pytest.fixture
def no_room_for_runs(monkeypatch):
    """The disk is full when a notebook that was run is written."""
    write = nbformat.write

    def full(notebook, path, **options):
        if path.parent.name != "notebooks":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(notebook, path, **options)

    monkeypatch.setattr(nbformat, "write", full)


@pytest.mark.usefixtures("no_room_for_runs")
def test_a_disk_that_fills_up_while_a_notebook_runs_is_said(publish_notebook, outputs):
    with pytest.raises(NotebookError, match=r"(?s)book: could not be written or run: No space left.*untouched"):
        publish_notebook()
    assert_untouched(outputs)


@pytest.mark.usefixtures("no_room_for_runs")
def test_a_failed_notebook_that_cannot_be_kept_is_said(publish_notebook, outputs):
    with pytest.raises(NotebookError, match=r"(?s)ZeroDivisionError.*could not be kept: No space left"):
        publish_notebook("1 / 0")
    assert_untouched(outputs)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits on file sizes there")
def test_a_file_that_the_system_cuts_short_is_said(outputs):
    """The system itself refuses to write, as on a full disk."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
    with start(limit + ONCE, outputs, 0) as run:
        error = run.communicate(timeout=30)[1]
    assert run.returncode == 1
    assert "DiskFullError: the report could not be put in place: File too large" in error
    assert f"untouched: {outputs / 'latest' / 'index.html'}" in error
    assert_untouched(outputs)


# --- who is killed when


def test_killed_before_every_step_the_report_that_is_up_is_whole(outputs):
    """Also shows that every step is reached: without the kill the same run ends well."""
    step, ended = 0, None
    while ended != 0:
        step += 1
        assert step < 200
        with start(DIES_AT_STEP, outputs, 0, step) as run:
            error = run.communicate(timeout=30)[1]
        ended = run.returncode
        assert ended in (0, -signal.SIGKILL), error
        assert_whole(outputs)
        # A version is whole from the moment it stands there.
        for version in versions(outputs):
            verify_manifest(version)
    assert step > 20
    assert not list(outputs.glob(".staging-*"))
    assert len(versions(outputs)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_run_that_is_told_to_stop_tidies_up(outputs, number):
    with start(ONCE, outputs, 60) as run:
        assert run.stdout.readline() == "building\n"
        run.send_signal(number)
        run.communicate(timeout=10)
    assert run.returncode == (-signal.SIGINT if number == signal.SIGINT else 128 + number)
    assert_untouched(outputs)


@pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once there")
def test_kernels_end_with_a_run_that_is_told_to_stop(outputs, tmp_path):
    write_notebook(
        tmp_path,
        "slow",
        f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(120)",
    )
    script = """
import sys
from pathlib import Path
from cadre_research.reporting.notebooks import NotebookRun, run_notebooks
from cadre_research.reporting.publish import publish
outputs, notebooks = Path(sys.argv[1]), Path(sys.argv[2])
def build(folder):
    runs = [NotebookRun("slow", "a"), NotebookRun("slow", "b")]
    run_notebooks(runs, folder, workers=1, notebooks=notebooks, failed=outputs / "failed")
publish(outputs, build, print)
"""
    with start(script, outputs, tmp_path) as run:
        pid = _wait_for(tmp_path / "pid")
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=20)
    assert run.returncode == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert_untouched(outputs)


def _wait_for(path):
    for _ in range(200):
        if path.exists() and (text := path.read_text(encoding="utf-8")):
            return int(text)
        time.sleep(0.1)
    raise AssertionError(f"{path} never came")


def test_an_error_in_the_callback_stops_the_kernels_too(tmp_path):
    write_notebook(tmp_path, "fine")
    write_notebook(tmp_path, "slow", "import time; time.sleep(120)")
    begun = time.monotonic()

    def interrupt(run, path):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_notebooks(
            [NotebookRun("fine", "a"), NotebookRun("slow", "b")],
            tmp_path / "out",
            workers=2,
            on_done=interrupt,
            notebooks=tmp_path,
            failed=tmp_path / "failed",
        )
    assert time.monotonic() - begun < 30
