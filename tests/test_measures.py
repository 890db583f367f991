"""Lists, postings, exchange, promotion out of order, early retirement: worked by hand, and off where they are off."""

from dataclasses import replace

import numpy as np
import pytest

from cadre_research.errors import ConservationError, EvidenceError, UnknownNameError
from cadre_research.evidence.measures import Exchange, GrassRoots, ReserveList
from cadre_research.evidence.scenario import PromotionPolicy, RetirementPolicy, Scenario
from cadre_research.model import year as year_module
from cadre_research.model.chance import Expected
from cadre_research.model.paths import replicate_blocks, run_blocks
from cadre_research.model.projection import project
from cadre_research.model.random import Random
from cadre_research.model.units import divided
from cadre_research.model.year import advance

COUNTY_LIST = ReserveList(
    into=("county-deputy",),
    persons=236,
    born_from=1980,
    born_to=1989,
    oldest_age_years=40,
    first_year=2018,
    last_year=2022,
    removal_per_year=0.02,
)
SECTION_LIST = COUNTY_LIST.model_copy(
    update={
        "into": ("section-deputy", "section-chief"),
        "persons": 2800.0,
        "born_from": 1990,
        "born_to": 1999,
        "oldest_age_years": 35,
    }
)
POSTING = GrassRoots(
    into=("county-deputy",),
    tempered_share=0.6,
    persons_per_year=1000,
    posted_from=("staff", "section-deputy", "section-chief"),
    oldest_age_years=45,
    first_year=2018,
    last_year=2022,
)


def scenario(promotion=None, **measures):
    titles = {"title_en": "Own", "title_zh": "自定", "reason": "A test's."}
    return Scenario(format=1, id="own", **titles, promotion=PromotionPolicy(**(promotion or {})), **measures)


EVERYTHING = scenario(
    {"young_share": "1/3", "priority_rule": True, "out_of_order_share": 0.02, "release_rate_per_year": 0.02},
    reserve_lists=(COUNTY_LIST, SECTION_LIST),
    grass_roots=POSTING,
    exchange=Exchange(rate_per_year=0.05),
    retirement=RetirementPolicy(early_rate_per_year=0.05),
)


def unequal(opening, count=4):
    """The city in units of unequal size, each with another mix of ranks."""
    ranks = len(opening.evidence.ladder.ranks)
    shares = np.random.default_rng(5).dirichlet(np.full(count, 2.0), ranks).T
    return divided(opening, tuple(f"unit-{place}" for place in range(count)), shares)


def promoted(year, into):
    """Those promoted into a rank, array [unit, group, status, age, years in rank], by their source's cells."""
    return sum(flow.cells for flow in year.flows if flow.name == "promotion" and flow.into == into)


def a_year_of(opening, of, year=2018, people=None, chance=None):
    people = people or opening.population
    return advance(people, year, opening.rules(of), chance or Expected(), in_detail=True)


def test_a_list_is_filled_and_a_fifth_of_it_placed(opening):
    """236 persons, five years of plan: those who have not left, 236 x (1 - 0.0015 - 0.002 - 0.001), and a fifth."""
    chiefs, deputies = (opening.evidence.ladder.index(rank) for rank in ("section-chief", "county-deputy"))
    year = a_year_of(opening, scenario(reserve_lists=(COUNTY_LIST,)))
    assert year.tallies["listed"][0, chiefs] == pytest.approx(236, rel=1e-12)
    assert year.tallies["placed-from-list"][0, deputies] == pytest.approx(
        236 * (1 - 0.0045) * (1 - 0.001) / 5, rel=1e-3
    )
    # Unlisted first: axes unit, group, status, age, years in rank.
    placed = promoted(year, deputies)[:, :, 1]
    ages = opening.population.ages_years
    born = 2017 - ages[placed.sum((0, 1, 3)) > 0]
    assert born.min() >= 1980
    assert born.max() <= 1989
    weight = opening.weights["section-chief", "county-deputy"]
    assert placed.sum((0, 1))[(weight == 0).all(0)].sum() == 0


