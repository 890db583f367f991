"""A whole report of somebody's own register: another service, ladder and targets, and nothing of a person anywhere."""

import errno
import json
import os
import re
import tempfile
from dataclasses import replace
from datetime import date
from functools import partial
from multiprocessing import util

import nbformat
import openpyxl
import pandas as pd
import pypdfium2
import pytest
from own_service import LADDER, write_service

from cadre_research import cli
from cadre_research.errors import InputError, NotebookError, PublicationError, RegisterError
from cadre_research.paths import STUDY_VARIABLE
from cadre_research.reporting import own_service, report
from cadre_research.reporting.execution import NotebookRun
from cadre_research.reporting.ledger import LEDGER, read_ledger, write_ledger
from cadre_research.reporting.own_service import RegisterFiles

# Ids and birthdays of the register's people, each born on a day of their own; no page has a reason to say them.
CANARY = re.compile(rb"canary|\b(19[4-9]\d|200[0-3])-[01]\d-[0-3]\d\b", re.IGNORECASE)
# Words of the project's own city.
ELSEWHERE = re.compile(r"Yongzhou|永州|红星云|survey|county|section chief|2017", re.IGNORECASE)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    register, ladder, targets = write_service(tmp_path_factory.mktemp("service"))
    return RegisterFiles(register, date(2023, 12, 31), ladder, targets)


