"""The parts of a report that need no notebook are all asked for, the longest first."""

from dataclasses import replace

import pytest
from handouts import content_of

from cadre_research.reporting import front_parts
from cadre_research.reporting.editions import editions
from cadre_research.reporting.front_parts import FrontParts, write_parts
from cadre_research.reporting.handouts import HANDOUTS
from cadre_research.reporting.index_figures import index_figures


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
