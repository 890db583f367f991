"""Refuses a commit that moves a reference number without a word on why.

As a commit-msg hook (.pre-commit-config.yaml) it is given the file of the message; in CI, a range of commits:

    python tools/commit_message.py --commits FROM..TO

What counts is a file of tests/reference/ that is changed, renamed or removed; a new one moves nothing. A merge is held
to what it has of neither parent. An amended commit that only loses its line is seen in CI, not by the hook.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = "tests/reference"
LINE = re.compile(r"^Regression: *\S", re.MULTILINE)
NOTHING_BEFORE = re.compile(r"0{40,64}\.\.")


def git(*arguments: str) -> str:
    """What git answers.

    Raises
    ------
    CalledProcessError
        When it refuses; with what it said.
    """
    return subprocess.run(["git", *arguments], capture_output=True, text=True, encoding="utf-8", check=True).stdout


def moved_since(parents: Sequence[str], commit: str | None = None) -> list[str]:
    """Files of the reference in which a commit, or else what is staged, differs from every parent."""
    changes = ("diff", "--name-only", "--no-renames", "--diff-filter=MDT")
    sides = [(parent, commit) if commit else ("--cached", parent) for parent in parents]
    differing = [set(git(*changes, *side, "--", f":/{FOLDER}").splitlines()) for side in sides]
    return sorted(set.intersection(*differing)) if differing else []


def fault_of(moved: Sequence[str], message: str, where: str) -> str:
    """What is wrong with a message; empty where nothing is."""
    if not moved or LINE.search(message):
        return ""
    return (
        f"{where}: changes {', '.join(moved)}, and no line of its message says why.\n"
        f"Given: {(message.strip().splitlines() or ['(empty)'])[0]!r}. Expected a line such as\n\n"
        "    Regression: promotions count from the day of appointment\n\n"
        f"What moved: git diff {'--cached ' if where == 'this commit' else ''}-- {FOLDER}. A number that was not meant "
        "to move is a fault: do not commit it."
    )


def of_hook(file: Path) -> list[str]:
    """Hold the commit that is being made to account."""
    try:
        git("rev-parse", "--verify", "--quiet", "HEAD")
    except subprocess.CalledProcessError:
        return []
    merged = Path(git("rev-parse", "--git-path", "MERGE_HEAD").strip())
    parents = ["HEAD", *(merged.read_text(encoding="utf-8").split() if merged.exists() else [])]
    fault = fault_of(moved_since(parents), file.read_text(encoding="utf-8"), "this commit")
    return [fault] if fault else []


def of_commits(commits: str) -> list[str]:
    """Hold each commit of a range to account; of a branch that is new, all there are."""
    faults = []
    for commit in git("rev-list", NOTHING_BEFORE.sub("", commits)).split():
        _, *parents = git("rev-list", "--parents", "-n", "1", commit).split()
        moved = moved_since(parents, commit)
        faults.append(fault_of(moved, git("log", "-1", "--format=%B", commit), f"commit {commit[:10]}"))
    return [fault for fault in faults if fault]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is wrong; 0 where nothing is, 1 for a commit without its line, 2 where git cannot tell."""
    parser = argparse.ArgumentParser(prog="tools/commit_message.py", description=__doc__.splitlines()[0])
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("message", nargs="?", type=Path, help="file of the message, as git gives it to a hook")
    asked.add_argument("--commits", metavar="FROM..TO", help="commits to check; their history must be there")
    given = parser.parse_args(arguments)
    try:
        faults = of_commits(given.commits) if given.commits else of_hook(given.message)
    except subprocess.CalledProcessError as fault:
        print(f"{' '.join(fault.cmd)}: {fault.stderr.strip()}", file=sys.stderr)
        return 2
    print(*faults, sep="\n\n", end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
