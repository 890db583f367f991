"""The verdict table and the picture at the top of the README, made from the model.

`python -m cadre_research.reporting.readme` writes them; a test compares what is stored with what the model says.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cadre_research.errors import InputError
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.study import BASELINE, Study
from cadre_research.findings.verdict import verdicts
from cadre_research.paths import data_dir, project_root
from cadre_research.reporting.answer import overall_answer
from cadre_research.reporting.display import verdict_mark
from cadre_research.reporting.figures import share_paths
from cadre_research.reporting.inquiry import Inquiry
from cadre_research.reporting.names import display_names
from cadre_research.reporting.possible import Possible
from cadre_research.reporting.wording import percent, probability, rounded_up, span
from cadre_research.reporting.worlds import Worlds

__all__ = ["refresh", "verdict_section", "with_section"]

PICTURE = ".github/share-paths.svg"
SHOWN = (
    "status-quo",
    "one-third-rule",
    "two-thirds-young",
    "full-plan-2018",
    "rate-12",
    "two-thirds-young-rate-12",
)
HORIZON_YEARS = 10
START, END = "<!-- verdicts:start -->", "<!-- verdicts:end -->"


def verdict_section(study: Study) -> str:
    """The answer in one sentence, the verdict table and the picture, as Markdown."""
    names = display_names(study, "en")
    frame = _verdicts_of_all(study)
    answer = overall_answer(frame, study.evidence.targets, names, "en")
    level = frame[frame["population"] == "level"]
    lines = [f"**{answer}**", "", *_table(level, names), ""]
    sure = _how_sure(study, names)
    lines += [
        "Share young in 2022 → 2027; ✓ at least one sixth in 2027, ✗ below. Counted: the whole level, the age line "
        "itself included. * assumed target: the source names a plan of six one-sixths but not the groups. The opening "
        "of 2017 is modelled, calibrated to the two surveyed shares.",
        "",
        f"![Share of each of six groups that is young, 2017 to 2027, under {len(study.scenarios)} scenarios, against "
        f"the one-sixth line]({PICTURE})",
        "",
        *sure,
    ]
    return "\n".join(lines)


def with_section(readme: str, section: str) -> str:
    """Put the section between the two markers of a README."""
    if readme.count(START) != 1 or readme.count(END) != 1:
        raise InputError(f"README.md: expected one {START} and one {END}, between which the verdicts are written.")
    head, rest = readme.split(START)
    return f"{head}{START}\n{section}\n{END}{rest.split(END)[1]}"


def refresh(root: Path) -> None:
    """Write section and picture of the README of a checkout, each in one step."""
    study = Study.read(data_dir())
    paths = [target_shares(forecast) for forecast in study.forecasts(10)]
    picture, readme = root / PICTURE, root / "README.md"
    new_picture = picture.with_name("new-" + picture.name)
    share_paths(paths, display_names(study, "en")).savefig(new_picture)
    os.replace(new_picture, picture)
    text = with_section(readme.read_text(encoding="utf-8"), verdict_section(study))
    new_readme = readme.with_name("new-" + readme.name)
    new_readme.write_text(text, encoding="utf-8")
    os.replace(new_readme, readme)


def _verdicts_of_all(study: Study) -> pd.DataFrame:
    frames = []
    for forecast in study.forecasts(10):
        shares = target_shares(forecast)
        frames += [verdicts(shares, forecast.targets, horizon) for horizon in (5, 10)]
    return pd.concat(frames, ignore_index=True)


def _table(frame: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    lines = [
        "| young in | 2017 | " + " | ".join(names[scenario] for scenario in SHOWN) + " |",
        "|---|---|" + "---|" * len(SHOWN),
    ]
    for target, rows in frame.groupby("target", sort=False):
        cells = []
        for scenario in SHOWN:
            near, far = rows[rows["scenario"] == scenario].sort_values("horizon_years").itertuples()
            cells.append(f"{percent(near.share, 'en')} → {percent(far.share, 'en')} {verdict_mark(far.reached)}")
        mark = " *" if rows["provenance"].iloc[0] == "assumed" else ""
        opening = percent(rows["opening_share"].iloc[0], "en")
        lines.append(f"| {names[target]}{mark} | {opening} | " + " | ".join(cells) + " |")
    return lines


def _how_sure(study: Study, names: Mapping[str, str]) -> list[str]:
    """What the status quo comes to in ten years, how sure that is, what it would take, and the best there is."""
    worlds, status_quo = Worlds(study), study.scenario(BASELINE)
    chances = worlds.probabilities(status_quo, HORIZON_YEARS).query("population == 'level'")
    rates = (
        Inquiry(worlds, status_quo).required().query("lever == 'promotion-rate' and horizon_years == @HORIZON_YEARS")
    )
    best = Possible(worlds, status_quo).attainable()
    best = best[~best["hold"] & (best["horizon_years"] == HORIZON_YEARS) & best["candidates_per_post"].notna()]
    best = best[best["releases_per_100_posts"] == 0].set_index("target")["best_share"]
    lines = [
        f"Status quo, {study.evidence.targets.baseline_year + HORIZON_YEARS}: how sure, what it would take, and what "
        "any policy could do:",
        "",
        "| young in | 90 % of worlds | probability of one sixth | promotions per 100 posts a year that suffice "
        "(with 90 % probability), looked for up to 30 | best that any lawful policy could do, central assumptions, "
        "no post freed |",
        "|---|---|---|---|---|",
    ]
    for row, rate in zip(chances.itertuples(), rates.itertuples(), strict=True):
        surely = "none" if pd.isna(rate.value_for_90_percent) else f"{100 * rate.value_for_90_percent:.0f}"
        needed = f"{rounded_up(rate.value)} ({surely})" if rate.reachable else "none"
        spread = span(row.share_p05, row.share_p95, "en")
        chance = probability(row.probability, row.probability_se, "en", row.draws)
        lines.append(f"| {names[row.target]} | {spread} | {chance} | {needed} | {percent(best[row.target], 'en')} |")
    return lines


if __name__ == "__main__":
    refresh(project_root())
