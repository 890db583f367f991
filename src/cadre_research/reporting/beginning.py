"""How a long run begins: what is imported, here and in the process that kernels are forked from, meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import BaseContext

from cadre_research.model.processes import fork_from

__all__ = ["beginning", "importing"]

MODULE = "cadre_research.reporting.warm_start"


def beginning() -> BaseContext | None:
    """The context of processes that are forked from it, which this begins; None where the system cannot."""
    return fork_from(MODULE)


@contextmanager
def importing() -> Iterator[None]:
    """Within, import much: what is there afterwards stays, so garbage is not looked for in it, now or later."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()
