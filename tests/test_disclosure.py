"""Disclosure control: what is blank, what is rounded, and what stays."""

import io

import numpy as np
import pandas as pd
import pytest

from cadre_research.errors import UnknownNameError
from cadre_research.evidence.targets import Targets
from cadre_research.reporting.age_bands import AGE_BANDS, age_band, band_ages, banded
from cadre_research.reporting.disclosure import protect_tables
from cadre_research.reporting.disclosure_tables import COLUMN_KINDS, columns_shown
from cadre_research.reporting.disclosure_versions import remembering, rounded_counts
from cadre_research.reporting.figures import age_pyramid, opening_pyramid
from cadre_research.reporting.inquiries import INQUIRY_COLUMNS
from cadre_research.reporting.suppression import LEAST_PERSONS, safe_cells
from cadre_research.reporting.tables import TABLE_COLUMNS
from cadre_research.reporting.unit_counts import protected_counts


def cells(*members, atoms=4):
    """Cells from the places of their atoms."""
    return [np.isin(np.arange(atoms), places) for places in members]


EACH = cells([0], [1], [2], [3])


@pytest.mark.parametrize(
    ("persons", "shown"),
    [
        ([40, 30, 20, 10], [True, True, True, True]),
        ([40, 30, 20, 9], [True, True, False, False]),  # 20 covers 9
        ([40, 30, 6, 4], [True, True, False, False]),  # 6 and 4 cover each other
        ([40, 30, 6, 3], [True, False, False, False]),  # 9 do not: 30 goes with them
        ([40, 5, 3, 1], [False, False, False, False]),
        ([40, 30, 20, 0], [True, True, True, False]),  # nobody needs no cover
        ([9.9, 30, 20, 10], [False, True, True, False]),
    ],
)
def test_a_line_with_its_total_is_covered_by_the_smallest_that_suffices(persons, shown):
    total = cells(range(4))
    assert safe_cells(np.array(persons), [total, EACH])[0] == [[True], shown]


def test_a_level_less_its_posts_is_not_a_small_number():
    """30 and 4 without a post: level or posts, and the level comes first."""
    level, posts = cells([0, 1], [0], atoms=3)
    assert safe_cells(np.array([30, 4, 50]), [[level], [posts]])[0] == [[True], [False]]
    assert safe_cells(np.array([30, 14, 50]), [[level], [posts]])[0] == [[True], [True]]


def test_city_less_the_units_that_are_shown_is_not_a_small_number():
    """Men 30 + 4 in two units, women 20 + 20: the men of the first unit would tell the second's."""
    persons = np.array([30, 4, 20, 20])
    sexes, atoms = cells([0, 1], [2, 3]), EACH
    city, units = safe_cells(persons, [sexes], [atoms])
    assert city == [[True, True]]
    assert units == [[False, False, True, True]]
    # Of a unit's sum only men and women together are known: 34 + 40 is split otherwise by the units' 50 + 24.
    assert safe_cells(persons, [sexes], [cells([0, 2], [1, 3])])[1] == [[True, True]]


def test_two_views_that_share_too_few_persons_are_not_both_shown():
    """Men 20 in unit a, 3 in b; women 1 in a, 30 in b: a less men + b's men, by 23 - 21 = 3 - 1."""
    persons = np.array([20, 3, 1, 30])
    sexes, units = cells([0, 1], [2, 3]), cells([0, 2], [1, 3])
    assert safe_cells(persons, [sexes], [units]) == ([[True, True]], [[False, False]])


def test_counts_are_tens_of_which_no_difference_is_small():
    counts = rounded_counts(np.arange(10, 200), np.ones(190, bool))
    assert counts.min() == LEAST_PERSONS
    assert (counts % 10 == 0).all()
    assert np.abs(counts - np.arange(10, 200)).max() <= 5


