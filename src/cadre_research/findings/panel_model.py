"""A panel taken forward by the yearly model: every rank change is a probability, newcomers are set in at the close.

Ranks that are filled when places fall vacant are not pushed by rates: their promotions are scaled so that they replace
whoever leaves. How far a rank is one of those is read from its past (`filled_ranks`); where the intake fills posts, all
are. All hazards of a way are scaled alike on the complementary log-log scale, h -> 1 - (1 - h)^theta.
"""

from __future__ import annotations

import numpy as np

from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.panel import Panel
from cadre_research.findings.panel_intake import Intake
from cadre_research.findings.panel_rates import Rates
from cadre_research.model.chance import Chance, Expected
from cadre_research.model.population import Population
from cadre_research.model.random import Random
from cadre_research.model.rules import PromotionRule, Rules
from cadre_research.model.year import advance

__all__ = ["filled_ranks", "ladder_of", "markov_rules", "project"]

# Fewer years do not tell whether vacancies are filled.
LEAST_YEARS = 4
SPELL_YEARS = 5
LARGEST_SCALE = 50.0
NEWTON_STEPS = 8


def ladder_of(panel: Panel) -> Ladder:
    """Ladder with a rank for each stratum of a panel, whose last age is open."""
    ranks = [
        {"id": f"stratum-{place}", "name_en": name, "name_zh": name, "level": f"stratum-{place}"}
        for place, name in enumerate(panel.strata)
    ]
    return Ladder.model_validate(
        {
            "format": 1,
            "id": "panel",
            "title_en": "Panel",
            "title_zh": "面板",
            "source": "stocks and flows given by the user",
            "ages": {
                "youngest_years": int(panel.ages_years[0]),
                "oldest_years": int(panel.ages_years[-1]),
                "oldest_is_open": True,
                "longest_tracked_years_in_rank": 0,
            },
            "groups": ({"id": "all", "name_en": "All", "name_zh": "全部", "sex": "any"},),
            "ranks": tuple(ranks),
        }
    )


def markov_rules(ladder: Ladder, ways: tuple[tuple[int, int], ...], exits: np.ndarray, moves: np.ndarray) -> Rules:
    """Rules under which everybody exits, then moves, with a probability.

    Parameters
    ----------
    exits : array [..., stratum, age]
    moves : array [..., way, age]
        Of those who have neither left nor moved by a way listed before.
    """
    nobody = np.zeros(exits.shape[-1], bool)
    promotions = [
        PromotionRule(into, (source,), np.ones((1, 1, len(nobody), 1)), nobody, moves[..., way, None, None, :, None])
        for way, (source, into) in enumerate(ways)
    ]
    return Rules(
        ladder=ladder,
        mode="markov",
        retirement=lambda year: np.zeros(1),
        exits={"exit": exits[..., None, None, None, :, :, None]},
        moves=(),
        promotions=tuple(promotions),
        posts=np.zeros((1, len(ladder.ranks))),
        baseline_year=0,
    )


