"""Rates and shares as they are typed: read as decimals, with a word on what is usually meant."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from cadre_research.errors import ParameterError, meant

__all__ = ["decimal_of", "promotion_rates", "share_of"]


def decimal_of(where: str, text: str) -> float:
    """Read a decimal number from 0 to 1.

    Parameters
    ----------
    where : str
        The option, for the message.
    text : str

    Raises
    ------
    ParameterError
        When it is no number or out of range; a percentage is told how it is written.

    >>> decimal_of("--rate", "0.08")
    0.08
    """
    try:
        found = float(text)
    except ValueError:
        raise ParameterError(f"{where}: given {text!r}, expected a decimal number such as 0.08.{meant(text)}") from None
    if not 0 <= found <= 1:
        raise ParameterError(
            f"{where}: given {found:g}, expected a decimal number from 0 to 1, such as 0.08.{meant(found)}"
        )
    return found


def share_of(where: str, text: str) -> Fraction:
    """Read a share such as 0.5 or 1/3 exactly; errors as `decimal_of`.

    >>> share_of("--share", "1/3")
    Fraction(1, 3)
    """
    if "/" not in text:
        decimal_of(where, text)
    try:
        found = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        found = None
    if found is None or not 0 <= found <= 1:
        raise ParameterError(f"{where}: given {text!r}, expected a share from 0 to 1 such as 0.5 or 1/3.{meant(text)}")
    return found


def promotion_rates(where: str, given: Sequence[str]) -> float | dict[str, float] | None:
    """Read promotion rates: one number for all ranks, or RANK=NUMBER any number of times; None where nothing is given.

    >>> promotion_rates("--promotion-rate", ["county-deputy=0.1"])
    {'county-deputy': 0.1}
    """
    if not given:
        return None
    named = dict(part.split("=", 1) for part in given if "=" in part)
    plain = [part for part in given if "=" not in part]
    if len(plain) > 1 or (plain and named):
        raise ParameterError(f"{where}: given {' '.join(given)}; expected one number, or RANK=NUMBER for ranks.")
    if named:
        return {rank.strip(): decimal_of(where, number) for rank, number in named.items()}
    return decimal_of(where, plain[0])
