"""Openings made by hand, and policies made at random, for the tests of what any policy can attain."""

from dataclasses import replace

import numpy as np

from cadre_research.findings.age_structure import young_and_all
from cadre_research.findings.policies import rules_of_all_policies
from cadre_research.model.chance import Expected
from cadre_research.model.eligibility import promotion_weights
from cadre_research.model.flows import Standing, leave, move_aside_and_down
from cadre_research.model.opening import Opening
from cadre_research.model.plan import Plan
from cadre_research.model.year import advance

STYLES = ("youngest", "oldest", "alike", "at random")


def opening_of(evidence, population, posts):
    """An opening of these people; nothing is calibrated, and everybody eligible is alike."""
    ladder = evidence.ladder
    weights = {
        (way.source, way.into): promotion_weights(
            ladder,
            way
            if way.ceiling_age_years is None
            else way.model_copy(update={"ceiling_age_years": evidence.amount(way.ceiling_age_years)}),
            None,
            None,
        )[None]
        for way in ladder.promotions
    }
    by_rank = np.array([[posts.get(rank, 0.0) for rank in ladder.rank_ids]])
    return Opening(evidence, "inclusive", population, by_rank, {}, weights, None, 0.0)


def random_path(opening, scenario, limits, years, rng):
    """Populations of a lawful policy made at random, taken through the yearly model; None where posts stay empty."""
    rules, population, path = rules_of_all_policies(opening, scenario), opening.population, []
    all_out = rng.choice(["none", "most", "some"])
    for year in range(opening.year + 1, opening.year + years + 1):
        asked = _random_year(rules, population, year, limits, rng, all_out)
        if asked is None:
            return None
        population = advance(population, year, replace(rules, plan=Plan(asked)), Expected()).closing
        path.append(population)
    return path


def shares(opening, population):
    """Share over goal of every target."""
    return {
        target.id: float(np.divide(*young_and_all(population, target, "level", opening.age_line)) / target.share)
        for target in opening.evidence.targets.targets
    }


def _random_year(rules, population, year, limits, rng, all_out):
    standing = Standing.at_opening(population, year)
    leave(standing, rules, Expected())
    move_aside_and_down(standing, rules, Expected())
    stay, posts, asked = standing.stay[0], rules.posts_in(year)[0], {}
    eligible = {
        rule.into: [
            np.where(rule.weight[..., i, None, :, :] > 0, standing.stay[0, ..., source, :, :], 0.0)
            for i, source in enumerate(rule.sources)
        ]
        for rule in rules.promotions
    }
    for rule in rules.promotions:
        rank, here = rule.into, stay[..., rule.into, :, :]
        holders = here.sum()
        fillable = sum(cells.sum() for cells in eligible[rank]) / (limits.candidates_per_post or 1)
        most = min(limits.releases_per_post * posts[rank], holders) * (rank in rules.released_to)
        out = most * {"none": 0.0, "most": 1.0, "some": rng.random()}[all_out]
        out = min(out, max(holders + fillable - limits.posts_filled_at_least * posts[rank], 0.0))
        least = max(limits.posts_filled_at_least * posts[rank] - holders + out, 0.0)
        room = min(posts[rank] - holders + out, fillable)
        if room < least - 1e-12:
            return None
        batch = {"none": room, "most": room, "some": least + rng.random() * (room - least)}[all_out]
        style = rng.choice(STYLES)
        for source, cells, share in zip(
            rule.sources, eligible[rank], rng.dirichlet(np.ones(len(rule.sources))), strict=True
        ):
            there = np.minimum(cells, stay[..., source, :, :])
            wanted = batch if len(rule.sources) == 1 else min(batch * share, there.sum())
            if wanted > there.sum() + 1e-12:
                return None
            taken = _taken(there, wanted, style, rng)
            stay[..., source, :, :] -= taken
            asked[year, "promotion", source, rank] = taken[None]
        if out:
            taken = _taken(here, min(out, here.sum()), rng.choice(STYLES), rng)
            here -= taken
            asked[year, "release", rank, rules.released_to[rank]] = taken[None]
    entry = rules.ladder.entry
    if entry is not None:
        rank = rules.ladder.index(entry.rank)
        holders = stay[..., rank, :, :].sum()
        most = posts[rank] - holders
        least = max(limits.posts_filled_at_least * posts[rank] - holders, 0.0)
        if most < -1e-9:
            return None
        ages = population.ages_years
        lawful = (ages >= entry.youngest_age_years) & (ages <= entry.oldest_age_years)
        mix = np.where(lawful, rng.dirichlet(np.full(len(ages), 0.2)) + 1e-9, 0.0)
        groups = rules.entry_mix.sum((1, 2))
        recruits = np.zeros(standing.stay[0, ..., rank, :, :].shape)
        total = rng.choice([most, least + rng.random() * (most - least)])
        recruits[:, 0, :, 0] = total * groups[:, None] * (mix / mix.sum())
        asked[year, "recruitment", None, rank] = recruits[None]
    return asked


def _taken(there, total, style, rng):
    """Take a total from cells [group, status, age, years]: by age from one end, in proportion, or at random."""
    if there.sum() <= 0:
        return np.zeros(there.shape)
    if style == "alike":
        return there * (total / there.sum())
    order = {
        "youngest": np.broadcast_to(np.arange(there.shape[2])[:, None], there.shape),
        "oldest": np.broadcast_to(-np.arange(there.shape[2])[:, None], there.shape),
        "at random": rng.random(there.shape),
    }[style].reshape(-1)
    places = np.argsort(order, kind="stable")
    queue = there.reshape(-1)[places]
    taken = np.zeros(there.size)
    taken[places] = np.clip(total - (np.cumsum(queue) - queue), 0.0, queue)
    return taken.reshape(there.shape)
