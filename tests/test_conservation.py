"""Persons are neither made nor lost: counted from the flows, apart from the model's own check."""

from dataclasses import replace

import numpy as np
import pytest

from cadre_research.errors import ConservationError
from cadre_research.evidence.scenario import scenario_ids
from cadre_research.findings.turnover import turnover
from cadre_research.model import year as year_module
from cadre_research.model.chance import Expected
from cadre_research.model.flows import Flow
from cadre_research.model.year import advance
from cadre_research.paths import scenarios_dir

SCENARIOS = scenario_ids(scenarios_dir())


def close(found, expected, turned_over):
    assert (np.abs(found - expected) <= 1e-12 * np.maximum(turned_over, 1)).all()


@pytest.fixture(params=SCENARIOS)
def forecast(study, request, age_line):
    return study.forecast(request.param, 10, age_line)


def test_in_every_rank_and_year_opening_plus_joined_less_left_is_closing(forecast):
    before = forecast.projection.opening
    assert len(forecast.projection.years) == 10
    for year in forecast.projection.years:
        expected = before.by_rank().copy()
        turned_over = expected.copy()
        for flow in year.flows:
            if flow.source is not None:
                expected[flow.source] -= flow.headcount.sum()
                turned_over[flow.source] += flow.headcount.sum()
            if flow.into is not None:
                expected[flow.into] += flow.headcount.sum()
                turned_over[flow.into] += flow.headcount.sum()
        close(year.closing.by_rank(), expected, turned_over)
        before = year.closing


def test_every_birth_cohort_of_each_sex_loses_its_leavers_and_gains_its_newcomers(forecast):
    """Whoever is 40 at one close and does not leave is 41 at the next, whatever their rank."""
    before = forecast.projection.opening.headcount.sum((0, 2, 3, 5))
    for year in forecast.projection.years:
        after = year.closing.headcount.sum((0, 2, 3, 5))
        stayed, joined = before.copy(), np.zeros_like(before)
        for flow in year.flows:
            persons = flow.headcount.sum((0, 2))
            if flow.into is None:
                stayed -= persons
            elif flow.source is None:
                joined += persons
        expected = joined.copy()
        expected[:, 1:] += stayed[:, :-1]
        close(after, expected, before + joined)
        np.testing.assert_allclose(stayed[:, -1], 0, atol=1e-9)
        before = after


def test_nobody_is_negative_and_nobody_passes_the_last_age(forecast):
    for year in forecast.projection.years:
        assert (year.closing.headcount >= 0).all()
        assert np.isfinite(year.closing.headcount).all()
        assert all((flow.headcount >= 0).all() for flow in year.flows)
        assert (year.empty_posts >= 0).all()
        # Everybody older than 62 by law has left: at 62 are only men with a delay of their own.
        if year.year < 2025:
            assert year.closing.by_rank_and_age()[:, -3:].sum() < 1e-9


def test_no_post_has_two_holders(forecast):
    for year in forecast.projection.years:
        holders = year.closing.by_rank()
        posts = forecast.opening.posts[0]
        holds = np.array([rank.holds_post for rank in year.closing.ladder.ranks])
        assert (holders[holds] <= posts[holds] * (1 + 1e-9)).all()
        np.testing.assert_allclose(year.empty_posts[0][holds], (posts - holders)[holds].clip(0), atol=1e-9)


def test_the_turnover_table_balances_too(forecast):
    """Its dust of up to 1e-9 persons is left out, so to 1e-8."""
    frame = turnover(forecast)
    frame = frame[frame["flow"] != "empty-posts"]
    comes = frame["flow"].str.endswith("-in") | frame["flow"].isin(["recruitment", "lateral"])
    signed = frame["headcount"].where(comes, -frame["headcount"])
    change = signed.groupby([frame["year"], frame["rank"]]).sum()
    ranks = forecast.opening.evidence.ladder.rank_ids
    populations = forecast.projection.populations
    for when in range(2018, 2028):
        gone = populations[when].by_rank() - populations[when - 1].by_rank()
        for rank, found in zip(ranks, gone, strict=True):
            assert change.get((when, rank), 0.0) == pytest.approx(found, abs=1e-8)


@pytest.fixture
def a_year(study):
    opening = study.opening()

    def run(rules=None, chance=None):
        rules = rules or opening.rules(study.scenario("rate-08"))
        return advance(opening.population, 2018, rules, chance or Expected())

    return run


def test_the_model_refuses_a_flow_that_nobody_took(a_year, monkeypatch):
    def recruit(standing, rules, chance):
        standing.flows.append(Flow("recruitment", None, 4, np.full((1, 2, 1, 41), 1e-9)))

    monkeypatch.setattr(year_module, "recruit", recruit)
    with pytest.raises(
        ConservationError, match=r"year 2018, rank section-chief, men, unit all: opening .* differs from closing by"
    ):
        a_year()


def test_the_model_refuses_persons_who_came_from_nowhere(a_year, monkeypatch):
    def recruit(standing, rules, chance):
        standing.joined[..., 1, :, 0, 5] += 0.001

    monkeypatch.setattr(year_module, "recruit", recruit)
    with pytest.raises(
        ConservationError, match=r"year 2018, rank staff, women, unit all: .* differs from closing by 0.001"
    ):
        a_year()


def test_the_model_refuses_more_leavers_than_there_are(a_year):
    class Greedy(Expected):
        def thin(self, headcount, probability):
            return headcount * (probability + 1e-6)

    with pytest.raises(ConservationError, match=r"year 2018: a headcount is negative \(-"):
        a_year(chance=Greedy())


def test_the_model_refuses_what_is_not_a_number(a_year):
    class Broken(Expected):
        def spread(self, total, proportion, axes):
            return super().spread(total, proportion, axes) * np.nan

    with pytest.raises(
        ConservationError, match=r"year 2018, rank staff, men, unit all: .* differs from closing by nan"
    ):
        a_year(chance=Broken())


def test_the_model_refuses_to_let_anybody_pass_the_last_age(study, a_year):
    rules = study.opening().rules(study.scenario("status-quo"))
    immortal = replace(rules, retirement=lambda year: np.zeros((2, 1, 9, 41, 1)))
    population = study.opening().population
    old = population.headcount.copy()
    old[0, 0, 0, 4, -1, 3] = 1
    with pytest.raises(
        ConservationError, match=r"year 2018: somebody would pass the last age, 62\. Raise oldest_years"
    ):
        advance(replace(population, headcount=old), 2018, immortal, Expected())
