"""The model's description in Chinese: of the English as it stands, section by section, and set as Chinese is."""

import re
from collections import Counter

import pytest
from chinese import faults_of_setting, numbers_left_out

from cadre_research.reporting.model_description import CHINESE, ENGLISH, described, marked_sections, sections
from cadre_research.reporting.prose import prose_hash

TEXT = ENGLISH.read_text(encoding="utf-8")
PAIRS = list(zip(sections(TEXT), marked_sections().values(), strict=False))
FENCED = re.compile(r"```text\n(.*?)```", re.DOTALL)
# Numbers, single letters, functions and signs: what two ways of writing an equation share.
SYMBOL = re.compile(r"\d+(?:\.\d+)?|(?<![A-Za-z])[A-Za-z](?![A-Za-z])|exp|min(?=\()|ceil(?=\()|theta|[-+*/^<>=]")
# Names, which have no Chinese.
NAMES = {"ODD", "STRESS", "DES", "Wallenius", "Heneman", "Judge", "Kammeyer", "Mueller", "Williams", "theta"}
NAMES |= {"MIT", "CC", "BY", "Python", "NumPy", "PCG"}


def heading(section):
    return section.splitlines()[0].lstrip("# ")


def prose(section):
    """A section without equations, names in code and addresses."""
    return re.sub(r"`[^`]+`|\[[^\]]*\]\([^)]*\)", "", FENCED.sub("", section))


@pytest.mark.parametrize("english", sections(TEXT), ids=heading)
def test_every_section_has_its_chinese(english):
    assert prose_hash(english) in marked_sections(), (
        f"src/cadre_research/model/README.md, {heading(english)!r}, has changed, or has no Chinese yet. Write it in "
        f"README.zh.md beside it, under\n<!-- {prose_hash(english)} -->"
    )


def test_the_sections_follow_each_other_as_in_english_and_none_is_left_over():
    assert list(marked_sections()) == [prose_hash(section) for section in sections(TEXT)]


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=[heading(english) for english, _ in PAIRS])
def test_a_section_has_the_shape_of_the_english(english, chinese):
    """The same heading, equations, tables, lists, names in code, links and numbers."""
    kinds = [re.findall(r"^(#+ |\d+\. |- |```|\|)", text, re.MULTILINE) for text in (english, chinese)]
    assert kinds[0] == kinds[1]
    for told, tells in zip(FENCED.findall(english), FENCED.findall(chinese), strict=True):
        assert Counter(SYMBOL.findall(told)) == Counter(SYMBOL.findall(tells))
        assert len(told.splitlines()) == len(tells.splitlines())
    bars = [[line.count("|") for line in text.splitlines() if line.startswith("|")] for text in (english, chinese)]
    assert bars[0] == bars[1]
    in_code = [sorted(set(re.findall("`[^`]+`", FENCED.sub("", text)))) for text in (english, chinese)]
    assert in_code[0] == in_code[1]
    bold = [len(re.findall(r"\*\*[^*]+\*\*", text)) for text in (english, chinese)]
    assert bold[0] == bold[1]
    assert re.findall(r"\]\([^)]*\)", english) == re.findall(r"\]\([^)]*\)", chinese)
    assert numbers_left_out(prose(english), prose(chinese)) == set()


@pytest.mark.parametrize("chinese", [chinese for _, chinese in PAIRS], ids=heading)
def test_it_is_set_as_chinese_is(chinese):
    told = re.sub(r"^(\d+\. |- |\|.*$)", "", prose(chinese), flags=re.MULTILINE)
    assert faults_of_setting(told) == []
    assert set(re.findall("[A-Za-z]{2,}", told)) - NAMES == set()
    for part in FENCED.sub("", chinese).split("\n\n"):
        assert "\n" not in part.strip() or re.match(r"\d+\. |- |\|", part.strip()), "a broken line comes out as a gap"


def test_a_section_whose_english_has_changed_is_shown_in_english():
    changed = TEXT.replace("One step is a calendar year", "One step is a calendar month")
    parts = described("zh", changed)
    assert [language for language, _ in parts] == ["zh", "en", "zh"]
    assert parts[1][1].startswith("## Scales\n\nOne step is a calendar month")
    assert parts[0][1].startswith("# 模型说明")
    assert [language for language, _ in described("zh")] == ["zh"]
    ((language, english),) = described("en")
    assert language == "en"
    assert english.startswith("# The model, described")
    assert "](" not in english


def test_the_chinese_is_a_text_of_its_own():
    """Who reads the file sees no mark, and nothing stands before the first."""
    assert CHINESE.read_text(encoding="utf-8").startswith("<!-- ")
    assert len(PAIRS) == len(sections(TEXT)) > 15
