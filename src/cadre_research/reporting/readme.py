"""The verdict table and the picture at the top of each README, made from the model.

`python -m cadre_research.reporting.readme` writes them, in both languages; a test compares what is stored with what the
model says.
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
from cadre_research.reporting.wording import percent, probability, rounded_up, span, word
from cadre_research.reporting.worlds import Worlds

__all__ = ["PICTURES", "READMES", "refresh", "verdict_section", "with_section"]

READMES = {"en": "README.md", "zh": "README.zh.md"}
PICTURES = {"en": ".github/share-paths.svg", "zh": ".github/share-paths-zh.svg"}
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


def verdict_section(study: Study, language: str = "en") -> str:
    """The answer in one sentence, the verdict table and the picture, as Markdown in a language (en or zh)."""
    names = display_names(study, language)
    frame = _verdicts_of_all(study)
    answer = overall_answer(frame, study.evidence.targets, names, language)
    picture = word("readme_picture", language, count=len(study.scenarios))
    lines = [
        f"**{answer}**",
        "",
        *_table(frame[frame["population"] == "level"], names, language),
        "",
        word("readme_legend", language),
        "",
        f"![{picture}]({PICTURES[language]})",
        "",
        *_how_sure(study, names, language),
    ]
    return "\n".join(lines)


def with_section(readme: str, section: str, name: str = READMES["en"]) -> str:
    """Put the section between the two markers of a README."""
    if readme.count(START) != 1 or readme.count(END) != 1:
        raise InputError(f"{name}: expected one {START} and one {END}, between which the verdicts are written.")
    head, rest = readme.split(START)
    return f"{head}{START}\n{section}\n{END}{rest.split(END)[1]}"


def refresh(root: Path) -> None:
    """Write section and picture of each README of a checkout, each in one step."""
    study = Study.read(data_dir())
    paths = [target_shares(forecast) for forecast in study.forecasts(10)]
    for language, name in READMES.items():
        picture, readme = root / PICTURES[language], root / name
        new_picture = picture.with_name("new-" + picture.name)
        share_paths(paths, display_names(study, language), language).savefig(new_picture)
        os.replace(new_picture, picture)
        text = with_section(readme.read_text(encoding="utf-8"), verdict_section(study, language), name)
        new_readme = readme.with_name("new-" + readme.name)
        new_readme.write_text(text, encoding="utf-8")
        os.replace(new_readme, readme)


def _verdicts_of_all(study: Study) -> pd.DataFrame:
    frames = []
    for forecast in study.forecasts(10):
        shares = target_shares(forecast)
        frames += [verdicts(shares, forecast.targets, horizon) for horizon in (5, 10)]
    return pd.concat(frames, ignore_index=True)


def _table(frame: pd.DataFrame, names: Mapping[str, str], language: str) -> list[str]:
    lines = [
        f"| {word('readme_young_in', language)} | 2017 | " + " | ".join(names[scenario] for scenario in SHOWN) + " |",
        "|---|---|" + "---|" * len(SHOWN),
    ]
    for target, rows in frame.groupby("target", sort=False):
        cells = []
        for scenario in SHOWN:
            near, far = rows[rows["scenario"] == scenario].sort_values("horizon_years").itertuples()
            shares = f"{percent(near.share, language)} → {percent(far.share, language)}"
            cells.append(f"{shares} {verdict_mark(far.reached)}")
        mark = " *" if rows["provenance"].iloc[0] == "assumed" else ""
        opening = percent(rows["opening_share"].iloc[0], language)
        lines.append(f"| {names[target]}{mark} | {opening} | " + " | ".join(cells) + " |")
    return lines


def _how_sure(study: Study, names: Mapping[str, str], language: str) -> list[str]:
    """What the status quo comes to in ten years, how sure that is, what it would take, and the best there is."""
    worlds, status_quo = Worlds(study), study.scenario(BASELINE)
    chances = worlds.probabilities(status_quo, HORIZON_YEARS).query("population == 'level'")
    rates = (
        Inquiry(worlds, status_quo).required().query("lever == 'promotion-rate' and horizon_years == @HORIZON_YEARS")
    )
    best = Possible(worlds, status_quo).attainable()
    best = best[~best["hold"] & (best["horizon_years"] == HORIZON_YEARS) & best["candidates_per_post"].notna()]
    best = best[best["releases_per_100_posts"] == 0].set_index("target")["best_share"]
    none = word("rate_none", language)
    columns = ("readme_young_in", "readme_span", "readme_probability", "readme_rate", "readme_best")
    lines = [
        word("readme_how_sure", language, year=study.evidence.targets.baseline_year + HORIZON_YEARS),
        "",
        f"| {' | '.join(word(key, language) for key in columns)} |",
        "|---|---|---|---|---|",
    ]
    for row, rate in zip(chances.itertuples(), rates.itertuples(), strict=True):
        surely = none if pd.isna(rate.value_for_90_percent) else f"{100 * rate.value_for_90_percent:.0f}"
        needed = word("readme_needed", language, rate=rounded_up(rate.value), surely=surely) if rate.reachable else none
        spread = span(row.share_p05, row.share_p95, language)
        chance = probability(row.probability, row.probability_se, language, row.draws)
        share = percent(best[row.target], language)
        lines.append(f"| {names[row.target]} | {spread} | {chance} | {needed} | {share} |")
    return lines


if __name__ == "__main__":
    refresh(project_root())