def filled_ranks(known: Panel, rates: Rates) -> np.ndarray:
    """How far past promotions into each stratum followed vacancies rather than rates, array [stratum] from 0 to 1.

    Given who left and who entered, filling posts forecasts the headcount of a rank to stay as it is, and rates forecast
    it by the promotions they give. With a and b the mean squared errors of the two over spells of up to `SPELL_YEARS`
    years, each counts by the square of the other's: the first b^2 / (a^2 + b^2).
    """
    strata, years = len(known.strata), sorted(known.flows)
    if len(years) < LEAST_YEARS or not rates.ways:
        return np.zeros(strata)
    source, into = np.array(rates.ways).T
    leaving, moving = rates.means()
    changes, misses = {}, {}
    for year in years:
        stock, moves = known.stocks[year], known.flows[year].moves
        expected = _summed(((stock * (1 - leaving))[source] * moving).sum(-1), into, strata)
        changes[year] = known.stocks[year + 1].sum(-1) - stock.sum(-1)
        misses[year] = expected - (moves.sum((0, 2)) - np.einsum("iij->i", moves))
    length = min(SPELL_YEARS, len(years) // 2)
    spells = [range(year, year + length) for year in years if set(range(year, year + length)) <= known.flows.keys()]
    if not spells:
        return np.zeros(strata)
    by_vacancies, by_rates = (
        np.mean([sum(error[year] for year in spell) ** 2.0 for spell in spells], axis=0) for error in (changes, misses)
    )
    both = by_vacancies**2 + by_rates**2
    return np.divide(by_rates**2, both, out=np.zeros(strata), where=both > 0)


def project(
    panel: Panel,
    origin_year: int,
    horizon_years: int,
    rates: Rates,
    filled: np.ndarray,
    intake: Intake,
    drawn: tuple[np.ndarray, np.ndarray] | None = None,
    seed: tuple[int, ...] = (0,),
) -> np.ndarray:
    """Take the stock of an origin through the years.

    Parameters
    ----------
    filled : array [stratum]
        How far the vacancies of a stratum are filled by promotion, from 0 (rates alone) to 1.
    drawn : arrays [member, stratum, age] and [member, way, age], optional
        Rates of each drawn path; the expectation under the mean rates without them.
    seed : tuple of int
        Of drawn paths, the first number at least 0, the others tell forecasts apart.

    Returns
    -------
    array [year, rank, age], or [year, member, rank, age] of drawn paths
        Headcounts, the origin's first.
    """
    exits, moves = rates.means() if drawn is None else drawn
    chance: Chance = Expected() if drawn is None else Random(seed[0], seed[1:])
    generator = None if drawn is None else np.random.default_rng(seed)
    ladder, stock = ladder_of(panel), panel.stocks[origin_year].astype(float)
    stock = np.broadcast_to(stock, (*exits.shape[:-2], *stock.shape))
    path = [panel.by_rank(stock)]
    for place, year in enumerate(range(origin_year, origin_year + horizon_years)):
        posts = intake.posts_in(place, generator)
        scaled = _scaled(stock, rates, exits, moves, filled, intake, posts, _persons(intake, year))
        opening = Population(stock[..., None, None, None, :, :, None].copy(), ladder)
        closed = advance(opening, year, markov_rules(ladder, rates.ways, exits, scaled), chance).closing
        stock = closed.by_rank_and_age()
        stock = stock + intake.newcomers(year, place, stock, generator)
        path.append(panel.by_rank(stock))
    return np.array(path)


def _persons(intake: Intake, year: int) -> np.ndarray | None:
    """Newcomers that are expected into each stratum whatever else happens; None where they fill posts."""
    return None if intake.persons is None else intake.persons[year].sum(-1)


def _scaled(
    stock: np.ndarray,
    rates: Rates,
    exits: np.ndarray,
    moves: np.ndarray,
    filled: np.ndarray,
    intake: Intake,
    posts: np.ndarray,
    persons: np.ndarray | None,
) -> np.ndarray:
    """Probabilities of moving such that the filled strata come to their posts, array [..., way, age]."""
    if not rates.ways or not filled.any():
        return moves
    source, into = np.array(rates.ways).T
    pulled, strata = filled[into], len(filled)
    staying = stock * (1 - exits)
    candidates = staying[..., source, :]
    usual = (candidates * moves).sum(-1)
    # The part of the vacancies that promotions fill, and what newcomers fill anyway.
    inside, joining = (1 - intake.outside, 0.0) if persons is None else (np.ones(strata), persons)
    gap = posts - staying.sum(-1) - joining
    arriving = _summed(usual, into, strata)[..., into]
    share = np.divide(usual, arriving, out=np.zeros(usual.shape), where=arriving > 0)
    wanted = usual
    # Whoever is promoted leaves a vacancy: as many rounds as a vacancy can travel ranks.
    for _ in range(strata + 10):
        vacancies = np.maximum(gap + _summed(wanted, source, strata), 0.0) * inside
        wanted = pulled * share * vacancies[..., into] + (1 - pulled) * usual
    intensity = -np.log1p(-np.minimum(moves, 1 - 1e-9))
    theta = _scale(wanted, candidates, intensity)
    return -np.expm1(-theta[..., None] * intensity)


def _summed(persons: np.ndarray, end: np.ndarray, strata: int) -> np.ndarray:
    """Add persons [..., way] up over the ways with the same end, array [..., stratum]."""
    return persons @ (end[:, None] == np.arange(strata))


def _scale(wanted: np.ndarray, candidates: np.ndarray, intensity: np.ndarray) -> np.ndarray:
    """Solve sum(candidates (1 - exp(-theta intensity))) = wanted for theta by Newton's method from below."""
    slope = (candidates * intensity).sum(-1)
    theta = np.divide(wanted, slope, out=np.zeros(wanted.shape), where=slope > 0)
    for _ in range(NEWTON_STEPS):
        spared = np.exp(-theta[..., None] * intensity)
        short = wanted - (candidates * (1 - spared)).sum(-1)
        slope = (candidates * intensity * spared).sum(-1)
        step = np.divide(short, slope, out=np.zeros(wanted.shape), where=slope > 1e-12)
        theta = np.clip(theta + step, 0.0, LARGEST_SCALE)
    return theta
