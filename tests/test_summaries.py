"""The small tables to be read: they hold the numbers of the frames, in both languages."""

import re

import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import ParameterError
from cadre_research.findings.after import COURSES, after_the_horizon
from cadre_research.findings.coverage import TRUTHS
from cadre_research.findings.limits import Limits
from cadre_research.findings.relaxation import Question, relaxations
from cadre_research.findings.required import required
from cadre_research.reporting.names import display_names
from cadre_research.reporting.policy_summaries import (
    attainable_summary,
    binding_summary,
    budget_summary,
    first_possible_summary,
    maintainable_summary,
    plan_summary,
    range_summary,
    relaxation_summary,
    rule_change,
    rule_name,
)
from cadre_research.reporting.summaries import (
    after_summary,
    coverage_summary,
    required_summary,
    sensitivity_summary,
)
from cadre_research.reporting.wording import LANGUAGES

CHINESE = re.compile("[\u4e00-\u9fff]")
NAMES = {"chiefs": "Chiefs", "deputies": "Deputies", "chief": "Chief", "staff": "Staff"}
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


def text_of(frame):
    """All that a reader sees of a table."""
    return " ".join([*map(str, frame.index), *map(str, frame.columns), *map(str, frame.to_numpy().ravel())])


def required_frame(**changes):
    row = {
        "target": "chiefs",
        "horizon_years": 5,
        "lever": "promotion-rate",
        "value": 0.2534,
        "value_for_90_percent": np.nan,
        "reachable": True,
        "fails_again_at": np.nan,
        "best_share": 0.1879,
    }
    return pd.DataFrame([{**row, **changes}])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "25.4 (90 %: none)"),
        ({"value": 0.12, "value_for_90_percent": 0.285}, "12.0 (90 %: 28)"),
        ({"value_for_90_percent": 0.29, "fails_again_at": 0.2819}, "25.4 to 28.1 (90 %: 29)"),
        ({"value": np.nan, "reachable": False}, f"none up to 30: 18.8{SPACE}% at best"),
        ({"value": np.nan, "reachable": False, "best_share": np.nan}, "none suffices"),
        ({"reachable": False, "value_for_90_percent": 0.95}, f"none up to 30: 18.8{SPACE}% at best (90 %: 95)"),
    ],
)
def test_a_required_value_still_reaches_as_it_is_rounded(changes, said):
    summary = required_summary(required_frame(**changes), NAMES, "en")
    assert summary.loc["Chiefs", ("Promotions per 100 posts a year", "5 years")] == said


def test_values_for_90_percent_that_were_not_asked_for_are_not_called_none():
    summary = required_summary(required_frame(), NAMES, "en", surely=False)
    assert summary.iloc[0, 0] == "25.4"


def test_a_required_summary_names_the_rank_of_a_lever_and_keeps_every_target_and_horizon():
    frames = [
        required_frame(target=target, horizon_years=years, lever=lever)
        for lever in ("promotion-rate:chief", "young-share")
        for target in ("deputies", "chiefs")
        for years in (1, 10)
    ]
    summary = required_summary(pd.concat(frames), NAMES, "zh")
    assert list(summary.index) == ["Deputies", "Chiefs"]
    assert list(summary.columns) == [
        (lever, years)
        for lever in ("Chief的每百个职位每年提拔人数", "提拔中年轻干部不低于（%）")
        for years in ("1年", "10年")
    ]


def test_what_a_required_summary_says_suffices_does(study):
    found = required(study, levers=["young-share"], horizons_years=[5])
    summary = required_summary(found, display_names(study, "en"), "en", surely=False).iloc[:, 0]
    for (_, row), said in zip(found.iterrows(), summary, strict=True):
        assert said.startswith("none") != row["reachable"]
        if row["reachable"]:
            assert 0 <= float(said) / 100 - row["value"] < 0.001


