"""Statutory retirement, month by month."""

import numpy as np
import pytest

from cadre_research.errors import EvidenceError
from cadre_research.evidence.retirement import RetirementRules, delay_months, load_retirement, retirement_month


@pytest.fixture(scope="module")
def law(study):
    return study.evidence.retirement


@pytest.fixture
def take_up(study):
    """Assumptions with a share of early leavers and of women of county level who leave at 55."""

    def make(early, at_55=0.35):
        values = {"early-leaving-take-up": early, "women-leaving-at-55-county-level": at_55}
        return study.evidence.assumptions.replaced(values)

    return make


@pytest.mark.parametrize(
    ("birth_year", "birth_month", "base", "delay"),
    [
        (1964, 12, 60, 0),
        (1965, 1, 60, 1),
        (1965, 4, 60, 1),
        (1965, 5, 60, 2),
        (1967, 5, 60, 8),
        (1976, 8, 60, 35),
        (1976, 9, 60, 36),
        (1990, 1, 60, 36),
        (1969, 12, 55, 0),
        (1970, 1, 55, 1),
        (1981, 8, 55, 35),
        (1981, 9, 55, 36),
    ],
)
def test_the_delay_is_that_of_the_published_table(law, birth_year, birth_month, base, delay):
    assert delay_months(birth_year, birth_month, base, law.reform) == delay


