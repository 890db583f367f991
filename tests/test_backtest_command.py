"""The command backtest: its options as strangers write them, and refusals that end in exit code 2."""

import pandas as pd
import panels
import pytest
from typer.testing import CliRunner

from cadre_research.cli import app


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    panel = panels.simulated(range(2000, 2010), size=200, ranks=panels.RANKS[:2])
    return [str(path) for path in panels.written(tmp_path_factory.mktemp("command"), *panel)]


def asked(files, *words):
    return CliRunner().invoke(app, ["backtest", "--stocks", files[0], "--flows", files[1], *words])


@pytest.mark.parametrize("words", ["--horizon 3 5", "--horizon=5 3 --young-line 35", "--horizon 3 --horizon 5"])
def test_several_horizons_are_taken_in_any_order(files, words, tmp_path):
    assert asked(files, *words.split(), "--out", str(tmp_path)).exit_code == 0
    assert set(pd.read_csv(tmp_path / "backtest.csv")["horizon_years"]) == {3, 5}


@pytest.mark.parametrize("words", ["--young-line 35 45", "--horizon 3 --young-line 35 45", "--horizon 3 five"])
def test_a_number_after_another_option_is_no_horizon(files, words):
    result = asked(files, *words.split())
    assert result.exit_code == 2
    assert f"unexpected extra argument(s) ({words.split()[-1]})" in result.stderr