def test_what_an_earlier_version_hid_stays_hidden():
    atoms = pd.DataFrame({"unit": ["a", "b", "c"], "headcount": [40, 20, 4]})
    first, ledger = protected_counts("t", atoms, [[]], [["unit"]])
    assert first["headcount"].tolist()[:2] == [60, 40]
    assert first["headcount"].isna().tolist() == [False, False, True, True]
    assert ledger == {"t": ["b", "c"]}
    grown = atoms.assign(headcount=[40, 20, 30])
    later, after = protected_counts("t", grown, [[]], [["unit"]], ledger)
    assert later["headcount"].isna().tolist() == [False, False, True, True]
    assert after == ledger
    assert protected_counts("t", grown, [[]], [["unit"]])[0]["headcount"].notna().all()
    assert remembering(ledger, "t", []) == ledger


def test_bands_are_open_at_both_ends_and_end_where_the_lines_of_the_young_do():
    ages = pd.Series(range(10, 90))
    bands = age_band(ages)
    assert tuple(dict.fromkeys(bands)) == AGE_BANDS
    assert bands[ages <= 25].nunique() == bands[ages >= 56].nunique() == 1
    for line in (30, 35, 40, 45):
        assert not set(bands[ages <= line]) & set(bands[ages > line])
    assert [band_ages(band) for band in AGE_BANDS[:2]] == [(21, 25), (26, 30)]
    frame = pd.DataFrame({"sex": ["f", "f", "m"], "age_years": [22, 25, 25], "headcount": [1.0, 2.0, 3.0]})
    assert banded(frame)["headcount"].tolist() == [3.0, 3.0]


def test_every_table_of_a_report_is_declared():
    for name, columns in {**TABLE_COLUMNS, **INQUIRY_COLUMNS}.items():
        assert set(columns) <= set(COLUMN_KINDS[name]), name
    assert columns_shown("optimal_plan", INQUIRY_COLUMNS["optimal_plan"])[-2:] == ("age_band", "persons")


STATUS = {"scenario": "status-quo", "age_line": "inclusive"}
# Officers by age: 12 of 40 and younger, one of them the youngest at 31; 4 without a post.
PEOPLE = [(31, 1, True), (39, 11, True), (45, 60, True), (52, 23, True), (59, 6, True), (58, 4, False)]


@pytest.fixture
def targets(make_target):
    return Targets(format=1, baseline_year=2017, targets=(make_target(age_years=40),))


@pytest.fixture
def tables():
    structure = pd.DataFrame(
        [
            {**STATUS, "year": year, "level": "officer", "rank": "officer" if post else "officer-no-post"}
            | {"holds_post": post, "sex": "male", "age_years": age, "headcount": persons + (year - 2017) * 0.25}
            for year in (2017, 2018)
            for age, persons, post in PEOPLE
        ]
    )
    rows = []
    for year, people in structure.groupby("year"):
        for population, here in (("level", people), ("posts", people[people["holds_post"]])):
            young, everybody = here.query("age_years <= 40")["headcount"].sum(), here["headcount"].sum()
            label = {"target": "officers", **STATUS, "population": population, "year": year}
            rows.append({**label, "young": young, "headcount": everybody, "share": young / everybody})
    shares = pd.DataFrame(rows).assign(threshold=1 / 6, deadline_year=2022)
    medians = shares[["scenario", "age_line", "year", "population", "headcount"]].assign(
        level="officer", median_age_years=46.37
    )
    flows = [("retired", 12.0), ("died", 4.0), ("resigned", 30.0), ("promotion-in", 41.0), ("demotion-out", 3.0)]
    return {
        "age_structure": structure,
        "target_shares": shares,
        "median_ages": medians,
        "flows": pd.DataFrame(
            [{**STATUS, "year": 2018, "rank": "officer", "flow": f, "headcount": n} for f, n in flows]
        ),
    }


