"""What each column of a report's tables is, for disclosure control: closed, a column not named here is not published.

Kinds: `key` a name, year, lever, setting or model's answer, which no person's data follows from; `count` persons, or
posts, which persons hold; `share` of a target's group; `points` any other share or difference of shares; `chance` a
probability or a measure of one; `age` a median age; `text` made from other columns, to be made again.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cadre_research.errors import UnknownNameError

__all__ = ["COLUMN_KINDS", "columns_shown", "kinds_of"]

# Of every one of its ages only the band is shown.
IN_BANDS = ("age_structure", "optimal_plan")
LEFT_OUT = {"optimal_plan": ("group", "years_in_rank")}


def _kinds(key: str = "", **others: str) -> dict[str, str]:
    return {column: kind for kind, columns in {"key": key, **others}.items() for column in columns.split()}


_LABELS = "target scenario horizon_years age_line population"
_LEVERS = "releases_per_100_posts hold reachable binding_rules candidates_per_post"

COLUMN_KINDS: Mapping[str, Mapping[str, str]] = {
    "verdicts": _kinds(
        f"{_LABELS} threshold reached reached_by_deadline first_year_reached held provenance horizon_year "
        "deadline_year draws replicates",
        share="share opening_share share_p05 share_p50 share_p95",
        points="margin",
        chance="probability probability_se",
        text="sentence_en sentence_zh",
    ),
    "target_shares": _kinds(f"{_LABELS} year threshold deadline_year", count="young headcount", share="share"),
    "age_structure": _kinds("scenario age_line year level rank holds_post sex age_years", count="headcount"),
    "median_ages": _kinds("scenario age_line year level population", count="headcount", age="median_age_years"),
    "share_change": _kinds(f"{_LABELS} component", count="young", points="contribution"),
    "flows": _kinds("scenario age_line year rank flow", count="headcount"),
    "assumptions": _kinds(
        "assumption title title_zh description unit source provenance quality impact whole", amount="value low high"
    ),
    "share_fan": _kinds(f"{_LABELS} year quantile", share="share"),
    "spread_parts": _kinds(_LABELS, points="standard_deviation", chance="chance not_knowing"),
    "little_law": _kinds(
        "target age_line population",
        points="young_arrivals_per_head_per_year",
        age="mean_years_spent_young",
        share="share observed_share",
    ),
    "ensemble": _kinds("draw accepted reason"),
    "required": _kinds(
        f"{_LABELS} lever value value_for_90_percent value_for_90_percent_low value_for_90_percent_high reachable "
        "fails_again_at best_value",
        share="best_share share_at_zero",
    ),
    "probability_curves": _kinds(f"{_LABELS} lever value draws replicates", chance="probability probability_se"),
    "frontier": _kinds(f"{_LABELS} lever_x value_x lever_y value_y reached", share="share"),
    "attainable": _kinds(f"{_LABELS} {_LEVERS}", share="best_share"),
    "attainable_range": _kinds(
        f"{_LABELS} {_LEVERS}", share="lowest_best_share highest_best_share", chance="reachable_share"
    ),
    "first_possible": _kinds(f"{_LABELS} {_LEVERS}", share="best_share"),
    "certificate": _kinds(
        "rule unit binding", amount="value_before value_after", points="best_share_before best_share_after gain"
    ),
    "least_relaxation": _kinds("rule unit alone units", amount="value_before value_after"),
    "maintainable": _kinds(
        "target year releases_per_100_posts reachable scenario age_line population", share="best_share"
    ),
    "optimal_plan": _kinds("horizon_years year kind from_rank to_rank group age_years years_in_rank", count="persons"),
    "after_shares": _kinds(f"course year threshold {_LABELS}", count="young headcount", share="share"),
    "after_promotions": _kinds(
        "course year rank scenario age_line",
        count="promotions releases vacancies empty_posts",
        chance="young_share_of_promotions young_share_of_eligible",
    ),
    "sensitivity": _kinds(
        f"{_LABELS} rank_order assumption reached_at_low reached_at_central reached_at_high reason turns "
        "turns_within_range",
        amount="low value high turning_value unturned_value",
        share="share_at_low share_at_central share_at_high share_at_turning",
        points="swing",
        chance="sobol_first sobol_first_ci sobol_total sobol_total_ci given_data given_data_ci "
        "given_data_floor surrogate_r2",
    ),
    "coverage": _kinds(f"truth {_LABELS} truths", chance="covered_80 covered_95"),
    "contributions": _kinds(
        f"{_LABELS} measure method",
        share="share_without share_with",
        points="contribution contribution_se alone last_in full_effect",
    ),
    "measure_costs": _kinds(
        f"{_LABELS} quantity measure method",
        count="contribution contribution_se alone last_in full_effect persons_without persons_with",
    ),
    "efficiency": _kinds(f"{_LABELS} measure basis effort note", points="points per_100", count="persons"),
    "packages": _kinds(
        "goal horizon_years reached package measures young_share release_rate_per_year rates hardest_target "
        "packages_tried scenario population age_line least_probable_target draws replicates",
        count="promotions young_promotions releases recruits lateral appointments",
        points="filled margin",
        chance="probability probability_se least_probability",
    ),
    "package_shares": _kinds(f"goal {_LABELS} threshold reached", share="share", points="margin"),
}


def kinds_of(name: str, frame: pd.DataFrame) -> dict[str, str]:
    """Kind of every column of a table.

    Raises
    ------
    UnknownNameError
        For a table or a column that is not declared: what nobody has thought about is not published.
    """
    if name not in COLUMN_KINDS:
        raise UnknownNameError("table under disclosure control", name, COLUMN_KINDS)
    declared = COLUMN_KINDS[name]
    # The draws of an ensemble have a column for each assumption.
    kinds = {column: declared.get(column, "amount" if name == "ensemble" else "") for column in frame.columns}
    for column, kind in kinds.items():
        if not kind:
            raise UnknownNameError(f"column of {name} under disclosure control", str(column), declared)
    return kinds


def columns_shown(name: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Columns that a table has under disclosure control, of those it has without.

    >>> columns_shown("age_structure", ("rank", "age_years", "headcount"))
    ('rank', 'age_band', 'headcount')
    """
    there = (column for column in columns if column not in LEFT_OUT.get(name, ()))
    return tuple("age_band" if name in IN_BANDS and column == "age_years" else column for column in there)
