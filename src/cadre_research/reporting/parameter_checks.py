"""How the parameters of a notebook are checked: closed, typed, and refused with a word on what is usually meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, ClassVar, Self

import pandas as pd
from pydantic import BaseModel, ValidationError

from cadre_research.errors import ParameterError, meant, nearest
from cadre_research.evidence.source import Record

__all__ = ["DECIMAL", "DECIMAL_GIVEN", "NotebookParameters", "explain", "refuse_unknown"]

# What IPython itself puts into a notebook.
IPYTHON_NAMES = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})
NEVER_PARAMETERS = (ModuleType, type, FunctionType, BuiltinFunctionType, MethodType)

DECIMAL_GIVEN = "a decimal number from 0 to 1, such as 0.08"
DECIMAL = f"{DECIMAL_GIVEN}, or None"
# Whatever is above is a calendar year, and no number of years ahead.
LATEST_HORIZON = 1900


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
        refuse_unknown(cls, given)
        try:
            return cls.model_validate(given)
        except ValidationError as faults:
            raise ParameterError(explain(cls, faults.errors())) from None

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(cls.model_fields)


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


def refuse_unknown(kind: type[NotebookParameters], given: Mapping[str, Any]) -> None:
    """Refuse a name that is no parameter of a notebook, with the nearest that is."""
    unknown = [name for name in given if name not in kind.model_fields]
    if unknown:
        lines = [
            f"{kind.notebook}: {str(name)[:80]!r} is not a parameter of this notebook. {nearest(name, kind.names())}"
            for name in unknown
        ]
        raise ParameterError("\n".join(lines))


def explain(kind: type[BaseModel], faults: Iterable[Mapping[str, Any]]) -> str:
    """One line a parameter: what was given and what was expected."""
    lines = []
    for fault in faults:
        name = str(fault["loc"][0])
        expected = kind.model_fields[name].description
        given = "nothing" if fault["type"] == "missing" else repr(fault["input"])
        lines.append(f"{name}: given {given}, expected {expected}.{_meant(name, fault['input'], expected)}")
    return "\n".join(dict.fromkeys(lines))


def _meant(name: str, given: object, expected: str) -> str:
    """Say what is usually meant by a value that was refused; empty where that cannot be told."""
    if expected.startswith(DECIMAL_GIVEN):
        return meant(given)
    if name == "horizon_years" and isinstance(given, int) and given > LATEST_HORIZON:
        return " It is a number of years ahead, not the year at the end: 10, to see 2027 from 2017."
    return ""
