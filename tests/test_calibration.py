"""The opening population agrees with the survey and reproduces itself."""

from dataclasses import replace

import numpy as np
import pytest

from cadre_research.errors import CalibrationError
from cadre_research.evidence.base import Evidence
from cadre_research.findings.age_structure import target_shares, young_and_all
from cadre_research.findings.explain import little_law
from cadre_research.model.calibration import calibrate
from cadre_research.model.chance import Expected
from cadre_research.model.past import Past, settled
from cadre_research.model.population import Population
from cadre_research.model.projection import project
from cadre_research.model.year import advance

SURVEY = {"county-level": (113, 1614), "section-chief": (306, 6800)}
STAYS_A_YEAR = 1 - 0.0015 - 0.002 - 0.001  # resignation, death and removal, at every age and rank


@pytest.fixture(scope="module")
def with_growth(study):
    """Scenario whose posts grew before the baseline year."""
    quo = study.scenario("status-quo")
    return lambda growth: quo.model_copy(
        update={"opening": quo.opening.model_copy(update={"post_growth_before_per_year": growth})}
    )


def recruiting(opening, persons):
    return replace(opening.stationary_rules, recruits_by_year={opening.year + 1: persons})


def shares_of(forecast, target):
    frame = target_shares(forecast)
    frame = frame[(frame["target"] == target) & (frame["population"] == "level")]
    return frame.set_index("year")["share"]


def surveyed(evidence, **changes):
    """The evidence with the county level's survey changed."""
    target = evidence.target("county-level")
    target = target.model_copy(update={"survey": target.survey.model_copy(update=changes)})
    others = evidence.targets.targets[1:]
    return replace(evidence, targets=evidence.targets.model_copy(update={"targets": (target, *others)}))


def test_the_two_surveyed_counts_come_out_to_a_millionth(opening):
    for name, expected in SURVEY.items():
        target = opening.evidence.target(name)
        counted = young_and_all(opening.population, target, "level", opening.age_line)
        np.testing.assert_allclose([float(n) for n in counted], expected, rtol=1e-6)


def test_the_assumed_posts_come_out_and_every_holder_has_one(opening):
    ladder, amount = opening.evidence.ladder, opening.evidence.assumptions
    by_rank = dict(zip(ladder.rank_ids, opening.population.by_rank(), strict=True))
    for rank in ("staff", "section-deputy", "county-principal"):
        assert by_rank[rank] == pytest.approx(amount[f"{rank}-posts"].value, rel=1e-9)
    posts = dict(zip(ladder.rank_ids, opening.posts[0], strict=True))
    for rank in ladder.ranks:
        assert posts[rank.id] == pytest.approx(by_rank[rank.id] if rank.holds_post else 0, rel=1e-12)


def test_a_year_of_the_stationary_rules_reproduces_the_opening(opening):
    year = advance(opening.population, opening.year + 1, recruiting(opening, opening.recruits_per_year), Expected())
    np.testing.assert_allclose(year.closing.headcount, opening.population.headcount, rtol=1e-10, atol=1e-10)


def test_nobody_in_the_opening_is_where_the_rules_do_not_allow(opening):
    """Floors of the published rules: entry at 22, so section deputy 26, chief 28, county deputy 31, principal 33."""
    floors = {"staff": 22, "section-deputy": 26, "section-chief": 28, "county-deputy": 31, "county-principal": 33}
    population = opening.population
    assert (population.headcount >= 0).all()
    for rank, persons in zip(opening.evidence.ladder.rank_ids, population.by_rank_and_age(), strict=True):
        youngest = population.ages_years[persons > 0].min()
        assert youngest == floors.get(rank, youngest), rank
        assert population.ages_years[persons > 1e-9].max() <= 59


def test_the_status_quo_holds_both_shares_until_2024_and_loses_them_after(study, age_line):
    forecast = study.forecast("status-quo", 10, age_line)
    for target, (young, everybody) in SURVEY.items():
        shares = shares_of(forecast, target)
        assert (abs(shares.loc[2017:2024] - young / everybody) < 0.001).all()
        assert (shares.loc[2025:2027].diff().dropna() < 0).all()
        assert shares.loc[2025] < shares.loc[2024] - 0.001
        assert shares.loc[2027] < young / everybody - 0.002


def test_without_the_later_retirement_both_shares_hold_until_2027(study, age_line):
    forecast = study.forecast("no-retirement-delay", 10, age_line)
    for target, (young, everybody) in SURVEY.items():
        assert (abs(shares_of(forecast, target) - young / everybody) < 0.001).all()


