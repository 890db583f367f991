"""Panels: what is read from the two files, what is refused and why, and books that balance."""

import dataclasses
import io

import numpy as np
import pandas as pd
import panels
import pytest

from cadre_research.errors import EvidenceError, UnknownNameError
from cadre_research.evidence.panel import panel_in, read_panel
from cadre_research.findings.panel_replay import replay

STOCKS = """\
year,rank,age_years,headcount
2001,Clerk,30,10
2001,Clerk,31,5
2001,Chief,50,1
2002,Clerk,31,7
2002,Clerk,32,3
2002,Clerk,25,4
2002,Chief,32,1
2002,Chief,51,1
"""
# Of the ten clerks of 30 two exit and one moves up; of the five of 31 one exits, one moves to Chief; four of 24 enter.
FLOWS = """\
year,kind,from_rank,to_rank,age_years,headcount
2001,stay,Clerk,Clerk,30,7
2001,exit,Clerk,,30,3
2001,stay,Clerk,,31,3
2001,exit,Clerk,,31,1
2001,move,Clerk,Chief,31,1
2001,entry,,Clerk,24,4
2001,stay,Chief,Chief,50,1
"""


@pytest.fixture
def files(tmp_path):
    def write(stocks=STOCKS, flows=FLOWS):
        paths = tmp_path / "stocks.csv", tmp_path / "flows.csv"
        for path, text in zip(paths, (stocks, flows), strict=True):
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return paths

    return write


def test_a_panel_is_read_by_hand(files):
    panel = read_panel(*files())
    assert panel.ranks == ("Clerk", "Chief")
    assert panel.sexes == ("all",)
    assert panel.years == (2001, 2002)
    assert (panel.ages_years[0], panel.ages_years[-1]) == (24, 52)
    assert panel.notes == ()
    flows = panel.flows[2001]
    assert flows.moves[0, 1, 31 - 24] == 1
    assert flows.moves[0, 0].sum() == 10
    assert flows.exits.sum() == 4
    assert flows.entries[0, 0] == 4
    assert (flows.closing == panel.stocks[2002]).all()


def test_a_panel_is_read_from_its_folder(files, tmp_path):
    read = [read_panel(*files()), panel_in(tmp_path)]
    assert read[0].ranks == read[1].ranks
    assert (read[0].stocks[2001] == read[1].stocks[2001]).all()


def test_what_is_known_at_an_origin_leaves_out_what_follows(files):
    panel = read_panel(*files())
    assert set(panel.until(2001).stocks) == {2001}
    assert not panel.until(2001).flows
    assert set(panel.until(2002).flows) == {2001}


