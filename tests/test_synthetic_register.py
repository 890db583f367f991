"""The synthetic register: the survey's counts exactly, the model's cells exactly, and consistent lives."""

import datetime

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from cadre_research.errors import CalibrationError, ParameterError
from cadre_research.evidence.person_years import person_years
from cadre_research.evidence.register import read_register
from cadre_research.findings import synthetic_register as module
from cadre_research.findings.synthetic_register import known_rules, simulated_register, synthetic_register
from cadre_research.findings.synthetic_spells import UNITS
from cadre_research.paths import data_dir
from cadre_research.reporting.register_export import check_register_file, write_register

SHIPPED = data_dir() / "register" / "synthetic-register.parquet"
COLUMNS = [
    "id",
    "birth",
    "sex",
    "unit",
    "rank",
    "start",
    "end",
    "reason",
    "minority",
    "party",
    "reserve_list",
    "entry_route",
]


@pytest.fixture(scope="module")
def central(study):
    return study.opening(age_line="inclusive")


@pytest.fixture(scope="module")
def register(central):
    return synthetic_register(central)


@pytest.fixture(scope="module")
def lives(register):
    """Spells with birth as a month and the person's sex as the ladder's group."""
    spells = register.spells
    return spells.assign(
        born=pd.to_datetime(spells["birth"], format="%Y-%m"),
        group=spells["sex"].map({"male": "men", "female": "women"}),
    )


def standing(lives, year):
    """Spells that hold on 31 December, with the completed age and years in rank of that day."""
    day = pd.Timestamp(year, 12, 31)
    here = lives[(lives["start"] <= day) & ~(lives["end"] <= day)]
    in_rank = (year - here["start"].dt.year).clip(upper=10)
    return here.assign(age_years=(year - here["born"].dt.year).astype(int), years_in_rank=in_rank.astype(int))


def months(days):
    return 12 * days.dt.year + days.dt.month


def test_the_surveyed_young_come_out_exactly(lives):
    here = standing(lives, 2017)
    county = here[here["rank"].str.startswith("county-")]
    chiefs = here[here["rank"].isin(["section-chief", "section-chief-no-post"])]
    assert (county["age_years"] <= 40).sum() == 113
    assert (chiefs["age_years"] <= 35).sum() == 306
    assert 1507 <= len(county) <= 1738
    assert 6725 <= len(chiefs) <= 6876
    assert 26_000 <= len(here) <= 28_000
    assert here["id"].is_unique


def test_under_the_strict_reading_the_surveyed_young_are_those_below_the_line(study):
    spells = synthetic_register(study.opening(age_line="strict"), seed=1, years=2).spells
    here = spells[spells["end"].isna()]
    age = 2017 - here["birth"].str[:4].astype(int)
    assert (here["rank"].str.startswith("county-") & (age < 40)).sum() == 113
    assert (here["rank"].str.startswith("section-chief") & (age < 35)).sum() == 306


def test_every_31_december_the_persons_are_the_cells_of_the_model(register, lives):
    assert len(register.stocks) == 11
    for year, stock in zip(range(2007, 2018), register.stocks, strict=True):
        keys = ["group", "rank", "age_years", "years_in_rank"]
        counted = standing(lives, year).groupby(keys).size()
        cells = stock.to_frame()
        model = cells[cells["headcount"] > 0].set_index(keys)["headcount"].astype(int)
        pd.testing.assert_series_equal(counted, model.sort_index(), check_names=False)


def test_the_project_s_own_reader_finds_the_same_cells(register, central):
    ladder = central.evidence.ladder
    read = read_register(SHIPPED, ladder, datetime.date(2017, 12, 31), units=UNITS)
    assert read.synthetic
    assert read.observed_from_year == 2008
    found = person_years(read, ladder)
    keys = ["group", "rank", "age_years", "years_in_rank"]
    for year, stock in zip(range(2007, 2018), register.stocks, strict=True):
        of_year = found.stocks[found.stocks["year"] == year].astype({"group": str, "rank": str})
        cells = stock.to_frame()
        model = cells[cells["headcount"] > 0].set_index(keys)["headcount"].astype(int)
        counted = of_year.groupby(keys)["persons"].sum()
        pd.testing.assert_series_equal(counted, model.sort_index(), check_names=False)


def test_one_rank_at_a_time_and_no_gap(lives):
    """A promotion or move ends one spell on the day that the next begins; nothing follows a way out."""
    following = lives.groupby("id")[["start", "rank"]].shift(-1)
    stays = lives["reason"].isin(["promoted", "moved"])
    assert (following["start"].notna() == stays).all()
    assert (following["start"] == lives["end"])[stays].all()
    assert (following["rank"] != lives["rank"])[stays].all()
    assert not (lives["end"] < lives["start"]).any()
    assert (lives["end"].isna() == lives["reason"].isna()).all()
    constant = ["birth", "sex", "unit", "minority", "party", "entry_route"]
    assert (lives.groupby("id")[constant].nunique() == 1).all(axis=None)


def test_lives_are_possible(lives):
    age_months = months(lives["start"]) - months(lives["born"])
    assert (age_months >= 12 * 22).all()
    assert lives["start"].max() <= pd.Timestamp(2017, 12, 31)
    assert lives["end"].min() >= pd.Timestamp(2008, 1, 1)
    joined = lives.groupby("id").first()
    new = joined[joined["start"] >= pd.Timestamp(2008, 1, 1)]
    assert (new["rank"] == "staff").all()


