"""Chance proper: whole persons drawn on cells, in law the same as person by person, at a cost that hardly grows."""

from __future__ import annotations

from functools import cached_property
from math import prod
from zlib import crc32

import numpy as np

from cadre_research.errors import ParameterError
from cadre_research.model.chance import CELL_AXES, Expected
from cadre_research.model.draws import spread_batch, thin_cells, weighted_batch

__all__ = ["Random"]

# Amounts such as 9 x 1/3 are whole but for rounding.
WHOLE_WITHIN = 1e-9
EXPECTED = Expected()


class Random:
    """Draws whole persons. Headcounts must be whole numbers; floats hold them exactly up to 2^53.

    - independent moves: a binomial in each cell, the exact law of person by person;
    - a batch from weighted candidates: one after the other without replacement with chances in proportion to weight
      (Wallenius), the exact law too;
    - newcomers: a multinomial;
    - under a young rule that is felt, the number of young in a batch is what is to be expected or what is reserved, to
      the next whole person by lot; who they are is drawn. Where the rule is not felt, the number is left to the draw;
    - the oldest first: by age and years in rank, by lot among those alike in both.

    Each flow of each year has a stream of its own, keyed by the seed, the block of replicates, the year and the flow: a
    flow that does not happen shifts no other flow's draws, and nothing depends on how many workers there are.

    Parameters
    ----------
    seed : int
        At least 0.
    block : tuple of int
        Which replicates these are; blocks are independent of each other.

    Raises
    ------
    ParameterError
        When the seed is not a whole number of at least 0.
    """

    def __init__(self, seed: int, block: tuple[int, ...] = (0,), stream: tuple[int, ...] = ()) -> None:
        """Make the stream of this seed, block and flow."""
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ParameterError(f"seed: given {seed!r}, expected a whole number of at least 0, such as 2017.")
        self.seed, self.block = seed, block
        # A block and a flow have keys of fixed meaning: the lengths tell (1,), (2, 3) and (1, 2), (3,) apart.
        self._key = (len(block), *block, *stream)

    @cached_property
    def generator(self) -> np.random.Generator:
        """Its source of random numbers, made when first drawn from: many streams are only asked for others."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=self._key)))

    @property
    def expected(self) -> Expected:
        """The expectation."""
        return EXPECTED

    def of(self, year: int, flow: str) -> Random:
        """Return the stream of one flow in one year."""
        return Random(self.seed, self.block, (year, crc32(flow.encode())))

    def thin(self, headcount: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """Draw a binomial in each cell."""
        shape = np.broadcast_shapes(headcount.shape, probability.shape)
        taken = np.empty(shape)
        alike = _axes_alike(probability, len(shape))
        thin_cells(
            self.generator,
            _table(headcount, shape, alike),
            _table(probability[(0,) * (alike - len(shape) + probability.ndim)], shape[alike:], 0),
            taken.reshape(_table_shape(shape, alike)),
        )
        return taken

    def share_out(self, total: np.ndarray, headcount: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Draw a batch of `total` [..., unit] from weighted cells; more than there are takes all with weight."""
        shape = np.broadcast_shapes(headcount.shape, weight.shape, np.shape(total) + (1,) * len(CELL_AXES))
        taken = np.empty(shape)
        units = len(shape) - len(CELL_AXES)
        alike = units if _axes_alike(weight, len(shape)) >= units else 0
        rows = (-1, prod(shape[units:]))
        weight = weight[(0,) * (weight.ndim - len(CELL_AXES))] if alike else np.broadcast_to(weight, shape)
        weighted_batch(
            self.generator,
            np.ascontiguousarray(np.broadcast_to(total, shape[:units]), float).reshape(-1),
            np.ascontiguousarray(np.broadcast_to(headcount, shape)).reshape(rows),
            np.ascontiguousarray(np.broadcast_to(weight, shape[alike:])).reshape(rows),
            taken.reshape(rows),
        )
        return taken

    def oldest_first(self, total: np.ndarray, headcount: np.ndarray) -> np.ndarray:
        """Take the oldest, among them the longest-serving, by lot among those alike in both."""
        alike = headcount.sum((-4, -3))
        queue = alike[..., ::-1, ::-1].reshape(*alike.shape[:-2], -1)
        ahead = np.cumsum(queue, axis=-1) - queue
        wanted = np.clip(total[..., None] - ahead, 0.0, queue).reshape(alike.shape)[..., ::-1, ::-1]
        taken, left, rest = np.empty(headcount.shape), wanted, alike
        for group in range(headcount.shape[-4]):
            for status in range(headcount.shape[-3]):
                here = headcount[..., group, status, :, :]
                rest = rest - here
                drawn = self._lot(here, rest, left)
                taken[..., group, status, :, :] = drawn
                left = left - drawn
        return taken

    def spread(self, total: np.ndarray, proportion: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        """Draw a multinomial over the cells of the last axes, as many as `proportion` has."""
        fallen = np.empty((*np.shape(total), *proportion.shape))
        spread_batch(
            self.generator,
            np.ascontiguousarray(total, float).reshape(-1),
            np.ascontiguousarray(proportion, float).reshape(-1),
            fallen.reshape(-1, proportion.size),
        )
        return fallen

    def whole(self, amount: np.ndarray) -> np.ndarray:
        """Round up or down by lot, so that the mean is `amount`."""
        below = self.at_most(amount)
        return below + (self.generator.random(np.shape(amount)) < amount - below - WHOLE_WITHIN)

    def at_most(self, amount: np.ndarray) -> np.ndarray:
        """Round down."""
        return np.floor(amount + WHOLE_WITHIN)

    def leeway(self, amount: np.ndarray, batch: np.ndarray) -> np.ndarray:
        """Return three standard deviations of a binomial draw: a wider one does without the young rule's help."""
        share = np.divide(amount, batch, out=np.zeros(np.shape(amount)), where=batch > 0)
        return 3 * np.sqrt(np.maximum(amount * (1 - share), 0.0))

    def planned(self, asked: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Round what is asked by lot, and take no more than there are: chance keeps to no plan exactly."""
        return np.minimum(self.whole(np.broadcast_to(asked, there.shape)), there)

    def _lot(self, here: np.ndarray, rest: np.ndarray, left: np.ndarray) -> np.ndarray:
        """How many of `left` drawn by lot from `here` and `rest` together are from `here`."""
        certain = np.where(left >= here + rest, here, np.minimum(left, 0.0))
        open_ = (left > 0) & (left < here + rest)
        if open_.any():
            counts = [part[open_].astype(np.int64) for part in (here, rest, left)]
            certain[open_] = self.generator.hypergeometric(*counts)
        return certain


def _axes_alike(values: np.ndarray, dimensions: int) -> int:
    """How many leading axes of a shape of so many dimensions `values` is the same along."""
    aligned = (1,) * (dimensions - values.ndim) + values.shape
    return next((axis for axis, length in enumerate(aligned) if length > 1), dimensions)


def _table(values: np.ndarray, shape: tuple[int, ...], rows: int) -> np.ndarray:
    """Values of a shape as a table, its first `rows` axes the rows."""
    return np.ascontiguousarray(np.broadcast_to(values, shape), float).reshape(_table_shape(shape, rows))


def _table_shape(shape: tuple[int, ...], rows: int) -> tuple[int, int]:
    return prod(shape[:rows]), prod(shape[rows:])
