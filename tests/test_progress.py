"""How far a report has come: bars in a terminal, plain lines in a log."""

import io
import re

import pytest
from rich.console import Console

from cadre_research.reporting import progress
from cadre_research.reporting.progress import ReportProgress

PHASES = {"progress_worlds": None, "progress_notebooks": 3}


def shown(*, terminal, language="en", steps=(("progress_notebooks", "opening"), ("progress_worlds", ""))):
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=100)
    with ReportProgress(console, language, PHASES) as told:
        for step in steps:
            told.advance(*step)
    return text.getvalue()


def test_a_log_has_a_line_for_each_notebook_and_no_sign_that_only_a_terminal_knows():
    assert re.fullmatch(r"0:00 notebooks 1/3 opening\n0:00 Worlds 1\n", shown(terminal=False))
    assert "笔记本 1/3 opening" in shown(terminal=False, language="zh")


def test_a_log_has_a_line_now_and_then_where_steps_have_no_name(monkeypatch):
    clock = iter([0, *range(0, 1000, 10)])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    lines = shown(terminal=False, steps=[("progress_worlds", "")] * 8).splitlines()
    assert [line.split()[-1] for line in lines] == ["1", "4", "7"]
    assert lines[1].startswith("0:30 ")


def test_a_terminal_has_a_bar_for_each_phase():
    text = shown(terminal=True)
    assert "1/3" in text
    assert "\x1b[" in text


@pytest.mark.parametrize("terminal", [True, False])
def test_nobody_is_told_where_nobody_listens(terminal):
    console = Console(quiet=True, force_terminal=terminal)
    with ReportProgress(console, "en", PHASES) as told:
        told.advance("progress_notebooks", "opening")