def attainable_frame():
    rows = [
        ("chiefs", 5, False, 0.0, 0.135, False, 3.0),
        ("chiefs", 5, False, 2.0, 0.17, True, 3.0),
        ("chiefs", 5, False, 5.0, 0.21, True, 3.0),
        ("all-six", 5, False, 0.0, 0.135, False, 3.0),
        ("all-six", 5, False, 2.0, 0.14, False, 3.0),
        ("all-six", 5, False, 5.0, 0.15, False, 3.0),
        ("chiefs", 10, True, 0.0, 0.31, True, 3.0),
        ("all-six", 10, True, 0.0, 0.18, True, 3.0),
        ("chiefs", 5, False, 0.0, 0.16, False, np.nan),
        ("all-six", 5, False, 0.0, 0.16, False, np.nan),
    ]
    names = ["target", "horizon_years", "hold", "releases_per_100_posts", "best_share", "reachable"]
    return pd.DataFrame(rows, columns=[*names, "candidates_per_post"])


def test_an_attainable_summary_has_a_column_a_question_and_the_fewest_posts_to_free():
    summary = attainable_summary(attainable_frame(), NAMES, "en")
    assert summary.to_dict() == {
        "5 years": {
            "Chiefs": f"13.5{SPACE}%; from 2 freed",
            "All at once": f"13.5{SPACE}%; not with 5 freed",
        },
        "5 years, any number of candidates": {
            "Chiefs": f"16.0{SPACE}%; not with 0 freed",
            "All at once": f"16.0{SPACE}%; not with 0 freed",
        },
        "10 years, then held": {"Chiefs": f"31.0{SPACE}%", "All at once": f"18.0{SPACE}%"},
    }
    chinese = attainable_summary(attainable_frame(), NAMES, "zh")
    assert chinese.loc["全部同时", "5年"] == "13.5%；腾5个亦不可行"


def test_a_budget_summary_says_in_words_whether_a_target_is_possible():
    frame = attainable_frame().query("horizon_years == 5 and candidates_per_post == 3")
    summary = budget_summary(frame, NAMES, "en")
    assert list(summary.columns) == ["0 freed", "2 freed", "5 freed"]
    assert summary.loc["Chiefs"].tolist() == [
        f"13.5{SPACE}% impossible",
        f"17.0{SPACE}% possible",
        f"21.0{SPACE}% possible",
    ]
    assert budget_summary(frame, NAMES, "zh").loc["Chiefs", "腾0个"] == "13.5% 不可行"


def test_a_maintainable_summary_marks_what_is_enough():
    frame = attainable_frame().query("horizon_years == 5 and candidates_per_post == 3")
    summary = maintainable_summary(frame.drop(columns=["horizon_years", "hold"]), NAMES, "en")
    assert summary.loc["Chiefs"].tolist() == [f"13.5{SPACE}% ✗", f"17.0{SPACE}% ✓", f"21.0{SPACE}% ✓"]


def certificate_frame():
    rows = [
        ("minimum-years:chief", "years", 3.0, 2.0, 0.0213, True),
        ("releases", "share", 0.0, 0.01, 6e-7, True),
        ("age-line:chiefs", "years", 35.0, 36.0, 0.0, False),
    ]
    return pd.DataFrame(rows, columns=["rule", "unit", "value_before", "value_after", "gain", "binding"])


def test_a_binding_summary_holds_the_rules_that_bind_and_no_gain_of_nought():
    summary = binding_summary(certificate_frame(), NAMES, "en")
    assert list(summary.itertuples(name=None)) == [
        ("Least years in rank before promotion (Chief)", "3 → 2 years", "+2.13"),
        ("Posts freed per 100 a year, at most", "0 → 1", "<0.01"),
    ]


def test_a_relaxation_summary_holds_what_suffices_alone_or_else_together():
    rows = [
        ("posts:chief", "share", True, pd.NA, 1.0, np.nan),
        ("posts:chief", "share", False, 2, 1.0, 1.1),
        ("probation:staff", "years", False, 1, 1.0, 0.0),
    ]
    columns = ["rule", "unit", "alone", "units", "value_before", "value_after"]
    frame = pd.DataFrame(rows, columns=columns).astype({"units": "Int64"})
    summary = relaxation_summary(frame, NAMES, "en")
    assert list(summary.itertuples(name=None)) == [
        ("Posts (Chief)", f"100{SPACE}% → 110{SPACE}%", "all together"),
        ("Probation (Staff)", "1 → 0 years", "all together"),
    ]
    assert relaxation_summary(frame.iloc[:1], NAMES, "en").empty
    alone = frame.assign(alone=True, units=frame["units"].fillna(10), value_after=1.5).iloc[:1]
    assert relaxation_summary(alone, NAMES, "zh").to_numpy().tolist() == [["100% → 150%", "单独即可"]]


