"""The committed notebooks: thin, executed, parameterised, and honest about what they print."""

import ast
import json
import re

import nbformat
import pytest

from cadre_research.paths import notebooks_dir

NOTEBOOKS = sorted(notebooks_dir().glob("*.ipynb"))
FORBIDDEN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.comprehension)
PATH = re.compile(r"^(\.{1,2}/|/|~|data/|outputs/|src/)|\.(csv|toml|parquet|ipynb|xlsx)$")
WITH_GOALS = ("lever_curves", "lever_frontier", "attainability_curve", "tornado_chart", "contributions_chart")
PERSON_COLUMNS = re.compile(r"\b(person_id|birth_date|birth_year|name_of_person|id_number|身份证|姓名)\b", re.I)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def faults_of(notebook):
    """Say what is wrong with a notebook, as a list of words."""
    faults = []
    cells = code_cells(notebook)
    if not cells or "parameters" not in cells[0].metadata.get("tags", []):
        faults.append("the first code cell is not tagged parameters")
    titles = [c.source for c in notebook.cells if c.cell_type == "markdown" and c.source.startswith("# ")]
    if len(titles) != 1 or not titles[0].splitlines()[0].endswith("?"):
        faults.append("expected one title, a question")
    if len(cells) > 18:
        faults.append("too many code cells")
    for cell in cells:
        faults += [f"cell {cell.id}: {fault}" for fault in faults_of_cell(cell)]
    return faults


def faults_of_cell(cell):
    if cell.execution_count is None:
        yield "not executed"
    if len(cell.source.splitlines()) > 10:
        yield "too long"
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, FORBIDDEN):
            yield f"a {type(node).__name__}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and PATH.search(node.value):
            yield f"a path, {node.value!r}"
    text = json.dumps(cell.outputs, ensure_ascii=False)
    if PERSON_COLUMNS.search(text) or text.count("<tr") > 60:
        yield "rows that look person-level, or a table too long to be a summary"
    if any(output.output_type == "error" for output in cell.outputs):
        yield "an error in its output"
    if any(output.get("name") == "stderr" for output in cell.outputs):
        yield "something on stderr"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_figure_with_a_line_of_what_is_asked_is_told_what_that_is(path):
    """Left out it would be one sixth, whatever the targets of somebody's own service ask for."""
    calls = [
        node
        for cell in code_cells(nbformat.read(path, as_version=4))
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in WITH_GOALS
    ]
    for call in calls:
        assert {keyword.arg for keyword in call.keywords} & {"goal", "goals"}, ast.unparse(call)


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == [
        "00-tutorial",
        "01-opening-age-structure",
        "02-promotion-rates",
        "03-age-structure-forecast",
        "04-target-reachability",
        "05-what-it-would-take",
        "06-what-any-policy-could-do",
        "07-sensitivity",
        "08-backtest",
        "09-levers",
        "10-units",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_is_thin_executed_and_parameterised(path):
    assert faults_of(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_ends_with_its_sentinel_in_its_outputs(path):
    last = code_cells(nbformat.read(path, as_version=4))[-1]
    assert f"report-complete {path.stem}" in "".join(output.get("text", "") for output in last.outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_carries_no_run_metadata(path):
    notebook = nbformat.read(path, as_version=4)
    assert "papermill" not in notebook.metadata
    assert all(not {"papermill", "execution"} & set(cell.metadata) for cell in notebook.cells)


@pytest.mark.parametrize(
    ("source", "outputs", "fault"),
    [
        ("def f():\n    return 1", [], "FunctionDef"),
        ("for x in range(3):\n    print(x)", [], "For"),
        ("[x for x in range(3)]", [], "comprehension"),
        ('open("../data/facts/targets.toml")', [], "a path"),
        ("1", [nbformat.v4.new_output("display_data", {"text/html": "<th>birth_date</th>"})], "person-level"),
        ("1", [nbformat.v4.new_output("display_data", {"text/html": "<tr></tr>" * 61})], "person-level"),
        ("1", [nbformat.v4.new_output("stream", name="stderr", text="x")], "stderr"),
    ],
)
def test_a_fault_in_a_cell_is_found(source, outputs, fault):
    cell = nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=1)
    assert any(fault in found for found in faults_of_cell(cell))


def test_an_unexecuted_cell_is_found():
    assert "not executed" in list(faults_of_cell(nbformat.v4.new_code_cell("1")))
