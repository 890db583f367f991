"""An attack on twelve monthly versions of a register's counts, with nested units, by whoever can add and subtract.

Only published tables are read; the truth is used to judge what was found.
"""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import null_space
from scipy.optimize import linprog

from cadre_research.reporting import suppression, unit_counts
from cadre_research.reporting.disclosure_versions import ROUNDED_TO
from cadre_research.reporting.suppression import LEAST_PERSONS
from cadre_research.reporting.unit_counts import ALL, protected_counts, totals

KEYS = ["unit", "rank", "sex", "age_band"]
SIZES = {"unit": 4, "rank": 3, "sex": 2, "age_band": 4}
WHOLE = [[], ["rank"], ["rank", "sex"], ["rank", "age_band"], ["rank", "sex", "age_band"]]
BY_UNIT = [["unit"], ["unit", "rank"], ["unit", "rank", "sex"], ["unit", "rank", "age_band"], KEYS]
MARGINS = [*WHOLE, *BY_UNIT]
VERSIONS = 12


def register(seed):
    """Twelve monthly versions of true counts, some around ten; 0 to 5 persons come or go a month."""
    random = np.random.default_rng(seed)
    names = [[f"{key}{place}" for place in range(size)] for key, size in SIZES.items()]
    atoms = pd.DataFrame(list(itertools.product(*names)), columns=KEYS)
    kind = random.choice(4, len(atoms), p=[0.15, 0.2, 0.25, 0.4])
    counts = np.select(
        [kind == 0, kind == 1, kind == 2],
        [random.integers(0, 2, len(atoms)), random.integers(1, 10, len(atoms)), random.integers(8, 14, len(atoms))],
        random.integers(15, 120, len(atoms)),
    )
    versions = []
    for _ in range(VERSIONS):
        versions.append(atoms.assign(headcount=counts))
        moved = random.integers(-5, 6, len(atoms)) * (random.random(len(atoms)) < 0.5)
        counts = np.maximum(counts + moved, 0)
    return versions


def published(versions):
    """Tables as they are published, one after the other."""
    ledger, tables = {}, []
    for atoms in versions:
        table, ledger = protected_counts("counts", atoms, WHOLE, BY_UNIT, ledger)
        tables.append(table)
    return tables


def wide(table):
    return table.set_index(KEYS)["headcount"]


CELLS = list(wide(totals(register(0)[0], MARGINS)).index)


def _lines():
    """Every total with its parts, as places in CELLS."""
    found = {}
    for place, cell in enumerate(CELLS):
        told_apart = [key for key, value in zip(KEYS, cell, strict=True) if value != ALL]
        for at, key in enumerate(KEYS):
            total = (*cell[:at], ALL, *cell[at + 1 :])
            if key in told_apart and total in CELLS:
                found.setdefault((key, CELLS.index(total)), []).append(place)
    return [(total, parts) for (_, total), parts in found.items()]


LINES = _lines()
TOTALS = np.array([total for total, _ in LINES])
PARTS = np.zeros((len(LINES), len(CELLS)))
for line, (_, parts) in enumerate(LINES):
    PARTS[line, parts] = 1


def numbers(tables):
    """Counts [version, cell], missing where hidden."""
    return np.array([wide(table).reindex(CELLS).to_numpy(float) for table in tables])


def is_small(number):
    return (np.abs(number) > 0) & (np.abs(number) < LEAST_PERSONS)


def rests(shown):
    """Every total less its parts shown [version, line], missing where no part is hidden or the total is."""
    rest = shown[:, TOTALS] - np.nan_to_num(shown) @ PARTS.T
    return np.where(np.isnan(shown) @ PARTS.T > 0, rest, np.nan)


def small_numbers(tables):
    """Kinds of small numbers that additions and subtractions of published numbers come to."""
    shown = numbers(tables)
    rest, parts = rests(shown), np.nan_to_num(shown) @ PARTS.T
    found = {
        "shown": shown,
        "rest": rest,
        "change": shown[:, None] - shown,
        "change of rest": rest[:, None] - rest,
        # Of one version the total, of another the parts: what is gone from a line may be what it was.
        "rest across versions": shown[:, None, TOTALS] - parts,
    }
    return {kind for kind, values in found.items() if is_small(values).any()}


def small_groups(tables, truth):
    """Number of lines whose hidden parts hold one to nine persons in truth, and whose sum follows."""
    shown, true = numbers(tables), numbers([totals(atoms, MARGINS) for atoms in truth])
    hidden = np.where(np.isnan(shown), true, 0.0) @ PARTS.T
    return int((is_small(hidden) & ~np.isnan(rests(shown))).sum())


def series(seeds):
    for seed in range(seeds):
        truth = register(seed)
        yield truth, published(truth)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [30, pytest.param(200, marks=pytest.mark.soak)])
def test_nothing_small_follows_from_twelve_versions_of_nested_units(seeds):
    """No small number, and no rest of one to nine persons in truth; what was blank stays so."""
    for truth, tables in series(seeds):
        assert small_numbers(tables) == set()
        assert small_groups(tables, truth) == 0
        blank = np.isnan(numbers(tables))
        assert (blank[1:] >= blank[:-1]).all()


