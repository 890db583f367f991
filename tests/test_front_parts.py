"""The parts of a report that need no notebook are all asked for, the longest first."""

import threading
from dataclasses import replace

import pytest
from handouts import content_of

from cadre_research.errors import RunError
from cadre_research.reporting import front_parts
from cadre_research.reporting.editions import editions
from cadre_research.reporting.front_parts import FrontParts, write_parts
from cadre_research.reporting.handouts import HANDOUTS
from cadre_research.reporting.index_figures import index_figures
from cadre_research.reporting.report_front import ReportFront


@pytest.mark.parametrize("explorer", ["", "explorer.html"])
def test_explorer_workbook_and_briefs_come_before_the_figures_which_are_counted(
    explorer, study, make_target, tmp_path, monkeypatch
):
    asked, told = [], []

    def noted(find, given, parts, workers):
        asked.extend(parts)
        yield from parts

    monkeypatch.setattr(front_parts, "in_processes", noted)
    content = replace(content_of([make_target()])[0], explorer=explorer)
    both = editions("both")
    write_parts(FrontParts(tmp_path, study, {}, content, "en"), both, lambda: told.append(1))
    figures = [(edition, name) for edition in both for name in index_figures(list(content.scenarios))]
    assert asked == [*filter(None, [explorer]), *HANDOUTS, *figures]
    assert len(told) == len(figures)


@pytest.mark.parametrize("part", ["explorer.html", *HANDOUTS, (editions("en")[0], "share-paths")])
def test_each_part_is_written_by_its_own_writer(part, study, make_target, tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(front_parts, "write_explorer", lambda study, language, folder: written.append("explorer.html"))
    monkeypatch.setattr(front_parts, "write_handout", lambda folder, content, study, tables, what: written.append(what))
    monkeypatch.setattr(front_parts, "index_figure", lambda given, figure: written.append(figure))
    content, _ = content_of([make_target()])
    assert front_parts._write(FrontParts(tmp_path, study, {}, content, "en"), part) == part
    assert written == [part]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, SystemExit, ValueError])
def test_who_stops_the_notebooks_waits_for_no_more_than_the_part_at_hand(
    fault, study, make_target, tmp_path, monkeypatch
):
    written, begun, end_it = [], threading.Event(), threading.Event()

    def write(made_from, part):
        written.append(part)
        begun.set()
        end_it.wait()
        return part

    def notebooks():
        begun.wait()
        raise fault

    def front(self, folder, stopped):
        try:
            write_parts(FrontParts(folder, study, {}, content_of([make_target()])[0], "en"), [], list, stopped)
        except RunError as stop:
            written.append(str(stop))

    monkeypatch.setattr(front_parts, "PROCESSES", 1)
    monkeypatch.setattr(front_parts, "_write", write)
    monkeypatch.setattr(ReportFront, "write", front)
    nobody = ReportFront(study, [], [], [], tmp_path)
    threading.Timer(2, end_it.set).start()
    with pytest.raises(fault), nobody.written_beside(tmp_path):
        notebooks()
    assert written == [HANDOUTS[0], "the rest of the report was stopped, because its notebooks were."]


def test_what_fails_beside_the_notebooks_fails_the_report(study, tmp_path, monkeypatch):
    def fail(self, stopped):
        raise OSError("no space left")

    monkeypatch.setattr(ReportFront, "write", fail)
    with pytest.raises(OSError, match="no space"), ReportFront(study, [], [], [], tmp_path).written_beside():
        pass
