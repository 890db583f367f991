"""Minority and non-party status beside sex: eight groups that are the two-group city where nobody fares otherwise."""

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from chinese import faults_of_setting
from pydantic import ValidationError
from test_measures import EVERYTHING, books, unequal

from cadre_research.errors import EvidenceError, InputError, UnknownNameError
from cadre_research.evidence.base import load_evidence
from cadre_research.evidence.ladder import Group
from cadre_research.evidence.targets import Target, load_targets
from cadre_research.findings.age_structure import target_shares, young_and_all
from cadre_research.findings.explain import little_law, share_change
from cadre_research.findings.groups import group_names, group_shares, groups_of
from cadre_research.findings.limits import Limits
from cadre_research.findings.outlook import outlook, probabilities
from cadre_research.findings.policies import ALL_TARGETS, Policies
from cadre_research.findings.study import Study
from cadre_research.findings.verdict import verdicts
from cadre_research.model.eligibility import weights_by_way
from cadre_research.model.ensemble import draw_assumptions, uncertain
from cadre_research.model.paths import replicate_blocks, run_blocks
from cadre_research.model.random import Random
from cadre_research.model.rates import entry_mix
from cadre_research.model.year import advance

OPTIONAL = ("county-level-women", "county-level-minority", "county-level-non-party")
OWN = {
    "women-promotion-weight",
    "minority-share-of-entry",
    "minority-promotion-weight",
    "non-party-share-of-entry",
    "non-party-promotion-weight",
}
# Ranks with posts, from the bottom up.
WAY_UP = ("staff", "section-deputy", "section-chief", "county-deputy", "county-principal")


@pytest.fixture(scope="module")
def divided(study):
    return study.with_attributes()


@pytest.fixture(scope="module")
def weighted(divided):
    """The status quo with other chances of promotion; its opening is calibrated once."""
    openings = {}

    def opening(**weights):
        changed = {f"{name.replace('_', '-')}-promotion-weight": weight for name, weight in weights.items()}
        scenario = divided.scenario("status-quo").model_copy(update={"assumptions": changed})
        return openings.setdefault(tuple(sorted(changed.items())), divided.opening(scenario))

    return opening


def share_by_rank(opening, **selected):
    """Share of some groups in every rank on the way up."""
    ladder = opening.evidence.ladder
    by_group = opening.population.headcount.sum((0, 2, 4, 5))
    selected = {name.replace("_", "-"): value for name, value in selected.items()}
    share = by_group[ladder.groups_with(selected)].sum(0) / by_group.sum(0)
    return np.array([share[ladder.index(rank)] for rank in WAY_UP])


def test_every_assumption_about_a_group_has_a_title_in_chinese(divided, study):
    own = [entry for name, entry in divided.evidence.assumptions.items() if name not in study.evidence.assumptions]
    assert len(own) == 5
    for entry in own:
        assert faults_of_setting(entry.title_zh) == []


def test_eight_groups_are_told_apart(divided):
    ladder = divided.evidence.ladder
    assert [group.id for group in ladder.groups] == [
        *("men", "men-non-party", "men-minority", "men-minority-non-party"),
        *("women", "women-non-party", "women-minority", "women-minority-non-party"),
    ]
    last = ladder.groups[-1]
    assert (last.name_en, last.name_zh) == ("Women, ethnic minority, non-party", "女、少数民族、党外")
    assert (last.sex, last.part_of, last.attributes) == ("female", "women", {"minority": True, "non-party": True})
    assert groups_of(ladder) == {
        "men": [0, 1, 2, 3],
        "women": [4, 5, 6, 7],
        "minority": [2, 3, 6, 7],
        "non-party": [1, 3, 5, 7],
    }
    assert list(group_names(divided.evidence).values()) == ["Men", "Women", "ethnic minority", "non-party"]


def test_entrants_hold_attributes_independently(divided):
    """Women 0.2, minorities 0.08, non-party 0.15 of entrants: 0.2 x 0.08 x 0.15 are all three."""
    by_group = entry_mix(divided.evidence).sum((1, 2))
    assert by_group.sum() == pytest.approx(1, rel=1e-12)
    assert by_group[7] == pytest.approx(0.2 * 0.08 * 0.15, rel=1e-12)
    assert by_group[0] == pytest.approx(0.8 * 0.92 * 0.85, rel=1e-12)


def test_without_the_file_every_number_is_the_same_bit(study, data_copy):
    (data_copy / "facts" / "groups.toml").unlink()
    without = Study.read(data_copy)
    assert study.evidence.attributes is not None
    assert without.evidence.attributes is None
    ids = [entry.id for entry in uncertain(study.opening())]
    assert not OWN & set(ids)
    assert ids == [entry.id for entry in uncertain(without.opening())]
    np.testing.assert_array_equal(study.opening().population.headcount, without.opening().population.headcount)
    ours, theirs = (each.forecast("one-third-rule", 5).projection.headcount() for each in (study, without))
    np.testing.assert_array_equal(ours, theirs)
    assert study.evidence.targets == without.evidence.targets
    with pytest.raises(EvidenceError, match=r"attributes: expected facts/groups.toml.*found none"):
        without.with_attributes()


