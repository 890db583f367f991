"""What measures contribute: coalitions as forecasts one by one, sums, alike and idle measures, costs by hand."""

import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import EvidenceError, ParameterError, UnknownNameError
from cadre_research.evidence.scenario import PromotionPolicy
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.coalitions import QUANTITIES, outcomes
from cadre_research.findings.contributions import contributions, efficiency
from cadre_research.findings.study import POPULATIONS
from cadre_research.findings.turnover import turnover

SHARES = [
    *("target", "population", "horizon_years", "measure", "contribution", "contribution_se", "alone", "last_in"),
    *("full_effect", "share_without", "share_with", "method", "age_line"),
]
COSTS = ["quantity", *SHARES[2:9], "persons_without", "persons_with", *SHARES[-2:]]


@pytest.fixture(scope="session")
def of_the_plan(study):
    return contributions(study)


def changed(scenario, **policy):
    promotion = PromotionPolicy.model_validate({**scenario.promotion.model_dump(), **policy})
    return scenario.model_copy(update={"promotion": promotion})


def renamed(study, name, own):
    return study.scenario(name).model_copy(update={"id": own})


def sums(frame, keys):
    grouped = frame.groupby(keys, sort=False)
    return grouped["contribution"].sum(), grouped["full_effect"].first()


def test_many_scenarios_at_once_are_the_forecasts_made_one_by_one(study):
    status_quo = study.scenario("status-quo")
    by_rank = {"mode": "rate", "release_rate_per_year": 0.03, "young_share": "1/2"}
    scenarios = [
        study.scenario("rate-08"),
        status_quo,
        study.scenario("full-plan-2018"),
        changed(status_quo, **by_rank, rate_per_year_by_rank={"section-chief": 0.1}),
        study.scenario("half-young"),
        changed(status_quo, **by_rank, rate_per_year_by_rank={"section-chief": 0.05}),
        study.scenario("rate-12"),
        study.scenario("post-freeze"),
    ]
    found = outcomes(study.opening(), scenarios, (2, 4))
    for place, scenario in enumerate(scenarios):
        forecast = study.forecast(scenario, 4)
        shares, flows = target_shares(forecast), turnover(forecast)
        for at, year in enumerate((2019, 2021)):
            then = shares[shares["year"] == year].set_index(["target", "population"])
            for number, target in enumerate(forecast.targets):
                for which, population in enumerate(POPULATIONS):
                    counts = found.young[place, number, which, at], found.headcount[place, number, which, at]
                    assert counts == pytest.approx(then.loc[(target.id, population), ["young", "headcount"]], rel=1e-9)
            so_far = flows[flows["year"] <= year].groupby("flow")["headcount"].sum()
            names = ("promotion-in", "release-in", "recruitment", "lateral")
            expected = [so_far.get(name, 0.0) for name in names]
            got = [found.costs[place, QUANTITIES.index(name), at] for name in _flows()]
            assert got == pytest.approx(expected, rel=1e-9, abs=1e-6), scenario.id
            assert found.costs[place, QUANTITIES.index("appointments"), at] == pytest.approx(
                expected[0] + expected[2] + expected[3]
            )
    assert found.filled[1].min() > 1 - 1e-9
    assert found.filled[-1].max() < 1 - 1e-3


def _flows():
    return ("promotions", "releases", "recruits", "lateral")


def test_threads_change_nothing(study):
    scenarios = [study.scenario(name) for name in ("rate-08", "reserve-lists", "status-quo")]
    one, two = (outcomes(study.opening(), scenarios, (2,), workers=workers) for workers in (1, 2))
    assert (one.young == two.young).all()
    assert (one.costs == two.costs).all()


def test_contributions_of_the_plan_sum_to_its_full_effect(study, of_the_plan):
    for frame, keys, columns in (
        (of_the_plan.shares, ["target", "population", "horizon_years"], SHARES),
        (of_the_plan.costs, ["quantity", "horizon_years"], COSTS),
    ):
        assert list(frame.columns) == columns
        parts, full = sums(frame, keys)
        # In shares 1e-9; in persons 1e-9 of some ten thousand.
        assert (parts - full).abs().max() < (1e-9 if "target" in keys else 1e-5)
        assert (frame["contribution_se"] == 0).all()
        assert set(frame["method"]) == {"exact"}
    assert len(of_the_plan.shares) == 6 * 2 * 2 * 7
    plan = target_shares(study.forecast("full-plan-2018", 10))
    at_last = plan[plan["year"] == 2027].set_index(["target", "population"])["share"]
    found = of_the_plan.shares[of_the_plan.shares["horizon_years"] == 10].groupby(["target", "population"])
    pd.testing.assert_series_equal(found["share_with"].first(), at_last.sort_index(), check_names=False, rtol=1e-9)


