"""Tiny published versions to compare: two targets, two scenarios, one horizon, counted in two ways; made by hand."""

import json

import numpy as np
import pandas as pd

from cadre_research.reporting.provenance import sha256

ASSUMPTIONS = "data/facts/assumptions.toml"
INPUTS = {
    ASSUMPTIONS: "a1",
    "data/facts/targets.toml": "t1",
    "data/scenarios/status-quo.toml": "s1",
    "data/scenarios/other.toml": "s2",
    "notebooks/01-opening.ipynb": "n1",
    "src/cadre_research/model/flows.py": "c1",
    "requirements.lock": "l1",
}
# Share of (target, scenario), whole level; among post-holders two points more.
SHARES = {
    ("a", "status-quo"): 0.07,
    ("a", "other"): 0.16,
    ("b", "status-quo"): 0.04,
    ("b", "other"): 0.18,
}


def verdicts(shares=None, probability=0.25):
    """A table of verdicts; a share of None is not shown."""
    rows = [
        {
            "target": target,
            "scenario": scenario,
            "horizon_years": 5,
            "age_line": "inclusive",
            "population": population,
            "share": np.nan if share is None else share + more,
            "threshold": 1 / 6,
            "reached": share is not None and share + more >= 1 / 6,
            "probability": probability,
            "sentence_en": f"{target} {share}",
        }
        for (target, scenario), share in {**SHARES, **(shares or {})}.items()
        for population, more in (("level", 0.0), ("posts", 0.02))
    ]
    return pd.DataFrame(rows)


def assumptions(**values):
    """Two assumptions, from 0 to 1."""
    entries = {"growth": 0.2, "width": 0.5, **values}
    return pd.DataFrame(
        [
            {"assumption": name, "value": value, "low": 0.0, "high": 1.0, "provenance": "assumed"}
            for name, value in entries.items()
        ]
    )


def required(value=0.115, target="a"):
    """What it takes for one target under the status quo."""
    keys = {"target": target, "scenario": "status-quo", "horizon_years": 5, "age_line": "inclusive"}
    return pd.DataFrame([{**keys, "population": "level", "lever": "promotion-rate", "value": value}])


def attainable(share=0.15, target="a"):
    """What is possible for one target under the status quo."""
    keys = {"target": target, "scenario": "status-quo", "horizon_years": 5, "age_line": "inclusive"}
    row = {**keys, "population": "level", "hold": False, "releases_per_100_posts": 0.0, "candidates_per_post": 3.0}
    return pd.DataFrame([{**row, "best_share": share}])


def description(inputs=None, **parameters):
    """What a version is made from; an input of None is left out."""
    files = {name: value for name, value in {**INPUTS, **(inputs or {})}.items() if value is not None}
    return {
        "format": 1,
        "created": "2026-01-02T03:04:05+00:00",
        "package": {"name": "cadre-research", "version": "0.1.0"},
        "git": None,
        "python": "3.11.9",
        "libraries": {"numpy": "2.0.0"},
        "parameters": {"scenarios": ["status-quo", "other"], "language": "en", "draws": 100, "seed": 1, **parameters},
        "inputs": files,
    }


def register(**changes):
    """What a manifest says of a register."""
    said = {"service": "library-board", "sha256": "r" * 64, "as_of": "2023-12-31", "synthetic": False}
    return {**said, "disclosure": "protected", **changes}


def write_version(outputs, day, tables=None, said=None):
    """Publish a version of a day in January 2026 by hand and return its folder."""
    folder = outputs / "versions" / f"202601{day:02d}T000000Z-{day:08x}"
    (folder / "tables").mkdir(parents=True)
    for name, frame in {"verdicts": verdicts(), "assumptions": assumptions(), **(tables or {})}.items():
        frame.to_parquet(folder / "tables" / f"{name}.parquet", index=False)
    listed = {f"tables/{path.name}": sha256(path) for path in (folder / "tables").iterdir()}
    manifest = {**(said or description()), "outputs": listed}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def show(outputs, folder):
    """Let `latest` show a version."""
    (outputs / "latest").unlink(missing_ok=True)
    (outputs / "latest").symlink_to(f"versions/{folder.name}")
