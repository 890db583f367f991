"""Forecasts from rates that a register told cover what then happens, and what is lost where it told less than it could.

A truth is a service whose rates are known. Its register of ten years is drawn, the rates are estimated from it alone,
and one true future of ten years is drawn from the register's last 31 December on. Held against it are the intervals of
a forecast from the estimated rates: errors of estimation and chance.
"""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from cadre_research.evidence.estimation import estimate
from cadre_research.evidence.person_years import person_years
from cadre_research.evidence.register import Register
from cadre_research.evidence.register_evidence import registered_evidence
from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.age_structure import shares_of, young_and_all
from cadre_research.findings.outlook import outlook
from cadre_research.findings.study import Study
from cadre_research.findings.synthetic_register import known_rules
from cadre_research.findings.synthetic_spells import drawn_spells
from cadre_research.model.drawn_opening import drawn_opening
from cadre_research.model.ensemble import draw_ensemble
from cadre_research.model.paths import replicate_blocks, run_blocks
from cadre_research.model.random import Random
from cadre_research.model.year import advance
from cadre_research.paths import data_dir

YEARS = 10
HORIZONS = (5, 10)
INTERVALS = {0.8: (0.1, 0.9), 0.95: (0.025, 0.975)}
DRAWS, REPLICATES = 40, 3
WIDTH = 0.2
BUMP = (32, 34)
# What a register does not tell, and the truths here have at their central values.
RULES = ("young-promotion-age-", "ceiling-", "step-aside-age-")
REASONS = ("promoted", "moved", "retired", "retired-early")
KINDS = ("known-shape", "plateau", "bump", "swings")


@cache
def service(kind):
    """A service in its stationary state, with bells as curves of promotion, or plateaus."""
    study = Study.read(data_dir())
    evidence = study.evidence
    if kind == "plateau":
        ways = tuple(way.model_copy(update={"curve": "plateau"}) for way in evidence.ladder.promotions)
        evidence = replace(evidence, ladder=evidence.ladder.model_copy(update={"promotions": ways}))
    return Study(evidence, study.scenarios).opening()


def true_rules(kind, opening, seed):
    """Rules of each year: known, with promotion from 32 to 34 three times as probable, or with swings of a fifth."""
    rules = known_rules(opening)
    if kind == "bump":
        ages = opening.population.ages_years
        times = np.where((ages >= BUMP[0]) & (ages <= BUMP[1]), 3.0, 1.0)[:, None]
        return lambda year: faster(rules, times)
    if kind == "swings":
        swings = np.random.default_rng((seed, 1)).choice([1 - WIDTH, 1 + WIDTH], 2 * YEARS + 1)
        return lambda year: faster(rules, swings[year - opening.year + YEARS])
    return lambda year: rules


def faster(rules, times):
    """Rules with promotion so many times as intense."""
    promotions = tuple(replace(rule, hazard=-np.expm1(times * np.log1p(-rule.hazard))) for rule in rules.promotions)
    return replace(rules, promotions=promotions)


def drawn_register(opening, rules_in, seed, years=YEARS):
    """Ten years that end in the opening's, as a register; the file is left out, reading it is tested elsewhere."""
    chance = Random(seed)
    population = drawn_opening(opening, 1, chance)
    before, told = replace(population, headcount=population.headcount[0]), []
    for year in range(opening.year - years + 1, opening.year + 1):
        found = advance(population, year, rules_in(year), chance, in_detail=True)
        population = found.closing
        flows = [
            replace(flow, headcount=flow.headcount[0], cells=None if flow.cells is None else flow.cells[0])
            for flow in found.flows
        ]
        told.append(replace(found, flows=flows))
    arrivals = opening.population.headcount[0, :, 0, :, :, 0]
    spells = drawn_spells(before, arrivals, told, np.random.default_rng((seed, 2)))
    return register_of(spells, opening.evidence.ladder, told[0].year, told[-1].year)


def register_of(spells, ladder, first_year, last_year):
    months = spells["birth"].to_numpy().astype("datetime64[M]").astype(int)
    reasons = [*REASONS, *(way.id for way in ladder.exits)]
    frame = pd.DataFrame(
        {
            "person": pd.factorize(spells["id"])[0],
            "birth_year": 1970 + months // 12,
            "birth_month": 1 + months % 12,
            "sex": pd.Categorical(spells["sex"], ["male", "female"]),
            "unit": pd.Categorical(spells["unit"]),
            "rank": pd.Categorical(spells["rank"], ladder.rank_ids),
            "start": spells["start"],
            "end": spells["end"],
            "reason": pd.Categorical(spells["reason"], reasons),
        }
    )
    return Register(frame, date(last_year, 12, 31), first_year, "0" * 64, synthetic=True)


