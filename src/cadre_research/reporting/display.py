"""Small tables to be read: rounded, named and in one language; for notebooks and the terminal."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from IPython.display import Markdown

from cadre_research.evidence.targets import AGE_LINES
from cadre_research.findings.age_structure import median_ages, target_shares
from cadre_research.findings.study import BASELINE, POPULATIONS, Forecast, Study
from cadre_research.findings.turnover import turnover
from cadre_research.model.opening import Opening
from cadre_research.reporting.assumption_log import stated_assumptions
from cadre_research.reporting.kept import kept
from cadre_research.reporting.little_laws import little_laws
from cadre_research.reporting.names import assumption_titles, unit_name
from cadre_research.reporting.wording import HIDDEN, number, percent, verdict_sentence, word

__all__ = [
    "assumptions_summary",
    "calibrated_summary",
    "first_year",
    "level_summary",
    "little_law_summary",
    "matrix_summary",
    "measured_summary",
    "post_growth_shares",
    "post_growth_summary",
    "price_summary",
    "reading_summary",
    "verdict_mark",
    "verdict_sentences",
    "verdict_summary",
]

NOT_YET = "—"


def verdict_summary(frame: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """One row a target: share at the opening and the horizon, verdict for the level and for its post-holders.

    `frame` holds the verdicts of one scenario, horizon and age line.
    """
    level, posts = (frame[frame["population"] == name].set_index("target") for name in POPULATIONS)
    return pd.DataFrame(
        {
            word("provenance", language): [word(f"provenance_{kind}", language) for kind in level["provenance"]],
            word("opening_share", language): _percent(language, level["opening_share"]),
            word("horizon_share", language): _percent(language, level["share"]),
            word("margin_points", language): [
                HIDDEN if margin != margin else f"{100 * margin:+.1f}" for margin in level["margin"]
            ],
            word("verdict", language): _verdict(level["reached"], language),
            word("first_year", language): [first_year(year) for year in level["first_year_reached"]],
            word("posts_share", language): _percent(language, posts.loc[level.index, "share"]),
            word("posts_verdict", language): _verdict(posts.loc[level.index, "reached"], language),
        },
        index=pd.Index([names[target] for target in level.index], name=word("target", language)),
    )


def verdict_sentences(frame: pd.DataFrame, names: Mapping[str, str], language: str) -> Markdown:
    """The verdict on each level as a sentence, in the order of the frame."""
    rows = frame[frame["population"] == "level"].to_dict("records")
    said = (verdict_sentence(row, names[row["target"]], names[row["scenario"]], language) for row in rows)
    return Markdown("\n".join(f"- {sentence}" for sentence in said))


def measured_summary(study: Study, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """What the survey counted: the young, the share as printed, and the headcount that follows."""
    rows = [
        {
            word("target", language): names[target.id],
            word("under_age", language): target.age_years,
            word("young_counted", language): target.survey.young,
            word("share_as_printed", language): _as_printed(target.survey.share_as_printed, language),
            word("headcount_derived", language): word(
                "value_in_range",
                language,
                value=number(headcount.value),
                range=f"{number(headcount.low)}–{number(headcount.high)}",
            ),
            word("source", language): target.survey.source,
        }
        for target in study.evidence.targets.targets
        if target.survey
        for headcount in [study.evidence.assumptions[target.survey.headcount]]
    ]
    return pd.DataFrame(rows).set_index(word("target", language)) if rows else pd.DataFrame()


def calibrated_summary(study: Study, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """What had to be found so that the survey comes out, under each reading of the age lines."""
    columns = {}
    for age_line in AGE_LINES:
        opening = study.opening(age_line=age_line)
        found = {
            word("curve_centre", language, source=names[source], into=names[into]): f"{age:.1f}"
            for (source, into), age in opening.typical_ages_years.items()
            if age is not None
        }
        found |= {
            word("posts_of", language, rank=names[rank.id]): f"{opening.posts[:, position].sum():,.0f}"
            for position, rank in enumerate(study.evidence.ladder.ranks)
            if rank.holds_post
        }
        found[word("recruits_a_year", language)] = f"{opening.recruits_per_year:,.0f}"
        columns[word(f"age_line_{age_line}", language)] = found
    return pd.DataFrame(columns)


def level_summary(
    forecast: Forecast, names: Mapping[str, str], language: str, *, at_opening: bool = False
) -> pd.DataFrame:
    """Headcount and median age of each level, at the opening and, unless it is all that is asked for, the horizon."""
    frame = median_ages(forecast)
    opening_year = forecast.projection.opening_year
    years = (opening_year,) if at_opening else (opening_year, opening_year + forecast.horizon_years)
    rows = {}
    for level in forecast.opening.evidence.ladder.levels:
        cells = {}
        for year in years:
            here = frame[(frame["level"] == level) & (frame["year"] == year)].set_index("population")
            cells[_in_year(word("headcount", language), year, language)] = f"{here.loc['level', 'headcount']:,.0f}"
            cells[_in_year(word("in_post", language), year, language)] = f"{here.loc['posts', 'headcount']:,.0f}"
            cells[_in_year(word("median_age", language), year, language)] = (
                f"{here.loc['level', 'median_age_years']:.1f}"
            )
        rows[names[level]] = cells
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(word("level", language))


def assumptions_summary(study: Study, language: str) -> pd.DataFrame:
    """Every assumption with its range and grades, as `assumption_log.stated_assumptions` lists them."""
    titles = assumption_titles(study)
    rows = {
        entry.id: {
            word("assumption", language): titles[entry.id][language],
            word("value", language): f"{entry.value:g}",
            word("range", language): f"{entry.low:g} – {entry.high:g}",
            word("unit", language): unit_name(entry.unit, language),
            word("provenance", language): word(f"provenance_{entry.provenance}", language),
            word("quality", language): word(f"grade_{entry.quality}", language),
            word("impact", language): word(f"grade_{entry.impact}", language),
        }
        for entry in stated_assumptions(study)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def post_growth_summary(
    study: Study, growth_per_year: tuple[float, ...], names: Mapping[str, str], age_line: str, language: str
) -> pd.DataFrame:
    """Status quo 5 and 10 years on, had all posts grown before the survey: the same evidence, another past."""
    found = post_growth_shares(study, growth_per_year, age_line)
    start = study.evidence.targets.baseline_year
    rows = {}
    for growth in growth_per_year:
        shares = found[found["growth"] == growth].set_index(["target", "year"])["share"]
        rows[percent(growth, language, 0)] = {
            _in_year(names[target.id], year, language): percent(shares[target.id, year], language)
            for target in study.evidence.targets.targets
            if target.survey
            for year in (start, start + 5, start + 10)
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(word("post_growth_before", language))


def post_growth_shares(study: Study, growth_per_year: tuple[float, ...], age_line: str) -> pd.DataFrame:
    """As `age_structure.target_shares` of the levels over ten years, for each growth of all posts before the survey."""
    asked = {"age_line": age_line, "growth": list(growth_per_year)}
    return kept("post_growth", asked, lambda: _shares_by_growth(study, growth_per_year, age_line))


def _shares_by_growth(study: Study, growth_per_year: tuple[float, ...], age_line: str) -> pd.DataFrame:
    status_quo = study.scenario(BASELINE)
    frames = []
    for growth in growth_per_year:
        past = status_quo.opening.model_copy(update={"post_growth_before_per_year": growth})
        forecast = study.forecast(status_quo.model_copy(update={"opening": past}), 10, age_line)
        frames.append(target_shares(forecast).query("population == 'level'").assign(growth=growth))
    return pd.concat(frames, ignore_index=True)


def little_law_summary(opening: Opening, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """Little's law for each target in the opening: young arrivals per head and year x mean years spent young."""
    laws = little_laws(opening)
    rows = {
        names[law["target"]]: {
            word("arrivals_per_100", language): f"{100 * law['young_arrivals_per_head_per_year']:.2f}",
            word("years_young", language): f"{law['mean_years_spent_young']:.2f}",
            word("product", language): percent(law["share"], language, 2),
            word("counted_share", language): percent(law["observed_share"], language, 2),
        }
        for law in laws.to_dict("records")
        if law["population"] == "level"
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(word("target", language))


def price_summary(forecasts: list[Forecast], names: Mapping[str, str], language: str) -> pd.DataFrame:
    """What each scenario takes over its horizon: promotions, posts freed by release, recruits, posts left empty."""
    rows = {}
    for forecast in forecasts:
        flows = turnover(forecast)
        total = flows.groupby("flow")["headcount"].sum()
        last = flows[(flows["flow"] == "empty-posts") & (flows["year"] == flows["year"].max())]
        rows[names[forecast.scenario.id]] = {
            word("promotions", language): f"{total.get('promotion-in', 0.0):,.0f}",
            word("releases", language): f"{total.get('release-out', 0.0):,.0f}",
            word("recruits", language): f"{total.get('recruitment', 0.0):,.0f}",
            word("empty_posts_at_end", language): f"{last['headcount'].sum():,.0f}",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(word("scenario", language))


def matrix_summary(frame: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """Share and mark of every target (rows) under every scenario and horizon (columns), for one reading."""
    cells = frame.assign(
        cell=[
            f"{percent(share, language)} {verdict_mark(reached)}"
            for share, reached in zip(frame["share"], frame["reached"], strict=True)
        ]
    )
    wide = cells.pivot(index="target", columns=["scenario", "horizon_years"], values="cell")
    order = list(dict.fromkeys(zip(frame["scenario"], frame["horizon_years"], strict=True)))
    wide = wide.loc[
        list(dict.fromkeys(frame["target"])), sorted(order, key=lambda key: order.index((key[0], order[0][1])))
    ]
    wide = wide.rename(index=names, columns=names)
    wide.index.name = word("target", language)
    wide.columns.names = [word("scenario", language), word("horizon_years", language)]
    return wide.T


def reading_summary(differing: pd.DataFrame, names: Mapping[str, str], language: str) -> pd.DataFrame:
    """Where a verdict depends on how "under 40" or the level is read, as `differing_verdicts` finds it."""
    frame = pd.DataFrame(
        {
            word("target", language): [names[target] for target in differing["target"]],
            word("scenario", language): [names[scenario] for scenario in differing["scenario"]],
            word("horizon_years", language): differing["horizon_years"],
        }
    )
    for age_line in AGE_LINES:
        for population in POPULATIONS:
            counted = (word(f"age_line_{age_line}", language), word(f"population_{population}", language))
            heading = word("comma", language).join(counted)
            frame[heading] = _verdict(differing[f"{age_line}, {population}"], language)
    return frame.set_index([word("target", language), word("scenario", language)])


def _in_year(what: str, year: int, language: str) -> str:
    return word("what_in_year", language, what=what, year=year)


def _as_printed(share: str, language: str) -> str:
    """A share as the source prints it; Chinese sets no space before the sign."""
    return share.replace(" %", "%") if language == "zh" else share


def _percent(language: str, values: pd.Series) -> list[str]:
    return [percent(value, language) for value in values]


def verdict_mark(reached: bool, language: str | None = None) -> str:
    """A mark readable without colour, with its word in a language if one is given."""
    sign = "✓" if reached else "✗"
    return f"{sign} {word('reached' if reached else 'not_reached', language)}" if language else sign


def first_year(year: object) -> str:
    """A year, or a dash when there is none."""
    return NOT_YET if pd.isna(year) else str(int(year))


def _verdict(values: pd.Series, language: str) -> list[str]:
    return [verdict_mark(reached, language) for reached in values]
