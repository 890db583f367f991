"""The model's description: the modules, the order of the year and the figures it names are the code's."""

import ast
import inspect
import re
import tomllib

import pytest

from cadre_research.evidence.scenario import PromotionPolicy, Scenario
from cadre_research.model import paths as model_paths
from cadre_research.model import status_changes, year
from cadre_research.model.population import AXES
from cadre_research.paths import facts_dir, project_root
from cadre_research.reporting.unchanged import DRAWS, REPLICATES, SEED

MODEL = project_root() / "src" / "cadre_research" / "model"
TEXT = (MODEL / "README.md").read_text(encoding="utf-8")
GUIDE = (MODEL / "CHANGING.md").read_text(encoding="utf-8")
LADDER = tomllib.loads((facts_dir() / "ladder.toml").read_text(encoding="utf-8"))
# What computes on several processes or machines, and no part of the model's law.
MACHINERY = {"__init__", "processes", "cluster", "projection", "exchange", "units", "followed"}


def part(heading, text=TEXT):
    return re.split(r"^#{2,3} ", text.split(f"# {heading}\n")[1], flags=re.MULTILINE)[0]


def test_it_has_the_headings_of_the_fields_forms():
    headings = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    assert headings == [
        "Purpose",
        "Entities and state variables",
        "Scales",
        "Process overview and scheduling",
        "Design concepts",
        "Initialisation",
        "Input data",
        "Submodels",
        "Verification and validation",
        "Limits",
        "Availability and environment",
    ]


@pytest.mark.parametrize("text", [TEXT, GUIDE], ids=["README", "CHANGING"])
def test_every_file_it_names_exists(text):
    root = project_root()
    named = set(re.findall(r"`((?:[\w-]+/)*[\w-]+\.(?:py|toml|md))`", text))
    assert len(named) > 6
    roots = (MODEL, MODEL.parent, root, root / "data", MODEL.parent / "findings", root / "data" / "scenarios")
    assert [name for name in named if not any((folder / name).exists() for folder in roots)] == []


def test_every_module_of_the_model_is_described():
    modules = {path.stem for path in MODEL.glob("*.py")} - MACHINERY
    assert {module for module in modules if f"`{module}.py`" not in TEXT} == set()


def test_the_order_of_the_year_is_the_codes():
    """Every call of `advance` that is described, in its order; `standing` is only the working copy."""
    described = re.findall(r"^\d+\. `(\w+)`", part("Process overview and scheduling"), re.MULTILINE)
    tree = ast.parse(inspect.getsource(year.advance))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    called = [call.func.id for call in sorted(calls, key=lambda call: call.lineno)]
    assert described == [name for name in called if name not in ("Year", "tuple", "_empty_posts")]


def test_axes_and_their_places_are_the_populations(study):
    rows = re.findall(r"^\| `(\w+)` \|", part("Entities and state variables"), re.MULTILINE)
    assert tuple(rows) == AXES
    ages, table = study.evidence.ladder.ages, part("Entities and state variables")
    assert f"{ages.youngest_years} to {ages.oldest_years}" in table
    assert f"0 to {ages.longest_tracked_years_in_rank}" in table
    assert f"| {len(study.evidence.ladder.ranks)}: staff" in table
    assert f"or {len(study.evidence.units.units)} in the study of units" in table


def test_modes_are_those_of_a_scenario():
    described = re.findall(r"^\| `(\w+)` \|", part("Promotion: how many"), re.MULTILINE)
    assert described == list(PromotionPolicy.model_fields["mode"].annotation.__args__)


def test_figures_are_the_codes(study):
    assert f"By\ndefault {DRAWS} draws and {REPLICATES} replicates" in TEXT
    assert f"Each block of {model_paths.BLOCK}\nreplicates" in TEXT
    assert f"(the seed ({SEED}" in TEXT or f"seed ({SEED} unless" in TEXT
    assert f"who come back after {status_changes.YEARS_AT_THE_GRASS_ROOTS} years" in TEXT
    assert f"{year.CONSERVED_WITHIN:g}".replace("e-", "e-") in TEXT
    counts = [target.survey.young for target in study.evidence.targets.targets if target.survey]
    assert f"the surveyed young: {counts[0]} and {counts[1]}" in TEXT
    headcount = study.opening().population.total().sum()
    assert f"About {round(headcount, -3):,.0f} persons" in TEXT


def test_probabilities_out_of_a_rank_are_told_in_the_order_of_the_ladder():
    assert [way["id"] for way in LADDER["exits"]] == ["resigned", "died", "removed"]
    assert "resignation, death, removal; then stepping aside" in TEXT
    assert [move["kind"] for move in LADDER["moves"]].index("demotion") == 4


def test_every_policy_of_a_scenario_has_its_submodel():
    told = {
        "promotion": "Promotion: how many",
        "posts": "posts of the year",
        "recruitment": "Transfers and recruitment",
        "retirement": "### Retirement",
        "opening": "## Initialisation",
        "lateral_intake": "`join_laterally`",
        "reserve_lists": "**Reserve lists.**",
        "grass_roots": "**Grass roots.**",
        "exchange": "### Exchange between units",
        "assumptions": "facts/assumptions.toml",
    }
    assert set(told) == set(Scenario.model_fields) - {
        "format",
        "id",
        "order",
        "title_en",
        "title_zh",
        "reason",
        "reason_zh",
    }
    assert [name for name, text in told.items() if text not in TEXT] == []


def test_what_the_guide_leans_on_is_there():
    """The lines that somebody who follows it looks for, and the places it says know the rule by name."""
    eligibility = (MODEL / "eligibility.py").read_text(encoding="utf-8")
    assert eligibility.count("    allowed_years = ") == 1
    named = {"evidence/at_risk.py", "findings/relaxation.py", "evidence/ladder.py", "model/eligibility.py"}
    house = MODEL.parent
    found = {
        path.relative_to(house).as_posix()
        for path in house.rglob("*.py")
        if "minimum_years_in_rank" in path.read_text(encoding="utf-8")
    }
    assert found == named
    assert all(name in GUIDE for name in named)
    rules = (project_root() / "tests" / "test_rules.py").read_text(encoding="utf-8")
    for name in re.findall(r"`(test_\w+)`", GUIDE):
        assert f"def {name}(" in rules
