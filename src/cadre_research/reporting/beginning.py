"""The process that kernels are forked from; begun early, it imports while whoever will ask it imports too."""

from __future__ import annotations

from multiprocessing.context import BaseContext

from cadre_research.model.processes import fork_from

__all__ = ["beginning"]

MODULE = "cadre_research.reporting.warm_start"


def beginning() -> BaseContext | None:
    """The context of processes that are forked from it, which this begins; None where the system cannot."""
    return fork_from(MODULE)
