"""Scenarios: those shipped, and those that must be refused."""

from fractions import Fraction

import pytest
from chinese import faults_of_setting, numbers_left_out

from cadre_research.errors import EvidenceError, ParameterError, UnknownNameError
from cadre_research.evidence.package import differences
from cadre_research.evidence.scenario import load_scenario, scenario_ids
from cadre_research.paths import scenarios_dir

# In the order of tables and figures.
SHIPPED = (
    "status-quo",
    "one-third-rule",
    "half-young",
    "two-thirds-young",
    "full-plan-2018",
    "rate-04",
    "rate-06",
    "rate-08",
    "rate-10",
    "rate-12",
    "two-thirds-young-rate-12",
    "no-retirement-delay",
    "post-freeze",
)
HEAD = 'format = 1\nid = "toy"\ntitle_en = "Toy"\ntitle_zh = "玩具"\nreason = "made up"\n'


@pytest.fixture
def load(tmp_path):
    def run(rest, name="toy", head=HEAD):
        (tmp_path / f"{name}.toml").write_text(head + rest, encoding="utf-8")
        return load_scenario(name, tmp_path)

    return run


def test_the_shipped_scenarios_are_these():
    assert scenario_ids(scenarios_dir()) == tuple(sorted(SHIPPED))


def test_a_study_reads_them_in_their_order_the_status_quo_first(study):
    assert tuple(study.scenarios) == SHIPPED
    orders = [scenario.order for scenario in study.scenarios.values()]
    assert len(set(orders)) == len(orders)


def test_a_scenario_without_an_order_comes_after_those_shipped(load, study):
    assert load("").order > max(scenario.order for scenario in study.scenarios.values())


def told_in_chinese_too(scenario):
    assert faults_of_setting(scenario.reason_zh) == []
    assert scenario.reason_zh.endswith("。")
    assert numbers_left_out(scenario.reason, scenario.reason_zh) == set()


def test_a_reason_in_chinese_may_be_left_out(load):
    assert load("").reason_zh is None


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_scenario_has_both_titles_and_a_reason(name):
    scenario = load_scenario(name, scenarios_dir())
    assert scenario.id == name
    assert scenario.title_en.isascii()
    assert any("一" <= letter <= "鿿" for letter in scenario.title_zh)
    assert len(scenario.reason) > 40
    assert scenario.reason.endswith(".")
    told_in_chinese_too(scenario)


def test_every_measure_differs_from_the_status_quo_and_is_named_and_explained(study):
    """Two measures may not turn the same field: put together they would hide each other."""
    fields = []
    for measure in study.measures.values():
        turned = differences(measure, study.scenario("status-quo"))
        assert turned
        fields += [] if measure.lateral_intake else turned
        assert measure.title_en.isascii()
        assert measure.reason.endswith(".")
        told_in_chinese_too(measure)
    assert len(set(fields)) == len(fields)


def test_the_full_plan_is_its_measures_together(study):
    plan, measures = study.scenario("full-plan-2018"), study.measures
    alone = [measures[name] for name in ("reserve-lists", "transfers", "talent-intake", "grass-roots")]
    assert plan.reserve_lists == alone[0].reserve_lists
    assert plan.lateral_intake == alone[1].lateral_intake + alone[2].lateral_intake
    assert plan.grass_roots == alone[3].grass_roots
    assert plan.promotion.young_share == study.scenario("one-third-rule").promotion.young_share
    assert plan.promotion.priority_rule
    assert plan.promotion.release_rate_per_year == measures["freed-posts"].promotion.release_rate_per_year
    assert plan.promotion.candidates_per_post == 3


def test_titles_are_told_apart(study):
    scenarios = [load_scenario(name, scenarios_dir()) for name in SHIPPED] + list(study.measures.values())
    for language in ("title_en", "title_zh"):
        assert len({getattr(scenario, language) for scenario in scenarios}) == len(scenarios)


@pytest.mark.parametrize("rate", [4, 6, 8, 10, 12])
def test_the_rate_scenarios_have_the_rate_of_their_name_and_the_one_third_rule(rate):
    promotion = load_scenario(f"rate-{rate:02}", scenarios_dir()).promotion
    assert promotion.rate_per_year == rate / 100
    assert promotion.young_share == Fraction(1, 3)
    assert promotion.candidates_per_post == 3


