"""Rates estimated from small registers whose result can be worked by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from simulated_panels import RETIREMENT, Cells, ladder, probabilities, simulate

from cadre_research.errors import UnknownNameError
from cadre_research.evidence.assumptions import Assumptions
from cadre_research.evidence.at_risk import cells_at_risk, ways_asked, ways_taken
from cadre_research.evidence.estimation import estimate, estimate_hazards, take_up
from cadre_research.evidence.hazards import AgeCurve, Basis, Hazard
from cadre_research.evidence.recruitment import estimate_recruitment, forecast_entries
from cadre_research.evidence.regression import fit_cloglog
from cadre_research.evidence.retirement import RetirementRules

PROMOTION, UPPER = "promotion-clerk-officer", "promotion-officer-chief"
COLUMNS = ["rank", "group", "age_years", "years_in_rank", "outcome", "into", "persons"]
NONE = pd.DataFrame({"year": [], "unit": [], "rank": [], "group": [], "age_years": [], "kind": [], "persons": []})


def rows(*cells, year=2010):
    return pd.DataFrame(cells, columns=COLUMNS).assign(year=year, unit="all")


def panel(transitions, entries=NONE, first_year=2010, last_year=2010):
    return Cells(transitions, entries, pd.DataFrame(), first_year, last_year)


@pytest.fixture(scope="module")
def evidence(make_evidence):
    return make_evidence(ladder(), retirement=RETIREMENT)


@pytest.fixture(scope="module")
def large(evidence):
    return estimate(simulate(probabilities(), 7), evidence)


def only(found, name):
    return next(hazard for hazard, _ in found if hazard.name == name)


def lawless(**changes):
    """The ladder without categories of retirement, so that no law is needed."""
    names = {"name_en": "-", "name_zh": "-"}
    return ladder(
        ranks=tuple({"id": rank, "level": rank, **names} for rank in ("clerk", "officer", "chief")), **changes
    )


def notes_of(estimates, name):
    own = estimates.notes[estimates.notes["hazard"] == name]
    return set(zip(own["reason"], own["term"], strict=True))


# Who is at risk


def test_each_way_is_asked_of_those_who_took_none_before(make_evidence):
    """Of 100 clerks of 40, 6 years in rank: 10 retire, 5 resign, 2 leave by a way the ladder does not have, 4 step
    aside, 1 moves by a way it does not have, 3 jump to chief and 7 become officers. So 90 are at risk of resigning, 83
    of stepping aside, 78 of the jump, which is asked first, and 75 of becoming an officer."""
    names = {"name_en": "-", "name_zh": "-"}
    ranks = tuple({"id": rank, "level": rank, **names} for rank in ("aside", "clerk", "officer", "chief"))
    ways = ladder(
        ranks=ranks,
        promotions=({"from": "clerk", "to": "officer"}, {"from": "clerk", "to": "chief"}),
        moves=({"kind": "step-aside", "from": "clerk", "to": "aside", "probability_per_year": 0.1},),
    )
    here = ("clerk", "men", 40, 6)
    counts = rows(
        (*here, "retired", "", 10),
        (*here, "resigned", "", 5),
        (*here, "other", "", 2),
        (*here, "step-aside", "aside", 4),
        (*here, "move", "officer-elsewhere", 1),
        (*here, "promotion", "chief", 3),
        (*here, "promotion", "officer", 7),
        (*here, "stay", "", 68),
    )
    asked = ways_asked(make_evidence(ways, retirement=RETIREMENT))
    assert [way.name for way in asked] == [
        "resigned",
        "step-aside-clerk-aside",
        "promotion-clerk-chief",
        "promotion-clerk-officer",
    ]
    place = ways_taken(counts, asked)
    found = [cells_at_risk(counts, place, number, way) for number, way in enumerate(asked)]
    assert [int(cells["at_risk"].sum()) for cells in found] == [90, 83, 78, 75]
    assert [int(cells["events"].sum()) for cells in found] == [5, 4, 3, 7]


def test_without_a_law_retirement_is_asked_first(make_evidence):
    asked = ways_asked(make_evidence(lawless()))
    assert (asked[0].name, asked[0].kind, asked[0].sources) == ("retired", "exit", ("clerk", "officer", "chief"))


def test_only_those_are_at_risk_whom_the_rules_open_the_way_to(evidence):
    """Clerks: three years in rank and one of probation at the close, so three at the opening. Officers: two years at
    the close, at most 55 then."""
    ways = {way.name: way for way in ways_asked(evidence)}
    counts = rows(
        *(("clerk", "men", 30, years, "stay", "", 10) for years in (2, 3, 10)),
        *(("officer", "men", age, years, "stay", "", 10) for age, years in ((54, 1), (55, 1), (40, 0))),
        *(("chief", "men", age, 5, "stay", "", 10) for age in (49, 50)),
    )
    assert counts["years_in_rank"][ways[PROMOTION].open_to(counts)].tolist() == [3, 10]
    assert counts["age_years"][ways[UPPER].open_to(counts)].tolist() == [54]
    assert counts["age_years"][ways["step-aside-chief-officer"].open_to(counts)].tolist() == [50]


def test_a_minimum_beyond_what_is_tracked_asks_for_the_longest_tracked(make_evidence):
    strict = lawless(promotions=({"from": "clerk", "to": "officer", "minimum_years_in_rank": 15},))
    assert ways_asked(make_evidence(strict))[-1].fewest_years_in_rank == 10


def test_names_are_short_enough_for_the_assumptions_called_after_them(make_evidence):
    long, names = "a" * 30, {"name_en": "-", "name_zh": "-"}
    ranks = tuple({"id": name, "level": name, **names} for name in ("b" * 30, long))
    ways = ladder(
        ranks=ranks, promotions=({"from": "b" * 30, "to": long},), moves=(), entry=None, groups=ladder().groups
    )
    assert ways_asked(make_evidence(ways))[-1].name == "promotion-1-2"


def test_promotions_out_of_order_are_counted_and_left_out(evidence):
    """12 were promoted after one year in rank, 3 of the chiefs above the ceiling: too few to be told."""
    found = estimate(
        panel(
            rows(
                ("clerk", "men", 30, 1, "promotion", "officer", 12),
                ("clerk", "men", 30, 5, "promotion", "officer", 20),
                ("clerk", "men", 30, 5, "stay", "", 80),
                ("officer", "men", 57, 5, "promotion", "chief", 3),
                ("officer", "men", 40, 5, "stay", "", 50),
            )
        ),
        evidence,
    )
    assert (found.hazard(PROMOTION).events, found.hazard(PROMOTION).person_years) == (20, 100)
    noted = found.notes[found.notes["reason"] == "out-of-order"].set_index("hazard")["persons"]
    assert noted[PROMOTION] == 12
    assert pd.isna(noted[UPPER])


def test_ways_that_the_ladder_does_not_have_are_counted(evidence):
    here = ("clerk", "men", 40, 6)
    found = estimate(
        panel(rows((*here, "other", "", 11), (*here, "move", "chief", 4), (*here, "stay", "", 100))), evidence
    )
    noted = found.notes.set_index("reason")["persons"]
    assert noted["unknown-exit"] == 11
    assert pd.isna(noted["unknown-move"])


# One rate


def constant(evidence, events, staying, outcome="resigned", into=""):
    here = ("clerk", "men", 40, 6)
    return estimate(panel(rows((*here, outcome, into, events), (*here, "stay", "", staying))), evidence)


def test_one_rate_is_that_of_events_by_person_years_with_the_error_of_the_delta_method(evidence):
    """12 of 200: log(-log(1 - 0.06)) = -2.7826, error sqrt(0.06 * 0.94 / 200) / (0.94 * -log(0.94)) = 0.2887."""
    hazard = constant(evidence, 12, 188).hazard("resigned")
    assert hazard.coefficients == pytest.approx((np.log(-np.log1p(-0.06)),), rel=1e-9)
    error = np.sqrt(0.06 * 0.94 / 200) / (0.94 * -np.log(0.94))
    assert np.sqrt(hazard.covariance[0][0]) == pytest.approx(error, rel=1e-9)
    assert (round(hazard.coefficients[0], 4), round(error, 4)) == (-2.7826, 0.2887)


def test_the_interval_of_one_rate_is_that_of_its_coefficient(evidence):
    found = constant(evidence, 12, 188)
    row = found.rates.query("hazard == 'resigned'").iloc[0]
    own = found.coefficients.query("hazard == 'resigned'").iloc[0]
    assert row["rate"] == pytest.approx(0.06)
    assert row["low_95"] == pytest.approx(-np.expm1(-np.exp(own["low_95"])))
    assert row["high_95"] == pytest.approx(-np.expm1(-np.exp(own["high_95"])))


def test_no_event_is_a_rate_whose_upper_limit_is_the_rule_of_three(evidence):
    found = constant(evidence, 0, 300)
    own = found.coefficients.query("hazard == 'resigned'").iloc[0]
    assert np.exp(own["high_95"]) == pytest.approx(3 / 300)
    assert np.exp(own["coefficient"]) == pytest.approx(0.5 / 300)
    assert notes_of(found, "resigned") == {("no-events", "")}


def test_everybody_at_once_has_a_finite_rate(evidence):
    hazard = constant(evidence, 20, 0).hazard("resigned")
    assert hazard.coefficients == pytest.approx((np.log(-np.log(0.5 / 20)),))


def test_a_way_that_nobody_was_at_risk_of_has_no_hazard(evidence):
    found = constant(evidence, 12, 188)
    assert notes_of(found, UPPER) == {("nobody-at-risk", "")}
    with pytest.raises(UnknownNameError, match=f"hazard '{UPPER}' is not known"):
        found.hazard(UPPER)


# What the events carry


def test_few_events_carry_one_rate_and_the_notes_say_what_was_dropped(evidence):
    found = estimate(
        panel(
            rows(
                *(("clerk", "men", age, 6, "resigned", "", 3) for age in (25, 30, 35, 40, 45)),
                *(("clerk", "women", age, 6, "stay", "", 50) for age in (25, 30, 35, 40, 45)),
            )
        ),
        evidence,
    )
    assert len(found.hazard("resigned").coefficients) == 1
    assert {("few-events", "age"), ("pooled-group", "women")} <= notes_of(found, "resigned")


def test_groups_and_ranks_with_fewer_events_than_a_coefficient_needs_are_pooled(evidence):
    """Men 200 events, women 12, so women have an effect of their own; chiefs have 3, so they are taken together with
    clerks, who have the most."""
    ages = range(25, 45)
    found = estimate(
        panel(
            rows(
                *(("clerk", "men", age, age % 5, "resigned", "", 10) for age in ages),
                *(("clerk", "women", age, 2, "resigned", "", 1) for age in list(ages)[:12]),
                ("chief", "men", 40, 2, "resigned", "", 3),
                *(
                    (rank, group, age, age % 7, "stay", "", 50)
                    for age in ages
                    for rank in ("clerk", "chief")
                    for group in ("men", "women")
                ),
            )
        ),
        evidence,
    )
    basis = found.hazard("resigned").basis
    assert basis.groups == ("women",)
    assert basis.ranks == ()
    assert ("pooled-rank", "chief") in notes_of(found, "resigned")


def test_the_outermost_knots_leave_enough_events_on_either_side(large):
    chances = simulate(probabilities(), 7).transitions.query("outcome == 'promotion' and rank == 'officer'")
    knots = large.hazard(UPPER).basis.age_knots
    assert len(knots) == 6
    assert np.diff(knots).min() >= 2
    assert chances["persons"][chances["age_years"] <= knots[0]].sum() >= 10
    assert chances["persons"][chances["age_years"] >= knots[-1]].sum() >= 10


def test_terms_that_the_data_do_not_identify_are_dropped(evidence):
    """No chief ever resigns: an effect of chiefs is minus infinity, and what was asked for gives way to one rate."""
    cells = [(rank, "men", age, 3, "stay", "", 90) for rank in ("clerk", "chief") for age in (30, 40)]
    cells += [("clerk", "men", age, 3, "resigned", "", 15) for age in (30, 40)]
    asked = {"resigned": Basis(age_knots=(35.0,), ranks=("chief",))}
    found = estimate(panel(rows(*cells)), evidence, bases=asked)
    assert len(found.hazard("resigned").coefficients) == 1
    assert np.exp(found.hazard("resigned").coefficients[0]) == pytest.approx(-np.log1p(-30 / 390))
    assert notes_of(found, "resigned") == {("not-identified", "all")}


def test_terms_are_dropped_one_by_one_from_the_last(evidence):
    """Women resign only in their first three years in rank, men never then: years in rank cannot be told from group
    once the curve over age is known, so the last term goes and the rest stays."""
    cells = []
    for age in range(25, 45):
        cells += [("clerk", "men", age, 9, "resigned", "", 4), ("clerk", "men", age, 9, "stay", "", 60)]
        cells += [("clerk", "women", age, 1, "resigned", "", 4), ("clerk", "women", age, 1, "stay", "", 40)]
    found = estimate(panel(rows(*cells)), evidence)
    basis = found.hazard("resigned").basis
    assert basis.groups == ("women",)
    assert basis.years_knots == ()
    assert ("not-identified", "years in rank") in notes_of(found, "resigned")


def test_columns_that_tell_the_same_identify_nothing():
    twice = np.ones((4, 2))
    assert fit_cloglog(twice, np.full(4, 5.0), np.full(4, 50.0)) is None


def test_a_basis_of_a_way_that_is_not_on_the_ladder_is_refused(evidence):
    with pytest.raises(UnknownNameError, match=r"hazard 'resign' is not known. Did you mean resigned\?"):
        estimate_hazards(panel(NONE), evidence, bases={"resign": Basis(age_knots=(40.0,))})


def test_every_covariance_is_positive_definite_and_survives_storage(large):
    assert len(large.hazards) == 4
    for hazard in large.hazards:
        np.testing.assert_allclose(hazard.factor @ hazard.factor.T, hazard.covariance, atol=1e-12)
        assert Hazard.model_validate_json(hazard.model_dump_json()) == hazard


# Retirement where there is no law


@pytest.fixture(scope="module")
def retiring(make_evidence):
    """Men leave in the year in which they turn 60, women in that in which they turn 55."""
    cells = []
    for age in range(40, 60):
        cells.append(("clerk", "men", age, 10, "retired" if age == 59 else "stay", "", 60))
        if age < 55:
            cells.append(("clerk", "women", age, 10, "retired" if age == 54 else "stay", "", 40))
    return estimate(panel(rows(*cells)), make_evidence(lawless()))


def test_each_group_retires_at_its_own_age(retiring):
    hazard = retiring.hazard("retired")
    chance = -np.expm1(-hazard.intensity(("men", "women"), np.array([45, 53, 54, 58, 59]), np.array([10]))[:, 0, :, 0])
    assert chance[0, [0, 1, 2, 3]].max() < 0.02
    assert chance[0, 4] > 0.98
    assert chance[1, [0, 1]].max() < 0.02
    assert chance[1, 2] > 0.98
    assert notes_of(retiring, "retired") == {("half-an-event", "age")}


def test_a_group_with_an_own_curve_has_no_part_in_the_common_one():
    basis = Basis(age_knots=(30.0, 40.0), own_curves=(AgeCurve(group="women", age_knots=(50.0,)),))
    assert basis.terms == ("age 30", "age 40", "age 50, group women")
    columns = basis.columns(["men", "women"], ["clerk", "clerk"], np.array([35, 35]), np.array([0, 0]))
    np.testing.assert_allclose(columns, [[0.5, 0.5, 0], [0, 0, 1]])


def test_a_law_leaves_no_hazard_of_retiring(large):
    assert "retired" not in [hazard.name for hazard in large.hazards]


# Take-up

ROUTES = (
    {"category": "all", "sex": "female", "base_age_years": 60, "source": "-"},
    {"category": "all", "sex": "female", "base_age_years": 55, "share": {"assumption": "early"}, "source": "-"},
    {"category": "all", "sex": "male", "base_age_years": 60, "source": "-"},
)
REFORM = {
    "first_year": 2015,
    "birth_months_per_month_of_delay": 4,
    "longest_delay_months": 36,
    "earliest_before_new_age_months": 36,
    "early_take_up": 0.5,
    "source": "-",
}


@pytest.fixture
def taking(make_evidence, make_assumption):
    def share(*cells, **changes):
        law = RetirementRules.model_validate({"format": 1, "routes": ROUTES, **changes})
        assumed = Assumptions({"early": make_assumption("early", 0.4, high=1.0)})
        evidence = replace(make_evidence(ladder(), retirement=RETIREMENT), assumptions=assumed)
        return take_up(panel(pd.concat(cells)), replace(evidence, retirement=law))

    return share


def test_take_up_is_the_share_of_those_who_reached_the_age(taking):
    """Ten of 40 women turning 55 retire; men of that age and women of others do not count. Wilson: 0.1419 to 0.4019."""
    cells = rows(
        ("clerk", "women", 54, 9, "retired", "", 6),
        ("chief", "women", 54, 9, "retired-early", "", 4),
        ("clerk", "women", 54, 9, "resigned", "", 2),
        ("clerk", "women", 54, 9, "stay", "", 28),
        ("clerk", "women", 53, 9, "stay", "", 50),
        ("clerk", "men", 54, 9, "stay", "", 50),
    )
    found = taking(cells)["early"]
    assert (found.value, found.persons) == (0.25, 40)
    assert (found.low, found.high) == pytest.approx((0.1419, 0.4019), abs=5e-5)


def test_take_up_of_fewer_than_ten_is_not_told(taking):
    assert taking(rows(("clerk", "women", 54, 9, "retired", "", 9))) == {}


def test_years_under_the_reform_do_not_count(taking):
    before = rows(("clerk", "women", 54, 9, "stay", "", 20), year=2014)
    after = rows(("clerk", "women", 54, 9, "retired", "", 20), year=2015)
    assert taking(before, after, reform=REFORM)["early"].value == 0.0
    assert taking(before, after)["early"].value == 0.5


# Recruitment


def test_a_level_with_noise_is_forecast_at_its_level(evidence):
    persons = np.array([95.0, 105, 101, 99, 92, 108, 100, 97, 103])
    found = forecast_entries(persons, 2018)
    assert found["year"].tolist() == list(range(2018, 2028))
    assert found["persons"].to_numpy() == pytest.approx(100, abs=1)
    assert (found["low_95"] < found["low_80"]).all()
    assert (found["high_80"] < found["high_95"]).all()
    # Chance alone gives 100 persons a standard deviation of 10; two of the years' own would be less.
    assert found["high_95"].iloc[0] - 100 == pytest.approx(25, abs=5)


@pytest.mark.parametrize("wander", [0.0, 0.1])
def test_intervals_of_entries_cover_the_years_to_come(wander):
    """Of 150 intakes of eleven years, steady or wandering: 95 % intervals hold the year after in at least 90 %."""
    random = np.random.default_rng(5)
    covered = []
    for _ in range(150):
        level = np.log(300) + np.cumsum(wander * random.standard_normal(12))
        drawn = random.poisson(np.exp(level + 0.05 * random.standard_normal(12)))
        coming = forecast_entries(drawn[:11], 2018, 1).iloc[0]
        covered.append(coming["low_95"] <= drawn[11] <= coming["high_95"])
    assert np.mean(covered) >= 0.90


@pytest.mark.parametrize("persons", [[50.0], [40.0, 60.0], [0.0, 0.0, 0.0], [30.0] * 8, [0, 0, 40, 0, 0, 35, 0]])
def test_few_years_and_years_without_entries_have_a_forecast_too(persons):
    found = forecast_entries(np.array(persons, float), 2018)
    assert np.isfinite(found.to_numpy(float)).all()
    assert (found["low_95"] >= 0).all()
    assert (found["high_95"] > found["persons"]).all()


def entries(*cells):
    frame = pd.DataFrame(cells, columns=["year", "rank", "group", "age_years", "kind", "persons"])
    return frame.assign(unit="all")


def test_a_year_without_entries_counts_as_none():
    given = entries((2010, "clerk", "men", 24, "recruitment", 20), (2012, "clerk", "men", 24, "recruitment", 20))
    found = estimate_recruitment(panel(rows(), given, 2010, 2012), ladder())
    assert found.yearly["persons"].tolist() == [20, 0, 20]


def test_ages_at_entry_are_pooled_until_ten_entered():
    """Men: 4 of 22, 6 of 23, 12 of 24, so 5 each of 22 and 23. Four women have the ages of all."""
    given = entries(
        (2010, "clerk", "men", 22, "recruitment", 4),
        (2010, "clerk", "men", 23, "recruitment", 6),
        (2010, "clerk", "men", 24, "recruitment", 12),
        (2010, "clerk", "women", 24, "recruitment", 4),
    )
    found = estimate_recruitment(panel(rows(), given), ladder()).mix
    shares = {(row.group, row.age_years): 26 * row.share for row in found.itertuples()}
    assert shares == pytest.approx(
        {
            ("men", 22): 5,
            ("men", 23): 5,
            ("men", 24): 12,
            ("women", 22): 4 * 5 / 26,
            ("women", 23): 4 * 5 / 26,
            ("women", 24): 4 * 16 / 26,
        }
    )


def test_entries_from_outside_by_rank_with_the_middle_of_their_ages():
    given = entries(
        *((2010, "chief", "men", age, "lateral", 1) for age in range(30, 50)),
        (2010, "officer", "men", 40, "lateral", 9),
    )
    found = estimate_recruitment(panel(rows(), given, 2010, 2011), ladder()).lateral
    assert found.to_dict("records") == [{"rank": "chief", "persons_per_year": 10.0, "age_low": 30, "age_high": 48}]


def test_a_register_without_entries_has_an_empty_mix():
    found = estimate_recruitment(panel(rows()), ladder())
    assert found.mix.empty
    assert found.lateral.empty


# Diagnostics


def test_calibration_is_exact_in_sum_and_close_in_every_tenth(large):
    own = large.calibration.query("hazard == @PROMOTION")
    assert len(own) == 10
    assert own["events"].sum() == pytest.approx((own["predicted"] * own["persons"]).sum(), rel=1e-3)
    error = np.sqrt(own["predicted"] / own["persons"])
    assert ((own["observed"] - own["predicted"]).abs() < 4 * error).all()


def test_nothing_rests_on_fewer_than_ten_events(evidence):
    """Nine resignations of 200 are told nowhere; the rate that they give is there all the same."""
    found = constant(evidence, 9, 191)
    assert found.observed.empty
    assert found.calibration.empty
    assert found.residuals.empty
    assert found.coefficients.query("hazard == 'resigned'")["events"].isna().all()
    assert found.hazard("resigned").events == 9


def test_nor_do_bands_of_a_large_register(large):
    for frame in (large.observed, large.calibration):
        assert frame["events"].min() >= 10
        assert (frame["persons"] - frame["events"]).min() >= 10
    noted = large.notes["persons"].dropna()
    assert (noted >= 10).all()


def test_average_rates_by_age_weigh_those_at_risk(make_evidence):
    """Of 40-year-olds, 100 men with a rate of 0.3 and 300 women with one of 0.1: 0.15 on average."""
    cells = rows(
        ("clerk", "men", 40, 6, "resigned", "", 30),
        ("clerk", "men", 40, 6, "stay", "", 70),
        ("clerk", "women", 40, 6, "resigned", "", 30),
        ("clerk", "women", 40, 6, "stay", "", 270),
    )
    asked = {"resigned": Basis(age_knots=(40.0,), groups=("women",))}
    found = estimate(panel(cells), make_evidence(ladder(), retirement=RETIREMENT), bases=asked)
    row = found.rates.query("hazard == 'resigned'").iloc[0]
    assert row["rate"] == pytest.approx(0.15)
    # Two independent shares: variance (1/4)^2 0.3 0.7 / 100 + (3/4)^2 0.1 0.9 / 300, so an error of 0.0173.
    error = np.sqrt((0.25**2) * 0.21 / 100 + (0.75**2) * 0.09 / 300)
    low, high = 0.15 * np.array([1, 1]) + np.array([-1.96, 1.96]) * error
    assert (row["low_95"], row["high_95"]) == pytest.approx((low, high), abs=0.004)


def test_a_logit_is_another_model():
    """The link is not the logit: of equal log odds, equal steps, the complementary log-log curve bends away."""
    steps = np.arange(4.0)
    chance = expit(-2 + steps)
    found, _ = fit_cloglog(np.column_stack([np.ones(4), steps]), 1e4 * chance, np.full(4, 1e4))
    assert np.abs(-np.expm1(-np.exp(found[0] + found[1] * steps)) - chance).max() > 0.02
