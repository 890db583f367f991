"""The same question put to several processes.

Calibrations and forecasts are thousands of short array operations, for which threads would wait for each other.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import Any, TypeVar

from cadre_research.errors import RunError

__all__ = ["fork_from", "in_processes"]

Asked = TypeVar("Asked")
Found = TypeVar("Found")


_beginnings: list[str] = []


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
        Processes; with fewer than 2 the work is done in this one.

    Raises
    ------
    RunError
        When a process was killed.
    """
    workers = min(workers, len(asked))
    if workers < 2:
        yield from (find(given, one) for one in asked)
        return
    try:
        # What is forked has the environment of when its beginning was made.
        taken = (find, given, dict(os.environ))
        with ProcessPoolExecutor(workers, multiprocessing.get_context(_method()), _take, taken) as processes:
            yield from processes.map(_find, asked)
    except BrokenProcessPool as fault:
        raise RunError(
            "a process that was finding results was killed, perhaps for want of memory. Run it again; what was found "
            "before is kept."
        ) from fault


_given: list[tuple[Callable[[Any, Any], Any], Any]] = []


def _method() -> str:
    return "forkserver" if _beginnings else "spawn"


def _take(find: Callable[[Any, Asked], Found], given: Any, environment: dict[str, str]) -> None:
    """Keep what is given in a process that was started for it."""
    os.environ.clear()
    os.environ.update(environment)
    _given[:] = [(find, given)]


def _find(one: Any) -> Any:
    find, given = _given[0]
    return find(given, one)
