"""Made-up contents of briefs and workbooks: one target a name, small tables that agree with each other."""

from datetime import UTC, datetime

import pandas as pd

from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.targets import Targets
from cadre_research.reporting.index import IndexContent

CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PROVENANCE = {
    "created": CREATED.isoformat(timespec="seconds"),
    "package": {"name": "cadre-research", "version": "0.1.0"},
    "git": {"commit": "0123456789abcdef", "dirty": False},
}
LABELS = {"scenario": "status-quo", "age_line": "inclusive", "population": "level"}


def verdicts(targets):
    """Every reading of every target at 5 and 10 years; all miss theirs but for post-holders."""
    return pd.DataFrame(
        [
            {
                **{"target": target.id, "scenario": "status-quo", "horizon_years": years, "age_line": line},
                **{"population": population, "share": 0.1, "opening_share": 0.07, "reached": population == "posts"},
                **{"first_year_reached": pd.NA, "held": False, "probability": 0.04, "probability_se": 0.01},
                **{"share_p05": 0.02, "share_p95": 0.12, "draws": 100, "horizon_year": 2017 + years, "margin": -0.07},
            }
            for target in targets
            for years in (5, 10)
            for line in ("inclusive", "strict")
            for population in ("level", "posts")
        ]
    )


def sensitivity(targets, *assumptions, turning=False):
    """Two points of swing for the first assumption, four for the next, and so on."""
    return pd.DataFrame(
        [
            {
                **LABELS,
                **{
                    "target": target.id,
                    "horizon_years": years,
                    "assumption": name,
                    "low": 1.0,
                    "value": 2.0,
                    "high": 3.0,
                },
                **{"share_at_low": 0.1, "share_at_central": 0.1, "share_at_high": 0.1 + 0.02 * place},
                **{"swing": 0.02 * place, "turning_value": 2.5, "turns": turning, "turns_within_range": turning},
            }
            for target in targets
            for years in (5, 10)
            for place, name in enumerate(assumptions, start=1)
        ]
    )


def assumptions(**titles):
    """Table of assumptions, each in years."""
    rows = [{"assumption": name.replace("_", "-"), "title": title, "unit": "years"} for name, title in titles.items()]
    return pd.DataFrame(rows)


def required(targets):
    """Promotion rates that suffice."""
    rows = [
        {
            **LABELS,
            **{"target": target.id, "horizon_years": years, "lever": "promotion-rate", "value": 0.194},
            **{"value_for_90_percent": float("nan"), "reachable": True},
        }
        for target in targets
        for years in (5, 10)
    ]
    return pd.DataFrame(rows)


def attainable(targets):
    """The best share without a post freed."""
    rows = [
        {
            **LABELS,
            **{"target": target.id, "horizon_years": years, "hold": False, "releases_per_100_posts": 0.0},
            **{"best_share": 0.4, "reachable": True, "candidates_per_post": 3.0},
        }
        for target in targets
        for years in (5, 10)
    ]
    return pd.DataFrame(rows)


def content_of(targets, title="Status quo", reason="made up", **changes):
    """What an index is made from, with tables of its own; and these tables."""
    scenario = Scenario(format=1, id="status-quo", title_en=title[:80], title_zh=title[:40], reason=reason)
    tables = {
        "verdicts": verdicts(targets),
        "assumptions": assumptions(resignation="Resignation", own="Somebody's own").assign(title_zh=["辞职", None]),
        "sensitivity": sensitivity(targets, "resignation", "own"),
        "required": required(targets),
        "attainable": attainable(targets),
    }
    tables |= changes
    content = IndexContent(
        verdicts=tables["verdicts"],
        targets=Targets(format=1, baseline_year=2017, targets=tuple(targets)),
        scenarios={"status-quo": scenario},
        provenance=PROVENANCE,
        required=tables["required"],
        attainable=tables["attainable"],
    )
    return content, tables
