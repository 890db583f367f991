"""Kernels that can be stopped from another thread, and when their time is over."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import secrets
import tempfile
import threading
import uuid
import weakref
from collections.abc import Iterator
from pathlib import Path

import zmq
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop

from cadre_research.errors import NotebookError
from cadre_research.reporting.warm_kernels import WarmProvisioner

__all__ = ["Deadline", "Kernels", "event_loop", "require_kernel"]

# MPLBACKEND in somebody's shell would switch off the charts inside notebooks.
NOT_INHERITED = frozenset({"MPLBACKEND"})
# Systems take a few more characters in the path of a socket.
LONGEST_SOCKET = 90


class _Kernel(AsyncKernelManager):
    """A kernel that reports to its `Kernels` when it has started."""

    kernels: Kernels
    deadline: Deadline

    async def start_kernel(self, **kwargs) -> None:
        self.kernels.place(self)
        # On a shared machine nobody else can then read along; sockets in a folder of ours are nobody else's.
        if self.transport == "tcp" and self.has_trait("transport_encryption") and zmq.has("curve"):
            self.transport_encryption = "auto"
        environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        if self.ipykernel:
            # A kernel that is told to stop logs the interrupt as an error on the operator's terminal.
            kwargs["extra_arguments"] = [*kwargs.get("extra_arguments", ()), "--log-level=CRITICAL"]
        if self.kernels.warm:
            self.kernel_id = str(uuid.uuid4())
            self.provisioner = WarmProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        await super().start_kernel(**{"env": environment, **kwargs})
        self.kernels.add(self)
        self.deadline.watch(self)


class Kernels:
    """The kernels of one set of runs: when one run fails, the others' kernels are killed, which ends their runs.

    A context, in which they have a folder of their own for their sockets. Jupyter would give them ports that were free
    a moment before; with much else starting on a machine, now and then one is taken meanwhile and the kernel dies.

    Parameters
    ----------
    warm : bool
        Whether they are forked from a process that has the imports done (`warm_kernels`), or started as Jupyter does.
    """

    def __init__(self, *, warm: bool = False) -> None:
        self.warm = warm
        self._lock = threading.Lock()
        self._running: list[AsyncKernelManager] = []
        self._stopped = False
        self._numbers = itertools.count(1)
        # Named, and sure to be removed, before it is made: the signal that ends this process may come at any moment.
        self._folder = Path(tempfile.gettempdir()) / f"kernels-{secrets.token_hex(4)}"
        self._at_the_latest = weakref.finalize(self, _remove, self._folder)

    def __enter__(self) -> Kernels:
        """Make the folder."""
        self._folder.mkdir(mode=0o700)
        return self

    def __exit__(self, *fault: object) -> None:
        """Remove it."""
        _remove(self._folder)
        self._at_the_latest.detach()

    def place(self, manager: AsyncKernelManager) -> None:
        """Give a kernel its place in the folder, or Jupyter's ports where sockets cannot be files."""
        place = str(self._folder / str(next(self._numbers)))
        manager.connection_file = f"{place}.json"
        if os.name == "posix" and zmq.has("ipc") and len(os.fsencode(place)) <= LONGEST_SOCKET:
            manager.transport, manager.ip = "ipc", place

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    def manager_class(self, deadline: Deadline) -> type[AsyncKernelManager]:
        """Return the class nbclient makes the kernel manager of one run from."""
        return type("Kernel", (_Kernel,), {"kernels": self, "deadline": deadline})

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


class Deadline:
    """Kills the kernel of one run when the run has taken longer than it may; a context.

    Parameters
    ----------
    seconds : float
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.passed = seconds, False
        self._manager: AsyncKernelManager | None = None
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        """Start the clock."""
        self._timer.start()
        return self

    def __exit__(self, *fault: object) -> None:
        """Stop it."""
        self._timer.cancel()

    def watch(self, manager: AsyncKernelManager) -> None:
        """Name the kernel that is killed."""
        self._manager = manager
        if self.passed:
            _kill(manager)

    def _pass(self) -> None:
        self.passed = True
        if self._manager is not None:
            _kill(self._manager)


def _remove(folder: Path) -> None:
    # Not by shutil.rmtree, in which a signal can become an OSError.
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            path.unlink(missing_ok=True)
        folder.rmdir()


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
