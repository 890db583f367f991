"""Which counts of persons may be shown, so that no small number follows by subtraction.

The cells of a table are sets of *atoms*, the finest groups of persons. Whoever is shown some cells can add and
subtract them, and so find the persons of other sets. Two rules keep each of those sets at `LEAST_PERSONS` or more:

1. *Blocks.* The cells shown are unions of blocks that do not overlap and hold at least ten persons each. Sums and
   differences of such cells that count persons once are unions of blocks too. Blocks are made by refinement: all
   persons are one block at first; each cell in turn, the coarsest and largest first, cuts the blocks it meets in two,
   unless a part would hold one to nine persons; then the cell is not shown. What is left of a line is therefore a
   rest of ten or more, of at least two cells (a rest of one cell is a block, and shown).

2. *Two views.* City totals by age, and the same persons by unit, are two divisions into blocks that cut across each
   other; to ask for ten persons wherever a block of the one meets a block of the other would leave nothing to show.
   Draw every block of both as a node, and between a block of the first and one of the second an edge as heavy as the
   persons that they share. A set that follows from both has weights f on the one side and g on the other with f + g =
   0 or 1 on every edge, and consists of the edges with 1. Within a connected part of the graph f is whole up to a
   constant, and the parts with f = k and g = -k are joined to each other only by edges of that set (or g = 1 - k, by
   those left out): so the set is one side of a cut, or the rest of one. If every cut that parts a connected graph
   weighs ten or more, so does every such set. A block is cut in two only where the two halves stay joined by a flow
   of ten or more (largest flow = smallest cut), which keeps all cuts at ten.

Two views at most: for three the theorem does not hold. Groups of nobody are let be: that nobody is somewhere may
follow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from cadre_research.evidence.estimation import FEWEST_EVENTS

__all__ = ["LEAST_PERSONS", "safe_cells"]

# What estimates are withheld for, counts are too.
LEAST_PERSONS = FEWEST_EVENTS
# Expected persons are not whole, and flows are sought in whole numbers.
PARTS_OF_A_PERSON = 1000


def safe_cells(
    persons: np.ndarray, groups: Sequence[Sequence[np.ndarray]], beside: Sequence[Sequence[np.ndarray]] = ()
) -> tuple[list[list[bool]], list[list[bool]]]:
    """Decide which cells may be shown together.

    Parameters
    ----------
    persons : ndarray [atoms]
        Persons in each atom, at least 0; whole or expected.
    groups : sequence of sequences of boolean ndarray [atoms]
        Cells wanted, in groups of falling importance.
    beside : the same, optional
        Cells of the second view; wanted less than those of the first.

    Returns
    -------
    tuple
        For each view, whether each cell may be shown, as nested as it was given.

    Examples
    --------
    >>> atoms = np.eye(4, dtype=bool)
    >>> safe_cells(np.array([40, 30, 12, 4]), [[np.ones(4, dtype=bool)], list(atoms)])[0]
    [[True], [True, True, False, False]]
    """
    persons = np.asarray(persons, float)
    first = _blocks(persons, groups, None)
    second = _blocks(persons, beside, first) if beside else first
    shown = [
        [[_is_union(persons, cell, first) or _is_union(persons, cell, second) for cell in group] for group in view]
        for view in (groups, beside)
    ]
    return shown[0], shown[1]


def _blocks(persons: np.ndarray, groups: Sequence[Sequence[np.ndarray]], beside: np.ndarray | None) -> np.ndarray:
    """Refine the one block of all persons by each cell that allows it; returns the block of each atom."""
    blocks = np.zeros(len(persons), int)
    for group in groups:
        for cell in sorted(group, key=lambda cell: -persons[cell].sum()):
            if persons[cell].sum() >= LEAST_PERSONS:
                refined = _cut(persons, blocks, cell, beside)
                blocks = blocks if refined is None else refined
    return blocks


def _cut(persons: np.ndarray, blocks: np.ndarray, cell: np.ndarray, beside: np.ndarray | None) -> np.ndarray | None:
    """Cut every block in two along the cell's border; None where a part is too small or too loosely joined."""
    count = blocks.max() + 1
    inside = np.bincount(blocks[cell], persons[cell], count)
    outside = np.bincount(blocks[~cell], persons[~cell], count)
    parted = np.flatnonzero((inside > 0) & (outside > 0))
    if (np.minimum(inside, outside)[parted] < LEAST_PERSONS).any():
        return None
    for block in parted:
        blocks = np.where(cell & (blocks == block), blocks.max() + 1, blocks)
        if beside is not None and not _stay_joined(persons, blocks, beside, block):
            return None
    return blocks


def _stay_joined(persons: np.ndarray, blocks: np.ndarray, beside: np.ndarray, block: int) -> bool:
    """Whether a block and the one just cut off it are joined by ten persons, or not at all, through the first view."""
    weights = np.zeros((blocks.max() + 1, beside.max() + 1))
    np.add.at(weights, (blocks, beside), persons)
    halves = weights[[block, -1]]
    if halves.min(0).sum() >= LEAST_PERSONS:
        return True
    # Rounded down: what is found is never more than what is there.
    rows, columns = np.nonzero(weights)
    capacity = np.maximum(weights[rows, columns] * PARTS_OF_A_PERSON, 1).astype(np.int32)
    columns = columns + len(weights)
    ends = (np.append(rows, columns), np.append(columns, rows))
    size = sum(weights.shape)
    graph = coo_array((np.append(capacity, capacity), ends), shape=(size, size)).tocsr()
    flow = maximum_flow(graph, int(block), len(weights) - 1).flow_value
    return flow == 0 or flow >= LEAST_PERSONS * PARTS_OF_A_PERSON


def _is_union(persons: np.ndarray, cell: np.ndarray, blocks: np.ndarray) -> bool:
    if persons[cell].sum() < LEAST_PERSONS:
        return False
    there = persons > 0
    return not set(blocks[cell & there]) & set(blocks[~cell & there])