def test_single_years_small_counts_and_exact_numbers_are_gone(tables, targets):
    done, _ = protect_tables(tables, "protected", targets)
    structure = done["age_structure"].query("year == 2017 and rank == 'officer'").set_index("age_band")["headcount"]
    # The rests: 12 young in two bands, of 1 and 11; of 56 and more 6 in posts and 4 without.
    assert structure.dropna().to_dict() == {"41-45": 60, "51-55": 20}
    assert list(structure.index) == list(AGE_BANDS)
    shares = done["target_shares"].query("year == 2017").set_index("population")
    assert shares.loc["level", ["young", "headcount"]].tolist() == [10, 110]
    assert shares.loc["level", "share"] == round(10 / 110, 3)
    # 4 without a post would follow.
    assert shares.loc["posts", ["young", "headcount", "share"]].isna().all()
    later = done["target_shares"].query("year == 2018 and population == 'level'").iloc[0]
    assert later["share"] == round(12.5 / 106.5, 3)
    assert done["median_ages"]["median_age_years"].dropna().unique().tolist() == [46.0]
    assert done["median_ages"].query("population == 'posts'")["median_age_years"].isna().all()
    flows = done["flows"].set_index("flow")["headcount"]
    # 4 and 3 are 7: the smallest other goes with them.
    assert flows.dropna().to_dict() == {"resigned": 30, "promotion-in": 40}


def test_the_share_of_a_group_that_is_nearly_all_young_is_hidden(tables, targets, make_target):
    old = Targets(format=1, baseline_year=2017, targets=(make_target(age_years=58),))
    done, _ = protect_tables(tables, "protected", old)
    level = done["target_shares"].query("population == 'level' and year == 2017").iloc[0]
    assert np.isnan(level["share"])
    assert np.isnan(level["young"])
    assert level["headcount"] == 110


def test_forecast_shares_rest_on_ten_and_texts_are_left_to_be_made_again(tables, targets):
    label = {"target": "officers", **STATUS, "population": "level", "horizon_years": 1}
    verdicts = pd.DataFrame(
        [{**label, "share": 0.11737, "opening_share": 0.1143, "threshold": 1 / 6, "margin": -0.0493, "reached": False}]
    ).assign(probability=0.0349, share_p05=0.05, share_p95=0.2, sentence_en="0.11737 of them")
    fan = pd.DataFrame([{**label, "year": 2018, "quantile": q, "share": s} for q, s in ((0.1, 0.02), (0.9, 0.15))])
    done, _ = protect_tables({**tables, "verdicts": verdicts, "share_fan": fan}, "protected", targets)
    row = done["verdicts"].iloc[0]
    assert row[["share", "opening_share", "margin", "probability", "share_p95"]].tolist() == [
        *(0.117, 0.091, -0.05, 0.03, 0.2)
    ]
    assert np.isnan(row["share_p05"])
    assert row["sentence_en"] == ""
    assert not row["reached"]
    assert done["share_fan"]["share"].isna().tolist() == [True, False]


def test_posts_and_persons_among_the_assumptions_are_rounded_too(tables, targets):
    text = {"source": "-", "low": 1.0, "high": 2000.0}
    given = [("posts-of", 113.0, "posts"), ("few", 4.0, "persons"), ("rate", 0.0123, "per year")]
    assumptions = pd.DataFrame([{"assumption": a, "value": v, "unit": u, **text} for a, v, u in given])
    ensemble = pd.DataFrame({"draw": [0], "accepted": [True], "reason": [""], "posts-of": [117.3], "rate": [0.0123]})
    done, _ = protect_tables({**tables, "assumptions": assumptions, "ensemble": ensemble}, "protected", targets)
    assert done["assumptions"]["value"].fillna(-1).tolist() == [110, -1, 0.0123]
    assert done["ensemble"].loc[0, ["posts-of", "rate"]].tolist() == [120, 0.0123]