def test_the_law_retires_in_the_month_of_a_birthday(lives):
    """Before 2025: men at 60, women at 55, at county level by their choice at 60 too."""
    retired = lives[lives["reason"] == "retired"]
    age = months(retired["end"]) - months(retired["born"])
    men, county = retired["sex"] == "male", retired["rank"].str.startswith("county-")
    assert len(retired) > 5000
    assert (age[men] == 12 * 60).all()
    assert (age[~men & ~county] == 12 * 55).all()
    assert set(age[~men & county]) == {12 * 55, 12 * 60}


def test_ways_are_taken_as_often_as_the_known_rates_say(register, lives, central):
    """Sums over all cells of ten years; each must lie within four standard deviations of a binomial's."""
    ladder, rules = central.evidence.ladder, register.rules
    rule = next(rule for rule in rules.promotions if ladder.rank_ids[rule.into] == "section-deputy")
    hazard = np.squeeze(rule.hazard)
    expected, variance, seen = np.zeros(2), np.zeros(2), np.zeros(2)
    for year in range(2008, 2018):
        here = standing(lives, year - 1)
        reason = here["reason"].where(here["end"].dt.year == year, "")
        asked = here[reason != "retired"]
        resigning = rules.exits["resigned"][asked["rank"].map(ladder.index), asked["age_years"] - 22, 0]
        left = here[(here["rank"] == "staff") & reason.isin(["", "promoted"])]
        rising = hazard[left["age_years"] - 22, left["years_in_rank"]]
        for place, chance in enumerate((resigning, rising)):
            expected[place] += chance.sum()
            variance[place] += (chance * (1 - chance)).sum()
        seen += [(reason == "resigned").sum(), ((here["rank"] == "staff") & (reason == "promoted")).sum()]
    assert expected.min() > 200
    assert (np.abs(seen - expected) < 4 * np.sqrt(variance)).all()


def test_everybody_is_said_to_be_synthetic(register):
    assert list(register.spells) == COLUMNS
    assert register.spells["id"].str.fullmatch(r"SYN-\d{6}").all()
    assert set(register.spells["unit"]) == set(UNITS)
    assert sum(UNITS.values()) == pytest.approx(1)


def test_a_seed_gives_one_register_and_another_seed_another(central):
    rules = known_rules(central)
    once, again, other = (simulated_register(central, rules, seed, years=3).spells for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(once, again)
    assert not once["start"].head(100).equals(other["start"].head(100))


def test_the_shipped_file_is_what_the_command_makes(register, tmp_path):
    made = tmp_path / SHIPPED.name
    write_register(register, made)
    shipped = pq.ParquetFile(SHIPPED)
    assert shipped.read().equals(pq.read_table(made), check_metadata=True)
    assert shipped.schema_arrow.metadata[b"synthetic"] == b"true"
    assert SHIPPED.stat().st_size < 1_000_000
    if pq.ParquetFile(made).metadata.created_by == shipped.metadata.created_by:
        assert made.read_bytes() == SHIPPED.read_bytes()


def test_the_readme_beside_it_tells_its_true_numbers(register, lives):
    text = (SHIPPED.parent / "README.md").read_text(encoding="utf-8")
    here = standing(lives, 2017)
    county = here["rank"].str.startswith("county-").sum()
    chiefs = here["rank"].str.startswith("section-chief").sum()
    assert f"{len(lives):,} spells in a rank of {lives['id'].nunique():,} persons, {len(here):,} of them" in text
    assert f"113 of age 40 or below (as surveyed), of {county:,} " in text
    assert f"306 of age 35 or below (as surveyed), of {chiefs:,} " in text


@pytest.mark.parametrize("kind", [".csv", ".parquet", ".xlsx"])
def test_every_kind_of_file_reads_back_alike(central, tmp_path, kind):
    register = simulated_register(central, known_rules(central), seed=3, years=1)
    few = register.spells[register.spells["id"].isin(register.spells["id"].drop_duplicates().iloc[::20])]
    register = module.replace(register, spells=few)
    file = tmp_path / f"synthetic-register-3{kind}"
    write_register(register, file)
    ladder = central.evidence.ladder
    read = read_register(file, ladder, datetime.date(2017, 12, 31), observed_from_year=2017)
    assert read.synthetic
    assert (read.spells["start"].to_numpy() == few["start"].to_numpy()).all()
    assert list(read.spells["reason"].astype(object).fillna("")) == list(few["reason"].fillna(""))
    assert list(read.spells["unit"]) == list(few["unit"])


@pytest.mark.parametrize("name", ["register.csv", "synthetic-register.txt", "nowhere/synthetic-register.csv"])
def test_a_name_that_does_not_say_so_is_refused(tmp_path, name):
    with pytest.raises(ParameterError, match=r"--out: given .*expected a name that begins with synthetic-register"):
        check_register_file(tmp_path / name)


def test_a_file_that_cannot_be_written_is_refused(central, tmp_path):
    register = simulated_register(central, known_rules(central), seed=3, years=1)
    (tmp_path / "synthetic-register.csv").mkdir()
    with pytest.raises(ParameterError, match="cannot be written"):
        write_register(register, tmp_path / "synthetic-register.csv")


@pytest.mark.parametrize("years", [0, 41, 2.0, True])
def test_years_out_of_range_are_refused(central, years):
    with pytest.raises(ParameterError, match=r"years: given .*, expected a whole number from 1 to 40"):
        synthetic_register(central, years=years)


def test_when_no_history_ends_at_the_survey_it_says_so(central, monkeypatch):
    monkeypatch.setattr(module, "MOST_BLOCKS", 1)
    with pytest.raises(CalibrationError, match="none of 50 histories of 1 years"):
        synthetic_register(central, seed=0, years=1)
