"""An explorer over a few lines only, for tests of its page."""

from dataclasses import replace

from cadre_research.evidence.targets import Targets
from cadre_research.findings.study import Study
from cadre_research.findings.surface import Lines
from cadre_research.reporting.explored import explorer_content, find_surfaces
from cadre_research.reporting.explorer_page import explorer_page

FEW = Lines(5, 5, halvings=0, people_x=2, people_y=2)
TITLES = {"en": "Status quo", "zh": "维持现状"}


def few(study):
    return find_surfaces(study, FEW)


def page_of(study, language="en", surfaces=None):
    return explorer_page(explorer_content(study, surfaces or few(study)), TITLES, "inclusive", language)


def named(study, name):
    """The same study with targets, ranks and levels of another name."""
    targets = [one.model_copy(update={"name_en": name, "name_zh": name}) for one in study.evidence.targets.targets]
    ranks = [one.model_copy(update={"name_en": name, "name_zh": name}) for one in study.evidence.ladder.ranks]
    evidence = replace(
        study.evidence,
        targets=Targets(format=1, baseline_year=study.evidence.targets.baseline_year, targets=tuple(targets)),
        ladder=study.evidence.ladder.model_copy(update={"ranks": tuple(ranks)}),
    )
    # A name changes no number, so what was calibrated holds.
    return Study(evidence, study.scenarios, _openings=study._openings)
