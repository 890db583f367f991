"""Openings of whole persons: the survey exactly, the rest near the calibrated structure."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from cadre_research.evidence.targets import is_young
from cadre_research.findings.age_structure import young_and_all
from cadre_research.model.drawn_opening import drawn_opening
from cadre_research.model.random import Random

SURVEY = {"county-level": (113, 1614), "section-chief": (306, 6800)}
# Age lines of the two surveys, by the ranks that they cover.
SURVEYED_LINES = {"section-chief": 35, "county-deputy": 40, "county-principal": 40}
COUNT = 400
LEVEL = 1e-3


@pytest.fixture
def drawn(opening):
    return drawn_opening(opening, COUNT, Random(1))


def classes(opening):
    """(rank, which ages) whose number of persons is the same in every draw: the young and the others of each rank."""
    ages = opening.population.ages_years
    for place, rank in enumerate(opening.population.ladder.ranks):
        line = SURVEYED_LINES.get(rank.level)
        young = np.zeros(ages.shape, bool) if line is None else is_young(ages, line, opening.age_line)
        yield place, young
        yield place, ~young


def test_the_surveyed_counts_come_out_exactly_in_every_draw(opening, drawn):
    for name, (young, everybody) in SURVEY.items():
        counted = young_and_all(drawn, opening.evidence.target(name), "level", opening.age_line)
        np.testing.assert_array_equal(counted[0], np.full(COUNT, young))
        np.testing.assert_array_equal(counted[1], np.full(COUNT, everybody))


def test_persons_are_whole_and_stand_only_where_the_structure_has_some(opening, drawn):
    assert drawn.headcount.shape == (COUNT, *opening.population.headcount.shape)
    assert ((drawn.headcount >= 0) & (drawn.headcount == np.rint(drawn.headcount))).all()
    assert (drawn.headcount[:, opening.population.headcount == 0] == 0).all()


def test_totals_are_those_of_the_opening_to_the_nearest_person(opening, drawn):
    """Within a person for each class; a rank that no survey covers is one class."""
    expected, by_rank = opening.population.by_rank(), drawn.by_rank()
    for place, rank in enumerate(opening.population.ladder.ranks):
        most = 2 if rank.level in SURVEYED_LINES else 1
        assert (np.abs(by_rank[:, place] - expected[place]) < most).all(), rank.id


def test_each_class_has_a_whole_number_next_to_what_is_calibrated_by_lot(opening, drawn):
    """Rounded the same way in every draw, 300 principals would be 299 in all of them."""
    z = []
    for place, ages in classes(opening):
        expected = opening.population.by_rank_and_age()[place, ages].sum()
        persons = drawn.by_rank_and_age()[:, place, ages].sum(-1)
        assert (np.abs(persons - expected) < 1).all()
        rest = expected % 1
        if 0.02 < rest < 0.98:
            assert len(np.unique(persons)) == 2
            z.append((persons.mean() - expected) / np.sqrt(rest * (1 - rest) / COUNT))
    assert len(z) > 4
    assert np.abs(z).max() < stats.norm.isf(LEVEL / 2 / len(z))


def test_ranks_of_a_survey_are_right_on_average(opening, drawn):
    """The young and the others of a rank are rounded apart: neither lot may lean to one side."""
    off = drawn.by_rank().mean(0) - opening.population.by_rank()
    assert np.abs(off).max() < 4 * 0.71 / np.sqrt(COUNT)


def test_ages_sexes_and_years_in_rank_follow_the_calibrated_structure(opening, drawn):
    """Cell by cell, each class is a multinomial: |z| of the means of all cells and of groups of them, Bonferroni."""
    structure, z = opening.population.headcount, {"cell": [], "age": [], "sex": [], "years in rank": []}
    sums = {"cell": (), "age": (1, 2, 3, 5), "sex": (1, 3, 4, 5), "years in rank": (1, 2, 3, 4)}
    for place, ages in classes(opening):
        there = structure[..., place, ages, :]
        if there.sum() == 0:
            continue
        samples = drawn.headcount[..., place, ages, :]
        # Rounding by lot adds nothing to the spread of shares within a class.
        persons = samples.sum((1, 2, 3, 4, 5)).mean()
        for name, axes in sums.items():
            share = (there / there.sum()).sum(tuple(axis - 1 for axis in axes))
            mean, means = persons * share, samples.sum(axes).mean(0)
            # Fewer than 20 in all draws together are far from normal; a sure thing has no spread.
            tested = (COUNT * mean >= 20) & (share < 1 - 1e-9)
            error = np.sqrt((mean * (1 - share))[tested] / COUNT)
            z[name] += ((means - mean)[tested] / error).tolist()
    assert len(z["cell"]) > 1_000
    for name, values in z.items():
        # A mean of few is skewed: normal tails are allowed for a tenth more.
        assert np.abs(values).max() < 1.1 * stats.norm.isf(LEVEL / 2 / len(values)), name
    assert np.std(z["cell"]) == pytest.approx(1, abs=0.08)


def test_persons_fall_independently_so_cells_vary_as_a_multinomial_does(opening, drawn):
    """Variance over draws of the number at each age of section deputies, all of one class."""
    place = opening.population.ladder.index("section-deputy")
    share = opening.population.by_rank_and_age()[place] / opening.population.by_rank()[place]
    persons = drawn.by_rank()[0, place]
    assert (drawn.by_rank()[:, place] == persons).all()
    samples = drawn.by_rank_and_age()[:, place, :][:, persons * share > 5]
    share = share[persons * share > 5]
    assert len(share) > 20
    exact = persons * share * (1 - share)
    statistic = ((samples - persons * share) ** 2).sum(0) / exact
    p = 2 * np.minimum(stats.chi2.sf(statistic, COUNT), stats.chi2.cdf(statistic, COUNT))
    assert p.min() > LEVEL / len(share)


def test_the_same_stream_draws_the_same_persons_and_another_block_others(opening):
    again, other = (drawn_opening(opening, 3, Random(1, (block,))).headcount for block in (0, 1))
    np.testing.assert_array_equal(again, drawn_opening(opening, 3, Random(1)).headcount)
    assert (again != other).any()
    assert (again[0] != again[1]).any()


def test_the_calibrated_opening_is_left_as_it_is(opening):
    before = opening.population.headcount.copy()
    drawn_opening(opening, 2, Random(1))
    np.testing.assert_array_equal(opening.population.headcount, before)


def test_an_opening_of_whole_cells_with_one_cell_a_class_is_drawn_as_it_is(opening):
    """Staff all of 30, section deputies all of 40; nobody else."""
    headcount = np.zeros(opening.population.headcount.shape)
    headcount[0, 0, 0, 0, 8, 3], headcount[0, 1, 0, 2, 18, 5] = 70, 11
    narrow = replace(opening, population=replace(opening.population, headcount=headcount))
    drawn = drawn_opening(narrow, 5, Random(1))
    np.testing.assert_array_equal(drawn.headcount, np.repeat(headcount[None], 5, 0))
    assert drawn.ladder is opening.population.ladder
    assert drawn.units == opening.population.units
