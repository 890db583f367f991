"""What a notebook may be told: one closed, typed object per notebook.

Papermill only warns about a misspelt name and then runs with the default, takes nan or 1.5 for a rate, and a
parameter *name* out of a file can carry code into the kernel. So names come from the lists below, and values are
checked twice: before papermill sees them (`validate`), and inside the notebook (`from_notebook`), which is what
catches a slip under plain papermill.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Annotated, Any, ClassVar, Literal, Self

import pandas as pd
from pydantic import BaseModel, Field, ValidationError

from cadre_research.errors import ParameterError, UnknownNameError, nearest
from cadre_research.evidence.source import Identifier, Probability, Record
from cadre_research.evidence.targets import AgeLine

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
    "validate",
]

Language = Literal["en", "zh"]

# What IPython itself puts into a notebook.
IPYTHON_NAMES = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})
NEVER_PARAMETERS = (ModuleType, type, FunctionType, BuiltinFunctionType, MethodType)

DECIMAL = "a decimal number from 0 to 1, such as 0.08, or None"
ScenarioId = Annotated[
    Identifier, Field(description="a scenario's id: the name of a file in data/scenarios without .toml")
]
Draws = Annotated[int, Field(ge=2, le=10_000, strict=True, description="a whole number of worlds from 2 to 10000")]
Replicates = Annotated[int, Field(ge=2, le=1_000, strict=True, description="a whole number from 2 to 1000")]


class NotebookParameters(Record):
    """Parameters of one notebook; each field's description says what is expected."""

    notebook: ClassVar[str]

    @classmethod
    def from_notebook(cls, namespace: Mapping[str, Any]) -> Self:
        """Check the variables a notebook has right after its parameters cell; from then on its tables are shown whole.

        Parameters
        ----------
        namespace : mapping
            `globals()` of the notebook, before anything but this class was imported.

        Raises
        ------
        ParameterError
            When a variable is not a parameter of this notebook (a misspelt one makes papermill run with the default),
            or when a value is of the wrong type or out of range.
        """
        # Else pandas cuts a text in a table at 50 characters, and the end of it is often what matters.
        pd.set_option("display.max_colwidth", None)
        given = _variables(namespace)
        _refuse_unknown(cls, given)
        try:
            return cls.model_validate(given)
        except ValidationError as faults:
            raise ParameterError(_explain(cls, faults.errors())) from None

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(cls.model_fields)


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
    _refuse_unknown(kind, given)
    try:
        kind.model_validate(dict(given))
    except ValidationError as faults:
        present = [fault for fault in faults.errors() if fault["type"] != "missing"]
        if present:
            raise ParameterError(_explain(kind, present)) from None
    scenario = given.get("scenario")
    if scenario is not None and scenarios is not None and scenario not in (known := tuple(scenarios)):
        raise UnknownNameError("scenario", scenario, known)
    return dict(given)


def _variables(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Public variables of a notebook that somebody assigned."""
    shell = namespace.get("get_ipython")
    # Somebody's own IPython start-up files may define names; IPython lists those among its hidden ones.
    hidden = IPYTHON_NAMES | set(getattr(shell(), "user_ns_hidden", ()) if callable(shell) else ())
    return {
        name: value
        for name, value in namespace.items()
        if not name.startswith("_") and name not in hidden and not isinstance(value, NEVER_PARAMETERS)
    }


def _refuse_unknown(kind: type[NotebookParameters], given: Mapping[str, Any]) -> None:
    unknown = [name for name in given if name not in kind.model_fields]
    if unknown:
        lines = [
            f"{kind.notebook}: {str(name)[:80]!r} is not a parameter of this notebook. {nearest(name, kind.names())}"
            for name in unknown
        ]
        raise ParameterError("\n".join(lines))


def _explain(kind: type[BaseModel], faults: Iterable[Mapping[str, Any]]) -> str:
    """One line a parameter: what was given and what was expected."""
    lines = []
    for fault in faults:
        name = str(fault["loc"][0])
        expected = kind.model_fields[name].description
        given = "nothing" if fault["type"] == "missing" else repr(fault["input"])
        lines.append(f"{name}: given {given}, expected {expected}.")
    return "\n".join(dict.fromkeys(lines))
