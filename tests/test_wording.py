import itertools
import re
import string
from pathlib import Path

import pandas as pd
import pytest

from cadre_research.errors import UnknownNameError
from cadre_research.evidence.estimation import FEWEST_EVENTS
from cadre_research.reporting.disclosure_versions import ROUNDED_TO
from cadre_research.reporting.suppression import LEAST_PERSONS
from cadre_research.reporting.wording import (
    LANGUAGES,
    WORDS,
    age_phrase,
    figure_footer,
    number,
    percent,
    points,
    verdict_sentence,
    word,
)

SOURCES = sorted((Path(__file__).resolve().parent.parent / "src").rglob("*.py"))


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def row(**changes):
    """Verdict of a group that ends half a point short of one sixth and never got there."""
    return {
        "horizon_years": 10,
        "share": 1 / 6 - 0.005,
        "threshold": 1 / 6,
        "margin": -0.005,
        "reached": False,
        "reached_by_deadline": False,
        "first_year_reached": pd.NA,
        "held": pd.NA,
        "deadline_year": 2022,
        "horizon_year": 2027,
        **changes,
    }


def sentence(language="en", **changes):
    return verdict_sentence(row(**changes), "Chiefs", "Status quo", language)


# What stands between or begins in the middle of other words, with its spaces; and what names the other language.
JOINING = {
    "and",
    "brief_targets",
    "changed_and",
    "changed_comma",
    "changed_of",
    "clause",
    "colon",
    "comma",
    "counted_next",
    "or",
    "overall_nearest",
    "overall_posts",
    "overall_sure",
    "semicolon",
    "within",
    "year_or",
}
JOINING |= {"anchored_first", "assumed_first", "assumed_first_own", "other_language", "unit_sizes_assumed"}
JOINING |= {"outside_range", "value_in_range", "what_it_is"}


@pytest.mark.parametrize("key", WORDS)
def test_every_key_has_both_languages(key):
    assert len(WORDS[key]) == len(LANGUAGES) == 2
    english, chinese = WORDS[key]
    assert english.strip()
    assert chinese.strip()
    if key in JOINING:
        return
    assert english.strip() == english
    assert chinese.strip() == chinese
    assert placeholders(chinese) <= placeholders(english), "a Chinese phrase asks for a value that English has not"


@pytest.mark.parametrize("key", [key for key in WORDS if key not in JOINING])
def test_each_language_is_written_in_its_own_script(key):
    english, chinese = WORDS[key]
    assert not re.search("[\u4e00-\u9fff，。；：（）]", english)
    assert re.search("[\u4e00-\u9fff]", re.sub(r"{\w+}", "", chinese))


def test_an_unknown_key_or_language_is_refused():
    with pytest.raises(UnknownNameError, match="Did you mean target"):
        word("targt", "en")
    with pytest.raises(UnknownNameError, match="language 'fr' is not known"):
        word("target", "fr")


def test_every_key_that_the_package_asks_for_exists():
    asked = {
        key for path in SOURCES for key in re.findall(r"\bword\(\s*\"([a-z_0-9]+)\"", path.read_text(encoding="utf-8"))
    }
    assert len(asked) > 40
    assert asked - set(WORDS) == set()


def test_numbers_are_written_as_each_language_does():
    assert percent(0.0649, "en") == "6.5\N{NO-BREAK SPACE}%"
    assert percent(0.0649, "zh") == "6.5%"
    assert percent(-0.01, "zh") == "\N{MINUS SIGN}1.0%"
    assert [points(0.0123), points(-0.0123), points(0.00001)] == ["+1.2", "\N{MINUS SIGN}1.2", "0.0"]
    assert number(12345.6) == "12,346"


def test_an_age_line_says_whether_the_age_itself_counts():
    assert age_phrase(40, "inclusive", "en") == "40 and under"
    assert age_phrase(40, "strict", "en") == "under 40"
    assert age_phrase(40, "inclusive", "zh") == "40岁及以下"
    assert age_phrase(40, "strict", "zh") == "不满40岁"


def test_a_footer_names_scenario_and_weakest_input():
    text = figure_footer("en", scenario="Status quo", age_line="strict", population="posts")
    assert "Scenario: Status quo." in text
    assert "post-holders" in text
    assert "no longer young" in text
    assert text.endswith("weakest input: assumed.")
    assert "Counted" not in figure_footer("en", population=None)


