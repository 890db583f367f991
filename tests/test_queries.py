"""Questions put one at a time: checked first, answered as the findings do, and found again."""

import pytest

from cadre_research.errors import ParameterError, UnknownNameError
from cadre_research.findings.attainable import attainable
from cadre_research.findings.required import required
from cadre_research.reporting import kept
from cadre_research.reporting.queries import (
    best_plan,
    best_shares,
    check_file,
    checked_horizons,
    checked_levers,
    question,
    reasons,
    required_values,
)
from cadre_research.reporting.worlds import Worlds


@pytest.fixture(autouse=True)
def own_outputs(monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "outputs_dir", lambda: tmp_path / "outputs")


@pytest.fixture
def status_quo(study):
    return study.scenario("status-quo")


def test_levers_are_those_asked_for_once_or_those_with_an_effect(study, status_quo):
    assert checked_levers(study, status_quo, ["young-share", "young-share"]) == ["young-share"]
    assert checked_levers(study, status_quo) == ["promotion-rate", "young-share", "release-rate"]
    assert checked_levers(study, study.scenario("rate-12")) == ["promotion-rate", "young-share"]
    with pytest.raises(ParameterError, match="expected a rank that fills vacancies"):
        checked_levers(study, study.scenario("rate-12"), ["release-rate"])
    with pytest.raises(UnknownNameError, match="Did you mean county-deputy"):
        checked_levers(study, status_quo, ["promotion-rate:county-deput"])


def test_horizons_are_in_order_and_in_range():
    assert checked_horizons() == [5, 10]
    assert checked_horizons([9, 2, 9]) == [2, 9]
    with pytest.raises(ParameterError, match="given 31"):
        checked_horizons([5, 31])


def test_a_question_has_its_budgets_in_order_and_is_checked():
    asked = question(3, [10, 0, 10], any_candidates=True)
    assert asked.budgets_per_100_posts == (0.0, 10.0)
    assert asked.limits.candidates_per_post is None
    assert question(3).budgets_per_100_posts == (0.0,)
    assert question(3).limits.candidates_per_post == 3
    for wrong in ((0, [1]), (3, [-1]), (3, [float("nan")])):
        with pytest.raises(ParameterError):
            question(*wrong)


def test_a_file_is_checked_without_a_trace(tmp_path):
    check_file("--plan", tmp_path / "plan.csv")
    assert not (tmp_path / "plan.csv").exists()
    (tmp_path / "old.csv").write_text("kept")
    check_file("--plan", tmp_path / "old.csv")
    assert (tmp_path / "old.csv").read_text() == "kept"
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ParameterError, match="cannot be written"):
        check_file("--plan", tmp_path / "folder.csv")


def test_required_values_are_those_of_the_findings_lever_by_lever(study, status_quo):
    levers = ["young-share", "promotion-rate:county-deputy"]
    steps = []
    found = required_values(Worlds(study), status_quo, levers, [2], progress=lambda: steps.append(1))
    assert len(steps) == 2
    same = required(study, status_quo, levers, [2])
    columns = ["target", "horizon_years", "lever", "value", "best_share"]
    assert found[columns].equals(same[columns])
    assert found["value_for_90_percent"].isna().all()


def test_the_best_shares_are_found_once_with_their_reasons(study, status_quo):
    asked = question(1, [0, 10])
    steps = []
    given = (study, status_quo, "inclusive", asked)
    shares = best_shares(*given, lambda: steps.append(1))
    assert len(steps) == len(shares) == 14
    assert shares["best_share"].tolist() == attainable(study, question=asked)["best_share"].tolist()
    two = shares[shares["target"].isin(["county-level", "section-deputy"])]
    why = list(reasons(*given, two, lambda: steps.append(1)))
    assert len(steps) > 14
    # Freeing ten posts in a hundred makes the one possible and not the other.
    assert [(target, budget) for target, budget, *_ in why] == [("county-level", 0.0), ("section-deputy", 10.0)]
    best = shares.set_index(["target", "releases_per_100_posts"])["best_share"]
    for target, budget, binding, least in why:
        assert binding["best_share_before"].iloc[0] == pytest.approx(best[target, budget], abs=1e-7)
        assert binding["binding"].any()
        assert least["units"].notna().any()
    done = len(steps)
    assert best_shares(*given, lambda: steps.append(1)).equals(shares)
    assert len(list(reasons(*given, two, lambda: steps.append(1)))) == len(why)
    assert len(steps) == done


def test_the_best_plan_frees_no_more_posts_than_asked_for(study, status_quo):
    plan = best_plan(study, status_quo, "inclusive", question(1, [0, 2]))
    released = plan[plan["kind"] == "release"].groupby("from_rank")["persons"].sum()
    posts = study.opening(status_quo).posts[0]
    ladder = study.evidence.ladder
    assert len(released)
    for rank, persons in released.items():
        # Posts grow or stay; those of the year differ from those at the opening by little.
        assert 0 < persons <= 1.1 * 0.02 * posts[ladder.index(rank)]
