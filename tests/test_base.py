"""The files of the evidence are checked against each other."""

import numpy as np
import pytest

from cadre_research.errors import EvidenceError, UnknownNameError
from cadre_research.evidence.base import load_evidence
from cadre_research.evidence.ladder import Assumed
from cadre_research.paths import facts_dir


@pytest.fixture
def spoil(data_copy):
    """Load the facts with something replaced in one file."""

    def run(file, old, new):
        path = data_copy / "facts" / f"{file}.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_evidence(data_copy / "facts")

    return run


def test_the_shipped_evidence_loads():
    evidence = load_evidence(facts_dir())
    assert len(evidence.targets.targets) == 6
    assert len(evidence.ladder.ranks) == 9
    assert evidence.retirement.reform.first_year == 2025


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "targets",
            'levels = ["section-chief"]',
            'levels = ["section-cheif"]',
            "targets: target section-chief: level 'section-cheif' is not on the ladder. Did you mean section-chief",
        ),
        (
            "targets",
            'headcount = "county-level-headcount"',
            'headcount = "county-headcount"',
            "targets: target county-level: assumption 'county-headcount' is not known. Did you mean county-level",
        ),
        (
            "ladder",
            'posts = { assumption = "staff-posts" }',
            'posts = { assumption = "stuff-posts" }',
            "ladder: rank staff, posts: assumption 'stuff-posts' is not known. Did you mean staff-posts",
        ),
        (
            "ladder",
            'posts = { calibrated_to = "county-level" }',
            'posts = { calibrated_to = "county-deputy" }',
            "ladder: rank county-deputy, posts: target 'county-deputy' has no survey to calibrate to. Did you mean",
        ),
        (
            "ladder",
            'ceiling_age_years = { assumption = "ceiling-county-deputy" }',
            'ceiling_age_years = { assumption = "ceiling-deputy" }',
            "county-deputy, ceiling_age_years: assumption 'ceiling-deputy' is not known",
        ),
        (
            "ladder",
            'most_common_age_years = { assumption = "entry-age-most-common" }',
            'most_common_age_years = { assumption = "entry-age" }',
            "ladder: entry, most_common_age_years: assumption 'entry-age' is not known",
        ),
        (
            "ladder",
            'probability_per_year = { assumption = "resignation" }',
            'probability_per_year = { assumption = "resignations" }',
            "ladder: exit resigned, probability_per_year: assumption 'resignations' is not known. Did you mean",
        ),
        (
            "ladder",
            'probability_per_year = { assumption = "step-aside-section" }',
            'probability_per_year = { assumption = "step-aside-age-section" }',
            "ladder: move section-deputy to section-deputy-no-post, probability_per_year: assumption "
            "'step-aside-age-section' ranges from 52.0 to 57.0, expected within 0 to 1",
        ),
        (
            "assumptions",
            "value = 0.0015\nlow = 0.0005",
            "value = -0.1\nlow = -0.2",
            "ladder: exit resigned, probability_per_year: assumption 'resignation' ranges from -0.2 to 0.004",
        ),
        (
            "ladder",
            'retirement = "general"',
            'retirement = "generals"',
            "retirement: no route for category 'generals' (rank staff) and sex 'male'",
        ),
        (
            "ladder",
            'sex = "female"',
            'sex = "femal"',
            "retirement: no route for category 'general' (rank staff) and sex 'femal'",
        ),
        (
            "retirement",
            'early_take_up = { assumption = "early-leaving-take-up" }',
            'early_take_up = { assumption = "early-leaving" }',
            "retirement: reform, early_take_up: assumption 'early-leaving' is not known. Did you mean early",
        ),
        (
            "retirement",
            'share = { assumption = "women-leaving-at-55-county-level" }',
            'share = { assumption = "women-leaving-at-55" }',
            "retirement: route county, female, share: assumption 'women-leaving-at-55' is not known. Did you mean",
        ),
    ],
)
def test_a_name_that_another_file_does_not_have_is_refused(spoil, file, old, new, message):
    with pytest.raises(EvidenceError) as refused:
        spoil(file, old, new)
    assert message in str(refused.value)


@pytest.mark.parametrize("file", ["ladder", "targets", "retirement", "assumptions"])
def test_a_missing_file_is_named(data_copy, file):
    (data_copy / "facts" / f"{file}.toml").unlink()
    with pytest.raises(EvidenceError, match=rf"{file}\.toml: cannot be read \(No such file or directory\)"):
        load_evidence(data_copy / "facts")


