from dataclasses import replace

import pandas as pd
import pytest

from cadre_research.findings.attainable import attainable
from cadre_research.reporting.inquiry import Effort, Inquiry
from cadre_research.reporting.possible import Possible
from cadre_research.reporting.worlds import Worlds

QUICK = Effort(3, 5, (0, 20), (0,), 1, 40, 4)
BRIEF = replace(QUICK, budgets_per_100_posts=(0.0,), held_budgets_per_100_posts=())


@pytest.fixture(scope="module")
def worlds(study):
    return Worlds(study, draws=4, replicates=2)


@pytest.fixture(scope="module")
def inquiry(worlds, study):
    return Inquiry(worlds, study.scenario("status-quo"), QUICK)


@pytest.mark.slow
def test_required_has_the_value_for_90_percent_only_when_asked(inquiry):
    plain, surely = inquiry.required(surely=False), inquiry.required()
    assert plain["value_for_90_percent"].isna().all()
    assert surely["value_for_90_percent"].notna().any()
    same = [name for name in plain if not name.startswith("value_for_90")]
    pd.testing.assert_frame_equal(plain[same], surely[same])


def test_what_was_found_is_kept(inquiry, monkeypatch):
    first = inquiry.probability_curves()
    monkeypatch.setattr("cadre_research.reporting.queries.probability_curves", None)
    again = Inquiry(inquiry.worlds, inquiry.scenario, QUICK).probability_curves()
    pd.testing.assert_frame_equal(first, again, check_exact=True)


@pytest.mark.slow
def test_another_scenario_is_another_inquiry(inquiry, study):
    other = replace(inquiry, scenario=study.scenario("two-thirds-young"))
    rate = "lever == 'promotion-rate' and horizon_years == 10 and target == 'section-chief'"
    own, changed = (each.required(surely=False).query(rate)["value"].item() for each in (inquiry, other))
    assert changed < own


@pytest.mark.slow
def test_processes_find_what_one_process_finds(worlds, study):
    possible = Possible(worlds, study.scenario("status-quo"), BRIEF)
    found = possible.attainable()
    from cadre_research.findings.attainable import Attainability

    alone = attainable(study, "status-quo", question=Attainability((5,), (0.0,), (False,)))
    pd.testing.assert_frame_equal(found.query("horizon_years == 5").reset_index(drop=True), alone, rtol=1e-7)


@pytest.mark.slow
def test_what_stands_in_the_way_is_asked_at_the_last_impossible_horizon(worlds, study):
    possible = Possible(worlds, study.scenario("status-quo"), BRIEF)
    horizon = possible.last_impossible_horizon_years
    first = possible.first_possible().query("target == 'all-six'").set_index("horizon_years")["reachable"]
    assert horizon == 4
    assert not first[: horizon + 1].loc[:horizon].any()
    assert first[horizon + 1]
    certificate = possible.certificate()
    assert certificate["binding"].any()
    relaxed = possible.least_relaxation()
    alone = relaxed[relaxed["alone"] & relaxed["units"].notna()]
    # A rule that suffices alone helps when it is relaxed by one unit.
    assert set(alone.loc[alone["units"] == 1, "rule"]) <= set(certificate.loc[certificate["binding"], "rule"])
