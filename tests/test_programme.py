import doctest
import subprocess
import sys

import numpy as np
import pytest

from cadre_research.errors import InfeasibleError, ModelError
from cadre_research.findings import programme as module
from cadre_research.findings.expression import Expression
from cadre_research.findings.programme import Programme
from cadre_research.findings.ratio import Fractions

# H. P. Williams, Model Building in Mathematical Programming, manpower planning: unskilled, semi-skilled, skilled.
STRENGTH = np.array([2000.0, 1500.0, 1000.0])
REQUIRED = np.array([[1000.0, 1400.0, 1000.0], [500.0, 2000.0, 1500.0], [0.0, 2500.0, 2000.0]])
WASTAGE_NEW, WASTAGE = np.array([0.25, 0.20, 0.10]), np.array([0.10, 0.05, 0.05])
MOST_RECRUITS = np.array([500.0, 800.0, 500.0])
COSTS = {
    "redundant": np.array([200.0, 500.0, 500.0]),
    "retrained": np.array([400.0, 500.0]),
    "surplus": np.array([1500.0, 2000.0, 3000.0]),
    "short": np.array([500.0, 400.0, 400.0]),
}


def manpower():
    """The three years of the case, with its redundancies and its cost as expressions."""
    programme = Programme()
    strength, redundancies, costs = Expression.of_constants(STRENGTH), [], []
    for year, required in enumerate(REQUIRED):
        now = programme.variables(("strength", year), 3)
        recruits = programme.variables(("recruits", year), 3, upper=MOST_RECRUITS)
        decided = {
            "redundant": programme.variables(("redundant", year), 3),
            "retrained": programme.variables(("retrained", year), 2, upper=np.array([200.0, np.inf])),
            "surplus": programme.variables(("surplus", year), 3),
            "short": programme.variables(("short", year), 3, upper=50.0),
        }
        # Semi-skilled to unskilled, skilled to unskilled, skilled to semi-skilled: half of them leave.
        down = programme.variables(("down", year), 3)
        retrained = decided["retrained"]
        up = retrained.put(np.array([1, 2]), (3,)) * (1 - WASTAGE) - retrained.put(np.array([0, 1]), (3,))
        lower = down.put(np.array([0, 0, 1]), (3,)) * 0.5 - down.put(np.array([1, 2, 2]), (3,))
        after = strength * (1 - WASTAGE) + recruits * (1 - WASTAGE_NEW) + up + lower - decided["redundant"]
        programme.require(("balance", year), after - now, equals=0.0)
        programme.require(("required", year), now - decided["surplus"] - decided["short"] * 0.5, equals=required)
        programme.require(("retraining", year), now[2] * 0.25 - retrained[1], at_least=0.0)
        programme.require(("surplus", year), decided["surplus"].sum(), at_most=150.0)
        redundancies.append(decided["redundant"].sum())
        costs += [(decided[name] * each).sum() for name, each in COSTS.items()]
        strength = now
    return programme, Expression.total(redundancies), Expression.total(costs)


def test_fewest_redundancies_are_those_published():
    programme, redundancies, _ = manpower()
    assert programme.minimise(redundancies) == pytest.approx(841.797, abs=5e-4)


def test_the_least_cost_is_the_one_published():
    programme, redundancies, cost = manpower()
    assert programme.minimise(cost) == pytest.approx(498_677.29, abs=5e-3)
    assert programme.value(redundancies) > 841.797
    # What was solved before does not matter.
    assert programme.minimise(redundancies) == pytest.approx(841.797, abs=5e-4)


THREE_GRADES = np.array([[0.5, 0.4, 0.0], [0.0, 0.6, 0.3], [0.0, 0.0, 0.8]])


def a_year(programme, stock, name):
    """Three grades a year later: those who stay or move up, and leavers replaced in any grade."""
    recruits = programme.variables(name, 3)
    programme.require(name, recruits.sum() - (stock * (1 - THREE_GRADES.sum(1))).sum(), equals=0.0)
    return Expression.total([stock[grade].spread(THREE_GRADES[grade]) for grade in range(3)]) + recruits


