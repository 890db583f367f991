"""Person-years worked by hand, and the books of large made-up registers."""

import sys
import time
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from registers import HEADER, ROWS, csv_bytes

from cadre_research.errors import InputError
from cadre_research.evidence.person_years import person_years
from cadre_research.evidence.register import read_register

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.register import AS_OF, made_up


@pytest.fixture
def count(tmp_path, study):
    """Person-years of rows on the shipped ladder, leavers recorded from 2007."""

    def counted(rows, as_of=date(2010, 12, 31), ladder=study.evidence.ladder, **how):
        path = tmp_path / "r.csv"
        path.write_bytes(csv_bytes(rows))
        return person_years(read_register(path, ladder, as_of, **{"observed_from_year": 2007, **how}), ladder)

    return counted


def rows_of(frame):
    return [tuple(row) for row in frame.astype(object).itertuples(index=False, name=None)]


def spells(*changes):
    """One man of the North, born in May 1970, in order: (rank, start, end, reason)."""
    return [("SYN-1", "1970-05", "male", "North", *change) for change in changes]


def test_by_hand(count):
    """ROWS from 2007 to 2010.

    SYN-1 (1970): section deputy since 2003, so 36 and 3 years at the end of 2006; promoted in June 2010 into the South.
    SYN-2 (1952): 54 and 8 years at the end of 2006; retires in December 2007.
    SYN-3 (1985): joins as staff in September 2008, at 23.
    """
    counted = count(ROWS)
    assert (counted.first_year, counted.last_year) == (2007, 2010)
    assert sorted(rows_of(counted.transitions)) == [
        (2007, "North", "section-deputy", "men", 36, 3, "stay", "", "North", 1),
        (2007, "South", "section-chief", "women", 54, 8, "retired", "", "", 1),
        (2008, "North", "section-deputy", "men", 37, 4, "stay", "", "North", 1),
        (2009, "North", "section-deputy", "men", 38, 5, "stay", "", "North", 1),
        (2009, "North", "staff", "women", 23, 0, "stay", "", "North", 1),
        (2010, "North", "section-deputy", "men", 39, 6, "promotion", "section-chief", "South", 1),
        (2010, "North", "staff", "women", 24, 1, "stay", "", "North", 1),
    ]
    assert rows_of(counted.entries) == [(2008, "North", "staff", "women", 23, "recruitment", 1)]
    assert rows_of(counted.stocks[counted.stocks["year"] == 2010]) == [
        (2010, "North", "staff", "women", 25, 2, 1),
        (2010, "South", "section-chief", "men", 40, 0, 1),
    ]


def test_the_last_year_is_complete(count):
    counted = count([ROWS[4]], date(2010, 12, 30))
    assert (counted.first_year, counted.last_year) == (2007, 2009)
    assert counted.stocks["year"].max() == 2009


def test_leavers_of_earlier_years_are_missing_so_these_years_are_not_used(count):
    """The only way out is in 2007, so 2007 is the first year, with the stock before it."""
    counted = count(ROWS, observed_from_year=None)
    assert counted.first_year == 2007
    assert counted.stocks["year"].min() == 2006


def test_two_moves_within_a_year_count_once_and_by_where_they_led(count):
    """Staff to section chief within 2008: no promotion of the ladder file, so a move."""
    counted = count(
        spells(
            ("staff", "2000-01-01", "2008-02-01", "promoted"),
            ("section-deputy", "2008-02-01", "2008-11-01", "promoted"),
            ("section-chief", "2008-11-01", "", ""),
        )
    )
    flows = counted.transitions[counted.transitions["year"] == 2008]
    assert rows_of(flows) == [(2008, "North", "staff", "men", 37, 7, "move", "section-chief", "North", 1)]


def test_back_in_the_same_rank_at_the_end_of_the_year_is_a_stay(count):
    counted = count(
        spells(
            ("staff", "2005-01-01", "2008-02-01", "promoted"),
            ("section-deputy", "2008-02-01", "2008-11-01", "moved"),
            ("staff", "2008-11-01", "", ""),
        )
    )
    flows = counted.transitions[counted.transitions["year"].isin([2008, 2009])]
    assert flows["outcome"].astype(str).tolist() == ["stay", "stay"]
    assert flows["years_in_rank"].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("source", "into", "outcome"),
    [
        ("section-chief", "county-deputy", "promotion"),
        ("section-chief", "section-chief-no-post", "step-aside"),
        ("section-chief", "section-deputy-no-post", "demotion"),
        ("section-chief", "staff", "move"),
    ],
)
def test_outcomes_are_those_of_the_ladder_whatever_the_reason_says(source, into, outcome, count):
    counted = count(spells((source, "2001-03-01", "2009-03-01", "moved"), (into, "2009-03-31", "", "")))
    flows = counted.transitions[counted.transitions["year"] == 2009]
    assert rows_of(flows) == [(2009, "North", source, "men", 38, 7, outcome, into, "North", 1)]


@pytest.mark.parametrize("reason", ["retired", "retired-early", "resigned", "died", "removed", "other"])
def test_ways_out(reason, count):
    """Out on 31 December 2008 is out in 2008; years in rank are capped at the ladder's ten."""
    counted = count(spells(("staff", "1992-01-01", "2008-12-31", reason)))
    flows = counted.transitions[counted.transitions["year"] == 2008]
    assert rows_of(flows) == [(2008, "North", "staff", "men", 37, 10, reason, "", "", 1)]
    assert counted.stock(2008).empty


