"""A made-up service with a ladder, targets and a register of its own: a library board that no article knows."""

import numpy as np
import pandas as pd

LADDER = """
format = 1
id = "library-board"
title_en = "Library board"
title_zh = "图书馆管理局"
source = "made up"

[ages]
youngest_years = 20
oldest_years = 66
longest_tracked_years_in_rank = 8

[entry]
rank = "librarian"
youngest_age_years = 20
most_common_age_years = 26
oldest_age_years = 40

[[groups]]
id = "women"
name_en = "Women"
name_zh = "女"
sex = "female"
share_of_entry = 0.6

[[groups]]
id = "men"
name_en = "Men"
name_zh = "男"
sex = "male"

[[ranks]]
id = "librarian"
name_en = "Librarian"
name_zh = "馆员"
level = "librarian"

[[ranks]]
id = "head"
name_en = "Head of branch"
name_zh = "分馆长"
level = "head"
released_to = "head-no-post"

[[ranks]]
id = "head-no-post"
name_en = "Head, no post"
name_zh = "分馆长（无职务）"
level = "head"
holds_post = false

[[ranks]]
id = "director"
name_en = "Director"
name_zh = "馆长"
level = "director"

[[promotions]]
from = "librarian"
to = "head"
minimum_years_in_rank = 2

[[promotions]]
from = "head"
to = "director"
minimum_years_in_rank = 2

[[moves]]
kind = "step-aside"
from = "head"
to = "head-no-post"
from_age_years = 50
probability_per_year = 0.1

[[exits]]
id = "resigned"
name_en = "Resigned"
name_zh = "辞职"
probability_per_year = 0.03
"""

TARGETS = """
format = 1
baseline_year = 2023

[[targets]]
id = "heads"
name_en = "Heads of branch"
name_zh = "分馆长"
levels = ["head"]
age_years = 40
share = 0.3
deadline = 2030-12-31
provenance = "published"
note = "Staff plan of the board."

[[targets]]
id = "directors"
name_en = "Directors"
name_zh = "馆长"
levels = ["director"]
age_years = 45
share = "1/3"
deadline = 2030-12-31
provenance = "published"
note = "Staff plan of the board: a handful of people, of whom nothing may be shown."

[[targets]]
id = "librarians"
name_en = "Librarians"
name_zh = "馆员"
levels = ["librarian"]
age_years = 30
share = "1/4"
deadline = 2030-12-31
provenance = "published"
note = "Staff plan of the board."
"""

FIRST, LAST = 2013, 2023


def made_up_register(persons=1500, seed=1):
    """Spells of librarians, heads and a few directors, 2013 to 2023.

    Resignations, retirement from 60, promotions to head, most likely at 38, and a head now and then becomes director.
    """
    random = np.random.default_rng(seed)
    rows, number = [], 0
    free_days = {}

    def birthday(year):
        """A day of the year on which nobody else was born."""
        days = np.arange(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01"))
        return str(free_days.setdefault(year, list(random.permutation(days))).pop())

    def enter(age, rank, year, before):
        nonlocal number
        number += 1
        return {
            "id": f"CANARY-{number:06d}",
            "birth": birthday(year - age),
            "sex": "female" if random.random() < 0.6 else "male",
            "unit": f"Branch {random.integers(1, 9)}",
            "rank": rank,
            "start": f"{year - before}-03",
            "since": year - before,
            "born": year - age,
        }

    def close(one, year, reason):
        rows.append({**one, "end": f"{year}-06", "reason": reason})

    staff = [
        enter(age, "head" if age > 35 and random.random() < 0.25 else "librarian", FIRST, int(min(age - 20, before)))
        for age, before in zip(random.integers(22, 60, persons), random.integers(0, 9, persons), strict=True)
    ]
    for year in range(FIRST + 1, LAST + 1):
        kept = []
        for one in staff:
            age, draw = year - 1 - one["born"], random.random()
            if age >= 60 and (draw < 0.4 or age >= 64):
                close(one, year, "retired")
            elif draw < 0.03:
                close(one, year, "resigned")
            elif one["rank"] == "head" and age >= 50 and draw < 0.11:
                close(one, year, "moved")
                kept.append({**one, "rank": "head-no-post", "start": f"{year}-06", "since": year})
            elif one["rank"] == "head" and age >= 40 and draw > 0.995:
                close(one, year, "promoted")
                kept.append({**one, "rank": "director", "start": f"{year}-06", "since": year})
            elif (
                one["rank"] == "librarian"
                and year - one["since"] > 2
                and draw < 0.03 + 0.07 * np.exp(-(((age - 38) / 6) ** 2))
            ):
                close(one, year, "promoted")
                kept.append({**one, "rank": "head", "start": f"{year}-06", "since": year})
            else:
                kept.append(one)
        recruits = [enter(int(random.integers(22, 35)), "librarian", year, 0) for _ in range(persons - len(kept))]
        staff = [*kept, *recruits]
    rows += [{**one, "end": "", "reason": ""} for one in staff]
    return pd.DataFrame(rows).drop(columns=["since", "born"]).sort_values(["id", "start"])


def write_service(folder):
    """Paths of register, ladder and targets in a folder."""
    register, ladder, targets = (folder / name for name in ("register.csv", "ladder.toml", "targets.toml"))
    made_up_register().to_csv(register, index=False)
    ladder.write_text(LADDER, encoding="utf-8")
    targets.write_text(TARGETS, encoding="utf-8")
    return register, ladder, targets
