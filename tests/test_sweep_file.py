from fractions import Fraction
from pathlib import Path

import pytest

from cadre_research.errors import EvidenceError
from cadre_research.evidence.sweep import LARGEST_SWEEP, varied
from cadre_research.evidence.sweep_file import read_sweep
from cadre_research.paths import project_root

HEAD = 'format = 1\nid = "mine"\nscenarios = ["status-quo"]\nhorizons_years = [5]\n'


@pytest.fixture
def read(study, tmp_path):
    """Read a sweep from its text."""

    def read_text(text, head=HEAD):
        path = tmp_path / "mine.toml"
        path.write_text(head + text, encoding="utf-8")
        return read_sweep(path, study.evidence, study.scenarios)

    return read_text


@pytest.mark.parametrize("path", sorted((project_root() / "sweeps").glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_sweeps_can_be_run(study, path):
    sweep = read_sweep(path, study.evidence, study.scenarios)
    assert sweep.id == path.stem
    assert f"= {sweep.count} settings" in path.read_text(encoding="utf-8")


def test_a_span_has_the_values_somebody_would_type(read):
    sweep = read(
        "[axes]\npromotion_rate_per_year = {from = 0.04, to = 0.12, count = 9}\n"
        "candidates_per_post = {from = 1, to = 4, count = 4}"
    )
    assert sweep.axes.promotion_rate_per_year == (0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.11, 0.12)
    assert sweep.axes.candidates_per_post == (1, 2, 3, 4)
    assert all(isinstance(value, int) for value in sweep.axes.candidates_per_post)


def test_the_product_by_hand(read):
    """2 x 2 x 3 settings; 7 is 1 x 6 + 0 x 3 + 1, so the second line, the first scenario, the second rate."""
    head = HEAD.replace('["status-quo"]', '["status-quo", "rate-04"]')
    sweep = read('[axes]\nage_line = ["inclusive", "strict"]\npromotion_rate_per_year = [0.1, 0.2, 0.3]', head)
    assert (sweep.count, sweep.settings_per_scenario, sweep.openings_at_most) == (12, 3, 4)
    setting = sweep.setting(7)
    assert (setting.number, setting.age_line, setting.scenario) == (7, "strict", "status-quo")
    assert setting.levers == {"promotion_rate_per_year": 0.2}


def test_a_setting_stands_above_the_scenario(read, study):
    sweep = read(
        'promotion_rate_per_year = [0.1]\nyoung_share_of_promotions = ["1/3"]\ncandidates_per_post = [2]\n'
        "posts_growth_per_year = [0.01]\n[axes.promotion_rate_per_year_by_rank]\ncounty-deputy = [0.2]\n"
        "[axes.assumptions]\nresignation = [0.001]",
        HEAD + "[axes]\n",
    )
    changed = varied(study.scenario("rate-04"), sweep.setting(0))
    policy = changed.promotion
    assert (policy.mode, policy.rate_into("section-chief"), policy.rate_into("county-deputy")) == ("rate", 0.1, 0.2)
    assert (policy.young_share, policy.candidates_per_post) == (Fraction(1, 3), 2)
    assert (changed.posts.growth_per_year, changed.assumptions) == (0.01, {"resignation": 0.001})
    assert study.scenario("rate-04").assumptions == {}


def test_what_is_left_out_stays_the_scenarios(read, study):
    sweep = read("[axes]\nyoung_share_of_promotions = [0.5]")
    for name in ("rate-08", "post-freeze"):
        own = study.scenario(name)
        changed = varied(own, sweep.setting(0))
        assert changed.promotion.model_copy(update={"young_share": own.promotion.young_share}) == own.promotion
        assert (changed.posts, changed.assumptions) == (own.posts, own.assumptions)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("promotion_rate_per_yer = [0.1]", "line 6, key axes.promotion_rate_per_yer: unknown name. Did you mean prom"),
        ("promotion_rate_per_year = 0.1", r"line 6, key axes.promotion_rate_per_year: given 0.1; expected a list such"),
        ("promotion_rate_per_year = [0.1, 1.2]", r"line 6, key .*\[2\]: given 1.2; input should be less than or equal"),
        ("promotion_rate_per_year = [nan]", r"line 6, key .*\[1\]: given nan; input should be a finite number"),
        ("promotion_rate_per_year = [true]", r"line 6, key .*\[1\]: given True; input should be a valid number"),
        ("promotion_rate_per_year = [0.1, 0.1]", "line 6, .*: expected each value once"),
        ("promotion_rate_per_year = []", "line 6, .* at least 1 item"),
        ("promotion_rate_per_year = [0.1]\npromotion_rate_per_year = [0.2]", "not a valid UTF-8 TOML file"),
        ("promotion_rate_per_year = {from = 0, to = inf, count = 3}", "line 6, .*from below to"),
        ("promotion_rate_per_year = {from = 0.2, to = 0.1, count = 3}", "line 6, .*from below to"),
        ("promotion_rate_per_year = {from = 0, to = 1, count = 1}", "count: given 1, expected a whole number from 2"),
        ("promotion_rate_per_year = {from = 0, too = 1, count = 3}", "unknown name 'too'. Did you mean to"),
        ("candidates_per_post = {from = 1, to = 4, count = 3}", r"key axes.candidates_per_post\[2\]: given 2.5"),
        ('young_share_of_promotions = ["half"]', 'expected a share such as 0.25 or "1/6"'),
        ("posts_growth_per_year = [0.6]", "given 0.6; input should be less than or equal to 0.5"),
        ('age_line = ["strikt"]', "given 'strikt'; input should be 'inclusive' or 'strict'"),
        ("[axes.assumptions]\nresignatio = [0.1]", "line 7, .*'resignatio' is not known. Did you mean resignation"),
        ("[axes.assumptions]\nresignation = [0.001, 9]", r"line 7, .*given 0.001 to 9, expected 0.0005 to 0.004 \(per"),
        ("[axes.assumptions]\nyoung-promotion-age-county-deputy = [38.5]", "line 7, .*expected whole numbers only"),
        ("[axes.promotion_rate_per_year_by_rank]\ncounty-deputies = [0.1]", "line 7, .*Did you mean county-deputy"),
        (
            "promotion_rate_per_year = {from = 0, to = 1, count = 999}\n"
            "young_share_of_promotions = {from = 0, to = 1, count = 999}",
            f"998,001 settings given, at most {LARGEST_SWEEP:,} expected",
        ),
        (
            "promotion_rate_per_year = [0.1]\nrelease_rate_per_year = [0.1]",
            "line 7, key axes.release_rate_per_year: changes nothing under scenario status-quo",
        ),
        (
            "promotion_rate_per_year = [0.1]\n[axes.promotion_rate_per_year_by_rank]\nsection-deputy = [0.1]\n"
            "section-chief = [0.1]\ncounty-deputy = [0.1]\ncounty-principal = [0.1]",
            "line 6, key axes.promotion_rate_per_year: changes nothing where every rank has a rate of its own",
        ),
    ],
)
def test_axes_that_cannot_be_run_are_refused(read, text, message):
    with pytest.raises(EvidenceError, match=message):
        read(f"[axes]\n{text}")


