"""Kernels that can be stopped from another thread."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator

import zmq
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop

from cadre_research.errors import NotebookError

__all__ = ["Kernels", "event_loop", "require_kernel"]

# MPLBACKEND in somebody's shell would switch off the charts inside notebooks.
NOT_INHERITED = frozenset({"MPLBACKEND"})


class _Kernel(AsyncKernelManager):
    """An ordinary kernel that reports to its `Kernels` when it has started."""

    kernels: Kernels

    async def start_kernel(self, **kwargs) -> None:
        # On a shared machine nobody else can then read along; it costs no measurable time.
        if self.has_trait("transport_encryption") and zmq.has("curve"):
            self.transport_encryption = "auto"
        environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        if self.ipykernel:
            # A kernel that is told to stop logs the interrupt as an error on the operator's terminal.
            kwargs["extra_arguments"] = [*kwargs.get("extra_arguments", ()), "--log-level=CRITICAL"]
        await super().start_kernel(**{"env": environment, **kwargs})
        self.kernels.add(self)


class Kernels:
    """The kernels of one set of runs: when one run fails, the others' kernels are killed, which ends their runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[AsyncKernelManager] = []
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    def manager_class(self) -> type[AsyncKernelManager]:
        """Return the class nbclient makes its kernel managers from."""
        return type("Kernel", (_Kernel,), {"kernels": self})

    def add(self, manager: AsyncKernelManager) -> None:
        """Note a kernel that has started; it is killed at once if the set was stopped meanwhile."""
        with self._lock:
            self._running.append(manager)
            if self._stopped:
                _kill(manager)

    def stop(self) -> None:
        """Kill every kernel of the set, and each that starts later."""
        with self._lock:
            self._stopped = True
            for manager in self._running:
                _kill(manager)


def _kill(manager: AsyncKernelManager) -> None:
    # The process itself, not the manager: the manager belongs to the event loop of another thread.
    process = getattr(manager.provisioner, "process", None)
    if process is not None:
        with contextlib.suppress(OSError):
            process.kill()


def require_kernel(name: str) -> None:
    """Refuse a kernel that is not installed.

    Raises
    ------
    NotebookError
        Names the kernels there are.
    """
    known = sorted(KernelSpecManager().find_kernel_specs())
    if name not in known:
        there = ", ".join(known) if known else "none"
        raise NotebookError(
            f"kernel {name!r} is not installed. Installed: {there}. Run `make setup`, or name one of these."
        )


@contextlib.contextmanager
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Give the calling thread the event loop that Jupyter's clients will use, and close it afterwards."""
    loop = ensure_event_loop()
    try:
        yield loop
    finally:
        with contextlib.suppress(RuntimeError):
            loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
