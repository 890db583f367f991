"""The live notebook in JupyterLab itself: run, a lever turned, a scenario saved."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

from cadre_research.evidence.scenario import load_scenario
from cadre_research.paths import notebooks_dir

pytestmark = pytest.mark.browser

MILLISECONDS = 180_000


@pytest.fixture
def address(tmp_path):
    """Of a JupyterLab over a copy of the notebook whose scenarios go into a folder beside it."""
    notebook = nbformat.read(notebooks_dir() / "live" / "explore.ipynb", as_version=4)
    last = notebook.cells[-1]
    saved = f"__import__('pathlib').Path({str(tmp_path)!r})"
    assert last.source.count("language)") == 1
    last.source = last.source.replace("language)", f"language, {saved})")
    nbformat.write(notebook, tmp_path / "explore.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--no-browser", f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=")
    root = ("--allow-root",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    command = [sys.executable, "-m", "jupyterlab", *options, *root]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)
    try:
        yield _ready(f"http://127.0.0.1:{port}", server)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=60)


def _ready(address, server):
    for _ in range(MILLISECONDS // 1000):
        assert server.poll() is None, "JupyterLab did not start"
        try:
            with urllib.request.urlopen(f"{address}/api/status", timeout=10):
                return address
        except OSError:
            time.sleep(1)
    raise AssertionError("JupyterLab did not answer")


def test_a_lever_turns_the_verdicts_and_the_picture_and_is_saved_as_a_scenario(chromium, address, tmp_path):
    page = chromium.new_page(viewport={"width": 1300, "height": 1900})
    page.set_default_timeout(MILLISECONDS)
    page.goto(f"{address}/lab/tree/explore.ipynb")
    # The kernel is there when the bar below says so.
    page.get_by_text("| Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    answer, picture = page.locator(".jp-OutputArea table"), page.locator(".jp-OutputArea img")
    picture.wait_for()
    before = answer.inner_text(), picture.get_attribute("src")
    assert "✓" not in before[0]
    page.locator(".widget-slider .noUi-handle").nth(2).press("End")
    page.locator(".jp-OutputArea table", has_text="✓").wait_for()
    page.wait_for_function("was => document.querySelector('.jp-OutputArea img').src !== was", arg=before[1])
    page.locator(".widget-text input").last.fill("all-young")
    page.locator(".widget-text input").last.press("Tab")
    page.get_by_role("button", name="Save as a scenario").click()
    page.get_by_text("the next report has it as all-young").wait_for()
    assert load_scenario("all-young", tmp_path).promotion.young_share == 1
    page.get_by_role("button", name="Save as a scenario").click()
    page.get_by_text("which all-young.toml has already").wait_for()
    page.close()
