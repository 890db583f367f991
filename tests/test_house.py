"""The four rooms: imports flow one way, and files are opened only where they may be."""

import ast
from pathlib import Path

import pytest

import cadre_research

HOUSE = Path(cadre_research.__file__).resolve().parent
ROOMS = ("evidence", "model", "findings", "reporting")
# What a room may import beside itself and the rooms to its left.
EVERYWHERE = {"errors", "paths", "__init__"}
MODULES = sorted(HOUSE.rglob("*.py"))
OPENERS = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "read_csv",
    "read_parquet",
    "read_excel",
    "to_csv",
    "to_parquet",
    "to_excel",
    "savefig",
    "save",
    "savez",
    "load",
    "loadtxt",
    "genfromtxt",
    "tofile",
    "fromfile",
    "fdopen",
    "unlink",
    "mkdir",
    "touch",
    "rename",
    "replace_file",
    "rmtree",
}


def room_of(path):
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(tree):
    """Dotted names of the package's modules that a tree imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(tree):
    names = {name.split(".")[1] for name in imported(tree) if name.startswith("cadre_research.")}
    return names - {"__version__"}


def opened(tree):
    """Calls that open, write or remove a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in OPENERS:
                yield name


def names(path):
    return path.relative_to(HOUSE).as_posix()


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) in ROOMS], ids=names)
def test_a_room_imports_only_itself_and_rooms_to_its_left(path):
    allowed = {*ROOMS[: ROOMS.index(room_of(path)) + 1], *EVERYWHERE}
    assert rooms_imported(tree_of(path)) <= allowed


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) in EVERYWHERE], ids=names)
def test_errors_and_paths_import_no_room(path):
    assert rooms_imported(tree_of(path)) <= EVERYWHERE


@pytest.mark.parametrize("path", [p for p in MODULES if not p.stem.startswith(("cli", "__main__"))], ids=names)
def test_nobody_imports_the_command_line(path):
    assert "cli" not in rooms_imported(tree_of(path))


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) in ("model", "findings")], ids=names)
def test_model_and_findings_open_no_file(path):
    assert not list(opened(tree_of(path)))


def test_in_evidence_only_loaders_open_files():
    found = {(names(p), name) for p in MODULES if room_of(p) == "evidence" for name in opened(tree_of(p))}
    assert found == {(f"evidence/{name}.py", "read_bytes") for name in ("register_file", "source")}


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_a_module_is_read_on_a_few_screens(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 300


def test_the_checks_themselves_would_notice():
    tree = ast.parse(
        "from cadre_research.findings import study\nimport cadre_research.cli\nopen('x').read()\nf.to_csv(p)"
    )
    assert rooms_imported(tree) == {"findings", "cli"}
    assert set(opened(tree)) == {"open", "to_csv"}


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) in ROOMS and p.stem != "__init__"], ids=names)
def test_what_a_module_offers_exists_and_is_documented(path):
    tree = tree_of(path)
    offered = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    assert ast.get_docstring(tree)
    assert len(offered) <= 1
    defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    defined |= {t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    defined |= {n.target.id for n in tree.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}
    # A module may offer what it takes over from another.
    defined |= {alias.asname or alias.name for n in tree.body if isinstance(n, ast.ImportFrom) for alias in n.names}
    assert set(*offered) <= defined
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
