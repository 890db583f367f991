"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["AgeLineChoice", "AgeLineOption", "DrawsOption", "LanguageChoice", "NamesOption"]


class AgeLineChoice(StrEnum):
    """Readings of "under 40"."""

    inclusive = "inclusive"
    strict = "strict"


class LanguageChoice(StrEnum):
    """Languages of a report."""

    en = "en"
    zh = "zh"


AgeLineOption = Annotated[
    AgeLineChoice, typer.Option(help='"Under 40" as 40 and below (inclusive, Chinese law) or 39 and below (strict).')
]
DrawsOption = Annotated[int, typer.Option(min=2, max=10_000, help="Sets of assumptions drawn from their ranges.")]
NamesOption = Annotated[LanguageChoice, typer.Option("--language", help="Language of names.")]
