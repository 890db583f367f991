"""Scenarios of a service that brings its own register: the status quo, young shares, promotion rates, recruitment."""

from __future__ import annotations

from collections.abc import Callable

from cadre_research.evidence.base import Evidence
from cadre_research.evidence.recruitment import Recruitment
from cadre_research.evidence.scenario import (
    LateralIntake,
    PromotionPolicy,
    RecruitmentPolicy,
    RetirementPolicy,
    Scenario,
)

__all__ = ["own_scenarios"]

LONGEST_YEARS = 30
YOUNG_SHARES = (
    ("one-third-rule", "1/3", "One third of promotions young", "提拔中三分之一为年轻干部"),
    ("half-young", "1/2", "Half of promotions young", "提拔中一半为年轻干部"),
    ("two-thirds-young", "2/3", "Two thirds of promotions young", "提拔中三分之二为年轻干部"),
)
RATES = (0.04, 0.08, 0.12)


def own_scenarios(evidence: Evidence, recruitment: Recruitment) -> tuple[Scenario, ...]:
    """Make the scenarios of a report of a register, the status quo first.

    All have the entries from outside that the register shows. Those about the young are left out where no rank that is
    promoted into has an age line, and the one about the retirement law where there is no reform.

    Parameters
    ----------
    evidence : Evidence
        With its register.
    """
    lateral = _lateral(evidence, recruitment)
    lines = any(rank.young_age_years is not None for rank in evidence.ladder.ranks)

    def scenario(order: int, name: str, en: str, zh: str, reason: str, reason_zh: str, **differs: object) -> Scenario:
        titles = {"title_en": en, "title_zh": zh, "reason": reason, "reason_zh": reason_zh}
        return Scenario(format=1, id=name, order=order, **titles, lateral_intake=lateral, **differs)

    found = [
        scenario(
            0,
            "status-quo",
            "Status quo",
            "维持现状",
            "Posts are filled as they fall vacant, by those whom the register shows to be promoted most readily; "
            "recruits fill the posts of the entry rank.",
            "空缺由数据库显示最容易获得提拔者补任；录用人员补足最低职务的职数。",
        )
    ]
    if lines:
        found += [
            scenario(
                10 + place,
                name,
                en,
                zh,
                f"At least {share} of each batch of promotions is young. No post is freed for it.",
                f"每批提拔中年轻干部不少于{share}，不为此腾出职位。",
                promotion=PromotionPolicy(young_share=share),
            )
            for place, (name, share, en, zh) in enumerate(YOUNG_SHARES)
        ]
    least = "1/3" if lines else "0"
    found += [_at_rate(scenario, 20 + place, rate, least) for place, rate in enumerate(RATES)]
    if lines:
        found.append(
            scenario(
                30,
                "two-thirds-young-rate-12",
                "12 per 100 posts, two thirds young",
                "每百个职位每年提拔12人，三分之二为年轻干部",
                "12 promotions into each rank per 100 posts a year, two thirds of them young. Posts are freed for it.",
                "各职务每百个职位每年提拔12人，其中三分之二为年轻干部，为此腾出职位。",
                promotion=PromotionPolicy(mode="rate", rate_per_year=0.12, young_share="2/3"),
            )
        )
    if evidence.ladder.entry and len(recruitment.forecast):
        found.append(
            scenario(
                40,
                "recruitment-as-forecast",
                "Recruitment as forecast",
                "按预测招录",
                "As many recruits a year as the register's own years lead one to expect, whatever the posts.",
                "每年按数据库历年情况所预计的人数录用，不论职数多少。",
                recruitment=RecruitmentPolicy(mode="schedule", persons_by_year=_schedule(evidence, recruitment)),
            )
        )
    if evidence.retirement and evidence.retirement.reform:
        found.append(
            scenario(
                50,
                "no-retirement-delay",
                "No later retirement",
                "不延迟退休",
                "The status quo without the later retirement age.",
                "维持现状，不延迟退休。",
                retirement=RetirementPolicy(reform=False),
            )
        )
    return tuple(found)


def _at_rate(scenario: Callable[..., Scenario], order: int, rate: float, least: str) -> Scenario:
    per_100 = round(100 * rate)
    return scenario(
        order,
        f"rate-{per_100:02d}",
        f"{per_100} per 100 posts a year",
        f"每百个职位每年提拔{per_100}人",
        f"{per_100} promotions into each rank per 100 posts a year. Posts are freed where vacancies do not suffice; a "
        "rank that loses more than that a year keeps posts empty.",
        f"各职务每百个职位每年提拔{per_100}人。空缺不足时腾出职位；每年减员多于此数的职务，部分职位空置。",
        promotion=PromotionPolicy(mode="rate", rate_per_year=rate, young_share=least),
    )


def _schedule(evidence: Evidence, recruitment: Recruitment) -> dict[str, float]:
    """Recruits expected in each year; beyond the years forecast, as many as in the last of them."""
    first = evidence.targets.baseline_year + 1
    known = dict(zip(recruitment.forecast["year"].astype(int), recruitment.forecast["persons"], strict=True))
    last = known[max(known)]
    return {str(year): float(known.get(year, last)) for year in range(first, first + LONGEST_YEARS)}


def _lateral(evidence: Evidence, recruitment: Recruitment) -> tuple[LateralIntake, ...]:
    first = evidence.targets.baseline_year + 1
    return tuple(
        LateralIntake(
            rank=str(row.rank),
            persons_per_year=float(row.persons_per_year),
            youngest_age_years=int(row.age_low),
            oldest_age_years=int(row.age_high),
            first_year=first,
            last_year=first + LONGEST_YEARS - 1,
        )
        for row in recruitment.lateral.itertuples()
    )