def test_what_a_measure_alone_and_last_in_does_is_that_of_forecasts(study, of_the_plan):
    def share(scenario):
        frame = target_shares(study.forecast(scenario, 5))
        at = (frame["target"] == "section-chief") & (frame["population"] == "level") & (frame["year"] == 2022)
        return float(frame.loc[at, "share"].iloc[0])

    frame = of_the_plan.shares.set_index(["target", "population", "horizon_years", "measure"])
    row = frame.loc[("section-chief", "level", 5, "priority-rule")]
    plan = study.scenario("full-plan-2018")
    assert row["alone"] == pytest.approx(share("priority-rule") - share("status-quo"), abs=1e-9)
    assert row["last_in"] == pytest.approx(share(plan) - share(changed(plan, priority_rule=False)), abs=1e-9)


def test_alike_measures_share_equally_and_an_idle_one_gets_nothing(study):
    """Two priority rules are one; three candidates compared are the status quo's."""
    given = ["priority-rule", renamed(study, "priority-rule", "again"), renamed(study, "status-quo", "idle")]
    found = contributions(study, given, horizons_years=(3,))
    frame = found.shares.pivot(index=["target", "population"], columns="measure", values="contribution")
    np.testing.assert_allclose(frame["again"], frame["priority-rule"], atol=1e-14)
    np.testing.assert_allclose(frame["idle"], 0, atol=1e-14)
    alone = found.shares.pivot(index=["target", "population"], columns="measure", values="alone")
    np.testing.assert_allclose(frame["again"], alone["again"] / 2, atol=1e-14)
    last_in = found.shares[found.shares["measure"] == "again"]["last_in"]
    np.testing.assert_allclose(last_in, 0, atol=1e-14)


def test_the_order_in_which_measures_are_named_changes_no_contribution(study):
    names = ["transfers", "reserve-lists", "talent-intake", "priority-rule"]
    one, other = (
        contributions(study, given, (3,)).shares.set_index(["target", "population", "measure"])["contribution"]
        for given in (names, names[::-1])
    )
    np.testing.assert_allclose(other[one.index], one, atol=1e-12)


def test_a_sample_sums_to_the_full_effect_and_lies_within_its_error_of_the_exact(study):
    measures = ["one-third-rule", "priority-rule", "reserve-lists", "freed-posts"]
    exact, sample = (contributions(study, measures, (4,), pairs=pairs) for pairs in (None, 12))
    parts, full = sums(sample.shares, ["target", "population", "horizon_years"])
    assert (parts - full).abs().max() < 1e-12
    assert set(sample.shares["method"]) == {"sampled"}
    off = (sample.shares["contribution"] - exact.shares["contribution"]).abs()
    # Two and a half errors of 11 degrees of freedom are passed by 3 %; the 48 go together in part.
    assert (off > 2.5 * sample.shares["contribution_se"] + 1e-12).mean() < 0.15
    assert sample.shares["contribution_se"].max() > 0
    for column in ("alone", "last_in", "full_effect"):
        np.testing.assert_allclose(sample.shares[column], exact.shares[column], atol=1e-12)


def test_efficiency_is_points_over_persons_and_missing_where_there_are_none(of_the_plan):
    frame = efficiency(of_the_plan)
    assert list(frame.columns) == [
        *("target", "population", "horizon_years", "measure", "basis", "points", "effort", "persons", "per_100"),
        *("note", "age_line"),
    ]
    assert len(frame) == 3 * 3 * len(of_the_plan.shares)
    known = frame["note"] == ""
    quotient = 100 * frame["points"] / frame["persons"]
    np.testing.assert_allclose(frame["per_100"][known], quotient[known])
    assert frame["per_100"][~known].isna().all()
    notes = frame[frame["basis"] == "contribution"].groupby(["measure", "effort"])["note"].unique()
    # Freed posts cost releases and appointments; transfers fill posts that promotions need not fill; the priority rule
    # changes who is promoted.
    assert list(notes["freed-posts", "releases"]) == [""]
    assert list(notes["transfers", "appointments"]) == ["fewer"]
    assert list(notes["priority-rule", "releases"]) == ["none"]
    assert list(notes["priority-rule", "young_promotions"]) == [""]


def test_progress_tells_of_every_coalition(study):
    told = []
    contributions(study, ["priority-rule", "freed-posts"], (1,), progress=lambda *done: told.append(done))
    assert told[-1] == (4, 4)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_what_cannot_be_divided_is_refused(study):
    with pytest.raises(ParameterError, match="measures: given none"):
        contributions(study, [])
    with pytest.raises(UnknownNameError, match="Did you mean priority-rule"):
        contributions(study, ["priority-rul"])
    with pytest.raises(EvidenceError, match=r"half-young turns promotion\.young_share"):
        contributions(study, ["half-young", "two-thirds-young"])
    own = study.scenario("half-young").model_copy(update={"assumptions": {"promotion-age-spread": 4.0}})
    with pytest.raises(ParameterError, match="expected measures that start from the status quo's opening"):
        contributions(study, [own])
    with pytest.raises(ParameterError, match="expected a whole number of years from 1 to 30"):
        contributions(study, ["half-young"], (0,))
    with pytest.raises(ParameterError, match="pairs: given 1"):
        contributions(study, ["half-young"], (1,), pairs=1)