def told_and_true(kind, seed, scenario):
    """Shares forecast, array [target, horizon, world], and the true one, array [target, horizon]."""
    truth = service(kind)
    rules_in = true_rules(kind, truth, seed)
    # The estimate knows the ladder, and nothing of the curves.
    evidence = service("known-shape").evidence
    register = drawn_register(truth, rules_in, seed)
    years = person_years(register, evidence.ladder)
    evidence = registered_evidence(evidence, register, years, estimate(years, evidence))
    central = {entry.id: entry.value for entry in evidence.assumptions.uncertain if entry.id.startswith(RULES)}
    scenario = scenario.model_copy(update={"assumptions": central})
    opening = Study(evidence, {"status-quo": scenario}).opening()
    worlds = draw_ensemble(opening, scenario, DRAWS, seed, workers=1).openings
    found = outlook(worlds, scenario, max(HORIZONS), REPLICATES, seed, workers=1)
    future = run_blocks(replicate_blocks(opening, rules_in, 1, seed, (99,)), opening.year, max(HORIZONS), workers=1)
    forecast, true = [], []
    for target in evidence.targets.targets:
        forecast.append(found.share(target.id, "level")[..., list(HORIZONS)].reshape(-1, len(HORIZONS)).T)
        true.append(shares_of(*young_and_all(future, target, "level", opening.age_line))[0, list(HORIZONS)])
    return np.array(forecast), np.array(true)


@cache
def covered(kind, registers):
    """Share of truths within the 80 and 95 % intervals, arrays [target, horizon], over some registers."""
    policy = {"mode": "markov"}
    scenario = Scenario.model_validate(
        {
            **{
                "format": 1,
                "id": "status-quo",
                "title_en": "As it was",
                "title_zh": "照旧",
                "reason": "As in the truth.",
            },
            "promotion": policy,
            "recruitment": {"mode": "replace"},
            # The law of the truths, whose rates stay as they were: the real one delays retirement from 2025 on.
            "retirement": {"reform": False},
        }
    )
    inside = {level: [] for level in INTERVALS}
    for seed in range(registers):
        forecast, true = told_and_true(kind, seed, scenario)
        for level, ends in INTERVALS.items():
            low, high = np.nanquantile(forecast, ends, axis=-1)
            inside[level].append((low <= true) & (true <= high))
    return {level: np.mean(each, axis=0) for level, each in inside.items()}


def in_band(share, level, registers, cells):
    """Whether a share covered is what chance allows, over so many cells (Bonferroni, 1 %)."""
    low, high = binom.ppf([0.005 / cells, 1 - 0.005 / cells], registers, level) / registers
    return (low <= share) & (share <= high)


@pytest.mark.slow
def test_forecasts_from_estimated_rates_cover_the_truth():
    """Ten registers of a known shape: each of twelve cells as chance allows, and not far from nominal all together."""
    for level, share in covered("known-shape", 10).items():
        assert in_band(share, level, 10, share.size).all()
    assert covered("known-shape", 10)[0.8].mean() > 0.65
    assert covered("known-shape", 10)[0.95].mean() > 0.85


@pytest.mark.soak
def test_forecasts_from_sixty_registers_cover_the_truth():
    found = covered("known-shape", 60)
    for level, share in found.items():
        assert in_band(share, level, 60, share.size).all(), share
    print({level: round(float(share.mean()), 3) for level, share in found.items()})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "least", "most"), [("plateau", 0.5, 0.95), ("bump", 0.25, 0.75), ("swings", 0.1, 0.65)]
)
def test_what_is_lost_where_the_register_tells_less_than_it_could(kind, least, most):
    """Coverage of the 80 % intervals over six registers, and over thirty.

    A smooth curve of another shape costs little: a spline follows it (78 and 78 %). Promotions three times as likely at
    three ages of a curve that the spline cannot follow take it to 51 and 55 %. Where promotions swing by a fifth from
    year to year, which rates taken as constant do not know of, it is 33 and 45 %: the intervals hold errors of
    estimation and chance, and no change of the rates themselves. Sixty registers of the known shape: 80 %.
    """
    assert least < covered(kind, 6)[0.8].mean() < most
