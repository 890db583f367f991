"""What changed from one report to the next is told whole, in both languages, and agrees with numbers worked by hand."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from published_versions import (
    ASSUMPTIONS,
    assumptions,
    attainable,
    description,
    register,
    required,
    show,
    verdicts,
    write_version,
)

from cadre_research.errors import InputError
from cadre_research.reporting.change_panel import changes_content, with_picture
from cadre_research.reporting.change_words import (
    change_rows,
    change_sentence,
    change_warning,
    found_lines,
    input_lines,
)
from cadre_research.reporting.changes import CHANGES_TABLES, compare, since_last
from cadre_research.reporting.editions import Edition
from cadre_research.reporting.input_changes import INPUT_KINDS
from cadre_research.reporting.number_changes import CHANGES_COLUMNS
from cadre_research.reporting.wording import LANGUAGES, WORDS

NAMES = {"a": "Chiefs", "b": "Deputies", "status-quo": "Status quo", "other": "Other"}


def between(tmp_path, before=None, after=None):
    """Compare two versions, each given as (tables, description)."""
    folders = [write_version(tmp_path, day, *(given or ())) for day, given in ((1, before), (2, after))]
    return compare(*folders)


def texts(changes, language):
    """Everything that a page or the terminal says of changes."""
    rows = [
        cell for most in (None, 12) for row in change_rows(changes, NAMES, language, most=most) for cell in row.cells()
    ]
    lines = [part for line in input_lines(changes, language, whole=True) for part in line]
    said = [change_sentence(changes, language), change_warning(changes, language)]
    return [*said, *lines, *rows, *found_lines(changes, NAMES, language)]


def row_of(changes, **wanted):
    frame = changes.numbers
    for column, value in {"age_line": "inclusive", "population": "level", "horizon_years": 5, **wanted}.items():
        frame = frame[frame[column] == value]
    (row,) = frame.to_dict("records")
    return row


def test_nothing_changed(tmp_path):
    changes = between(tmp_path)
    assert not changes.differ
    assert not changes.inputs
    assert set(changes.numbers["change"]) == {"same"}
    assert (changes.numbers["revision_points"] == 0).all()
    assert change_sentence(changes, "en") == "Nothing changed: the same inputs gave the same numbers."
    assert change_sentence(changes, "zh") == "没有变化：输入相同，数字相同。"
    assert change_rows(changes, NAMES, "en") == []
    assert change_warning(changes, "en") == ""
    assert set(changes.tables()) == {"changes"}


def test_nothing_but_the_code_changed(tmp_path):
    changes = between(
        tmp_path, after=({}, description({"src/cadre_research/model/flows.py": "c2", "src/new.py": "c3"}))
    )
    assert not changes.differ
    assert change_sentence(changes, "en") == "Nothing but the code changed; no share moved; no verdict turned."
    assert input_lines(changes, "en") == [("Code", "src/cadre_research/model/flows.py; src/new.py (new)")]
    assert input_lines(changes, "zh") == [("程序", "src/cadre_research/model/flows.py；src/new.py（新增）")]


def test_an_assumption_that_changed_is_named_with_both_values(tmp_path):
    after = ({"assumptions": assumptions(growth=0.3, fresh=0.1)}, description({ASSUMPTIONS: "a2"}))
    changes = between(tmp_path, after=after)
    assert [(one.kind, one.name, one.change, one.before, one.after) for one in changes.inputs] == [
        ("assumptions", "fresh", "added", "", ""),
        ("assumptions", "growth", "changed", "0.2", "0.3"),
    ]
    assert input_lines(changes, "en") == [("Assumptions", "fresh (new); growth 0.2 → 0.3")]
    assert change_sentence(changes, "en").startswith("Nothing but the assumptions changed")
    # An assumption is not a finding: it alone moves no number.
    assert changes.other_tables == ()


def test_a_range_that_changed_is_told_and_a_text_is_told_as_its_file(tmp_path):
    wider = assumptions().assign(high=[2.0, 1.0])
    ranged = between(tmp_path / "1", after=({"assumptions": wider}, description({ASSUMPTIONS: "a2"})))
    assert input_lines(ranged, "en") == [("Assumptions", "growth [0, 1] → [0, 2]")]
    text = between(tmp_path / "2", after=({}, description({ASSUMPTIONS: "a2"})))
    assert input_lines(text, "en") == [("Assumptions", ASSUMPTIONS)]


def test_a_verdict_that_turned_leads_and_the_numbers_are_those_worked_by_hand(tmp_path):
    """Target a under "other": 16.0 to 17.5 %, over one sixth; its post-holders 18.0 to 19.5 %, over it both times.

    Target b under the status quo: 4.0 to 3.4 %, and 6.0 to 5.4 %. Sum of revisions: 2 x 1.5 - 2 x 0.6 = 1.8 points.
    """
    moved = verdicts({("a", "other"): 0.175, ("b", "status-quo"): 0.034})
    changes = between(tmp_path, after=({"verdicts": moved}, description({ASSUMPTIONS: "a2"})))
    assert changes.numbers["revision_points"].sum() == pytest.approx(1.8)
    assert changes.numbers["share_before"].sum() == pytest.approx(2 * 0.45 + 4 * 0.02)
    assert changes.numbers["share_after"].sum() == pytest.approx(2 * 0.45 + 4 * 0.02 + 0.018)
    assert changes.numbers["change"].value_counts().to_dict() == {"same": 4, "moved": 3, "turned": 1}
    turned = row_of(changes, target="a", scenario="other")
    assert (turned["reached_before"], turned["reached_after"], turned["turned"]) == (False, True, True)
    assert changes.differ
    assert change_sentence(changes, "en") == (
        "1 of 4 verdicts turned; 2 of 4 shares moved, by up to 1.5 points; what changed: the assumptions."
    )
    assert change_sentence(changes, "zh") == "4项结论中有1项改变；4项占比中有2项变动，最多1.5个百分点；变化的有：假设。"
    first, second = change_rows(changes, NAMES, "en")
    space = "\N{NO-BREAK SPACE}"
    assert first.cells() == (
        *("Chiefs", "Other", "5 years", f"16.0{space}%", f"17.5{space}%", "+1.5", "✗ → ✓ reached"),
    )
    assert second.cells()[:2] == ("Deputies", "Status quo")
    assert second.cells()[5:] == ("\N{MINUS SIGN}0.6", "✗ not reached")
    assert len(change_rows(changes, NAMES, "en", most=None)) == 4
    assert len(change_rows(changes, NAMES, "en", most=1)) == 1


def test_a_verdict_that_turned_under_another_way_of_counting_is_told_apart(tmp_path):
    frame = verdicts()
    here = (frame["target"] == "a") & (frame["scenario"] == "other") & (frame["population"] == "posts")
    frame.loc[here, ["share", "reached"]] = [0.1, False]
    changes = between(tmp_path, after=({"verdicts": frame}, description({ASSUMPTIONS: "a2"})))
    assert change_sentence(changes, "en") == (
        "No verdict turned; under other ways of counting, 1 turned; no share moved; what changed: the assumptions."
    )
    (row,) = change_rows(changes, NAMES, "en")
    assert row.target == "Chiefs, post-holders"
    assert row.verdict == "✓ → ✗ not reached"


def test_shares_that_are_equal_to_a_billionth_are_equal(tmp_path):
    tiny = verdicts().assign(share=lambda frame: frame["share"] + 9e-10)
    assert not between(tmp_path / "1", after=({"verdicts": tiny},)).moved
    small = verdicts().assign(share=lambda frame: frame["share"] + 4e-9)
    changes = between(tmp_path / "2", after=({"verdicts": small}, description({ASSUMPTIONS: "a2"})))
    assert changes.moved
    assert "no share moved by more than 0.1 points; no verdict turned" in change_sentence(changes, "en")
    assert change_rows(changes, NAMES, "en") == []


def test_the_same_inputs_and_other_numbers_are_a_warning(tmp_path):
    changes = between(tmp_path, after=({"verdicts": verdicts({("a", "other"): 0.161})},))
    assert changes.unexplained
    assert change_warning(changes, "en").startswith("Warning: the same inputs gave other numbers.")
    assert change_warning(changes, "zh").startswith("警告：输入相同而数字不同")
    assert "what changed" not in change_sentence(changes, "en")


def test_a_scenario_that_came_or_went_is_told_and_not_dropped(tmp_path):
    more = verdicts({("a", "third"): 0.1, ("b", "third"): 0.2})
    asked = ["status-quo", "other", "third"]
    said = description({"data/scenarios/third.toml": "s3", "data/scenarios/other.toml": "s9"}, scenarios=asked)
    folders = [write_version(tmp_path, 1), write_version(tmp_path, 2, {"verdicts": more}, said)]
    came, went = compare(*folders), compare(*reversed(folders))
    assert [(one.name, one.change) for one in came.inputs] == [("other", "changed"), ("third", "added")]
    assert came.numbers["change"].value_counts().to_dict() == {"same": 8, "added": 4}
    assert went.numbers["change"].value_counts().to_dict() == {"same": 8, "removed": 4}
    assert "new verdicts: 2" in change_sentence(came, "en")
    assert "不再列出的结论2项" in change_sentence(went, "zh")
    row = row_of(came, target="b", scenario="third")
    assert np.isnan(row["share_before"])
    assert pd.isna(row["reached_before"])
    assert row["share_after"] == 0.2
    shown = [row for row in change_rows(came, NAMES, "en", most=None) if row.scenario == "third"]
    assert [(one.before, one.revision) for one in shown] == [("", "")] * 4
    assert came.differ


def test_every_kind_of_input_is_told_under_its_name(tmp_path):
    said = description({name: f"{value}x" for name, value in description()["inputs"].items()}, draws=50, language="en")
    said |= {"python": "3.12.1", "libraries": {"numpy": "2.1.0"}, "package": {"name": "cadre-research", "version": "9"}}
    changes = between(tmp_path, after=({}, said))
    told = dict(input_lines(changes, "en"))
    assert list(told) == [
        *("Assumptions", "Scenarios", "Data", "Asked for", "Notebooks", "Code", "Lock file", "Libraries"),
    ]
    assert told["Asked for"] == "draws 100 → 50"
    assert told["Libraries"] == "Python 3.11.9 → 3.12.1; numpy 2.0.0 → 2.1.0"
    assert told["Code"] == "cadre-research 0.1.0 → 9; src/cadre_research/model/flows.py"
    assert told["Scenarios"] == "other; status-quo"
    assert "the assumptions, the scenarios, the data" in change_sentence(changes, "en")
    assert "和程序库" in change_sentence(changes, "zh")


def test_of_many_names_the_first_are_told_and_how_many_more(tmp_path):
    changes = between(tmp_path, after=({}, description({f"src/{place:02d}.py": "x" for place in range(20)})))
    ((_, said),) = input_lines(changes, "en")
    assert said.endswith("src/05.py (new); 14 more")
    ((_, whole),) = input_lines(changes, "en", whole=True)
    assert whole.endswith("src/19.py (new)")
    assert len(changes.tables()["changed_inputs"]) == 20


def test_what_it_takes_and_what_is_possible_are_told_where_both_reports_have_them(tmp_path):
    before = ({"required": required(0.115), "attainable": attainable(0.15)},)
    after = ({"required": required(np.nan), "attainable": attainable(0.162)}, description({ASSUMPTIONS: "a2"}))
    changes = between(tmp_path / "1", before, after)
    row = row_of(changes, target="a", scenario="status-quo")
    assert (row["required_rate_before"], row["best_share_before"], row["best_share_after"]) == (0.115, 0.15, 0.162)
    assert np.isnan(row["required_rate_after"])
    assert row["change"] == "moved"
    (line,) = found_lines(changes, NAMES, "en")
    assert line.startswith("Chiefs, 5 years: promotions per 100 posts a year it would take 11.5 → none; best of")
    assert line.endswith("15.0\N{NO-BREAK SPACE}% → 16.2\N{NO-BREAK SPACE}%")
    assert "任何合规办法" in found_lines(changes, NAMES, "zh")[0]
    alone = between(tmp_path / "2", after=after)
    assert alone.numbers[["required_rate_after", "best_share_after"]].isna().all(axis=None)
    assert not alone.moved


def test_probabilities_and_other_tables_that_moved_are_told(tmp_path):
    surer = between(tmp_path / "1", after=({"verdicts": verdicts(probability=0.31)}, description(seed=2)))
    assert "no share moved; no verdict turned; probabilities moved by up to 6 points" in change_sentence(surer, "en")
    flows = pd.DataFrame({"rank": ["chief"], "headcount": [10.0]})
    before, after = ({"flows": flows},), ({"flows": flows.assign(headcount=11.0)}, description(seed=2))
    changes = between(tmp_path / "2", before, after)
    assert changes.other_tables == ("flows",)
    assert changes.differ
    assert change_sentence(changes, "en").endswith("no verdict turned; other numbers moved.")
    assert ("Tables that differ besides", "flows") in input_lines(changes, "en")
    reworded = ({"flows": flows.assign(rank="another word")}, description(seed=2))
    assert not between(tmp_path / "3", before, reworded).moved


def test_a_report_of_before_there_were_probabilities_has_not_moved(tmp_path):
    changes = between(tmp_path, before=({"verdicts": verdicts().drop(columns="probability")},))
    assert not changes.moved


# --- what must not be shown


def hidden_pair(tmp_path, before, after, setting="protected"):
    said = description(register=register(disclosure=setting))
    return between(
        tmp_path,
        ({"verdicts": verdicts(before)}, said),
        ({"verdicts": verdicts(after)}, said | {"inputs": {}}),
    )


@pytest.mark.parametrize(
    ("before", "after"), [(None, 0.05), (0.07, None), (None, None)], ids=["before", "after", "both"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hidden_share_is_not_shown_and_nothing_is_computed_from_it(tmp_path, before, after, language):
    place = ("a", "status-quo")
    changes = hidden_pair(tmp_path, {place: before}, {place: after, ("b", "other"): 0.1})
    row = row_of(changes, target="a", scenario="status-quo")
    assert np.isnan(row["revision_points"])
    assert row["change"] == "not-shown"
    for text in texts(changes, language):
        assert not re.search(r"\bnan\b|None|<NA>", text), text
    assert re.search("of 4 shares 1 are not shown|4项占比中有1项不公布", change_sentence(changes, language))


def test_what_a_later_protected_report_hides_is_not_carried_into_it(tmp_path):
    place = ("a", "status-quo")
    protected = hidden_pair(tmp_path / "1", {place: 0.07}, {place: None})
    assert np.isnan(row_of(protected, target="a", scenario="status-quo")["share_before"])
    internal = hidden_pair(tmp_path / "2", {place: 0.07}, {place: None}, "internal")
    assert row_of(internal, target="a", scenario="status-quo")["share_before"] == 0.07


def test_a_scenario_that_went_leaves_no_share_of_a_protected_report(tmp_path):
    said = description(register=register())
    before = ({"verdicts": verdicts({("a", "third"): 0.1})}, said)
    changes = between(tmp_path, before, ({}, said))
    gone = changes.numbers[changes.numbers["change"] == "removed"]
    assert len(gone) == 2
    assert gone["share_before"].isna().all()


def test_a_turned_verdict_whose_share_is_hidden_says_so(tmp_path):
    frames = [verdicts({("a", "other"): None}) for _ in range(2)]
    here = (frames[1]["target"] == "a") & (frames[1]["scenario"] == "other") & (frames[1]["population"] == "level")
    frames[1].loc[here, "reached"] = True
    said = description(register=register())
    changes = between(tmp_path, ({"verdicts": frames[0]}, said), ({"verdicts": frames[1]}, said | {"inputs": {}}))
    (row,) = change_rows(changes, NAMES, "zh")
    assert row.cells()[3:] == ("不公布", "不公布", "", "✗ → ✓ 达标")


def test_assumptions_that_are_not_shown_are_named_without_a_number(tmp_path):
    said = [description({ASSUMPTIONS: one}, register=register()) for one in ("a1", "a2")]
    tables = [{"assumptions": assumptions(growth=value)} for value in (0.2, np.nan)]
    changes = between(tmp_path, (tables[0], said[0]), (tables[1], said[1]))
    assert input_lines(changes, "en") == [("Assumptions", "growth")]


# --- what is not compared


@pytest.mark.parametrize(
    ("before", "after", "reason", "english", "chinese"),
    [
        ({}, {"register": register()}, "service", "about another service", "另一支队伍"),
        ({"register": register()}, {"register": register(service="police")}, "service", "about another", "另一支"),
        (
            {"register": register(disclosure="internal")},
            {"register": register()},
            *("disclosure", "another setting of disclosure control", "保密设置不同"),
        ),
    ],
)
def test_reports_of_another_kind_are_not_set_side_by_side(tmp_path, before, after, reason, english, chinese):
    other = {"verdicts": verdicts({("a", "other"): 0.9}), "assumptions": assumptions(growth=0.9)}
    said = [description({ASSUMPTIONS: "a9"}, **before), description(**after)]
    changes = between(tmp_path, (other, said[0]), ({}, said[1]))
    assert changes.not_compared == reason
    assert changes.differ
    assert english in change_sentence(changes, "en")
    assert chinese in change_sentence(changes, "zh")
    assert changes.numbers.empty
    assert change_rows(changes, NAMES, "en", most=None) == []
    assert "changes" not in changes.tables()
    # Not even the value of an assumption.
    assert not re.search(r"0\.9|90\.", " ".join(texts(changes, "en")))
    assert not changes.unexplained


def test_another_register_of_the_same_service_is_compared_and_named(tmp_path):
    files = [{"ladder": f"l{one}", "assumptions": f"a{one}", "encoding": f"e{one}"} for one in (1, 2)]
    said = [
        description(register=register(sha256=letter * 64, as_of=f"202{year}-12-31")) | {"asked": {"register": given}}
        for letter, year, given in (("c", 3, files[0]), ("d", 4, files[1]))
    ]
    changes = between(tmp_path, ({}, said[0]), ({}, said[1]))
    assert changes.not_compared == ""
    assert dict(input_lines(changes, "en")) == {
        "Assumptions": "--assumptions",
        "Data": "--ladder",
        "Register": "as_of 2023-12-31 → 2024-12-31; encoding e1 → e2; sha256 cccccccccc → dddddddddd",
    }


# --- versions that cannot be used


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"inputs": 1, "parameters": {}, "outputs": {}}', '{"inputs"'])
def test_a_damaged_manifest_is_refused(tmp_path, text):
    folders = [write_version(tmp_path, day) for day in (1, 2)]
    (folders[0] / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"manifest\.json: not a manifest"):
        compare(*folders)
    (folders[0] / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"manifest\.json: missing"):
        compare(*folders)


def _edited(frame):
    return lambda path: frame.to_parquet(path)


DAMAGE = {
    "changed since": (_edited(verdicts({("a", "other"): 0.2})), True),
    "missing, though": (lambda path: path.unlink(), True),
    "cannot be read": (lambda path: path.write_text("x", encoding="utf-8"), False),
    "lacks the columns share": (_edited(verdicts().drop(columns="share")), False),
    "has a row twice": (_edited(pd.concat([verdicts(), verdicts()])), False),
    "has no table of verdicts": (lambda path: path.unlink(), False),
}


@pytest.mark.parametrize("message", DAMAGE)
def test_a_damaged_table_is_refused(tmp_path, message):
    spoil, listed = DAMAGE[message]
    folders = [write_version(tmp_path, day) for day in (1, 2)]
    spoil(folders[0] / "tables" / "verdicts.parquet")
    if not listed:
        manifest = json.loads((folders[0] / "manifest.json").read_text(encoding="utf-8")) | {"outputs": {}}
        (folders[0] / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        compare(*folders)


# --- while a report is made


def staged(tmp_path, frame=None):
    """A folder in which a report is being made: tables and no manifest yet."""
    folder = write_version(tmp_path / "aside", 9, {"verdicts": verdicts() if frame is None else frame})
    (folder / "manifest.json").unlink()
    return folder


def test_the_first_report_says_that_there_is_none_before_it(tmp_path):
    folder = staged(tmp_path)
    assert since_last(folder, tmp_path, description()) is None
    made = with_picture(changes_content(folder, tmp_path, description()), folder, NAMES, Edition("en"))
    assert made.changes is None
    assert made.tables == []
    assert not (folder / "tables" / "changes.csv").exists()
    assert "first report" in change_sentence(None, "en")
    assert "第一份报告" in change_sentence(None, "zh")


def test_a_report_is_compared_with_what_latest_shows_and_not_with_the_newest(tmp_path):
    shown, _ = write_version(tmp_path, 1), write_version(tmp_path, 2, {"verdicts": verdicts({("a", "other"): 0.5})})
    show(tmp_path, shown)
    changes = since_last(staged(tmp_path), tmp_path, description())
    assert changes.before == shown.name
    assert not changes.differ


def test_a_report_is_compared_with_the_last_in_its_own_language_and_else_in_another(tmp_path):
    chinese, moved = description(language="zh"), {"verdicts": verdicts({("a", "other"): 0.5})}
    english = write_version(tmp_path, 1)
    show(tmp_path, english)
    changes = since_last(staged(tmp_path), tmp_path, chinese)
    assert changes.before == english.name
    assert not changes.differ
    assert (
        change_sentence(changes, "en") == "Nothing but what was asked for changed; no share moved; no verdict turned."
    )
    first, second = write_version(tmp_path, 2, moved, chinese), write_version(tmp_path, 3)
    # Given up: what a rollback took down, or what was published aside.
    write_version(tmp_path, 4, None, chinese)
    show(tmp_path, second)
    assert since_last(staged(tmp_path / "zh"), tmp_path, chinese).before == first.name
    assert since_last(staged(tmp_path / "en"), tmp_path, description()).before == second.name
    show(tmp_path, first)
    assert since_last(staged(tmp_path / "again"), tmp_path, description()).before == english.name
    (first / "manifest.json").write_text("{", encoding="utf-8")
    assert since_last(staged(tmp_path / "damaged"), tmp_path, description()).not_compared == "unreadable"
    show(tmp_path, second)
    assert since_last(staged(tmp_path / "passed-over"), tmp_path, chinese).before == second.name


def test_a_report_in_both_languages_is_compared_with_the_last_in_both(tmp_path):
    both = description(language="both")
    english = write_version(tmp_path, 1)
    show(tmp_path, english)
    assert since_last(staged(tmp_path / "1"), tmp_path, both).before == english.name
    first, later = write_version(tmp_path, 2, None, both), write_version(tmp_path, 3)
    show(tmp_path, later)
    assert since_last(staged(tmp_path / "2"), tmp_path, both).before == first.name
    assert since_last(staged(tmp_path / "3"), tmp_path, description(language="zh-en")).before == first.name
    show(tmp_path, first)
    assert since_last(staged(tmp_path / "4"), tmp_path, description(language="zh")).before == first.name


def test_a_language_explains_no_number(tmp_path):
    moved = {"verdicts": verdicts({("a", "other"): 0.5})}
    assert between(tmp_path, after=(moved, description(language="zh"))).unexplained
    assert not between(tmp_path / "2", after=(moved, description(language="zh", draws=7))).unexplained


def test_a_damaged_report_before_does_not_keep_a_new_one_from_being_made(tmp_path):
    before = write_version(tmp_path, 1)
    show(tmp_path, before)
    (before / "manifest.json").write_text("{", encoding="utf-8")
    changes = since_last(staged(tmp_path), tmp_path, description())
    assert changes.not_compared == "unreadable"
    assert "is damaged or of an older form" in change_sentence(changes, "en")
    assert changes.tables() == {}


def test_tables_and_picture_of_the_changes_stand_in_the_report(tmp_path):
    show(tmp_path, write_version(tmp_path, 1))
    folder = staged(tmp_path, verdicts({("a", "other"): 0.175}))
    made = with_picture(
        changes_content(folder, tmp_path, description({ASSUMPTIONS: "a2"})), folder, NAMES, Edition("zh", ".zh")
    )
    assert made.tables == ["changes", "changed_inputs"]
    for name in made.tables:
        csv, parquet = (
            pd.read_csv(folder / "tables" / f"{name}.csv"),
            pd.read_parquet(folder / "tables" / f"{name}.parquet"),
        )
        assert tuple(csv.columns) == tuple(parquet.columns) == CHANGES_TABLES[name]
        assert len(csv) == len(parquet) > 0
    assert made.picture == folder / "figures" / "revisions.zh.png"
    assert made.picture.with_suffix(".png").stat().st_size > 1000
    folder = staged(tmp_path / "2")
    again = with_picture(changes_content(folder, tmp_path, description()), folder, NAMES, Edition("en"))
    assert again.picture is None
    assert set(CHANGES_COLUMNS) == set(again.changes.numbers.columns)


def test_every_kind_has_its_words():
    for kind in INPUT_KINDS:
        assert {f"changed_kind_{kind}", f"changed_the_{kind}"} <= set(WORDS)
    for reason in ("service", "disclosure", "unreadable"):
        assert f"changed_other_{reason}" in WORDS
    for change in ("added", "removed"):
        assert {f"changed_is_{change}", f"changed_{change}"} <= set(WORDS)