@pytest.mark.parametrize("make", [binding_summary, relaxation_summary])
def test_where_nothing_stands_in_the_way_the_table_is_empty_with_headings(make, language):
    summary = make(pd.DataFrame(), NAMES, language)
    assert summary.shape == (0, 2)


def test_every_rule_that_can_be_relaxed_has_words_in_both_languages(study, language):
    names = display_names(study, language)
    rules = relaxations(Question(study.opening(), Limits()))
    kinds = {rule.rule.partition(":")[0] for rule in rules}
    assert len(kinds) == 10
    said = {rule_name(rule.rule, names, language) for rule in rules}
    assert len(said) == len(rules)
    assert all(bool(CHINESE.search(text)) is (language == "zh") for text in said)
    changes = [rule_change(rule.rule, rule.unit, rule.value, rule.value_after(), language) for rule in rules]
    for change in changes:
        before, _, after = change.partition(" → ")
        assert before
        assert after
        assert before != after


def test_a_plan_summary_counts_persons_and_finds_the_person_in_the_middle():
    rows = [
        (2018, "promotion", "staff", "chief", 30, 1.0),
        (2018, "promotion", "staff", "chief", 34, 1.5),
        (2018, "promotion", "staff", "chief", 40, 1.5),
        (2019, "promotion", "staff", "chief", 50, 6.0),
        (2019, "release", "chief", "deputies", 55, 2.0),
        (2019, "recruitment", None, "staff", 22, 1234.0),
    ]
    plan = pd.DataFrame(rows, columns=["year", "kind", "from_rank", "to_rank", "age_years", "persons"])
    summary = plan_summary(plan, NAMES, "en")
    assert list(summary.index) == ["2018", "2019", "Total"]
    assert {column: list(summary[column]) for column in summary} == {
        ("Chief", "Promotions"): ["4", "6", "10"],
        ("Chief", "Median age"): ["34", "50", "50"],
        ("Chief", "Releases"): ["0", "2", "2"],
        ("Staff", "Recruits"): ["0", "1,234", "1,234"],
    }


def test_a_plan_of_nothing_is_an_empty_table():
    columns = ["year", "kind", "from_rank", "to_rank", "age_years", "persons"]
    assert plan_summary(pd.DataFrame([], columns=columns), NAMES, "en").empty


def test_an_after_summary_holds_shares_and_promotions_of_every_course(study, language):
    after = after_the_horizon(study, "rate-12", 5, 10)
    names = display_names(study, language)
    summary = after_summary(after, names, language)
    assert summary.columns.get_level_values(1).tolist() == [2022, 2027] * len(COURSES)
    assert len(summary) == len(study.evidence.targets.ids) + 4
    share = after.shares.query(
        "course == 'returned' and year == 2027 and target == 'section-chief' and population == 'level'"
    )["share"].item()
    column = summary.columns[3]
    cell = summary.loc[names["section-chief"], column]
    assert float(cell.rstrip("%").strip(SPACE)) == pytest.approx(100 * share, abs=0.05)
    promoted = after.promotions.query("course == 'returned' and year == 2027 and rank == 'county-principal'")
    into = next(
        name for name in summary.index if names["county-principal"] in name and name != names["county-principal"]
    )
    assert float(summary.loc[into, column].replace(",", "")) == round(promoted["promotions"].item())
    with pytest.raises(ParameterError, match="expected years from 2018 to 2027"):
        after_summary(after, names, language, [2022, 2032])


def sensitivity_frame(assumptions):
    rows = [
        ("chiefs", 5, "level", name, 0.0, 1.0, 0.1, 0.1 + swing, swing, turning, within)
        for name, swing, turning, within in zip(
            assumptions,
            (0.01, 0.03, 0.02, np.nan),
            (np.nan, 0.5, 1.25, np.nan),
            (False, True, False, False),
            strict=True,
        )
    ]
    columns = ["target", "horizon_years", "population", "assumption", "low", "high", "share_at_low", "share_at_high"]
    return pd.DataFrame(rows, columns=[*columns, "swing", "turning_value", "turns_within_range"])


