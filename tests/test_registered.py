"""A study that starts from a register: what stands there is taken as it is, rates are those estimated from it."""

from datetime import date

import numpy as np
import pytest
from chinese import faults_of_setting, numbers_left_out

from cadre_research.evidence.base import load_evidence
from cadre_research.evidence.estimation import estimate
from cadre_research.evidence.own_scenarios import own_scenarios
from cadre_research.evidence.person_years import person_years
from cadre_research.evidence.register import read_register
from cadre_research.evidence.register_evidence import registered_evidence
from cadre_research.evidence.study_file import StudyFile
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.outlook import outlook
from cadre_research.findings.study import Study
from cadre_research.findings.synthetic_register import known_rules
from cadre_research.model.drawn_opening import drawn_opening
from cadre_research.model.ensemble import draw_ensemble
from cadre_research.model.random import Random
from cadre_research.paths import data_dir
from cadre_research.reporting.names import assumption_titles

SYNTHETIC = data_dir() / "register" / "synthetic-register.parquet"


@pytest.fixture(scope="module")
def read():
    evidence = load_evidence(data_dir() / "facts")
    register = read_register(SYNTHETIC, evidence.ladder, date(2017, 12, 31))
    years = person_years(register, evidence.ladder)
    return evidence, register, years, estimate(years, evidence)


@pytest.fixture(scope="module")
def own(read):
    evidence = registered_evidence(*read)
    return Study(evidence, {scenario.id: scenario for scenario in own_scenarios(evidence, read[3].recruitment)})


def test_its_scenarios_tell_their_reasons_in_both_languages(own):
    assert len(own.scenarios) > 7
    for scenario in own.scenarios.values():
        assert faults_of_setting(scenario.reason_zh) == []
        assert scenario.reason_zh.endswith("。")
        assert numbers_left_out(scenario.reason, scenario.reason_zh) == set()


def test_errors_of_estimation_are_called_by_their_way_in_both_languages(own):
    titles = assumption_titles(own)
    assert titles.keys() == own.evidence.assumptions.keys()
    errors = own.evidence.registered.errors_of_estimation()
    assert len(errors) > 10
    for name in errors:
        assert titles[name]["en"].startswith("Error of estimation ")
        assert faults_of_setting(titles[name]["zh"].replace("→", "")) == []
        assert titles[name]["zh"].startswith("估计误差")
    assert len({title["zh"] for title in titles.values()}) == len(titles)
    others = titles.keys() - errors.keys()
    assert others
    for name in others:
        assert titles[name] == {
            "en": own.evidence.assumptions[name].title,
            "zh": own.evidence.assumptions[name].title_zh,
        }


def test_the_opening_is_the_register_itself(read, own):
    opening = own.opening()
    ladder = opening.evidence.ladder
    stock = read[2].stock(2017)
    by_rank = stock.groupby(level="rank", observed=True).sum()
    np.testing.assert_array_equal(opening.population.by_rank(), [by_rank.get(rank, 0) for rank in ladder.rank_ids])
    assert opening.population.total() == stock.sum()
    assert opening.year == own.evidence.targets.baseline_year == 2017
    np.testing.assert_array_equal(opening.posts[0, 2], opening.population.by_rank()[2])
    assert opening.posts[0, 1] == 0, "a rank without posts has none"


def test_the_status_quo_of_a_stationary_service_stays_where_it_is(own):
    """Without the later retirement law nothing changes in the synthetic service; nor in the estimated one.

    The register is one draw of whole persons: where it starts is off by chance, and the forecast goes back from there.
    """
    shares = target_shares(own.forecast("no-retirement-delay", 10)).query("population == 'level'")
    share, persons = (shares.pivot(index="target", columns="year", values=name) for name in ("share", "headcount"))
    by_chance = np.sqrt(share[2027] * (1 - share[2027]) / persons[2017])
    assert ((share[2027] - share[2017]).abs() / by_chance).max() < 4
    assert by_chance.max() < 0.02


def test_estimated_promotion_hazards_are_near_the_known_ones(read, own):
    """Where promotions are made: averaged over those at risk, within a tenth of what the register was drawn with."""
    true = known_rules(Study.read(data_dir()).opening())
    estimated = own.opening().rules(own.scenario("status-quo"))
    people = own.opening().population.headcount[0, :, 0]
    for known, found in zip(true.promotions, estimated.promotions, strict=True):
        at_risk = people[:, known.sources[0]]
        expected = (at_risk * known.hazard[:, 0]).sum()
        assert (at_risk * found.hazard[:, 0]).sum() == pytest.approx(expected, rel=0.1)


def test_moves_keep_to_the_ages_of_the_ladder(own):
    rules = own.opening().rules(own.scenario("status-quo"))
    ages = own.opening().population.ages_years
    for move in rules.moves:
        if move.kind == "step-aside":
            assert not move.probability[..., ages < 52, :].any()
            assert move.probability[..., ages >= 58, :].any()


def test_a_study_goes_through_its_file_unchanged(own, tmp_path):
    path = tmp_path / "study.json"
    path.write_text(StudyFile.of(own.evidence, tuple(own.scenarios.values())).text(), encoding="utf-8")
    again = Study.read(path)
    assert again.scenarios == own.scenarios
    assert again.evidence.registered == own.evidence.registered
    before, after = (target_shares(study.forecast("half-young", 5))["share"] for study in (own, again))
    np.testing.assert_array_equal(before, after)


def test_every_draw_starts_from_the_same_people_and_errs_in_its_rates(own):
    opening, status_quo = own.opening(), own.scenario("status-quo")
    ensemble = draw_ensemble(opening, status_quo, 12, 1, workers=1)
    assert ensemble.draws["accepted"].all()
    hazards = [each.rules(status_quo).promotions[0].hazard for each in ensemble.openings.values()]
    for each in ensemble.openings.values():
        np.testing.assert_array_equal(each.population.headcount, opening.population.headcount)
    assert np.ptp([hazard.sum() for hazard in hazards]) > 0
    drawn = drawn_opening(opening, 3, Random(1, (0,)))
    np.testing.assert_array_equal(drawn.headcount[1], opening.population.headcount)
    found = outlook(ensemble.openings, status_quo, 2, 2, 1, workers=1)
    assert np.ptp(found.young["county-level", "level"][..., 0]) == 0
    assert np.ptp(found.young["county-level", "level"][..., 2]) > 0


def test_errors_of_estimation_have_the_covariance_of_the_coefficients(own):
    hazard = own.evidence.registered.hazards[0]
    size = len(hazard.coefficients)
    drawn = np.random.default_rng(1).standard_normal((20_000, size)) @ hazard.factor.T
    scale = np.sqrt(np.diag(np.array(hazard.covariance)))
    np.testing.assert_allclose(np.cov(drawn.T), np.array(hazard.covariance), atol=0.05 * np.outer(scale, scale).max())
    assert list(hazard.error_ids) == [f"{hazard.name}-error-{place}" for place in range(1, size + 1)]


def test_what_the_register_says_is_no_assumption_any_more(own):
    assert not {"resignation", "promotion-age-spread", "post-growth-before"} & set(own.evidence.assumptions)
    assert own.evidence.assumptions["women-leaving-at-55-county-level"].provenance == "register"
    assert all(target.survey is None for target in own.evidence.targets.targets)
