"""Every word a reader sees, in English and in the terms that Chinese personnel offices use, and sentences from values.

Figures, tables and pages take their words from here, so that a term is translated once and a language can be missing
nowhere. The verdict's sentence is built from the verdict's values and from nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cadre_research.errors import UnknownNameError

__all__ = [
    "LANGUAGES",
    "WORDS",
    "age_phrase",
    "figure_footer",
    "number",
    "percent",
    "points",
    "verdict_sentence",
    "word",
]

LANGUAGES = ("en", "zh")

# Below this a margin rounds to 0.0 percentage points and is put into words instead.
SMALLEST_PRINTED_MARGIN = 0.0005
# Exactly one sixth in expectation, as `findings.verdict.reaches` compares it.
NO_MARGIN = 1e-9

# key: (English, Simplified Chinese)
WORDS: Mapping[str, tuple[str, str]] = {
    # What things are called
    "target": ("Target", "目标"),
    "scenario": ("Scenario", "情景"),
    "rank": ("Rank", "职务"),
    "level": ("Level", "职务层次"),
    "headcount": ("Headcount", "人数"),
    "in_post": ("In post", "在职务人数"),
    "median_age": ("Median age", "年龄中位数"),
    "men": ("Men", "男"),
    "women": ("Women", "女"),
    "young": ("Young", "年轻干部"),
    "others": ("Others", "其他干部"),
    "share_young": ("Share young", "年轻干部占比"),
    "year": ("Year", "年份"),
    "horizon_years": ("Horizon (years)", "预测期（年）"),
    "source": ("Source", "资料来源"),
    "assumption": ("Assumption", "假设"),
    "value": ("Value", "取值"),
    "range": ("Range", "取值范围"),
    "unit": ("Unit", "单位"),
    "quality": ("Quality", "可靠程度"),
    "impact": ("Impact", "影响程度"),
    "grade_high": ("high", "高"),
    "grade_medium": ("medium", "中"),
    "grade_low": ("low", "低"),
    "provenance": ("Provenance", "依据"),
    "provenance_seed": ("survey", "调查数据"),
    "provenance_published": ("published", "公开资料"),
    "provenance_derived": ("derived", "推算"),
    "provenance_assumed": ("assumed", "假定"),
    "population_level": ("whole level", "本层次全体"),
    "population_posts": ("post-holders", "担任领导职务者"),
    "age_line_inclusive": ("age line itself counts as young", "含本数"),
    "age_line_strict": ("age line itself no longer young", "不含本数"),
    # Table headings
    "verdict": ("Verdict", "结论"),
    "reached": ("reached", "达标"),
    "not_reached": ("not reached", "未达标"),
    "opening_share": ("Share at the opening", "期初占比"),
    "horizon_share": ("Share at the horizon", "期末占比"),
    "margin_points": ("Margin (points)", "与目标之差（百分点）"),
    "first_year": ("First reached", "首次达标年份"),
    "margin_short": ("vs 1/6", "差"),
    "first_year_short": ("First", "首达"),
    "posts_short": ("In post", "任职者"),
    "posts_share": ("Among post-holders", "领导职务中占比"),
    "posts_verdict": ("Post-holders' verdict", "领导职务中结论"),
    "under_age": ("Under (age)", "年龄线（岁）"),
    "young_counted": ("Young, counted", "年轻干部人数（调查）"),
    "share_as_printed": ("Share as printed", "原文占比"),
    "headcount_derived": ("Headcount that follows", "推算总人数"),
    "curve_centre": ("Centre of the promotion-age curve, {source} to {into}", "提拔年龄曲线中心：{source}→{into}"),
    "posts_of": ("Posts, {rank}", "职数：{rank}"),
    "recruits_a_year": ("Recruits a year", "每年录用人数"),
    "recruits": ("Recruits", "录用"),
    "empty_posts_at_end": ("Posts empty at the end", "期末空缺职数"),
    "post_growth_before": ("Growth of posts a year before 2017", "2017年以前职数年增长率"),
    "arrivals_per_100": ("Young arrivals per 100 and year", "每百人每年新进年轻干部"),
    "years_young": ("Mean years spent young", "平均年轻年数"),
    "product": ("Their product", "两者之积"),
    "counted_share": ("Share counted", "实际占比"),
    "price": (
        "Over {years} years: {promotions} promotions, {releases} releases from a post to make room.",
        "{years}年内共提拔{promotions}人次，为腾出职数免职{releases}人次。",
    ),
    "terminal_footer": (
        "✓ one sixth or more, ✗ less. * assumed target. Counted in the whole level, and among post-holders (in post). "
        "The opening is modelled, calibrated to two surveyed shares.",
        "✓ 达到六分之一，✗ 未达到；* 假定目标。占比按本层次全体计算，另列担任领导职务者（任职者）。"
        "期初年龄结构由模型推算，按两项调查比例校准。",
    ),
    # The report's pages and its progress
    "progress_tables": ("tables", "数据表"),
    "progress_notebooks": ("notebooks", "笔记本"),
    "pages_city": ("The city and its targets", "总体"),
    "pages_scenarios": ("Each scenario", "各情景"),
    "page_opening_age_structure": ("What the forecast starts from: the opening of 2017", "预测起点：2017年年龄结构"),
    "page_target_reachability": ("Every scenario side by side", "各情景对比"),
    "page_forecast": ("{scenario}, {years} years", "{scenario}，{years}年"),
    # The answer over all scenarios
    "or": (" or ", "年或"),
    "semicolon": ("; ", "；"),
    "lead_yes": ("Yes", "能"),
    "lead_partly": ("Only in part", "部分能"),
    "lead_no": ("No", "不能"),
    "overall_anchored_none": (
        "{lead}: none of {scenarios} scenarios reaches a target anchored in the survey in {years}. Nearest in {year}: "
        "{nearest}.",
        "{lead}：{scenarios}种情景在{years}年均未达到有调查依据的目标。{year}年最接近者：{nearest}。",
    ),
    "overall_anchored_some": (
        "{lead}: of {scenarios} scenarios, these many reach the targets anchored in the survey in {years}: {found}. "
        "Best in {year}: {nearest}.",
        "{lead}：{scenarios}种情景中，{years}年达到有调查依据的目标者：{found}。{year}年最高者：{nearest}。",
    ),
    "overall_all_none": (
        "{lead}: none of {scenarios} scenarios reaches a target in {years}. Nearest in {year}: {nearest}.",
        "{lead}：{scenarios}种情景在{years}年均未达到目标。{year}年最接近者：{nearest}。",
    ),
    "overall_all_some": (
        "{lead}: of {scenarios} scenarios, these many reach the targets in {years}: {found}. Best in {year}: "
        "{nearest}.",
        "{lead}：{scenarios}种情景中，{years}年达到目标者：{found}。{year}年最高者：{nearest}。",
    ),
    "overall_target": ("{target} {count}", "{target}{count}种"),
    "overall_nearest": ("{target}, {share} ({scenario})", "{target}{share}（{scenario}）"),
    # Components of a change in a share
    "component_stayed_young": ("Stayed, still young", "留任且仍年轻"),
    "component_grew_out": ("Grew past the age line", "超过年龄线"),
    "component_promoted_in": ("Promoted in, young", "年轻干部提拔进入"),
    "component_promoted_out": ("Promoted out, young", "年轻干部提拔离开"),
    "component_moved_down": ("Moved down, young", "年轻干部降职"),
    "component_joined": ("Joined, young", "年轻干部录用调入"),
    "component_left_young": ("Left the service, young", "年轻干部离开"),
    "component_left_old": ("Left the service, older", "其他干部离开"),
    "component_denominator": ("Others' coming and going", "其他人员进出"),
    # Flows
    "promotions": ("Promotions", "提拔"),
    "releases": ("Releases", "免职腾岗"),
    "empty_posts": ("Posts left empty", "空缺职数"),
    # Figures: axes and marks
    "axis_age": ("Age (completed years)", "年龄（周岁）"),
    "axis_persons_by_age": ("Persons per year of age", "每岁人数"),
    "axis_share_young": ("Share young (%)", "年轻干部占比（%）"),
    "axis_flow": ("Persons a year", "每年人次"),
    "one_sixth": ("one sixth", "六分之一"),
    "deadline": ("deadline", "期限"),
    "deadline_end_of": ("deadline, end of {year}", "期限：{year}年底"),
    "line_of_age": ("{age} and under", "{age}岁及以下"),
    "line_strictly_under": ("under {age}", "不满{age}岁"),
    "key_pyramid": (
        "Filled: {last}, the young in blue. Outline: {first}. Men to the left, women to the right.",
        "色块：{last}年，蓝色为年轻干部；轮廓线：{first}年。左为男性，右为女性。",
    ),
    "key_opening": ("The young in blue. Men to the left, women to the right.", "蓝色为年轻干部。左为男性，右为女性。"),
    "young_of_line": ("young ({line}): {share}", "年轻干部（{line}）占{share}"),
    "anchored": ("Anchored in the survey", "有调查依据"),
    "assumed": ("Assumed", "假定目标"),
    "tag_assumed": ("assumed", "假定"),
    "after_years": ("{years} years", "{years}年"),
    "opening_in": ("Share in {year}", "{year}年占比"),
    "horizon_in": ("Share in {year}", "{year}年占比"),
    "key_rate": (
        "Blue: promotion rates, named at the line's end: promotions per 100 posts a year, one third young.",
        "蓝线为不同提拔率，线末数字：每百个职位每年提拔人数，三分之一年轻。",
    ),
    # Figures: titles that state what is seen
    "title_pyramid": (
        "{scenario}: from {first} to {last} the young share rises in {risen} of {all} levels",
        "{scenario}：{first}—{last}年，{all}个职务层次中有{risen}个年轻干部占比上升",
    ),
    "title_opening": (
        "{year}: the young are few at every level, {low} to {high}",
        "{year}年：各职务层次年轻干部都少，占{low}至{high}",
    ),
    "title_paths_one": (
        "{scenario}: in {year}, one sixth is reached by {reached} of {all} groups",
        "{scenario}：{year}年，{all}个群体中有{reached}个达到六分之一",
    ),
    "title_paths_many": (
        "One sixth in {year}: reached by at least one group in {reaching} of {all} scenarios",
        "{year}年，{all}种情景中有{reaching}种至少使一个群体达到六分之一",
    ),
    "key_paths_ends": ("Number: share in {year}, %.", "数字：{year}年占比（%）。"),
    "key_paths_two": (
        "Blue: this scenario. Grey, dashed: {baseline}. Numbers: share in {year}, %.",
        "蓝线：本情景；灰色虚线：{baseline}。数字：{year}年占比（%）。",
    ),
    "title_matrix": ("One sixth is reached in {reached} of {all} verdicts", "{all}项结论中有{reached}项达标"),
    "subtitle_matrix": (
        "Share young, %, after {years} years (top to bottom in each cell). ✓ at least one sixth, ✗ below.",
        "每格自上而下：{years}年后年轻干部占比（%）。✓ 达到六分之一，✗ 未达到。",
    ),
    "title_waterfall": (
        "{scenario}: what moved each share, {first} to {last}",
        "{scenario}：{first}—{last}年各项占比变化的来源",
    ),
    "subtitle_waterfall": (
        "Shares in %, changes in percentage points. Promotion of the young adds more than growing past the age line "
        "takes away in {gaining} of {all} groups.",
        "占比为%，变化为百分点。{all}个群体中，有{gaining}个群体年轻干部提拔进入的增幅大于超过年龄线的降幅。",
    ),
    "subtitle_waterfall_one": ("Shares in %, changes in percentage points.", "占比为%，变化为百分点。"),
    "title_flows": (
        "{scenario}: {promotions} promotions in {years} years, {releases} holders released to make room",
        "{scenario}：{years}年提拔{promotions}人次，为腾出职数免职{releases}人次",
    ),
    "subtitle_flows": (
        "Persons a year by rank; each panel has its own scale.",
        "分职务每年人次；各图纵轴不同。",
    ),
    "key_promotions": ("promotions into the rank (up)", "提拔任职（向上）"),
    "key_releases": ("holders released to make room (down)", "免职腾岗（向下）"),
    "key_empty_posts": ("posts left empty at the end of the year", "年底空缺职数"),
    # Figures: footer
    "footer_scenario": ("Scenario: {scenario}.", "情景：{scenario}。"),
    "footer_counted": ("Counted: {population}; {age_line}.", "口径：{population}；年龄线{age_line}。"),
    "footer_opening": (
        "The opening is modelled, calibrated to two surveyed shares; weakest input: {provenance}.",
        "期初年龄结构由模型推算，按两项调查比例校准；最弱依据：{provenance}。",
    ),
    # The verdict as a sentence
    "sentence": (
        "{target} ({scenario}): after {years}, {share} are young, {gap}; {history}.",
        "{scenario}，{target}：{years}后年轻干部占{share}，{gap}；{history}。",
    ),
    "sentence_year": ("1 year", "1年"),
    "sentence_years": ("{years} years", "{years}年"),
    "threshold_sixth": ("one sixth ({share})", "六分之一（{share}）"),
    "threshold_other": ("the {share} required", "要求的{share}"),
    "gap_above": ("{points} percentage points above {threshold}", "比{threshold}高{points}个百分点"),
    "gap_above_barely": ("less than 0.1 percentage points above {threshold}", "比{threshold}高不到0.1个百分点"),
    "gap_exact": ("exactly {threshold}", "恰好为{threshold}"),
    "gap_short": ("{points} percentage points short of {threshold}", "比{threshold}低{points}个百分点"),
    "gap_short_barely": ("less than 0.1 percentage points short of {threshold}", "比{threshold}低不到0.1个百分点"),
    "history_held": (
        "the target is reached, {when}, and held since",
        "目标达到，{when}，此后一直保持",
    ),
    "history_regained": (
        "the target is reached: {when}, lost in between, and reached again",
        "目标达到，{when}，其间曾回落，后又达到",
    ),
    "history_lost": (
        "the target is not reached: it was, {when}, but is lost again",
        "目标未达到，{when}，但此后回落",
    ),
    "history_never": (
        "the target is not reached, neither by the deadline (end of {deadline}) nor in any other year",
        "目标未达到，期限（{deadline}年底）前及其他各年均未达到",
    ),
    "history_not_yet": (
        "the target is not reached in any year so far; the deadline (end of {deadline}) lies beyond the forecast",
        "目标未达到，预测各年均未达到；期限（{deadline}年底）在预测期之后",
    ),
    "when_in_time": (
        "first in {first}, by the deadline (end of {deadline})",
        "{first}年首次达到，未超过期限（{deadline}年底）",
    ),
    "when_late": (
        "first in {first}, after the deadline (end of {deadline})",
        "{first}年首次达到，已过期限（{deadline}年底）",
    ),
}


def word(key: str, language: str, **values: object) -> str:
    """Return a word or phrase in a language, its placeholders filled with `values`.

    Raises
    ------
    UnknownNameError
        When there is no such key or language.

    Examples
    --------
    >>> word("target", "zh")
    '目标'
    >>> word("deadline_end_of", "en", year=2022)
    'deadline, end of 2022'
    """
    if language not in LANGUAGES:
        raise UnknownNameError("language", str(language), LANGUAGES)
    if key not in WORDS:
        raise UnknownNameError("wording", str(key), WORDS)
    return WORDS[key][LANGUAGES.index(language)].format(**values)


def percent(share: float, language: str, decimals: int = 1) -> str:
    r"""Write a decimal share in per cent; English sets a no-break space before the sign, Chinese none.

    >>> percent(0.065, "zh"), percent(1 / 6, "en", decimals=0)
    ('6.5%', '17\xa0%')
    """
    space = "" if language == "zh" else "\N{NO-BREAK SPACE}"
    return f"{100 * share:.{decimals}f}{space}%".replace("-", "\N{MINUS SIGN}")


def points(change: float, decimals: int = 1) -> str:
    """Write a difference of shares in percentage points, signed but for zero; without the unit.

    >>> points(0.0123), points(-0.0001)
    ('+1.2', '0.0')
    """
    text = f"{100 * change:+.{decimals}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def number(amount: float) -> str:
    """Write a whole number with thousands separated, as both languages do.

    >>> number(12345.6)
    '12,346'
    """
    return f"{amount:,.0f}".replace("-", "\N{MINUS SIGN}")


def age_phrase(age_years: int, age_line: str, language: str) -> str:
    """Say who is young at an age line of `age_years`, leaving no doubt whether the age itself counts.

    >>> age_phrase(40, "inclusive", "en"), age_phrase(40, "strict", "zh")
    ('40 and under', '不满40岁')
    """
    key = "line_of_age" if age_line == "inclusive" else "line_strictly_under"
    return word(key, language, age=age_years)


def figure_footer(
    language: str,
    *,
    scenario: str | None = None,
    age_line: str = "inclusive",
    population: str | None = "level",
    provenance: str = "assumed",
) -> str:
    """Say under a figure what was counted, where the opening comes from, and what its weakest input rests on.

    `scenario` is a display name, left out where a figure shows several; `population` is level, posts, or None where no
    share is counted; `provenance` is that of the weakest input.
    """
    parts = [word("footer_scenario", language, scenario=scenario)] if scenario else []
    if population is not None:
        counted, line = word(f"population_{population}", language), word(f"age_line_{age_line}", language)
        parts.append(word("footer_counted", language, population=counted, age_line=line))
    parts.append(word("footer_opening", language, provenance=word(f"provenance_{provenance}", language)))
    return ("" if language == "zh" else " ").join(parts)


def verdict_sentence(verdict: Mapping[str, object], target_name: str, scenario_name: str, language: str) -> str:
    """Say a verdict in one sentence, from its values alone.

    Parameters
    ----------
    verdict : mapping
        A row of `findings.verdict.verdicts`: horizon_years, share, threshold, margin, reached, reached_by_deadline,
        first_year_reached, held, deadline_year.
    target_name, scenario_name : str
        Display names in that language.
    """
    years = int(verdict["horizon_years"])
    return word(
        "sentence",
        language,
        scenario=scenario_name,
        target=target_name,
        years=word("sentence_year" if years == 1 else "sentence_years", language, years=years),
        share=percent(float(verdict["share"]), language),
        gap=_gap(verdict, language),
        history=_history(verdict, language),
    )


def _gap(verdict: Mapping[str, object], language: str) -> str:
    threshold, margin = float(verdict["threshold"]), float(verdict["margin"])
    kind = "threshold_sixth" if abs(threshold - 1 / 6) < NO_MARGIN else "threshold_other"
    phrase = word(kind, language, share=percent(threshold, language))
    if verdict["reached"] and margin <= NO_MARGIN:
        return word("gap_exact", language, threshold=phrase)
    barely = "_barely" if abs(margin) < SMALLEST_PRINTED_MARGIN else ""
    side = "above" if verdict["reached"] else "short"
    return word(f"gap_{side}{barely}", language, threshold=phrase, points=f"{100 * abs(margin):.1f}")


def _history(verdict: Mapping[str, object], language: str) -> str:
    deadline, first = int(verdict["deadline_year"]), verdict["first_year_reached"]
    if pd.isna(first):
        beyond = pd.isna(verdict["reached_by_deadline"])
        return word("history_not_yet" if beyond else "history_never", language, deadline=deadline)
    in_time = "when_in_time" if verdict["reached_by_deadline"] else "when_late"
    when = word(in_time, language, first=int(first), deadline=deadline)
    if not verdict["reached"]:
        return word("history_lost", language, when=when)
    return word("history_held" if verdict["held"] else "history_regained", language, when=when)
