"""Forked kernels: real ones, that show what ordinary ones show and die like them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from test_notebook_runner import write_notebook

from cadre_research.errors import NotebookError
from cadre_research.paths import notebooks_dir
from cadre_research.reporting import kernels, warm_kernels
from cadre_research.reporting.notebooks import NotebookRun, run_notebook, run_notebooks
from cadre_research.reporting.warm_kernels import ForkedProcess, why_not_warm

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only"),
    # Forking is what is tested; whoever forks has one thread.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]

SHOWN = (
    "import pandas as pd\nimport matplotlib.pyplot as plt\nimport numpy as np",
    "pd.DataFrame({'a' * 30: [1.5], 'b' * 40: ['x' * 60], 'c' * 40: ['y' * 60]})",
    "fig, ax = plt.subplots(figsize=(2, 1)); ax.plot([1, 2]); ax.set_title('年轻干部')",
    "pd.get_option('display.max_columns'), plt.get_backend()",
    "import multiprocessing, sys; sys.stdin.isatty() if sys.stdin else None",
)


@pytest.fixture
def both(tmp_path):
    """Run the same cells in an ordinary and in a forked kernel."""

    def run(*sources):
        write_notebook(tmp_path, "book", *sources)
        made = {}
        for warm in (False, True):
            path = run_notebook_in(tmp_path, warm)
            made[warm] = nbformat.read(path, as_version=4)
        return made

    return run


def run_notebook_in(folder, warm, name="book"):
    options = {"notebooks": folder, "failed": folder / "failed", "warm": warm}
    (path,) = run_notebooks([NotebookRun(name, name)], folder / f"out-{warm}", **options)
    return path


def shown(notebook):
    """Of each cell what it displayed, in order, and what it printed, by stream: when a stream is emptied is chance."""
    return [
        (
            [output.data for output in cell.get("outputs", []) if "data" in output],
            {
                name: "".join(output.text for output in cell.get("outputs", []) if output.get("name") == name)
                for name in ("stdout", "stderr")
            },
        )
        for cell in notebook.cells
    ]


def test_a_forked_kernel_shows_what_an_ordinary_one_shows(both):
    made = both(*SHOWN)
    assert shown(made[True]) == shown(made[False])
    pictures = [o for cell in made[True].cells for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
    assert len(pictures) == 1


def test_forked_kernels_are_processes_of_their_own_with_chances_of_their_own(tmp_path):
    source = "import os, random, numpy as np; print(os.getpid(), os.getpgid(0), random.random(), np.random.random())"
    for name in ("one", "two"):
        write_notebook(tmp_path, name, source)
    runs = [NotebookRun(name, name) for name in ("one", "two")]
    paths = run_notebooks(runs, tmp_path / "out", 2, notebooks=tmp_path, failed=tmp_path / "failed", warm=True)
    printed = [nbformat.read(path, as_version=4).cells[2].outputs[0].text.split() for path in paths]
    assert all(pid == group for pid, group, *_ in printed)
    assert not set(printed[0]) & set(printed[1])
    assert str(os.getpid()) not in {pid for pid, *_ in printed}
    # Nothing is left of them.
    for pid, *_ in printed:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_a_forked_kernel_has_the_environment_and_folder_of_now(tmp_path, monkeypatch):
    monkeypatch.setenv("SET_JUST_NOW", "yes")
    write_notebook(tmp_path, "book", "import os; print(os.environ.get('SET_JUST_NOW'), os.environ.get('MPLBACKEND'))")
    text = nbformat.read(run_notebook_in(tmp_path, True), as_version=4).cells[2].outputs[0].text
    assert text == "yes module://matplotlib_inline.backend_inline\n"


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize(("longest", "transport"), [(90, "ipc"), (5, "tcp")])
def test_kernels_are_spoken_to_through_files_that_go_with_them(tmp_path, monkeypatch, warm, longest, transport):
    # A port that was free when Jupyter looked may be taken when the kernel begins; a file in a folder of ours is not.
    monkeypatch.setattr(kernels, "LONGEST_SOCKET", longest)
    source = "from ipykernel.connect import get_connection_info as ask; print(ask())"
    write_notebook(tmp_path, "book", source)
    spoken_to = json.loads(nbformat.read(run_notebook_in(tmp_path, warm), as_version=4).cells[2].outputs[0].text)
    assert spoken_to["transport"] == transport
    if transport == "ipc":
        folder = Path(spoken_to["ip"]).parent
        assert folder.name.startswith("kernels-")
        assert not folder.exists()


TOLD_TO_STOP = """
import os, signal, sys
from pathlib import Path
from cadre_research.reporting.kernels import Kernels
from cadre_research.reporting.outputs_folder import signals_unwind
really = getattr(Path, sys.argv[1])
def interrupted(self, *args, **options):
    done = really(self, *args, **options)
    if self.name.startswith("kernels-"):
        setattr(Path, sys.argv[1], really)
        os.kill(os.getpid(), signal.SIGTERM)
    return done
