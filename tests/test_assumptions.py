"""Every assumption says what it is, how far it may be off, and is used."""

import re

import pytest
from chinese import faults_of_setting, numbers_left_out

from cadre_research.errors import EvidenceError, UnknownNameError
from cadre_research.evidence.assumptions import load_assumptions
from cadre_research.paths import facts_dir
from cadre_research.reporting.names import unit_name

PATH = facts_dir() / "assumptions.toml"
TEXT = PATH.read_text(encoding="utf-8")
ENTRIES = load_assumptions(PATH)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: entry.id)
def test_an_assumption_has_a_range_a_source_and_words(entry):
    assert entry.low < entry.high
    assert entry.low <= entry.value <= entry.high
    for text in (entry.title, entry.description, entry.unit, entry.source):
        assert text.strip()
    assert entry.description.endswith(".")
    assert faults_of_setting(entry.title_zh) == []
    assert numbers_left_out(entry.title, entry.title_zh) == set()
    assert unit_name(entry.unit, "en") == entry.unit
    assert unit_name(entry.unit, "zh") != entry.unit, f"words.toml has no wording for {entry.unit}"
    assert len(entry.source) > 15
    assert entry.provenance in ("assumed", "derived")


@pytest.mark.parametrize("name", ENTRIES)
def test_an_assumption_is_used_by_the_ladder_the_retirement_rules_or_the_targets(name):
    used = set()
    for file in ("ladder", "retirement", "targets"):
        text = (facts_dir() / f"{file}.toml").read_text(encoding="utf-8")
        used |= set(re.findall(r'assumption = "([^"]+)"', text)) | set(re.findall(r'headcount = "([^"]+)"', text))
    assert name in used


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        # Rounding of "7 %" and "4.5 %".
        ("county-level-headcount", 113 / 0.075, 113 / 0.065),
        ("section-chief-headcount", 306 / 0.0455, 306 / 0.0445),
    ],
)
def test_the_two_derived_headcounts_range_as_the_rounding_allows(name, low, high):
    entry = ENTRIES[name]
    assert entry.provenance == "derived"
    assert (entry.low, entry.high) == (pytest.approx(low, abs=1), pytest.approx(high, abs=1))


def test_the_ranges_are_those_of_the_facts():
    """Take-up 0 to 0.7 at 55; death 0.1 to 0.3 %; leading posts are left between 52 and 57."""
    assert (ENTRIES["women-leaving-at-55-county-level"].low, ENTRIES["women-leaving-at-55-county-level"].high) == (
        0,
        0.7,
    )
    assert (ENTRIES["death-in-service"].low, ENTRIES["death-in-service"].high) == (0.001, 0.003)
    assert ENTRIES["resignation"].value == 0.0015


def test_probabilities_and_shares_range_within_0_and_1():
    for entry in ENTRIES.values():
        if entry.unit.startswith(("share", "per ")):
            assert 0 <= entry.low <= entry.high <= 1, entry.id


def test_an_unknown_assumption_is_refused_with_the_nearest_one():
    assert "removal" in ENTRIES
    assert "removel" not in ENTRIES
    with pytest.raises(UnknownNameError, match=r"assumption 'removel' is not known. Did you mean removal"):
        ENTRIES["removel"]


def test_replacing_values_keeps_the_rest_and_the_original():
    changed = ENTRIES.replaced({"removal": 0.002})
    assert changed["removal"].value == 0.002
    assert ENTRIES["removal"].value == 0.001
    assert {name: entry for name, entry in changed.items() if name != "removal"} == {
        name: entry for name, entry in ENTRIES.items() if name != "removal"
    }
    assert list(changed) == list(ENTRIES)


@pytest.mark.parametrize("value", [-0.001, 0.0031, float("nan"), float("inf")])
def test_a_value_outside_its_range_is_refused(value):
    with pytest.raises(
        EvidenceError, match=r"assumption removal: given .*, expected 0.0 to 0.003 \(per person and year\)"
    ):
        ENTRIES.replaced({"removal": value})


@pytest.mark.parametrize("value", [0.0, 0.003])
def test_the_ends_of_a_range_belong_to_it(value):
    assert ENTRIES.replaced({"removal": value})["removal"].value == value


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "value = 0.001\nlow = 0.0\n",
            "value = 0.001\nlow = 0.002\n",
            "removal: expected low <= value <= high, got 0.002, 0.001",
        ),
        ("value = 0.001\nlow = 0.0\n", "value = nan\nlow = 0.0\n", "value: given nan; input should be a finite number"),
        ('id = "removal"', 'id = "demotion"', "key (whole file): each id once, got demotion more than once"),
        ('impact = "low"', 'impact = "none"', "impact: given 'none'; input should be 'low', 'medium' or 'high'"),
        ('quality = "medium"', 'grade = "medium"', "grade: unknown name."),
        ('title = "Removal from the service"\n', "", "title: missing; this key is required"),
    ],
)
def test_a_wrong_assumption_is_refused(tmp_path, old, new, message):
    assert old in TEXT
    path = tmp_path / "assumptions.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"assumptions\.toml") as refused:
        load_assumptions(path)
    assert message in str(refused.value)