@pytest.mark.parametrize(
    ("name", "share"),
    [("one-third-rule", "1/3"), ("half-young", "1/2"), ("two-thirds-young", "2/3"), ("status-quo", "0")],
)
def test_the_young_share_is_exact_and_on_vacancies_only(name, share):
    promotion = load_scenario(name, scenarios_dir()).promotion
    assert promotion.young_share == Fraction(share)
    assert promotion.mode == "vacancy"


def test_what_a_scenario_leaves_out_is_as_in_the_status_quo():
    quo = load_scenario("status-quo", scenarios_dir())
    for name, changed in {
        "no-retirement-delay": {"retirement"},
        "post-freeze": {"promotion", "recruitment"},
        "rate-08": {"promotion"},
        "half-young": {"promotion"},
    }.items():
        scenario = load_scenario(name, scenarios_dir())
        keys = {"promotion", "posts", "recruitment", "retirement", "opening", "lateral_intake", "assumptions"}
        assert {key for key in keys if getattr(scenario, key) != getattr(quo, key)} == changed


def test_the_id_must_be_the_name_of_the_file(load):
    with pytest.raises(
        EvidenceError, match=r"other\.toml, key id: given 'toy', expected 'other', the name of the file"
    ):
        load("", name="other")


@pytest.mark.parametrize("name", ["../../x", "../toy", "/etc/passwd", "toy.toml", "", "TOY", "toy\n", "toy\0"])
def test_a_name_is_never_used_as_a_path(load, tmp_path, name):
    load("")
    (tmp_path.parent / "x.toml").write_text(HEAD, encoding="utf-8")
    with pytest.raises(UnknownNameError, match=r"scenario .* is not known"):
        load_scenario(name, tmp_path)


def test_a_file_name_that_is_no_id_is_refused(load):
    with pytest.raises(EvidenceError, match="a scenario's file name is its id: lower-case letters, digits and hyphens"):
        load("", name="Toy 1")


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        (
            "[promotion]\nrate_per_year = 0.1",
            'key promotion: rate_per_year .* is needed with mode = "rate" and only there',
        ),
        ('[promotion]\nmode = "rate"', 'key promotion: rate_per_year .* is needed with mode = "rate" and only there'),
        ('[promotion]\nmode = "vacancy"\nrate_per_year_by_rank = { staff = 0.1 }', 'is needed with mode = "rate"'),
        ('[promotion]\nmode = "rate"\nrate_per_year_by_rank = { "Staff 1" = 0.1 }', "string should match pattern"),
        ('[promotion]\nmode = "rate"\nrate_per_year_by_rank = { staff = 1.1 }', "given 1.1; input should be less than"),
        ("[promotion]\ncandidates_per_post = 0", "line 7, key promotion.candidates_per_post: given 0; .* equal to 1"),
        ("[promotion]\ncandidates_per_post = 2.5", "line 7, key promotion.candidates_per_post: given 2.5;"),
        ("[promotion]\nfrozen_years = [2018, 2019.5]", r"key promotion.frozen_years\[2\]: given 2019.5;"),
        ('[promotion]\nfrozen_years = "2018"', "key promotion.frozen_years: given '2018';"),
        ("[posts]\ngrowth_per_year = 0.6", "key posts.growth_per_year: given 0.6; .* less than or equal to 0.5"),
        ("[opening]\npost_growth_before_per_year = 0.2", "key opening.post_growth_before_per_year: given 0.2;"),
        ('[recruitment]\nmode = "schedule"', 'key recruitment: persons_by_year is needed with mode = "schedule"'),
        (
            "[recruitment]\npersons_by_year = { 2018 = 5 }",
            'key recruitment: persons_by_year is needed with mode = "sch',
        ),
        (
            '[recruitment]\nmode = "schedule"\npersons_by_year = { 2018 = -5 }',
            "given -5; .* greater than or equal to 0",
        ),
        ('[recruitment]\nmode = "schedule"\npersons_by_year = { "18" = 5 }', "given '18'; string should match pattern"),
        ("[assumptions]\nresignation = nan", "line 7, key assumptions.resignation: given nan;"),
        ('[assumptions]\nresignation = "0,1"', "line 7, key assumptions.resignation: given '0,1'; .* valid number"),
        ("[assumption]\nresignation = 0.1", "line 6, key assumption: unknown name. Did you mean assumptions"),
    ],
)
def test_a_scenario_that_contradicts_itself_is_refused(load, rest, message):
    with pytest.raises(EvidenceError, match=message):
        load(rest)