def test_a_man_born_in_may_1967_retires_at_60_years_and_8_months_in_january_2028(law):
    """He is 60 in May 2027; 8 months more is January 2028."""
    month = retirement_month(1967, 5, 60, law.reform)
    assert (month // 12, month % 12 + 1) == (2028, 1)


def test_without_a_reform_the_month_is_that_of_the_birthday():
    month = retirement_month(1967, 5, 60, None)
    assert (month // 12, month % 12 + 1) == (2027, 5)


@pytest.mark.parametrize("months_before", [0, 1, 7, 8, 36])
def test_leaving_early_never_means_before_the_old_age(law, months_before):
    """The man of May 1967 has a delay of 8 months to give away, no more."""
    old_age = 12 * 2027 + 4
    assert retirement_month(1967, 5, 60, law.reform, months_before) == old_age + max(0, 8 - months_before)


@pytest.mark.parametrize(
    ("category", "sex", "born", "year", "early", "expected"),
    [
        # Born 1965: delay 1 for months 1-4, 2 for 5-8, 3 for 9-12. Month M leaves (M - 1 + delay) months into 2025:
        # month 9 in December, month 10 in January 2026. So 9 of 12 in 2025, the rest in 2026.
        ("general", "male", 1965, 2025, 0.0, 9 / 12),
        ("general", "male", 1965, 2026, 0.0, 1),
        # A fifth leaves at the old age, in 2025: 0.8 x 0.75 + 0.2.
        ("general", "male", 1965, 2025, 0.2, 0.8),
        # Born 1966: delays 4, 5, 6. Month 7 leaves 6 + 5 = 11 months into 2026, month 8 only in 2027: 7 of 12.
        ("general", "male", 1966, 2026, 0.0, 7 / 12),
        ("general", "male", 1966, 2026, 0.2, 0.8 * 7 / 12 + 0.2),
        ("general", "male", 1966, 2027, 0.2, 1),
        # Born 1977: the full three years, so all in 2040, but for the early, who go in 2037.
        ("general", "male", 1977, 2037, 0.0, 0),
        ("general", "male", 1977, 2037, 0.2, 0.2),
        ("general", "male", 1977, 2038, 0.2, 0),
        ("general", "male", 1977, 2039, 0.2, 0),
        ("general", "male", 1977, 2040, 0.2, 1),
        # Before the reform a cohort leaves whole in the year of its birthday.
        ("general", "male", 1957, 2017, 0.2, 1),
        ("general", "male", 1958, 2017, 0.2, 0),
        ("general", "male", 1964, 2024, 0.6, 1),
        ("general", "female", 1969, 2024, 0.6, 1),
        ("general", "female", 1970, 2025, 0.0, 9 / 12),
        ("general", "female", 1970, 2025, 0.2, 0.8),
        # Women of county level: 0.35 choose 55.
        ("county", "female", 1962, 2017, 0.0, 0.35),
        ("county", "female", 1962, 2022, 0.0, 1),
        # Born 1968: 60 in 2028, delays 10, 11, 12; months 1 and 2 leave in 2028, month 3 after 2 + 10 = 12 months. With
        # a fifth early 0.8 x 2/12 + 0.2 = 1/3 of those who did not choose 55 in 2023.
        ("county", "female", 1968, 2023, 0.2, 0.35),
        ("county", "female", 1968, 2028, 0.2, 1 / 3),
        ("county", "female", 1968, 2029, 0.2, 1),
        # Born 1970: the choice of 55 moves with the reform: 0.35 x 0.8 in 2025, 0.35 x 0.2 of the other 0.72 in 2026.
        ("county", "female", 1970, 2025, 0.2, 0.28),
        ("county", "female", 1970, 2026, 0.2, 0.07 / 0.72),
        # Somebody who should be gone by law goes at once.
        ("general", "female", 1950, 2018, 0.2, 1),
    ],
)
def test_the_share_of_a_cohort_that_retires_in_a_year_worked_by_hand(
    law, take_up, category, sex, born, year, early, expected
):
    hazard = law.hazard(category, sex, np.array([born]), year, take_up(early))
    np.testing.assert_allclose(hazard, [expected], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("early", [0.0, 0.25])
@pytest.mark.parametrize(
    ("category", "sex", "routes"),
    [
        ("general", "male", {60: 1.0}),
        ("general", "female", {55: 1.0}),
        ("county", "male", {60: 1.0}),
        ("county", "female", {60: 0.6, 55: 0.4}),
    ],
)
def test_hazards_equal_a_count_of_persons_month_by_month(law, take_up, category, sex, routes, early):
    """A direct count over 12 birth months x route x early or not, with the law written out anew in integers."""
    assumptions = take_up(early, at_55=0.4)
    for born in range(1955, 1996):
        leaving = {}
        for base, share in routes.items():
            for month in range(1, 13):
                born_after = (born + base - 2025) * 12 + month
                delay = 0 if born_after <= 0 else min(36, (born_after + 3) // 4)
                for months, part in ((delay, 1 - early), (0, early)):
                    year = born + base + (month - 1 + months) // 12
                    leaving[year] = leaving.get(year, 0) + share * part / 12
        left = 0.0
        for year in range(born + 55, born + 64):
            here = 1 - left
            expected = leaving.get(year, 0) / here if here > 1e-12 else 1.0
            hazard = law.hazard(category, sex, np.array([born]), year, assumptions)
            assert hazard[0] == pytest.approx(expected, rel=1e-9, abs=1e-12), (born, year)
            left += leaving.get(year, 0)
        assert left == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("year", [2018, 2024])
def test_the_reform_changes_nothing_before_2025(law, take_up, year):
    born = np.arange(1940, 2000)
    for category, sex in law.categories:
        before = law.hazard(category, sex, born, year, take_up(0.6), reform=False)
        np.testing.assert_array_equal(law.hazard(category, sex, born, year, take_up(0.6)), before)


def test_the_reform_lowers_no_age_and_raises_some_from_2025(law, take_up):
    born = np.arange(1960, 1990)
    for category, sex in law.categories:
        new, shares = law.leaving_years(category, sex, born, take_up(0.2))
        old, _ = law.leaving_years(category, sex, born, take_up(0.2), reform=False)
        assert shares.sum() == pytest.approx(1, rel=1e-12)
        mean_delay = ((new - old) * shares).sum(-1)
        assert (mean_delay >= 0).all()
        assert mean_delay[-1] == pytest.approx(3 * 0.8)


@pytest.mark.parametrize("reform", [True, False])
def test_nobody_passes_the_last_age_of_the_ladder(study, law, take_up, reform):
    last = study.evidence.ladder.ages.oldest_years
    for year in range(2018, 2081):
        for category, sex in law.categories:
            hazard = law.hazard(category, sex, np.array([year - 1 - last]), year, take_up(0.0), reform=reform)
            np.testing.assert_allclose(hazard, 1, rtol=0, atol=0)


def test_a_law_without_a_reform_leaves_everybody_at_the_base_age(take_up):
    rules = RetirementRules.model_validate(
        {"format": 1, "routes": ({"category": "all", "sex": "any", "base_age_years": 62, "source": "made up"},)}
    )
    hazard = rules.hazard("all", "any", np.array([1967, 1968, 1969, 1970]), 2030, take_up(0.5))
    np.testing.assert_array_equal(hazard, [1, 1, 0, 0])


@pytest.mark.parametrize("shares", [["0.3", "0.7"], []])
def test_of_several_routes_exactly_one_takes_the_rest(tmp_path, shares):
    path = tmp_path / "retirement.toml"
    routes = [f"share = {share}" for share in shares] or ["", ""]
    text = "".join(
        f'[[routes]]\ncategory = "all"\nsex = "any"\nbase_age_years = 60\nsource = "-"\n{share}\n' for share in routes
    )
    path.write_text("format = 1\n" + text, encoding="utf-8")
    got = 0 if shares else 2
    with pytest.raises(EvidenceError, match=f"category all, sex any: expected one route without share, got {got}"):
        load_retirement(path)