def test_a_list_is_kept_current_and_ends_with_the_plan(opening):
    years = project(
        opening.population, 2017, 7, opening.rules(scenario(reserve_lists=(COUNTY_LIST, SECTION_LIST)))
    ).years
    listed = [year.closing.headcount[..., 1, :, :, :].sum((0, 1, 3, 4)) for year in years]
    chiefs = opening.evidence.ladder.index("section-chief")
    for place, on_list in enumerate(listed):
        assert on_list[chiefs] <= 236 * max(5 - place, 0) / 5 + 1e-9
    assert listed[0][chiefs] > 100
    assert sum(map(np.sum, listed[4:])) == 0
    # Whoever has moved is on no list.
    others = [rank for rank in range(9) if rank not in (0, 2, chiefs)]
    assert all(on_list[others].sum() == 0 for on_list in listed)


def test_a_list_changes_who_is_promoted_and_not_how_many(opening):
    plain, listed = (
        project(opening.population, 2017, 3, opening.rules(of)).years
        for of in (scenario(), scenario(reserve_lists=(COUNTY_LIST,)))
    )
    into = opening.evidence.ladder.index("county-deputy")
    counts = [
        [
            sum(flow.headcount.sum() for flow in year.flows if (flow.name, flow.into) == ("promotion", into))
            for year in run
        ]
        for run in (plain, listed)
    ]
    np.testing.assert_allclose(counts[0], counts[1], rtol=1e-3)
    young = [run[-1].closing.by_rank_and_age()[..., into, : 40 - 22 + 1].sum() for run in (plain, listed)]
    assert young[1] > 1.3 * young[0]


def test_those_from_the_list_count_as_young_under_the_young_rule(opening):
    """A list that places more young than the rule asks for leaves nothing for the rule to do."""
    by_list = scenario({"young_share": "1/100"}, reserve_lists=(COUNTY_LIST,))
    without_rule = scenario(reserve_lists=(COUNTY_LIST,))
    first, second = (a_year_of(opening, of).closing.headcount for of in (by_list, without_rule))
    np.testing.assert_allclose(first, second, rtol=1e-12, atol=1e-12)


def test_one_in_fifty_is_promoted_out_of_order(opening):
    year = a_year_of(opening, scenario({"out_of_order_share": 0.02}))
    for rule in opening.rules(scenario({"out_of_order_share": 0.02})).promotions:
        batch = sum(flow.cells.sum() for flow in year.flows if (flow.name, flow.into) == ("promotion", rule.into))
        early = sum(
            flow.cells[..., (rule.weight[:, place] == 0).all(0)].sum()
            for place, source in enumerate(rule.sources)
            for flow in year.flows
            if (flow.name, flow.source, flow.into) == ("promotion", source, rule.into)
        )
        assert early == pytest.approx(0.02 * batch, rel=1e-9)
        assert year.tallies["out-of-order"][0, rule.into] == pytest.approx(early, rel=1e-9)
        confirmed = rule.early_weight[:, 0].max((0, 1)) > 0
        assert confirmed[0] == (rule.sources != (0,)), "whoever is on probation is not promoted"


def test_only_the_tempered_are_promoted_where_that_is_the_condition(opening):
    into = opening.evidence.ladder.index("county-deputy")
    year = a_year_of(opening, scenario(grass_roots=POSTING), 2018)
    by_status = promoted(year, into).sum((0, 1, 3, 4))
    assert by_status[0] == 0
    assert by_status[1] > 40
    # Two years after the first were sent a thousand come back.
    later = a_year_of(opening, scenario(grass_roots=POSTING), 2019, year.closing)
    assert "back-from-grass-roots" not in year.tallies
    assert later.tallies["back-from-grass-roots"].sum() == pytest.approx(1000, rel=1e-12)


def test_a_condition_that_all_fulfil_changes_nothing(opening):
    everybody = POSTING.model_copy(update={"tempered_share": 1.0, "persons_per_year": 0.0})
    plain, kept = (a_year_of(opening, of) for of in (scenario(), scenario(grass_roots=everybody)))
    np.testing.assert_allclose(
        kept.closing.headcount.sum(-4, keepdims=True), plain.closing.headcount, rtol=1e-12, atol=1e-12
    )


