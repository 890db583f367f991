"""Reading a plan; running one is among the worked examples."""

import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import InputError, UnknownNameError
from cadre_research.model.plan import Plan
from cadre_research.model.population import empty_population

ENTRY = {"rank": "clerk", "youngest_age_years": 30, "most_common_age_years": 32, "oldest_age_years": 33}
ROW = {
    "year": 2018,
    "flow": "promotion",
    "from_rank": "clerk",
    "to_rank": "officer",
    "age_years": 35,
    "years_in_rank": 4,
    "headcount": 2.5,
}


@pytest.fixture
def read(make_ladder):
    like = empty_population(make_ladder(entry=ENTRY))
    return lambda *rows: Plan.from_frame(pd.DataFrame([{**ROW, **row} for row in rows]), like)


def test_a_plan_puts_each_row_in_its_cell_and_adds_up_repeats(read):
    plan = read({}, {"headcount": 1}, {"age_years": 36}, {"year": 2019})
    asked = plan.taken(2018, "promotion", 0, 2)
    assert asked.shape == (1, 1, 1, 31, 11)
    assert asked[0, 0, 0, 5, 4] == 3.5
    assert asked[0, 0, 0, 6, 4] == 2.5
    assert asked.sum() == 6
    assert plan.taken(2019, "promotion", 0, 2).sum() == 2.5


def test_a_plan_moves_nobody_where_it_says_nothing(read):
    plan = read({})
    assert plan.taken(2020, "promotion", 0, 2) is None
    assert plan.taken(2018, "release", 2, 1) is None


def test_recruits_need_neither_a_rank_left_nor_years_in_rank(read):
    row = {"flow": "recruitment", "from_rank": None, "to_rank": "clerk", "years_in_rank": None, "headcount": 7}
    assert read(row).taken(2018, "recruitment", None, 0)[0, 0, 0, 5, 0] == 7


def test_groups_are_told_apart(make_ladder):
    names = {"name_en": "-", "name_zh": "-", "sex": "any"}
    like = empty_population(make_ladder(groups=({"id": "a", **names}, {"id": "b", **names, "share_of_entry": 0.5})))
    plan = Plan.from_frame(pd.DataFrame([{**ROW, "group": "b"}]), like)
    np.testing.assert_array_equal(plan.taken(2018, "promotion", 0, 2).sum((0, 2, 3, 4)), [0, 2.5])
    with pytest.raises(UnknownNameError, match=r"group 'c' is not known. Valid: a, b"):
        Plan.from_frame(pd.DataFrame([{**ROW, "group": "c"}]), like)


@pytest.mark.parametrize("column", ["year", "flow", "from_rank", "to_rank", "age_years", "headcount"])
def test_a_missing_column_is_named(make_ladder, column):
    with pytest.raises(InputError, match=f"plan: column '{column}' is missing. Expected columns: year, flow"):
        Plan.from_frame(pd.DataFrame([ROW]).drop(columns=column), empty_population(make_ladder()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flow": "promote"}, "flow 'promote' is not known. Did you mean promotion"),
        ({"from_rank": "clark"}, "rank 'clark' is not known. Did you mean clerk"),
        ({"to_rank": "oficer"}, "rank 'oficer' is not known. Did you mean officer"),
        ({"age_years": 29}, "age_years '29' is not known"),
        ({"years_in_rank": 12}, "years_in_rank '12' is not known"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(read, change, message):
    with pytest.raises(UnknownNameError, match=message):
        read(change)


@pytest.mark.parametrize(
    "change",
    [
        {"from_rank": "officer", "to_rank": "clerk"},
        {"flow": "release", "from_rank": "clerk", "to_rank": "officer-no-post"},
        {"flow": "release", "from_rank": "officer", "to_rank": "clerk"},
        {"flow": "recruitment", "from_rank": None, "to_rank": "officer"},
    ],
    ids=["promotion down", "release from a rank without", "release to another rank", "recruits at the top"],
)
def test_a_way_that_the_ladder_does_not_have_is_refused_and_not_passed_over(read, change):
    with pytest.raises(InputError, match=r"plan, year 2018: the ladder has no (promotion|release|recruitment) from"):
        read(change)


@pytest.mark.parametrize("headcount", [-0.1, float("nan"), float("inf")])
def test_a_headcount_that_is_no_number_of_persons_is_refused(read, headcount):
    with pytest.raises(InputError, match="plan: column headcount: expected numbers of at least 0"):
        read({"headcount": headcount})
