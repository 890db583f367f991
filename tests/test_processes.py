import multiprocessing
import os
import signal
import sys
import time

import pytest

from cadre_research.errors import RunError
from cadre_research.model import processes
from cadre_research.model.processes import LOST_AT_MOST, as_finished, in_processes


def times(given, one):
    return given * one, os.getpid()


def killed(given, one):
    os.kill(os.getpid(), signal.SIGKILL)


def refused(given, one):
    raise ValueError(f"{given}: {one}")


@pytest.mark.parametrize("workers", [0, 1, 2, 4])
def test_answers_come_in_the_order_of_the_questions(workers):
    assert [answer for answer, _ in in_processes(times, 10, [3, 1, 2], workers)] == [30, 10, 20]


def test_one_worker_or_one_question_is_answered_in_this_process():
    for asked, workers in (([1, 2], 1), ([1], 4)):
        assert {process for _, process in in_processes(times, 1, asked, workers)} == {os.getpid()}
    assert os.getpid() not in {process for _, process in in_processes(times, 1, [1, 2], 2)}


def test_nothing_asked_is_nothing_found():
    assert list(in_processes(times, 1, [], 4)) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_question_is_told_as_it_is(workers):
    with pytest.raises(ValueError, match="a: 1"):
        list(in_processes(refused, "a", [1, 2], workers))


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_killed_process_is_named_and_has_the_exit_code_of_a_failed_run():
    with pytest.raises(RunError, match="was killed, perhaps for want of memory") as told:
        list(in_processes(killed, None, [1, 2], 2))
    assert told.value.exit_code == 4


def killed_once(folder, one):
    """Killed at 2 the first time it is asked."""
    if one == 2 and not (folder / "killed").exists():
        (folder / "killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return one


def killed_at_two(given, one):
    return killed(given, one) if one == 2 else one


def first_is_slow(folder, one):
    """The first question is answered when whoever asked has the answer to the second."""
    while one == 0 and not (folder / "told").exists():
        time.sleep(0.01)
    return one


def test_answers_come_as_they_are_found(tmp_path):
    answers = as_finished(first_is_slow, tmp_path, [0, 1], 2)
    assert next(answers) == (1, 1)
    (tmp_path / "told").touch()
    assert list(answers) == [(0, 0)]


def test_one_process_answers_in_order_and_is_another():
    found = dict(as_finished(times, 10, [3, 1, 2], 1))
    assert {one: answer for one, (answer, _) in found.items()} == {3: 30, 1: 10, 2: 20}
    (process,) = {process for _, process in found.values()}
    assert process != os.getpid()
    assert list(as_finished(times, 10, [], 2)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_killed_process_costs_only_what_it_was_at(tmp_path):
    assert sorted(as_finished(killed_once, tmp_path, [1, 2, 3, 4], 2)) == [(one, one) for one in (1, 2, 3, 4)]
    assert (tmp_path / "killed").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_question_that_kills_again_and_again_is_named_after_the_others_are_answered():
    answers = as_finished(killed_at_two, None, [1, 2, 3], 1)
    assert next(answers) == (1, 1)
    with pytest.raises(RunError, match=f"^2: {LOST_AT_MOST} processes were killed at it"):
        list(answers)


def test_an_error_of_a_question_is_told_as_it_is_and_ends_the_processes():
    with pytest.raises(ValueError, match=r"a: [12]"):
        list(as_finished(refused, "a", [1, 2], 2))
    assert multiprocessing.active_children() == []


def test_whoever_stops_listening_ends_the_processes(tmp_path):
    answers = as_finished(times, 1, [1, 2, 3], 2)
    next(answers)
    answers.close()
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_where_nothing_can_be_forked_from_processes_are_started_as_ever(monkeypatch):
    def too_long():
        raise OSError("AF_UNIX path too long")

    monkeypatch.setattr(processes, "_beginnings", [])
    monkeypatch.setattr(processes.forkserver, "ensure_running", too_long)
    assert processes.fork_from("no_such_module_anywhere") is None
    assert [answer for answer, _ in in_processes(times, 10, [1, 2], 2)] == [10, 20]


def parent_and_variable(given, one):
    return os.getppid(), os.environ.get("OF_THIS_TEST")


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_processes_are_forked_from_what_has_begun_and_have_the_environment_of_now(monkeypatch):
    monkeypatch.setattr(processes, "_beginnings", [])
    assert processes.fork_from("cadre_research.model.processes") is not None
    monkeypatch.setenv("OF_THIS_TEST", "set later")
    found = [answer for _, answer in as_finished(parent_and_variable, None, [1, 2, 3], 2)]
    assert {variable for _, variable in found} == {"set later"}
    (parent,) = {parent for parent, _ in found}
    assert parent != os.getpid()
    monkeypatch.setattr(processes, "_beginnings", [])
    assert {parent for _, (parent, _) in as_finished(parent_and_variable, None, [1], 1)} == {os.getpid()}


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_what_a_process_imports_to_answer_finds_the_environment_of_now(tmp_path, monkeypatch):
    (tmp_path / "asks_when_imported.py").write_text(
        "import os\nFOUND = os.environ.get('OF_THIS_TEST')\ndef found(given, one):\n    return FOUND\n"
    )
    monkeypatch.setattr(processes, "_beginnings", [])
    assert processes.fork_from("cadre_research.model.processes") is not None
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("OF_THIS_TEST", "set later")
    from asks_when_imported import found

    assert list(in_processes(found, None, [1, 2], 2)) == ["set later"] * 2
    assert [answer for _, answer in as_finished(found, None, [1, 2], 2)] == ["set later"] * 2
    del sys.modules["asks_when_imported"]