def test_out_after_a_promotion_of_the_same_year_is_told_of_the_rank_at_the_opening(count):
    counted = count(
        spells(
            ("staff", "2000-01-01", "2008-02-01", "promoted"), ("section-deputy", "2008-02-01", "2008-11-01", "died")
        )
    )
    flows = counted.transitions[counted.transitions["year"] == 2008]
    assert rows_of(flows) == [(2008, "North", "staff", "men", 37, 7, "died", "", "", 1)]


def test_a_gap_over_the_end_of_the_year_loses_nobody(count):
    """Ended on 31 December 2008, the next begins on 20 January: still there at the end of 2008, promoted in 2009."""
    counted = count(spells(("staff", "2000-01-01", "2008-12-31", "promoted"), ("section-deputy", "2009-01-20", "", "")))
    assert counted.transitions["outcome"].astype(str).tolist() == ["stay", "stay", "promotion", "stay"]
    assert counted.entries.empty


def test_years_in_rank_go_on_in_another_unit(count):
    rows = spells(("staff", "2004-06-01", "2009-03-01", "moved"), ("staff", "2009-03-01", "", ""))
    rows[1] = (*rows[1][:3], "South", *rows[1][4:])
    counted = count(rows)
    flows = counted.transitions[counted.transitions["year"] >= 2009]
    assert rows_of(flows) == [
        (2009, "North", "staff", "men", 38, 4, "stay", "", "South", 1),
        (2010, "South", "staff", "men", 39, 5, "stay", "", "South", 1),
    ]


def test_who_joins_above_the_rank_of_entry_joins_laterally(count):
    counted = count(spells(("section-chief", "2009-05-01", "", "")))
    assert rows_of(counted.entries) == [(2009, "North", "section-chief", "men", 39, "lateral", 1)]


def test_who_joined_and_left_within_a_year_was_never_there(count):
    counted = count(spells(("staff", "2009-02-01", "2009-11-01", "resigned")))
    assert counted.transitions.empty
    assert counted.entries.empty
    assert counted.stocks.empty


def test_no_complete_year(count):
    with pytest.raises(InputError, match="recorded from 2010 and the last complete calendar year is 2009; expected at"):
        count([ROWS[4]], date(2010, 6, 30), observed_from_year=2010)


def test_a_sex_without_a_group(count, study):
    ladder = study.evidence.ladder
    men = ladder.model_copy(update={"groups": ladder.groups[:1]})
    with pytest.raises(InputError, match="no group for sex 'female', which occurs in the register"):
        count(ROWS, ladder=men)


def test_a_group_of_any_sex_takes_everybody(count, ladder_file):
    rest = ("North", "constable", "2005-01-01", "", "")
    rows = [("SYN-1", "1980-05", "male", *rest), ("SYN-2", "1980-05", "female", *rest)]
    counted = count(rows, ladder=ladder_file("police"))
    assert counted.transitions["group"].astype(str).unique().tolist() == ["patrol"]
    assert counted.stock(2010).tolist() == [2]


def test_cells_and_persons_stand_in_no_message(count):
    assert repr(count(ROWS)) == "PersonYears(2007 to 2010)"


@pytest.fixture(scope="module")
def large(tmp_path_factory, study):
    """About 30,000 made-up persons, ten years."""
    frame = made_up(75_000)
    path = tmp_path_factory.mktemp("large") / "r.csv"
    frame.to_csv(path, index=False)
    return frame, read_register(path, study.evidence.ladder, AS_OF, observed_from_year=2008)


def test_flows_reproduce_stocks_exactly(large, study):
    frame, register = large
    counted = person_years(register, study.evidence.ladder)
    assert counted.last_year - counted.first_year == 9
    for year in range(counted.first_year, counted.last_year + 1):
        pd.testing.assert_series_equal(counted.stock(year), counted.replayed(year, 10))
    assert counted.stock(2017).sum() == (frame["end"] == "").sum()
    opened = counted.transitions.groupby("year")["persons"].sum()
    closed = counted.stocks.groupby("year")["persons"].sum()
    assert opened.tolist() == closed.iloc[:-1].tolist()


def test_every_way_out_is_counted_once(large, study):
    """Each way out of 2008 to 2017 by somebody who stood there at the end of the year before."""
    frame, register = large
    counted = person_years(register, study.evidence.ladder)
    out = frame[(frame["reason"] != "promoted") & (frame["end"] >= "2008")]
    first = frame.groupby("id")["start"].min()
    out = out[out["id"].map(first).str[:4] < out["end"].str[:4]]
    told = (
        counted.transitions[counted.transitions["into_unit"] == ""].groupby("outcome", observed=True)["persons"].sum()
    )
    assert told.to_dict() == out["reason"].value_counts().to_dict()


def test_thirty_thousand_persons_take_about_a_second(large, study):
    before = time.perf_counter()
    person_years(large[1], study.evidence.ladder)
    assert time.perf_counter() - before < 5


def test_columns_are_those_of_the_register(large):
    assert tuple(large[0].columns) == HEADER