def test_littles_law_holds_for_every_target_and_population(opening):
    for target in opening.evidence.targets.targets:
        for population in ("level", "posts"):
            law = little_law(opening, target, population)
            assert law.share == pytest.approx(law.observed_share, rel=1e-9), (target.id, population)
            assert 0 < law.young_arrivals_per_head_per_year < 1
            assert 0 < law.mean_years_spent_young < 20


def test_a_cohort_a_tenth_larger_stays_a_tenth_larger_as_it_ages(opening):
    """Those of 40, past the last age of entry, 10 % more of each cell; constant rules are linear.

    n years on, those of 40 + n are 10 % more in every cell and nobody else is; nothing pulls the structure back.
    """
    population, cohort = opening.population, 40
    place = cohort - population.ages_years[0]
    headcount = population.headcount.copy()
    headcount[..., place, :] *= 1.1
    disturbed = replace(population, headcount=headcount)
    rules = replace(
        opening.stationary_rules, recruits_by_year={y: opening.recruits_per_year for y in range(2018, 2030)}
    )
    for year in project(disturbed, opening.year, 12, rules).years:
        place += 1
        factor = np.ones(len(population.ages_years))
        factor[place] = 1.1
        expected = population.headcount * factor[:, None]
        np.testing.assert_allclose(year.closing.headcount, expected, rtol=1e-9, atol=1e-9)


def test_a_larger_cohort_shows_in_the_share_only_while_it_is_young(study, age_line):
    """Under the status quo itself, 10 % more people of 38: the share rises, and once they are over the line falls.

    Of the disturbed and the undisturbed run the cohort itself differs by 10 % of what yearly exits leave of it.
    """
    opening = study.opening(age_line=age_line)
    population, rules = opening.population, opening.rules(study.scenario("status-quo"))
    place = 38 - population.ages_years[0]
    headcount = population.headcount.copy()
    headcount[..., place, :] *= 1.1
    runs = [project(p, 2017, 10, rules) for p in (population, replace(population, headcount=headcount))]
    target = opening.evidence.target("county-level")
    gaps = []
    for before, after in zip(*(run.populations.values() for run in runs), strict=True):
        (y0, n0), (y1, n1) = (young_and_all(p, target, "level", age_line) for p in (before, after))
        gaps.append(float(y1 / n1 - y0 / n0))
    last_young = 2 if age_line == "inclusive" else 1
    assert min(gaps[: last_young + 1]) > 0.0005
    # Promotions that the larger cohort took from others are not given back when it grows old.
    assert max(gaps[last_young + 1 :]) < 0
    for years in range(11):
        cohort = [list(run.populations.values())[years].by_rank_and_age()[:, place + years].sum() for run in runs]
        undisturbed = population.by_rank_and_age()[:, place].sum() * STAYS_A_YEAR**years
        np.testing.assert_allclose(cohort, [undisturbed, 1.1 * undisturbed], rtol=1e-9)


@pytest.mark.parametrize("growth", [0.01, 0.03])
def test_an_opening_of_a_growing_service_agrees_with_the_survey_and_grows_on(study, with_growth, growth, age_line):
    opening = study.opening(with_growth(growth), age_line)
    assert opening.past.growth_per_year == growth
    for name, expected in SURVEY.items():
        counted = young_and_all(opening.population, opening.evidence.target(name), "level", age_line)
        np.testing.assert_allclose([float(n) for n in counted], expected, rtol=1e-6)
    rules = recruiting(opening, (1 + growth) * opening.recruits_per_year)
    closing = advance(opening.population, opening.year + 1, rules, Expected()).closing
    np.testing.assert_allclose(closing.headcount, (1 + growth) * opening.population.headcount, rtol=1e-10, atol=1e-10)


def test_a_service_that_grew_is_younger_at_the_bottom(study, with_growth):
    """The wave of later entrants: more staff under 30 for the same posts."""
    young = []
    for growth in (0.0, 0.01, 0.03):
        population = study.opening(with_growth(growth)).population
        young.append(population.by_rank_and_age()[0, population.ages_years < 30].sum())
    assert young == sorted(young)
    assert young[0] < young[2]


def test_littles_law_is_not_claimed_for_a_service_that_grew(study, with_growth):
    opening = study.opening(with_growth(0.01))
    assert little_law(opening, opening.evidence.target("county-level")) is None


def test_littles_law_says_nothing_of_a_group_without_young_arrivals(study):
    """Nobody becomes a county principal by 22."""
    opening = study.opening()
    target = opening.evidence.target("county-principal").model_copy(update={"age_years": 22})
    assert little_law(opening, target) is None