setattr(Path, sys.argv[1], interrupted)
with signals_unwind(), Kernels():
    pass
"""


@pytest.mark.parametrize("method", ["mkdir", "iterdir", "rmdir"])
def test_a_signal_while_the_folder_is_made_or_removed_leaves_none(tmp_path, method):
    command = [sys.executable, "-c", TOLD_TO_STOP, method]
    stopped = subprocess.run(command, check=False, timeout=60, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert stopped.returncode == 128 + signal.SIGTERM
    assert not list(tmp_path.iterdir())


def test_forked_kernels_have_imported_what_notebooks_begin_with(tmp_path):
    books = [nbformat.read(path, as_version=4) for path in sorted(notebooks_dir().glob("*.ipynb"))]
    lines = [line for book in books for cell in book.cells for line in cell.source.split("\n")]
    imports = sorted({line for line in lines if re.fullmatch(r"(from [\w.]+ )?import [\w., ]+", line)})
    assert len(imports) > 20
    tell = "import json, sys; print(json.dumps(sorted(sys.modules)))"
    write_notebook(tmp_path, "book", "\n".join([*imports, tell]))
    after = json.loads(nbformat.read(run_notebook_in(tmp_path, True), as_version=4).cells[2].outputs[0].text)
    script = f"import cadre_research.reporting.warm_start; {tell}"
    before = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    packages = {"cadre_research", "debugpy", "ipykernel", "matplotlib", "pandas", "pyarrow"}
    late = [name for name in after if name.partition(".")[0] in packages and name not in json.loads(before)]
    assert late == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 / 0", r"code cell 2 \(1 / 0\) failed with ZeroDivisionError"),
        ("import os; os.kill(os.getpid(), 9)", "the kernel died in code cell 2"),
        ("import os; os._exit(0)", "book: "),
    ],
)
def test_a_forked_kernel_fails_and_dies_like_an_ordinary_one(tmp_path, source, said):
    write_notebook(tmp_path, "book", source)
    with pytest.raises(NotebookError, match=said):
        run_notebook_in(tmp_path, True)


@pytest.mark.parametrize("warm", [False, True])
def test_a_notebook_that_takes_too_long_in_all_is_stopped_and_named(tmp_path, warm):
    write_notebook(tmp_path, "book", "import time", "time.sleep(60)")
    with pytest.raises(NotebookError, match=r"took longer than 3 seconds in all and was stopped in code cell 3"):
        run_notebooks(
            [NotebookRun("book", "book")],
            tmp_path / "out",
            notebooks=tmp_path,
            failed=tmp_path / "failed",
            warm=warm,
            notebook_timeout_seconds=3,
        )


def test_where_forking_fails_an_ordinary_kernel_is_started(tmp_path, monkeypatch):
    def no_room(*_, **__):
        raise OSError("no room for another process")

    monkeypatch.setattr(warm_kernels, "ForkedProcess", no_room)
    write_notebook(tmp_path, "book", "print('ran')")
    notebook = nbformat.read(run_notebook_in(tmp_path, True), as_version=4)
    assert notebook.cells[2].outputs[0].text == "ran\n"


def test_where_kernels_are_not_forked_the_reason_is_said(monkeypatch):
    assert why_not_warm("python3") == ""
    monkeypatch.setattr(warm_kernels, "beginning", lambda: None)
    assert "kernels are not forked" in why_not_warm("python3")
    monkeypatch.undo()
    monkeypatch.setattr(warm_kernels, "_names_of_this_python", lambda: {"another"})
    assert why_not_warm("python3") == "kernel 'python3' is not of this Python"


def test_a_forked_process_is_asked_and_stopped_like_any_other(tmp_path):
    process = ForkedProcess(["-f", str(tmp_path / "connection.json")], dict(os.environ), str(tmp_path))
    assert process.poll() is None
    assert process.wait(timeout=0.05) is None
    process.terminate()
    for _ in range(100):
        if process.poll() is not None:
            break
        time.sleep(0.1)
        process.kill()
    assert process.wait(timeout=10) in (-15, -9)
    process.kill()


@pytest.mark.slow
def test_a_script_without_a_main_guard_can_run_notebooks(tmp_path):
    write_notebook(tmp_path, "book", "print('ran')")
    script = f"""
from pathlib import Path
from cadre_research.reporting.notebooks import NotebookRun, run_notebooks
folder = Path({str(tmp_path)!r})
print(run_notebooks([NotebookRun("book", "a")], folder / "out", notebooks=folder, failed=folder, warm=True)[0].name)
"""
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "script.py")]
    made = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (made.returncode, made.stdout) == (0, "a.ipynb\n"), made.stderr


def test_one_notebook_can_be_run_by_itself(tmp_path):
    write_notebook(tmp_path, "book", "print(1)")
    path = run_notebook(NotebookRun("book", "page"), tmp_path / "out", notebooks=tmp_path, failed=tmp_path / "failed")
    assert path.name == "page.ipynb"