def test_exchange_leaves_every_unit_as_many_of_each_rank(opening):
    parts = unequal(opening)
    still, moving = (a_year_of(parts, scenario(exchange=Exchange(rate_per_year=rate))) for rate in (0.0, 0.3))
    by_unit = [year.closing.headcount.sum((-5, -4, -2, -1)) for year in (still, moving)]
    np.testing.assert_allclose(by_unit[1], by_unit[0], rtol=1e-12)
    posts = [place for place, rank in enumerate(opening.evidence.ladder.ranks) if rank.holds_post]
    assert (moving.tallies["exchanged"][:, posts] > 0).all()
    # Those who stay alike in all units cannot be told from those who change.
    np.testing.assert_allclose(moving.closing.headcount.sum(-6), still.closing.headcount.sum(-6), rtol=1e-9, atol=1e-9)


def test_exchange_mixes_what_differs(opening):
    """A unit with nobody under 40 and one with all of them, both of the same size, in whole persons too."""
    parts = divided(opening, ("old", "young"), np.full((2, 9), 0.5))
    people = parts.population.headcount.copy()
    young = (opening.population.ages_years < 40)[:, None]
    people[0], people[1] = people[0] * ~young * 2, people[1] * young * 2
    parts = replace(parts, population=replace(parts.population, headcount=people))
    rules = parts.rules(scenario(exchange=Exchange(rate_per_year=0.2)))
    year = advance(parts.population, 2018, rules, Expected())
    staff = year.closing.headcount[0, :, :, 0, : 38 - 22].sum()
    assert staff > 0.05 * people[1, :, :, 0].sum()


def test_early_retirement_is_of_the_last_five_years(opening):
    """Men of 60: those who turn 55 to 59 in the year; women of general rank: 50 to 54."""
    early = scenario(retirement=RetirementPolicy(early_rate_per_year=0.1))
    probability = opening.rules(early).exits["retired-early"]
    ages = opening.population.ages_years + 1
    for group, base in ((0, 60), (1, 55)):
        at = probability[group, 0, 0, :, 0]
        assert at[(ages >= base - 5) & (ages < base)] == pytest.approx(0.1)
        assert not at[(ages < base - 5) | (ages >= base)].any()
    year = a_year_of(opening, early)
    left = sum(flow.headcount for flow in year.flows if flow.name == "retired-early")
    assert left.sum() == pytest.approx(0.1 * expected_to_be_asked(opening, probability), rel=1e-9)


def expected_to_be_asked(opening, probability):
    stay = opening.population.headcount * (1 - opening.rules(scenario()).retirement(2018))
    return (stay * (probability > 0)).sum()


OFF = {
    "lists": {"reserve_lists": ()},
    "postings": {"grass_roots": None},
    "exchange": {"exchange": Exchange()},
    "out of order": {"promotion": {"out_of_order_share": 0.0}},
    "early retirement": {"retirement": RetirementPolicy(early_rate_per_year=0.0)},
    "one unit to change places in": {"exchange": Exchange(rate_per_year=0.5)},
}


@pytest.mark.parametrize("measure", OFF)
def test_a_measure_at_its_off_value_changes_no_bit(opening, measure):
    plain, off = opening.rules(scenario({})), opening.rules(scenario(**OFF[measure]))
    expected = [project(opening.population, 2017, 5, rules).headcount() for rules in (plain, off)]
    np.testing.assert_array_equal(*expected)
    drawn = [run_blocks(replicate_blocks(opening, rules, 3, 7), 2017, 5, 1).headcount for rules in (plain, off)]
    np.testing.assert_array_equal(*drawn)


def books(before, year):
    """Headcounts [..., unit, group, rank] that the flows of a year lead to, by other arithmetic than the model's."""
    expected = before.headcount.sum((-4, -2, -1))
    for flow in year.flows:
        for rank, sign in ((flow.source, -1), (flow.into, 1)):
            if rank is not None:
                expected[..., rank] += sign * flow.headcount.sum((-2, -1))
    return expected


