"""Versions that are kept: listed, gone back to, pinned, and never lost by tidying up."""

import os
from datetime import UTC, datetime

import pytest
from test_cli import run as command

from cadre_research.errors import PublicationError
from cadre_research.reporting import publish as publishing
from cadre_research.reporting import shelf
from cadre_research.reporting.outputs_folder import latest_report, pins, versions
from cadre_research.reporting.provenance import verify_manifest, write_manifest
from cadre_research.reporting.publish import publish


def put(outputs, word, keep=10):
    def build(folder):
        (folder / "index.html").write_text(word, encoding="utf-8")
        parameters = {"scenarios": ["status-quo", "rate-08"], "language": "en"}
        write_manifest(folder, {"created": "2026-11-26T08:00:00+00:00", "parameters": parameters})

    return publish(outputs, build, verify_manifest, keep=keep)


@pytest.fixture
def three(tmp_path):
    return tmp_path, [put(tmp_path, word) for word in ("first", "second", "third")]


def test_versions_are_listed_the_newest_first(three):
    outputs, made = three
    shelf.pin(made[0], outputs)
    found = shelf.version_list(outputs)
    assert list(found["version"]) == [version.name for version in reversed(made)]
    assert list(found["shown"]) == [True, False, False]
    assert list(found["pinned"]) == [False, False, True]
    assert set(found["scenarios"]) == {2}
    text = command("versions", "--output", str(outputs))[1]
    assert all(version.name in text for version in made)
    assert "latest" in text
    assert "pinned" in text
    assert "Nothing has been published" in command("versions", "--output", str(outputs / "none"))[1]


def test_an_older_version_is_shown_again_and_none_is_lost(three):
    outputs, made = three
    assert command("rollback", "--output", str(outputs))[0] == 0
    assert latest_report(outputs) == made[1]
    assert command("rollback", made[0].name, "--output", str(outputs))[0] == 0
    assert (outputs / "latest" / "index.html").read_text(encoding="utf-8") == "first"
    code, text = command("rollback", "--output", str(outputs))
    assert code == 4
    assert "no version before" in text
    assert command("rollback", made[2].name, "--output", str(outputs))[0] == 0
    assert versions(outputs) == made


def test_a_damaged_version_is_not_shown_and_verify_names_the_file(three):
    outputs, made = three
    assert command("verify", "--output", str(outputs))[0] == 0
    (made[0] / "index.html").write_text("damaged", encoding="utf-8")
    code, text = command("verify", made[0].name, "--output", str(outputs))
    assert code == 4
    assert "index.html: changed" in text
    code, text = command("rollback", made[0].name, "--output", str(outputs))
    assert code == 4
    assert latest_report(outputs) == made[2]


def test_a_pinned_version_and_the_one_that_is_up_are_never_removed(three):
    outputs, made = three
    assert command("pin", made[0].name, "--output", str(outputs))[0] == 0
    shelf.roll_back(made[1], outputs)
    for _ in range(3):
        newest = put(outputs, "new", keep=1)
    assert versions(outputs) == [made[0], newest]
    assert command("unpin", made[0].name, "--output", str(outputs))[0] == 0
    assert pins(outputs) == set()
    newest = put(outputs, "new", keep=1)
    assert versions(outputs) == [newest]


def test_a_version_pinned_while_it_is_being_removed_stays(three, monkeypatch):
    outputs, made = three
    rename = os.rename

    def pinned_meanwhile(source, target):
        rename(source, target)
        if source == made[0]:
            (outputs / "pinned").mkdir(exist_ok=True)
            (outputs / "pinned" / made[0].name).touch()

    monkeypatch.setattr(os, "rename", pinned_meanwhile)
    put(outputs, "new", keep=1)
    assert made[0] in versions(outputs)
    verify_manifest(made[0])


def test_a_version_that_is_gone_cannot_be_pinned(three):
    outputs, made = three
    with pytest.raises(PublicationError, match="no longer there"):
        shelf.pin(made[0].with_name("20200101T000000Z-00000000"), outputs)
    assert pins(outputs) == set()


def test_with_the_clock_set_back_the_newest_version_still_is_the_last_one(three, monkeypatch):
    outputs, made = three

    class SetBack(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime(2001, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(publishing, "datetime", SetBack)
    later = put(outputs, "later", keep=2)
    assert versions(outputs)[-1] == later == latest_report(outputs)
    assert versions(outputs) == [made[2], later]
