"""Little's law for every target of an opening, found once and kept on disk."""

from __future__ import annotations

import pandas as pd

from cadre_research.findings.explain import little_law
from cadre_research.findings.study import POPULATIONS
from cadre_research.model.opening import Opening
from cadre_research.reporting.kept import kept

__all__ = ["little_laws"]


def little_laws(opening: Opening) -> pd.DataFrame:
    """One row for each target and population that the law applies to, as `findings.explain.LittleLaw` with its share.

    Without columns for an opening that is not stationary.
    """
    if opening.stationary_rules is None or not opening.past.is_stationary:
        return pd.DataFrame()
    asked = {
        "age_line": opening.age_line,
        "assumptions": {name: entry.value for name, entry in opening.evidence.assumptions.items()},
        "solution": list(opening.solution),
    }
    return kept("little_law", asked, lambda: _found(opening))


def _found(opening: Opening) -> pd.DataFrame:
    rows = []
    for target in opening.evidence.targets.targets:
        for population in POPULATIONS:
            law = little_law(opening, target, population)
            if law is not None:
                rows.append({"age_line": opening.age_line, **vars(law), "share": law.share})
    return pd.DataFrame(rows)