INTAKE = """[[lateral_intake]]
rank = "section-chief"
persons_per_year = 48
youngest_age_years = 30
oldest_age_years = 40
first_year = 2018
last_year = 2020
"""


@pytest.mark.parametrize(
    ("old", "new"), [("oldest_age_years = 40", "oldest_age_years = 29"), ("last_year = 2020", "last_year = 2017")]
)
def test_a_lateral_intake_of_no_age_or_no_year_is_refused_and_not_passed_over(load, old, new):
    assert load(INTAKE).lateral_intake[0].persons_per_year == 48
    with pytest.raises(EvidenceError, match=r"line 6, key lateral_intake\[1\]: expected youngest_age_years <= oldest"):
        load(INTAKE.replace(old, new))


@pytest.fixture(scope="module")
def quo(study):
    return study.scenario("status-quo")


@pytest.mark.parametrize("given", [float("nan"), float("inf"), -float("inf"), -0.1, 1.5, "0,1", "0.1", True, [0.1]])
def test_a_rate_or_share_of_ones_own_that_is_no_share_is_refused(quo, given):
    for name in ("promotion_rate_per_year", "young_share_of_promotions"):
        with pytest.raises(ParameterError, match=f"{name}: given .*, expected a decimal number from 0 to 1"):
            quo.overridden(**{name: given})
    with pytest.raises(ParameterError, match=r"promotion_rate_per_year of section-chief: given .*, expected a decimal"):
        quo.overridden({"section-chief": given})


def test_nothing_changed_is_the_scenario_itself(quo):
    assert quo.overridden() is quo
    assert quo.overridden({}) is quo


@pytest.mark.parametrize("rank", ["Section Chief", "", "../x", 3])
def test_a_rate_into_what_cannot_be_a_rank_is_refused(quo, rank):
    with pytest.raises(
        ParameterError, match=r"promotion_rate_per_year: given .*, expected a rank, such as section-chief"
    ):
        quo.overridden({rank: 0.1})


def test_a_changed_scenario_has_an_id_and_titles_of_its_own(quo):
    changed = quo.overridden(0.08, 0.5)
    assert changed.id == "status-quo-changed"
    assert changed.title_en == "Status quo, 8 per 100 posts a year, 50 % of promotions young"
    assert changed.title_zh == "维持现状，每百个职位每年提拔8人，提拔中年轻干部占50%"
    assert quo.overridden({"section-chief": 0.1}).title_en == "Status quo, own promotion rates"
    assert (quo.id, quo.title_en) == ("status-quo", "Status quo")


def test_a_rate_for_all_ranks_replaces_those_by_rank_and_leaves_the_rest(quo, study):
    by_rank = quo.overridden({"section-chief": 0.1})
    assert by_rank.promotion.rate_per_year_by_rank == {"section-chief": 0.1}
    more = by_rank.overridden({"county-deputy": 0.2}, 0.25)
    assert more.promotion.rate_per_year_by_rank == {"section-chief": 0.1, "county-deputy": 0.2}
    assert more.promotion.young_share == Fraction(1, 4)
    assert more.promotion.rate_into("staff") is None
    everywhere = more.overridden(0.05)
    assert everywhere.promotion.rate_per_year_by_rank == {}
    assert everywhere.promotion.rate_into("county-deputy") == 0.05
    assert everywhere.promotion.young_share == Fraction(1, 4)
    assert quo.promotion.mode == "vacancy"
    frozen = study.scenario("post-freeze").overridden(0.05).promotion
    assert frozen.frozen_years == (2018, 2019)


@pytest.mark.parametrize("given", [0, 1, 0.0, 1.0, 0.1])
def test_the_limits_are_rates_and_shares_too(quo, given):
    changed = quo.overridden(given, given).promotion
    assert changed.rate_per_year == given
    assert changed.young_share == Fraction(str(given))
