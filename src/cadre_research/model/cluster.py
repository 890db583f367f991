"""The same question put to a Dask cluster, which may be on other machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import uuid4

from cadre_research.errors import CadreResearchError, ParameterError, RunError

__all__ = ["on_cluster"]

Asked = TypeVar("Asked")
Found = TypeVar("Found")

ANSWERS_WITHIN_SECONDS = 20


def on_cluster(
    find: Callable[[Any, Asked], Found], given: Any, asked: Sequence[Asked], scheduler: str
) -> Iterator[tuple[Asked, Found]]:
    """Yield (one, `find(given, one)`) as each one is found, in any order, like `model.processes.as_finished`.

    The workers need this package, not the same folders. What a lost worker was at is given to another, as often as the
    cluster's setting `distributed.scheduler.allowed-failures` says. Workers that come later take part; while there is
    none, it waits.

    Parameters
    ----------
    find : callable
        A function of a module.
    given : object
        Sent with every question.
    scheduler : str
        Address, such as tcp://host:8786.

    Raises
    ------
    ParameterError
        When Dask is not installed or no scheduler answers there.
    RunError
        When a question ends in an error that is none of this project's, or is given up; it is named.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise ParameterError(
            "--scheduler: needs Dask, which is not installed here. Install the package distributed, which the extra "
            '"cluster" names, or leave --scheduler out.'
        ) from None
    try:
        client = Client(scheduler, timeout=ANSWERS_WITHIN_SECONDS, set_as_default=False)
    except (OSError, ValueError) as fault:
        raise ParameterError(
            f"--scheduler: given {scheduler!r}, where no Dask scheduler answers ({fault}). Expected the address that "
            "the scheduler prints when it starts, such as tcp://host:8786."
        ) from None
    with client:
        run = uuid4().hex
        futures = {client.submit(find, given, one, key=f"{one}-{run}"): one for one in asked}
        for future in as_completed(futures, loop=client.loop):
            one = futures.pop(future)
            if future.status != "finished":
                raise _as_ours(one, future.exception() if future.status == "error" else None)
            yield one, future.result()
            # The workers need not hold it any longer.
            future.release()


def _as_ours(one: object, fault: BaseException | None) -> CadreResearchError:
    if isinstance(fault, CadreResearchError):
        return fault
    reason = f"{type(fault).__name__}: {fault}" if fault else "the scheduler is gone"
    return RunError(f"{one}: failed on the cluster. {reason} What was found before is kept.")
