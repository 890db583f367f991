import numpy as np
import pandas as pd
import pytest

from cadre_research.evidence.sweep import Sweep, varied
from cadre_research.findings import settings as settings_module
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.levers import in_groups, reached_by
from cadre_research.findings.settings import OPENINGS_KEPT, Settings
from cadre_research.findings.verdict import verdicts
from cadre_research.model.paths import replicate_blocks, run_blocks

WITHIN = 1e-12
LEVERS = {
    "promotion_rate_per_year": (0.05, 0.11),
    "promotion_rate_per_year_by_rank": {"county-deputy": (0.07, 0.2)},
    "young_share_of_promotions": (0, "1/3"),
    "candidates_per_post": (1, 3),
    "posts_growth_per_year": (-0.02, 0.01),
}


def sweep_of(axes, scenarios=("status-quo",), horizons=(2, 5), **more):
    content = {"format": 1, "id": "test", "scenarios": scenarios, "horizons_years": horizons, **more}
    return Sweep.model_validate({**content, "axes": axes})


def singly(study, sweep, number):
    """Shares and verdicts of a setting by a forecast of its own, in the order of rows."""
    setting = sweep.setting(number)
    scenario = varied(study.scenario(setting.scenario), setting)
    forecast = study.forecast(scenario, max(sweep.horizons_years), setting.age_line)
    shares = target_shares(forecast)
    judged = pd.concat([verdicts(shares, forecast.targets, years) for years in sweep.horizons_years])
    return judged.set_index(["population", "target", "horizon_years"])[["share", "reached"]]


def agree(study, sweep, numbers, frame):
    for number in numbers:
        ours = frame[frame["setting"] == number].set_index(["population", "target", "horizon_years"])
        alone = singly(study, sweep, number).loc[ours.index]
        assert np.abs(ours["share"] - alone["share"]).max() < WITHIN
        assert (ours["reached"] == alone["reached"]).all()


def test_settings_are_the_forecasts_made_one_by_one(study):
    sweep = sweep_of(LEVERS, ("status-quo", "post-freeze"))
    frame = Settings(study, sweep).shares(range(sweep.count))
    assert len(frame) == 64 * 2 * 6 * 2
    assert frame["share"].nunique() > 500
    agree(study, sweep, range(0, sweep.count, 7), frame)


def test_posts_freed_and_no_lever_at_all_too(study):
    freed = sweep_of({"release_rate_per_year": (0.0, 0.05)})
    for sweep in (freed, sweep_of({}, ("status-quo", "rate-12"))):
        agree(study, sweep, range(sweep.count), Settings(study, sweep).shares(range(sweep.count)))


def test_openings_found_from_their_neighbours_are_the_studys_own(study):
    axes = {
        "assumptions": {"promotion-age-spread": (7.0,), "women-share-of-entry": (0.3,)},
        "age_line": ("strict",),
        "promotion_rate_per_year": (0.05, 0.1),
    }
    sweep = sweep_of(axes)
    agree(study, sweep, range(sweep.count), Settings(study, sweep).shares(range(sweep.count)))


def test_rows_say_which_setting_they_are_of(study):
    sweep = sweep_of({"candidates_per_post": (2, 3), "assumptions": {"resignation": (0.001,)}}, horizons=(1,))
    frame = Settings(study, sweep).shares(range(1, 2))
    assert list(frame) == [
        *("setting", "scenario", "age_line", "assumption:resignation", "candidates_per_post"),
        *("population", "target", "horizon_years", "share", "reached", "reason"),
    ]
    assert frame.iloc[0, :5].tolist() == [1, "status-quo", "inclusive", 0.001, 3]
    assert not frame.duplicated(["population", "target", "horizon_years"]).any()
    assert frame["reason"].eq("").all()


@pytest.mark.parametrize("cut", [1, 5, 41])
def test_where_the_product_is_cut_changes_nothing_beyond_rounding(study, cut):
    sweep = sweep_of({"young_share_of_promotions": {"from": 0, "to": 1, "count": 42}}, horizons=(2,))
    settings = Settings(study, sweep)
    whole = settings.shares(range(42))
    parts = pd.concat([settings.shares(range(cut)), settings.shares(range(cut, 42))], ignore_index=True)
    pd.testing.assert_frame_equal(whole, parts, rtol=0, atol=WITHIN)


def test_replicates_of_a_setting_are_those_of_its_number_and_seed(study):
    sweep = sweep_of({"promotion_rate_per_year": (0.174, 0.18)}, horizons=(1, 2), replicates=4, seed=5)
    frame = Settings(study, sweep).shares(range(2))
    assert 0 < frame["probability"].mean() < 1
    opening, targets = study.opening(), study.evidence.targets.targets
    for number in range(2):
        rules = opening.rules(varied(study.scenario("status-quo"), sweep.setting(number)))
        paths = run_blocks(replicate_blocks(opening, rules, 4, 5, (number,)), opening.year, 2)
        for population in ("level", "posts"):
            young, everybody = in_groups(paths, targets, population, "inclusive")
            reached = reached_by(young, everybody, targets)
            ours = frame[(frame["setting"] == number) & (frame["population"] == population)]
            chance = reached.mean(1)[:, [1, 2]].reshape(-1)
            assert ours["probability"].tolist() == chance.tolist()
            assert ours["mean_share"].to_numpy() == pytest.approx((young / everybody).mean(1)[:, [1, 2]].reshape(-1))
            assert ours["probability_se"].to_numpy() == pytest.approx(np.sqrt(chance * (1 - chance) / 3))


def test_where_nothing_agrees_with_the_survey_the_reason_stands_in_place_of_numbers(study, monkeypatch):
    sweep = sweep_of({"assumptions": {"resignation": (0.001, 0.002)}}, horizons=(1,))
    monkeypatch.setattr(settings_module, "opening_near", lambda *given: "no opening population agrees")
    for more, columns in (({}, ["share"]), ({"replicates": 2}, ["mean_share", "probability", "probability_se"])):
        frame = Settings(study, sweep.model_copy(update=more)).shares(range(2))
        assert frame["reason"].unique().tolist() == ["no opening population agrees"]
        assert frame[columns].isna().all(axis=None)
        if "reached" in frame:
            assert frame["reached"].isna().all()


def test_values_that_contradict_each_other_are_a_reason_too(study):
    sweep = sweep_of({"assumptions": {"women-share-of-entry": (0.3,)}}, horizons=(1,))
    outside = sweep.model_copy(update={"axes": sweep.axes.model_copy(update={"assumptions": {"resignation": (9.0,)}})})
    frame = Settings(study, outside).shares(range(1))
    assert frame["reason"].str.contains("assumption resignation: given 9.0, expected 0.0005 to 0.004").all()


def test_only_a_few_openings_are_kept(study, monkeypatch):
    monkeypatch.setattr(settings_module, "opening_near", lambda *given: "none")
    values = tuple(np.linspace(0.0005, 0.004, 3 * OPENINGS_KEPT).round(6).tolist())
    sweep = sweep_of({"assumptions": {"resignation": values}}, horizons=(1,))
    settings = Settings(study, sweep)
    settings.shares(range(sweep.count))
    assert len(settings._openings) == OPENINGS_KEPT
