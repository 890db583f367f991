"""The explorer of a report: whether there is one, and its page put beside the others."""

from __future__ import annotations

from pathlib import Path

from cadre_research.findings.levers import LEVERS
from cadre_research.findings.study import BASELINE, Study
from cadre_research.paths import own_study
from cadre_research.reporting.explored import explorer_content, find_surfaces
from cadre_research.reporting.explorer_page import explorer_page
from cadre_research.reporting.queries import checked_levers
from cadre_research.reporting.report_runs import AGE_LINE
from cadre_research.reporting.scripts import EXPLORER
from cadre_research.reporting.wording import LANGUAGES

__all__ = ["has_explorer", "write_explorer"]


def has_explorer(study: Study) -> bool:
    """Whether a report of a study has an explorer.

    None that is made from a register: shares that can be read at every setting would tell small counts that disclosure
    control hides. None where the status quo leaves a lever without effect.
    """
    return own_study() is None and set(checked_levers(study, study.scenario(BASELINE))) == set(LEVERS)


def write_explorer(study: Study, language: str, folder: Path) -> None:
    """Write the page of a study that has one (`has_explorer`) into the folder of a report."""
    titles = {name: getattr(study.scenario(BASELINE), f"title_{name}") for name in LANGUAGES}
    page = explorer_page(explorer_content(study, find_surfaces(study)), titles, AGE_LINE, language)
    (folder / EXPLORER).write_text(page, encoding="utf-8")
