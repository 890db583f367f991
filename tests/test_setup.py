"""The set-up files agree with each other and name nothing of the machine they were made on."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = [Requirement(text) for text in PROJECT["dependencies"]]
DEV = [Requirement(text) for text in PROJECT["optional-dependencies"]["dev"]]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

# In pieces, so that this file does not find itself.
INDEX_HOSTS = ["pypi" + ".org", "python" + "hosted", "conda." + "anaconda"]
# The look-behind keeps web addresses, relative paths and base64 pictures out.
MACHINE_PATH = re.compile(r"(?<![A-Za-z0-9+/._~>-])/(?:root|home|work|opt|Users)(?=[/\"'`\s:,;)]|$)", re.M)


def bounds(requirements):
    return {canonicalize_name(r.name): r.specifier for r in requirements}


def lock_entries():
    """Name, version and hashes of each entry; a package can have one entry per platform."""
    entries = []
    for block in re.split(r"\n(?=\S)", LOCK.strip()):
        head, *rest = block.splitlines()
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([^\s;]+)(?: ; .+?)? \\", head)
        assert match, f"not a pinned entry with hashes: {head}"
        hashes = [line.strip().removesuffix(" \\") for line in rest]
        entries.append((canonicalize_name(match[1]), Version(match[2]), hashes))
    return entries


def project_files():
    """Yield name and text of what git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            yield name, path.read_text(encoding="utf-8", errors="replace")


def test_environment_has_the_dependencies_of_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [Requirement(text) for text in environment["dependencies"] if isinstance(text, str)]
    by_pip = [
        Requirement(text)
        for section in environment["dependencies"]
        if isinstance(section, dict)
        for text in section["pip"]
    ]
    found = bounds(conda + by_pip)
    assert "pip" in found
    expected = bounds([*RUNTIME, Requirement("python" + PROJECT["requires-python"]), Requirement("pip")])
    assert found == expected
    assert len(conda) + len(by_pip) == len(expected)
    assert environment["name"] == PROJECT["name"]
    assert environment["channels"] == ["conda-forge"]


@pytest.mark.parametrize("requirement", RUNTIME + DEV, ids=lambda r: r.name)
def test_lock_pins_each_direct_dependency_within_its_bounds(requirement):
    versions = [v for name, v, _ in lock_entries() if name == canonicalize_name(requirement.name)]
    assert versions
    assert all(requirement.specifier.contains(v) for v in versions)


def test_lock_has_hashes_for_every_entry():
    entries = lock_entries()
    assert len(entries) > len(RUNTIME) + len(DEV)
    for name, _, hashes in entries:
        assert hashes, name
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes), name


def test_numbers_do_not_depend_on_which_python_reads_the_lock():
    names = [name for name, _, _ in lock_entries()]
    assert [names.count(n) for n in ("numpy", "scipy", "pandas", "statsmodels")] == [1, 1, 1, 1]


@pytest.mark.parametrize("text", ["://", "/{}".format("opt"), "file:", "@ ", "--index", "--find-links"])
def test_lock_names_no_place_to_download_from(text):
    assert text not in LOCK


def test_building_the_package_needs_nothing_outside_the_lock():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    needed = {canonicalize_name(Requirement(text).name) for text in build["requires"]}
    assert needed
    assert needed <= {name for name, _, _ in lock_entries()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Put together here, so that this file holds none itself.
        ("/{}/x".format("root"), True),
        ('"/{}/me"'.format("home"), True),
        ("see /{}".format("work"), True),
        ("a:/{}/thing".format("opt"), True),
        ("https://example.org/home/x", False),
        ("net/work", False),
        ("</work>", False),
        ("AAAA/root/BBBB", False),
    ],
)
def test_machine_paths_are_recognised(text, found):
    assert bool(MACHINE_PATH.search(text)) is found


def test_no_file_names_a_path_of_somebodys_machine():
    hits = [f"{name}: {match[0]}" for name, text in project_files() for match in MACHINE_PATH.finditer(text)]
    assert hits == []


def test_no_file_names_a_package_index():
    files = dict(project_files())
    assert "pyproject.toml" in files
    assert [(name, host) for name, text in files.items() for host in INDEX_HOSTS if host in text] == []


def test_ci_runs_make_test():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines.index("make test") < lines.index("make test-browser")
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "bash .ci/run" in workflow


def test_workflow_covers_the_python_versions_promised():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    promised = [
        line.rsplit(" ", 1)[1]
        for line in PROJECT["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", line)
    ]
    assert matrix == promised
    assert all(Requirement("x" + PROJECT["requires-python"]).specifier.contains(v) for v in promised)


def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.M)
    described = re.findall(r"^([a-z-]+):.*?## \S", makefile, re.M)
    assert sorted(described) == sorted(phony.split())
