from dataclasses import replace

import numpy as np
import pytest
from openings import opening_of

from cadre_research.errors import InfeasibleError
from cadre_research.findings.certificate import BINDS_FROM, Asked, binding_rules, certificate, least_relaxation
from cadre_research.findings.limits import Limits
from cadre_research.findings.relaxation import Question, relaxations

NAMES = {"name_en": "-", "name_zh": "-"}


@pytest.fixture
def office(make_ladder, make_evidence, people):
    """10 officers of 50 in 10 posts; 30 clerks of 31 with 1 year, 30 of 40 with 9; three years before promotion."""
    way = {"from": "clerk", "to": "officer", "minimum_years_in_rank": 3, "ceiling_age_years": 45.0}
    evidence = make_evidence(make_ladder(promotions=(way,)))
    population = people(evidence.ladder, ("officer", 50, 5, 10), ("clerk", 31, 1, 30), ("clerk", 40, 9, 30))
    return opening_of(evidence, population, {"officer": 10})


def test_a_certificate_by_hand(office, make_scenario):
    """One year ahead the young clerks have 2 years in rank, one short, so nobody young can be promoted.

    With one year less: one release, one young officer among 11 of the level. An age line of 36 would not help, nor
    would more releases or posts: only clerks of 40 could take them.
    """
    frame = certificate(office, Limits(0.1), Asked(make_scenario(), 1, "officers")).set_index("rule")
    assert frame.index.tolist()[0] == "minimum-years:officer"
    row = frame.loc["minimum-years:officer"]
    assert (row["value_before"], row["value_after"], row["best_share_before"]) == (3, 2, 0)
    assert row["best_share_after"] == pytest.approx(1 / 11, abs=1e-9)
    assert binding_rules(frame.reset_index()) == "minimum-years:officer"
    assert set(frame.index) == {
        *["minimum-years:officer", "ceiling-age:officer", "candidates-per-post", "posts:officer", "posts-filled"],
        *["releases", "age-line:officers"],
    }


def test_units_by_hand(office, make_scenario):
    """Two years ahead young clerks are eligible in the second year, so posts are best opened for it.

    Half a post may stay empty in the first year, and one holder is released in the second: 1.5 young of 11.5. With 11
    releases per 100 posts it is 1.6 of 11.6; with 10.5 posts, or a whole post empty in the first year, 2 of 12; and so
    with a year less in rank, when the young can be promoted in both years.
    """
    frame = certificate(office, Limits(0.1), Asked(make_scenario(), 2, "officers")).set_index("rule")
    assert frame["best_share_before"].to_numpy() == pytest.approx(1.5 / 11.5, abs=1e-9)
    after = frame["best_share_after"]
    assert after["releases"] == pytest.approx(1.6 / 11.6, abs=1e-9)
    assert after["posts:officer"] == pytest.approx(2 / 12, abs=1e-9)
    assert after["minimum-years:officer"] == pytest.approx(2 / 12, abs=1e-9)
    assert after["posts-filled"] == pytest.approx(2 / 12, abs=1e-9)
    assert set(frame.index[frame["binding"]]) == {
        *["releases", "posts:officer", "posts-filled", "minimum-years:officer"]
    }


def test_every_rule_named_helps_and_no_other_does(study):
    """Solved again from evidence, limits and rules changed by hand, not by the certificate."""
    opening, scenario = study.opening(age_line="strict"), study.scenario("status-quo")
    limits, asked = Limits(0.0), Asked(scenario, 4, "section-deputy")
    frame = certificate(opening, limits, asked).set_index("rule")
    before = asked.best_share(Question(opening, limits))
    assert (frame["best_share_before"] == before).all()
    assert (frame["gain"] >= -1e-9).all(), "relaxing a rule never lowers the optimum"
    assert (frame["binding"] == (frame["gain"] > BINDS_FROM)).all()
    by_hand = {
        "posts-filled": Question(opening, Limits(0.0, posts_filled_at_least=0.9)),
        "releases": Question(opening, Limits(0.01)),
        "candidates-per-post": Question(opening, Limits(0.0, candidates_per_post=2)),
        "posts:section-deputy": Question(opening, Limits(0.0, extra_posts={"section-deputy": 0.05})),
    }
    for rule, question in by_hand.items():
        helps = asked.best_share(question) > before + BINDS_FROM
        assert helps == frame.loc[rule, "binding"], rule
    assert frame.loc["minimum-years:section-deputy", "binding"]
    assert not frame.loc["minimum-service:county-principal", "binding"]


