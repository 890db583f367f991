"""Units of a register: told apart where they are large enough, with their own people, and nobody lost between them."""

import numpy as np
import pandas as pd
import pytest
from test_registered import own, read  # noqa: F401

from cadre_research.evidence.register_units import LARGEST_UNITS, register_units
from cadre_research.findings.unit_outlook import CITY, in_units, unit_outlook, unit_probabilities

RANKS = ("staff", "section-chief")


def stock(**persons):
    """Persons of each unit, half in each of two ranks."""
    rows = [(unit, rank, count / 2) for unit, count in persons.items() for rank in RANKS]
    return pd.DataFrame(rows, columns=["unit", "rank", "persons"])


def told(evidence, **persons):
    frame = stock(**persons)
    units, place = register_units(frame, evidence.ladder)
    return units, dict(zip(frame["unit"], place, strict=True))


@pytest.fixture(scope="module")
def evidence(study):
    return study.evidence


def test_large_units_have_their_names_and_the_others_are_one(evidence):
    units, place = told(evidence, East=30, West=40, Archive=6, Garage=4)
    assert [unit.name_en for unit in units.units] == ["East", "West", "Other units"]
    assert units.units[2].name_zh == "其他单位"
    assert place == {"East": 0, "West": 1, "Archive": 2, "Garage": 2}
    assert units.units[2].weights["section-chief"] == 5
    assert units.provenance == "register"


def test_what_is_left_over_is_never_a_few_persons(evidence):
    """Four of the garage would stand alone as the others: the smallest of the large ones joins them."""
    units, place = told(evidence, East=30, West=40, Archive=12, Garage=4)
    assert [unit.name_en for unit in units.units] == ["East", "West", "Other units"]
    assert place["Archive"] == place["Garage"] == 2


def test_one_unit_or_a_few_persons_beside_it_are_no_units(evidence):
    assert told(evidence, East=30)[0] is None
    units, place = told(evidence, East=30, Garage=4)
    assert units is None
    assert set(place.values()) == {0}


def test_of_very_many_the_largest_are_told_apart(evidence):
    units, place = told(evidence, **{f"Unit{number:02d}": 20 + 2 * number for number in range(40)})
    assert len(units.units) == LARGEST_UNITS + 1
    assert place["Unit39"] == LARGEST_UNITS - 1
    assert place["Unit00"] == LARGEST_UNITS


def test_a_name_of_any_kind_is_a_name(evidence):
    names = {"=1+1": 20, "<script>x</script>": 20, "长" * 90: 20, "长" * 89 + "短": 20}
    units, _ = told(evidence, **names)
    found = [unit.name_en for unit in units.units]
    assert len(set(found)) == 4
    assert max(map(len, found)) <= 60
    assert {"=1+1", "<script>x</script>"} < set(found)


def test_a_level_that_nobody_is_in_is_nobodys_more_than_anothers(evidence):
    units, _ = told(evidence, East=30, West=40)
    assert [unit.weights["county-deputy"] for unit in units.units] == [1.0, 1.0]
    np.testing.assert_allclose(units.shares(evidence.ladder).sum(0), 1)


def test_every_unit_has_its_own_people_and_together_they_are_the_service(read, own):  # noqa: F811
    whole, parts = own.opening(), own.divided_opening()
    units = own.evidence.units
    assert parts.population.units == units.ids
    assert len(units.ids) > 2
    np.testing.assert_array_equal(parts.population.headcount.sum(0), whole.population.headcount[0])
    np.testing.assert_allclose(parts.posts.sum(0), whole.posts[0], rtol=1e-12)
    # A unit's people are those of the register, age by age, and not a share of everybody's.
    frame = read[2].stocks.query("year == 2017")
    held = frame.groupby(frame["unit"].astype(str))["persons"].sum()
    by_unit = parts.population.headcount.sum((1, 2, 3, 4, 5))
    named = [unit for unit in units.units if unit.name_en in held.index]
    assert [held[unit.name_en] for unit in named] == list(by_unit[: len(named)])
    ages = parts.population.headcount.sum((1, 2, 3, 5)) / by_unit[:, None]
    assert np.abs(ages[0] - ages[1]).max() > 1e-3


def test_units_of_a_register_have_probabilities(own):  # noqa: F811
    found = unit_outlook(in_units({0: own.opening()}), own.scenarios["status-quo"], 3, 20, 1)
    chances = unit_probabilities(found, (3,)).query("population == 'level'")
    assert set(chances["unit"]) == {*own.evidence.units.ids, CITY}
    assert chances["probability"].between(0, 1).all()
    assert chances["probability"].nunique() > 2
