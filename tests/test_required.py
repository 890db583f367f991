from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import ParameterError, UnknownNameError
from cadre_research.evidence.scenario import PromotionPolicy
from cadre_research.findings import required as module
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.levers import probability_curves
from cadre_research.findings.required import required, required_with_probability
from cadre_research.findings.verdict import verdicts

STEP = 1e-6


def reaches_alone(study, target, horizon_years, lever, value, age_line="inclusive"):
    """The verdict of a forecast of its own."""
    scenario = study.scenario("status-quo")
    key = {"young-share": "young_share", "release-rate": "release_rate_per_year"}.get(lever)
    if key is None:
        scenario = scenario.overridden(promotion_rate_per_year=value)
    else:
        policy = PromotionPolicy.model_validate({**scenario.promotion.model_dump(), key: Fraction(value)})
        scenario = scenario.model_copy(update={"promotion": policy})
    forecast = study.forecast(scenario, horizon_years, age_line)
    frame = verdicts(target_shares(forecast), forecast.targets, horizon_years)
    return bool(frame[(frame["target"] == target) & (frame["population"] == "level")]["reached"].item())


def only(frame, **keys):
    for column, value in keys.items():
        frame = frame[frame[column] == value]
    (row,) = frame.to_dict("records")
    return row


@pytest.fixture(scope="module")
def answers(study):
    return required(study)


@pytest.mark.parametrize("lever", ["promotion-rate", "young-share", "release-rate"])
@pytest.mark.parametrize(("target", "horizon_years"), [("county-deputy", 5), ("section-level", 10)])
def test_the_value_reaches_and_its_neighbour_below_does_not(study, answers, lever, target, horizon_years):
    row = only(answers, lever=lever, target=target, horizon_years=horizon_years)
    assert row["reachable"]
    assert reaches_alone(study, target, horizon_years, lever, row["value"])
    below = [*np.linspace(0, row["value"], 12, endpoint=False), row["value"] - STEP]
    assert not any(reaches_alone(study, target, horizon_years, lever, float(value)) for value in below)


def test_where_none_suffices_the_best_is_told(study, answers):
    row = only(answers, lever="young-share", target="section-deputy", horizon_years=10)
    assert not row["reachable"]
    assert np.isnan(row["value"])
    assert row["best_share"] < 1 / 6
    assert 0 < row["best_value"] < 1
    assert not any(reaches_alone(study, "section-deputy", 10, "young-share", value) for value in (0.3, 0.65, 1.0))


def test_a_value_that_fails_again_is_told(study):
    """Released faster, section chiefs come from ever older candidates."""
    row = only(required(study, levers=["release-rate"], age_line="strict", horizons_years=[10]), target="section-chief")
    told = ("section-chief", 10, "release-rate")
    assert row["value"] < row["fails_again_at"] < 0.2
    assert reaches_alone(study, *told, row["fails_again_at"] - STEP, "strict")
    assert not reaches_alone(study, *told, row["fails_again_at"], "strict")


def test_the_frame_has_its_columns_and_every_question_once(study, answers):
    assert answers.columns.tolist() == [
        "target",
        "horizon_years",
        "lever",
        "value",
        "value_for_90_percent",
        "reachable",
        "value_for_90_percent_low",
        "value_for_90_percent_high",
        "fails_again_at",
        "best_value",
        "best_share",
        "share_at_zero",
        "scenario",
        "age_line",
        "population",
    ]
    assert len(answers) == len(answers[["target", "horizon_years", "lever"]].drop_duplicates()) == 6 * 2 * 3
    assert (answers["value"].notna() == answers["reachable"]).all()
    assert answers["value_for_90_percent"].isna().all()


def test_workers_do_not_change_the_answer(study):
    one, two = (required(study, levers=["young-share"], horizons_years=[1], workers=n) for n in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_a_lever_of_one_rank_and_a_shorter_range(study):
    lever = "promotion-rate:county-deputy"
    whole = only(required(study, levers=[lever], horizons_years=[5]), target="county-deputy")
    assert whole["reachable"]
    short = required(study, levers=[lever], horizons_years=[5], upper={lever: whole["value"] - STEP})
    assert not only(short, target="county-deputy")["reachable"]
    scenario = study.scenario("status-quo")
    for value, reached in ((whole["value"], True), (whole["value"] - STEP, False)):
        forecast = study.forecast(scenario.overridden({"county-deputy": value}), 5)
        assert only(verdicts(target_shares(forecast), forecast.targets, 5), target="county-deputy", population="level")[
            "reached"
        ] is reached  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"levers": ["young-shares"]}, UnknownNameError, "Did you mean young-share"),
        ({"upper": {"young-share": 0.0}}, ParameterError, "upper of young-share: given 0.0, expected above 0"),
        ({"scenario": "status-quos"}, UnknownNameError, "Did you mean status-quo"),
        ({"horizons_years": [40]}, ParameterError, "1 to 30"),
        ({"upper": {"release-rate": 0.1}}, ParameterError, "expected at least one and all that `upper` names"),
        ({"levers": []}, ParameterError, "expected at least one and all"),
        ({"horizons_years": []}, ParameterError, "expected at least one"),
    ],
)
def test_a_wrong_question_is_refused(study, changes, error, message):
    with pytest.raises(error, match=message):
        required(study, **{"levers": ["young-share"], **changes})


