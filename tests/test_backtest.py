"""The backtest: forecasts that use only what was known, better than persistence given the intake, scored by hand."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import panels
import pytest
import typer
from typer.testing import CliRunner

from cadre_research.errors import InputError, ParameterError, PublicationError
from cadre_research.evidence.panel import Panel, YearFlows, read_panel
from cadre_research.findings.backtest import BACKTEST_COLUMNS, Backtest, backtest
from cadre_research.findings.backtest_scores import backtest_scores
from cadre_research.findings.benchmark_forecasts import benchmark_members
from cadre_research.findings.panel_intake import Intake, intake_as_given, intake_for_posts, intake_of_recent_years
from cadre_research.findings.panel_model import filled_ranks, project
from cadre_research.findings.panel_rates import Rates, estimate_rates
from cadre_research.reporting.backtest_tables import backtest_table, write_backtest

CELL = ["intake", "rank", "origin_year", "horizon_years"]
# Least part of cells in which the forecast given the true intake must beat persistence.
MUST_BEAT = 0.75


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    """A service of 20,000 whose intake swings by 60 % about its mean; rates swing by a tenth from year to year."""
    return read_panel(*panels.written(tmp_path_factory.mktemp("panel"), *panels.simulated(size=20000, shock=0.1)))


@pytest.fixture(scope="module")
def timed(panel):
    start = time.perf_counter()
    return backtest(panel, 40), time.perf_counter() - start


@pytest.fixture(scope="module")
def found(timed):
    return timed[0]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    stocks, flows = panels.simulated(range(2000, 2013), size=300, ranks=panels.RANKS[:3])
    return read_panel(*panels.written(tmp_path_factory.mktemp("small"), stocks, flows))


def test_the_columns_are_exactly_those_asked_for(found, tmp_path):
    write_backtest(found, backtest_scores(found), tmp_path)
    frame = pd.read_csv(tmp_path / "backtest.csv")
    assert tuple(frame.columns) == BACKTEST_COLUMNS
    assert ",".join(frame.columns) == (
        "method,intake,rank,young_line,origin_year,horizon_years,forecast_share,lower_80,upper_80,lower_95,upper_95,"
        "actual_share"
    )
    assert set(frame["method"]) == {"model", "persistence", "trend"}
    assert set(frame["intake"]) == {"recent", "posts", "given"}
    assert set(frame["rank"]) == {*panels.RANKS, "all"}
    assert set(frame["young_line"]) == {40}
    assert set(frame["horizon_years"]) == {5, 10}
    assert frame["origin_year"].min() == 2003
    assert not frame.duplicated(["method", *CELL]).any()
    of_each = frame.groupby("method").size()
    assert of_each.nunique() == 1


def test_shares_and_their_intervals_are_in_order(found):
    frame = found.frame
    there = frame[frame["lower_80"].notna()]
    assert frame.loc[frame["method"] == "model", "lower_80"].notna().all()
    ordered = there[["lower_95", "lower_80", "upper_80", "upper_95"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0).all()
    assert frame[["forecast_share", "actual_share"]].stack().between(0, 1).all()
    assert there[["lower_95", "upper_95"]].stack().between(0, 1).all()


def test_actual_shares_are_those_of_the_panel(panel, found):
    stock = panel.stocks[2013]
    young = panel.ages_years <= 40
    row = found.frame.query("method == 'model' and origin_year == 2008 and horizon_years == 5 and intake == 'given'")
    shares = row.set_index("rank")["actual_share"]
    assert shares["all"] == stock[:, young].sum() / stock.sum()
    assert shares["主任"] == stock[panel.ranks.index("主任"), young].sum() / stock[panel.ranks.index("主任")].sum()


def test_the_young_line_itself_counts_only_when_inclusive(small):
    shares = {
        age_line: backtest(small, 40, [5], age_line=age_line, members=10).frame.query("rank == 'all'")["actual_share"]
        for age_line in ("inclusive", "strict")
    }
    below = backtest(small, 39, [5], members=10).frame.query("rank == 'all'")["actual_share"]
    assert (shares["inclusive"] > shares["strict"]).all()
    assert shares["strict"].tolist() == below.tolist()


def test_given_the_true_intake_the_forecast_beats_persistence(found, record_property):
    """Cells are rank x origin x horizon, the whole workforce among the ranks; a tie is no win."""
    error = (found.frame["forecast_share"] - found.frame["actual_share"]).abs()
    wide = found.frame.assign(error=error).pivot_table(index=CELL, columns="method", values="error").loc["given"]
    better = (wide["model"] < wide["persistence"]).mean()
    record_property("part of cells that beat persistence", float(better))
    print(f"given the true intake: better than persistence in {better:.0%} of {len(wide)} cells")
    assert len(wide) == 6 * (18 + 13)
    assert better >= MUST_BEAT
    whole = wide.xs("all", level="rank")
    assert whole["model"].mean() < 0.005
    assert (whole["model"] < whole["persistence"]).mean() > 0.9


def test_intervals_of_the_forecast_given_the_intake_cover(found):
    given = found.frame.query("method == 'model' and intake == 'given'")
    assert len(given) == 6 * (18 + 13)
    assert 0.75 < given["actual_share"].between(given["lower_80"], given["upper_80"]).mean() < 0.97
    assert given["actual_share"].between(given["lower_95"], given["upper_95"]).mean() > 0.90


def test_intervals_of_a_rank_that_has_hardly_ever_a_young_person_hold_none(tmp_path):
    """Hardly anybody of 31 is chief; the expectation is a part of a person: the likeliest share, 0, must be within."""
    panel = read_panel(*panels.written(tmp_path, *panels.simulated(range(2000, 2016), size=1000, seed=3)))
    frame = backtest(panel, 31, [5], members=50).frame
    rare = frame.query("method == 'model' and intake == 'given' and forecast_share < 0.005")
    assert len(rare) > 10
    assert (rare["lower_80"] == 0).all()
    assert (rare["actual_share"].between(rare["lower_95"], rare["upper_95"])).mean() > 0.9
    there = frame[frame["lower_80"].notna()]
    assert there["forecast_share"].between(there["lower_80"], there["upper_80"]).all()


def test_results_are_those_of_the_seed(small):
    first, again, other = (backtest(small, 40, [5], members=20, seed=seed).frame for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["forecast_share"] == other["forecast_share"]).all()
    assert (first["lower_80"] != other["lower_80"]).any()


def test_a_forecast_knows_nothing_that_came_after_its_origin(small):
    """Whatever happens after 2005 but for the entries changes no forecast from 2003, 2004 or 2005."""
    later = {year: stock * (3 if year > 2005 else 1) for year, stock in small.stocks.items()}
    flows = {
        year: YearFlows(flow.moves * 3, flow.entries, flow.exits * 5) if year >= 2005 else flow
        for year, flow in small.flows.items()
    }
    altered = Panel(small.ranks, small.sexes, small.ages_years, later, flows)
    kept = ["forecast_share", "lower_80", "upper_80", "lower_95", "upper_95"]
    asked = [
        backtest(p, 40, [5], members=20).frame.query("origin_year <= 2005").set_index(["method", *CELL])[kept]
        for p in (small, altered)
    ]
    pd.testing.assert_frame_equal(*asked)


def test_entries_given_are_the_only_difference_of_the_intake_as_given(small):
    more = {year: YearFlows(flow.moves, flow.entries * 4, flow.exits) for year, flow in small.flows.items()}
    known = small.until(2006)
    rates = estimate_rates(known)
    nobody = np.zeros(3)
    usual, many = (
        project(known, 2006, 3, rates, nobody, intake_as_given(known, 2006, p, 3))
        for p in (small, Panel(small.ranks, small.sexes, small.ages_years, small.stocks, more))
    )
    assert (many[0] == usual[0]).all()
    assert (many.sum((1, 2))[1:] > usual.sum((1, 2))[1:]).all()


def test_rates_of_a_large_rank_are_those_seen_and_of_a_small_one_are_drawn_to_its_neighbours():
    """A tenth of 10,000 exits at each age but 40, where all do; of a rank of 10 nobody did, at two of its ages."""
    ages = 20
    stock = np.array([np.full(ages, 10_000), np.zeros(ages, int)])
    stock[1, :2] = 5
    exits = stock // 10
    exits[0, 10], exits[1] = 10_000, 0
    flows = YearFlows(np.zeros((2, 2, ages), int), np.zeros((2, ages), int), exits)
    known = Panel(("large", "small"), ("all",), np.arange(30, 30 + ages), {2000: stock, 2001: stock}, {2000: flows})
    leaving, moving = estimate_rates(known).means()
    assert leaving[0, [0, 9, 11]] == pytest.approx([0.1] * 3, abs=0.01)
    assert leaving[0, 10] > 0.98
    assert 0 < leaving[1, 0] < 0.1
    assert moving.shape == (0, ages)


def test_rates_are_asked_in_turn_so_that_they_never_pass_one():
    """Of 100, 50 exit, 25 go up and 25 sideways: half, half of the rest, and all of those still there."""
    stock = np.array([[100_000, 0], [0, 0], [0, 0]])
    moves = np.zeros((3, 3, 2), int)
    moves[0, 1, 0] = moves[0, 2, 0] = 25_000
    flows = YearFlows(moves, np.zeros((3, 2), int), stock // 2)
    known = Panel(("a", "b", "c"), ("all",), np.array([30, 31]), {2000: stock, 2001: stock}, {2000: flows})
    rates = estimate_rates(known)
    assert rates.ways == ((0, 1), (0, 2))
    leaving, moving = rates.means()
    assert leaving[0, 0] == pytest.approx(0.5, abs=0.01)
    assert moving[:, 0] == pytest.approx([0.5, 1.0], abs=0.01)
    draws = rates.drawn(50, np.random.default_rng(1))
    assert [part.shape for part in draws] == [(50, 3, 2), (50, 2, 2)]
    assert all(((part >= 0) & (part <= 1)).all() for part in draws)


def test_recent_years_are_the_last_five_and_by_age_at_the_close(small):
    known = small.until(2009)
    intake = intake_of_recent_years(known, 2009, 2, 4, np.random.default_rng(1))
    entries = np.mean([small.flows[year].entries for year in range(2004, 2009)], axis=0)
    assert intake.persons[2010][:, 1:] == pytest.approx(entries[:, :-1])
    assert intake.swings.shape == (4, 2)


@pytest.mark.parametrize("drawn", [False, True])
def test_an_intake_that_fills_posts_keeps_every_rank_that_people_join(panel, drawn):
    known = panel.until(2012)
    rates = estimate_rates(known)
    intake = intake_for_posts(known, 2012, 6, 30, np.random.default_rng(1))
    intake = type(intake)(None, intake.posts, intake.mix, intake.outside, np.ones((30, 6)))
    draws = rates.drawn(30, np.random.default_rng(2)) if drawn else None
    path = project(known, 2012, 6, rates, np.ones(5), intake, draws, (5,)).sum(-1)
    now = path[0, ..., :]
    later = path[-1].reshape(-1, 5).mean(0)
    assert later == pytest.approx(np.broadcast_to(now, path[-1].shape).reshape(-1, 5)[0], rel=0.05)


def test_ranks_whose_posts_are_filled_are_told_from_those_that_rates_move(tmp_path):
    filled = {}
    for posts in (True, False):
        stocks, flows = panels.simulated(size=20000, posts=posts, wave=0.6, seed=2)
        panel = read_panel(*panels.written(tmp_path, stocks, flows))
        known = panel.until(2025)
        filled[posts] = filled_ranks(known, estimate_rates(known))
    assert filled[True][1:].min() > 0.6
    assert filled[False][:4].max() < 0.4


# Members of the Communist Party of China in tens of thousands, by age band, from the yearly bulletins: 31-35, 36-40,
# 41-45, 46-50, 51-55 and 56-60. 2017: cnganbu.com/news/view?id=35072; 2018: the bulletin as quoted in a news page;
# 2022: news.fjsen.com/2023-06/30/content_31350717.htm; 2023: storm.mg/article/5175502.
MEMBERS = {
    2017: (902.3, 823.3, 890.0, 888.8, 941.7, 660.6),
    2018: (937.7, 860.4, 863.5, 932.6, 911.9, 679.5),
    2022: (1150.0, 1035.6, 896.6, 929.1, 897.5, 915.9),
    2023: (1119.6, 1086.4, 945.9, 907.1, 940.5, 890.7),
}


@pytest.mark.parametrize("origin", [2017, 2018])
def test_cohorts_that_only_grow_older_forecast_real_age_bands_better_than_persistence(origin):
    """A band of 2017 is the next band of 2022: nobody joins or leaves the model, and yet it errs half as much."""
    now, then = np.array(MEMBERS[origin]), np.array(MEMBERS[origin + 5])
    stock = np.append(np.repeat(now / 5, 5), np.zeros(6))[None]
    nothing = np.zeros_like(stock)
    known = Panel(
        ("member",),
        ("all",),
        np.arange(31, 67),
        {origin - 1: stock, origin: stock},
        {origin - 1: YearFlows(nothing[None], nothing, nothing)},
    )
    stays = Rates((), np.array([nothing, nothing + 1]), np.ones((2, 0, 36)))
    path = project(known, origin, 5, stays, np.zeros(1), intake_as_nobody(known, origin))
    forecast = path[5, 0, :30].reshape(6, 5).sum(1)
    assert forecast == pytest.approx([0, *now[:-1]])
    older = slice(1, None)
    error, of_persistence = (np.abs(share - then)[older].mean() for share in (forecast, now))
    assert error < 0.6 * of_persistence


def intake_as_nobody(known, origin):
    persons = dict.fromkeys(range(origin, origin + 5), np.zeros(known.stocks[origin].shape))
    return Intake(persons, np.zeros(1), np.zeros((1, 36)), np.ones(1), np.empty((0, 5)))


def test_persistence_and_trend_by_hand():
    """Shares rise by 2 points a year: a line is right, and persistence is 10 points short after five years."""
    shares = {year: 0.10 + 0.02 * (year - 2000) for year in range(2000, 2013)}
    stays, about = benchmark_members("persistence", shares, 2010, 5)
    line, _ = benchmark_members("trend", shares, 2010, 5)
    assert stays == pytest.approx(0.30)
    assert line == pytest.approx(0.40)
    # Six past errors of ten points each: Student's t with 6 degrees of freedom, 1.440 at 90 %.
    assert np.quantile(about, 0.9) == pytest.approx(0.30 + 0.1 * 1.440, abs=0.002)
    few, none = benchmark_members("persistence", shares, 2006, 5)
    assert few == pytest.approx(0.22)
    assert np.isnan(none).all()
    assert benchmark_members("trend", {2000: 0.5, 2001: 0.9}, 2001, 5)[0] == 0.9
    assert benchmark_members("trend", {2000: 0.5, 2001: 0.7, 2002: 0.9}, 2002, 5)[0] == 1.0


def scored(errors, horizon=1):
    """A backtest whose forecasts miss by these errors, and persistence by 2 points, in intervals of 5 points."""
    rows = []
    for year, error in enumerate(errors):
        for method, miss in (("model", error), ("persistence", 0.02), ("trend", 0.02)):
            shares = {"forecast_share": 0.5 + miss, "actual_share": 0.5, "crps": abs(miss)}
            ends = {
                f"{end}_{level}": 0.5 + miss + sign * 0.05
                for end, sign in (("lower", -1), ("upper", 1))
                for level in (80, 95)
            }
            cell = {"intake": "given", "rank": "all", "origin_year": 2000 + year, "horizon_years": horizon}
            rows.append({"method": method, **cell, **shares, **ends})
    return Backtest(pd.DataFrame(rows), "inclusive", ())


def test_scores_by_hand():
    score = backtest_scores(scored([0.01, -0.03, 0.06, 0.02])).set_index("method")
    assert score.loc["model", "error_points"] == pytest.approx(3.0)
    assert score.loc["model", "gain_points"] == pytest.approx(-1.0)
    assert score.loc["model", "better_cells"] == pytest.approx((1 + 0 + 0 + 0.5) / 4)
    assert score.loc["model", "covered_80"] == 0.75
    assert score.loc["model", "crps_points"] == pytest.approx(3.0)
    assert score.loc["persistence", "gain_points"] == 0.0
    assert score.loc["persistence", ["error_low", "error_high"]].tolist() == pytest.approx([2.0, 2.0])
    assert score.loc["model", "error_low"] < 3.0 < score.loc["model", "error_high"]


@pytest.mark.parametrize("horizon", [4, 10])
def test_no_interval_where_every_origin_overlaps_every_other(horizon):
    """Circular blocks of all four origins have the same mean each time: a width of none would read as certainty."""
    score = backtest_scores(scored([0.01, -0.03, 0.06, 0.02], horizon=horizon)).set_index("method")
    assert score["error_points"].tolist() == pytest.approx([3.0, 2.0, 2.0])
    assert score[["error_low", "error_high", "gain_low", "gain_high"]].isna().all(axis=None)
    apart = backtest_scores(scored([0.01, -0.03, 0.06, 0.02], horizon=3)).set_index("method")
    assert apart.loc["model", "error_low"] < 3.0 < apart.loc["model", "error_high"]
    one = backtest_scores(scored([0.01])).set_index("method")
    assert one["error_low"].isna().all()


def test_the_model_is_scored_where_the_benchmarks_never_have_an_interval():
    """Of a short panel no error of ten years is known in time; where one is known, scores are of the same cells."""
    found = scored([0.01, -0.03])
    found.frame.loc[found.frame["method"] != "model", "crps"] = np.nan
    score = backtest_scores(found).set_index("method")["crps_points"]
    assert score["model"] == pytest.approx(2.0)
    assert score[["persistence", "trend"]].isna().all()
    found.frame.loc[1, "crps"] = 0.02
    score = backtest_scores(found).set_index("method")["crps_points"]
    assert score["model"] == pytest.approx(1.0)


def test_missing_years_are_skipped_and_said(small):
    stocks = {year: stock for year, stock in small.stocks.items() if year != 2008}
    flows = {year: flow for year, flow in small.flows.items() if year not in (2007, 2008)}
    found = backtest(Panel(small.ranks, small.sexes, small.ages_years, stocks, flows), 40, [3, 9], members=10)
    origins = found.frame.query("method == 'model' and horizon_years == 3").groupby("intake")["origin_year"].agg(set)
    assert origins["recent"] == {2003, 2004, 2006, 2007, 2009}
    assert origins["given"] == {2003, 2004, 2009}
    assert found.notes[0] == (
        "3 years ahead, intake as given: none from 2006, 2007, entries of a year ahead are missing"
    )


def test_a_horizon_without_an_actual_share_is_said(small):
    found = backtest(small, 40, [5, 12], members=10)
    assert set(found.frame["horizon_years"]) == {5}
    assert found.notes == ("12 years ahead: no year has 3 years of flows before it and a stock then",)


@pytest.mark.parametrize(
    ("arguments", "fault", "said"),
    [
        ((40, [0]), ParameterError, r"horizon: given \[0\], expected years from 1 to 50"),
        (
            (400, [5]),
            ParameterError,
            "young line: given 400, expected an age among those of the panel, 20 to 62",
        ),
        ((40, [12]), InputError, "no year has 3 years of flows before it and a stock 12 years after it"),
    ],
)
def test_what_cannot_be_asked_is_refused(small, arguments, fault, said):
    with pytest.raises(fault, match=said):
        backtest(small, *arguments)


def test_single_persons_and_ranks_that_empty_are_handled(tmp_path):
    stocks, flows = panels.simulated(size=25, demotions=0.05, seed=5)
    panel = read_panel(*panels.written(tmp_path, stocks, flows))
    frame = backtest(panel, 40, [5], members=30).frame
    assert (
        frame.loc[frame["method"] == "model", ["forecast_share", "lower_95", "upper_95", "crps"]].notna().all(axis=None)
    )


def test_a_panel_of_five_ranks_and_25_years_takes_well_under_a_minute(panel, timed):
    assert len(panel.years) > 25
    assert timed[1] < 45


def test_the_tables_say_who_is_young_and_a_folder_that_is_a_file_is_refused(found, tmp_path):
    from rich.console import Console

    scores = backtest_scores(found)
    console = Console(width=120, record=True, file=(tmp_path / "log").open("w", encoding="utf-8"))
    console.print(backtest_table(found, scores))
    console.print(backtest_table(found, scores, "zh"))
    text = console.export_text()
    console.file.close()
    assert "the whole workforce (40 and under)" in text
    assert "各职级" in text
    (tmp_path / "taken").write_text("")
    with pytest.raises(PublicationError, match=r"--out .*taken: cannot be written"):
        write_backtest(found, scores, tmp_path / "taken")


def test_two_numbers_after_one_option_are_two_horizons():
    """The command line as it is to be: typer gives the first to the option, the rest as arguments."""
    app, asked = typer.Typer(), []

    @app.command()
    def run(
        stocks: Annotated[Path, typer.Option()],
        horizon: Annotated[list[int], typer.Option()] = [5, 10],  # noqa: B006
        more: Annotated[list[int] | None, typer.Argument(hidden=True)] = None,
        out: Annotated[Path | None, typer.Option()] = None,
    ) -> None:
        asked.append(([*horizon, *(more or [])], out))

    for line in (
        "--stocks s.csv --horizon 5 10",
        "--stocks s.csv --horizon 5 10 --out d",
        "--horizon 5 --stocks s.csv --horizon 10",
        "--stocks s.csv",
    ):
        assert CliRunner().invoke(app, line.split()).exit_code == 0, line
    assert [horizons for horizons, _ in asked] == [[5, 10]] * 4
    assert asked[1][1] == Path("d")
    assert CliRunner().invoke(app, ["--stocks", "s.csv", "--horizon", "5", "ten"]).exit_code == 2


def test_who_scores_nothing_does_not_wait_for_what_scores():
    """It compiles for seconds when it is imported, and every report imports this."""
    asked = "import sys; import cadre_research.reporting.report; print('scoringrules' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
