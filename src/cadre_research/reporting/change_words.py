"""What changed since another report, in words: one sentence, what differs in kind, and the rows worth reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from cadre_research.reporting.changes import Changes
from cadre_research.reporting.input_changes import INPUT_KINDS, InputChange
from cadre_research.reporting.number_changes import MAIN_READING, in_main_reading
from cadre_research.reporting.wording import percent, points, word

__all__ = [
    "ROWS_SHOWN",
    "ChangeRow",
    "change_rows",
    "change_sentence",
    "change_warning",
    "found_lines",
    "input_lines",
    "row_columns",
    "rows_caption",
]

# What a page shows; the rest stands in the tables.
ROWS_SHOWN = 12
NAMES_SHOWN = 6
# Below this, in points, a revision is printed as 0.0 and is no row of its own.
LEAST_PRINTED = 0.05
# In points: what "moved by no more than" a sentence says.
SMALL = 0.1


@dataclass(frozen=True)
class ChangeRow:
    """A verdict whose share or answer differs, ready to be read."""

    target: str
    scenario: str
    horizon: str
    before: str
    after: str
    revision: str
    verdict: str
    turned: bool

    def cells(self) -> tuple[str, ...]:
        """Texts in the order of `row_columns`."""
        return self.target, self.scenario, self.horizon, self.before, self.after, self.revision, self.verdict


def change_sentence(changes: Changes | None, language: str) -> str:
    """Say in one sentence what changed; of a first report, that there is none before it."""
    if changes is None:
        return word("changed_first", language)
    if changes.not_compared:
        return word(f"changed_other_{changes.not_compared}", language, before=changes.before)
    if not changes.moved and not changes.inputs:
        return word("changed_nothing", language)
    kinds = _kinds(changes, language)
    main, rest = changes.main, changes.numbers[~in_main_reading(changes.numbers)]
    turned = _turned(main, rest, language)
    if not changes.moved:
        clauses = [word("changed_only", language, kinds=kinds), word("changed_no_share", language), *turned]
    else:
        caused = [word("changed_kinds", language, kinds=kinds)] if changes.inputs else []
        order = [*turned, *_shares(main, language), *caused]
        any_turned = bool((changes.numbers["change"] == "turned").any())
        clauses = order if any_turned else [*caused, *_shares(main, language), *turned]
        clauses += _others(main, rest, changes.other_tables, language)
    text = word("semicolon", language).join(clauses)
    return f"{text[0].upper()}{text[1:]}{'。' if language == 'zh' else '.'}"


def change_warning(changes: Changes | None, language: str) -> str:
    """Warn where the same inputs gave other numbers; else empty."""
    return word("changed_unexplained", language) if changes and changes.unexplained else ""


def input_lines(changes: Changes, language: str, *, whole: bool = False) -> list[tuple[str, str]]:
    """What differs in kind, as (kind, names); of many names the first few and how many more."""
    lines = []
    for kind in INPUT_KINDS:
        ones = [one for one in changes.inputs if one.kind == kind]
        if not ones:
            continue
        shown = ones if whole else ones[:NAMES_SHOWN]
        texts = [_input(one, language) for one in shown]
        if len(ones) > len(shown):
            texts.append(word("changed_more", language, count=len(ones) - len(shown)))
        lines.append((word(f"changed_kind_{kind}", language), word("semicolon", language).join(texts)))
    if changes.other_tables:
        tables = word("changed_comma", language).join(changes.other_tables)
        lines.append((word("changed_tables", language), tables))
    return lines


def row_columns(language: str) -> list[str]:
    """Headings of the rows."""
    keys = ("target", "scenario", "horizon", "changed_before", "changed_after", "changed_revision", "verdict")
    return [word(key, language) for key in keys]


def rows_caption(changes: Changes, shown: int, rest: str, language: str) -> str:
    """Say how many of the rows that differ are shown, and where all of them are: in the table, or with --all."""
    differing = int((~changes.numbers["change"].isin(["same", "not-shown"])).sum())
    where = word(f"changed_rows_{rest}", language)
    return word("changed_rows", language, shown=shown, all=differing, where=where)


def change_rows(
    changes: Changes, names: Mapping[str, str], language: str, *, most: int | None = ROWS_SHOWN
) -> list[ChangeRow]:
    """Turned verdicts, those of the report's own reading first, then the largest revisions in that reading.

    Parameters
    ----------
    names : mapping
        Display names of targets and scenarios; an id that has none stands for itself.
    most : int, optional
        Rows at most; None for every row that differs, in every reading, also those that one report alone has.
    """
    numbers = changes.numbers
    main, turned = in_main_reading(numbers), numbers["change"] == "turned"
    large = main & (numbers["revision_points"].abs() >= LEAST_PRINTED)
    differs = ~numbers["change"].isin(["same", "not-shown"])
    chosen = numbers[differs if most is None else turned | large]
    order = pd.DataFrame(
        {
            "turned": ~turned.loc[chosen.index],
            "main": ~main.loc[chosen.index],
            "size": -chosen["revision_points"].abs().fillna(0.0),
        }
    ).sort_values(["turned", "main", "size"], kind="stable")
    return [_row(row, names, language) for row in chosen.loc[order.index].head(most or len(chosen)).to_dict("records")]


def found_lines(changes: Changes, names: Mapping[str, str], language: str) -> list[str]:
    """What it would take and what is possible under the status quo, where that moved, a line a target and horizon."""
    lines = []
    for row in changes.main.to_dict("records"):
        rates, bests = (
            [row[f"{name}_{end}"] for end in ("before", "after")] for name in ("required_rate", "best_share")
        )
        said = []
        if _differ(rates):
            shown = [_rate(rate, language) for rate in rates]
            said.append(word("changed_rate", language, before=shown[0], after=shown[1]))
        if _differ(bests):
            shown = [percent(best, language) for best in bests]
            said.append(word("changed_best", language, before=shown[0], after=shown[1]))
        if said:
            head = word("changed_of", language, target=_name(row["target"], names), years=_years(row, language))
            lines.append(head + word("semicolon", language).join(said))
    return lines


def _turned(main: pd.DataFrame, rest: pd.DataFrame, language: str) -> list[str]:
    here, elsewhere = (int((frame["change"] == "turned").sum()) for frame in (main, rest))
    compared = int(main["turned"].notna().sum())
    said = word("changed_turned", language, turned=here, all=compared) if here else word("changed_no_turn", language)
    return [said, *([word("changed_readings", language, turned=elsewhere)] if elsewhere else [])]


def _shares(main: pd.DataFrame, language: str) -> list[str]:
    """Say how many shares moved and how far, and of how many that cannot be said."""
    both = main[main["turned"].notna()]
    size = both["revision_points"].abs()
    moved, largest = int((size > 0).sum()), float(size.max()) if size.notna().any() else 0.0
    if not moved:
        said = [word("changed_no_share", language)]
    elif largest <= SMALL:
        said = [word("changed_small", language, points=f"{SMALL:g}")]
    else:
        said = [word("changed_shares", language, moved=moved, all=len(both), points=f"{largest:.1f}")]
    hidden = int(size.isna().sum())
    return said + ([word("changed_hidden", language, hidden=hidden, all=len(both))] if hidden else [])


def _others(main: pd.DataFrame, rest: pd.DataFrame, tables: Sequence[str], language: str) -> list[str]:
    """Say what no clause on shares and verdicts says: rows of one report alone, probabilities, other numbers."""
    said = []
    for change in ("added", "removed"):
        count = int((main["change"] == change).sum())
        if count:
            said.append(word(f"changed_{change}", language, count=count))
    moved = 100 * (main["probability_after"] - main["probability_before"]).abs().max()
    if moved > SMALL:
        said.append(word("changed_probability", language, points=f"{moved:.0f}" if moved >= 1 else f"{moved:.1f}"))
    unsaid = (rest["change"] == "moved").any() or len(tables)
    told = said or (main["change"].isin(["turned", "moved"])).any()
    return said if told or not unsaid else [word("changed_others", language)]


def _kinds(changes: Changes, language: str) -> str:
    there = {one.kind for one in changes.inputs}
    kinds = [word(f"changed_the_{kind}", language) for kind in INPUT_KINDS if kind in there]
    *first, last = kinds or [""]
    return word("changed_and", language).join([*([word("changed_comma", language).join(first)] if first else []), last])


def _input(one: InputChange, language: str) -> str:
    if one.before or one.after:
        none = word("changed_none", language)
        return f"{one.name} {one.before or none} → {one.after or none}"
    return one.name if one.change == "changed" else word(f"changed_is_{one.change}", language, name=one.name)


def _row(row: Mapping[str, object], names: Mapping[str, str], language: str) -> ChangeRow:
    before, after = (_verdict(row[f"reached_{end}"], language) for end in ("before", "after"))
    # The word once: the sign before it says what the verdict was.
    both = f"{before[:1]} → {after}"
    turned = row["change"] == "turned"
    shown = [_share(row[f"share_{end}"], row[f"reached_{end}"], language) for end in ("before", "after")]
    revision = row["revision_points"]
    return ChangeRow(
        word("comma", language).join([_name(row["target"], names), *_reading(row, language)]),
        _name(row["scenario"], names),
        _years(row, language),
        *shown,
        "" if pd.isna(revision) else points(float(revision) / 100),
        both if turned else after or before,
        turned,
    )


def _share(share: object, reached: object, language: str) -> str:
    """A share; where a report has the row and not the share, that it is not shown; where it has no row, nothing."""
    if pd.isna(share):
        return "" if pd.isna(reached) else word("changed_not_shown", language)
    return percent(float(share), language)


def _verdict(reached: object, language: str) -> str:
    if pd.isna(reached):
        return ""
    return f"✓ {word('reached', language)}" if reached else f"✗ {word('not_reached', language)}"


def _reading(row: Mapping[str, object], language: str) -> list[str]:
    """How is counted, where it is not as the report does."""
    return [
        word(f"{part}_{row[part]}", language) for part in ("population", "age_line") if row[part] != MAIN_READING[part]
    ]


def _years(row: Mapping[str, object], language: str) -> str:
    return word("after_years", language, years=int(row["horizon_years"]))


def _name(identity: object, names: Mapping[str, str]) -> str:
    return names.get(str(identity), str(identity))


def _rate(rate: float, language: str) -> str:
    return word("rate_none", language) if pd.isna(rate) else f"{100 * rate:.1f}"


def _differ(ends: Sequence[float]) -> bool:
    """Whether two numbers differ by what is printed of them."""
    if pd.isna(ends[0]) or pd.isna(ends[1]):
        return bool(pd.isna(ends[0])) != bool(pd.isna(ends[1]))
    return abs(ends[1] - ends[0]) * 100 >= LEAST_PRINTED
