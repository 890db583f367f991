"""The six targets and what counts as young."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from cadre_research.errors import EvidenceError
from cadre_research.evidence.targets import is_young, load_targets
from cadre_research.paths import facts_dir

PATH = facts_dir() / "targets.toml"
TEXT = PATH.read_text(encoding="utf-8")


def test_the_six_targets_are_one_sixth_each_by_the_end_of_2022():
    targets = load_targets(PATH)
    assert targets.baseline_year == 2017
    assert targets.ids == (
        "county-level",
        "section-chief",
        "county-principal",
        "county-deputy",
        "section-deputy",
        "section-level",
    )
    for target in targets.targets:
        assert target.share == Fraction(1, 6)
        assert target.deadline == date(2022, 12, 31)
        assert target.name_en.isascii()
        assert not target.name_zh.isascii()
        assert target.note


def test_age_lines_and_provenance_are_those_of_the_facts():
    found = {t.id: (t.age_years, t.provenance) for t in load_targets(PATH).targets}
    assert found == {
        "county-level": (40, "seed"),
        "section-chief": (35, "seed"),
        "county-principal": (45, "assumed"),
        "county-deputy": (40, "assumed"),
        "section-deputy": (30, "assumed"),
        "section-level": (35, "assumed"),
    }


def test_the_two_surveyed_counts_agree_with_the_shares_that_were_printed(study):
    """113 / 1614 = 7.00 %, 306 / 6800 = 4.50 %."""
    surveyed = {t.id: t.survey for t in load_targets(PATH).targets if t.survey}
    assert {name: survey.young for name, survey in surveyed.items()} == {"county-level": 113, "section-chief": 306}
    for name, printed in (("county-level", 7.0), ("section-chief", 4.5)):
        survey = surveyed[name]
        assert 100 * survey.young / study.evidence.assumptions[survey.headcount].value == pytest.approx(
            printed, abs=0.005
        )
        assert survey.share_as_printed == f"{printed:g} %"
        assert survey.source


@pytest.mark.parametrize(
    ("age", "inclusive", "strict"), [(39, True, True), (40, True, False), (41, False, False), (22, True, True)]
)
def test_under_40_includes_40_or_not(age, inclusive, strict):
    assert is_young(age, 40, "inclusive") is inclusive
    assert is_young(age, 40, "strict") is strict


def test_under_takes_arrays():
    ages = np.array([34, 35, 36])
    assert is_young(ages, 35, "inclusive").tolist() == [True, True, False]
    assert is_young(ages, 35, "strict").tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('share = "1/6"', 'share = "one sixth"', "targets[1].share: given 'one sixth'; expected a share such as 0.25"),
        ('share = "1/6"', 'share = "7/6"', "targets[1].share: given '7/6'; input should be less than or equal to 1"),
        ("deadline = 2022-12-31", 'deadline = "2022"', "targets[1].deadline: given '2022'; input should be"),
        ('levels = ["county-deputy", "county-principal"]', "levels = []", "targets[1].levels: "),
        ("age_years = 40", "age_years = 40.0", "targets[1].age_years: given 40.0; input should be a valid integer"),
        (
            "age_years = 40",
            "age_years = 4",
            "targets[1].age_years: given 4; input should be greater than or equal to 16",
        ),
        ('provenance = "seed"', 'provenance = "guess"', "targets[1].provenance: given 'guess'; input should be 'seed'"),
        ('id = "section-chief"', 'id = "county-level"', "key (whole file): each target id once"),
        ("baseline_year = 2017", "base_year = 2017", "key base_year: unknown name. Did you mean baseline_year"),
    ],
)
def test_a_wrong_target_is_refused(tmp_path, old, new, message):
    assert old in TEXT
    path = tmp_path / "targets.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"targets\.toml") as refused:
        load_targets(path)
    assert message in str(refused.value)


def test_a_share_may_be_a_decimal_and_stays_exact(tmp_path):
    path = tmp_path / "targets.toml"
    path.write_text(TEXT.replace('share = "1/6"', "share = 0.17", 1), encoding="utf-8")
    assert load_targets(path).targets[0].share == Fraction(17, 100)
