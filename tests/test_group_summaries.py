"""Side effects and queues for reading."""

import pandas as pd

from cadre_research.reporting.group_summaries import queue_summary, side_effects_summary

NAMES = {"officer": "Officer", "women": "Women"}


def test_each_groups_part_of_the_promotions_stands_before_and_after():
    effects = pd.DataFrame(
        [
            {"of": "promotions", "place": "officer", "group": "women", "share_status_quo": 0.2, "share": 0.25},
            {"of": "promotions", "place": "officer", "group": "aged-45-to-55", "share_status_quo": 0.1, "share": 0.0},
            {"of": "level", "place": "officer", "group": "women", "share_status_quo": 0.9, "share": 0.9},
        ]
    )
    shown = side_effects_summary(effects, NAMES, "en")
    space = "\N{NO-BREAK SPACE}"
    assert shown.loc["Officer"].to_dict() == {
        "Women": f"20.0{space}% → 25.0{space}%",
        "Aged 45 to 55": f"10.0{space}% → 0.0{space}%",
    }
    assert list(side_effects_summary(effects, NAMES, "zh").columns) == ["Women", "45至55岁"]


def test_a_queue_whose_half_is_never_promoted_says_so():
    row = {
        "group": "everybody",
        "rank": "officer",
        "eligible": 1234.4,
        "probability_per_year_status_quo": 0.04,
        "probability_per_year": float("nan"),
        "ever_promoted_status_quo": 0.6,
        "ever_promoted": 0.1,
        "years_to_median": float("nan"),
    }
    compared = pd.DataFrame([row, {**row, "group": "women", "eligible": 1.0}])
    shown = queue_summary(compared, NAMES, "zh").loc["Officer"].tolist()
    assert shown == ["1,234", "4.0% → —", "60.0% → 10.0%", "永不"]
    waiting = compared.assign(years_to_median=2.25)
    assert queue_summary(waiting, NAMES, "en").loc["Officer"].iloc[-1] == "2.2"
