"""What the explorer is made of: grids found once and kept, and everything its page holds, as JSON values."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from cadre_research.evidence.targets import AGE_LINES, Target
from cadre_research.findings.refinement import Grid
from cadre_research.findings.study import BASELINE, Study
from cadre_research.findings.surface import FULL, HOW_MANY, REFORMS, WITHIN, Bands, Lines, Surface, surface
from cadre_research.model.paths import cores
from cadre_research.model.processes import in_processes
from cadre_research.reporting.kept import is_kept, kept_together
from cadre_research.reporting.names import display_names
from cadre_research.reporting.wording import LANGUAGES, age_phrase
from cadre_research.reporting.worlds import rules_of

__all__ = [
    "HORIZON_YEARS",
    "SURFACES",
    "Surfaces",
    "explorer_content",
    "find_surface",
    "find_surfaces",
    "packed",
]

HORIZON_YEARS = 10
# A hundredth of a percentage point of a share; a thousandth of the largest band of a level.
SHARE_STEP, PEOPLE_STEP = 0.0001, 0.001
MISSING = -32768
# The highest saves another twentieth and takes eight times as long.
COMPRESSION = 7
PARTS = ("explorer-shares", "explorer-people")

# By age line and by what decides how many are promoted.
SURFACES = tuple((age_line, how_many) for age_line in AGE_LINES for how_many in HOW_MANY)
Surfaces = Mapping[tuple[str, str], Surface]


def find_surfaces(study: Study, lines: Lines = FULL) -> Surfaces:
    """Shares and age structure over the levers under both readings of the age lines; found once and kept on disk.

    What is not there takes minutes, in one process a core.

    Parameters
    ----------
    lines : Lines
        How fine they are.
    """
    missing = [one for one in SURFACES if not all(is_kept(part, _asked(study, lines, one)) for part in PARTS)]
    for _ in in_processes(find_surface, (study, lines), missing, cores()):
        pass
    return {one: _kept_surface(study, lines, one) for one in SURFACES}


def find_surface(given: tuple[Study, Lines], one: tuple[str, str]) -> None:
    """Find and keep one of the surfaces that are asked for (`SURFACES`), unless it is there."""
    _kept_surface(*given, one)


def explorer_content(study: Study, surfaces: Surfaces) -> dict[str, Any]:
    """Everything that the page computes from, but for its words: JSON values, names in every language.

    Parameters
    ----------
    surfaces : mapping
        As `find_surfaces` gives them.
    """
    targets = study.evidence.targets
    names = {language: display_names(study, language) for language in LANGUAGES}
    bands = {age_line: Bands.of(study.evidence, age_line) for age_line in AGE_LINES}
    first = bands[AGE_LINES[0]]
    return {
        "years": list(range(targets.baseline_year, targets.baseline_year + HORIZON_YEARS + 1)),
        "within": WITHIN,
        "reforms": list(REFORMS),
        "targets": [
            {**_target(target), "status_quo": {line: _status_quo(surfaces, line, place) for line in AGE_LINES}}
            for place, target in enumerate(targets.targets)
        ],
        "levels": [
            {
                "id": level,
                "name": {language: names[language][level] for language in LANGUAGES},
                "largest": {line: _largest(study, bands[line], line)[place] for line in AGE_LINES},
                "oldest_young": {line: bands[line].oldest_young_years[place] for line in AGE_LINES},
            }
            for place, level in enumerate(first.levels)
        ],
        "bands": {line: {"first": each.youngest_years, "last": list(each.last_years)} for line, each in bands.items()},
        "sexes": list(first.sexes),
        "surfaces": {
            line: {
                how_many: {
                    "shares": packed(surfaces[line, how_many].shares, SHARE_STEP),
                    "people": packed(surfaces[line, how_many].people, PEOPLE_STEP),
                }
                for how_many in HOW_MANY
            }
            for line in AGE_LINES
        },
    }


def packed(grid: Grid, step: float) -> dict[str, Any]:
    """Write a grid small: values as whole numbers of steps, each as its difference from its neighbours, compressed.

    Values run over x, then y, then the rest. A value is what it differs by from the one before it on y, of which the
    same was taken on x; all modulo 65,536. Low bytes stand before high bytes, in zlib's format and base64. The page's
    script undoes it.

    >>> small = packed(Grid(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([[0.1, 0.2], [0.3, np.nan]])), 0.1)
    >>> zlib.decompress(base64.b64decode(small["data"])).hex(), small["shape"]
    ('010102fc0000007f', [2, 2])
    """
    whole = np.where(np.isnan(grid.values), MISSING, np.rint(np.nan_to_num(grid.values) / step)).astype(np.int64)
    for axis in (0, 1):
        whole = np.diff(whole, axis=axis, prepend=0)
    numbers = (whole % 65536).astype("<u2").reshape(-1).view(np.uint8).reshape(-1, 2)
    return {
        "x": [round(float(value), 12) for value in grid.x],
        "y": [round(float(value), 12) for value in grid.y],
        "shape": list(grid.values.shape),
        "step": step,
        "data": base64.b64encode(zlib.compress(numbers.T.tobytes(), COMPRESSION)).decode("ascii"),
    }


def _target(target: Target) -> dict[str, Any]:
    share = target.share
    return {
        "id": target.id,
        "name": {language: getattr(target, f"name_{language}") for language in LANGUAGES},
        "young": {
            line: {language: age_phrase(target.age_years, line, language) for language in LANGUAGES}
            for line in AGE_LINES
        },
        "share": float(share),
        "asked": f"{share.numerator}/{share.denominator}",
        "anchored": target.survey is not None,
    }


def _status_quo(surfaces: Surfaces, age_line: str, place: int) -> list[float | None]:
    """Shares of a target by year where nothing is changed: vacancies decide, no post is freed, no share is young."""
    path = surfaces[age_line, HOW_MANY[0]].shares.values[0, 0, REFORMS.index(True), :, place]
    return [None if share != share else float(share) for share in path]


def _largest(study: Study, bands: Bands, age_line: str) -> list[float]:
    """Persons in the largest band of each level in the opening, in which its age structure is counted."""
    return bands.counted(study.opening(BASELINE, age_line).population).max((-2, -1)).tolist()


def _kept_surface(study: Study, lines: Lines, one: tuple[str, str]) -> Surface:
    """A surface from the disk, or found and kept there; its two grids are found together."""
    age_line, how_many = one

    def make() -> dict[str, pd.DataFrame]:
        found = surface(study, how_many, age_line, HORIZON_YEARS, lines)
        return dict(zip(PARTS, map(_frame, (found.shares, found.people)), strict=True))

    return Surface(*map(_grid, kept_together(PARTS, _asked(study, lines, one), make).values()))


def _asked(study: Study, lines: Lines, one: tuple[str, str]) -> dict[str, Any]:
    age_line, how_many = one
    asked = {"age_line": age_line, "how_many": how_many, "horizon": HORIZON_YEARS, "lines": asdict(lines)}
    return {**asked, **rules_of(study.scenario(BASELINE))}


def _frame(grid: Grid) -> pd.DataFrame:
    """A grid as a table: one row for each crossing, and how many values of each kind it has."""
    x, y = (lines.reshape(-1) for lines in np.meshgrid(grid.x, grid.y, indexing="ij"))
    values = pd.DataFrame(grid.values.reshape(x.size, -1)).rename(columns=str)
    return pd.concat([pd.DataFrame({"x": x, "y": y, "shape": ",".join(map(str, grid.values.shape))}), values], axis=1)


def _grid(frame: pd.DataFrame) -> Grid:
    shape = [int(length) for length in frame["shape"].iloc[0].split(",")]
    values = frame.drop(columns=["x", "y", "shape"]).to_numpy(float).reshape(shape)
    return Grid(np.unique(frame["x"]), np.unique(frame["y"]), values)
