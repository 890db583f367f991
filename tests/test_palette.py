"""Colours that must be told apart are told apart by readers who see red, green or blue less well.

The simulation is that of Machado, Oliveira and Fernandes (2009) at full severity, over linear RGB; differences are
those of CIELAB (CIE 1976), where about 2 is just noticed side by side and 15 cannot be taken for the same.
"""

from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cadre_research.reporting.figures import fan, looks, matrix, plan, style, tornado

SIGHT = {
    "ordinary": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(axis=1)
APART, SEEN = 15.0, 8.0

# What stands side by side in one figure and is told apart by its colour.
SIDE_BY_SIDE = {
    "young and other ages": (style.YOUNG, style.OTHER_AGES),
    "gains, losses and the share itself": (style.YOUNG, style.GAIN, style.LOSS),
    "promoted, released, recruited": tuple(shades(0.6) for shades in plan.COLOURS.values()),
    "low and high end": (tornado.LOW_COLOUR, tornado.HIGH_COLOUR),
    "short of the target and at it": (matrix.SHORT(1.0), matrix.REACHED(1.0)),
    "young, and the status quo": (style.YOUNG, style.QUIET),
}


def linear(colour):
    shown = np.array(to_rgb(colour))
    return np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)


def lab(colour, sight):
    x, y, z = np.clip(np.array(SIGHT[sight]) @ linear(colour), 0, 1) @ TO_XYZ.T / WHITE
    f = [value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116 for value in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one, other, sight):
    return float(np.linalg.norm(lab(one, sight) - lab(other, sight)))


def contrast(one, other):
    light, dark = sorted((0.05 + linear(colour) @ TO_XYZ[1] for colour in (one, other)), reverse=True)
    return light / dark


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("name", SIDE_BY_SIDE)
def test_colours_side_by_side_are_told_apart(name, sight):
    for one, other in combinations(SIDE_BY_SIDE[name], 2):
        assert difference(one, other, sight) > APART, (one, other)


@pytest.mark.parametrize("sight", SIGHT)
def test_the_bands_of_a_fan_are_told_from_each_other_and_the_paper(sight):
    shades = [style.YOUNG, *(fan.BANDS[width][2] for width in (50, 80, 95)), "#FFFFFF"]
    lightness = [lab(shade, sight)[0] for shade in shades]
    assert lightness == sorted(lightness)
    assert all(after - before > 3 for before, after in pairwise(lightness))


@pytest.mark.parametrize("sight", SIGHT)
def test_paths_that_share_a_dash_are_told_apart_by_colour(sight):
    names = ["status-quo", *(f"rate-{rate:02}" for rate in (4, 8, 12)), *(f"other-{n}" for n in range(7))]
    found = looks.looks_of(names)
    for one, other in combinations(names, 2):
        if found[one]["linestyle"] == found[other]["linestyle"]:
            assert difference(found[one]["color"], found[other]["color"], sight) > SEEN, (one, other)


@pytest.mark.parametrize("colour", [style.INK, style.QUIET, style.YOUNG])
def test_what_is_written_in_a_colour_is_read_on_the_white_ground(colour):
    assert contrast(colour, "#FFFFFF") >= 4.5


def test_the_simulation_itself_confuses_what_it_should():
    """Pure red and a dark olive differ for most readers and hardly for a protanope; white stays white for all."""
    assert difference("#FF0000", "#6B5F00", "ordinary") > 4 * difference("#FF0000", "#6B5F00", "protan")
    for sight in SIGHT:
        assert lab("#FFFFFF", sight)[0] == pytest.approx(100, abs=0.5)
