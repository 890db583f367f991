"""A version made again from nothing but itself."""

import json
import zipfile

import pytest
from test_cli import run as command

from cadre_research.errors import InputError, PublicationError, RunError
from cadre_research.reporting.provenance import INPUTS_ARCHIVE, describe, sha256, verify_manifest, write_inputs
from cadre_research.reporting.provenance import write_manifest as manifest_of
from cadre_research.reporting.publish import publish
from cadre_research.reporting.replay import replay
from cadre_research.reporting.unchanged import asked_for

# Stands in for the package that a version carries: it makes a report of its own data, as it is told.
STAND_IN = """
import hashlib, json, os, sys
from pathlib import Path
root = Path(os.environ["CADRE_RESEARCH_ROOT"])
assert Path(__file__).is_relative_to(root) and "CADRE_RESEARCH_STUDY" not in os.environ
given = sys.argv[1:]
folder = Path(given[given.index("--output") + 1]) / "latest"
(folder / "tables").mkdir(parents=True)
number = (root / "data" / "facts" / "number.toml").read_text()
shown = [part for part in given if part not in ("--output", str(folder.parent))]
(folder / "tables" / "a.csv").write_text(number + " ".join(shown))
(folder / "index.html").write_text("made " + number)
files = [path for path in folder.rglob("*") if path.is_file()]
outputs = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
(folder / "manifest.json").write_text(json.dumps({"outputs": outputs}))
"""


@pytest.fixture
def carried(tmp_path):
    """A version that carries the stand-in as its code; `shown` is what its one table holds after the number."""

    def make(shown="report --language en --draws 100", script=STAND_IN, asked=None):
        root = tmp_path / "checkout"
        for name, text in {
            "data/facts/number.toml": "7\n",
            "src/cadre_research/__init__.py": "",
            "src/cadre_research/__main__.py": script,
        }.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        description = describe({}, root, asked or asked_for(None, "en", 100, 5, 2017))

        def build(folder):
            (folder / "tables").mkdir()
            (folder / "tables" / "a.csv").write_text("7\n" + shown, encoding="utf-8")
            # What changed since the report before is another matter.
            (folder / "tables" / "changes.csv").write_text("x", encoding="utf-8")
            (folder / "index.html").write_text("made at another time", encoding="utf-8")
            write_inputs(folder, description, root)
            manifest_of(folder, description)

        return publish(tmp_path / "outputs", build, verify_manifest)

    return make


def test_a_version_is_made_again_from_its_own_inputs_and_every_table_compared(carried, tmp_path, monkeypatch):
    monkeypatch.setenv("CADRE_RESEARCH_STUDY", "of somebody else")
    version, told = carried(), []
    assert replay(version, tmp_path / "again", note=told.append) == 1
    assert (tmp_path / "again" / "latest" / "index.html").read_text(encoding="utf-8").startswith("made 7")
    assert told == [f"Making version {version.name} again from its 3 inputs."]
    code, text = command("replay", "--output", str(tmp_path / "outputs"))
    assert code == 0
    assert "1 tables, all the same again." in text


def test_it_is_asked_for_what_the_version_was_asked_for(carried):
    asked = asked_for(["rate-08", "rate-04"], "zh", 20, 5, 2017)
    version = carried("report --language zh --draws 20 --scenario rate-08 --scenario rate-04", asked=asked)
    assert replay(version) == 1


def test_a_table_that_comes_out_different_is_named(carried):
    with pytest.raises(PublicationError, match=r"1 of 1 tables came out different\.\n  tables/a.csv"):
        replay(carried("something else"))


def test_a_report_that_cannot_be_made_again_is_said(carried):
    with pytest.raises(RunError, match="ended with exit code 3"):
        replay(carried(script="import sys; sys.exit(3)"))


def test_what_is_not_as_the_manifest_says_is_refused(carried, tmp_path):
    version = carried()
    (version / "index.html").write_text("damaged", encoding="utf-8")
    with pytest.raises(PublicationError, match=r"index.html: changed"):
        replay(version)


@pytest.mark.parametrize("names", [["data/facts/number.toml"], ["../outside.toml"]])
def test_an_archive_that_is_not_what_the_manifest_lists_is_refused(carried, names):
    version = carried()
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    with zipfile.ZipFile(version / INPUTS_ARCHIVE, "w") as archive:
        for name in names:
            archive.writestr(name, "8\n")
    manifest["outputs"][INPUTS_ARCHIVE] = sha256(version / INPUTS_ARCHIVE)
    if names[0].startswith(".."):
        manifest["inputs"] = dict.fromkeys(names, "0" * 64)
    (version / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(PublicationError, match=r"does not hold the inputs|outside its folder"):
        replay(version)
    if names[0].startswith("data"):
        manifest["inputs"] = {names[0]: "0" * 64}
        (version / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        with pytest.raises(PublicationError, match="is not the file that the manifest lists"):
            replay(version)


def test_nothing_is_written_into_a_folder_that_is_not_empty(carried, tmp_path):
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="expected an empty folder"):
        replay(carried(), tmp_path / "again")


def test_a_version_without_inputs_cannot_be_made_again(tmp_path):
    def build(folder):
        (folder / "index.html").write_text("old", encoding="utf-8")
        manifest_of(folder, {})

    with pytest.raises(InputError, match=r"carries no inputs.zip"):
        replay(publish(tmp_path, build, verify_manifest))


def test_a_register_is_known_by_its_hash_and_must_be_supplied(carried, tmp_path):
    register, ladder = tmp_path / "register.csv", tmp_path / "ladder.toml"
    register.write_text("id", encoding="utf-8")
    ladder.write_text("id", encoding="utf-8")
    (tmp_path / "other.toml").write_text("other", encoding="utf-8")
    described = {
        "register": sha256(register),
        "targets": sha256(tmp_path / "other.toml"),
        "as_of": "2025-12-31",
        "encoding": "utf-8-sig",
        "date_format": None,
        "from": 2010,
        "disclosure": "internal",
    }
    version = carried(
        f"report --language en --draws 100 --register {register} --targets {tmp_path / 'other.toml'} "
        "--as-of 2025-12-31 --encoding utf-8-sig --observed-from-year 2010 --internal",
        asked=asked_for(None, "en", 100, 5, 2017, described),
    )
    with pytest.raises(InputError, match=r"expected files with these SHA-256, given none of them: targets \("):
        replay(version, supplied=[register])
    assert replay(version, supplied=[register, tmp_path / "other.toml"]) == 1


def test_other_versions_of_python_and_libraries_are_told(carried):
    version, told = carried(), []
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    manifest["libraries"]["numpy"] = "1.0"
    (version / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    replay(version, note=told.append)
    assert any(line.startswith("numpy is ") and "was 1.0" in line for line in told)
