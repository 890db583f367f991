"""Kernels forked from a process that has the imports done, so that a notebook starts at once.

They are real kernels in processes of their own: they can be interrupted, killed and die like ordinary ones. They cannot
show that a notebook forgot an import; tests and `make notebooks` run ordinary ones.
"""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning import LocalProvisioner

from cadre_research.reporting.beginning import beginning

__all__ = ["WarmProvisioner", "why_not_warm"]

LAUNCHER = "ipykernel_launcher"
# Starting and asking processes is not safe from several threads.
_one_at_a_time = threading.Lock()


def why_not_warm(kernel_name: str) -> str:
    """Say why kernels of this name cannot be forked here; empty where they can."""
    if beginning() is None:
        return f"kernels are not forked here ({sys.platform})"
    command = KernelSpecManager().get_kernel_spec(kernel_name).argv
    if LAUNCHER not in command or os.path.basename(command[0]) not in _names_of_this_python():
        return f"kernel {kernel_name!r} is not of this Python"
    return ""


class WarmProvisioner(LocalProvisioner):
    """Launches a kernel by forking, where jupyter_client would start an interpreter; the rest is as it was."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel that does what the command would do; an interpreter is started where that fails."""
        folder = str(kwargs.get("cwd") or os.getcwd())
        arguments = cmd[cmd.index(LAUNCHER) + 1 :]
        try:
            self.process = ForkedProcess(arguments, kwargs.get("env") or dict(os.environ), folder)
        except (OSError, EOFError):
            # The process that is forked from was killed, or there is no room for another.
            return await super().launch_kernel(cmd, **kwargs)
        self.pid, self.cwd = self.process.pid, folder
        # It makes a group of its own first of all; asked too early, the system would name another.
        self.pgid = self.pid
        return self.connection_info


class ForkedProcess:
    """A forked kernel, asked and stopped as a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> None:
        context = beginning()
        if context is None:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        process = context.Process(target=_be_a_kernel, args=(list(arguments), dict(environment), folder))
        with _one_at_a_time, _nobody_s_script():
            process.start()
        self._process = process

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def poll(self) -> int | None:
        """Exit code, None while it runs."""
        with _one_at_a_time:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        """Exit code, once it has ended or `timeout` seconds have passed."""
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None and (until is None or time.monotonic() < until):
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)


@contextlib.contextmanager
def _nobody_s_script() -> Iterator[None]:
    """Keep a new process from importing the script that runs here, which would run it again; a kernel needs none."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _be_a_kernel(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Run a kernel in this forked process until it is told to end."""
    os.setsid()
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    # All forks would draw the same numbers.
    random.seed()
    np.random.seed()
    IPKernelApp.launch_instance(argv=arguments)


def _end_with(runner: multiprocessing.process.BaseProcess) -> None:
    """End this process when the one that asked for it has ended, however it did and however early."""
    runner.join()
    os._exit(1)


def _names_of_this_python() -> set[str]:
    version = sys.version_info
    names = ("python", f"python{version.major}", f"python{version.major}.{version.minor}")
    return {*names, os.path.basename(sys.executable)}
