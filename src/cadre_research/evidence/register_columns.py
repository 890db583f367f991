"""Columns of a personnel register: headers in English and Chinese, values, what they mean, why they are asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cadre_research.evidence.ladder import Ladder

__all__ = ["COLUMNS", "REASONS", "Column", "choices", "clean"]

# ！ to ～ stand beside ! to ~, and the ideographic space beside the space.
NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
SPACE = re.compile(r"\s+")
PLAIN = re.compile(r"[!-~]*")

SEXES = {"male": ("m", "man", "男", "男性"), "female": ("f", "woman", "女", "女性")}
YES, NO = ("y", "true", "1", "是", "有"), ("n", "false", "0", "否", "无")
REASONS = {
    "promoted": ("promotion", "提拔", "晋升", "提任"),
    "moved": ("move", "transferred", "转任", "调任", "降职"),
    "retired": ("retirement", "退休"),
    "retired-early": ("early retirement", "提前退休"),
    "other": ("其他",),
}


@dataclass(frozen=True)
class Column:
    """One column of a register.

    Parameters
    ----------
    id : str
        Its English header.
    header_zh : str
        Its Chinese header; `aliases` are other headers taken for it.
    kind : str
        "text", "date" (a day or a month) or "choice" (one of a list).
    required : bool
        Whether the file must have the column. Where `filled` too, every cell must say something.
    values : mapping of str to tuple of str
        Values of a choice, each with what else is taken for it; ranks and reasons come from the ladder.
    """

    id: str
    header_zh: str
    kind: Literal["text", "date", "choice"]
    meaning_en: str
    meaning_zh: str
    reason_en: str
    reason_zh: str
    aliases: tuple[str, ...] = ()
    required: bool = True
    filled: bool = True
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header taken for this column, its own first."""
        return (self.id, self.header_zh, *self.aliases)


def _yes_or_no(*identity: str, **texts: object) -> Column:
    yes, no = identity
    values = {"yes": (*YES, *yes.split()), "no": (*NO, *no.split())}
    return Column(kind="choice", required=False, filled=False, values=values, **texts)


