import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cadre_research.errors import ParameterError
from cadre_research.findings.coverage import TRUTHS, coverage, true_worlds
from cadre_research.findings.outlook import QUANTILES, Outlook, fan, outlook, probabilities, spread_parts
from cadre_research.model.ensemble import draw_ensemble


@pytest.fixture(scope="module")
def openings(study):
    return draw_ensemble(study.opening(), study.scenario("status-quo"), 5, 11).openings


@pytest.fixture(scope="module")
def found(openings, study):
    return outlook(openings, study.scenario("rate-12"), 3, 4, 7, workers=2)


@pytest.fixture
def made_up(study):
    """An outlook of normal shares: between draws with one variance, within them with another."""

    def make(draws, replicates, between, within, seed=0):
        rng = np.random.default_rng(seed)
        centre = 1 / 6 + between * rng.standard_normal((draws, 1, 1))
        share = centre + within * rng.standard_normal((draws, replicates, 2))
        headcount = np.full(share.shape, 1_000_000)
        targets = study.evidence.targets.targets[:1]
        key = (targets[0].id, "level")
        young = {key: np.rint(share * headcount).astype(int)}
        return Outlook("made-up", "inclusive", targets, np.array([2017, 2018]), young, {key: headcount})

    return make


def test_persons_are_whole_and_the_survey_is_exact(found, study):
    surveyed = {target.id: target.survey.young for target in study.evidence.targets.targets if target.survey}
    for (target, population), young in found.young.items():
        assert np.issubdtype(young.dtype, np.integer)
        assert young.shape == (5, 4, 4)
        if target in surveyed and population == "level":
            assert (young[..., 0] == surveyed[target]).all()


def test_workers_and_repetition_change_nothing(found, openings, study):
    again = outlook(openings, study.scenario("rate-12"), 3, 4, 7, workers=1)
    assert all(np.array_equal(again.young[key], found.young[key]) for key in found.young)


def test_a_shorter_outlook_is_the_beginning_of_a_longer(found, openings, study):
    shorter = outlook(openings, study.scenario("rate-12"), 2, 4, 7)
    assert all(np.array_equal(shorter.young[key], found.young[key][..., :3]) for key in found.young)


def test_rules_can_change_under_way(found, openings, study):
    changed = outlook(openings, study.scenario("rate-12"), 3, 4, 7, then=(2019, study.scenario("post-freeze")))
    key = ("county-level", "level")
    assert np.array_equal(changed.young[key][..., :2], found.young[key][..., :2])
    assert not np.array_equal(changed.young[key][..., 2], found.young[key][..., 2])


def test_probability_is_the_share_of_paths_that_reach(found, study):
    frame = probabilities(found, 3).set_index(["target", "population"])
    for target in study.evidence.targets.targets:
        key = (target.id, "level")
        reached = 6 * found.young[key][..., 3] >= found.headcount[key][..., 3]
        assert frame.loc[key, "probability"] == reached.mean()
        assert frame.loc[key, "share_p05"] <= frame.loc[key, "share_p50"] <= frame.loc[key, "share_p95"]


def test_standard_error_is_that_of_independent_draws(made_up):
    """Replicates that repeat their draw say nothing new: the error is that of one replicate a draw."""
    alone = probabilities(made_up(400, 1, 0.02, 0.0), 1).iloc[0]
    many = probabilities(made_up(400, 50, 0.02, 0.0), 1).iloc[0]
    assert many["probability"] == alone["probability"]
    assert many["probability_se"] == pytest.approx(alone["probability_se"])
    p = alone["probability"]
    assert alone["probability_se"] == pytest.approx(np.sqrt(p * (1 - p) / 399), rel=1e-9)


def test_standard_error_covers():
    """Over many ensembles, the estimate is within 1.96 errors of the truth about 95 times in 100."""
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        by_draw = rng.binomial(5, np.clip(0.5 + 0.2 * rng.standard_normal(100), 0, 1)) / 5
        error = by_draw.std(ddof=1) / 10
        hits += abs(by_draw.mean() - 0.5) < stats.t.ppf(0.975, 99) * error
    assert 270 <= hits <= 297


def test_spread_is_split_into_chance_and_not_knowing(made_up):
    frame = spread_parts(made_up(4000, 5, 0.03, 0.01), 1).iloc[0]
    assert frame["standard_deviation"] == pytest.approx(np.hypot(0.03, 0.01), rel=0.05)
    assert frame["not_knowing"] == pytest.approx(0.9, abs=0.02)
    assert frame["chance"] + frame["not_knowing"] == pytest.approx(1)
    only_chance = spread_parts(made_up(4000, 5, 0.0, 0.01), 1).iloc[0]
    assert only_chance["chance"] > 0.95


