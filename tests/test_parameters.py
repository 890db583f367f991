"""Parameters of notebooks: closed lists of names, typed values, and errors that say what to do."""

import math
import types

import pytest
from papermill.translators import PythonTranslator

from cadre_research.errors import ParameterError, UnknownNameError
from cadre_research.paths import notebooks_dir
from cadre_research.reporting.parameters import (
    PARAMETERS,
    ForecastParameters,
    validate,
)

FORECAST = {
    "scenario": "status-quo",
    "horizon_years": 5,
    "promotion_rate_per_year": None,
    "young_share_of_promotions": 0.5,
    "draws": 100,
    "replicates": 5,
    "age_line": "inclusive",
    "language": "en",
}
NOTEBOOK = "03-age-structure-forecast"


def test_the_variables_of_a_notebook_become_one_object():
    parameters = ForecastParameters.from_notebook(FORECAST)
    assert parameters.model_dump() == FORECAST
    with pytest.raises(ValueError, match="frozen"):
        parameters.horizon_years = 6


@pytest.mark.parametrize("rate", [0, 1, 0.0, 1.0, 0.08, None])
def test_rates_from_zero_to_one_are_taken(rate):
    given = {**FORECAST, "promotion_rate_per_year": rate}
    assert ForecastParameters.from_notebook(given).promotion_rate_per_year == rate
    assert validate(NOTEBOOK, {"promotion_rate_per_year": rate}) == {"promotion_rate_per_year": rate}


BAD_VALUES = [
    *(
        ("promotion_rate_per_year", bad)
        for bad in (math.nan, math.inf, -math.inf, -0.1, 1.5, "0,1", "0.1", True, [0.1])
    ),
    *(("young_share_of_promotions", bad) for bad in (math.nan, -0.1, 1.5, "1/3")),
    *(("horizon_years", bad) for bad in (0, 31, -1, 7.5, 5.0, True, "5", None, 10**30)),
    *(("draws", bad) for bad in (0, 1, 10_001, 7.5, 5.0, True, "5", None)),
    *(("replicates", bad) for bad in (0, 1, 1_001, 2.0, True, "2", None)),
    *(("age_line", bad) for bad in ("Inclusive", "", None, 1)),
    *(("language", bad) for bad in ("fr", "EN", None)),
    *(("scenario", bad) for bad in ("../../x", "Status quo", "", None, 3, "a" * 65, "x\n", "status-quo.toml")),
]


@pytest.mark.parametrize(("name", "bad"), BAD_VALUES, ids=repr)
def test_a_bad_value_is_refused_at_both_doors(name, bad):
    """The message names the parameter, what was given and what was expected."""
    expected = f"^{name}: given .*, expected "
    with pytest.raises(ParameterError, match=expected) as before:
        validate(NOTEBOOK, {name: bad})
    with pytest.raises(ParameterError, match=expected) as inside:
        ForecastParameters.from_notebook({**FORECAST, name: bad})
    assert str(before.value) == str(inside.value)
    assert repr(bad) in str(before.value)


def test_every_bad_value_is_named_at_once():
    with pytest.raises(ParameterError) as error:
        validate(NOTEBOOK, {"horizon_years": 0, "language": "fr"})
    assert str(error.value).splitlines() == [
        "horizon_years: given 0, expected a whole number of years from 1 to 30.",
        "language: given 'fr', expected 'en' or 'zh'.",
    ]


def test_a_misspelt_name_is_refused_with_the_nearest():
    message = r"'horizon_year' is not a parameter of this notebook. Did you mean horizon_years\?"
    with pytest.raises(ParameterError, match=message):
        validate(NOTEBOOK, {"horizon_year": 5})
    with pytest.raises(ParameterError, match=message):
        ForecastParameters.from_notebook({**FORECAST, "horizon_year": 5})


@pytest.mark.parametrize("name", ["Horizon_years", "x", "rate2"])
def test_no_other_variable_is_let_through(name):
    with pytest.raises(ParameterError, match=f"'{name}' is not a parameter"):
        ForecastParameters.from_notebook({**FORECAST, name: 5})


def test_a_name_that_carries_code_is_refused():
    with pytest.raises(ParameterError, match="is not a parameter of this notebook"):
        validate(NOTEBOOK, {"x=1;import os;os.system('touch PWNED')#": 1})


def test_a_name_that_is_no_text_is_refused():
    with pytest.raises(ParameterError, match="'5' is not a parameter"):
        validate(NOTEBOOK, {5: 1})


def test_what_ipython_and_imports_put_there_is_ignored():
    class Shell:
        user_ns_hidden = types.MappingProxyType({"from_startup_file": 1})

    around = {
        "__name__": "__main__",
        "_ih": [""],
        "In": [""],
        "Out": {},
        "exit": object(),
        "quit": object(),
        "open": open,
        "get_ipython": lambda: Shell(),
        "from_startup_file": 1,
        "math": math,
        "ForecastParameters": ForecastParameters,
        "test": test_every_bad_value_is_named_at_once,
        "print": print,
        "method": types.MethodType(len, []),
    }
    assert ForecastParameters.from_notebook({**around, **FORECAST}).horizon_years == 5


def test_a_parameter_the_notebook_forgot_is_missed():
    given = {name: value for name, value in FORECAST.items() if name != "language"}
    with pytest.raises(ParameterError, match="language: given nothing, expected 'en' or 'zh'"):
        ForecastParameters.from_notebook(given)


def test_before_a_run_only_what_is_given_is_checked():
    assert validate(NOTEBOOK, {}) == {}
    assert validate(NOTEBOOK, {"horizon_years": 10}) == {"horizon_years": 10}


def test_unknown_notebooks_and_scenarios_are_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 03-age-structure-forecast"):
        validate("03-age-structure-forecasts", {})
    with pytest.raises(UnknownNameError, match="Did you mean status-quo"):
        validate(NOTEBOOK, {"scenario": "status-qou"}, ["status-quo", "rate-08"])
    assert validate(NOTEBOOK, {"scenario": "rate-08"}, ["status-quo", "rate-08"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"draw": 20}, r"'draw' is not a parameter of this notebook. Did you mean draws\?"),
        ({"scenario": "status-quo"}, "'scenario' is not a parameter of this notebook"),
        ({"draws": 1}, "draws: given 1, expected a whole number of worlds from 2 to 10000"),
        ({"draws": 20.0}, "draws: given 20.0, expected a whole number"),
        ({"replicates": 1001}, "replicates: given 1001, expected a whole number from 2 to 1000"),
        ({"age_line": "loose"}, "age_line: given 'loose', expected 'inclusive' or 'strict'"),
        ({"language": "fr"}, "language: given 'fr', expected 'en' or 'zh'"),
    ],
)
def test_the_notebook_of_measures_refuses_what_it_does_not_know(given, message):
    with pytest.raises(ParameterError, match=message):
        validate("09-levers", given)


def test_there_is_one_object_per_notebook():
    assert list(PARAMETERS) == sorted(path.stem for path in notebooks_dir().glob("*.ipynb"))
    for name, kind in PARAMETERS.items():
        # Rates have no age line, and a backtest has one of its own.
        lines = {"02-promotion-rates": set(), "08-backtest": {"young_line"}}.get(name, {"age_line"})
        assert {*lines, "language"} <= set(kind.names())
        assert all(field.description for field in kind.model_fields.values())


def test_valid_values_reach_the_kernel_as_themselves():
    for value in (None, 0.08, 5, "rate-08"):
        assert eval(PythonTranslator.translate(value)) == value