COLUMNS = (
    Column(
        id="id",
        header_zh="人员编号",
        aliases=("person", "person id", "编号", "工号"),
        kind="text",
        meaning_en="One person, the same in all their rows; any text. A pseudonym is best.",
        meaning_zh="人员标识，同一人各行相同，可为任意文本，建议使用化名编号。",
        reason_en="Joins the spells of a person; replaced by a running number as the file is read.",
        reason_zh="用于连接同一人的各段任职；读入时即换成流水号。",
    ),
    Column(
        id="birth",
        header_zh="出生年月",
        aliases=("birth date", "date of birth", "birth month", "出生日期"),
        kind="date",
        meaning_en="Month of birth, or the day, which is dropped as the file is read.",
        meaning_zh="出生年月；如填到日，读入时即舍去日。",
        reason_en="Ages; the month sets the statutory month of retirement.",
        reason_zh="计算年龄；法定退休月份取决于出生月份。",
    ),
    Column(
        id="sex",
        header_zh="性别",
        aliases=("gender",),
        kind="choice",
        meaning_en="Sex.",
        meaning_zh="性别。",
        reason_en="Retirement law differs by it; rates are estimated with it.",
        reason_zh="法定退休年龄因性别而异；估计各项比率时使用。",
        values=SEXES,
    ),
    Column(
        id="unit",
        header_zh="单位",
        aliases=("department", "工作单位", "所在单位"),
        kind="text",
        meaning_en="Unit in which the rank was held.",
        meaning_zh="任职单位。",
        reason_en="Targets may hold for each unit.",
        reason_zh="目标可能按单位考核。",
    ),
    Column(
        id="rank",
        header_zh="职务",
        aliases=("level", "职级", "职务层次"),
        kind="choice",
        meaning_en="Rank held in this spell: an id of the ladder file, or its English or Chinese name.",
        meaning_zh="本段所任职务：阶梯文件中的代号，或其中英文名称。",
        reason_en="Promotions are counted from rank to rank.",
        reason_zh="按职务统计提拔。",
    ),
    Column(
        id="start",
        header_zh="任职日期",
        aliases=("from", "start date", "任职时间", "开始日期"),
        kind="date",
        meaning_en="First day in this rank and unit. A month stands for its first day.",
        meaning_zh="任该职务的第一天；只填到月的，按该月第一天计。",
        reason_en="Years in rank; who was where on 31 December.",
        reason_zh="计算任职年限和每年12月31日的在职情况。",
    ),
    Column(
        id="end",
        header_zh="免职日期",
        aliases=("to", "end date", "免职时间", "结束日期"),
        kind="date",
        filled=False,
        meaning_en="Day from which the rank or unit was no longer held; empty while it is. A month stands for "
        "its first day. The next spell starts then, or up to 31 days later.",
        meaning_zh="不再任该职务的日期，现任者留空；只填到月的，按该月第一天计。下一段任职应在当日或其后31天内开始。",
        reason_en="Who was where on 31 December.",
        reason_zh="用于确定每年12月31日的在职情况。",
    ),
    Column(
        id="reason",
        header_zh="免职原因",
        aliases=("end reason", "离任原因", "结束原因"),
        kind="choice",
        filled=False,
        meaning_en="Why the spell ended: promoted, moved (aside, down, to another unit: another spell follows), a way "
        "out (retired, retired-early, an exit of the ladder file, other: nothing follows); empty where no end is.",
        meaning_zh="本段结束原因：提拔或转任（其后须有另一段任职），或退出（退休、提前退休、阶梯文件所列退出方式、其他，"
        "其后不得再有任职）；现任者留空。",
        reason_en="Rates are estimated for each way out.",
        reason_zh="按各种退出方式估计比率。",
        values=REASONS,
    ),
    _yes_or_no(
        "少数民族",
        "汉族 汉",
        id="minority",
        header_zh="是否少数民族",
        aliases=("少数民族",),
        meaning_en="Of a minority nationality: yes or no.",
        meaning_zh="是否少数民族干部。",
        reason_en="Targets for minority cadres.",
        reason_zh="少数民族干部目标。",
    ),
    _yes_or_no(
        "中共党员 中共预备党员 党员",
        "群众 非中共党员 无党派人士 民主党派",
        id="party",
        header_zh="是否中共党员",
        aliases=("party member", "政治面貌"),
        meaning_en="Member of the Communist Party: yes or no.",
        meaning_zh="是否中共党员。",
        reason_en="Targets for cadres outside the Party.",
        reason_zh="党外干部目标。",
    ),
    _yes_or_no(
        "后备干部",
        "",
        id="reserve_list",
        header_zh="是否后备干部",
        aliases=("reserve list", "后备干部"),
        meaning_en="On a reserve list as this spell began: yes or no.",
        meaning_zh="任该职务时是否列入后备干部名单。",
        reason_en="Whether those on a reserve list are promoted sooner.",
        reason_zh="比较后备干部的提拔快慢。",
    ),
    Column(
        id="entry_route",
        header_zh="进入渠道",
        aliases=("entry route", "进入方式"),
        kind="text",
        required=False,
        filled=False,
        meaning_en="How the person joined: examination, transfer, …; any text.",
        meaning_zh="进入渠道：考录、调入等，可为任意文本。",
        reason_en="Tells recruits from transfers.",
        reason_zh="区分录用与调入。",
    ),
)


def clean(text: str) -> str:
    r"""A cell as it is understood: full-width characters as ordinary ones, white space as one space, none at the ends.

    A tab or line break at the beginning stays, so that it can be refused.

    >>> clean("　ＳＹＮ－００１　"), clean("a \n b"), clean("\t=1")
    ('SYN-001', 'a b', '\t=1')
    """
    if PLAIN.fullmatch(text) or text[:1] in "\t\r\n":
        return text
    return SPACE.sub(" ", text.translate(NARROW)).strip()


def choices(column: Column, ladder: Ladder) -> dict[str, str]:
    """What may be written in a column of choices, in lower case, and what it stands for.

    >>> from cadre_research.evidence.ladder import load_ladder
    >>> from cadre_research.paths import facts_dir
    >>> of = {column.id: column for column in COLUMNS}
    >>> choices(of["rank"], load_ladder(facts_dir() / "ladder.toml"))["正科级"]
    'section-chief'
    """
    values = dict(column.values)
    named = {"rank": ladder.ranks, "reason": ladder.exits}.get(column.id, ())
    values |= {one.id: (one.name_en, one.name_zh) for one in named}
    known = {value: value for value in values}
    for value, others in values.items():
        for name in (clean(other).casefold() for other in others):
            # A name that two ranks share stands for neither.
            if known.setdefault(name, value) != value and name not in values:
                known[name] = ""
    return {name: value for name, value in known.items() if value}