@pytest.mark.parametrize(
    ("given", "put", "message"),
    [
        ('"status-quo"', '"status-qou"', "line 3, key scenarios: .*Did you mean status-quo"),
        ('"status-quo"', '"status-quo", "status-quo"', "line 3, key scenarios: expected each value once"),
        ("[5]", "[5, 31]", r"line 4, key horizons_years\[2\]: given 31"),
        ("[5]", "[5.0]", r"line 4, key horizons_years\[1\]: given 5.0"),
        ("[5]", "[]", "line 4, key horizons_years: .*at least 1 item"),
        ("format", "replicates = 1001\nformat", "line 1, key replicates: given 1001"),
        ("format", "seed = -1\nformat", "line 1, key seed: given -1"),
        ("format = 1", "format = 2", "line 1, key format: given 2"),
        ('id = "mine"', 'id = "../mine"', "line 2, key id: given '../mine'"),
        ('id = "mine"\n', "", "key id: missing; this key is required"),
        ("format", "x = " + "[" * 9999 + "\nformat", "not a valid UTF-8 TOML file"),
        ("format", "#" + "x" * 1_000_000 + "\nformat", "bytes given, at most 1,000,000 expected"),
    ],
)
def test_a_file_that_cannot_be_run_is_refused(read, given, put, message):
    with pytest.raises(EvidenceError, match=message):
        read("", HEAD.replace(given, put))


def test_what_a_scenario_does_not_take_is_refused(study, tmp_path):
    policy = study.scenario("status-quo").promotion.model_copy(update={"mode": "markov"})
    by_probability = study.scenario("status-quo").model_copy(update={"id": "markov", "promotion": policy})
    path = tmp_path / "mine.toml"
    head = HEAD.replace("status-quo", "markov") + "[axes]\n"
    evidence = study.evidence
    path.write_text(head + "release_rate_per_year = [0.1]", encoding="utf-8")
    with pytest.raises(EvidenceError, match='key axes: scenario markov: release_rate_per_year is for mode = "vacancy"'):
        read_sweep(path, evidence, {"markov": by_probability})
    path.write_text(head + "young_share_of_promotions = [0.1]", encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"scenario markov, whose mode is|scenario markov: "):
        read_sweep(path, evidence, {"markov": by_probability})


def test_a_missing_file_is_named(study):
    with pytest.raises(EvidenceError, match=r"nowhere\.toml: cannot be read"):
        read_sweep(Path("nowhere.toml"), study.evidence, study.scenarios)
