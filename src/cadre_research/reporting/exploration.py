"""Explore in a notebook: a setting of one's own, what the model makes of it, and a scenario to keep."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

import ipywidgets as widgets
import pandas as pd
from pydantic import ValidationError

from cadre_research.errors import InputError
from cadre_research.evidence.scenario import PromotionPolicy, RetirementPolicy, Scenario
from cadre_research.evidence.source import explain_faults
from cadre_research.evidence.targets import AGE_LINES, AgeLine
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.levers import LEVERS
from cadre_research.findings.study import BASELINE, Study
from cadre_research.findings.surface import HOW_MANY
from cadre_research.findings.verdict import verdicts
from cadre_research.paths import scenarios_dir
from cadre_research.reporting.display import verdict_summary
from cadre_research.reporting.embedded import figure_address
from cadre_research.reporting.figures import share_paths
from cadre_research.reporting.names import display_names
from cadre_research.reporting.scenario_file import save_scenario
from cadre_research.reporting.scenario_ids import new_id
from cadre_research.reporting.wording import word

__all__ = ["Choice", "Exploration"]

FREED, FIXED = HOW_MANY
WIDE = widgets.Layout(width="36rem")
LABELLED = {"description_width": "19rem"}


@dataclass(frozen=True)
class Choice:
    """What is chosen; whatever is not stays as in the status quo.

    Parameters
    ----------
    promotion_rate_per_year : float, optional
        Promotions into every rank per post and year, 0 to 1; None where vacancies decide.
    release_rate_per_year : float
        Posts freed per post and year, 0 to 1, where vacancies decide.
    young_share : float
        Least share of each batch of promotions that is young, 0 to 1.
    reform : bool
        Whether the later retirement age applies.
    """

    promotion_rate_per_year: float | None = None
    release_rate_per_year: float = 0.0
    young_share: float = 0.0
    reform: bool = True

    def scenario(self, name: str = "my-scenario") -> Scenario:
        """The scenario that this makes, under an id; its titles say what it is.

        Raises
        ------
        InputError
            When the id or a value cannot be one.
        """
        rate, freed = self.promotion_rate_per_year, self.release_rate_per_year
        how = {"mode": "rate", "rate_per_year": rate} if rate is not None else {"release_rate_per_year": freed}
        key, value = ("explorer_own_rate", rate) if rate is not None else ("explorer_own_freed", freed)
        told = {
            language: word(key, language, value=f"{100 * value:g}", young=f"{100 * self.young_share:g}")
            for language in ("en", "zh")
        }
        try:
            return Scenario(
                format=1,
                id=name,
                title_en=told["en"],
                title_zh=told["zh"],
                reason=word("explorer_own_reason", "en", title=told["en"]),
                promotion=PromotionPolicy(**how, young_share=str(self.young_share)),
                retirement=RetirementPolicy(reform=self.reform),
            )
        except ValidationError as faults:
            raise InputError(explain_faults(faults, Scenario)) from None


class Exploration:
    """Widgets over the model itself; `panel` holds them all, to be shown.

    Parameters
    ----------
    study : Study
    language : {"en", "zh"}
    folder : Path, optional
        Where scenarios are saved; data/scenarios/ by default.
    """

    def __init__(self, study: Study, language: str = "en", folder: Path | None = None) -> None:
        self.study, self.language = study, language
        self.folder = folder or scenarios_dir()
        year = study.evidence.targets.baseline_year
        self.how = widgets.RadioButtons(
            options=[(word("explorer_vacancies", language), FREED), (word("explorer_rate", language), FIXED)],
            description=word("explorer_how_many", language),
            layout=WIDE,
            style=LABELLED,
        )
        self.freed = self._slider("axis_release_rate", 0.0, 100 * LEVERS[FREED])
        self.rate = self._slider("axis_promotion_rate", 8.0, 100 * LEVERS[FIXED])
        self.young = self._slider("axis_young_share", 0.0, 100.0)
        self.reform = widgets.Checkbox(
            True, description=word("explorer_reform", language), layout=widgets.Layout(width="auto"), style=LABELLED
        )
        self.line = widgets.Dropdown(
            options=[(word(f"age_line_{line}", language), line) for line in AGE_LINES],
            description=word("explorer_line", language),
            layout=WIDE,
            style=LABELLED,
        )
        self.horizon = widgets.IntSlider(
            year + 10,
            year + 1,
            year + 30,
            continuous_update=False,
            description=word("explorer_horizon", language),
            layout=WIDE,
            style=LABELLED,
        )
        self.name = widgets.Text("my-scenario", description=word("explorer_id", language), layout=WIDE, style=LABELLED)
        self.save = widgets.Button(description=word("explorer_save", language), layout=widgets.Layout(width="auto"))
        self.answer, self.picture, self.saved = widgets.HTML(), widgets.HTML(), widgets.HTML()
        # JupyterLab's own look of a table.
        self.answer.add_class("jp-RenderedHTMLCommon")
        controls = (self.how, self.freed, self.rate, self.young, self.reform, self.line, self.horizon)
        for control in controls:
            control.observe(self._changed, "value")
        saving = widgets.HBox([self.name, self.save])
        self.panel = widgets.VBox([*controls, self.answer, self.picture, saving, self.saved])
        self.save.on_click(self._save)
        self._changed()

    @property
    def choice(self) -> Choice:
        """What the widgets say."""
        fixed = self.how.value == FIXED
        return Choice(
            promotion_rate_per_year=round(self.rate.value / 100, 6) if fixed else None,
            release_rate_per_year=0.0 if fixed else round(self.freed.value / 100, 6),
            young_share=round(self.young.value / 100, 6),
            reform=self.reform.value,
        )

    @property
    def age_line(self) -> AgeLine:
        """Reading of the age lines."""
        return self.line.value

    @property
    def horizon_years(self) -> int:
        """Years from the opening to the year judged."""
        return self.horizon.value - self.study.evidence.targets.baseline_year

    def shares(self, scenario: Scenario | str) -> pd.DataFrame:
        """As `findings.age_structure.target_shares`, of the model itself up to the year judged."""
        return target_shares(self.study.forecast(scenario, self.horizon_years, self.age_line))

    def _slider(self, key: str, value: float, most: float) -> widgets.FloatSlider:
        return widgets.FloatSlider(
            value,
            min=0.0,
            max=most,
            step=0.1,
            readout_format=".1f",
            # The model is asked when a lever is let go.
            continuous_update=False,
            description=word(key, self.language),
            layout=WIDE,
            style=LABELLED,
        )

    def _changed(self, change: object = None) -> None:
        self.rate.disabled = self.how.value != FIXED
        self.freed.disabled = not self.rate.disabled
        scenario = self.choice.scenario()
        names = display_names(self.study, self.language, scenario)
        shares = self.shares(scenario)
        found = verdicts(shares, self.study.evidence.targets.targets, self.horizon_years)
        summary = verdict_summary(found, names, self.language)
        # The index is told beside the other headings, not in a row of its own.
        self.answer.value = summary.rename_axis(columns=summary.index.name, index=None).to_html(border=0)
        drawn = share_paths([self.shares(BASELINE), shares], names, self.language)
        told = html.escape(word("figure", self.language))
        self.picture.value = f'<img alt="{told}" style="max-width: 100%" src="{figure_address(drawn)}">'
        self.saved.value = ""

    def _save(self, button: object = None) -> None:
        try:
            path = save_scenario(self.choice.scenario(new_id(self.name.value, self.study)), self.folder)
            told = word("explorer_saved", self.language, path=f"{self.folder.name}/{path.name}", id=path.stem)
        except InputError as fault:
            told = str(fault)
        # A text, whatever the name that it repeats.
        self.saved.value = html.escape(told)