def test_a_plan_is_shown_in_bands_without_what_tells_single_persons(tables, targets):
    plan = pd.DataFrame(
        [
            {"year": 2018, "kind": "release", "from_rank": "officer", "to_rank": "", "group": "men", "age_years": age}
            | {"years_in_rank": 3, "persons": persons, "horizon_years": 5}
            for age, persons in ((51, 6.0), (52, 8.0), (57, 25.0), (38, 2.0), (42, 11.0))
        ]
    )
    done = protect_tables({**tables, "optimal_plan": plan}, "protected", targets)[0]["optimal_plan"]
    assert not {"age_years", "group", "years_in_rank"} & set(done.columns)
    assert done.set_index("age_band")["persons"].dropna().to_dict() == {"≥56": 30, "51-55": 10}


@pytest.mark.parametrize("setting", ["none", "internal"])
def test_other_settings_let_everything_pass(tables, targets, setting):
    done, ledger = protect_tables(tables, setting, targets, {"flows": ["x"]})
    assert ledger == {"flows": ["x"]}
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(done[name], frame)


def test_what_is_not_declared_is_refused(tables, targets):
    with pytest.raises(UnknownNameError, match=r"table under disclosure control 'persons' is not known"):
        protect_tables({**tables, "persons": tables["flows"]}, "protected", targets)
    named = {**tables, "flows": tables["flows"].assign(born=1980)}
    with pytest.raises(UnknownNameError, match=r"column of flows under disclosure control 'born'"):
        protect_tables(named, "protected", targets)
    with pytest.raises(UnknownNameError, match="disclosure setting 'open'"):
        protect_tables(tables, "open", targets)


def test_the_next_version_shows_no_cell_that_was_blank_and_the_tables_given_are_unchanged(tables, targets):
    before = {name: frame.copy() for name, frame in tables.items()}
    first, ledger = protect_tables(tables, "protected", targets)
    assert all(isinstance(name, str) for names in ledger.values() for name in names)
    more = {**tables, "flows": tables["flows"].assign(headcount=50.0)}
    more["age_structure"] = tables["age_structure"].assign(headcount=50.0)
    later, _ = protect_tables(more, "protected", targets, ledger)
    for name in ("flows", "age_structure"):
        was, now = first[name]["headcount"].isna(), later[name]["headcount"].isna()
        assert (now >= was).all()
        assert was.any()
    assert protect_tables(more, "protected", targets)[0]["flows"]["headcount"].notna().all()
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


@pytest.mark.parametrize("levels", [("officer", "nobody"), ("nobody",)])
def test_a_level_of_which_nothing_is_shown_is_a_word_in_a_pyramid(levels, tables, targets):
    frame = protect_tables(tables, "protected", targets)[0]["age_structure"]
    given = {"oldest_young_age_years": dict.fromkeys(levels, 40)}
    given["young_shares"] = dict.fromkeys(levels, (np.nan, np.nan))
    names = {"officer": "Officers", "nobody": "Nobody", "status-quo": "Status quo"}
    for draw in (age_pyramid, opening_pyramid):
        # The top of the ladder comes first.
        figure = draw(frame, names, footer="-", **given)
        assert "not shown, under disclosure control" in [text.get_text() for text in figure.axes[0].texts]
        figure.savefig(io.BytesIO(), format="png")


def test_pyramids_are_drawn_from_bands(tables, targets):
    frame = protect_tables(tables, "protected", targets)[0]["age_structure"]
    given = {"oldest_young_age_years": {"officer": 40}, "young_shares": {"officer": (0.091, 0.1)}}
    names = {"officer": "Officers", "status-quo": "Status quo"}
    for draw in (age_pyramid, opening_pyramid):
        figure = draw(frame, names, footer="-", **given)
        edges = [patch.get_data().edges for patch in figure.axes[0].patches if patch.get_fill()]
        assert edges
        for lower, upper in ((ends[::2], ends[1::2]) for ends in edges):
            assert upper - lower == pytest.approx(4.3)
        assert 43.0 in [round(middle, 6) for ends in edges for middle in (ends[::2] + ends[1::2]) / 2]
