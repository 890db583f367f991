"""What the tests covered: combines the data of all their processes and reports it.

``python -m tools.covered 95`` fails below 95 %. `tools/test.sh` runs it when no process of the tests is left. Tests
kill processes, some of them while they write their data; what such a one leaves would end ``coverage combine``.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from coverage import Coverage
from coverage.exceptions import CoverageException, CoverageWarning

__all__ = ["combined", "is_whole"]


def is_whole(path: Path) -> bool:
    """Tell whether data can be combined; a process that was killed while it wrote leaves less."""
    try:
        with warnings.catch_warnings(action="ignore", category=CoverageWarning):
            Coverage(data_file=None, config_file=False).combine([str(path)], strict=True, keep=True)
    except CoverageException:
        return False
    return True


def combined(folder: Path) -> Coverage:
    """Combine the whole ones among the data files of a folder; all of them are then removed."""
    whole = []
    for path in sorted(folder.glob(".coverage.*")):
        if is_whole(path):
            whole.append(str(path))
        else:
            print(f"{path.name}: left out; its process was killed while it wrote.")
            path.unlink()
    coverage = Coverage(data_file=str(folder / ".coverage"))
    coverage.combine(whole, strict=True)
    return coverage


def main() -> int:
    """Report, and fail below the percentage that is given."""
    least = float(sys.argv[1])
    reached = combined(Path.cwd()).report()
    if reached < least:
        print(f"Covered: {reached:.1f} %; at least {least:g} % are expected.", file=sys.stderr)
    return int(reached < least)


if __name__ == "__main__":
    sys.exit(main())
