"""Small tables of how sure a forecast is, what a target would take, and which assumptions matter; for reading."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from cadre_research.errors import ParameterError
from cadre_research.findings.after import COURSES, After
from cadre_research.findings.coverage import TRUTHS
from cadre_research.findings.levers import highest_value
from cadre_research.findings.study import Study
from cadre_research.model.ensemble import REASONS
from cadre_research.reporting.display import NOT_YET
from cadre_research.reporting.names import assumption_titles
from cadre_research.reporting.wording import (
    ROUNDED_WITHIN,
    number,
    percent,
    points,
    probability,
    rounded_up,
    span,
    word,
)

__all__ = [
    "after_summary",
    "coverage_summary",
    "ensemble_summary",
    "outlook_summary",
    "required_summary",
    "sensitivity_summary",
    "years_phrase",
]

YEARS_AFTER = (5, 10, 15, 20)
MOST_TOGETHER = 3


def outlook_summary(
    chances: pd.DataFrame, parts: pd.DataFrame, names: Mapping[str, str], language: str
) -> pd.DataFrame:
    """One row a target: range and median of its share, probability of reaching it, and what the spread is made of.

    Parameters
    ----------
    chances, parts : DataFrame
        As `findings.outlook.probabilities` and `spread_parts`, of one scenario, horizon and age line.
    """
    level, part = (frame[frame["population"] == "level"].set_index("target") for frame in (chances, parts))
    part = part.loc[level.index]
    return pd.DataFrame(
        {
            word("interval_90", language): [
                span(low, high, language) for low, high in zip(level["share_p05"], level["share_p95"], strict=True)
            ],
            word("median_share", language): [percent(share, language) for share in level["share_p50"]],
            word("probability_of_target", language): [
                probability(row.probability, row.probability_se, language, row.draws) for row in level.itertuples()
            ],
            word("part_chance", language): [percent(value, language, 0) for value in part["chance"]],
            word("part_not_knowing", language): [percent(value, language, 0) for value in part["not_knowing"]],
        },
        index=pd.Index([names[target] for target in level.index], name=word("target", language)),
    )


def ensemble_summary(draws: pd.DataFrame, language: str) -> pd.DataFrame:
    """How many sets of assumptions were drawn, how many agree with the survey, and why the others were rejected.

    `draws` is as `model.ensemble.Ensemble.draws`.
    """
    counts = {
        word("draws", language): len(draws),
        word("accepted", language): int(draws["accepted"].sum()),
        **{
            word(f"rejected_{reason.replace('-', '_')}", language): int((draws["reason"] == reason).sum())
            for reason in REASONS
        },
    }
    return pd.DataFrame({word("count", language): counts})


def required_summary(
    required: pd.DataFrame, names: Mapping[str, str], language: str, *, surely: bool = True
) -> pd.DataFrame:
    """Smallest values that suffice: one row a target, columns (lever with its unit, horizon).

    "25.4 (90 %: 29)" is the smallest value that reaches in expectation, and the one with 90 % probability; "25.4 to
    28.1" reaches between the two and fails again above. Values are rounded so that they still reach.

    Parameters
    ----------
    required : DataFrame
        As `findings.required.required`, of one scenario, age line and population.
    surely : bool
        Whether the values for 90 % probability were asked for: missing, they then read "none".
    """
    cells = {
        (_lever_heading(row.lever, names, language), years_phrase(row.horizon_years, language), row.target): _required(
            row, language, surely
        )
        for row in required.itertuples()
    }
    return _wide(cells, names, language)


def sensitivity_summary(
    sensitivity: pd.DataFrame,
    study: Study,
    target: str,
    horizon_years: int,
    names: Mapping[str, str],
    language: str,
    top: int = 8,
) -> pd.DataFrame:
    """The assumptions that move a target's share the most, each alone or all together, and where one turns the verdict.

    Parameters
    ----------
    sensitivity : DataFrame
        As `findings.sensitivity.sensitivity`, of one scenario and age line.
    top : int
        Assumptions shown.
    """
    rows = sensitivity.query("target == @target and horizon_years == @horizon_years and population == 'level'")
    rows = rows.sort_values("swing", ascending=False, kind="stable")
    chosen = rows.index[:top]
    if "sobol_total" in rows:
        # Some move nothing alone and much together with others.
        most = rows["sobol_total"].nlargest(MOST_TOGETHER).index
        alone = [row for row in chosen if row not in most][: max(top - len(most), 0)]
        chosen = rows.index[rows.index.isin([*most, *alone])]
    rows = rows.loc[chosen]
    columns = {
        word("range", language): [f"{row.low:g} – {row.high:g}" for row in rows.itertuples()],
        word("share_at_low_end", language): _shares(rows["share_at_low"], language),
        word("share_at_high_end", language): _shares(rows["share_at_high"], language),
        word("swing_points", language): [NOT_YET if pd.isna(s) else points(s).lstrip("+") for s in rows["swing"]],
        word("verdict_turns_at", language): [_turning(row, language) for row in rows.itertuples()],
    }
    if "sobol_total" in rows:
        fitted = percent(rows["surrogate_r2"].iloc[0], language, 0)
        columns[word("variance_part", language, fitted=fitted)] = [
            f"{percent(row.sobol_total, language, 0)} ± {100 * row.sobol_total_ci:.0f}" for row in rows.itertuples()
        ]
    if "given_data" in rows:
        floor = f"{rows['given_data_floor'].iloc[0]:.2f}"
        columns[word("given_data_measure", language, floor=floor)] = [f"{value:.2f}" for value in rows["given_data"]]
    titles = assumption_titles(study)
    heading = f"{names[target]}{word('comma', language)}{years_phrase(horizon_years, language)}"
    return pd.DataFrame(columns, index=pd.Index([titles[name][language] for name in rows["assumption"]], name=heading))


def coverage_summary(coverage: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """How often a truth lay within the intervals: mean over targets and the worst target, by kind of truth and horizon.

    Parameters
    ----------
    coverage : DataFrame
        As `findings.coverage.coverage` with a column truth (the kind), of one scenario and age line.
    """
    level = coverage[coverage["population"] == "level"]
    rows = {}
    for truth in [kind for kind in TRUTHS if kind in set(level["truth"])]:
        for horizon, these in level[level["truth"] == truth].groupby("horizon_years"):
            worst = these.loc[these["covered_95"].idxmin()]
            rows[word(f"truth_{truth.replace('-', '_')}", language), years_phrase(horizon, language)] = {
                word("covered_80", language): percent(these["covered_80"].mean(), language, 0),
                word("covered_95", language): percent(these["covered_95"].mean(), language, 0),
                word("covered_worst", language): f"{percent(worst['covered_95'], language, 0)}"
                f"{word('comma', language)}{names[worst['target']]}",
                word("truths_drawn", language): int(worst["truths"]),
            }
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index = pd.MultiIndex.from_tuples(rows, names=[word("kind_of_truth", language), word("horizon", language)])
    return frame


def after_summary(
    after: After, names: Mapping[str, str], language: str, years: Sequence[int] | None = None
) -> pd.DataFrame:
    """Share of each target, and promotions that were possible, in some years of each course: columns (course, year).

    Parameters
    ----------
    after : findings.after.After
    years : sequence of int, optional
        By default 5, 10, 15 and 20 years after the opening, as far as the courses go.

    Raises
    ------
    ParameterError
        When a year is not one of those looked ahead at.
    """
    shares = after.shares[after.shares["population"] == "level"]
    ahead = sorted(set(after.promotions["year"]))
    opening_year = int(shares["year"].min())
    years = [opening_year + more for more in YEARS_AFTER if opening_year + more in ahead] if years is None else years
    if not set(years) <= set(ahead):
        raise ParameterError(f"years: given {list(years)}, expected years from {ahead[0]} to {ahead[-1]}.")
    columns = {}
    for course in COURSES:
        for year in years:
            here, promoted = (
                frame[(frame["course"] == course) & (frame["year"] == year)] for frame in (shares, after.promotions)
            )
            columns[word(f"course_{course.replace('-', '_')}", language), year] = {
                **{
                    names[row.target]: NOT_YET if pd.isna(row.share) else percent(row.share, language)
                    for row in here.itertuples()
                },
                **{
                    word("promotions_into", language, rank=names[row.rank]): number(row.promotions)
                    for row in promoted.itertuples()
                },
            }
    frame = pd.DataFrame(columns).rename_axis(word("target", language))
    frame.columns.names = [None, word("year", language)]
    return frame


def years_phrase(years: int, language: str) -> str:
    """Say a number of years.

    >>> years_phrase(1, "en"), years_phrase(5, "en"), years_phrase(5, "zh")
    ('1 year', '5 years', '5年')
    """
    return word("sentence_year" if years == 1 else "sentence_years", language, years=int(years))


def _lever_heading(lever: str, names: Mapping[str, str], language: str) -> str:
    kind, _, rank = lever.partition(":")
    heading = word(f"axis_{kind.replace('-', '_')}", language)
    return word("lever_of_rank", language, lever=heading, rank=names[rank]) if rank else heading


def _required(row: tuple, language: str, surely: bool) -> str:
    if row.reachable:
        said = rounded_up(row.value)
        if not pd.isna(row.fails_again_at):
            # Rounded up, a value above which it fails would fail.
            high = math.floor(1000 * row.fails_again_at + ROUNDED_WITHIN) / 10
            said = word("value_to", language, low=said, high=f"{max(float(said), high):.1f}")
    elif pd.isna(row.best_share):
        said = word("none_suffices", language)
    else:
        most = f"{100 * highest_value(row.lever):.0f}"
        said = word("none_at_best", language, most=most, share=percent(row.best_share, language))
    chance = row.value_for_90_percent
    if not surely or (pd.isna(chance) and not row.reachable):
        return said
    return word(
        "value_surely",
        language,
        value=said,
        surely=word("rate_none", language) if pd.isna(chance) else f"{100 * chance:.0f}",
    )


def _turning(row: tuple, language: str) -> str:
    """Where the verdict turns, in brackets where that lies outside the range."""
    if pd.isna(row.turning_value):
        return NOT_YET
    value = f"{row.turning_value:.3g}"
    return value if row.turns_within_range else word("outside_range", language, value=value)


def _shares(values: pd.Series, language: str, decimals: int = 1) -> list[str]:
    return [NOT_YET if pd.isna(value) else percent(value, language, decimals) for value in values]


def _wide(cells: Mapping[tuple[str, str, str], str], names: Mapping[str, str], language: str) -> pd.DataFrame:
    """Cells by (heading, heading below it, target) as a table of targets, in the order of the cells."""
    columns = dict.fromkeys(key[:2] for key in cells)
    targets = list(dict.fromkeys(key[2] for key in cells))
    frame = pd.DataFrame({column: [cells[*column, target] for target in targets] for column in columns})
    frame.index = pd.Index([names[target] for target in targets], name=word("target", language))
    return frame
