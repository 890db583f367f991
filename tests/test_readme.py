"""The README: its numbers are the model's, and what it names exists."""

import re

import pytest

from cadre_research.errors import InputError
from cadre_research.paths import notebooks_dir, project_root
from cadre_research.reporting.parameters import ForecastParameters
from cadre_research.reporting.readme import END, PICTURE, START, verdict_section, with_section

README = (project_root() / "README.md").read_text(encoding="utf-8")


def test_the_verdicts_at_the_top_are_the_models(study):
    assert with_section(README, verdict_section(study)) == README


def test_the_picture_is_there():
    assert (project_root() / PICTURE).read_text(encoding="utf-8").startswith("<?xml")


def test_a_readme_without_the_markers_is_refused():
    with pytest.raises(InputError, match="expected one"):
        with_section("# title", "text")
    assert with_section(f"a\n{START}\nold\n{END}\nb", "new") == f"a\n{START}\nnew\n{END}\nb"


def test_every_parameter_of_the_forecast_notebook_is_explained():
    table = README.split("| parameter of `03-age-structure-forecast`")[1].split("\n\n")[0]
    explained = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert explained == list(ForecastParameters.names())


def test_every_file_it_names_exists():
    for name in re.findall(r"`((?:data|src|notebooks|reporting)/[\w./-]+\.\w+)`", README):
        path = project_root() / ("src/cadre_research/" + name if name.startswith("reporting/") else name)
        assert path.exists(), name
    for name in re.findall(r"`(\d\d-[\w-]+)`", README):
        assert (notebooks_dir() / f"{name}.ipynb").exists(), name
