"""Measures put together: what each turns, what may not be turned twice, the full plan as all of its measures."""

import pytest

from cadre_research.errors import EvidenceError
from cadre_research.evidence.package import differences, measures_of, together
from cadre_research.evidence.scenario import LateralIntake

NAMES = {"id", "order", "title_en", "title_zh", "reason", "reason_zh"}
PLAN = (
    "one-third-rule",
    "reserve-lists",
    "transfers",
    "talent-intake",
    "priority-rule",
    "freed-posts",
    "grass-roots",
)
JOINERS = LateralIntake(
    rank="clerk", persons_per_year=5, youngest_age_years=30, oldest_age_years=31, first_year=2018, last_year=2019
)


def content(scenario):
    return scenario.model_dump(exclude=NAMES)


@pytest.fixture
def own(make_scenario):
    """A scenario of its own id; `promotion` as a scenario file has it."""

    def make(name, **changes):
        return make_scenario(id=name, **changes)

    return make


def test_the_full_plan_is_its_measures_put_together(study):
    status_quo, plan = study.scenario("status-quo"), study.scenario("full-plan-2018")
    assert content(together(status_quo, map(study.scenario, PLAN))) == content(plan)
    found = measures_of(plan, status_quo, {**study.scenarios, **study.measures})
    assert tuple(measure.id for measure in found) == PLAN


def test_every_measure_alone_comes_out_as_its_own_file(study):
    status_quo = study.scenario("status-quo")
    for name, measure in {**study.scenarios, **study.measures}.items():
        assert content(together(status_quo, [measure], name)) == content(measure), name


def test_the_order_of_measures_changes_nothing_but_the_order_of_lists(study):
    status_quo = study.scenario("status-quo")
    one, other = (content(together(status_quo, map(study.scenario, names))) for names in (PLAN, PLAN[::-1]))
    assert sorted(map(str, one.pop("lateral_intake"))) == sorted(map(str, other.pop("lateral_intake")))
    assert one == other


def test_nothing_put_together_is_the_status_quo_under_another_name(study):
    status_quo = study.scenario("status-quo")
    nothing = together(status_quo, [], "nothing")
    assert (nothing.id, nothing.title_en) == ("nothing", "Status quo")
    assert content(nothing) == content(status_quo)


def test_a_value_that_is_written_out_and_is_the_status_quos_turns_nothing(study):
    plan, status_quo = study.scenario("full-plan-2018"), study.scenario("status-quo")
    assert plan.promotion.candidates_per_post == status_quo.promotion.candidates_per_post
    assert "promotion.candidates_per_post" not in differences(plan, status_quo)
    assert differences(study.scenario("transfers"), status_quo).keys() == {"lateral_intake"}


def test_what_the_status_quo_has_stays_and_is_not_added_again(own):
    status_quo = own("status-quo", lateral_intake=(JOINERS,), promotion={"frozen_years": (2020,)})
    more = JOINERS.model_copy(update={"persons_per_year": 7.0})
    one = own("one", lateral_intake=(JOINERS, more), promotion={"frozen_years": (2020, 2018)})
    two = own("two", lateral_intake=(JOINERS,), promotion={"frozen_years": (2018, 2020)})
    found = together(status_quo, [one, two])
    assert found.lateral_intake == (JOINERS, more)
    assert found.promotion.frozen_years == (2018, 2020)
    with pytest.raises(EvidenceError, match="measure own, key lateral_intake: 1 of the entries of status-quo are left"):
        together(status_quo, [own("own", promotion={"frozen_years": (2020,)})])


def test_rates_of_different_ranks_go_together_and_of_one_rank_do_not(own):
    def rated(name, **rates):
        return own(name, promotion={"mode": "rate", "rate_per_year_by_rank": rates})

    status_quo = own("status-quo")
    found = together(status_quo, [rated("one", officer=0.1), rated("two", clerk=0.2)])
    assert found.promotion.rate_per_year_by_rank == {"officer": 0.1, "clerk": 0.2}
    with pytest.raises(EvidenceError, match=r"one turns promotion.rate_per_year_by_rank.officer to 0.1 and two to 0.3"):
        together(status_quo, [rated("one", officer=0.1), rated("two", officer=0.3)])
    with pytest.raises(EvidenceError, match="clerk of status-quo left out"):
        together(rated("status-quo", clerk=0.2), [rated("one", officer=0.1)])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("one-third-rule", "half-young"), "one-third-rule turns promotion.young_share to 1/3 and half-young to 1/2"),
        (("freed-posts", "transfers", "freed-posts"), "given freed-posts more than once, expected each measure once"),
        (("freed-posts", "rate-04", "rate-06"), "rate-04 turns promotion.rate_per_year to 0.04 and rate-06 to 0.06"),
    ],
)
def test_measures_that_cannot_go_together_are_refused_by_name(study, names, message):
    with pytest.raises(EvidenceError, match=message):
        together(study.scenario("status-quo"), map(study.scenario, names))


def test_two_conditions_of_one_kind_are_refused_and_equal_ones_are_one(study):
    condition = study.scenario("grass-roots")
    again = condition.model_copy(update={"id": "again"})
    status_quo = study.scenario("status-quo")
    assert content(together(status_quo, [condition, again])) == content(condition)
    other = again.grass_roots.model_copy(update={"tempered_share": 0.5})
    with pytest.raises(EvidenceError, match="grass-roots turns grass_roots to another GrassRoots and again to another"):
        together(status_quo, [condition, again.model_copy(update={"grass_roots": other})])


def test_what_comes_out_must_be_a_scenario(own):
    status_quo = own("status-quo")
    freed = own("freed", promotion={"release_rate_per_year": 0.1})
    chances = own("chances", promotion={"mode": "markov"})
    with pytest.raises(EvidenceError, match=r'package both: .*release_rate_per_year is for mode = "vacancy" or "rate"'):
        together(status_quo, [freed, chances], "both")


def test_a_plan_with_something_of_no_measure_is_refused(study):
    plan, status_quo = study.scenario("full-plan-2018"), study.scenario("status-quo")
    without = {name: measure for name, measure in study.measures.items() if name != "transfers"}
    with pytest.raises(
        EvidenceError, match=r"scenario full-plan-2018, key promotion\.young_share: not what its measures"
    ):
        measures_of(plan, status_quo, study.measures)
    with pytest.raises(EvidenceError, match=r"key lateral_intake: not what its measures"):
        measures_of(plan, status_quo, {**without, "one-third-rule": study.scenario("one-third-rule")})


def test_nothing_given_is_changed(study):
    before = {name: one.model_dump() for name, one in {**study.scenarios, **study.measures}.items()}
    together(study.scenario("status-quo"), map(study.scenario, PLAN))
    assert {name: one.model_dump() for name, one in {**study.scenarios, **study.measures}.items()} == before