@pytest.fixture
def search_along(monkeypatch, make_target):
    """Answer for a made-up share of 1,000,000 persons as a function of the lever, at horizon 1."""

    def answer(share_at, highest=1.0):
        def groups(opening, scenario, settings, horizon_years, population, workers):
            (values,) = settings.values()
            young = np.zeros((1, len(values), 2))
            young[0, :, 1] = 1e6 * share_at(values)
            return young, np.full(young.shape, 1e6)

        monkeypatch.setattr(module, "expected_groups", groups)
        targets = SimpleNamespace(targets=(make_target(),))
        opening = SimpleNamespace(evidence=SimpleNamespace(targets=targets))
        (row,) = module._Search(opening, None, "young-share", (1,), "level", None).answers(highest).to_dict("records")
        return row

    return answer


def test_a_straight_line_by_hand(search_along):
    """1/6 of the way up a line from 0 to 1 is 0.1666666…; the next millionth reaches."""
    row = search_along(lambda value: value)
    assert (row["value"], row["best_value"], row["best_share"], row["share_at_zero"]) == (0.166667, 1.0, 1.0, 0.0)
    assert np.isnan(row["fails_again_at"])


def test_a_curve_that_rises_and_falls_and_rises(search_along):
    """Reached from 0.3 to below 0.3045 and from 0.8: an island within one step of the grid at its end, and more."""
    row = search_along(lambda v: np.where((v >= 0.3) & (v < 0.3045) | (v >= 0.8), 0.2, 0.1))
    assert (row["value"], row["fails_again_at"]) == (0.3, 0.3045)
    row = search_along(lambda v: np.where((v >= 0.35) & (v < 0.4) | (v >= 0.8), 0.2 + v / 100, 0.1))
    assert (row["value"], row["fails_again_at"], row["best_value"]) == (0.35, 0.4, 1.0)


def test_already_reached_with_the_lever_off(search_along):
    row = search_along(lambda value: 0.3 - value)
    assert row["value"] == 0.0
    assert row["fails_again_at"] == pytest.approx(0.3 - 1 / 6, abs=STEP)
    assert (row["best_value"], row["best_share"]) == (0.0, 0.3)


def test_reached_only_at_the_end_of_the_range_or_never(search_along):
    row = search_along(lambda value: np.where(value >= 0.2, 0.2, 0.1), highest=0.2)
    assert (row["value"], row["reachable"]) == (0.2, True)
    row = search_along(lambda value: 0.1 + 0.05 * (value == 0.1), highest=0.2)
    assert (np.isnan(row["value"]), row["best_value"], row["best_share"]) == (True, 0.1, pytest.approx(0.15))


def test_just_a_sixth_reaches(search_along):
    row = search_along(lambda value: np.where(value >= 0.5, 1 / 6, 0.0))
    assert row["value"] == 0.5


def curve(*probabilities, se=0.0):
    values = np.linspace(0, 1, len(probabilities))
    frame = pd.DataFrame({"value": values, "probability": probabilities, "probability_se": se})
    return frame.assign(lever="young-share", target="officers", horizon_years=5)


@pytest.mark.parametrize(
    ("probabilities", "value"),
    [
        ((0.0, 0.8, 1.0), 0.75),
        ((0.9, 1.0, 1.0), 0.0),
        ((0.0, 1.0, 0.0), 0.45),
        ((0.0, 0.2, 0.89), np.nan),
    ],
)
def test_a_probability_is_crossed_first_on_straight_lines(probabilities, value):
    (row,) = required_with_probability(curve(*probabilities)).to_dict("records")
    assert row["value_for_90_percent"] == pytest.approx(value, nan_ok=True)


def test_the_error_of_a_curve_becomes_that_of_the_value():
    """0.9 less and plus 1.64 x 0.05 is 0.818 and 0.982, on a line from 0 to 1 just these values."""
    (row,) = required_with_probability(curve(0.0, 1.0, se=0.05)).to_dict("records")
    values = [row[f"value_for_90_percent{end}"] for end in ("_low", "", "_high")]
    assert values == pytest.approx([0.818, 0.9, 0.982], abs=1e-9)
    (row,) = required_with_probability(curve(0.0, 0.95, se=0.05)).to_dict("records")
    assert np.isnan(row["value_for_90_percent_high"])


def test_the_value_for_90_percent_is_reached_that_often_in_chance(study):
    """Where the section level just gets there in expectation about half of all paths do; at the value, nine in ten."""
    scenario, openings = study.scenario("status-quo"), [study.opening()] * 5
    values = {"promotion-rate": np.linspace(0.165, 0.2, 8)}
    curves = probability_curves(openings, scenario, values, [2], replicates=40, seed=1)
    frame = required(study, levers=["promotion-rate"], horizons_years=[2], curves=curves)
    row = only(frame, target="section-level")
    assert row["value"] < row["value_for_90_percent"]
    assert row["value_for_90_percent_low"] <= row["value_for_90_percent"] <= row["value_for_90_percent_high"]
    found = {"promotion-rate": [row["value"], row["value_for_90_percent"]]}
    again = probability_curves(openings, scenario, found, [2], replicates=40, seed=2)
    half, often = again[again["target"] == "section-level"]["probability"]
    # Three standard errors of two samples of 200.
    assert abs(half - 0.5) < 3 * np.sqrt(0.25 / 200)
    assert abs(often - 0.9) < 3 * np.sqrt(2 * 0.09 / 200)


def test_curves_of_something_else_are_refused(study):
    scenario = study.scenario("status-quo")
    curves = probability_curves([study.opening()], scenario, {"young-share": [0.5]}, [1], "posts", replicates=1)
    with pytest.raises(ParameterError, match=r"given those of .*posts.*, expected .*level"):
        required(study, levers=["young-share"], horizons_years=[1], curves=curves)
