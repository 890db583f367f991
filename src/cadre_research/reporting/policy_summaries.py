"""Small tables of what any lawful policy could do, what stands in its way, and what it leaves behind; for reading."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cadre_research.findings.policies import ALL_TARGETS
from cadre_research.reporting.display import NOT_YET, verdict_mark
from cadre_research.reporting.summaries import years_phrase
from cadre_research.reporting.wording import number, percent, points, span, word

__all__ = [
    "attainable_summary",
    "binding_summary",
    "budget_summary",
    "first_possible_summary",
    "maintainable_summary",
    "plan_summary",
    "range_summary",
    "relaxation_summary",
    "rule_change",
    "rule_name",
]

AGE_RULES = ("ceiling-age", "entry-age", "age-line")
SMALLEST_PRINTED_GAIN = 0.00005


def attainable_summary(attainable: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """Best share with no posts freed, and how many to free where it takes some: one row a target, a column a question.

    A question is a horizon, whether the share must be held, and whether there is a rule on candidates, which is named
    where both are there or there is none.

    Parameters
    ----------
    attainable : DataFrame
        As `findings.attainable.attainable`, of one scenario, age line and population.
    """
    frame = attainable.assign(any_candidates=attainable["candidates_per_post"].isna())
    columns: dict[str, dict[str, str]] = {}
    for (horizon, hold, free), rows in frame.groupby(["horizon_years", "hold", "any_candidates"]):
        heading = years_phrase(horizon, language)
        heading = word("then_held", language, years=heading) if hold else heading
        heading = word("any_candidates", language, years=heading) if free else heading
        columns[heading] = {
            _target(target, names, language): _best(curve.sort_values("releases_per_100_posts"), language)
            for target, curve in rows.groupby("target", sort=False)
        }
    return pd.DataFrame(columns).rename_axis(word("target", language))


def budget_summary(attainable: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """Best share and whether the target is possible, one row a target and a column for each number of posts freed.

    Parameters
    ----------
    attainable : DataFrame
        As `findings.attainable.attainable`, of one horizon and one reading of everything.
    """
    return _by_budget(attainable, names, language, lambda reached: word(_possible(reached), language))


def first_possible_summary(first: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """Best share by how soon it is wanted, marked where it is enough: one row a target, a column a horizon.

    Parameters
    ----------
    first : DataFrame
        As `findings.attainable.attainable`, with one number of posts freed.
    """
    columns = {
        years_phrase(horizon, language): {
            _target(row.target, names, language): f"{percent(row.best_share, language)} {verdict_mark(row.reachable)}"
            for row in rows.itertuples()
        }
        for horizon, rows in first.groupby("horizon_years")
    }
    return pd.DataFrame(columns).rename_axis(word("target", language))


def range_summary(attainable_range: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """Lowest to highest best share over several worlds: one row a target, a column a horizon.

    Parameters
    ----------
    attainable_range : DataFrame
        As `findings.attainable.attainable_range`, with one number of posts freed.
    """
    columns = {
        years_phrase(horizon, language): {
            _target(row.target, names, language): span(row.lowest_best_share, row.highest_best_share, language)
            + f" {verdict_mark(row.reachable_share == 1)}"
            for row in rows.itertuples()
        }
        for horizon, rows in attainable_range.groupby("horizon_years")
    }
    return pd.DataFrame(columns).rename_axis(word("target", language))


def maintainable_summary(maintainable: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """Best share held for ever, marked where it is enough: one row a target, a column for each number of posts freed.

    Parameters
    ----------
    maintainable : DataFrame
        As `findings.maintainable.maintainable`.
    """
    return _by_budget(maintainable, names, language, verdict_mark)


def binding_summary(certificate: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """The rules that bind, what each becomes one step further, and how many percentage points that gains.

    Parameters
    ----------
    certificate : DataFrame
        As `findings.certificate.certificate`; may be empty.
    """
    rows = [] if certificate.empty else list(certificate[certificate["binding"]].itertuples())
    gains = ["<0.01" if row.gain < SMALLEST_PRINTED_GAIN else points(row.gain, 2) for row in rows]
    return _rules(rows, {word("gain_points", language): gains}, names, language)


def relaxation_summary(relaxation: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """How far a rule must be relaxed alone, for every rule that suffices alone; else the combination that suffices.

    Parameters
    ----------
    relaxation : DataFrame
        As `findings.certificate.least_relaxation`; may be empty.
    """
    rows = [] if relaxation.empty else list(relaxation[relaxation["units"].notna()].itertuples())
    how = [word("relaxed_alone" if row.alone else "relaxed_together", language) for row in rows]
    return _rules(rows, {word("suffices", language): how}, names, language)


def plan_summary(plan: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """What a plan does each year: promotions into each rank, median age of the promoted, releases from it, recruits.

    Parameters
    ----------
    plan : DataFrame
        As `findings.optimal_plan.OptimalPlan.to_frame`.

    Returns
    -------
    DataFrame
        One row a year and one for the total; columns (rank, number). A number that is nought throughout is left out.
        Ages are those at the opening of the year.
    """
    promoted, released, recruited = (plan[plan["kind"] == kind] for kind in ("promotion", "release", "recruitment"))
    years, total = sorted(set(plan["year"])), word("total", language)
    columns: dict[tuple[str, str], list[str]] = {}
    ranks = dict.fromkeys([*promoted["to_rank"], *released["from_rank"], *recruited["to_rank"]])
    for rank in ranks:
        into = promoted[promoted["to_rank"] == rank]
        for key, flow in (
            ("promotions", into),
            ("releases", released[released["from_rank"] == rank]),
            ("recruits", recruited[recruited["to_rank"] == rank]),
        ):
            if len(flow):
                columns[names[rank], word(key, language)] = [
                    *(number(flow.loc[flow["year"] == year, "persons"].sum()) for year in years),
                    number(flow["persons"].sum()),
                ]
            if key == "promotions" and len(flow):
                ages = [*(_median_age(flow[flow["year"] == year]) for year in years), _median_age(flow)]
                columns[names[rank], word("median_age", language)] = ages
    index = pd.Index([*map(str, years), total], name=word("year", language))
    return pd.DataFrame(columns, index=index if columns else None)


def rule_name(rule: str, names: Mapping[str, str], language: str) -> str:
    """Say what a rule of `findings.relaxation.relaxations` asks for.

    >>> rule_name("minimum-years:section-chief", {"section-chief": "Section chief"}, "en")
    'Least years in rank before promotion (Section chief)'
    """
    kind, _, whose = rule.partition(":")
    said = word(f"rule_{kind.replace('-', '_')}", language)
    return word("rule_of", language, rule=said, whose=names[whose]) if whose else said


def rule_change(rule: str, unit: str, before: float, after: float, language: str) -> str:
    r"""Say what the value of a rule was and becomes.

    >>> rule_change("minimum-years:staff", "years", 3, 2, "en"), rule_change("releases", "share", 0, 0.01, "en")
    ('3 → 2 years', '0 → 1')
    >>> rule_change("posts-filled", "share", 0.95, 0.9, "zh"), rule_change("age-line:a", "years", 35, 36, "zh")
    ('95% → 90%', '35 → 36岁')
    """
    kind = rule.partition(":")[0]
    if kind == "releases":
        return f"{100 * before:.4g} → {100 * after:.4g}"
    if unit == "share":
        return f"{percent(before, language, 0)} → {percent(after, language, 0)}"
    if unit == "years":
        return word(
            "change_of_age" if kind in AGE_RULES else "change_of_years",
            language,
            before=f"{before:g}",
            after=f"{after:g}",
        )
    return f"{before:g} → {after:g}"


def _rules(rows: list[tuple], more: Mapping[str, list[str]], names: Mapping[str, str], language: str) -> pd.DataFrame:
    changes = [rule_change(row.rule, row.unit, row.value_before, row.value_after, language) for row in rows]
    index = pd.Index([rule_name(row.rule, names, language) for row in rows], name=word("rule", language), dtype=object)
    return pd.DataFrame({word("relaxed", language): changes, **more}, index=index)


def _by_budget(frame: pd.DataFrame, names: Mapping[str, str], language: str, mark) -> pd.DataFrame:
    columns = {
        word("freed_heading", language, freed=f"{budget:g}"): {
            _target(row.target, names, language): f"{percent(row.best_share, language)} {mark(row.reachable)}"
            for row in rows.itertuples()
        }
        for budget, rows in frame.groupby("releases_per_100_posts")
    }
    return pd.DataFrame(columns).rename_axis(word("target", language))


def _best(curve: pd.DataFrame, language: str) -> str:
    """Best share of one target with the fewest posts freed, and the fewest to free for the target."""
    first, enough = curve.iloc[0], curve[curve["reachable"]]
    share = percent(first["best_share"], language)
    if first["reachable"]:
        return share
    if enough.empty:
        most = curve["releases_per_100_posts"].iloc[-1]
        return word("best_not_with", language, share=share, most=f"{most:g}")
    return word("best_from", language, share=share, freed=f"{enough['releases_per_100_posts'].iloc[0]:g}")


def _target(target: str, names: Mapping[str, str], language: str) -> str:
    return word("all_targets_at_once", language) if target == ALL_TARGETS else names[target]


def _possible(reachable: bool) -> str:
    return "possible" if reachable else "impossible"


def _median_age(flow: pd.DataFrame) -> str:
    """Age of the person in the middle, persons being parts of persons too."""
    if flow.empty:
        return NOT_YET
    by_age = flow.groupby("age_years")["persons"].sum().sort_index().cumsum()
    return f"{by_age.index[(by_age >= by_age.iloc[-1] / 2).argmax()]:.0f}"
