from dataclasses import replace

import numpy as np
import pytest
from openings import opening_of

from cadre_research.evidence.scenario import LateralIntake
from cadre_research.findings.certificate import Asked
from cadre_research.findings.limits import Limits
from cadre_research.findings.maintainable import maintainable, settled_year
from cadre_research.findings.policies import ALL_TARGETS, rules_of_all_policies
from cadre_research.findings.relaxation import Question


@pytest.fixture
def corps(make_ladder, make_evidence, people):
    """One rank of 30 posts, entered at 30 or 31; half of it resigns each year."""
    name = {"name_en": "-", "name_zh": "-"}
    ladder = make_ladder(
        ages={"youngest_years": 30, "oldest_years": 33, "oldest_is_open": True},
        ranks=({"id": "officer", "level": "officer", **name},),
        promotions=(),
        exits=({"id": "resigned", "probability_per_year": 0.5, **name},),
        entry={"rank": "officer", "youngest_age_years": 30, "most_common_age_years": 30, "oldest_age_years": 31},
    )
    evidence = make_evidence(ladder)
    target = evidence.targets.targets[0].model_copy(update={"age_years": 30})
    evidence = replace(evidence, targets=evidence.targets.model_copy(update={"targets": (target,)}))
    return opening_of(evidence, people(ladder, ("officer", 33, 3, 30)), {"officer": 30})


def test_a_corps_solved_by_hand(corps, make_scenario):
    """Half leave every year, so half of a stationary corps is new; all of them can be 30, or all 31."""
    frame = maintainable(corps, make_scenario(), (0,), year=2018).set_index("target")
    assert frame.loc["officers", "best_share"] == pytest.approx(0.5, abs=1e-9)
    assert frame.loc[ALL_TARGETS, "best_share"] == pytest.approx(0.5, abs=1e-9)


@pytest.fixture(scope="module")
def frame(study):
    return maintainable(study.opening(), study.scenario("status-quo"), (0, 6))


def test_a_larger_budget_holds_no_less_and_all_hold_no_more_than_each(frame):
    wide = frame.pivot_table(index="target", columns="releases_per_100_posts", values="best_share")
    assert (wide[6.0] >= wide[0.0] - 1e-9).all()
    assert (wide.loc[ALL_TARGETS] <= wide.drop(index=ALL_TARGETS).min() + 1e-9).all()
    assert (frame["reachable"] == (frame["best_share"] >= 1 / 6 - 1e-9)).all()


def test_the_rules_are_those_after_the_last_phase_of_the_reform(study, frame):
    """Men born until 1976 retire later and later; from 2040 on everybody by the new ages."""
    rules = rules_of_all_policies(study.opening(), study.scenario("status-quo"))
    year = settled_year(rules)
    assert frame["year"].unique().tolist() == [year]
    np.testing.assert_array_equal(rules.retirement(year), rules.retirement(year + 9))
    assert not np.array_equal(rules.retirement(year - 1), rules.retirement(year))
    without = rules_of_all_policies(study.opening("no-retirement-delay"), study.scenario("no-retirement-delay"))
    assert settled_year(without) == 2018


def test_lateral_intake_that_ends_settles_the_year_after(study):
    scenario = study.scenario("no-retirement-delay")
    intake = LateralIntake(
        rank="section-chief",
        persons_per_year=1,
        youngest_age_years=30,
        oldest_age_years=35,
        first_year=2020,
        last_year=2044,
    )
    scenario = scenario.model_copy(update={"lateral_intake": (intake,)})
    assert settled_year(rules_of_all_policies(study.opening(scenario), scenario)) == 2045


def test_what_is_held_for_ever_is_the_best_of_many_years_held(corps, make_scenario):
    """From any opening, what can be held for long comes down to what can be held for ever."""
    asked = Asked(make_scenario(), 6, "officers", hold_years=6)
    long = asked.best_share(Question(corps, Limits()))
    for_ever = maintainable(corps, make_scenario(), (0,), year=2018)["best_share"].iloc[0]
    assert for_ever - 1e-9 <= long <= for_ever + 0.03


def test_posts_growth_and_a_scenarios_own_policy_do_not_matter(study):
    expected = maintainable(study.opening(), study.scenario("status-quo"), (2,), year=2040)
    growing = study.scenario("rate-12").model_copy(
        update={"posts": study.scenario("rate-12").posts.model_copy(update={"growth_per_year": 0.02})}
    )
    given = maintainable(study.opening(), growing, (2,), year=2040)
    np.testing.assert_allclose(given["best_share"], expected["best_share"], atol=1e-9)