def test_several_faults_are_told_at_once(data_copy):
    path = data_copy / "facts" / "targets.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"county-deputy"', '"county"'), encoding="utf-8")
    with pytest.raises(EvidenceError) as refused:
        load_evidence(data_copy / "facts")
    assert len(str(refused.value).splitlines()) == 2


def test_an_amount_is_itself_or_what_the_assumption_says(study):
    assert study.evidence.amount(3) == 3.0
    assert study.evidence.amount(Assumed(assumption="staff-posts")) == 9500


def test_a_target_is_found_by_its_id_or_refused_with_the_nearest(study):
    assert study.evidence.target("section-chief").age_years == 35
    with pytest.raises(UnknownNameError, match=r"target 'section-cheif' is not known. Did you mean section-chief"):
        study.evidence.target("section-cheif")


INTAKE = {
    "rank": "section-chef",
    "persons_per_year": 1,
    "youngest_age_years": 30,
    "oldest_age_years": 40,
    "first_year": 2018,
    "last_year": 2020,
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"promotion": {"mode": "rate", "rate_per_year_by_rank": {"staff": 0.1}}},
            "scenario toy: rank with promotions 'staff' is not known. Valid: county-deputy",
        ),
        ({"lateral_intake": (INTAKE,)}, "scenario toy: rank 'section-chef' is not known. Did you mean section-chief"),
        ({"assumptions": {"removel": 0.1}}, "scenario toy: assumption 'removel' is not known. Did you mean removal"),
        ({"assumptions": {"removal": 0.1}}, "scenario toy: assumption removal: given 0.1, expected 0.0 to 0.003"),
    ],
)
def test_a_scenario_that_names_what_is_not_there_is_refused(study, make_scenario, change, message):
    with pytest.raises((UnknownNameError, EvidenceError)) as refused:
        study.evidence.under(make_scenario(**change))
    assert message in str(refused.value)


def test_a_scenario_changes_its_own_copy_of_the_assumptions(study, make_scenario):
    changed = study.evidence.under(make_scenario(assumptions={"removal": 0.002}))
    assert changed.assumptions["removal"].value == 0.002
    assert study.evidence.assumptions["removal"].value == 0.001


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'most_common_age_years = { assumption = "entry-age-most-common" }',
            "most_common_age_years = 21.0",
            "entry, most_common_age_years: given 21, expected 22 to 35",
        ),
        (
            'share_of_entry = { assumption = "women-share-of-entry" }',
            'share_of_entry = 0.6\n\n[[groups]]\nid = "others"\nname_en = "-"\nname_zh = "-"\nsex = "female"\n'
            "share_of_entry = 0.6",
            "groups: the shares of entry sum to more than 1",
        ),
    ],
)
def test_an_entry_that_cannot_be_is_refused(spoil, old, new, message):
    with pytest.raises(EvidenceError, match=message):
        spoil("ladder", old, new)


def test_a_lateral_intake_outside_the_ages_of_the_ladder_is_refused(study, make_scenario):
    intake = {"rank": "staff", "persons_per_year": 5.0, "first_year": 2018, "last_year": 2020}
    scenario = make_scenario(lateral_intake=({**intake, "youngest_age_years": 60, "oldest_age_years": 70},))
    with pytest.raises(EvidenceError, match="given ages 60 to 70, expected within the ladder's 22 to 62"):
        study.evidence.under(scenario)


def test_a_levels_own_target_is_the_narrowest_that_covers_it(study):
    levels = study.evidence.ladder.levels
    assert [study.evidence.target_age_years(level) for level in levels] == [None, 30, 35, 40, 45]


def test_replacing_a_target_leaves_the_young_rule_as_it_is(spoil, study):
    """What counts as young in a promotion is policy: a researcher's target must not change the forecast."""
    changed = spoil("targets", "age_years = 30", "age_years = 32")
    other = type(study)(changed, study.scenarios)
    paths = [s.forecast("one-third-rule", 5).projection.years[-1].closing.headcount for s in (study, other)]
    np.testing.assert_array_equal(*paths)


def test_changing_what_counts_as_young_in_a_promotion_changes_the_forecast(study, make_scenario):
    scenario = study.scenario("one-third-rule")
    changed = scenario.model_copy(update={"assumptions": {"young-promotion-age-section-deputy": 33.0}})
    paths = [study.forecast(s, 5).projection.years[-1].closing.by_rank_and_age() for s in (scenario, changed)]
    assert np.abs(paths[0] - paths[1]).max() > 1
