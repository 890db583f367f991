"""What a notebook may be told: one closed, typed object per notebook.

Papermill only warns about a misspelt name and then runs with the default, takes nan or 1.5 for a rate, and a
parameter *name* out of a file can carry code into the kernel. So names come from the lists below, and values are
checked twice: before papermill sees them (`validate`), and inside the notebook (`from_notebook`), which is what
catches a slip under plain papermill.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationError

from cadre_research.errors import ParameterError, UnknownNameError
from cadre_research.evidence.source import Identifier, Probability
from cadre_research.evidence.targets import AgeLine
from cadre_research.reporting.parameter_checks import (
    DECIMAL,
    DECIMAL_GIVEN,
    NotebookParameters,
    explain,
    refuse_unknown,
)

__all__ = [
    "PARAMETERS",
    "AttainableParameters",
    "BacktestParameters",
    "ForecastParameters",
    "Language",
    "LeversParameters",
    "NotebookParameters",
    "OpeningParameters",
    "RatesParameters",
    "ReachabilityParameters",
    "RequiredParameters",
    "SensitivityParameters",
    "TutorialParameters",
    "validate",
]

Language = Literal["en", "zh"]

ScenarioId = Annotated[
    Identifier, Field(description="a scenario's id: the name of a file in data/scenarios without .toml")
]
Draws = Annotated[int, Field(ge=2, le=10_000, strict=True, description="a whole number of worlds from 2 to 10000")]
Replicates = Annotated[int, Field(ge=2, le=1_000, strict=True, description="a whole number from 2 to 1000")]


class TutorialParameters(NotebookParameters):
    """Parameters of 00-tutorial."""

    notebook: ClassVar[str] = "00-tutorial"

    scenario: ScenarioId
    horizon_years: Annotated[int, Field(ge=1, le=30, description="a whole number of years from 1 to 30")]
    promotion_rate_per_year: Annotated[Probability, Field(description=DECIMAL_GIVEN)]
    young_share_of_promotions: Annotated[Probability, Field(description=DECIMAL_GIVEN)]
    age_line: Annotated[AgeLine, Field(description="'inclusive' or 'strict'")]
    language: Annotated[Language, Field(description="'en' or 'zh'")]


class OpeningParameters(NotebookParameters):
    """Parameters of 01-opening-age-structure."""

    notebook: ClassVar[str] = "01-opening-age-structure"

    age_line: Annotated[AgeLine, Field(description="'inclusive' or 'strict'")]
    language: Annotated[Language, Field(description="'en' or 'zh'")]


class RatesParameters(NotebookParameters):
    """Parameters of 02-promotion-rates."""

    notebook: ClassVar[str] = "02-promotion-rates"

    language: Annotated[Language, Field(description="'en' or 'zh'")]


class ForecastParameters(NotebookParameters):
    """Parameters of 03-age-structure-forecast.

    `promotion_rate_per_year` (promotions per post and year) and `young_share_of_promotions` are decimals; None keeps
    the scenario's own.
    """

    notebook: ClassVar[str] = "03-age-structure-forecast"

    scenario: ScenarioId
    horizon_years: Annotated[int, Field(ge=1, le=30, description="a whole number of years from 1 to 30")]
    promotion_rate_per_year: Annotated[Probability | None, Field(description=DECIMAL)]
    young_share_of_promotions: Annotated[Probability | None, Field(description=DECIMAL)]
    draws: Draws
    replicates: Replicates
    age_line: Annotated[AgeLine, Field(description="'inclusive' or 'strict'")]
    language: Annotated[Language, Field(description="'en' or 'zh'")]


class ReachabilityParameters(NotebookParameters):
    """Parameters of 04-target-reachability."""

    notebook: ClassVar[str] = "04-target-reachability"

    age_line: Annotated[AgeLine, Field(description="'inclusive' or 'strict'")]
    language: Annotated[Language, Field(description="'en' or 'zh'")]


class RequiredParameters(NotebookParameters):
    """Parameters of 05-what-it-would-take."""

    notebook: ClassVar[str] = "05-what-it-would-take"

    scenario: ScenarioId
    programme: Annotated[Identifier, Field(description="id of the scenario that is kept for 5 years and then dropped")]
    draws: Draws
    replicates: Replicates
    age_line: Annotated[AgeLine, Field(description="'inclusive' or 'strict'")]
    language: Annotated[Language, Field(description="'en' or 'zh'")]


class AttainableParameters(NotebookParameters):
    """Parameters of 06-what-any-policy-could-do."""

    notebook: ClassVar[str] = "06-what-any-policy-could-do"

    scenario: ScenarioId
    plan_horizon_years: Annotated[int, Field(ge=1, le=15, strict=True, description="a whole number from 1 to 15")]
    releases_per_100_posts: Annotated[
        float, Field(ge=0, le=100, allow_inf_nan=False, description="a number from 0 to 100")
    ]
    draws: Draws
    age_line: Annotated[AgeLine, Field(description="'inclusive' or 'strict'")]
    language: Annotated[Language, Field(description="'en' or 'zh'")]


class SensitivityParameters(NotebookParameters):
    """Parameters of 07-sensitivity."""

    notebook: ClassVar[str] = "07-sensitivity"

    scenario: ScenarioId
    horizon_years: Annotated[Literal[5, 10], Field(description="5 or 10")]
    draws: Draws
    replicates: Replicates
    age_line: Annotated[AgeLine, Field(description="'inclusive' or 'strict'")]
    language: Annotated[Language, Field(description="'en' or 'zh'")]


class BacktestParameters(NotebookParameters):
    """Parameters of 08-backtest."""

    notebook: ClassVar[str] = "08-backtest"

    young_line: Annotated[int, Field(ge=16, le=75, strict=True, description="a whole number of years from 16 to 75")]
    seed: Annotated[int, Field(ge=0, strict=True, description="a whole number from 0")]
    language: Annotated[Language, Field(description="'en' or 'zh'")]


class LeversParameters(NotebookParameters):
    """Parameters of 09-levers."""

    notebook: ClassVar[str] = "09-levers"

    draws: Draws
    replicates: Replicates
    age_line: Annotated[AgeLine, Field(description="'inclusive' or 'strict'")]
    language: Annotated[Language, Field(description="'en' or 'zh'")]


class UnitsParameters(NotebookParameters):
    """Parameters of 10-units."""

    notebook: ClassVar[str] = "10-units"

    scenario: ScenarioId
    draws: Draws
    replicates: Replicates
    age_line: Annotated[AgeLine, Field(description="'inclusive' or 'strict'")]
    language: Annotated[Language, Field(description="'en' or 'zh'")]


PARAMETERS: Mapping[str, type[NotebookParameters]] = {
    kind.notebook: kind
    for kind in (
        TutorialParameters,
        OpeningParameters,
        RatesParameters,
        ForecastParameters,
        ReachabilityParameters,
        RequiredParameters,
        AttainableParameters,
        SensitivityParameters,
        BacktestParameters,
        LeversParameters,
        UnitsParameters,
    )
}


def validate(notebook: str, given: Mapping[str, Any], scenarios: Iterable[str] | None = None) -> dict[str, Any]:
    """Check parameters for a notebook before any kernel is started.

    Parameters
    ----------
    notebook : str
        Name of the notebook without .ipynb.
    given : mapping
        Parameters by name; those left out keep the notebook's default.
    scenarios : iterable of str, optional
        Ids of the scenarios there are; with it an unknown scenario is refused here.

    Returns
    -------
    dict
        The parameters as given.

    Raises
    ------
    UnknownNameError
        When there is no such notebook or scenario.
    ParameterError
        When a name is not in the notebook's closed list, or a value is of the wrong type or out of range.

    >>> validate("01-opening-age-structure", {"age_line": "strict"})
    {'age_line': 'strict'}
    """
    if notebook not in PARAMETERS:
        raise UnknownNameError("notebook", notebook, PARAMETERS)
    kind = PARAMETERS[notebook]
    refuse_unknown(kind, given)
    try:
        kind.model_validate(dict(given))
    except ValidationError as faults:
        present = [fault for fault in faults.errors() if fault["type"] != "missing"]
        if present:
            raise ParameterError(explain(kind, present)) from None
    scenario = given.get("scenario")
    if scenario is not None and scenarios is not None and scenario not in (known := tuple(scenarios)):
        raise UnknownNameError("scenario", scenario, known)
    return dict(given)
