"""The same question put to several processes.

Calibrations and forecasts are thousands of short array operations, for which threads would wait for each other.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from typing import Any, TypeVar

from cadre_research.errors import RunError

__all__ = ["LOST_AT_MOST", "as_finished", "fork_from", "in_processes", "no_processes"]

Asked = TypeVar("Asked", bound=Hashable)
Found = TypeVar("Found")

# A process can be killed for what its neighbours do; one question that ends this many is at fault itself.
LOST_AT_MOST = 3
ENDS_WITHIN_SECONDS = 10

_beginnings: list[str] = []
_alone: ContextVar[bool] = ContextVar("alone", default=False)


@contextmanager
def no_processes() -> Iterator[None]:
    """Within, `in_processes` starts none: who works here is one of several already."""
    before = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(before)


def fork_from(module: str) -> BaseContext | None:
    """From now on start processes by forking one that has imported a module, where the system can: they begin at once.

    Returns
    -------
    BaseContext or None
        The context of such processes; None where the system cannot, and processes are started as ever.
    """
    if sys.platform != "linux":
        return None
    context = multiprocessing.get_context("forkserver")
    if module not in _beginnings:
        _beginnings.append(module)
        context.set_forkserver_preload(_beginnings)
        try:
            # It imports while whoever asked goes on.
            forkserver.ensure_running()
        except OSError:
            # No room for another process, or the folder of temporary files has too long a name for a socket.
            _beginnings.remove(module)
            return None
    return context


def in_processes(
    find: Callable[[Any, Asked], Found], given: Any, asked: Sequence[Asked], workers: int
) -> Iterator[Found]:
    """Yield `find(given, one)` for each one that is asked for, in their order, whatever the number of workers.

    Parameters
    ----------
    find : callable
        A function of a module, so that another process can be told of it.
    given : object
        What every process is given once, when it starts.
    asked : sequence
    workers : int
        Processes; with fewer than 2, and within `no_processes`, the work is done in this one.

    Raises
    ------
    RunError
        When a process was killed.
    """
    workers = min(workers, len(asked))
    if workers < 2 or _alone.get():
        yield from (find(given, one) for one in asked)
        return
    try:
        context = multiprocessing.get_context(_method())
        with ProcessPoolExecutor(workers, context, _take, _told(find, given)) as processes:
            yield from processes.map(_find, asked)
    except BrokenProcessPool as fault:
        raise RunError(
            "a process that was finding results was killed, perhaps for want of memory. Run it again; what was found "
            "before is kept."
        ) from fault


def as_finished(
    find: Callable[[Any, Asked], Found], given: Any, asked: Sequence[Asked], workers: int
) -> Iterator[tuple[Asked, Found]]:
    """Yield (one, `find(given, one)`) as each one is found, in any order.

    A process that is killed costs only what it was at, which is asked again. Whoever stops iterating ends the
    processes.

    Parameters
    ----------
    find : callable
        A function of a module, so that another process can be told of it.
    given : object
        What every process is given once, when it starts.
    asked : sequence
        Each once.
    workers : int
        Processes, each its own even if there is one only.

    Raises
    ------
    RunError
        When one of `asked` has ended `LOST_AT_MOST` processes; it is named.
    """
    waiting, lost = deque(asked), Counter()
    working: dict[Connection, _Worker] = {}
    try:
        for _ in range(min(workers, len(asked))):
            _begin(_Worker(find, given), waiting, working)
        while working:
            for connection in wait(list(working)):
                worker = working.pop(connection)
                one = worker.at
                try:
                    fine, found = worker.answer()
                except (EOFError, OSError):
                    worker.end()
                    lost[one] += 1
                    if lost[one] >= LOST_AT_MOST:
                        raise RunError(
                            f"{one}: {LOST_AT_MOST} processes were killed at it one after another, perhaps for want of "
                            "memory. Run it again with fewer workers; what was found before is kept."
                        ) from None
                    waiting.appendleft(one)
                    _begin(_Worker(find, given), waiting, working)
                    continue
                # The next one first: the process works while the caller keeps what was found.
                _begin(worker, waiting, working)
                if not fine:
                    raise found
                yield one, found
    finally:
        for worker in working.values():
            worker.end()


class _Worker:
    """A process, and what it is at."""

    def __init__(self, find: Callable[[Any, Any], Any], given: Any) -> None:
        context = multiprocessing.get_context(_method())
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, *_told(find, given)), daemon=True)
        self.process.start()
        # Else nobody here would learn that the other end is gone.
        theirs.close()
        self.at: Any = None

    def ask(self, one: Any) -> None:
        self.at = one
        # A process that is gone is noticed where its answer is awaited.
        with suppress(OSError):
            self.connection.send(one)

    def answer(self) -> tuple[bool, Any]:
        return self.connection.recv()

    def let_go(self) -> None:
        """End a process that is at nothing."""
        self.connection.close()
        self.process.join(ENDS_WITHIN_SECONDS)
        self.end()

    def end(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()


def _begin(worker: _Worker, waiting: deque, working: dict[Connection, _Worker]) -> None:
    """Give a process the next question, or let it go."""
    if waiting:
        worker.ask(waiting.popleft())
        working[worker.connection] = worker
    else:
        worker.let_go()


def _serve(connection: Connection, environment: dict[str, str], told: bytes) -> None:
    """Answer questions until there are no more or the asking process is gone."""
    _take(environment, told)
    # Ctrl-C in a terminal reaches all processes; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            one = connection.recv()
            try:
                answer = True, _find(one)
            except Exception as fault:
                answer = False, fault
            connection.send(answer)


_given: list[tuple[Callable[[Any, Any], Any], Any]] = []


def _method() -> str:
    return "forkserver" if _beginnings else "spawn"


def _told(find: Callable[[Any, Asked], Found], given: Any) -> tuple[dict[str, str], bytes]:
    """What a process is told at its start: the environment of now, and what to do."""
    return dict(os.environ), pickle.dumps((find, given))


def _take(environment: dict[str, str], told: bytes) -> None:
    """Keep what is given in a process that was started for it."""
    # What is forked has the environment of when its beginning was made; what is imported now may ask for that of now.
    os.environ.clear()
    os.environ.update(environment)
    _given[:] = [pickle.loads(told)]


def _find(one: Any) -> Any:
    find, given = _given[0]
    return find(given, one)