def test_only_a_divided_study_draws_the_assumptions_about_groups(study, divided):
    ours, theirs = ({entry.id for entry in uncertain(each.opening())} for each in (study, divided))
    assert theirs - ours == OWN
    assert divided.evidence.referenced >= OWN
    assert set(draw_assumptions(uncertain(divided.opening()), 4, 1)) == theirs


@pytest.mark.parametrize("name", ["status-quo", "two-thirds-young", "rate-12", "full-plan-2018"])
def test_groups_that_fare_alike_change_no_age_and_no_verdict(study, divided, name):
    two, eight = (each.forecast(name, 10) for each in (study, divided))
    expected = two.projection.headcount()
    np.testing.assert_allclose(eight.projection.headcount(), expected, rtol=1e-9, atol=1e-9)
    judged = [verdicts(target_shares(each), each.targets, 10) for each in (two, eight)]
    six = judged[1][judged[1]["target"].isin(study.evidence.targets.ids)].reset_index(drop=True)
    columns = ["target", "population", "reached", "reached_by_deadline", "first_year_reached", "held"]
    assert six[columns].equals(judged[0][columns])
    np.testing.assert_allclose(six["share"], judged[0]["share"], rtol=1e-9)
    # Whoever is a minority or non-party is so at the same share in every rank, for ever.
    closing = eight.projection.years[-1].closing.headcount.sum((0, 2, 4, 5))
    for held, share in (("minority", 0.08), ("non-party", 0.15)):
        places = eight.opening.evidence.ladder.groups_with({held: True})
        np.testing.assert_allclose(closing[places].sum(0) / closing.sum(0), share, rtol=1e-9)


def test_the_lower_the_weight_the_fewer_rise(weighted):
    """A weight below 1 lowers a group's share in every rank above entry, the more the higher the rank."""
    openings = [weighted(), weighted(non_party=0.8, women=0.8), weighted(non_party=0.6)]
    shares = np.array([share_by_rank(opening, non_party=True) for opening in openings])
    np.testing.assert_allclose(shares[0], 0.15, rtol=1e-9)
    assert (np.diff(shares[:, 2:], axis=0) < -0.01).all()
    assert (np.diff(shares[1:], axis=1) < 0).all()
    assert (np.diff(shares[:, 0]) > 0).all(), "who is not promoted stays below"
    women = [share_by_rank(opening, sex="female")[-2] for opening in openings[:2]]
    assert women[1] < women[0] - 0.01


def test_the_survey_comes_out_exactly_whoever_is_favoured(weighted):
    opening = weighted(non_party=0.6)
    for target in opening.evidence.targets.targets:
        if target.survey:
            young, everybody = young_and_all(opening.population, target, "level", "inclusive")
            assert young == pytest.approx(target.survey.young, rel=1e-8)
            assert everybody == pytest.approx(opening.evidence.assumptions[target.survey.headcount].value, rel=1e-8)


def test_weights_of_several_attributes_multiply(divided):
    names = ("women-promotion-weight", "minority-promotion-weight", "non-party-promotion-weight")
    changed = dict(zip(names, (0.8, 0.9, 0.6), strict=True))
    evidence = divided.evidence.under(divided.scenario("status-quo").model_copy(update={"assumptions": changed}))
    weight = weights_by_way(evidence, {})["section-chief", "county-deputy"].max((1, 2))
    np.testing.assert_allclose(weight / weight[0], [1, 0.6, 0.9, 0.54, 0.8, 0.48, 0.72, 0.432], rtol=1e-12)


@pytest.mark.parametrize("seed", range(2))
def test_with_every_measure_on_whole_persons_of_every_group_are_conserved(weighted, seed):
    parts = unequal(weighted(non_party=0.6), 3)
    chance, rules = Random(seed), parts.rules(EVERYTHING)
    people = replicate_blocks(parts, rules, 1, seed)[0].opening()
    for calendar in range(2018, 2024):
        year = advance(people, calendar, rules, chance)
        closing = year.closing.headcount
        np.testing.assert_array_equal(closing, np.rint(closing))
        assert closing.min() >= 0
        # Exchange keeps a unit's rank whole and may change its groups; of the city, each group keeps its own.
        np.testing.assert_array_equal(closing.sum((-5, -4, -2, -1)), books(people, year).sum(-2))
        np.testing.assert_array_equal(closing.sum((-6, -4, -2, -1)), books(people, year).sum(-3))
        people = year.closing
    assert closing.shape[-6:-2] == (3, 8, 4, 9)
    assert (closing.sum((0, 1, 3, 4, 5, 6)) > 0).all()


