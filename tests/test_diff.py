"""Two reports named on the command line: which versions are meant, what is printed, and the exit code."""

import itertools

import pytest
from published_versions import ASSUMPTIONS, description, register, show, verdicts, write_version
from typer.testing import CliRunner

from cadre_research import cli, errors
from cadre_research.errors import CadreResearchError, InputError, UnknownNameError
from cadre_research.reporting import terminal_changes
from cadre_research.reporting.version_names import resolve_version


@pytest.fixture
def outputs(tmp_path):
    """Three versions: the second like the first, the third with a verdict that turned; `latest` shows the third."""
    folder = tmp_path / "outputs"
    write_version(folder, 1)
    write_version(folder, 2)
    moved = {"verdicts": verdicts({("a", "other"): 0.175})}
    show(folder, write_version(folder, 3, moved, description({ASSUMPTIONS: "a2"})))
    return folder


def diff(outputs, *given):
    """Run `diff` with the exit code that `main` gives."""
    result = CliRunner().invoke(cli.app, ["diff", *given, "--output", str(outputs)], env={"COLUMNS": "160"})
    if isinstance(result.exception, CadreResearchError):
        return result.exception.exit_code, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_versions_are_named_in_full_by_their_beginning_as_latest_or_by_their_folder(outputs):
    third = outputs / "versions" / "20260103T000000Z-00000003"
    for name in (third.name, "20260103", "latest", str(third), f"{outputs}/versions/../versions/{third.name}"):
        assert resolve_version(name, outputs) == third.resolve(), name


def test_an_unknown_version_is_refused_with_the_nearest_names(outputs):
    with pytest.raises(UnknownNameError, match=r"Did you mean 20260103T000000Z-00000003\? Valid: 2026.*, latest\."):
        resolve_version("20260103T000000Z-00000004", outputs)


def test_a_beginning_of_several_is_refused_with_their_names(outputs):
    with pytest.raises(InputError, match="3 versions begin so: 20260101T000000Z-00000001, 2026"):
        resolve_version("2026", outputs)
    with pytest.raises(UnknownNameError):
        resolve_version("", outputs)


def test_where_nothing_was_published_it_is_said(tmp_path):
    for name in ("latest", "2026"):
        with pytest.raises(InputError, match="nothing has been published"):
            resolve_version(name, tmp_path)


def test_latest_that_was_taken_away_is_not_known(outputs):
    (outputs / "latest").unlink()
    with pytest.raises(UnknownNameError, match="'latest' is not known"):
        resolve_version("latest", outputs)


@pytest.mark.parametrize("name", ["..", ".", "*", "versions", "manifest.json", "20260101*", "~"])
def test_a_name_without_a_slash_never_leaves_the_versions(outputs, name):
    (outputs / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UnknownNameError):
        resolve_version(name, outputs)


@pytest.mark.parametrize("name", ["../secret", "20260101T000000Z-00000001/../../..", "/etc", "versions\\..\\..", "./"])
def test_a_path_is_taken_only_if_it_is_the_folder_of_a_version(outputs, name, monkeypatch):
    monkeypatch.chdir(outputs)
    (outputs.parent / "secret").mkdir()
    with pytest.raises(InputError, match=r"not the folder of a version; expected one that holds manifest\.json"):
        resolve_version(name, outputs)


def test_nothing_differs_is_zero_and_a_number_that_differs_is_one(outputs):
    code, text = diff(outputs, "20260101", "20260102")
    assert code == 0
    assert "Nothing changed: the same inputs gave the same numbers." in text
    code, text = diff(outputs, "20260102")
    assert code == 1
    assert "20260102T000000Z-00000002 → 20260103T000000Z-00000003" in text
    assert "1 of 4 verdicts turned; 1 of 4 shares moved, by up to 1.5 points" in text
    assert f"Assumptions: {ASSUMPTIONS}" in text
    assert "✗ → ✓ reached" in text
    assert text.count("+1.5") == 1
    assert "1 of 2 rows that differ; all of them with --all" in " ".join(text.split())


def test_all_shows_every_row_and_chinese_is_chinese(outputs):
    code, text = diff(outputs, "20260101", "latest", "--all", "--language", "zh")
    assert code == 1
    assert text.count("+1.5") == 2
    assert "4项结论中有1项改变" in text
    assert "维持现状" not in text
    assert "担任领导职务者" in text
    assert "verdicts" not in text


def test_another_service_is_one_and_says_why(outputs):
    write_version(outputs, 4, {}, description(register=register()))
    code, text = diff(outputs, "20260101", "20260104")
    assert code == 1
    assert "their numbers are not comparable" in text


def test_what_cannot_be_used_is_two(outputs):
    assert diff(outputs, "2027", "latest")[0] == 2
    assert diff(outputs, "../x", "latest")[0] == 2
    (outputs / "versions" / "20260101T000000Z-00000001" / "manifest.json").write_text("{", encoding="utf-8")
    code, text = diff(outputs, "20260101", "latest")
    assert code == 2
    assert "not a manifest" in text


def test_no_error_has_the_exit_code_of_a_difference():
    kinds, found = [CadreResearchError], []
    while kinds:
        below = kinds.pop().__subclasses__()
        found += below
        kinds += below
    assert len(found) > 8
    assert min(kind.exit_code for kind in found) == 2
    assert set(found) >= {getattr(errors, name) for name in errors.__all__ if name.endswith("Error")} - {
        CadreResearchError
    }


def test_names_of_others_are_no_markup(outputs):
    name = "src/[red]a[/blue].py"
    write_version(outputs, 4, {}, description({name: "x"}, register=register(service="[bold]")))
    write_version(outputs, 5, {}, description(register=register(service="[bold]")))
    code, text = diff(outputs, "20260105", "20260104")
    assert code == 0
    assert f"{name} (new)" in text


def test_two_stored_reports_are_compared_where_the_data_at_hand_cannot_be_read(outputs, tmp_path, monkeypatch):
    monkeypatch.setattr(terminal_changes, "data_dir", lambda: tmp_path / "none")
    code, text = diff(outputs, "20260101", "latest")
    assert code == 1
    assert "status-quo" not in text
    assert "other" in text


def test_every_pair_is_told_in_both_directions(outputs):
    for one, other in itertools.permutations(("20260101", "20260102", "20260103"), 2):
        assert diff(outputs, one, other)[0] == int("20260103" in (one, other))
