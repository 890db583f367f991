"""A small report in both languages, opened in a real browser from the disk, with everything outside shut off."""

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from browser.screens import WIDE
from cadre_research.reporting.report import make_report

MILLISECONDS = 120_000
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    """Folder of the report that CADRE_REPORT names, or of one of a single scenario beside the status quo."""
    if given := os.environ.get("CADRE_REPORT"):
        return Path(given).resolve()
    # Of all processes of this run the first one makes it.
    of_all = tmp_path_factory.getbasetemp()
    outputs = (of_all.parent if "PYTEST_XDIST_WORKER" in os.environ else of_all) / "browser"
    outputs.mkdir(exist_ok=True)
    with (outputs / "made-once.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        latest = outputs / "latest"
        return (latest if latest.exists() else make_report(["rate-08"], "both", outputs)).resolve()


@pytest.fixture(scope="session")
def pages(report):
    """Every page that holds no script, those beside the index first."""
    beside = [path for path in sorted(report.glob("*.html")) if path.stem != "explorer"]
    return [*beside, *sorted((report / "pages").glob("*.html"))]


@pytest.fixture(scope="module")
def chromium():
    # One at a time: a second Playwright cannot begin while the first is at work.
    if not Path(CHROMIUM).is_file():
        pytest.fail(f"{CHROMIUM} is not there. Install Chromium, or name it: CHROMIUM=/path/to/chromium.")
    options = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium):
    """Open a page of a width, and hear of all that it should not do: requests, messages, dialogs."""

    @contextmanager
    def tab(path, size=WIDE, fragment="", **settings):
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, offline=True, **settings)
        context.route(lambda address: not address.startswith(("file:", "data:")), lambda route: route.abort())
        # A machine may be at work on more than this.
        context.set_default_timeout(MILLISECONDS)
        page = context.new_page()
        page.heard = []
        page.on("request", lambda one: one.url.startswith(("file:", "data:")) or page.heard.append(one.url))
        page.on("console", lambda one: page.heard.append(one.text) if one.type in ("error", "warning") else None)
        page.on("pageerror", lambda fault: page.heard.append(str(fault)))
        page.on("dialog", lambda dialog: (page.heard.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri() + fragment)
        yield page
        context.close()

    return tab