def test_every_kind_of_rule_is_relaxed_as_it_says(study):
    question = Question(study.opening(), Limits(0.03))
    rules = {rule.rule: rule for rule in relaxations(question)}
    ladder = question.opening.evidence.ladder

    def relaxed(name, units=1):
        return rules[name].applied(question, units)

    def ways(changed):
        return {way.into: way for way in changed.opening.evidence.ladder.promotions}

    assert ways(relaxed("minimum-years:section-chief"))["section-chief"].minimum_years_in_rank == 1
    assert ways(relaxed("minimum-years:section-chief"))["county-deputy"].minimum_years_in_rank == 3
    assert ways(relaxed("minimum-service:county-deputy", 2))["county-deputy"].minimum_service_years == 3
    assert ways(relaxed("ceiling-age:county-deputy", 3))["county-deputy"].ceiling_age_years == 53
    assert relaxed("probation:staff").opening.evidence.ladder.entry.probation_years == 0
    younger = relaxed("entry-age:staff", 2).opening
    assert younger.evidence.ladder.entry.youngest_age_years == 20
    assert younger.population.ages_years[0] == 20
    np.testing.assert_allclose(younger.population.by_rank(), question.opening.population.by_rank(), rtol=1e-12)
    assert relaxed("candidates-per-post", 2).limits.candidates_per_post == 1
    assert relaxed("posts:staff", 2).limits.extra_posts == {"staff": 0.1}
    assert relaxed("posts-filled", 2).limits.posts_filled_at_least == pytest.approx(0.85)
    assert relaxed("releases", 2).limits.releases_per_post == pytest.approx(0.05)
    older = relaxed("age-line:county-level").opening.evidence
    assert older.target("county-level").age_years == 41
    assert older.target("county-deputy").age_years == 40
    # The question itself is as it was, and a ladder relaxed by nothing leaves the same people eligible.
    assert question.opening.evidence.ladder is ladder
    same = rules["probation:staff"].applied(question, 0).opening.weights
    for way, weight in question.opening.weights.items():
        np.testing.assert_allclose(same[way], weight, rtol=1e-12)


@pytest.mark.parametrize("rule", ["minimum-years:section-deputy", "probation:staff", "entry-age:staff"])
def test_relaxed_rules_let_more_people_be_promoted_and_nobody_less(study, rule):
    question = Question(study.opening(), Limits())
    found = {relaxation.rule: relaxation for relaxation in relaxations(question)}[rule]
    before, after = question.opening.weights, found.applied(question, 1).opening.weights
    for way, weight in before.items():
        younger = after[way].shape[-2] - weight.shape[-2]
        assert ((after[way][:, younger:] > 0) >= (weight > 0)).all()


def test_the_least_relaxation_by_hand(office, make_scenario):
    """One year ahead: one rule alone gives the office a young officer in eleven, and no other ever does."""
    low = office.evidence.targets.targets[0].model_copy(update={"share": 1 / 11})
    evidence = replace(office.evidence, targets=office.evidence.targets.model_copy(update={"targets": (low,)}))
    asked = Asked(make_scenario(), 1, "officers")
    frame = least_relaxation(replace(office, evidence=evidence), Limits(0.1), asked).set_index("rule")
    assert frame["alone"].all()
    assert frame.loc["minimum-years:officer", "units"] == 1
    assert frame.loc["minimum-years:officer", "value_after"] == 2
    # From an age line of 41 years on, the clerks of 40 would be young.
    assert frame.drop(index="minimum-years:officer")["units"].isna().drop("age-line:officers").all()


def test_a_combination_where_no_rule_suffices_alone(office, make_scenario):
    """A sixth of the level takes a year less in rank and 10 releases more: 2 of 12."""
    asked = Asked(make_scenario(), 1, "officers")
    frame = least_relaxation(office, Limits(0.1), asked, {"age-line:officers": 0, "posts:officer": 0})
    assert frame.loc[frame["alone"], "units"].isna().all()
    together = frame[~frame["alone"]].set_index("rule")
    assert together["units"].to_dict() == {"minimum-years:officer": 1, "releases": 10}
    assert together.loc["releases", "value_after"] == pytest.approx(0.2)


def test_nothing_needs_relaxing_where_the_target_is_reached(office, make_scenario):
    assert least_relaxation(office, Limits(0.5), Asked(make_scenario(), 2, "officers")).empty


def test_units_found_suffice_and_one_less_does_not(study):
    opening, limits = study.opening(), Limits(0.0)
    asked = Asked(study.scenario("status-quo"), 2, "section-chief")
    question = Question(opening, limits)
    frame = least_relaxation(opening, limits, asked).set_index("rule")
    rules = {rule.rule: rule for rule in relaxations(question)}
    enough = frame["units"].dropna()
    assert len(enough) >= 1
    for rule, units in enough.items():
        assert asked.best_share(rules[rule].applied(question, int(units))) >= 1 / 6 - 1e-9
        assert asked.best_share(rules[rule].applied(question, int(units) - 1)) < 1 / 6


def test_progress_is_told_and_impossible_limits_say_so(office, make_scenario):
    told = []
    certificate(office, Limits(0.1), Asked(make_scenario(), 1, "officers", progress=told.append))
    assert "minimum-years:officer" in told
    with pytest.raises(InfeasibleError):
        certificate(office, Limits(0.1), Asked(make_scenario(posts={"growth_per_year": 0.5}), 8, "officers"))
