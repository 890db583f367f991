"""Registers as yearly cells, drawn from known hazards: what the recovery of those hazards is tested on.

Three ranks, two groups, one law of retirement (at 60), observed from 2007 to 2017: whoever was in service when 2007
opened had been for years, and years in rank are not told apart from 10 on.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cadre_research.evidence.hazards import Basis, Hazard
from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.retirement import RetirementRules

AGES = np.arange(22, 60)
YEARS = np.arange(11)
GROUPS, RANKS = ("men", "women"), ("clerk", "officer", "chief")
FIRST_YEAR, LAST_YEAR = 2007, 2017
RETIREMENT = RetirementRules.model_validate(
    {
        "format": 1,
        "routes": tuple(
            {"category": "all", "sex": sex, "base_age_years": 60, "source": "made up"} for sex in ("male", "female")
        ),
    }
)


@dataclass(frozen=True)
class Cells:
    """The fields of PersonYears."""

    transitions: pd.DataFrame
    entries: pd.DataFrame
    stocks: pd.DataFrame
    first_year: int
    last_year: int


def ladder(**changes):
    names = {"name_en": "-", "name_zh": "-"}
    content = {
        "format": 1,
        "id": "three",
        "title_en": "-",
        "title_zh": "-",
        "source": "made up",
        "ages": {"youngest_years": 22, "oldest_years": 60},
        "groups": (
            {"id": "men", "sex": "male", **names},
            {"id": "women", "sex": "female", "share_of_entry": 0.4, **names},
        ),
        "ranks": tuple({"id": rank, "level": rank, "retirement": "all", **names} for rank in RANKS),
        "promotions": (
            {"from": "clerk", "to": "officer", "minimum_years_in_rank": 3},
            {"from": "officer", "to": "chief", "minimum_years_in_rank": 2, "ceiling_age_years": 55.0},
        ),
        "moves": (
            {
                "kind": "step-aside",
                "from": "chief",
                "to": "officer",
                "probability_per_year": 0.1,
                "from_age_years": 50.0,
            },
        ),
        "exits": ({"id": "resigned", "probability_per_year": 0.02, **names},),
        "entry": {
            "rank": "clerk",
            "youngest_age_years": 22,
            "most_common_age_years": 24.0,
            "oldest_age_years": 35,
            "probation_years": 1,
        },
    }
    return Ladder.model_validate({**content, **changes})


def known(kind, name, sources, into, basis, rates, effects=()):
    """Make a hazard of known rates at the knots of age, and effects on the log scale of all other terms."""
    coefficients = (*np.log(-np.log1p(-np.array(rates))).tolist(), *effects)
    unknown = tuple(tuple(row) for row in (np.eye(len(coefficients)) * 1e-12).tolist())
    return Hazard(
        kind=kind,
        name=name,
        sources=sources,
        into=into,
        basis=basis,
        coefficients=coefficients,
        covariance=unknown,
        events=0.0,
        person_years=0.0,
    )


# In the order in which the yearly model asks.
TRUTH = (
    known(
        "exit",
        "resigned",
        RANKS,
        None,
        Basis(age_knots=(25.0, 35.0, 50.0), years_knots=(0.0, 4.0), groups=("women",), ranks=("officer", "chief")),
        (0.05, 0.03, 0.01),
        (-0.4, -0.3, -0.5, -0.8),
    ),
    known("move", "step-aside-chief-officer", ("chief",), "officer", Basis(age_knots=(50.0, 58.0)), (0.06, 0.25)),
    known(
        "promotion",
        "promotion-officer-chief",
        ("officer",),
        "chief",
        Basis(age_knots=(32.0, 40.0, 50.0), groups=("women",)),
        (0.04, 0.09, 0.03),
        (-0.35,),
    ),
    known(
        "promotion",
        "promotion-clerk-officer",
        ("clerk",),
        "officer",
        Basis(age_knots=(26.0, 33.0, 45.0), years_knots=(3.0, 6.0, 10.0), groups=("women",)),
        (0.06, 0.12, 0.03),
        (0.3, -0.2, -0.25),
    ),
)
BASES = {hazard.name: hazard.basis for hazard in TRUTH}
LOWEST_YEARS = {"promotion-clerk-officer": 3, "promotion-officer-chief": 1}
AGES_ALLOWED = {"step-aside-chief-officer": (50, 200), "promotion-officer-chief": (0, 54)}


def probabilities(hazards=TRUTH):
    """Probability of each way, array [group, rank, age, years], 0 where the rules do not open it."""
    found = {}
    for hazard in hazards:
        chance = np.zeros((len(GROUPS), len(RANKS), len(AGES), len(YEARS)))
        rows = [RANKS.index(rank) for rank in hazard.sources]
        chance[:, rows] = -np.expm1(-hazard.intensity(GROUPS, AGES, YEARS))
        low, high = AGES_ALLOWED.get(hazard.name, (0, 200))
        chance[..., (low > AGES) | (high < AGES), :] = 0.0
        chance[..., LOWEST_YEARS.get(hazard.name, 0) > YEARS] = 0.0
        found[hazard.name] = chance
    return found


def simulate(chances, seed, persons=9000, entrants=330, hazards=TRUTH):
    """Draw a panel of yearly cells, every binomial on cells.

    The opening is spread over ages and years in rank as a service would be, so that most persons of 2007 had been
    there before anything was observed.
    """
    random = np.random.default_rng(seed)
    state = _opening(random, persons)
    flows, entries = [], []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        stay, arrived = state.copy(), np.zeros_like(state)
        leaving = np.zeros_like(state)
        leaving[:, :, AGES == 59] = stay[:, :, AGES == 59]
        flows.append((leaving, year, "retired", ""))
        stay -= leaving
        for hazard in hazards:
            taken = random.binomial(stay, chances[hazard.name])
            stay -= taken
            outcome = {"exit": hazard.name, "move": "step-aside", "promotion": "promotion"}[hazard.kind]
            flows.append((taken, year, outcome, hazard.into or ""))
            if hazard.into:
                arrived[:, RANKS.index(hazard.into), :, 0] += taken.sum((1, 3))
        flows.append((stay, year, "stay", ""))
        state = np.zeros_like(stay)
        longer = np.concatenate([np.zeros_like(stay[..., :1]), stay[..., :-1]], -1)
        longer[..., -1] += stay[..., -1]
        state[:, :, 1:] = (longer + arrived)[:, :, :-1]
        joined = random.multinomial(random.poisson(entrants), np.outer([0.6, 0.4], np.repeat(1 / 8, 8)).ravel())
        state[:, 0, :8, 0] += joined.reshape(2, 8)
        group, age = np.indices((2, 8)).reshape(2, -1)
        entries.append(
            pd.DataFrame({"year": year, "group": np.array(GROUPS)[group], "age_years": AGES[age], "persons": joined})
        )
    entered = pd.concat(entries, ignore_index=True).assign(unit="all", rank="clerk", kind="recruitment")
    return Cells(_transitions(flows), entered, pd.DataFrame(), FIRST_YEAR, LAST_YEAR)


def _opening(random, persons):
    shape = np.zeros((len(GROUPS), len(RANKS), len(AGES), len(YEARS)))
    for rank, (share, youngest) in enumerate(((0.6, 22), (0.28, 27), (0.12, 32))):
        longest = np.minimum(AGES - youngest, 10)
        spread = (YEARS[None, :] <= longest[:, None]) * np.where(YEARS == 10, 4.0, 1.0)
        shape[:, rank] = share * spread / spread.sum() * np.array([0.6, 0.4])[:, None, None]
    return random.multinomial(persons, (shape / shape.sum()).ravel()).reshape(shape.shape)


def _transitions(flows):
    """Rows of flows, each an array [group, rank, age, years] with its year, outcome and rank reached."""
    flow, group, rank, age, years = np.nonzero(np.stack([counts for counts, *_ in flows]))
    _, year, outcome, into = zip(*flows, strict=True)
    return pd.DataFrame(
        {
            "year": np.array(year)[flow],
            "unit": _category(["all"], np.zeros(len(flow), int)),
            "rank": _category(RANKS, rank),
            "group": _category(GROUPS, group),
            "age_years": AGES[age],
            "years_in_rank": YEARS[years],
            "outcome": _category(*_codes(outcome, flow)),
            "into": _category(*_codes(into, flow)),
            "persons": np.stack([counts for counts, *_ in flows])[flow, group, rank, age, years],
        }
    )


def _category(names, codes):
    return pd.Categorical.from_codes(codes, list(names))


def _codes(names, flow):
    known, codes = np.unique(names, return_inverse=True)
    return known.tolist(), codes[flow]
