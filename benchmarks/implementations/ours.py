"""The workload as rules of the project's yearly model: headcounts of cells, in expectation or drawn.

Cells keep years in rank up to 10 and more, as the project's own ladder does, although 3 would do here.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from benchmarks.workload import (
    AGES,
    EXIT,
    MINIMUM_YEARS,
    OLDEST,
    PROMOTION,
    RANKS,
    RECRUIT_AGES,
    YEARS,
    YOUNGEST,
    opening_cells,
)
from cadre_research.evidence.ladder import Ladder
from cadre_research.model.chance import Expected
from cadre_research.model.paths import BLOCK, Block, run_blocks
from cadre_research.model.population import Population, empty_population
from cadre_research.model.projection import project
from cadre_research.model.random import Random
from cadre_research.model.rules import PromotionRule, Rules

__all__ = ["expectation", "forecast", "opening", "rules"]

OPENING_YEAR = 0


def ladder() -> Ladder:
    """Four ranks, one group, ages 25 to 60."""
    name = {"name_en": "-", "name_zh": "-"}
    ids = [f"rank-{rank}" for rank in range(RANKS)]
    return Ladder.model_validate(
        {
            "format": 1,
            "id": "workload",
            "title_en": "Workload",
            "title_zh": "-",
            "source": "made up",
            "ages": {"youngest_years": YOUNGEST, "oldest_years": OLDEST},
            "groups": ({"id": "all", "sex": "any", **name},),
            "ranks": tuple({"id": rank, "level": rank, **name} for rank in ids),
            "promotions": tuple(
                {"from": source, "to": into, "minimum_years_in_rank": MINIMUM_YEARS} for source, into in pairwise(ids)
            ),
            "entry": {
                "rank": ids[0],
                "youngest_age_years": int(RECRUIT_AGES[0]),
                "most_common_age_years": float(RECRUIT_AGES.mean()),
                "oldest_age_years": int(RECRUIT_AGES[-1]),
            },
        }
    )


def opening(persons: int) -> Population:
    """The opening of the workload."""
    population = empty_population(ladder())
    cells = opening_cells(persons)
    population.headcount[0, 0, 0, :, :, : cells.shape[-1]] = cells
    return population


def rules(population: Population) -> Rules:
    """Leave by age, be promoted by chance, replace every leaver."""
    lasted = np.arange(population.headcount.shape[-1]) >= MINIMUM_YEARS
    eligible = np.broadcast_to(lasted, (1, 1, len(AGES), len(lasted)))
    return Rules(
        ladder=population.ladder,
        mode="markov",
        retirement=lambda year: np.zeros((1, 1, RANKS, len(AGES), 1)),
        exits={"left": np.broadcast_to(EXIT[:, None], (RANKS, len(AGES), 1))},
        moves=(),
        promotions=tuple(
            PromotionRule(
                into=source + 1,
                sources=(source,),
                weight=eligible.astype(float),
                young=np.zeros(len(AGES), bool),
                hazard=eligible * PROMOTION[source],
            )
            for source in reversed(range(RANKS - 1))
        ),
        posts=np.zeros((1, RANKS)),
        baseline_year=OPENING_YEAR,
        entry_mix=(np.isin(AGES, RECRUIT_AGES) / len(RECRUIT_AGES))[None, None, :],
        replaces_leavers=True,
    )


def expectation(persons: int) -> np.ndarray:
    """Expected headcounts [year, rank, age]."""
    start = opening(persons)
    return project(start, OPENING_YEAR, YEARS, rules(start), Expected()).headcount()[1:]


def forecast(persons: int, replicates: int, seed: int, threads: int) -> np.ndarray:
    """Draw headcounts [replicate, year, rank, age], blocks of replicates on threads."""
    start = opening(persons)
    law = rules(start)

    def block(place: int) -> Block:
        size = min(BLOCK, replicates - place * BLOCK)
        many = np.broadcast_to(start.headcount, (size, *start.headcount.shape))
        return Block(lambda: Population(many, start.ladder), law, Random(seed, (place,)))

    blocks = [block(place) for place in range(-(-replicates // BLOCK))]
    return run_blocks(blocks, OPENING_YEAR, YEARS, threads).headcount[:, 1:]
