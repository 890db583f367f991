"""Assumptions as they are listed for readers: which, in what order, and what is said of them in each language.

assumptions_zh.toml has the Chinese of each description and source beside its English. A text is found by its English:
where that has changed, or is somebody's own, it stays English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from cadre_research.evidence.assumptions import Assumption
from cadre_research.findings.study import Study

__all__ = ["TEXTS_ZH", "stated_assumptions", "text_in"]

IMPACTS = ("high", "medium", "low")

# English text: the same in Chinese.
TEXTS_ZH: Mapping[str, str] = {
    text["en"]: text["zh"]
    for text in tomllib.loads((Path(__file__).parent / "assumptions_zh.toml").read_text(encoding="utf-8"))["texts"]
}


def stated_assumptions(study: Study) -> list[Assumption]:
    """Every assumption, those graded to move verdicts most first, and otherwise in the order of the file.

    The errors of what was estimated from a register are left out: its rates are shown with their intervals.
    """
    registered = study.evidence.registered
    errors = registered.errors_of_estimation() if registered else ()
    stated = [entry for entry in study.evidence.assumptions.values() if entry.id not in errors]
    return sorted(stated, key=lambda entry: IMPACTS.index(entry.impact))


def text_in(english: str, language: str) -> str:
    """What is said of an assumption, in a language; in English where it has no other.

    >>> text_in("No public rate for the city", "zh"), text_in("My own reason", "zh")
    ('全市未公布该比率', 'My own reason')
    """
    return TEXTS_ZH.get(english, english) if language == "zh" else english
