"""A real report, small, made again in an empty folder by the code that it carries; minutes, run by make soak."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from test_cli import run as command

from cadre_research.paths import project_root
from cadre_research.reporting.outputs_folder import latest_report
from cadre_research.reporting.provenance import sha256

pytestmark = pytest.mark.soak

# The carried code differs in this from the code that replays: whose ran shows in the tables.
FULL, BRIEF = "FULL = Effort()\n", "FULL = Effort(3, 5, (0, 20), (0,), 1, 40, 4)\n"


@pytest.fixture
def version(tmp_path):
    """A report from nothing, of a checkout whose inquiries are brief."""
    root = tmp_path / "checkout"
    for name in ("data", "notebooks", "src"):
        shutil.copytree(project_root() / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(project_root() / name, root / name)
    inquiry = root / "src" / "cadre_research" / "reporting" / "inquiry.py"
    text = inquiry.read_text(encoding="utf-8")
    assert text.count(FULL) == 1
    inquiry.write_text(text.replace(FULL, BRIEF), encoding="utf-8")
    made = subprocess.run(
        [sys.executable, "-m", "cadre_research", "report", "--only", "rate-08", "--language", "en", "--draws", "4"],
        env={**os.environ, "CADRE_RESEARCH_ROOT": str(root), "PYTHONPATH": str(root / "src")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return latest_report(root / "outputs")


def tables(folder):
    return {path.name: sha256(path) for path in (folder / "tables").iterdir()}


def test_a_real_report_is_made_again_from_its_own_inputs_to_the_last_byte(version, tmp_path):
    into = tmp_path / "again"
    code, text = command("replay", str(version), "--into", str(into))
    assert code == 0, text
    before, after = tables(version), tables(into / "latest")
    assert len(before) > 40
    assert f"{len(before)} tables, all the same again." in text
    assert before == after
    manifests = [json.loads((one / "manifest.json").read_text(encoding="utf-8")) for one in (version, into / "latest")]
    assert manifests[0]["inputs"] == manifests[1]["inputs"]
    # 5 values of each of two levers, for two pairs and six targets: the carried code is what ran, both times.
    assert len((version / "tables" / "frontier.csv").read_text(encoding="utf-8").splitlines()) == 1 + 2 * 25 * 6
