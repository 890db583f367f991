"""Running notebooks, on small ones made here: order, parameters, what counts as done, what is kept."""

import subprocess
import sys
import threading

import nbformat
import pytest
from nbclient.exceptions import CellTimeoutError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cadre_research.errors import InputError, NotebookError, ParameterError
from cadre_research.reporting import execution, notebooks
from cadre_research.reporting.notebooks import (
    NotebookRun,
    completion_line,
    refresh,
    require_complete,
    run_notebook,
    run_notebooks,
)

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def write_notebook(folder, name, *sources, completes=True):
    """Write a notebook with one parameter, `x = 1`, and a code cell per source."""
    book = new_notebook(metadata=KERNEL)
    book.cells = [new_markdown_cell("# Is it so?"), new_code_cell("x = 1", metadata={"tags": ["parameters"]})]
    book.cells += [new_code_cell(source) for source in sources]
    if completes:
        book.cells.append(new_code_cell(f"print('{completion_line(name)}')"))
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(book, path)
    return path


@pytest.fixture
def folders(tmp_path):
    """Where notebooks are read from and where failed ones go, as options of a run."""
    return {"notebooks": tmp_path / "notebooks", "failed": tmp_path / "failed"}


def texts(path):
    book = nbformat.read(path, as_version=4)
    return [output.get("text", "") for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]


def test_a_run_writes_the_executed_notebook_with_its_parameters(tmp_path, folders, monkeypatch):
    # In somebody's shell this would switch off the charts inside notebooks.
    monkeypatch.setenv("MPLBACKEND", "agg")
    write_notebook(folders["notebooks"], "fine", "import os; print(x, os.environ.get('MPLBACKEND') == 'agg')")
    path = run_notebook(NotebookRun("fine", "page-7", {"x": 7}), tmp_path / "out", **folders)
    assert path == tmp_path / "out" / "page-7.ipynb"
    assert texts(path) == ["7 False\n", "report-complete fine\n"]
    # Nothing of the machine goes into what is published.
    assert str(tmp_path) not in path.read_text(encoding="utf-8")
    assert not folders["failed"].exists()


def test_a_folder_with_braces_in_its_name_is_only_a_name(tmp_path, folders):
    write_notebook(folders["notebooks"], "fine")
    assert run_notebook(NotebookRun("fine", "fine"), tmp_path / "{x}", **folders).is_file()


def test_runs_side_by_side_come_back_in_order(tmp_path, folders):
    write_notebook(folders["notebooks"], "fine", "import time; time.sleep(0.3 / x); print(x)")
    runs = [NotebookRun("fine", f"page-{number}", {"x": number}) for number in range(1, 6)]
    done, threads = [], set()

    def on_done(run, path):
        done.append(run.page)
        threads.add(threading.current_thread())

    paths = run_notebooks(runs, tmp_path / "out", workers=2, on_done=on_done, **folders)
    assert [texts(path)[0] for path in paths] == [f"{number}\n" for number in range(1, 6)]
    assert sorted(done) == [run.page for run in runs]
    assert threads == {threading.main_thread()}


def test_the_first_failure_stops_the_rest(tmp_path, folders):
    write_notebook(folders["notebooks"], "slow", "import time; time.sleep(120)")
    write_notebook(folders["notebooks"], "wrong", "1 / 0")
    runs = [NotebookRun("slow", "a"), NotebookRun("wrong", "b"), NotebookRun("slow", "c"), NotebookRun("slow", "d")]
    with pytest.raises(NotebookError, match=r"wrong: code cell 2 .1 / 0. failed with ZeroDivisionError"):
        run_notebooks(runs, tmp_path / "out", workers=2, **folders)
    assert [path.name.split("-")[-1] for path in folders["failed"].iterdir()] == ["b.ipynb"]


def test_only_the_newest_failures_are_kept(tmp_path, folders, monkeypatch):
    monkeypatch.setattr(execution, "KEPT_FAILURES", 2)
    folders["failed"].mkdir()
    for old in ("20010101T000000.000000Z-a", "20020101T000000.000000Z-b"):
        (folders["failed"] / f"{old}.ipynb").touch()
    write_notebook(folders["notebooks"], "wrong", "1 / 0")
    with pytest.raises(NotebookError):
        run_notebook(NotebookRun("wrong", "page"), tmp_path, **folders)
    assert [path.stem.split("-")[1] for path in sorted(folders["failed"].iterdir())] == ["b", "page"]


def test_a_cell_that_takes_too_long_is_stopped(tmp_path, folders):
    write_notebook(folders["notebooks"], "slow", "import time; time.sleep(120)")
    with pytest.raises(NotebookError, match=r"code cell 2 .* took longer than 1 second"):
        run_notebook(NotebookRun("slow", "page"), tmp_path, timeout_seconds=1, **folders)


def test_a_notebook_that_does_not_say_it_is_complete_is_not(tmp_path, folders):
    """The line in the source, or in an earlier cell, does not count."""
    line = completion_line("short")
    write_notebook(folders["notebooks"], "short", f"print('{line}')", f"quiet = '{line}'", completes=False)
    with pytest.raises(NotebookError, match=r"did not reach its end; .* print 'report-complete short'"):
        run_notebook(NotebookRun("short", "page"), tmp_path / "out", **folders)
    assert not list((tmp_path / "out").iterdir())


def test_an_empty_notebook_is_not_complete():
    with pytest.raises(NotebookError, match="did not reach its end"):
        require_complete(new_notebook(), "empty")


