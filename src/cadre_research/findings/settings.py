"""Settings: what the targets' shares come to under each setting of a sweep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from cadre_research.errors import EvidenceError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.sweep import Setting, Sweep, varied
from cadre_research.findings.age_structure import shares_of
from cadre_research.findings.levers import in_groups, reached_by, with_levers
from cadre_research.findings.response import opening_near
from cadre_research.findings.study import BASELINE, POPULATIONS, Study
from cadre_research.model.calibration import slopes_at
from cadre_research.model.opening import Opening
from cadre_research.model.paths import Paths, expected_paths, replicate_blocks, run_blocks
from cadre_research.model.rules import Rules

__all__ = ["Settings"]

# Settings that share an opening stand together; scenarios among them may take turns with openings of their own.
OPENINGS_KEPT = 8
LEVER_OF = {
    "promotion_rate_per_year": "promotion-rate",
    "young_share_of_promotions": "young-share",
    "release_rate_per_year": "release-rate",
}


@dataclass
class Settings:
    """The settings of a sweep and the study that they are forecast with.

    Parameters
    ----------
    study : Study
    sweep : Sweep
        As `read_sweep` checks it against the study's evidence and scenarios.
    """

    study: Study
    sweep: Sweep
    _starts: dict[tuple[str, str], tuple[Opening, np.ndarray]] = field(default_factory=dict, repr=False)
    _openings: dict[tuple, Opening | str] = field(default_factory=dict, repr=False)

    def __reduce__(self) -> tuple[type[Settings], tuple[Study, Sweep]]:
        """Tell another process what it is about; openings are calibrated there again."""
        return Settings, (self.study, self.sweep)

    def shares(self, numbers: range) -> pd.DataFrame:
        """Forecast some settings.

        Parameters
        ----------
        numbers : range
            Of settings that follow each other. Some of them forecast alone come out the same but for rounding (1e-12);
            what chance draws for a setting depends on its number and the sweep's seed alone.

        Returns
        -------
        DataFrame
            One row a setting, population, target and horizon: setting (its number), scenario, age_line, a column for
            each other axis, population, target, horizon_years; then of expectations share and reached (boolean), of
            replicates mean_share (over those with anybody in the group), probability that the target is reached and
            probability_se, its standard error; then reason: empty, or why no opening population agrees with the survey,
            where the numbers are missing.
        """
        found = [self._alike(alike) for alike in _between(numbers, self.sweep.settings_per_scenario)]
        columns = {name: np.concatenate([some[name] for some in found]) for name in found[0]}
        targets = [target.id for target in self.study.evidence.targets.targets]
        index = pd.MultiIndex.from_product(
            [numbers, POPULATIONS, targets, self.sweep.horizons_years],
            names=["setting", "population", "target", "horizon_years"],
        )
        labels = index.to_frame(index=False)
        settings = [self._labels(self.sweep.setting(number)) for number in numbers]
        of_settings = pd.DataFrame(settings).loc[labels.pop("setting") - numbers.start].reset_index(drop=True)
        frame = pd.concat([of_settings, labels, pd.DataFrame(columns)], axis=1)
        return frame.astype({"reached": "boolean"}) if "reached" in frame else frame

    def _labels(self, setting: Setting) -> dict[str, Any]:
        assumptions = {f"assumption:{name}": float(value) for name, value in setting.assumptions.items()}
        whole = {"candidates_per_post"}
        levers = {name: value if name in whole else float(value) for name, value in setting.levers.items()}
        first = {"setting": setting.number, "scenario": setting.scenario, "age_line": setting.age_line}
        return {**first, **assumptions, **levers}

    def _alike(self, numbers: range) -> dict[str, np.ndarray]:
        """Results of settings that differ in nothing but levers, one row each as `shares` orders them."""
        setting = self.sweep.setting(numbers.start)
        scenario = self.study.scenario(setting.scenario)
        opening = self._opening(scenario, setting)
        if isinstance(opening, str):
            return self._missing(len(numbers), opening)
        forecast = self._drawn if self.sweep.replicates else self._expected
        results = forecast(opening, scenario, numbers)
        # From [population, target, setting, horizon].
        rows = {name: np.moveaxis(values, 2, 0).reshape(-1) for name, values in results.items()}
        return {**rows, "reason": np.full(len(rows[next(iter(rows))]), "", object)}

    def _expected(self, opening: Opening, scenario: Scenario, numbers: range) -> dict[str, np.ndarray]:
        settings = [self.sweep.setting(number) for number in numbers]
        first = varied(scenario, settings[0])
        levers = {name: np.array([float(one.levers[name]) for one in settings]) for name in self.sweep.levers}
        rules = opening.rules(first)

        def turned(some: slice) -> Rules:
            return _with_levers(rules, {name: values[some] for name, values in levers.items()})

        horizon = max(self.sweep.horizons_years)
        young, headcount = self._counts(expected_paths(opening, turned, len(numbers), horizon, workers=1), opening)
        return {"share": shares_of(young, headcount), "reached": _reached(young, headcount, opening)}

    def _drawn(self, opening: Opening, scenario: Scenario, numbers: range) -> dict[str, np.ndarray]:
        results: dict[str, list[np.ndarray]] = {"mean_share": [], "probability": [], "probability_se": []}
        horizon, replicates = max(self.sweep.horizons_years), self.sweep.replicates
        for number in numbers:
            rules = opening.rules(varied(scenario, self.sweep.setting(number)))
            blocks = replicate_blocks(opening, rules, replicates, self.sweep.seed, (number,))
            young, headcount = self._counts(run_blocks(blocks, opening.year, horizon, workers=1), opening)
            probability = _reached(young, headcount, opening).mean(2)
            there = headcount > 0
            shares = np.where(there, shares_of(young, headcount), 0.0).sum(2)
            results["mean_share"].append(shares_of(shares, there.sum(2)))
            results["probability"].append(probability)
            results["probability_se"].append(np.sqrt(probability * (1 - probability) / (replicates - 1)))
        return {name: np.stack(values, axis=2) for name, values in results.items()}

    def _counts(self, paths: Paths, opening: Opening) -> tuple[np.ndarray, np.ndarray]:
        """Young and headcount at the horizons, arrays [population, target, path, horizon]."""
        targets, horizons = opening.evidence.targets.targets, list(self.sweep.horizons_years)
        counted = [in_groups(paths, targets, population, opening.age_line) for population in POPULATIONS]
        young, headcount = (np.stack(counts)[..., horizons] for counts in zip(*counted, strict=True))
        return young, headcount

    def _missing(self, settings: int, reason: str) -> dict[str, np.ndarray]:
        targets = self.study.evidence.targets.targets
        rows = settings * len(POPULATIONS) * len(targets) * len(self.sweep.horizons_years)
        drawn = ("mean_share", "probability", "probability_se")
        numbers = dict.fromkeys(drawn if self.sweep.replicates else ("share",), np.full(rows, np.nan))
        verdict = {} if self.sweep.replicates else {"reached": np.full(rows, None, object)}
        return {**numbers, **verdict, "reason": np.full(rows, reason, object)}

    def _opening(self, scenario: Scenario, setting: Setting) -> Opening | str:
        """Opening of a setting, or the reason why there is none."""
        assumptions = {**scenario.assumptions, **setting.assumptions}
        growth = scenario.opening.post_growth_before_per_year
        key = (setting.age_line, growth, tuple(sorted(assumptions.items())))
        if key not in self._openings:
            self._openings[key] = self._found(scenario, setting, assumptions, growth)
            while len(self._openings) > OPENINGS_KEPT:
                del self._openings[next(iter(self._openings))]
        return self._openings[key]

    def _found(
        self, scenario: Scenario, setting: Setting, assumptions: Mapping[str, float], growth: float | None
    ) -> Opening | str:
        place = (scenario.id, setting.age_line)
        if place not in self._starts:
            opening = self.study.opening(scenario, setting.age_line)
            self._starts[place] = opening, slopes_at(opening, self.study.scenario(BASELINE))
        start, slopes = self._starts[place]
        if all(start.evidence.assumptions[name].value == value for name, value in assumptions.items()):
            return start
        try:
            evidence = self.study.evidence.under(scenario.model_copy(update={"assumptions": assumptions}))
        except EvidenceError as fault:
            # Values that contradict each other, such as a most common age outside the ages.
            return str(fault)
        return opening_near(start, slopes, evidence, self.study.scenario(BASELINE), growth)


def _between(numbers: range, length: int) -> Iterator[range]:
    """Cut numbers at the multiples of a length.

    >>> list(_between(range(3, 9), 4))
    [range(3, 4), range(4, 8), range(8, 9)]
    """
    first = numbers.start
    while first < numbers.stop:
        last = min(numbers.stop, (first // length + 1) * length)
        yield range(first, last)
        first = last


def _reached(young: np.ndarray, headcount: np.ndarray, opening: Opening) -> np.ndarray:
    """Whether the targets are reached, for counts [population, target, ...]."""
    targets = opening.evidence.targets.targets
    return reached_by(young.swapaxes(0, 1), headcount.swapaxes(0, 1), targets).swapaxes(0, 1)


def _with_levers(rules: Rules, levers: Mapping[str, np.ndarray]) -> Rules:
    """Turn the levers of settings, arrays [setting] by the names of their columns."""
    turned = {}
    for name, values in levers.items():
        axis, colon, rank = name.partition(":")
        if axis in LEVER_OF:
            turned[f"{LEVER_OF[axis]}{colon}{rank}"] = values
    rules = with_levers(rules, turned)
    if "candidates_per_post" in levers:
        rules = replace(rules, candidates_per_post=levers["candidates_per_post"][:, None])
    if "posts_growth_per_year" in levers:
        rules = replace(rules, posts_growth_per_year=levers["posts_growth_per_year"][:, None, None])
    return rules
