"""What each cell of a register may say, as a pandera schema over texts; then the cells as typed values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.register_columns import COLUMNS, Column, choices, clean
from cadre_research.evidence.register_dates import DateForm
from cadre_research.evidence.register_faults import Fault, refuse_all

if TYPE_CHECKING:
    from pandera.pandas import Check, DataFrameSchema

__all__ = ["register_schema", "typed", "validate"]

FORMULA = re.compile(r"[=+\-@\t\r\n]")
ROUNDED = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]+")
# Control, invisible and private characters, surrogates, and the mark of a lost character.
UNREADABLE = frozenset({"Cc", "Cf", "Co", "Cs"})
LONGEST_LIST = 30

Accepts = Callable[[str], bool]


def register_schema(ladder: Ladder, form: DateForm, units: Collection[str] | None = None) -> DataFrameSchema:
    """Schema of the texts of a register; each check is named by its code of fault.

    A check looks at each distinct text once. Empty cells are the business of R023 alone.
    """
    import pandera.pandas as pa

    schema = {
        column.id: pa.Column(checks=_checks(column, ladder, form, units), required=column.required)
        for column in COLUMNS
    }
    return pa.DataFrameSchema(schema, strict=True)


def validate(frame: pd.DataFrame, ladder: Ladder, form: DateForm, units: Collection[str] | None = None) -> None:
    """Compare a register's texts with the schema.

    Raises
    ------
    RegisterError
        R021 to R034, R040, or R050 to R052, for each cell.
    """
    from pandera.errors import SchemaErrors

    wrong = None
    try:
        # Plain row numbers meanwhile: pandera compares indices over and over.
        register_schema(ladder, form, units).validate(frame.reset_index(drop=True), lazy=True)
    except SchemaErrors as faults:
        wrong = faults.failure_cases[["index", "check", "column"]]
    if wrong is not None:
        expected = {id_: _expected(id_, ladder, form) for id_ in wrong["column"].unique()}
        first = wrong.sort_values("index", kind="stable").head(200)
        rows = first.itertuples(index=False, name=None)
        refuse_all((Fault(int(frame.index[row]), code, id_, expected[id_]) for row, code, id_ in rows), len(wrong))


def typed(frame: pd.DataFrame, ladder: Ladder, form: DateForm) -> pd.DataFrame:
    """Cells of a validated frame as values: categories of choices and texts, days; the index stays."""
    return pd.DataFrame(
        {column.id: _typed(column, frame[column.id], ladder, form) for column in COLUMNS if column.id in frame},
        index=frame.index,
    )


def _checks(column: Column, ladder: Ladder, form: DateForm, units: Collection[str] | None) -> list[Check]:
    import pandera.pandas as pa

    rules: dict[str, Accepts] = {"R021": _readable}
    if column.filled:
        rules["R023"] = bool
    if column.kind == "text":
        rules["R022"] = lambda text: not FORMULA.match(text)
    if column.kind == "date":
        rules["R040"] = lambda text: form.read(text) is not None
    if column.kind == "choice":
        rules["R051" if column.id == "rank" else "R050"] = _one_of(choices(column, ladder))
    if column.id == "id":
        rules["R034"] = lambda text: not ROUNDED.fullmatch(text)
    if column.id == "unit" and units is not None:
        known = frozenset(map(clean, units))
        rules["R052"] = lambda text: text in known
    return [pa.Check(_distinct(code, accepts), name=code) for code, accepts in rules.items()]


def _distinct(code: str, accepts: Accepts) -> Callable[[pd.Series], pd.Series]:
    """A check of a categorical column that asks of each distinct text once, or of all at a glance."""
    empty, surely = code != "R023", AT_A_GLANCE.get(code, lambda texts: False)

    def check(column: pd.Series) -> pd.Series:
        texts = column.cat.categories.tolist()
        if surely(texts):
            return pd.Series(True, index=column.index)
        good = np.array([(empty if text == "" else accepts(text)) for text in texts], bool)
        return pd.Series(good[column.cat.codes.to_numpy()], index=column.index)

    return check


def _one_of(known: Mapping[str, str]) -> Accepts:
    return lambda text: text.casefold() in known


def _readable(text: str) -> bool:
    """Whether every character is one to be seen; a line break or tab at the beginning is the business of R022."""
    if text.isascii() and text.isprintable():
        return True
    return "\ufffd" not in text and not any(
        unicodedata.category(character) in UNREADABLE for character in text.lstrip("\t\r\n")
    )


# Whether all of many distinct texts are surely accepted: there may be as many ids as rows.
AT_A_GLANCE: dict[str, Callable[[list[str]], bool]] = {
    "R021": lambda texts: _readable("".join(texts)),
    "R022": lambda texts: not FORMULA.search("".join(text[:1] for text in texts)),
    "R023": all,
    "R034": lambda texts: "+" not in "".join(texts),
}


def _expected(id_: str, ladder: Ladder, form: DateForm) -> str:
    """What is valid in a column, for a message."""
    column = next(column for column in COLUMNS if column.id == id_)
    if column.kind == "date":
        digits = "" if "月" in form.written else " Months and days have two digits."
        return f"Declared: {' or '.join(form.forms)}.{digits}"
    if column.kind == "choice":
        values = list(dict.fromkeys(choices(column, ladder).values()))
        more = ", …" * (len(values) > LONGEST_LIST)
        return f"Valid: {', '.join(values[:LONGEST_LIST])}{more}."
    return ""


def _typed(column: Column, texts: pd.Series, ladder: Ladder, form: DateForm) -> pd.Series:
    codes, distinct = texts.cat.codes.to_numpy(), texts.cat.categories.tolist()
    if column.kind == "date":
        days = [form.read(text) if text else None for text in distinct]
        values = np.array(days, "datetime64[s]")[codes]
        return pd.Series(values, index=texts.index)
    if column.kind == "text":
        return texts.cat.set_categories([text for text in distinct if text]) if "" in distinct else texts
    known = choices(column, ladder)
    values = [known.get(text.casefold()) for text in distinct]
    names = ladder.rank_ids if column.id == "rank" else dict.fromkeys(known.values())
    places = {name: place for place, name in enumerate(names)}
    numbers = np.array([places.get(value, -1) for value in values])
    return pd.Series(pd.Categorical.from_codes(numbers[codes], list(names)), index=texts.index)
