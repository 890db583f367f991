"""A workforce as headcounts on named axes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import InputError, UnknownNameError
from cadre_research.model.population import AXES, Population, empty_population


def test_a_population_goes_to_a_frame_and_back(opening):
    frame = opening.population.to_frame()
    assert list(frame.columns) == [*AXES, "headcount"]
    assert (frame["headcount"] != 0).all()
    back = Population.from_frame(frame.sample(frac=1, random_state=1), opening.population.ladder)
    np.testing.assert_array_equal(back.headcount, opening.population.headcount)


def test_units_and_statuses_go_there_and_back_too(make_ladder):
    ladder = make_ladder()
    axes = {"units": ("north", "south"), "statuses": ("reserve", "other")}
    population = empty_population(ladder, **axes)
    rng = np.random.default_rng(1)
    headcount = rng.integers(0, 3, population.headcount.shape).astype(float)
    population = replace(population, headcount=headcount)
    back = Population.from_frame(population.to_frame(), ladder, **axes)
    np.testing.assert_array_equal(back.headcount, headcount)


def test_axes_of_length_one_may_be_left_out_and_rows_of_one_cell_add_up(make_ladder):
    ladder = make_ladder()
    frame = pd.DataFrame(
        {
            "rank": ["clerk", "clerk", "officer"],
            "age_years": [30, 30, 60],
            "years_in_rank": [0, 0, 10],
            "headcount": [1, 2, 4],
        }
    )
    population = Population.from_frame(frame, ladder)
    assert population.by_rank().tolist() == [3, 0, 4]
    assert float(population.total()) == 7
    assert population.by_rank_and_age()[0, 0] == 3
    assert population.by_rank_and_age()[2, -1] == 4


def test_counts_keep_leading_axes(make_ladder):
    population = empty_population(make_ladder(), lead=(2, 3))
    population.headcount[1, 2, 0, 0, 0, 2, 5, 1] = 9
    assert population.by_rank().shape == (2, 3, 3)
    assert population.by_rank()[1, 2].tolist() == [0, 0, 9]
    assert population.total()[1, 2] == 9
    assert population.by_rank_and_age()[1, 2, 2, 5] == 9


def test_ages_and_labels_come_from_the_ladder(study):
    population = study.opening().population
    assert population.ages_years.tolist() == list(range(22, 63))
    assert population.labels["group"] == ["men", "women"]
    assert population.labels["years_in_rank"] == list(range(11))
    assert list(population.labels) == list(AXES)


def test_a_headcount_of_the_wrong_shape_is_refused(make_ladder):
    ladder = make_ladder()
    with pytest.raises(InputError, match=r"headcount: given shape \(1, 1, 3, 31, 11\), expected"):
        Population(np.zeros((1, 1, 3, 31, 11)), ladder)


def test_a_frame_of_several_scenarios_at_once_is_refused(make_ladder):
    with pytest.raises(InputError, match=r"to_frame: given leading axes \(4,\), expected none"):
        empty_population(make_ladder(), lead=(4,)).to_frame()


ROW = {"rank": ["clerk"], "age_years": [30], "years_in_rank": [0], "headcount": [1.0]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rank": ["clark"]}, "rank 'clark' is not known. Did you mean clerk"),
        ({"age_years": [29]}, "age_years '29' is not known"),
        ({"age_years": [61]}, "age_years '61' is not known"),
        ({"years_in_rank": [11]}, "years_in_rank '11' is not known"),
    ],
)
def test_a_label_that_is_not_on_its_axis_is_refused(make_ladder, change, message):
    with pytest.raises(InputError) as refused:
        Population.from_frame(pd.DataFrame({**ROW, **change}), make_ladder())
    assert message in str(refused.value)
    assert isinstance(refused.value, UnknownNameError)


@pytest.mark.parametrize("headcount", [-1.0, np.nan, np.inf])
def test_a_headcount_that_is_no_number_of_persons_is_refused(make_ladder, headcount):
    frame = pd.DataFrame({**ROW, "headcount": [headcount]})
    with pytest.raises(InputError, match="frame: column headcount: expected numbers of at least 0"):
        Population.from_frame(frame, make_ladder())


@pytest.mark.parametrize("column", ["rank", "age_years", "headcount"])
def test_a_missing_column_is_named(make_ladder, column):
    frame = pd.DataFrame(ROW).drop(columns=column)
    with pytest.raises(InputError, match=f"frame: column '{column}' is missing. Expected columns: unit, group"):
        Population.from_frame(frame, make_ladder())


def test_a_frame_of_nobody_is_an_empty_population(make_ladder):
    frame = pd.DataFrame({key: pd.Series(values).iloc[:0] for key, values in ROW.items()})
    assert float(Population.from_frame(frame, make_ladder()).total()) == 0
