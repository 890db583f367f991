"""A backtest in small tables and sentences, in each language."""

import pandas as pd
import pytest

from cadre_research.reporting.backtest_tables import balance_line, score_summary


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1,200 stocks computed from the flows, largest difference 0.5."),
        ("zh", "由流动推算存量1,200项，与实际最大相差0.5。"),
    ],
)
def test_the_books_are_told_in_each_language(language, said):
    replayed = pd.DataFrame({"difference": [0.0] * 1199 + [-0.5]})
    assert balance_line(replayed, language) == said


def test_scores_are_told_by_years_and_method():
    row = {"scope": "whole", "horizon_years": 5, "method": "model", "intake": "given", "error_points": 0.42}
    row |= {"error_low": 0.2, "error_high": 0.5, "better_cells": 0.94, "crps_points": 0.24}
    row |= {"covered_80": 0.89, "covered_95": 0.9}
    scores = pd.DataFrame([{**row, "horizon_years": 10}, row, {**row, "method": "persistence", "scope": "ranks"}])
    found = score_summary(scores, "whole", "zh")
    assert found.index.names == ["年数", "方法"]
    assert list(found.index) == [(5, "逐年模型，已知录用"), (10, "逐年模型，已知录用")]
    assert list(found.iloc[0]) == ["0.4（0.2–0.5）", "94%", "89%", "90%", "0.24"]
    assert list(score_summary(scores, "ranks", "en")["Better"]) == [""]
