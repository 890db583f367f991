"""The machine in words: processor, cores and Python, and nothing that tells whose it is."""

from __future__ import annotations

import platform
import re
from pathlib import Path

from cadre_research.model.paths import cores

__all__ = ["machine", "processor"]

CPU_INFO = Path("/proc/cpuinfo")


def machine() -> str:
    """Processor, cores that this process may use, and Python."""
    # Only Linux has the file.
    given = CPU_INFO.read_text(encoding="utf-8", errors="replace") if CPU_INFO.is_file() else ""
    number = cores()
    return f"{processor(given)}, {number} core{'s' * (number != 1)}, Python {platform.python_version()}"


def processor(cpu_info: str) -> str:
    """Name of the processor in the text that Linux gives, or as Python knows it; its architecture too.

    >>> processor("processor : 0\\nmodel name : Example  CPU 9000\\n").partition(" (")[0]
    'Example CPU 9000'
    """
    found = re.search(r"^model name\s*:\s*(\S.*)$", cpu_info, re.MULTILINE)
    name = " ".join((found[1] if found else platform.processor()).split())
    architecture = platform.machine()
    return f"{name} ({architecture})" if name not in ("", architecture) else architecture
