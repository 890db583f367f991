"""The same year asked of chance: with whole persons drawn one by one, no line of the year is another."""

import numpy as np
import pytest

from cadre_research.model.chance import Chance, Expected
from cadre_research.model.year import advance


class Draws:
    """Draw persons one by one: slow, and plain enough to be taken for right."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    expected = Expected()

    def of(self, year, flow):
        return self

    def thin(self, headcount, probability):
        return self.random.binomial(headcount.astype(int), np.broadcast_to(probability, headcount.shape)).astype(float)

    def share_out(self, total, headcount, weight):
        """Let every person run a race at a speed in proportion to weight; the first `total` are taken."""
        taken = np.zeros(headcount.shape)
        weight = np.broadcast_to(weight, headcount.shape)
        for unit in np.ndindex(total.shape):
            cells = np.argwhere((headcount[unit] > 0) & (weight[unit] > 0))
            runners = np.repeat(np.arange(len(cells)), [int(headcount[unit][tuple(cell)]) for cell in cells])
            speed = np.array([weight[unit][tuple(cell)] for cell in cells])[runners]
            finish = self.random.exponential(size=len(runners)) / speed
            for runner in runners[np.argsort(finish)[: int(total[unit])]]:
                taken[unit][tuple(cells[runner])] += 1
        return taken

    def oldest_first(self, total, headcount):
        taken = np.zeros(headcount.shape)
        for unit in np.ndindex(total.shape):
            persons = [
                tuple(cell)
                for cell in np.argwhere(headcount[unit] > 0)
                for _ in range(int(headcount[unit][tuple(cell)]))
            ]
            self.random.shuffle(persons)
            for cell in sorted(persons, key=lambda cell: (-cell[-2], -cell[-1]))[: int(total[unit])]:
                taken[unit][cell] += 1
        return taken

    def spread(self, total, proportion, axes):
        draws = [self.random.multinomial(int(n), proportion.ravel()) for n in total.ravel()]
        return np.array(draws, float).reshape(*total.shape, *proportion.shape)

    def whole(self, amount):
        return np.floor(amount + self.random.random(np.shape(amount)))

    def at_most(self, amount):
        return np.floor(amount + 1e-9)

    def leeway(self, amount, batch):
        return 3 * np.sqrt(amount)

    def planned(self, asked, there):
        return np.minimum(self.whole(asked), there)


ENTRY = {"rank": "clerk", "youngest_age_years": 30, "most_common_age_years": 31.0, "oldest_age_years": 33}
EXITS = ({"id": "left", "name_en": "-", "name_zh": "-", "probability_per_year": 0.1},)


@pytest.fixture
def city(make_ladder, make_evidence, make_rules, people):
    """40 clerks and 20 officers of three ages, and the rules of a scenario for them."""
    promotion = {"from": "clerk", "to": "officer", "typical_age_years": 36.0, "age_spread_years": 4.0}
    ladder = make_ladder(entry=ENTRY, exits=EXITS, promotions=(promotion,))
    rows = [("clerk", age, 3, n) for age, n in ((32, 20), (36, 12), (41, 8))]
    rows += [("officer", age, 2, n) for age, n in ((38, 5), (45, 10), (50, 5))]
    posts = {"clerk": 40.0, "officer": 20.0}

    def build(**scenario):
        return people(ladder, *rows), make_rules(make_evidence(ladder), posts, **scenario)

    return build


SCENARIOS = {
    "vacancy": {},
    "young": {"promotion": {"young_share": "1/2"}},
    "rate": {"promotion": {"mode": "rate", "rate_per_year": 0.33, "young_share": "1/3", "candidates_per_post": 3}},
    "lateral": {
        "lateral_intake": (
            {
                **{"rank": "officer", "persons_per_year": 1.5, "youngest_age_years": 40, "oldest_age_years": 44},
                **{"first_year": 2018, "last_year": 2018},
            },
        )
    },
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_persons_stay_whole_and_are_conserved(city, scenario):
    population, rules = city(**SCENARIOS[scenario])
    for seed in range(20):
        year = advance(population, 2018, rules, Draws(seed))
        assert (year.closing.headcount == np.round(year.closing.headcount)).all()
        joined = sum(flow.headcount.sum() for flow in year.flows if flow.source is None)
        left = sum(flow.headcount.sum() for flow in year.flows if flow.into is None)
        assert year.closing.total() == population.total() + joined - left


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_mean_of_many_draws_is_near_the_expectation(city, scenario):
    """Within 4 standard errors and a third of a person, which is what rounding may move."""
    population, rules = city(**SCENARIOS[scenario])
    expected = advance(population, 2018, rules, Expected()).closing.by_rank_and_age()
    draws = np.stack([advance(population, 2018, rules, Draws(seed)).closing.by_rank_and_age() for seed in range(400)])
    error = draws.std(0) / np.sqrt(len(draws))
    assert (np.abs(draws.mean(0) - expected) <= 4 * error + 1 / 3).all()


def test_a_drawing_chance_answers_every_question_of_the_year():
    questions = {name for name in vars(Chance) if not name.startswith("_")}
    assert questions == {name for name in vars(Draws) if not name.startswith("_")}
