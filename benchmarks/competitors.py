"""Packages that the project is measured against and does not depend on, kept out of its environment in .venv/bench."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["NotInstalled", "make_available"]

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "benchmarks" / "requirements.lock"
FOLDER = ROOT / ".venv" / "bench"
# Published as source only; what builds it is in the lock too.
BUILT_HERE = "neworder"


class NotInstalled(Exception):
    """A competitor that could not be installed here; the message says why."""


def make_available(package: str) -> None:
    """Install a package of the lock in a folder of its own, unless it is there, and let this process import it.

    Raises
    ------
    NotInstalled
        When installing fails.
    """
    target, lock = FOLDER / package, LOCK.read_text(encoding="utf-8")
    stamp, made_from = target / ".made-from", hashlib.sha256(f"{sys.version}\n{lock}".encode()).hexdigest()
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != made_from:
        took = " (it is compiled, which takes a minute)" if package == BUILT_HERE else ""
        print(f"bench: installing {package} into .venv/bench{took}", flush=True)
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        _install(package, lock, target)
        stamp.write_text(made_from, encoding="utf-8")
    # Last, so that the project's own packages come first.
    if str(target) not in sys.path:
        sys.path.append(str(target))


def _install(package: str, lock: str, target: Path) -> None:
    entries = [entry for entry in re.split(r"\n(?=\S)", lock.strip()) if entry.startswith(f"{package}==")]
    asked = target.with_name(f"{package}.lock")
    asked.write_text("\n".join(entries) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    command += ["--target", str(target), "--requirement", str(asked), "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--no-binary", BUILT_HERE, "--build-constraints", str(LOCK)]
    done = subprocess.run([*command, "--compile-bytecode"], capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise NotInstalled(" ".join(lines)[:300] or f"uv ended with {done.returncode}")