def test_sex_is_kept_where_both_files_tell_it_and_added_up_otherwise(files):
    def told(text, sexes):
        rows = text.splitlines()
        return "\n".join([rows[0] + ",sex", *(f"{row},{sexes}" for row in rows[1:])])

    both = read_panel(
        *files(told(STOCKS, "w") + "\n2001,Clerk,30,2,m\n", told(FLOWS, "w") + "\n2001,exit,Clerk,,30,2,m\n")
    )
    assert both.sexes == ("m", "w")
    assert both.strata == ("Clerk, m", "Clerk, w", "Chief, m", "Chief, w")
    assert both.by_rank(both.stocks[2001]).sum(-1).tolist() == [17, 1]
    one = read_panel(*files(stocks=told(STOCKS, "w")))
    assert one.sexes == ("all",)
    assert one.notes == ("sex is added up: only stocks.csv tells it",)
    assert not replay(both)["difference"].any()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "stocks",
            "headcount",
            "persons",
            r"stocks\.csv, line 1: column headcount is missing\. Expected columns: year",
        ),
        ("stocks", "year,rank", "year,rank,rank", r"line 1: column 'rank' stands more than once"),
        ("stocks", "2001,Clerk,31,5", "2001,Clerk,31", r"line 3: 3 cells given, 4 expected as in the header"),
        ("stocks", "2001,Clerk,31,5", "2001,Clerk,31,5.5", r"line 3, column headcount: is not a whole number"),
        ("stocks", "2001,Clerk,31,5", "2001,Clerk,31,", r"line 3, column headcount: is empty, expected a whole number"),
        ("stocks", "2001,Clerk,31,5", "2001,Clerk,31,-5", r"line 3, column headcount: is not a whole number"),
        ("stocks", "2001,Clerk,31,5", "2001,Clerk,31.5,5", r"line 3, column age_years: .*from 0 to 120"),
        ("stocks", "2001,Clerk,31,5", "2001,Clerk,131,5", r"line 3, column age_years: is out of range"),
        ("stocks", "2001,Clerk,31,5", "01,Clerk,31,5", r"line 3, column year: is out of range, expected a year"),
        ("stocks", "2001,Clerk,31,5", "2001,,31,5", r"line 3, column rank: is empty"),
        ("stocks", "2001,Clerk,31,5", "2001,All,31,5", r'line 3, column rank: is "all", which is kept'),
        ("stocks", "2001,Clerk,31,5", "2001,Clerk,30,5", r"line 3: the same year, rank, age_years as in line 2"),
        (
            "flows",
            "exit,Clerk,,30",
            "exits,Clerk,,30",
            r"flows\.csv, line 3, column kind: is 'exits'\. Did you mean exit",
        ),
        ("flows", "move,Clerk,Chief", "move,Clerk,Boss", r"line 6, column to_rank: \(kind move\) names no rank"),
        ("flows", "move,Clerk,Chief", "move,,Chief", r"line 6, column from_rank: \(kind move\) names no rank"),
        ("flows", "exit,Clerk,,30", "exit,Clerk,Chief,30", r"line 3, column to_rank: .*who exits leaves the service"),
        ("flows", "entry,,Clerk", "entry,Chief,Clerk", r"line 7, column from_rank: .*entries come from outside"),
        ("flows", "stay,Clerk,Clerk", "stay,Clerk,Chief", r"line 2, column to_rank: .*expected kind move"),
        ("flows", "year,kind", '"year,kind', r"flows\.csv, line \d+: not valid CSV"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_column(files, file, old, new, said):
    texts = {"stocks": STOCKS, "flows": FLOWS}
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    with pytest.raises(EvidenceError, match=said):
        read_panel(*files(**texts))


def test_every_fault_is_listed_up_to_twenty(files):
    rows = "".join(f"2001,Clerk,{age},x\n" for age in range(32, 60))
    with pytest.raises(EvidenceError, match=r"line 29, column headcount.*\n.*stocks.csv: 8 more\.$") as fault:
        read_panel(*files(stocks=STOCKS + rows))
    assert str(fault.value).count("\n") == 20


@pytest.mark.parametrize(
    ("stocks", "said"),
    [
        (b"year,rank,age_years,headcount\n", "no rows given"),
        (b"", "line 1: column year is missing"),
        ("year,rank,age_years,headcount\n2001,主任,30,1\n".encode("gb18030"), "line 2: not UTF-8"),
    ],
)
def test_an_empty_or_wrongly_encoded_file_is_refused(files, stocks, said):
    with pytest.raises(EvidenceError, match=said):
        read_panel(*files(stocks=stocks))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(EvidenceError, match=r"nowhere\.csv: cannot be read"):
        read_panel(tmp_path / "nowhere.csv", tmp_path / "flows.csv")


def test_odd_but_valid_files_are_read(files):
    stocks = "\ufeffheadcount , year,rank,age_years,remark\r\n" + "\r\n".join(
        f'{n}.0,{year},"{rank}",{age},"a\nb"' for year, rank, age, n in (r.split(",") for r in STOCKS.split()[1:])
    )
    flows = FLOWS.replace("entry,,Clerk", "Entry,outside,Clerk").replace("exit,Clerk,,30", "EXIT,Clerk,NA,30")
    panel = read_panel(*files(stocks, flows + "\n"))
    assert panel.notes == ("stocks.csv: columns not used: remark",)
    assert not replay(panel)["difference"].any()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "2001,exit,Clerk,,30,3",
            "2001,exit,Clerk,,30,2",
            r"Flows of 2001, rank Clerk, age 30 in the stock of 2001: stay, move and exit come to 9, the stock is 10, "
            r"difference -1\.",
        ),
        (
            "2001,entry,,Clerk,24,4",
            "2001,entry,,Chief,24,4",
            r"Flows of 2001, rank Clerk, age 25 in the stock of 2002: stay, move and entry come to 0, the stock is 4, "
            r"difference -4\.",
        ),
    ],
)
def test_books_that_do_not_balance_are_refused_with_year_rank_age_and_difference(files, old, new, said):
    with pytest.raises(EvidenceError, match=said):
        read_panel(*files(flows=FLOWS.replace(old, new)))


def shifted(**columns):
    """The flows with so much added to a column, of a kind if it is named so: entry_age_years."""
    frame = pd.read_csv(io.StringIO(FLOWS))
    for column, by in columns.items():
        rows = frame["kind"] == "entry" if column.startswith("entry_") else slice(None)
        frame.loc[rows, column.removeprefix("entry_")] += by
    return frame.to_csv(index=False)


@pytest.mark.parametrize(
    ("flows", "said"),
    [
        (shifted(entry_age_years=1), "They fit if the ages of entries are those at the close of the year"),
        (shifted(age_years=1), "They fit if the ages of all flows are those at the close of the year"),
        (shifted(year=1), "They fit if flows are named by the year at whose close they end"),
        (shifted(age_years=2), "Correct the cells named, or leave out the flows of these years"),
    ],
)
def test_books_that_would_balance_if_read_otherwise_say_so(files, flows, said):
    with pytest.raises(EvidenceError, match=said):
        read_panel(*files(STOCKS + "2003,Clerk,40,1\n", flows))


