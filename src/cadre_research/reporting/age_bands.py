"""Bands of five years of age, open at both ends so that no youngest and no oldest age shows.

The bands end at multiples of five, since "under 40" counts the 40-year-olds (see `evidence.targets.is_young`): the
young of such a line are whole bands. They are the same for every service, so that they tell nothing about one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["AGE_BANDS", "BAND_YEARS", "age_band", "band_ages", "banded"]

BAND_YEARS = 5
FIRST_UP_TO = 25
LAST_FROM = 56
_STARTS = range(FIRST_UP_TO + 1, LAST_FROM, BAND_YEARS)
AGE_BANDS = (f"≤{FIRST_UP_TO}", *(f"{start}-{start + BAND_YEARS - 1}" for start in _STARTS), f"≥{LAST_FROM}")


def age_band(age_years: pd.Series) -> pd.Series:
    """Name the band of each completed age.

    >>> age_band(pd.Series([16, 25, 26, 40, 41, 56, 75])).tolist()
    ['≤25', '≤25', '26-30', '36-40', '41-45', '≥56', '≥56']
    """
    place = np.clip(-(-(age_years - FIRST_UP_TO) // BAND_YEARS), 0, len(AGE_BANDS) - 1)
    return place.astype(int).map(dict(enumerate(AGE_BANDS)))


def band_ages(band: str) -> tuple[int, int]:
    """Youngest and oldest age of a band as it is drawn: an open band as wide as the others.

    >>> band_ages("≤25"), band_ages("36-40"), band_ages("≥56")
    ((21, 25), (36, 40), (56, 60))
    """
    oldest = FIRST_UP_TO + BAND_YEARS * AGE_BANDS.index(band)
    return oldest - BAND_YEARS + 1, oldest


def banded(frame: pd.DataFrame, counts: tuple[str, ...] = ("headcount",)) -> pd.DataFrame:
    """Sum the counts of a table of single years of age into bands: column age_band in the place of age_years.

    >>> banded(pd.DataFrame({"rank": "a", "age_years": [36, 40, 41], "headcount": [2.0, 3.0, 4.0]})).to_dict("list")
    {'rank': ['a', 'a'], 'age_band': ['36-40', '41-45'], 'headcount': [5.0, 4.0]}
    """
    frame = frame.assign(age_years=age_band(frame["age_years"])).rename(columns={"age_years": "age_band"})
    keys = [column for column in frame.columns if column not in counts]
    return frame.groupby(keys, sort=False, dropna=False, observed=True)[list(counts)].sum().reset_index()
