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

from cadre_research.evidence.estimation import estimate
from cadre_research.evidence.person_years import person_years
from cadre_research.evidence.register import Register
from cadre_research.evidence.register_evidence import registered_evidence
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
