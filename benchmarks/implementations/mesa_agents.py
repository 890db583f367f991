"""The workload with mesa: an agent per person, who leaves, is promoted and grows older by their own method.

What an agent does depends on nobody else, so the agents are not shuffled. Runs on one core.
"""

from __future__ import annotations

from random import Random

import mesa
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
    opening_persons,
)

__all__ = ["forecast"]

# Plain numbers are quicker to look up one at a time than arrays.
LEAVE = {age: float(chance) for age, chance in zip(range(YOUNGEST, OLDEST + 1), EXIT, strict=True)}
PROMOTED = [float(chance) for chance in PROMOTION]


class Person(mesa.Agent):
    """Somebody in the service."""

    def __init__(self, model: Service, rank: int, age: int, years: int) -> None:
        super().__init__(model)
        self.rank, self.age, self.years = rank, age, years

    def live(self) -> None:
        """Leave, or perhaps be promoted and grow older."""
        chance: Random = self.model.random
        if chance.random() < LEAVE[self.age]:
            self.remove()
            return
        if self.years >= MINIMUM_YEARS and chance.random() < PROMOTED[self.rank]:
            self.rank += 1
            self.years = 0
        else:
            self.years += 1
        self.age += 1


class Service(mesa.Model):
    """One replicate."""

    def __init__(self, columns: tuple[list[int], list[int], list[int]], seed: int) -> None:
        super().__init__(seed=seed)
        self.persons = len(columns[0])
        Person.create_agents(self, self.persons, *columns)

    def step(self) -> None:
        """Everybody lives a year; recruits take the places of who left."""
        self.agents.do("live")
        missing = self.persons - len(self.agents)
        Person.create_agents(self, missing, 0, self.rng.choice(RECRUIT_AGES, missing).tolist(), 0)

    def headcount(self) -> np.ndarray:
        """Persons by rank and age."""
        counts = np.zeros((RANKS, len(AGES)), np.int64)
        for person in self.agents:
            counts[person.rank, person.age - YOUNGEST] += 1
        return counts


def forecast(persons: int, replicates: int, seed: int, threads: int = 1) -> np.ndarray:
    """Draw headcounts [replicate, year, rank, age]."""
    columns = tuple(column.tolist() for column in opening_persons(persons))
    seeds = np.random.SeedSequence(seed).generate_state(replicates)
    counts = np.empty((replicates, YEARS, RANKS, len(AGES)), np.int64)
    for replicate in range(replicates):
        service = Service(columns, int(seeds[replicate]))
        for year in range(YEARS):
            service.step()
            counts[replicate, year] = service.headcount()
        # mesa numbers the agents of a model in a table that keeps the model; without its agents that is little.
        service.remove_all_agents()
    return counts
