"""Evidence and a scenario turned into the rules of a year."""

import numpy as np
import pytest

from cadre_research.errors import InputError
from cadre_research.evidence.ladder import Promotion
from cadre_research.model.eligibility import promotion_weights
from cadre_research.model.plan import Plan


def way(**changes):
    return Promotion.model_validate({"from": "clerk", "to": "officer", **changes})


def test_weights_follow_a_bell_curve_over_the_age_at_the_close(make_ladder):
    """Centre 40, width 5: somebody of 44 at the opening is 45 at the close, one width off: exp(-1/2)."""
    weight = promotion_weights(make_ladder(), way(), 40.0, 5.0)
    assert weight.shape == (31, 11)
    assert weight[39 - 30, 0] == 1
    assert weight[44 - 30, 3] == pytest.approx(np.exp(-0.5))
    assert weight[34 - 30, 3] == pytest.approx(np.exp(-0.5))
    assert weight[49 - 30, 0] == pytest.approx(np.exp(-2))


def test_weights_without_a_typical_age_are_flat(make_ladder):
    np.testing.assert_array_equal(promotion_weights(make_ladder(), way(), None, None), 1)
    np.testing.assert_array_equal(promotion_weights(make_ladder(), way(weight=0.25), None, 5.0), 0.25)


def test_years_in_rank_are_completed_at_the_close(make_ladder):
    """3 years: whoever has 2 at the opening has 3 at the close."""
    weight = promotion_weights(make_ladder(), way(minimum_years_in_rank=3), None, None)
    assert (weight[:, :2] == 0).all()
    assert (weight[:, 2:] == 1).all()


def test_a_minimum_beyond_what_is_tracked_falls_on_the_last_place(make_ladder):
    """10 or more is all that the last place says, so it stands for any longer minimum."""
    weight = promotion_weights(make_ladder(), way(minimum_years_in_rank=15), None, None)
    assert (weight[:, :10] == 0).all()
    assert (weight[:, 10] == 1).all()


def test_the_ceiling_is_the_oldest_age_at_the_close(make_ladder):
    weight = promotion_weights(make_ladder(), way(ceiling_age_years=50), None, None)
    assert weight[49 - 30, 0] == 1
    assert weight[50 - 30, 0] == 0


def test_service_and_probation_are_counted_from_the_youngest_entry(make_ladder):
    """Entry at 32 with 2 years of probation: 5 years of service are complete at 37, 3 years in rank after 5."""
    entry = {
        "rank": "clerk",
        "youngest_age_years": 32,
        "most_common_age_years": 33,
        "oldest_age_years": 35,
        "probation_years": 2,
    }
    weight = promotion_weights(
        make_ladder(entry=entry), way(minimum_years_in_rank=3, minimum_service_years=5), None, None
    )
    allowed = weight > 0
    assert not allowed[35 - 30].any()
    assert allowed[36 - 30, 4:].all()
    assert not allowed[36 - 30, :4].any()


def test_typical_ages_may_be_several_at_once(make_ladder):
    weight = promotion_weights(make_ladder(), way(), np.array([35.0, 45.0]), 5.0)
    assert weight.shape == (2, 31, 11)
    np.testing.assert_array_equal(weight[1], promotion_weights(make_ladder(), way(), 45.0, 5.0))


def test_probabilities_out_of_a_rank_may_not_exceed_one(make_ladder, make_evidence, make_rules):
    exits = ({"id": "left", "name_en": "-", "name_zh": "-", "probability_per_year": 0.6},)
    moves = ({"kind": "demotion", "from": "officer", "to": "clerk", "probability_per_year": 0.5},)
    evidence = make_evidence(make_ladder(exits=exits, moves=moves))
    with pytest.raises(InputError, match="ladder: yearly probabilities out of rank officer sum to more than 1"):
        make_rules(evidence, {"officer": 1})


def test_probabilities_that_sum_to_one_leave_nobody(make_ladder, make_evidence, make_rules):
    exits = ({"id": "left", "name_en": "-", "name_zh": "-", "probability_per_year": 0.75},)
    moves = ({"kind": "demotion", "from": "officer", "to": "clerk", "probability_per_year": 0.25},)
    rules = make_rules(make_evidence(make_ladder(exits=exits, moves=moves)), {"officer": 1})
    np.testing.assert_allclose(rules.moves[0].probability, 1)


def test_moves_hold_within_their_ages(make_ladder, make_evidence, make_rules):
    moves = (
        {
            "kind": "step-aside",
            "from": "officer",
            "to": "officer-no-post",
            "probability_per_year": 0.2,
            "from_age_years": 50.0,
            "to_age_years": 54.0,
        },
    )
    rules = make_rules(make_evidence(make_ladder(moves=moves)), {"officer": 1})
    ages = np.arange(30, 61)
    np.testing.assert_array_equal(rules.moves[0].probability[:, 0], np.where((ages >= 50) & (ages <= 54), 0.2, 0))


def test_promotions_are_listed_from_the_top_down(study):
    opening = study.opening()
    rules = opening.rules(study.scenario("status-quo"))
    order = [rule.into for rule in rules.promotions]
    assert order == sorted(order, reverse=True)
    assert len(order) == 4


def test_a_rank_without_a_rate_of_its_own_fills_its_vacancies(study):
    scenario = study.scenario("status-quo").overridden({"section-chief": 0.1})
    rules = study.opening().rules(scenario)
    ranks = study.evidence.ladder.rank_ids
    rates = {ranks[rule.into]: rule.rate_per_year for rule in rules.promotions}
    assert rates == {"county-principal": None, "county-deputy": None, "section-chief": 0.1, "section-deputy": None}


def test_a_plan_goes_with_plan_mode_and_with_no_other(make_ladder, make_evidence, make_rules):
    evidence = make_evidence(make_ladder())
    for mode, plan in (("plan", None), ("vacancy", Plan({}))):
        with pytest.raises(InputError, match='mode "plan": expected a plan with it and only with it'):
            make_rules(evidence, {}, plan=plan, promotion={"mode": mode})


def test_posts_of_a_year_grow_from_the_baseline(study):
    quo = study.scenario("status-quo")
    growing = quo.model_copy(update={"posts": quo.posts.model_copy(update={"growth_per_year": 0.02})})
    opening = study.opening()
    rules = opening.rules(growing)
    np.testing.assert_array_equal(rules.posts_in(2017), opening.posts)
    np.testing.assert_allclose(rules.posts_in(2027), opening.posts * 1.02**10)


def test_recruits_are_a_triangle_over_age_and_a_fifth_women(study):
    mix = study.opening().rules(study.scenario("status-quo")).entry_mix
    assert mix.sum() == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(mix.sum((1, 2)), [0.8, 0.2], rtol=1e-12)
    by_age = mix.sum((0, 1))
    ages = np.arange(22, 63)
    assert ages[by_age.argmax()] == 24
    assert ages[by_age > 0].tolist() == list(range(22, 36))
    # 0 at 21, 1 at 24, 0 at 36: 22 has a third of the peak, 30 a half.
    np.testing.assert_allclose(by_age[[0, 8]] / by_age.max(), [1 / 3, 1 / 2], rtol=1e-12)