def test_only_declared_parameters_are_passed(tmp_path, folders):
    write_notebook(folders["notebooks"], "fine")
    with pytest.raises(ParameterError, match=r"fine: 'xx' is not a parameter of this notebook. Did you mean x"):
        run_notebook(NotebookRun("fine", "page", {"xx": 2}), tmp_path, **folders)


def test_parameters_of_every_run_are_checked_before_the_first(tmp_path, folders):
    write_notebook(folders["notebooks"], "fine")
    done = []
    with pytest.raises(ParameterError):
        run_notebooks(
            [NotebookRun("fine", "a"), NotebookRun("fine", "b", {"y": 1})],
            tmp_path,
            on_done=lambda run, path: done.append(run),
            **folders,
        )
    assert not done


@pytest.mark.parametrize("name", ["../x", "a/b", "", "A", ".x", "x/../../y"])
def test_names_are_not_paths(name):
    with pytest.raises(InputError, match="expected lower-case letters"):
        NotebookRun("fine", name)
    with pytest.raises(InputError, match="expected lower-case letters"):
        NotebookRun(name, "fine")


def test_two_runs_cannot_share_a_page(tmp_path):
    with pytest.raises(InputError, match="more than once: a"):
        run_notebooks([NotebookRun("fine", "a"), NotebookRun("fine", "a")], tmp_path)


AT_THE_FIRST_THREAD = """
import sys
from pathlib import Path
from cadre_research.reporting import notebooks, report, report_front

def first_thread(*arguments, **named):
    sys.exit("papermill is there" if "papermill" in sys.modules else "papermill is not there yet")

report.find_all, report._Making._tables = lambda *given: None, lambda *given: {}
report_front.ThreadPoolExecutor = notebooks.ThreadPoolExecutor = first_thread
"""


@pytest.mark.parametrize("begin", ["report.make_report(outputs=folder)", "notebooks.run_notebooks([], folder)"])
def test_papermill_is_imported_before_there_are_threads(begin, tmp_path):
    script = f"{AT_THE_FIRST_THREAD}folder = Path({str(tmp_path)!r})\n{begin}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "papermill is there"


def test_output_that_does_not_arrive_is_not_taken_for_a_cell_that_takes_long():
    """A process that has too much to do reads late what a kernel sent in time."""
    late = CellTimeoutError.error_from_timeout_and_cell("Timeout waiting for IOPub output", 60, new_code_cell("1"))
    told = execution._reason(late, execution.RunSettings(), execution._Progress())
    assert "did not arrive within 60 seconds" in told
    assert "1800" not in told


def test_a_notebook_that_is_not_there_or_not_one_is_refused(tmp_path, folders):
    path = write_notebook(folders["notebooks"], "fine")
    with pytest.raises(InputError, match=r"cannot be read .* Did you mean fine"):
        run_notebook(NotebookRun("fines", "page"), tmp_path, **folders)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="not a notebook"):
        run_notebook(NotebookRun("fine", "page"), tmp_path, **folders)


def test_refresh_stores_outputs_and_no_trace_of_the_run(tmp_path):
    write_notebook(tmp_path, "beside", "import os; print(os.path.exists('beside.ipynb'))")
    said = []
    changed = refresh(tmp_path, on_done=lambda path, new: said.append((path.name, new)))
    assert changed == [tmp_path / "beside.ipynb"]
    assert said == [("beside.ipynb", True)]
    assert texts(changed[0]) == ["True\n", "report-complete beside\n"]
    book = nbformat.read(changed[0], as_version=4)
    assert [cell.execution_count for cell in book.cells if cell.cell_type == "code"] == [1, 2, 3]
    assert all(set(cell.metadata) <= {"tags"} for cell in book.cells)
    assert "papermill" not in book.metadata
    assert refresh(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ["beside.ipynb"]


def test_refresh_runs_the_tutorial_in_chinese_too(tmp_path):
    write_notebook(tmp_path, "00-tutorial", "print(x)")
    both = [tmp_path / "00-tutorial.ipynb", tmp_path / "zh" / "00-tutorial.ipynb"]
    assert refresh(tmp_path) == both
    assert texts(both[0]) == texts(both[1]) == ["1\n", "report-complete 00-tutorial\n"]
    assert refresh(tmp_path) == []


@pytest.mark.parametrize("source", ["1 / 0", "raise SystemExit"], ids=["fails", "ends early"])
def test_refresh_keeps_the_old_notebook_when_the_new_one_fails(tmp_path, source):
    path = write_notebook(tmp_path, "wrong", source)
    before = path.read_bytes()
    with pytest.raises(NotebookError, match="wrong: "):
        refresh(tmp_path)
    assert path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["wrong.ipynb"]


def test_refresh_keeps_the_old_notebook_when_the_disk_is_full(tmp_path, monkeypatch):
    path = write_notebook(tmp_path, "fine")
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(notebooks.os, "replace", full)
    with pytest.raises(NotebookError, match="No space left on device"):
        refresh(tmp_path)
    assert path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["fine.ipynb"]


def test_refresh_without_notebooks_says_so(tmp_path):
    with pytest.raises(InputError, match="no notebooks"):
        refresh(tmp_path)


def test_the_refresh_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(notebooks.paths, "notebooks_dir", lambda: tmp_path)
    assert notebooks.main(["--refresh"]) == 2
    assert "no notebooks" in capsys.readouterr().err
    write_notebook(tmp_path, "fine")
    assert notebooks.main(["--refresh"]) == 0
    assert capsys.readouterr().out == "fine: stored\n"