@pytest.mark.parametrize("seed", range(3))
def test_with_every_measure_on_whole_persons_are_conserved(opening, seed):
    parts = unequal(opening)
    chance, rules = Random(seed), parts.rules(EVERYTHING)
    people = replicate_blocks(parts, rules, 2, seed)[0].opening()
    assert people.headcount.sum((-5, -4, -2, -1)).shape[-2:] == (4, 9)
    for calendar in range(2018, 2028):
        year = advance(people, calendar, rules, chance)
        closing = year.closing.headcount
        np.testing.assert_array_equal(closing, np.rint(closing))
        assert closing.min() >= 0
        # Exchange keeps a unit's rank whole and may change its groups.
        np.testing.assert_array_equal(closing.sum((-5, -4, -2, -1)), books(people, year).sum(-2))
        np.testing.assert_array_equal(closing.sum((-6, -4, -2, -1)), books(people, year).sum(-3))
        people = year.closing
    assert year.closing.statuses == (
        "unlisted, untempered",
        "unlisted, tempered",
        "listed, untempered",
        "listed, tempered",
    )


def test_the_books_of_a_unit_are_held_to_account(opening, monkeypatch):
    """Persons who change units unseen leave the ranks of the city as they were."""
    parts = unequal(opening)

    def smuggle(standing, rules, chance):
        taken = 0.01 * standing.stay[0]
        standing.stay[0] -= taken
        standing.stay[1] += taken

    monkeypatch.setattr(year_module, "exchange", smuggle)
    with pytest.raises(ConservationError, match=r"year 2018, rank .*, unit unit-[01]: opening \+ joined"):
        a_year_of(parts, scenario())


def test_where_no_young_are_eligible_the_priority_rule_falls_back_and_counts(opening):
    """Nobody under 45: every post goes to others, and is counted."""
    of = scenario({"priority_rule": True})
    people = opening.population.headcount * (opening.population.ages_years >= 45)[:, None]
    year = a_year_of(opening, of, people=replace(opening.population, headcount=people))
    into = opening.evidence.ladder.index("county-deputy")
    batch = sum(flow.headcount.sum() for flow in year.flows if (flow.name, flow.into) == ("promotion", into))
    assert batch > 10
    assert year.tallies["priority-without-young"][0, into] == pytest.approx(batch, rel=1e-12)


def test_the_priority_rule_promotes_nobody_who_is_not_eligible(opening):
    of = scenario({"priority_rule": True})
    rules = opening.rules(of)
    people = opening.population
    for calendar in range(2018, 2028):
        year = a_year_of(opening, of, calendar, people)
        for rule in rules.promotions:
            for place, source in enumerate(rule.sources):
                ineligible = (rule.weight[:, place] == 0).all(0)
                cells = next(
                    flow.cells
                    for flow in year.flows
                    if (flow.name, flow.source, flow.into) == ("promotion", source, rule.into)
                )
                assert cells[..., ineligible].sum() == 0
        people = year.closing


def test_two_lists_with_members_of_one_rank_are_refused(opening):
    with pytest.raises(EvidenceError, match="two lists with members of rank section-chief"):
        opening.rules(scenario(reserve_lists=(COUNTY_LIST, COUNTY_LIST)))


def test_a_rank_that_nobody_is_promoted_into_is_refused(study):
    unknown = COUNTY_LIST.model_copy(update={"into": ("county-deputies",)})
    with pytest.raises(UnknownNameError, match="county-deputy"):
        study.evidence.under(scenario(reserve_lists=(unknown,)))
    posting = POSTING.model_copy(update={"posted_from": ("stuff",)})
    with pytest.raises(UnknownNameError, match="staff"):
        study.evidence.under(scenario(grass_roots=posting))


def test_a_cell_that_is_emptied_by_a_list_and_by_weight_is_not_overdrawn(opening):
    """All young deputies go up, some from the list: sums of both parts were a last digit more than there were."""
    rates = {"section-deputy": 0.08, "section-chief": 0.12}
    emptied = scenario(
        {"mode": "rate", "rate_per_year_by_rank": rates, "young_share": "1"},
        reserve_lists=(COUNTY_LIST, SECTION_LIST),
        grass_roots=POSTING,
    )
    years = project(opening.population, opening.year, 5, opening.rules(emptied)).years
    assert min(year.closing.headcount.min() for year in years) >= 0