@pytest.mark.parametrize(
    "young",
    [1600, 1613, 1614, 5000, 0],
    ids=["nearly all", "all but one", "all", "more than all", "none"],
)
def test_a_survey_that_no_service_can_have_is_refused(study, young):
    evidence = surveyed(study.evidence, young=young)
    with pytest.raises(CalibrationError) as refused:
        calibrate(evidence, study.scenario("status-quo"), "inclusive")
    message = str(refused.value)
    assert message.startswith("calibration (inclusive age line): no opening population agrees with the survey")
    assert "data/facts/assumptions.toml" in message
    assert "data/facts/targets.toml" in message


def test_calibration_asks_for_an_entry_and_for_posts(ladder_file, make_evidence, make_scenario):
    ladder = ladder_file("three-ranks").model_copy(
        update={"ranks": tuple(r.model_copy(update={"retirement": None}) for r in ladder_file("three-ranks").ranks)}
    )
    with pytest.raises(CalibrationError, match=r"ladder three-ranks: .* missing: junior, middle, senior"):
        calibrate(make_evidence(ladder), make_scenario(), "inclusive")
    with_posts = tuple(rank.model_copy(update={"posts": 5.0}) for rank in ladder.ranks)
    ladder = ladder.model_copy(update={"ranks": with_posts, "entry": None})
    with pytest.raises(CalibrationError, match=r"ladder three-ranks: .* missing: entry"):
        calibrate(make_evidence(ladder), make_scenario(), "inclusive")


def test_neither_the_order_of_targets_nor_titles_matter(study):
    evidence = study.evidence
    turned = Evidence(
        ladder=evidence.ladder.model_copy(update={"title_en": "Elsewhere", "title_zh": "别处", "id": "elsewhere"}),
        targets=evidence.targets.model_copy(update={"targets": evidence.targets.targets[::-1]}),
        retirement=evidence.retirement,
        assumptions=evidence.assumptions,
    )
    other = calibrate(turned, study.scenario("status-quo"), "inclusive")
    np.testing.assert_allclose(other.population.headcount, study.opening().population.headcount, rtol=1e-8, atol=1e-10)


def test_the_headcount_of_the_survey_does_matter(study):
    quo = study.scenario("status-quo")
    fewer = study.opening(quo.model_copy(update={"assumptions": {"county-level-headcount": 1510.0}}))
    target = fewer.evidence.target("county-level")
    young, everybody = young_and_all(fewer.population, target, "level", "inclusive")
    np.testing.assert_allclose([float(young), float(everybody)], [113, 1510], rtol=1e-6)
    base = study.opening().posts[0, fewer.evidence.ladder.index("county-deputy")]
    assert fewer.posts[0, fewer.evidence.ladder.index("county-deputy")] < base - 80
    # The same 113 of fewer are a larger share, so the curve lies at a younger age.
    way = ("section-chief", "county-deputy")
    assert fewer.typical_ages_years[way] < study.opening().typical_ages_years[way]


def test_the_width_of_the_age_curve_does_not_change_what_was_counted(study):
    """The two shares fix where the curve lies, not how wide it is."""
    quo = study.scenario("status-quo")
    narrow = study.opening(quo.model_copy(update={"assumptions": {"promotion-age-spread": 4.0}}))
    for name, expected in SURVEY.items():
        counted = young_and_all(narrow.population, narrow.evidence.target(name), "level", "inclusive")
        np.testing.assert_allclose([float(n) for n in counted], expected, rtol=1e-6)
    way = ("section-chief", "county-deputy")
    assert abs(narrow.typical_ages_years[way] - study.opening().typical_ages_years[way]) > 0.5


def test_settling_adds_up_a_cohort_at_every_age(study):
    """Entrants of one age, no promotion: n years later there are E x stay^n, with growth divided by (1 + g)^n."""
    opening = study.opening()
    rules = replace(
        opening.stationary_rules,
        promotions=tuple(replace(r, hazard=np.zeros_like(r.hazard)) for r in opening.stationary_rules.promotions),
    )
    entrants = np.zeros_like(opening.population.headcount)
    entrants[0, 0, 0, 0, 3, 0] = 100  # men of 25
    ladder = opening.evidence.ladder
    by_age = Population(settled(rules, Population(entrants, ladder), Past(0.02), 2017), ladder).by_rank_and_age()[0]
    ages = np.arange(22, 63)
    expected = np.where((ages >= 25) & (ages < 60), 100 * (STAYS_A_YEAR / 1.02) ** (ages - 25.0), 0)
    np.testing.assert_allclose(by_age, expected, rtol=1e-12, atol=1e-12)
