from dataclasses import replace

import numpy as np
import pytest
from openings import opening_of

from cadre_research.errors import ConservationError, InputError
from cadre_research.findings.cells import Cells
from cadre_research.findings.expression import Expression
from cadre_research.findings.lawful_year import add_year
from cadre_research.findings.limits import Limits, limit, set_limits
from cadre_research.findings.policies import rules_of_all_policies
from cadre_research.findings.programme import Programme
from cadre_research.model.projection import project


@pytest.fixture
def rules(study):
    return rules_of_all_policies(study.opening(), study.scenario("status-quo"))


def test_years_in_rank_are_told_apart_only_as_far_as_a_rule_asks(rules):
    """Staff need 3 years and probation, so 4 places of the opening's years count; chiefs 3; without a way up one."""
    cells, index = Cells(rules), rules.ladder.index
    assert cells.last_place[index("staff")] == 3
    assert cells.last_place[index("section-deputy")] == 1
    assert cells.last_place[index("section-chief")] == 2
    assert cells.last_place[index("county-principal")] == 0
    assert cells.exist.sum(3).max(axis=(0, 2)).tolist() == (cells.last_place + 1).tolist()


def test_folding_keeps_everybody(study, rules):
    opening, cells = study.opening(), Cells(rules)
    together = cells.folded(opening.population)
    np.testing.assert_allclose(together.sum((0, 3)), opening.population.by_rank_and_age())
    assert not together[~cells.exist].any()


def test_eligible_people_are_those_of_the_yearly_model(study, rules):
    opening, cells = study.opening(), Cells(rules)
    together = cells.folded(opening.population)
    for rule in rules.promotions:
        for position, source in enumerate(rule.sources):
            people = opening.population.headcount[0, :, 0, source]
            expected = (people * (rule.weight[position] > 0)).sum()
            found = (together[:, source] * cells.eligible[source, rule.into]).sum()
            assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["status-quo", "no-retirement-delay"])
def test_a_year_without_decisions_is_the_yearly_models(study, name):
    """Nobody is promoted, released or recruited: leaving, stepping aside and moving down are left."""
    opening = study.opening(name)
    rules = replace(rules_of_all_policies(opening, study.scenario(name)), promotions=(), recruits_by_year={})
    programme, cells = Programme(), Cells(rules)
    stock = Expression.of_constants(cells.folded(opening.population))
    years = project(opening.population, 2025, 3, replace(rules, mode="vacancy")).years
    for year in years:
        lawful = add_year(programme, year.year, stock, cells)
        programme.fix(("recruitment", year.year, None, 0), 0.0, 0.0)
        stock = lawful.closing
        programme.minimise(Expression.of_constants(np.zeros(())))
        found = programme.value(lawful.closing)
        np.testing.assert_allclose(found.sum((0, 3)), year.closing.by_rank_and_age(), atol=1e-9)


@pytest.fixture
def office(make_ladder, make_evidence, people, make_scenario):
    evidence = make_evidence(make_ladder())
    population = people(evidence.ladder, ("officer", 50, 5, 10), ("clerk", 31, 1, 30))
    opening = opening_of(evidence, population, {"officer": 10})
    return opening, rules_of_all_policies(opening, make_scenario())


def test_limits_of_a_year_by_hand(office):
    """Of 10 officers 1 may go at 10 releases per 100 posts; posts are filled to 95 % at least, to 100 % at most."""
    opening, rules = office
    programme, cells = Programme(), Cells(rules)
    lawful = add_year(programme, 2018, Expression.of_constants(cells.folded(opening.population)), cells)
    limit(programme, lawful, cells)
    officer = rules.ladder.index("officer")
    released = Expression.of_columns(programme.columns["release", 2018, officer, rules.released_to[officer]]).sum()
    promoted = Expression.of_columns(programme.columns["promotion", 2018, 0, officer]).sum()
    holders = lawful.closing[:, officer].sum()
    for limits, most_released, most_promoted, fewest_holders in (
        (Limits(0.1), 1.0, 1.0, 9.5),
        (Limits(0.0), 0.0, 0.0, 10.0),
        (Limits(0.5, 0.0, 15), 5.0, 2.0, 5.0),
        (Limits(0.5, 0.9, None, {"officer": 0.1}), 5.0, 6.0, 9.0),
    ):
        set_limits(programme, 2018, cells, limits)
        assert programme.maximise(released) == pytest.approx(most_released, abs=1e-9)
        assert programme.maximise(promoted) == pytest.approx(most_promoted, abs=1e-9)
        assert programme.minimise(holders) == pytest.approx(fewest_holders, abs=1e-9)


def test_somebody_past_the_last_age_is_refused(make_ladder, make_evidence, people, make_scenario):
    ladder = make_ladder(ages={"youngest_years": 30, "oldest_years": 60})
    opening = opening_of(make_evidence(ladder), people(ladder, ("officer", 60, 5, 10)), {"officer": 10})
    cells = Cells(rules_of_all_policies(opening, make_scenario()))
    with pytest.raises(ConservationError, match="pass the last age"):
        add_year(Programme(), 2018, Expression.of_constants(cells.folded(opening.population)), cells)


def test_several_units_are_taken_one_by_one(rules):
    with pytest.raises(InputError, match="one unit"):
        Cells(replace(rules, posts=np.ones((2, len(rules.ladder.ranks)))))