@pytest.mark.parametrize(
    ("structure", "maintained"),
    [
        ([2 / 7, 2 / 7, 3 / 7], True),
        ([0.0, 0.4, 0.6], True),
        ([0.0, 0.0, 1.0], True),
        ([0.0, 0.41, 0.59], False),
        ([0.29, 2 / 7, 0.71 - 2 / 7], False),
        ([0.1, 0.05, 0.85], False),
    ],
)
def test_three_grades_maintain_what_is_published(structure, maintained):
    programme = Programme()
    now = Expression.of_constants(np.array(structure))
    programme.require("maintained", a_year(programme, now, "recruits") - now, equals=0.0)
    if maintained:
        assert programme.maximise(Expression.of_constants(np.zeros(()))) == 0
    else:
        with pytest.raises(InfeasibleError, match="Relax a bound"):
            programme.maximise(Expression.of_constants(np.zeros(())))


@pytest.mark.parametrize("years", range(1, 13))
def test_three_grades_attain_a_structure_in_two_to_four_years_only(years):
    programme = Programme()
    stock = Expression.of_constants(np.array([0.6, 0.3, 0.1]))
    for year in range(years):
        stock = a_year(programme, stock, year)
    missed = programme.variables("missed", 3)
    programme.require("over", stock - missed, at_most=[0.2, 0.4, 0.4])
    programme.require("under", stock + missed, at_least=[0.2, 0.4, 0.4])
    assert (programme.minimise(missed.sum()) < 1e-9) == (years in (2, 3, 4))


def test_the_examples_run():
    assert doctest.testmod(module).failed == 0


def test_the_solver_prints_nothing_not_even_when_it_is_first_set_up():
    code = (
        "from cadre_research.findings.programme import Programme\n"
        "p = Programme(); x = p.variables('x', 2); p.require('c', x.sum(), at_most=3.0); p.maximise(x.sum())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_constraint_without_a_variable_is_refused_at_once():
    programme = Programme()
    programme.variables("x", 1)
    with pytest.raises(InfeasibleError, match="no variable can meet it"):
        programme.require("never", Expression.of_constants(np.array([1.0])), at_least=2.0)


def test_no_optimum_and_names_given_twice_are_refused():
    programme = Programme()
    x = programme.variables("x", 1)
    programme.require("c", x, at_least=1.0)
    with pytest.raises(ModelError, match="objective is bounded"):
        programme.maximise(x.sum())
    with pytest.raises(ModelError, match="each name once"):
        programme.variables("x", 1)
    with pytest.raises(ModelError, match="each name once"):
        programme.require("c", x)


def test_after_an_infeasible_question_the_programme_can_be_asked_again():
    programme = Programme()
    x = programme.variables("x", 2)
    programme.require("sum", x.sum(), at_most=4.0)
    programme.fix("x", 3.0, 5.0)
    with pytest.raises(InfeasibleError):
        programme.maximise(x.sum())
    programme.fix("x", 0.0, 5.0)
    programme.weigh("sum", programme.columns["x"][0], 2.0)
    assert programme.maximise(x.sum()) == pytest.approx(4.0)
    assert programme.value("x") == pytest.approx([0.0, 4.0])


def fractions():
    """x of 10 to 20 may be young up to 4; y of 5 up to 3; and at most 5 young together."""
    programme = Programme()
    whole = programme.variables("w", 2, lower=np.array([10.0, 5.0]), upper=np.array([20.0, 5.0]))
    part = programme.variables("p", 2, upper=np.array([4.0, 3.0]))
    programme.require("together", part.sum(), at_most=5.0)
    return programme, Fractions(programme, part, whole, np.array([0.2, 0.5]))


def test_the_best_ratio_of_one_fraction_and_of_both():
    """Alone 4/10 / 0.2 = 2 and 3/5 / 0.5 = 1.2; together p = 2r, q = 2.5r, p + q = 5, so r = 10/9."""
    _, both = fractions()
    assert both.best(np.array([True, False])) == pytest.approx(2.0, abs=1e-9)
    assert both.best(np.array([False, True])) == pytest.approx(1.2, abs=1e-9)
    assert both.best(np.array([True, True])) == pytest.approx(10 / 9, abs=1e-9)
    assert both.best(np.array([True, True]), start=0.01) == pytest.approx(10 / 9, abs=1e-9)
    assert both.best(np.array([True, True]), start=50.0) == pytest.approx(10 / 9, abs=1e-9)
    assert both.reaches(np.array([True, True]), 1.11)
    assert not both.reaches(np.array([True, True]), 1.112)


def test_a_ratio_can_be_kept_while_something_else_is_asked():
    programme, both = fractions()
    both.keep(np.array([True, True]), 1.0)
    assert programme.minimise(Expression.of_columns(programme.columns["p"]).sum()) == pytest.approx(4.5)
    both.let_go()
    assert both.best(np.array([True, True])) == pytest.approx(10 / 9, abs=1e-9)