SELECTED = {
    "women": ({"groups": {"sex": "female"}, "age_years": None}, 3.0, 13.0),
    "young women": ({"groups": {"sex": "female"}, "age_years": 35}, 1.0, 13.0),
    "of women, the young": ({"among": {"sex": "female"}, "age_years": 35}, 1.0, 3.0),
    "of women, minorities": (
        {"groups": {"minority": True}, "among": {"sex": "female"}, "age_years": None},
        2.0,
        3.0,
    ),
    "all the young": ({"age_years": 35}, 5.0, 13.0),
}


@pytest.mark.parametrize("name", SELECTED)
def test_targets_select_whom_they_count_and_among_whom(make_ladder, make_target, people, name):
    """Officers: 4 men of 34 and 6 of 50, a woman of 34; 2 women of 50 who are of a minority."""
    changes, counted, among = SELECTED[name]
    names = {"name_en": "-", "name_zh": "-"}
    groups = (
        Group(id="men", sex="male", **names),
        Group(id="women", sex="female", share_of_entry=0.2, **names),
        Group(id="women-minority", sex="female", part_of="women", attributes={"minority": True}, **names),
    )
    ladder = make_ladder(groups=groups)
    parts = [
        people(ladder, ("officer", 34, 1, 4.0), ("officer", 50, 1, 6.0), ("clerk", 34, 1, 9.0), group=0),
        people(ladder, ("officer", 34, 1, 1.0), group=1),
        people(ladder, ("officer", 50, 1, 2.0), group=2),
    ]
    everybody = replace(parts[0], headcount=sum(part.headcount for part in parts))
    found = young_and_all(everybody, make_target(**changes), "level", "inclusive")
    assert [float(count) for count in found] == [counted, among]


def test_the_shipped_targets_of_groups_are_optional_and_assumed(study, divided):
    assert study.evidence.targets.ids == divided.evidence.targets.ids[:6]
    assert divided.evidence.targets.ids[6:] == OPTIONAL
    assert study.with_attributes(()).evidence.targets == study.evidence.targets
    assert study.with_attributes(OPTIONAL[:1]).evidence.targets.ids[6:] == OPTIONAL[:1]
    with pytest.raises(UnknownNameError, match="Did you mean county-level-women"):
        study.with_attributes(("county-level-woman",))
    assert {target.provenance for target in divided.evidence.targets.targets[6:]} == {"assumed"}
    for entry in divided.evidence.attributes.assumptions:
        assert entry.low < entry.high
        assert entry.description.endswith(".")
        assert len(entry.source) > 15
    assert divided.evidence.target_age_years("county-deputy") == 40


def test_shares_of_groups_are_those_of_their_targets(divided):
    forecast = divided.forecast("one-third-rule", 3)
    shares = target_shares(forecast).set_index(["target", "population", "year"])["share"]
    found = group_shares(forecast)
    county = found[found["level"].isin(["county-deputy", "county-principal"])]
    sums = county.groupby(["group", "population", "year"])[["headcount", "everybody"]].sum()
    for group in ("women", "minority", "non-party"):
        for population in ("level", "posts"):
            persons, everybody = sums.loc[group, population, 2020]
            assert shares[f"county-level-{group}", population, 2020] == pytest.approx(persons / everybody, rel=1e-12)
    by_sex = found[found["group"].isin(["men", "women"])].groupby(["level", "population", "year"])["share"].sum()
    np.testing.assert_allclose(by_sex, 1, rtol=1e-12)


def test_chance_counts_groups_too(divided):
    """Non-party cadres are 15 % and a tenth is asked for: reached in every world; minorities are 8 %, and are not."""
    opening, scenario = divided.opening(), divided.scenario("status-quo")
    paths = run_blocks(replicate_blocks(opening, opening.rules(scenario), 4, 3), 2017, 2, 1)
    np.testing.assert_array_equal(paths.by_group.sum(2), paths.headcount)
    found = probabilities(outlook({0: opening}, scenario, 2, 4, 3), 2).set_index(["target", "population"])
    assert found.loc[("county-level-non-party", "level"), "probability"] == 1
    assert found.loc[("county-level-minority", "level"), "probability"] == 0
    assert 0.14 < found.loc[("county-level-non-party", "level"), "share_p50"] < 0.16
    women = next(target for target in divided.evidence.targets.targets if target.id == "county-level-women")
    counted, everybody = young_and_all(paths, women, "level", "inclusive")
    assert counted.shape == everybody.shape == (4, 3)
    assert counted.dtype.kind == "i"