@pytest.mark.slow
def test_of_all_sets_of_persons_whose_number_follows_none_is_small():
    """Whatever any linear combination of the published cells comes to: every set of the finest groups is tried."""
    atoms = pd.DataFrame(list(itertools.product("abc", "xy", "mf")), columns=["unit", "rank", "sex"])
    subsets = (np.arange(2 ** len(atoms))[:, None] >> np.arange(len(atoms)) & 1).astype(float)
    whole, by_unit = [[], ["rank"], ["sex"], ["rank", "sex"]], [["unit"], ["unit", "rank"], ["unit", "rank", "sex"]]
    found = 0
    for seed in range(150):
        random = np.random.default_rng(seed)
        atoms["headcount"] = random.integers(0, 30, len(atoms)) * (random.random(len(atoms)) < 0.85)
        table, _ = protected_counts("t", atoms, whole, by_unit)
        cells = table.loc[table["headcount"].notna(), ["unit", "rank", "sex"]].to_numpy()
        there = atoms["headcount"].to_numpy() > 0
        rows = np.array([((cell == ALL) | (cell == atoms.to_numpy()[:, :3])).all(1) for cell in cells], float)
        unknown = null_space(rows[:, there])
        follows = np.abs(subsets[:, there] @ unknown).max(1, initial=0.0) < 1e-9
        assert not is_small(subsets[follows] @ atoms["headcount"].to_numpy()).any()
        found += len(np.unique(subsets[follows][:, there], axis=0))
    assert found > 150 * 4


def bounds(table, atoms):
    """Least and most persons of every hidden cell of the finest table, given all that is published and its rounding."""
    cells = totals(atoms, MARGINS)[KEYS]
    member = np.array([[all(c in (ALL, a) for c, a in zip(cell, atom, strict=True)) for atom in atoms[KEYS].to_numpy()]
                       for cell in cells.to_numpy()], float)  # fmt: skip
    shown = wide(table).reindex(pd.MultiIndex.from_frame(cells)).to_numpy()
    rows, known = member[~np.isnan(shown)], shown[~np.isnan(shown)]
    half = ROUNDED_TO / 2
    limits = {"A_ub": np.vstack([rows, -rows]), "b_ub": np.concatenate([known + half, half - known])}
    hidden = np.flatnonzero(wide(table).reindex(pd.MultiIndex.from_frame(atoms[KEYS])).isna())
    for place in hidden:
        one = np.zeros(len(atoms))
        one[place] = 1
        low, high = (linprog(sign * one, **limits).fun * sign for sign in (1, -1))
        yield int(atoms["headcount"].iloc[place]), low, high


def test_bounds_of_a_hidden_cell_never_close_on_it():
    truth = register(1)[:1]
    found = list(bounds(published(truth)[0], truth[0]))
    assert len(found) > 20
    assert all(low - 1e-6 <= count <= high + 1e-6 for count, low, high in found)
    assert min(high - low for count, low, high in found if count) >= LEAST_PERSONS - 1


def test_the_attack_finds_what_is_planted_when_only_small_cells_are_left_out(monkeypatch):
    """Without secondary suppression the same attack on the same registers finds small groups."""

    def primary(persons, groups, beside=()):
        return tuple([[bool(persons[c].sum() >= LEAST_PERSONS) for c in g] for g in view] for view in (groups, beside))

    monkeypatch.setattr(unit_counts, "safe_cells", primary)
    for seed in range(10):
        truth = register(seed)[:1]
        assert small_groups(published(truth), truth) > 10


def test_the_attack_finds_small_numbers_where_counts_are_rounded_to_five(monkeypatch):
    """Which is why they are not: a difference of five stands for five persons."""

    def to_five(persons, shown):
        return np.where(shown, np.round(persons / 5) * 5, np.nan)

    monkeypatch.setattr(unit_counts, "rounded_counts", to_five)
    found = set().union(*(small_numbers(published(register(seed))) for seed in range(3)))
    assert found == {"rest", "change", "change of rest", "rest across versions"}


def test_without_the_flow_between_the_views_small_groups_follow_from_city_less_units(monkeypatch):
    monkeypatch.setattr(suppression, "_stay_joined", lambda *_: True)
    assert sum(small_groups(published(register(seed)[:1]), register(seed)[:1]) > 0 for seed in range(10)) >= 5


def test_most_of_what_is_large_is_published_and_near_the_truth():
    """Of totals and cells of thirty and more at least three in five, at first and after a year of changes."""
    kept = []
    for truth, tables in series(4):
        true, shown = numbers([totals(atoms, MARGINS) for atoms in truth]), numbers(tables)
        kept.append([(~np.isnan(shown[v]))[true[v] >= 30].mean() for v in (0, -1)])
        assert np.nanmax(np.abs(shown - true)) <= ROUNDED_TO / 2
    assert np.mean(kept, axis=0).min() >= 0.6
