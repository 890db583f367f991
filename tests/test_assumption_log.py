"""What is said of assumptions in Chinese: all of it, of the English as it stands; and the order of the list."""

import re
from dataclasses import replace

import pytest
from chinese import faults_of_setting, numbers_left_out

from cadre_research.evidence.assumptions import Assumptions
from cadre_research.reporting.assumption_log import TEXTS_ZH, stated_assumptions, text_in


def english_texts(study):
    return {text for entry in study.evidence.assumptions.values() for text in (entry.description, entry.source)}


def test_every_description_and_source_has_its_chinese_and_none_is_left_over(study):
    asked = english_texts(study)
    missing, idle = asked - set(TEXTS_ZH), set(TEXTS_ZH) - asked
    assert missing == set(), "write their Chinese in src/cadre_research/reporting/assumptions_zh.toml"
    assert idle == set(), "take them out of src/cadre_research/reporting/assumptions_zh.toml"


@pytest.mark.parametrize(("english", "chinese"), TEXTS_ZH.items(), ids=range(len(TEXTS_ZH)))
def test_the_chinese_is_set_as_chinese_is_and_has_the_same_numbers(english, chinese):
    assert faults_of_setting(chinese) == []
    assert numbers_left_out(english, chinese) == set()
    assert re.findall("[A-Za-z]+", chinese) == []
    assert chinese.endswith("。") == english.endswith(".")


def test_a_text_that_has_changed_or_is_somebodys_own_stays_as_it_is(study):
    told = study.evidence.assumptions["resignation"].source
    assert text_in(told, "zh") == "辞职者很少，通常每年约0.15%"
    assert text_in(told, "en") == told
    assert text_in(f"{told}, they say", "zh") == f"{told}, they say"


def test_those_graded_to_matter_most_come_first_in_the_order_of_the_file(study):
    graded = {"removal": "high", "resignation": "high", "death-in-service": "medium"}
    entries = {
        name: entry.model_copy(update={"impact": graded.get(name, "low")})
        for name, entry in study.evidence.assumptions.items()
    }
    own = replace(study, evidence=replace(study.evidence, assumptions=Assumptions(entries)))
    listed = [entry.id for entry in stated_assumptions(own)]
    assert listed[:3] == ["resignation", "removal", "death-in-service"]
    assert listed[3:] == [name for name in entries if name not in graded]
