"""The backtest's picture shows the values of the frames it is given, in both languages."""

import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import ParameterError
from cadre_research.findings.backtest import Backtest
from cadre_research.findings.backtest_scores import backtest_scores
from cadre_research.reporting.figures.backtest import backtest_chart


@pytest.fixture(scope="module")
def found():
    """Actual shares rise by a point a year from 30 %; the model is a point above, persistence at 30, trend at 36 %."""
    rows = []
    for horizon in (5, 10):
        for intake in ("recent", "posts", "given"):
            for method in ("model", "persistence", "trend"):
                for rank in ("all", "主任"):
                    for origin in range(2003, 2010):
                        actual = 0.30 + 0.01 * (origin - 2003)
                        share = {"model": actual + 0.01, "persistence": 0.30, "trend": 0.36}[method]
                        missing = method == "trend" and origin < 2006
                        ends = {"lower_80": -0.02, "upper_80": 0.02, "lower_95": -0.03, "upper_95": 0.03}
                        rows.append(
                            {"method": method, "intake": intake, "rank": rank, "young_line": 40, "origin_year": origin}
                            | {"horizon_years": horizon, "forecast_share": share, "actual_share": actual}
                            | {end: np.nan if missing else share + by for end, by in ends.items()}
                            | {"crps": np.nan if missing else abs(share - actual)}
                        )
    return Backtest(pd.DataFrame(rows), "inclusive", ())


def texts(figure):
    return [text.get_text().replace("\n", " ") for text in figure.texts]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_forecasts_stand_at_the_year_they_are_for(found, language):
    figure = backtest_chart(found.frame, backtest_scores(found), language)
    assert len(figure.axes) == 2 * 4
    first = figure.axes[0]
    came = first.lines[0]
    assert came.get_xdata().tolist() == list(range(2008, 2015))
    assert came.get_ydata() == pytest.approx(np.arange(30, 37))
    model = next(line for line in first.lines if line.get_gid() == "model")
    assert np.abs(model.get_xdata() - came.get_xdata()).max() < 0.5
    assert model.get_ydata() == pytest.approx(np.arange(31, 38))
    intervals = [path for path in first.collections[2].get_segments() if len(path)]
    assert len(intervals) == 4


def test_errors_are_those_of_the_scores_and_all_are_in_view(found):
    figure = backtest_chart(found.frame, backtest_scores(found))
    for axes in (figure.axes[3], figure.axes[7]):
        errors = {line.get_gid(): float(line.get_xdata()[0]) for line in axes.lines}
        assert errors["error model recent"] == pytest.approx(1.0)
        assert errors["error persistence given"] == pytest.approx(3.0)
        assert axes.get_xlim()[0] == 0
        assert axes.get_xlim()[1] > max(errors.values())
        assert len(errors) == 5


def test_the_words_say_who_is_young_and_whose_share_it_is(found):
    english = texts(backtest_chart(found.frame, backtest_scores(found)))
    assert any("the whole workforce" in text for text in english)
    assert any("40 and under is young" in text for text in english)
    assert not any("Synthetic" in text for text in english)
    made_up = texts(backtest_chart(found.frame, backtest_scores(found), synthetic=True))
    assert any("Synthetic panel." in text for text in made_up)
    chinese = texts(backtest_chart(found.frame, backtest_scores(found), "zh", rank="主任", age_line="strict"))
    assert any("主任" in text for text in chinese)
    assert any("不满40岁" in text for text in chinese)


def test_a_rank_that_is_not_there_is_refused(found):
    with pytest.raises(ParameterError, match="frame of backtest_chart: given without rows"):
        backtest_chart(found.frame, backtest_scores(found), rank="Nobody")


def test_the_same_frames_give_the_same_picture(found, tmp_path):
    for name in ("a", "b"):
        backtest_chart(found.frame, backtest_scores(found)).savefig(tmp_path / f"{name}.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