def test_a_sensitivity_summary_has_the_widest_swings_first_and_marks_turns_outside_the_range(study):
    known = study.evidence.assumptions
    assumptions = list(known)[:4]
    frame = sensitivity_frame(assumptions)
    summary = sensitivity_summary(frame, study, "chiefs", 5, NAMES, "en", top=2)
    assert list(summary.index) == [known[assumptions[1]].title, known[assumptions[2]].title]
    assert summary["Swing (points)"].tolist() == ["3.0", "2.0"]
    assert summary.iloc[:, -1].tolist() == ["0.5", "(1.25)"]
    assert summary.index.name == "Chiefs, 5 years"
    measured = {"sobol_total": 0.25, "sobol_total_ci": 0.031, "surrogate_r2": 0.92}
    given = {"given_data": 0.4, "given_data_floor": 0.19}
    everything = sensitivity_summary(frame.assign(**measured, **given), study, "chiefs", 5, NAMES, "zh")
    assert len(everything) == 4
    assert everything["变幅（百分点）"].iloc[-1] == "—"
    assert everything["方差贡献（含交互，多项式解释92%）"].tolist() == ["25% ± 3"] * 4
    assert everything["按情形样本的度量（无影响者：0.19）"].tolist() == ["0.40"] * 4


def test_what_moves_nothing_alone_but_much_with_others_is_shown(study):
    assumptions = list(study.evidence.assumptions)[:4]
    frame = sensitivity_frame(assumptions).assign(sobol_total_ci=0.03, surrogate_r2=0.92, sobol_total=0.0)
    least = frame.query("target == 'chiefs' and horizon_years == 5 and population == 'level'")["swing"].idxmin()
    frame.loc[least, "sobol_total"] = 0.8
    shown = sensitivity_summary(frame, study, "chiefs", 5, NAMES, "en", top=3)
    assert study.evidence.assumptions[frame.loc[least, "assumption"]].title in shown.index


def test_a_coverage_summary_has_the_mean_and_the_worst_target_of_every_kind_of_truth(language):
    rows = [
        (truth, target, horizon, population, covered, covered + 0.1)
        for truth in TRUTHS
        for horizon in (5, 10)
        for target, population, covered in (
            ("chiefs", "level", 0.6),
            ("deputies", "level", 0.8),
            ("chiefs", "posts", 0.0),
        )
    ]
    columns = ["truth", "target", "horizon_years", "population", "covered_80", "covered_95"]
    summary = coverage_summary(pd.DataFrame(rows, columns=columns).assign(truths=60), NAMES, language)
    assert len(summary) == 2 * len(TRUTHS)
    assert summary.index.get_level_values(0).nunique() == len(TRUTHS)
    first = [text.replace(SPACE, "") for text in summary.iloc[0].astype(str)]
    assert first[:2] == ["70%", "80%"]
    assert first[2].startswith("70%")
    assert first[2].endswith("Chiefs")
    assert first[3] == "60"
    assert bool(CHINESE.search(text_of(summary))) is (language == "zh")


def test_when_it_can_first_be_done(language):
    rows = [("chiefs", 4, 0.151, False), ("all-six", 4, 0.145, False), ("chiefs", 5, 0.301, True)]
    frame = pd.DataFrame(rows, columns=["target", "horizon_years", "best_share", "reachable"])
    table = first_possible_summary(frame, NAMES, language)
    assert len(table.columns) == 2
    assert table.loc["Chiefs"].str.endswith(("✗", "✓")).all()
    assert "15.1" in table.loc["Chiefs"].iloc[0]
    assert "30.1" in table.loc["Chiefs"].iloc[1]


def test_range_over_worlds_is_marked_only_where_all_reach(language):
    rows = [("chiefs", 5, 0.151, 0.3, 0.5), ("all-six", 5, 0.2, 0.25, 1.0)]
    columns = ["target", "horizon_years", "lowest_best_share", "highest_best_share", "reachable_share"]
    table = range_summary(pd.DataFrame(rows, columns=columns), NAMES, language)
    assert table.loc["Chiefs"].iloc[0].startswith("15.1–30.0")
    assert [cell[-1] for cell in table.iloc[:, 0]] == ["✗", "✓"]
