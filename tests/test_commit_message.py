"""A commit that moves a reference number is refused without its reason: by the hook as it is installed, and in CI."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
REASON = "Regression: ages are counted from the day of birth"
TABLE = "tests/reference/forecasts.csv"


class Repository:
    """A clone with the project's hooks, in which commits are made as somebody makes them."""

    def __init__(self, folder, hooks):
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            **{f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"),
        }
        self.git("init", "--quiet", "--initial-branch", "main")
        shutil.copy(ROOT / ".pre-commit-config.yaml", folder)
        (folder / "tools").mkdir()
        shutil.copy(ROOT / "tools" / "commit_message.py", folder / "tools")
        (folder / ".gitignore").write_text(".venv\n", encoding="utf-8")
        (folder / ".venv" / "bin").mkdir(parents=True)
        for name, module in (("python", ""), ("ruff", "-m ruff"), ("nbstripout", "-m nbstripout")):
            script = folder / ".venv" / "bin" / name
            script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n', encoding="utf-8")
            script.chmod(0o755)
        self.write("README.md", "first")
        self.write(TABLE, "1")
        self.commit("Numbers to hold to")
        if hooks:
            self.run(sys.executable, "-m", "pre_commit", "install", check=True)

    def run(self, *command, check=False):
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=check, timeout=60
        )

    def git(self, *arguments):
        done = self.run("git", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
        self.git("add", "--all")

    def commit(self, *message):
        return self.run("git", "commit", *[word for part in message for word in ("-m", part)])

    def check(self, commits):
        return self.run(sys.executable, "tools/commit_message.py", "--commits", commits)


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "clone").mkdir()
    return Repository(tmp_path / "clone", hooks=False)


def test_the_hook_refuses_moved_numbers_without_a_reason_and_nothing_else(tmp_path):
    (tmp_path / "clone").mkdir()
    repository = Repository(tmp_path / "clone", hooks=True)
    head = repository.git("rev-parse", "HEAD")
    repository.write(TABLE, "2")
    for message in (["Count ages anew"], ["Regression:"], ["Ages", "see Regression: why"], ["# Regression: a comment"]):
        refused = repository.commit(*message)
        assert refused.returncode != 0, message
        assert repository.git("rev-parse", "HEAD") == head
    assert f"this commit: changes {TABLE}, and no line of its message says why." in refused.stderr
    assert "Expected a line such as\n\n    Regression: " in refused.stderr
    assert "Traceback" not in refused.stderr
    # -a goes through an index of its own.
    repository.git("reset", "--quiet")
    assert repository.run("git", "commit", "-am", "Count ages anew").returncode != 0
    done = repository.run("git", "commit", "-am", "Count ages anew", "-m", REASON)
    assert done.returncode == 0, done.stderr
    repository.write("README.md", "second")
    repository.write("tests/reference/another.csv", "1")
    done = repository.commit("A page more, and a reference that is new")
    assert done.returncode == 0, done.stderr


def test_ci_names_each_commit_of_a_range_that_lacks_its_reason(repository):
    start = repository.git("rev-parse", "HEAD")
    repository.write(TABLE, "2")
    repository.commit("Count ages anew", REASON)
    assert repository.check(f"{start}..HEAD").returncode == 0
    repository.git("mv", TABLE, "tests/reference/shares.csv")
    repository.commit("Another name")
    renamed = repository.git("rev-parse", "HEAD")
    repository.git("rm", "--quiet", "tests/reference/shares.csv")
    repository.commit("Away with it")
    repository.write("README.md", "last")
    repository.commit("Something else")
    checked = repository.check(f"{start}..HEAD")
    assert checked.returncode == 1
    assert f"commit {renamed[:10]}: changes {TABLE}" in checked.stderr
    assert "Given: 'Another name'" in checked.stderr
    assert checked.stderr.count("no line of its message says why") == 2
    # A branch that is new has nothing before it; so says what a forge calls its first push.
    assert repository.check(f"{'0' * 40}..HEAD").stderr == checked.stderr


def test_a_merge_answers_for_what_neither_side_has(repository):
    start = repository.git("rev-parse", "HEAD")
    repository.git("switch", "--quiet", "--create", "side")
    repository.write(TABLE, "2")
    repository.commit("Count ages anew", REASON)
    repository.git("switch", "--quiet", "main")
    repository.write("README.md", "second")
    repository.commit("Something else")
    repository.git("merge", "--quiet", "--no-edit", "side")
    assert repository.check(f"{start}..HEAD").returncode == 0
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    repository.git("merge", "--quiet", "--no-commit", "--no-ff", "side")
    message = repository.folder / "message"
    message.write_text("Merge\n", encoding="utf-8")
    hook = (sys.executable, "tools/commit_message.py", "message")
    assert repository.run(*hook).returncode == 0
    repository.write(TABLE, "3")
    assert repository.run(*hook).returncode == 1
    message.unlink()
    repository.commit("Merge with a number of its own")
    assert repository.check(f"{start}..HEAD").returncode == 1


def test_a_range_that_git_does_not_know_is_no_pass(repository):
    checked = repository.check("nowhere..HEAD")
    assert checked.returncode == 2
    assert "nowhere..HEAD" in checked.stderr
    assert "Traceback" not in checked.stderr


def test_the_workflow_checks_every_commit_it_is_given():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["references"]["steps"]
    assert steps[0]["with"]["fetch-depth"] == 0
    assert steps[1]["run"].startswith("python3 tools/commit_message.py --commits")