def test_never_reached():
    assert sentence() == (
        "Chiefs (Status quo): after 10 years, 16.2\N{NO-BREAK SPACE}% are young, 0.5 percentage points short of "
        "one sixth (16.7\N{NO-BREAK SPACE}%); the target is not reached, neither by the deadline (end of 2022) nor in "
        "any other year."
    )
    assert sentence("zh") == (
        "Status quo，Chiefs：10年后年轻干部占16.2%，比六分之一（16.7%）低0.5个百分点；"
        "目标未达到，期限（2022年底）前及其他各年均未达到。"
    )


def test_a_forecast_that_ends_before_the_deadline_does_not_judge_it():
    text = sentence(horizon_years=1, reached_by_deadline=pd.NA)
    assert "after 1 year," in text
    assert "lies beyond the forecast" in text


REACHED = {"share": 0.18, "margin": 0.18 - 1 / 6, "reached": True}


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        (
            {**REACHED, "first_year_reached": 2021, "reached_by_deadline": True, "held": True},
            "is reached, first in 2021, by the deadline (end of 2022), and held since",
            "此后一直保持",
        ),
        (
            {**REACHED, "first_year_reached": 2025, "reached_by_deadline": False, "held": True},
            "is reached, first in 2025, after the deadline (end of 2022), and held since",
            "已过期限",
        ),
        (
            {**REACHED, "first_year_reached": 2021, "reached_by_deadline": True, "held": False},
            "lost in between, and reached again",
            "其间曾回落",
        ),
        (
            {"first_year_reached": 2021, "reached_by_deadline": True, "held": False},
            "is not reached: it was, first in 2021, by the deadline (end of 2022), but is lost again",
            "但此后回落",
        ),
    ],
)
def test_history_is_told_as_the_values_have_it(changes, english, chinese):
    assert english in sentence(**changes)
    assert chinese in sentence("zh", **changes)


@pytest.mark.parametrize(
    ("reached", "margin", "expected"),
    [
        (True, 0.0, "exactly one sixth"),
        (True, -1e-12, "exactly one sixth"),
        (True, 0.0004, "less than 0.1 percentage points above"),
        (False, -0.0004, "less than 0.1 percentage points short of"),
        (False, -0.0006, "0.1 percentage points short of"),
    ],
)
def test_a_margin_too_small_to_print_is_put_into_words(reached, margin, expected):
    first = {"first_year_reached": 2027, "held": True} if reached else {}
    assert f", {expected}" in sentence(reached=reached, margin=margin, share=1 / 6 + margin, **first)


def test_another_threshold_is_not_called_one_sixth():
    text = sentence(threshold=0.2, margin=-0.02, share=0.18)
    assert "2.0 percentage points short of the 20.0\N{NO-BREAK SPACE}% required" in text
    assert "sixth" not in text


def test_no_combination_of_values_makes_a_sentence_that_contradicts_them():
    """All 16 combinations of reached, first year, deadline and held, those that cannot occur left out."""
    tried = 0
    for reached, ever, in_time, held in itertools.product([True, False], repeat=4):
        if (not ever and (reached or in_time or held)) or (held and not reached):
            continue
        tried += 1
        text = sentence(
            reached=reached,
            margin=0.02 if reached else -0.02,
            first_year_reached=(2021 if in_time else 2024) if ever else None,
            reached_by_deadline=in_time,
            held=held if ever else None,
        )
        assert ("the target is reached" in text) is reached
        assert ("above one sixth" in text) is reached
        assert ("short of one sixth" in text) is not reached
        assert ("by the deadline" in text and "neither" not in text) is in_time
        assert ("held since" in text) is held
        assert ("again" in text) is (ever and not held)
        assert text.count(".") - len(re.findall(r"\d\.\d", text)) == 1
    assert tried == 7


@pytest.mark.parametrize("key", ["fewer_than_ten", "disclosed_protected", "subtitle_rates", "subtitle_recruits"])
def test_the_least_of_persons_that_is_told_is_that_of_the_rule(key):
    assert LEAST_PERSONS == FEWEST_EVENTS == ROUNDED_TO
    assert [re.findall(f"{LEAST_PERSONS}|ten", text) != [] for text in WORDS[key]] == [True, True]