def test_paths_of_undivided_groups_know_no_groups(study, divided):
    opening = study.opening()
    paths = run_blocks(replicate_blocks(opening, opening.rules(study.scenario("status-quo")), 1, 3), 2017, 1, 1)
    assert paths.by_group is None
    with pytest.raises(InputError, match="with_attributes"):
        young_and_all(paths, divided.evidence.targets.targets[6], "level", "inclusive")


def test_what_is_of_ages_alone_leaves_group_targets_out(study, divided):
    forecast = divided.forecast("status-quo", 2)
    assert set(share_change(forecast)["target"]) == set(study.evidence.targets.ids)
    assert little_law(divided.opening(), divided.evidence.targets.targets[6]) is None


def test_the_priority_rule_knows_no_groups(divided):
    """Men of 25 alone: every target of ages is met; one of women under 20 is not, and calls for no young men."""
    opening = divided.opening()
    targets = opening.evidence.targets
    young_women = targets.targets[6].model_copy(update={"age_years": 20})
    targets = targets.model_copy(
        update={"targets": (*targets.targets, young_women.model_copy(update={"id": "young-women"}))}
    )
    rules = replace(opening, evidence=replace(opening.evidence, targets=targets)).rules(EVERYTHING)
    men = np.zeros(opening.population.headcount.shape[:-1])
    men[:, 0, ..., 25 - 22] = 10
    assert not any(rule.unmet(men).any() for rule in rules.promotions)
    assert all(rule.unmet(men[..., ::-1]).all() for rule in rules.promotions)


def test_a_programme_finds_the_best_share_of_a_group(divided):
    """A policy of one year that promotes women alone beats the 18.5 % there are; what it does for the young is less."""
    policies = Policies(divided.opening(), divided.scenario("status-quo"), 1)
    policies.set_limits(Limits())
    assert 0.2 < 0.2 * policies.shares.best_ratio("county-level-women") < 0.5
    assert policies.shares.best_ratio(ALL_TARGETS) < policies.shares.best_ratio("county-level") < 1


def exclude(**changes):
    return {
        "id": "own",
        "name_en": "-",
        "name_zh": "-",
        "levels": ("officer",),
        "share": Fraction(1, 6),
        "deadline": np.datetime64("2022-12-31").astype(object),
        "provenance": "assumed",
        "note": "-",
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "expected age_years, or groups"),
        ({"groups": {"sex": "female"}, "among": {"sex": "male"}}, "nothing that among selects"),
        (
            {
                "groups": {"sex": "female"},
                "survey": {"young": 1, "headcount": "a", "share_as_printed": "-", "source": "-"},
            },
            "no groups where there is a survey",
        ),
    ],
)
def test_a_target_that_counts_nobody_in_particular_is_refused(changes, told):
    with pytest.raises(ValidationError, match=told):
        Target.model_validate(exclude(**changes))


def test_the_file_of_the_six_takes_no_target_of_groups(data_copy):
    path = data_copy / "facts" / "targets.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("age_years = 30", 'age_years = 30\ngroups = { sex = "female" }'), encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"target section-deputy: given groups.*facts/groups.toml"):
        load_targets(path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "minority"', 'id = "sex"', "sex is told apart by the ladder's groups"),
        ('id = "minority"', 'id = "non-party"', "attributes: each id once"),
        (
            "[promotion_weights]\nwomen",
            "[promotion_weights]\nwoman",
            "group 'woman' is not on the ladder. Did you mean",
        ),
        ("minority = true", "minorities = true", "target county-level-minority: no group of the ladder is"),
        ('sex = "female"', 'sex = "women"', "target county-level-women: no group of the ladder is"),
        (
            'assumption = "minority-share-of-entry"',
            'assumption = "minority"',
            "attribute minority, share_of_entry: assum",
        ),
        (
            'id = "minority-share-of-entry"',
            'id = "resignation"',
            "assumption 'resignation' stands in assumptions.toml too",
        ),
        ('id = "county-level-women"', 'id = "county-level"', "target 'county-level' stands in targets.toml too"),
        ("low = 0.6", "low = 0.0", "promotion_weight: assumption .* ranges from 0.0, expected above 0"),
        ("high = 0.30", "high = 1.30", "share_of_entry: assumption .* expected within 0 to 1"),
        ('groups = { sex = "female" }\n', "", "expected age_years, or groups"),
        ("[promotion_weights]", "[promotion_weight]", "unknown name"),
    ],
)
def test_what_is_wrong_with_groups_is_told_on_loading(data_copy, old, new, told):
    path = data_copy / "facts" / "groups.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(EvidenceError, match=told):
        load_evidence(data_copy / "facts")


def test_groups_of_a_register_or_divided_already_are_not_divided(study, divided):
    with pytest.raises(EvidenceError, match="divided already"):
        divided.with_attributes()
    with pytest.raises(EvidenceError, match="a register tells no further attributes"):
        replace(study.evidence, registered=SimpleNamespace()).with_attributes()