@pytest.fixture
def private(tmp_path, monkeypatch):
    """Where private folders are made in this test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    # Processes have sockets in a folder of their own, for good, and those need short names.
    util.get_temp_dir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def hits(*folders):
    """Files below some folders that tell of a person of the register, in their name or contents."""
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if CANARY.search(str(path.relative_to(folder)).encode())
        or (path.is_file() and CANARY.search(path.read_bytes()))
    ]


def words_of(page):
    """What a reader sees of a page; code that was folded away may name the notebooks' defaults."""
    text = re.sub(r"<details.*?</details>|<style.*?</style>|data:[^\"]*", "", page.read_text("utf-8"), flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", text)


@pytest.fixture(scope="module")
def latest(files, tmp_path_factory):
    outputs = tmp_path_factory.mktemp("outputs")
    return report.make_report(["half-young"], outputs=outputs, language="en", draws=6, replicates=2, register=files)


@pytest.mark.slow
def test_the_report_is_about_this_service_and_no_article(latest):
    index = (latest / "index.html").read_text(encoding="utf-8")
    assert "Heads of branch" in index
    assert "disclosure control" in index
    pages = [latest / "index.html", *(latest / "pages").glob("*.html")]
    assert len(pages) >= 9
    for page in pages:
        assert not ELSEWHERE.search(words_of(page)), page.name


@pytest.mark.slow
def test_nobody_is_in_it_anywhere(latest):
    assert not hits(latest.parent)
    for path in (latest / "tables").glob("*.parquet"):
        assert not CANARY.search(pd.read_parquet(path).to_csv().encode()), path.name
    manifest = json.loads((latest / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["parameters"]["register"]["disclosure"] == "protected"
    assert set(manifest["parameters"]["register"]) == {
        *("service", "sha256", "as_of", "first_year", "last_year", "synthetic", "disclosure")
    }
    assert STUDY_VARIABLE not in os.environ


@pytest.mark.slow
def test_counts_are_tens_and_ages_are_bands(latest):
    structure = pd.read_parquet(latest / "tables" / "age_structure.parquet")
    assert "age_years" not in structure
    shares = pd.read_parquet(latest / "tables" / "target_shares.parquet")
    for counts in (structure["headcount"], shares["young"], shares["headcount"]):
        told = counts.dropna()
        assert len(told)
        assert (told % 10 == 0).all()
        assert ((told == 0) | (told >= 10)).all()
    opening = shares[shares["year"] == shares["year"].min()]
    assert opening["share"].notna().any()
    assert read_ledger(latest.parent, "library-board")


@pytest.mark.slow
def test_of_a_handful_of_directors_nothing_is_shown_and_a_dash_says_so(latest):
    for name in ("target_shares", "verdicts", "attainable", "first_possible", "frontier", "sensitivity"):
        table = pd.read_parquet(latest / "tables" / f"{name}.parquet").query("target == 'directors'")
        assert len(table), name
        shares = table[[column for column in table if "share" in column]]
        assert shares.isna().all(axis=None), name
    for page in [latest / "index.html", *(latest / "pages").glob("*.html")]:
        assert not re.search(r"\bnan\b|\bNone\b|<NA>", words_of(page)), page.name


@pytest.mark.slow
def test_its_units_are_appraised_in_bands_and_no_count_is_exact(latest):
    page = (latest / "pages" / "units.html").read_text(encoding="utf-8")
    assert all(f"Branch {number}" in page for number in range(1, 9))
    assert "<svg" not in page
    assert "no picture shows every unit" in page
    sheets = page[page.index('class="sheet"') :]
    cells = re.findall(r"<td>(.*?)</td>", sheets, re.DOTALL)
    assert len(cells) > 8 * 3 * 5
    assert any("fewer than 10" in cell for cell in cells)
    # Tens, and the ends of bands.
    numbers = {int(found) for cell in cells for found in re.findall(r"\d+", cell)}
    assert all(number % 10 == 0 or number in (3, 33, 67) for number in numbers), sorted(numbers)
    assert not any("." in cell for cell in cells)
    for path in (latest / "tables").glob("*.csv"):
        assert "Branch" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.slow
def test_brief_and_workbook_say_that_they_are_under_disclosure_control(latest):
    for language, said in (("en", "disclosurecontrol"), ("zh", "保密规则")):
        with pypdfium2.PdfDocument(latest / f"brief.{language}.pdf") as brief:
            first = re.sub(r"\s", "", brief[0].get_textpage().get_text_range())
        assert said in first
        assert not re.search(r"\bnan\b", first)
    contents = openpyxl.load_workbook(latest / "workbook.xlsx", read_only=True).worksheets[0]
    told = " ".join(str(row[0]) for row in contents.iter_rows(max_col=1, values_only=True))
    assert "under disclosure control" in told
    assert "保密规则" in told


def left_in(private):
    """What stands in the folder of temporary files, but for the socket over which processes are forked."""
    left = list(private.iterdir())
    return [path for path in left if not (path.name.startswith("pymp-") and all(p.is_socket() for p in path.iterdir()))]


STAGES = ("read_register", "person_years", "estimate", "registered_evidence", "own_scenarios", "_write")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), ValueError("x")]
)
def test_whatever_fails_nothing_private_is_left(files, private, tmp_path, monkeypatch, capfd, stage, fault):
    def fail(*arguments, **named):
        raise fault

    monkeypatch.setattr(own_service, stage, fail)
    outputs = tmp_path / "outputs"
    with pytest.raises(type(fault)):
        report.make_report(language="en", outputs=outputs, register=files)
    assert not left_in(private)
    assert not hits(tmp_path)
    assert not CANARY.search("".join(capfd.readouterr()).encode())
    assert STUDY_VARIABLE not in os.environ


def _without_tables(monkeypatch):
    """A report in which nothing is found, shown or written."""
    for name in ("find_all", "report_tables", "inquiry_tables"):
        monkeypatch.setattr(report, name, lambda *arguments, **named: {})
    monkeypatch.setattr(report._Making, "_shown", lambda *arguments: {})
    monkeypatch.setattr(report.ReportFront, "write", lambda *arguments: None)


@pytest.mark.parametrize("stage", ["find_all", "report_tables", "run_notebooks", "publish"])
def test_nor_when_the_report_itself_fails(files, private, tmp_path, monkeypatch, capfd, stage):
    def fail(*arguments, **named):
        raise PublicationError("stopped here")

    _without_tables(monkeypatch)
    monkeypatch.setattr(report, stage, fail)
    outputs = tmp_path / "outputs"
    with pytest.raises(PublicationError, match="stopped here"):
        report.make_report(language="en", outputs=outputs, register=files)
    assert not left_in(private)
    assert not (outputs / "latest").exists()
    assert not hits(tmp_path)
    assert not CANARY.search("".join(capfd.readouterr()).encode())


