"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cadre_research.errors import UnknownNameError
from cadre_research.paths import local_path

__all__ = [
    "LEVER_NAMES",
    "AgeLineChoice",
    "AgeLineOption",
    "DrawsOption",
    "LanguageChoice",
    "NamesOption",
    "known_lever",
    "path_read",
    "path_written",
]


def path_read(where: str) -> Callable[[str | Path], Path]:
    """Parser of an option or argument, called `where` in messages, that names a file or folder to read."""
    return lambda given: given if isinstance(given, Path) else local_path(where, given)


def path_written(where: str) -> Callable[[str | Path], Path]:
    """Parser of an option or argument, called `where` in messages, that names a file or folder to write."""
    return lambda given: given if isinstance(given, Path) else local_path(where, given, written=True)


class AgeLineChoice(StrEnum):
    """Readings of "under 40"."""

    inclusive = "inclusive"
    strict = "strict"


class LanguageChoice(StrEnum):
    """Languages of a report."""

    en = "en"
    zh = "zh"


# As `findings.levers.LEVERS` has them, whose import takes a second.
LEVER_NAMES = ("promotion-rate", "young-share", "release-rate")


def known_lever(given: str) -> str:
    """Refuse a lever by its name; whether its rank is known and whether it has an effect is for the model to say."""
    name, colon, _ = given.partition(":")
    if name not in LEVER_NAMES or (colon and name != "promotion-rate"):
        raise UnknownNameError("lever", given, [*LEVER_NAMES, "promotion-rate:<rank>"])
    return given


AgeLineOption = Annotated[
    AgeLineChoice, typer.Option(help='"Under 40" as 40 and below (inclusive, Chinese law) or 39 and below (strict).')
]
DrawsOption = Annotated[int, typer.Option(min=2, max=10_000, help="Sets of assumptions drawn from their ranges.")]
NamesOption = Annotated[LanguageChoice, typer.Option("--language", help="Language of names.")]
