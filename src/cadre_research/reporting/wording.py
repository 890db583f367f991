"""Every word a reader sees, in English and in the terms that Chinese personnel offices use, and sentences from values.

Figures, tables and pages take their words from here, so that a term is translated once and a language can be missing
nowhere. The verdict's sentence is built from the verdict's values and from nothing else.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cadre_research.errors import UnknownNameError
from cadre_research.paths import own_study

__all__ = [
    "HIDDEN",
    "LANGUAGES",
    "ROUNDED_WITHIN",
    "WORDS",
    "age_phrase",
    "figure_footer",
    "number",
    "percent",
    "points",
    "probability",
    "rounded_up",
    "span",
    "verdict_sentence",
    "word",
    "words_in",
]

LANGUAGES = ("en", "zh")

# Below this a margin rounds to 0.0 percentage points and is put into words instead.
SMALLEST_PRINTED_MARGIN = 0.0005
# Exactly one sixth in expectation, as `findings.verdict.reaches` compares it.
NO_MARGIN = 1e-9
# What a decimal such as 0.12 is away from a whole number of tenths of a per cent.
ROUNDED_WITHIN = 1e-6

HIDDEN = "—"

_TABLE = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
# key: (English, Simplified Chinese)
WORDS: Mapping[str, tuple[str, str]] = {key: (texts["en"], texts["zh"]) for key, texts in _TABLE.items()}


def word(key: str, language: str, **values: object) -> str:
    """Return a word or phrase in a language, its placeholders filled with `values`.

    Raises
    ------
    UnknownNameError
        When there is no such key or language.

    Examples
    --------
    >>> word("target", "zh")
    '目标'
    >>> word("deadline_end_of", "en", year=2022)
    'deadline, end of 2022'
    """
    if language not in LANGUAGES:
        raise UnknownNameError("language", str(language), LANGUAGES)
    if key not in WORDS:
        raise UnknownNameError("wording", str(key), WORDS)
    return WORDS[_at_hand(key)][LANGUAGES.index(language)].format(**values)


def words_in(language: str) -> dict[str, str]:
    """Every wording in a language by its key, for templates."""
    return {key: WORDS[_at_hand(key)][LANGUAGES.index(language)] for key in WORDS}


def _at_hand(key: str) -> str:
    """The key itself, or that of the wording for a study of somebody's own register where there is one.

    A register's report mentions no survey, and says that a synthetic one is synthetic.
    """
    study = own_study()
    if study is None:
        return key
    kinds = ("synthetic", "own") if study.name.startswith("synthetic") else ("own",)
    return next((f"{key}_{kind}" for kind in kinds if f"{key}_{kind}" in WORDS), key)


def percent(share: float, language: str, decimals: int = 1) -> str:
    r"""Write a decimal share in per cent; English sets a no-break space before the sign, Chinese none.

    One that is missing, as under disclosure control, is a dash.

    >>> percent(0.065, "zh"), percent(1 / 6, "en", decimals=0)
    ('6.5%', '17\xa0%')
    """
    if share != share:
        return HIDDEN
    space = "" if language == "zh" else "\N{NO-BREAK SPACE}"
    return f"{100 * share:.{decimals}f}{space}%".replace("-", "\N{MINUS SIGN}")


def probability(estimate: float, standard_error: float, language: str, draws: int | None = None) -> str:
    """Write a probability in whole per cent with its standard error; none is written as certain.

    Where none or all of `draws` independent worlds reach, 95 % certainty goes no further than 3 in so many.

    >>> probability(0.342, 0.048, "zh"), probability(0.0, 0.0, "zh", 99), probability(1.0, 0.0, "zh", 99)
    ('34%（±5）', '<4%', '>96%')
    """
    least = 0.01 if draws is None else math.ceil(300 / draws) / 100
    if estimate in (0.0, 1.0):
        return ("<" if estimate < 0.5 else ">") + percent(least if estimate < 0.5 else 1 - least, language, 0)
    shown = min(max(estimate, 0.01), 0.99)
    error = max(1, round(100 * standard_error)) if standard_error == standard_error else "?"
    return percent(shown, language, 0) + (f"（±{error}）" if language == "zh" else f" (±{error})")


def span(low: float, high: float, language: str) -> str:
    """Write a range of shares in per cent.

    >>> span(0.041, 0.0825, "zh")
    '4.1–8.2%'
    """
    return HIDDEN if low != low or high != high else f"{100 * low:.1f}–{percent(high, language)}"


def rounded_up(value: float) -> str:
    """Write a decimal times 100 with one digit, rounded up: what is written suffices where the value does.

    >>> rounded_up(0.1141), rounded_up(0.12)
    ('11.5', '12.0')
    """
    return f"{math.ceil(1000 * value - ROUNDED_WITHIN) / 10:.1f}"


def points(change: float, decimals: int = 1) -> str:
    """Write a difference of shares in percentage points, signed but for zero; without the unit.

    >>> points(0.0123), points(-0.0001)
    ('+1.2', '0.0')
    """
    text = f"{100 * change:+.{decimals}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def number(amount: float) -> str:
    """Write a whole number with thousands separated, as both languages do.

    >>> number(12345.6)
    '12,346'
    """
    return f"{amount:,.0f}".replace("-", "\N{MINUS SIGN}")


def age_phrase(age_years: int, age_line: str, language: str) -> str:
    """Say who is young at an age line of `age_years`, leaving no doubt whether the age itself counts.

    >>> age_phrase(40, "inclusive", "en"), age_phrase(40, "strict", "zh")
    ('40 and under', '不满40岁')
    """
    key = "line_of_age" if age_line == "inclusive" else "line_strictly_under"
    return word(key, language, age=age_years)


def figure_footer(
    language: str,
    *,
    scenario: str | None = None,
    age_line: str = "inclusive",
    population: str | None = "level",
    provenance: str = "assumed",
) -> str:
    """Say under a figure what was counted, where the opening comes from, and what its weakest input rests on.

    `scenario` is a display name, left out where a figure shows several; `population` is level, posts, or None where no
    share is counted; `provenance` is that of the weakest input.
    """
    parts = [word("footer_scenario", language, scenario=scenario)] if scenario else []
    if population is not None:
        counted, line = word(f"population_{population}", language), word(f"age_line_{age_line}", language)
        parts.append(word("footer_counted", language, population=counted, age_line=line))
    parts.append(word("footer_opening", language, provenance=word(f"provenance_{provenance}", language)))
    return ("" if language == "zh" else " ").join(parts)


def verdict_sentence(verdict: Mapping[str, object], target_name: str, scenario_name: str, language: str) -> str:
    """Say a verdict in one sentence, from its values alone.

    Parameters
    ----------
    verdict : mapping
        A row of `findings.verdict.verdicts`: horizon_years, share, threshold, margin, reached, reached_by_deadline,
        first_year_reached, held, horizon_year, deadline_year.
    target_name, scenario_name : str
        Display names in that language.
    """
    years = int(verdict["horizon_years"])
    return word(
        "sentence_hidden" if verdict["share"] != verdict["share"] else "sentence",
        language,
        scenario=scenario_name,
        target=target_name,
        years=word("sentence_year" if years == 1 else "sentence_years", language, years=years),
        share=percent(float(verdict["share"]), language),
        gap=_gap(verdict, language),
        history=_history(verdict, language),
    )


def _gap(verdict: Mapping[str, object], language: str) -> str:
    threshold, margin = float(verdict["threshold"]), float(verdict["margin"])
    kind = "threshold_sixth" if abs(threshold - 1 / 6) < NO_MARGIN else "threshold_other"
    phrase = word(kind, language, share=percent(threshold, language))
    if margin != margin:
        return word("gap_hidden_reached" if verdict["reached"] else "gap_hidden", language, threshold=phrase)
    if verdict["reached"] and margin <= NO_MARGIN:
        return word("gap_exact", language, threshold=phrase)
    barely = "_barely" if abs(margin) < SMALLEST_PRINTED_MARGIN else ""
    side = "above" if verdict["reached"] else "short"
    return word(f"gap_{side}{barely}", language, threshold=phrase, points=f"{100 * abs(margin):.1f}")


def _history(verdict: Mapping[str, object], language: str) -> str:
    deadline, first = int(verdict["deadline_year"]), verdict["first_year_reached"]
    if pd.isna(first):
        beyond = pd.isna(verdict["reached_by_deadline"])
        return word("history_not_yet" if beyond else "history_never", language, deadline=deadline)
    in_time = "when_in_time" if verdict["reached_by_deadline"] else "when_late"
    when = word(in_time, language, first=int(first), deadline=deadline)
    if not verdict["reached"]:
        return word("history_lost", language, when=when)
    if first == verdict["horizon_year"]:
        return word("history_just_now", language, when=when)
    return word("history_held" if verdict["held"] else "history_regained", language, when=when)