def test_nor_when_a_notebook_fails_that_has_the_study_at_hand(files, private, tmp_path, monkeypatch, capfd):
    """A kernel of its own reads the study and falls over everything it knows of it; what is kept tells of nobody."""
    broken = tmp_path / "notebooks"
    broken.mkdir()
    cells = [
        "from cadre_research.findings.study import Study\nfrom cadre_research.paths import study_path",
        "study = Study.read(study_path())\nprint(study_path().read_text('utf-8'))",
        "raise ValueError(repr(study))",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    nbformat.write(book, broken / "broken.ipynb")
    _without_tables(monkeypatch)
    monkeypatch.setattr(report, "planned_runs", lambda *arguments: [NotebookRun("broken", "broken")])
    monkeypatch.setattr(report, "run_notebooks", partial(report.run_notebooks, notebooks=broken))
    outputs = tmp_path / "outputs"
    with pytest.raises(NotebookError, match="code cell 3"):
        report.make_report(language="en", outputs=outputs, register=files)
    assert len(list((outputs / "failed").iterdir())) == 1
    assert not left_in(private)
    assert not (outputs / "latest").exists()
    assert not hits(tmp_path)
    assert not CANARY.search("".join(capfd.readouterr()).encode())


def test_a_bad_row_is_refused_with_its_place_and_not_its_value(files, private, tmp_path, monkeypatch, capfd):
    bad = tmp_path / "bad.csv"
    lines = files.register.read_text(encoding="utf-8").splitlines()
    bad.write_text(
        "\n".join([*lines, lines[-1].replace("librarian", "canary-rank").replace("head", "canary-rank")]), "utf-8"
    )
    asked = ["report", "--register", str(bad), "--as-of", "2023-12-31", "--ladder", str(files.ladder)]
    monkeypatch.setattr("sys.argv", ["cadre-research", *asked, "--targets", str(files.targets)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == RegisterError.exit_code == 2
    out, err = capfd.readouterr()
    assert f"line {len(lines) + 1}" in err
    assert not CANARY.search((out + err).encode())
    assert "Traceback" not in err
    assert not left_in(private)


def test_a_report_as_of_a_day_that_the_register_never_came_to_is_refused(files, private, tmp_path):
    with pytest.raises(InputError, match=r"nobody in it .* after 2023, .* as of 2025-12-31"):
        report.make_report(outputs=tmp_path / "outputs", register=replace(files, as_of=date(2025, 12, 31)))
    assert not left_in(private)


def test_as_of_and_register_belong_together(monkeypatch, capfd):
    for asked, said in ((["--register", "r.csv"], "--as-of"), (["--internal"], "--register FILE only")):
        monkeypatch.setattr("sys.argv", ["cadre-research", "report", *asked])
        with pytest.raises(SystemExit) as left:
            cli.main()
        assert left.value.code == 2
        assert said in capfd.readouterr().err


def test_the_ledger_is_kept_by_ladder_and_a_damaged_one_stops_the_report(tmp_path):
    assert read_ledger(tmp_path, "library-board") == {}
    write_ledger(tmp_path, "library-board", {"flows": ["2024|head"]})
    write_ledger(tmp_path, "police", {"groups": ["a"]})
    assert read_ledger(tmp_path, "library-board") == {"flows": ["2024|head"]}
    (tmp_path / LEDGER).write_text("{", encoding="utf-8")
    with pytest.raises(PublicationError, match="what earlier reports of a register left blank"):
        read_ledger(tmp_path, "police")


def test_the_ladder_of_the_tests_is_nobody_elses():
    assert "county" not in LADDER