@pytest.mark.parametrize("oldest", ["31", "31+", "31 +"])
def test_an_oldest_age_that_holds_all_older_ones_is_told_by_the_books(files, oldest):
    """Five of 31 and over and four of the ten of 30 stay; one of 35 enters and is counted there too."""
    stocks = ["year,rank,age_years,headcount", "2001,A,30,10", f"2001,A,{oldest},5", f"2002,A,{oldest},10"]
    flows = ["year,kind,from_rank,to_rank,age_years,headcount", "2001,stay,A,A,30,4", "2001,exit,A,,30,6"]
    flows += [f"2001,stay,A,A,{oldest},5", f"2001,entry,,A,{oldest},1"]
    panel = read_panel(*files("\n".join(stocks), "\n".join(flows)))
    assert panel.ages_years.tolist() == [30, 31]
    assert panel.notes == ("age 31 is read as 31 and over: the books balance only so",)
    assert replay(panel)["replayed"].tolist() == [10]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_marks_between_cells_and_capitals_in_the_header_are_read(files, mark):
    told = [
        text.replace(",", mark).replace("year", "Year").replace("headcount", "Headcount") for text in (STOCKS, FLOWS)
    ]
    assert not replay(read_panel(*files(*told)))["difference"].any()


def test_sexes_named_otherwise_in_the_two_files_are_refused(files):
    told = [
        "\n".join([row + f",{'sex' if place == 0 else sex}" for place, row in enumerate(text.splitlines())])
        for text, sex in ((STOCKS, "f"), (FLOWS, "female"))
    ]
    with pytest.raises(EvidenceError, match=r"flows\.csv, column sex: given \['female'\], expected as in stocks"):
        read_panel(*files(*told))


def test_a_ladder_gives_the_order_and_knows_every_rank(files, make_ladder):
    name = {"name_zh": "-"}
    ladder = make_ladder(
        ranks=(
            {"id": "chief", "name_en": "Chief", "level": "a", **name},
            {"id": "b", "name_en": "Clerk", "level": "b", **name},
        ),
        promotions=(),
    )
    assert read_panel(*files(), ladder).ranks == ("Chief", "Clerk")
    with pytest.raises(UnknownNameError, match=r"rank of the stocks 'Clerk' is not known\. Did you mean clerk"):
        read_panel(*files(), make_ladder())


def test_missing_years_are_noted_and_not_replayed(tmp_path):
    stocks, flows = panels.simulated(range(2000, 2012), size=300)
    without = read_panel(*panels.written(tmp_path, stocks[stocks["year"] != 2004], flows[flows["year"] != 2008]))
    assert without.notes == (
        "flows of 2003 are left out: no stock of 2004",
        "flows of 2004 are left out: no stock of 2004",
        "no flows of 2008: nothing is learnt from the change of its stock",
        "no stock of 2004",
    )
    replayed = replay(without)
    assert set(replayed["year"]) == {2001, 2002, 2003, 2006, 2007, 2008, 2010, 2011}
    assert (replayed["difference"] == 0).all()


@pytest.mark.parametrize("size", [25, 60, 4000])
@pytest.mark.parametrize("posts", [False, True])
def test_replaying_its_own_flows_reproduces_a_panel_exactly(tmp_path, size, posts):
    """Jumps, demotions, lateral entry and, in the smallest, almost every cell a single person."""
    stocks, flows = panels.simulated(size=size, posts=posts, demotions=0.03, shock=0.3, seed=size)
    panel = read_panel(*panels.written(tmp_path, stocks, flows))
    moved = flows[flows["kind"] == "move"]
    up = moved["to_rank"].map(panels.RANKS.index) - moved["from_rank"].map(panels.RANKS.index)
    assert (up < 0).any()
    assert (up > 1).any() or size < 100
    assert flows.loc[flows["kind"] == "entry", "to_rank"].nunique() == 2
    replayed = replay(panel)
    assert replayed["headcount"].sum() == stocks.loc[stocks["year"] > 2000, "headcount"].sum()
    assert (replayed["difference"] == 0).all()


def test_a_replay_shows_a_stock_that_its_flows_do_not_lead_to(files):
    """Regression of the check itself: a panel altered after it was read is not reproduced."""
    panel = read_panel(*files())
    altered = {year: stock.copy() for year, stock in panel.stocks.items()}
    altered[2002][1, 51 - 24] += 1
    replayed = replay(dataclasses.replace(panel, stocks=altered))
    wrong = replayed[replayed["difference"] != 0]
    assert wrong[["year", "stratum", "age_years", "difference"]].to_numpy().tolist() == [[2002, "Chief", 51, -1]]


def test_nothing_to_replay_is_an_empty_frame(files):
    panel = dataclasses.replace(read_panel(*files()), flows={})
    assert replay(panel).empty


def test_simulated_panels_are_their_seeds(tmp_path):
    first, second = (panels.simulated(range(2000, 2004), size=50, seed=4) for _ in range(2))
    assert pd.concat(first).equals(pd.concat(second))
    assert np.unique(first[0]["year"]).tolist() == [2000, 2001, 2002, 2003]
