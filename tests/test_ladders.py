"""Ladders that are not the Chinese one load from a file and run in every mode."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cadre_research.evidence.retirement import RetirementRules
from cadre_research.findings.explain import share_change
from cadre_research.findings.study import Study
from cadre_research.model.projection import project

LAW = {"format": 1, "routes": ({"category": "police", "sex": "any", "base_age_years": 62, "source": "made up"},)}
MODES = {
    "vacancy": {"young_share": "1/3", "priority_rule": True},
    "rate": {"mode": "rate", "rate_per_year": 0.2, "young_share": "1/2"},
    "markov": {"mode": "markov"},
}


@pytest.fixture
def police(ladder_file, make_evidence, make_target):
    inspectors = make_target(id="inspectors", levels=("inspector",), age_years=40)
    sergeants = make_target(id="sergeants", levels=("sergeant", "inspector"))
    law = RetirementRules.model_validate(LAW)
    return make_evidence(ladder_file("police"), inspectors, sergeants, retirement=law)


@pytest.fixture
def force(police, people):
    """An opening with every rank held at every age from its floor to 61."""
    ladder = police.ladder
    rows = [("constable", age, min(age - 18, 12), 60) for age in range(18, 62)]
    rows += [("sergeant", age, 4, 18) for age in range(28, 62)]
    rows += [("inspector", age, 3, 7) for age in range(32, 62)]
    rows += [("superintendent", age, 5, 2) for age in range(42, 62)]
    patrol, specialists = (people(ladder, *rows, group=group) for group in (0, 1))
    return replace(patrol, headcount=0.8 * patrol.headcount + 0.2 * specialists.headcount)


def posts_of(ladder):
    return {rank.id: rank.posts or 0.0 for rank in ladder.ranks}


@pytest.mark.parametrize("mode", MODES)
def test_a_police_force_runs_ten_years_and_loses_nobody(police, force, make_rules, mode):
    rules = make_rules(police, posts_of(police.ladder), promotion={**MODES[mode], "candidates_per_post": 2})
    years = project(force, 2017, 10, rules).years
    before, seen = force, set()
    for year in years:
        expected = before.by_rank().copy()
        for flow in year.flows:
            persons = flow.headcount.sum()
            if flow.source is not None:
                expected[flow.source] -= persons
            if flow.into is not None:
                expected[flow.into] += persons
            if persons > 0:
                seen.add((flow.name, flow.source, flow.into))
        np.testing.assert_allclose(year.closing.by_rank(), expected, rtol=1e-12)
        assert (year.closing.headcount >= 0).all()
        before = year.closing
    at = police.ladder.index
    # The jump, the demotion by two ranks, and the exit of one rank only all happen.
    assert ("promotion", at("constable"), at("inspector")) in seen
    assert ("promotion", at("sergeant"), at("inspector")) in seen
    assert ("demotion", at("superintendent"), at("sergeant")) in seen
    assert ("dismissed", at("constable"), None) in seen
    assert (("release", at("inspector"), at("sergeant-no-post")) in seen) == (mode == "rate")
    # Nobody is released from a rank that names none to go to.
    assert not any(name == "release" and source == at("superintendent") for name, source, _ in seen)


def test_groups_of_its_own_share_the_intake(police, people, make_rules):
    """A quarter are specialists; the entry triangle has its peak at 22."""
    rules = make_rules(police, posts_of(police.ladder))
    closing = project(people(police.ladder), 2017, 1, rules).years[0].closing
    by_group = closing.headcount.sum((0, 2, 3, 4, 5))
    np.testing.assert_allclose(by_group, [2250, 750], rtol=1e-12)
    by_age = closing.by_rank_and_age()[0]
    assert closing.ages_years[by_age.argmax()] == 22
    assert (by_age[closing.ages_years > 40] == 0).all()


def test_the_jump_competes_by_its_weight_and_its_own_ages(police, force, make_rules):
    rules = make_rules(police, posts_of(police.ladder), promotion={"mode": "rate", "rate_per_year": 0.2})
    year = project(force, 2017, 1, rules).years[0]
    at = police.ladder.index
    jump, step = (
        next(f for f in year.flows if (f.name, f.source, f.into) == ("promotion", at(source), at("inspector")))
        for source in ("constable", "sergeant")
    )
    assert 0 < jump.headcount.sum() < step.headcount.sum()
    ages = force.ages_years[jump.headcount.sum((0, 1, 2)) > 0]
    # Entered at 18, 2 years of probation and 5 in rank, complete at the close of 25; the ceiling is 40 at the close.
    assert (ages.min(), ages.max()) == (24, 39)


def test_markov_probabilities_are_shares_of_those_who_do_not_retire(police, people, make_rules):
    """100 constables of 30 with all years needed: 3 + 1 leave, 2 become sergeants, 0.2 inspectors, 93.8 stay."""
    rules = make_rules(police, {}, promotion={"mode": "markov"})
    rules = replace(rules, recruits_by_year={})
    closing = project(people(police.ladder, ("constable", 30, 8, 100)), 2017, 1, rules).years[0].closing
    np.testing.assert_allclose(closing.by_rank(), [93.8, 2, 0, 0.2, 0], rtol=1e-12)


def test_its_posts_need_not_be_calibrated_to_a_survey(police, make_scenario):
    """Four posts and four intensities, no survey: the stationary force fills each rank's posts."""
    study = Study(police, {"status-quo": make_scenario(id="status-quo")})
    opening = study.opening()
    by_rank = dict(zip(police.ladder.rank_ids, opening.population.by_rank(), strict=True))
    for rank in police.ladder.ranks:
        if rank.posts:
            assert by_rank[rank.id] == pytest.approx(rank.posts, rel=1e-8)
    forecast = study.forecast("status-quo", 10)
    np.testing.assert_allclose(forecast.projection.years[-1].closing.by_rank(), opening.population.by_rank(), rtol=1e-6)
    changes = share_change(forecast).groupby(["target", "population"])["contribution"].sum()
    assert isinstance(changes, pd.Series)
    np.testing.assert_allclose(changes, 0, atol=1e-6)
