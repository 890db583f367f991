"""Who joins a service in the years of a forecast: as in recent years, as many as keep its posts filled, or as given.

Newcomers of a year are counted by stratum and by their age at its close.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cadre_research.evidence.panel import Panel
from cadre_research.evidence.panel_books import a_year_older

__all__ = ["INTAKES", "Intake", "intake_as_given", "intake_for_posts", "intake_of_recent_years"]

INTAKES = ("recent", "posts", "given")
RECENT_YEARS = 5


@dataclass(frozen=True)
class Intake:
    """How many join.

    Parameters
    ----------
    persons : mapping of year to array [stratum, age], or None
        Newcomers by their age at the close of the year; None where they fill posts.
    posts : array [stratum]
        Headcount of each stratum at the origin.
    mix : array [stratum, age]
        How those who fill the posts of a stratum fall on ages; all zero where nobody joins.
    outside : array [stratum]
        Share of those who come into a stratum that come from outside the service.
    swings : array [member, year]
        By how much the intake, or the number of posts, of a drawn path differs from what is expected.
    """

    persons: Mapping[int, np.ndarray] | None
    posts: np.ndarray
    mix: np.ndarray
    outside: np.ndarray
    swings: np.ndarray

    def newcomers(
        self, year: int, place: int, closing: np.ndarray, generator: np.random.Generator | None = None
    ) -> np.ndarray:
        """Newcomers [..., stratum, age] to a stock [..., stratum, age] at the close of a year.

        Parameters
        ----------
        place : int
            How many years of the forecast have passed.
        generator : optional
            Draws whole persons; the expectation without one.
        """
        if self.persons is not None:
            expected = self.persons[year]
            if generator is None:
                return np.broadcast_to(expected, closing.shape)
            swing = self.swings[:, place, None, None]
            # What is given is known to the person; only a mean of years is drawn.
            if not swing.size:
                return np.broadcast_to(expected, closing.shape)
            return generator.poisson(expected * swing).astype(float)
        wanted = np.where(self.mix.any(-1), np.maximum(self.posts_in(place, generator) - closing.sum(-1), 0.0), 0.0)
        if generator is None:
            return wanted[..., None] * self.mix
        whole = np.floor(wanted + generator.random(wanted.shape)).astype(np.int64)
        mix = np.where(self.mix.any(-1, keepdims=True), self.mix, 1 / self.mix.shape[-1])
        return generator.multinomial(whole, mix).astype(float)

    def posts_in(self, place: int, generator: np.random.Generator | None = None) -> np.ndarray:
        """Posts of each stratum, array [stratum] or, of drawn paths that fill posts, [member, stratum]."""
        if generator is None or self.persons is not None:
            return self.posts
        return self.posts * self.swings[:, place, None]


def intake_of_recent_years(
    known: Panel, origin_year: int, horizon_years: int, members: int, generator: np.random.Generator
) -> Intake:
    """Mean of the entries of the last five years known; drawn paths swing as past intakes swung about such means."""
    mean = np.mean([_at_close(known, year) for year in sorted(known.flows)[-RECENT_YEARS:]], axis=0)
    totals = [float(known.flows[year].entries.sum()) for year in sorted(known.flows)]
    before = [np.mean(totals[max(0, at - RECENT_YEARS) : at]) for at in range(1, len(totals))]
    ratios = [now / mean for now, mean in zip(totals[1:], before, strict=True) if mean > 0]
    swings = _read_on(ratios, members, horizon_years, generator)
    years = range(origin_year, origin_year + horizon_years)
    return _intake(known, origin_year, dict.fromkeys(years, mean), swings)


def intake_as_given(known: Panel, origin_year: int, panel: Panel, horizon_years: int) -> Intake:
    """The entries of the years ahead, as they came to be.

    Raises
    ------
    KeyError
        When the panel has no flows of one of these years.
    """
    years = range(origin_year, origin_year + horizon_years)
    return _intake(known, origin_year, {year: _at_close(panel, year) for year in years}, np.empty((0, horizon_years)))


def intake_for_posts(
    known: Panel, origin_year: int, horizon_years: int, members: int, generator: np.random.Generator
) -> Intake:
    """As many as keep the headcount of every rank; on drawn paths headcounts grow as the whole service has grown."""
    years = [year for year in known.years if year + 1 in known.stocks and known.stocks[year].sum() > 0]
    growth = [known.stocks[year + 1].sum() / known.stocks[year].sum() for year in years]
    swings = np.cumprod(_read_on(growth, members, horizon_years, generator), axis=1)
    return _intake(known, origin_year, None, swings)


def _intake(known: Panel, origin_year: int, persons: Mapping[int, np.ndarray] | None, swings: np.ndarray) -> Intake:
    recent = sorted(known.flows)[-RECENT_YEARS:]
    entries = sum(_at_close(known, year) for year in recent)
    ever = sum(_at_close(known, year) for year in known.flows)
    moved = sum(known.flows[year].moves for year in recent)
    inside = moved.sum((0, 2)) - np.einsum("iij->i", moved)
    outside = np.divide(entries.sum(-1), entries.sum(-1) + inside, out=np.ones(len(inside)), where=inside > 0)
    # A rank that nobody joined of late is filled from where it was filled before.
    used = np.where(entries.any(-1, keepdims=True), entries, ever * (inside == 0)[:, None]).astype(float)
    mix = np.divide(used, used.sum(-1, keepdims=True), out=np.zeros(used.shape), where=used.any(-1, keepdims=True))
    return Intake(persons, known.stocks[origin_year].sum(-1).astype(float), mix, outside, swings)


def _at_close(panel: Panel, year: int) -> np.ndarray:
    """Entries of a year by the age at its close."""
    return a_year_older(panel.flows[year].entries)


def _read_on(past: list[float], members: int, years: int, generator: np.random.Generator) -> np.ndarray:
    """Go on as the past went from a year drawn by lot, beginning again where it ends, array [member, year]."""
    if not past:
        return np.ones((members, years))
    starts = generator.integers(len(past), size=(members, 1))
    return np.array(past)[(starts + np.arange(years)) % len(past)]