def test_spread_needs_two_of_each(made_up):
    with pytest.raises(ParameterError, match="expected 2 of each"):
        spread_parts(made_up(10, 1, 0.03, 0.01), 1)


def test_fan_opens_from_the_survey(found):
    frame = fan(found).query("target == 'section-chief' and population == 'level'")
    wide = frame.pivot(index="year", columns="quantile", values="share")
    assert tuple(wide.columns) == QUANTILES
    assert (np.diff(wide.to_numpy(), axis=1) >= 0).all()
    # In 2017 only the headcount is uncertain: 306 of 6,725 to 6,876.
    assert wide.loc[2017].between(306 / 6876, 306 / 6725).all()
    width = wide[0.95] - wide[0.05]
    assert width[2020] > width[2017]


@pytest.mark.parametrize("replicates", [0, -1, 1.5, True])
def test_replicates_are_checked(openings, study, replicates):
    with pytest.raises(ParameterError, match="replicates"):
        outlook(openings, study.scenario("status-quo"), 2, replicates, 1)


def test_horizon_is_checked(found):
    with pytest.raises(ParameterError, match="expected 0 to 3"):
        probabilities(found, 4)


def test_coverage_counts_truths_within_the_intervals(made_up):
    found, truths = made_up(2000, 1, 0.03, 0.0, seed=1), made_up(2000, 1, 0.03, 0.0, seed=2)
    row = coverage(found, truths, 1).iloc[0]
    assert row["truths"] == 2000
    assert row["covered_80"] == pytest.approx(0.8, abs=0.035)
    assert row["covered_95"] == pytest.approx(0.95, abs=0.02)
    # Truths twice as far apart: the intervals of a normal law hold 47.8 and 67.3 % of them.
    wide = coverage(found, made_up(2000, 1, 0.06, 0.0, seed=3), 1).iloc[0]
    assert wide["covered_80"] == pytest.approx(0.478, abs=0.05)
    assert wide["covered_95"] == pytest.approx(0.673, abs=0.05)


@pytest.mark.parametrize("kind", TRUTHS)
def test_truths_agree_with_the_survey(study, kind):
    truths = dict(true_worlds(study, [kind], study.scenario("status-quo"), 3, 4, 5))[kind]
    assert (truths.young["county-level", "level"][..., 0] == 113).all()
    assert (truths.young["section-chief", "level"][..., 0] == 306).all()


@pytest.mark.slow
def test_truths_differ_by_kind(study):
    key, status_quo = ("section-chief", "level"), study.scenario("status-quo")
    paths = {kind: found.young[key] for kind, found in true_worlds(study, TRUTHS, status_quo, 3, 4, 5)}
    usual = paths["same-ranges"]
    assert np.array_equal(paths["change-of-regime"][..., :3], usual[..., :3])
    assert not np.array_equal(paths["change-of-regime"][..., 3], usual[..., 3])
    assert not np.array_equal(paths["another-curve"][..., 1:], usual[..., 1:])
    assert not np.array_equal(paths["recruitment-wave"][..., 1:], usual[..., 1:])


def test_unknown_kind_of_truth_is_refused(study):
    with pytest.raises(ValueError, match="same-ranges"):
        list(true_worlds(study, ["wishful"], study.scenario("status-quo"), 3, 4, 5))


@pytest.mark.soak
def test_intervals_cover_truths_of_the_same_ranges(study):
    """1,000 truths drawn as the ensemble's 1,000 worlds are, apart from them."""
    status_quo = study.scenario("status-quo")
    openings = draw_ensemble(study.opening(), status_quo, 1000, 2017).openings
    found = outlook(openings, status_quo, 10, 2, 2017)
    ((_, truths),) = true_worlds(study, ["same-ranges"], status_quo, 1000, 10, 31)
    frame = pd.concat([coverage(found, truths, horizon) for horizon in (5, 10)])
    print(frame.to_string())
    # All targets share their truths, so each is held to the band on the mean over targets; alone, to a wider one.
    assert frame["truths"].min() >= 950
    assert 0.767 <= frame["covered_80"].mean() <= 0.832
    assert 0.931 <= frame["covered_95"].mean() <= 0.967
    assert frame["covered_80"].between(0.75, 0.85).all()
    assert frame["covered_95"].between(0.92, 0.975).all()
