import os
import signal
import sys

import pytest

from cadre_research.errors import RunError
from cadre_research.model.processes import in_processes


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
