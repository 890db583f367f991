"""Small tables of the plan's measures: what each turns, is worth and costs, and the cheapest package; for reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.findings.contributions import EFFORTS
from cadre_research.reporting.display import NOT_YET, verdict_mark
from cadre_research.reporting.measure_words import assumed_of, joined, said_of, turns_of, young_share_phrase
from cadre_research.reporting.summaries import years_phrase
from cadre_research.reporting.wording import percent, points, probability, word

__all__ = [
    "contribution_summary",
    "cost_summary",
    "efficiency_summary",
    "measures_summary",
    "package_shares_summary",
    "packages_summary",
]

VALUES = ("contribution", "alone", "last_in")
# Those of whom others are a part stand before the part.
COSTS = ("promotions", "young_promotions", "releases", "recruits", "lateral", "appointments")


def measures_summary(
    measures: Sequence[Scenario],
    others: Sequence[Scenario],
    status_quo: Scenario,
    names: Mapping[str, str],
    language: str,
) -> pd.DataFrame:
    """One row a measure, the plan's first: whether it is the plan's, what it turns, what is said and what assumed.

    `names` has those of the measures and of ranks.
    """
    rows = {
        names[measure.id]: {
            word("measure_in_plan", language): word("measure_yes" if measure in measures else "measure_no", language),
            word("measure_turns", language): turns_of(measure, status_quo, names, language),
            word("measure_said", language): said_of(measure, language),
            word("measure_assumed", language): assumed_of(measure, language),
        }
        for measure in (*measures, *others)
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(word("measure", language))


def contribution_summary(
    shares: pd.DataFrame,
    names: Mapping[str, str],
    language: str,
    targets: Iterable[str] | None = None,
    population: str = "level",
) -> pd.DataFrame:
    """What each measure adds in percentage points: rows (horizon, measure), columns (target, kind of gain).

    Kinds are the contribution, alone and last in; a sampled contribution has its standard error. The last row of a
    horizon has the full effect, and the share without and with all measures.

    Parameters
    ----------
    shares : DataFrame
        As `findings.contributions.Contributions.shares`, of one age line.
    targets : iterable of str, optional
        In the order of the table; all by default.
    """
    frame = shares[shares["population"] == population]
    wanted = list(dict.fromkeys(frame["target"])) if targets is None else list(targets)
    columns: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
    for target in wanted:
        rows = frame[frame["target"] == target]
        for value in VALUES:
            cells = columns.setdefault((names[target], word(value, language)), {})
            for horizon, these in rows.groupby("horizon_years"):
                years = years_phrase(horizon, language)
                for row in these.itertuples():
                    cells[years, names[row.measure]] = _gain(row, value)
                cells[years, word("all_measures", language)] = _whole(these.iloc[0], value, language)
    return _by_horizon(columns, language)


def cost_summary(costs: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """What each measure costs, in persons beyond the status quo's up to the horizon: rows (horizon, measure).

    Parameters
    ----------
    costs : DataFrame
        As `findings.contributions.Contributions.costs`: contributions, which sum to what all measures cost.
    """
    columns: dict[str, dict[tuple[str, str], str]] = {}
    for quantity in COSTS:
        cells = columns.setdefault(word(f"cost_{quantity}", language), {})
        for horizon, these in costs[costs["quantity"] == quantity].groupby("horizon_years"):
            years = years_phrase(horizon, language)
            for row in these.itertuples():
                cells[years, names[row.measure]] = _more(row.contribution)
            cells[years, word("all_measures", language)] = _more(these["full_effect"].iloc[0])
    return _by_horizon(columns, language)


def efficiency_summary(
    efficiency: pd.DataFrame,
    names: Mapping[str, str],
    language: str,
    targets: Iterable[str],
    basis: str = "contribution",
    population: str = "level",
) -> pd.DataFrame:
    """Percentage points at equal effort: rows (horizon, measure), columns (effort, target).

    Where a measure takes no more of an effort, or saves it, a word stands for the number.

    Parameters
    ----------
    efficiency : DataFrame
        As `findings.contributions.efficiency`.
    """
    frame = efficiency[(efficiency["basis"] == basis) & (efficiency["population"] == population)]
    columns: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
    for effort in EFFORTS:
        for target in targets:
            cells = columns.setdefault((word(f"per_100_{effort}", language), names[target]), {})
            for row in frame[(frame["effort"] == effort) & (frame["target"] == target)].itertuples():
                said = word(f"effort_{row.note}", language) if row.note else _points(row.per_100 / 100)
                cells[years_phrase(row.horizon_years, language), names[row.measure]] = said
    return _by_horizon(columns, language)


def packages_summary(
    answers: pd.DataFrame, goals: Mapping[str, int], names: Mapping[str, str], language: str
) -> pd.DataFrame:
    """The cheapest package for each goal and horizon, or the nearest miss: what it is, costs, and how sure it is.

    Parameters
    ----------
    answers : DataFrame
        As `reporting.worth.Worth.packages`, of one age line.
    goals : mapping
        How many targets each goal has.
    """
    rows = {}
    for row in answers.itertuples():
        goal = word(f"goal_{row.goal}", language, count=goals[row.goal])
        missed = {"target": names[row.hardest_target], "points": f"{-100 * row.margin:.1f}"}
        least = percent(row.least_probability, language, 0)
        rows[goal, years_phrase(row.horizon_years, language)] = {
            word("package_outcome", language): word(
                "package_reached" if row.reached else "package_missed", language, **({} if row.reached else missed)
            ),
            word("package_measures", language): _package(row, names, language),
            **{word(f"cost_{quantity}", language): _more(getattr(row, quantity)) for quantity in COSTS},
            word("package_probability", language): probability(
                row.probability, row.probability_se, language, row.draws
            ),
            word("package_least", language): word("comma", language).join([names[row.least_probable_target], least]),
        }
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index = pd.MultiIndex.from_tuples(rows, names=[word("goal", language), word("horizon", language)])
    return frame


def package_shares_summary(
    shares: pd.DataFrame, goals: Mapping[str, int], names: Mapping[str, str], language: str
) -> pd.DataFrame:
    """Share of every target under each package, marked where it is reached: one row a target.

    Parameters
    ----------
    shares : DataFrame
        As `findings.packages.Packages.shares`, of one age line.
    """
    columns: dict[tuple[str, str], dict[str, str]] = {}
    for row in shares.itertuples():
        goal = word(f"goal_{row.goal}", language, count=goals[row.goal])
        cells = columns.setdefault((goal, years_phrase(row.horizon_years, language)), {})
        cells[names[row.target]] = f"{percent(row.share, language)} {verdict_mark(row.reached)}"
    return pd.DataFrame(columns).rename_axis(word("target", language))


def _gain(row: tuple, value: str) -> str:
    error = f" ± {100 * row.contribution_se:.2f}" if value == "contribution" and row.contribution_se else ""
    return _points(getattr(row, value)) + error


def _whole(row: pd.Series, value: str, language: str) -> str:
    """The full effect, and from which share to which; of the other kinds there is none."""
    if value != "contribution":
        return NOT_YET
    before, after = f"{100 * row['share_without']:.1f}", percent(row["share_with"], language)
    return word("share_change_told", language, effect=_points(row["full_effect"]), before=before, after=after)


def _points(change: float) -> str:
    return NOT_YET if change != change else points(change, 2)


def _more(persons: float) -> str:
    """Persons more or fewer, signed but for nought."""
    text = f"{persons:+,.0f}"
    return "0" if text[1:] == "0" else text.replace("-", "\N{MINUS SIGN}")


def _package(row: tuple, names: Mapping[str, str], language: str) -> str:
    """Say what a package is made of."""
    parts = [names[measure] for measure in row.measures.split("; ") if measure]
    if row.young_share not in ("", "0"):
        parts.append(young_share_phrase("package_young_share", row.young_share, language))
    if row.release_rate_per_year:
        parts.append(word("package_freed", language, freed=f"{100 * row.release_rate_per_year:g}"))
    for pair in [pair for pair in row.rates.split("; ") if pair]:
        rank, _, rate = pair.partition("=")
        parts.append(word("package_rate", language, rank=names[rank], rate=f"{100 * float(rate):g}"))
    return joined(parts, language) or word("package_nothing", language)


def _by_horizon(columns: Mapping[object, Mapping[tuple[str, str], str]], language: str) -> pd.DataFrame:
    """A table with rows (horizon, measure), from cells by column and row."""
    if not columns:
        return pd.DataFrame()
    frame = pd.DataFrame({column: pd.Series(cells) for column, cells in columns.items()})
    order = list(dict.fromkeys(key for cells in columns.values() for key in cells))
    frame = frame.reindex(order)
    frame.index = pd.MultiIndex.from_tuples(order, names=[word("horizon", language), word("measure", language)])
    return frame
