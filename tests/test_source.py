"""Reading a data file: every kind of bad file is refused, with file, key and line."""

import re

import pytest

from cadre_research.errors import EvidenceError
from cadre_research.evidence.assumptions import AssumptionsFile
from cadre_research.evidence.ladder import Ladder
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.source import LARGEST_FILE_BYTES, read_source
from cadre_research.evidence.targets import Targets
from cadre_research.paths import facts_dir

SCENARIO = """format = 1
id = "toy"
title_en = "Toy"
title_zh = "玩具"
reason = "made up"

[promotion]
mode = "rate"
rate_per_year = 0.08
young_share = "1/3"

[retirement]
reform = false
"""


@pytest.fixture
def read(tmp_path):
    def run(content, kind=Scenario):
        path = tmp_path / "toy.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_source(path, kind)

    return run


def refusal(read, content, kind=Scenario):
    with pytest.raises(EvidenceError) as refused:
        read(content, kind)
    message = str(refused.value)
    assert "toy.toml" in message
    return message


def test_a_good_file_is_read(read):
    scenario = read(SCENARIO)
    assert scenario.promotion.rate_per_year == 0.08
    assert scenario.retirement.reform is False


@pytest.mark.parametrize(
    ("old", "new", "line", "rest"),
    [
        (
            "rate_per_year =",
            "rate_per_yaer =",
            9,
            "key promotion.rate_per_yaer: unknown name. Did you mean rate_per_year",
        ),
        ("[retirement]", "[retirment]", 12, "key retirment: unknown name. Did you mean retirement"),
        ("reason =", "resaon =", 5, "key resaon: unknown name. Did you mean reason"),
        ("0.08", '"0,1"', 9, "key promotion.rate_per_year: given '0,1'; input should be a valid number"),
        ("0.08", '"0.08"', 9, "key promotion.rate_per_year: given '0.08'; input should be a valid number"),
        ("0.08", "true", 9, "key promotion.rate_per_year: given True; input should be a valid number"),
        ("0.08", "nan", 9, "key promotion.rate_per_year: given nan; input should be"),
        ("0.08", "inf", 9, "key promotion.rate_per_year: given inf; input should be"),
        ("0.08", "1e400", 9, "key promotion.rate_per_year: given inf; input should be"),
        ("0.08", "-0.1", 9, "key promotion.rate_per_year: given -0.1; input should be greater than or equal to 0"),
        ("0.08", "1.5", 9, "key promotion.rate_per_year: given 1.5; input should be less than or equal to 1"),
        ('"1/3"', '"1/0"', 10, "key promotion.young_share: given '1/0'; expected a share such as 0.25 or \"1/6\""),
        ('"1/3"', '"0,3"', 10, "key promotion.young_share: given '0,3'; expected a share such as 0.25 or \"1/6\""),
        ('"1/3"', '"3/2"', 10, "key promotion.young_share: given '3/2'; input should be less than or equal to 1"),
        ('"1/3"', "true", 10, "key promotion.young_share: given True;"),
        ('"1/3"', "nan", 10, "key promotion.young_share: given nan;"),
        ('"1/3"', "inf", 10, "key promotion.young_share: given inf;"),
        ('"1/3"', "-0.5", 10, "key promotion.young_share: given -0.5;"),
        ('"rate"', '"rates"', 8, "key promotion.mode: given 'rates'; input should be 'vacancy', 'rate'"),
        ("false", "0", 13, "key retirement.reform: given 0; input should be a valid boolean"),
        ("false", '"no"', 13, "key retirement.reform: given 'no'; input should be a valid boolean"),
        ('"toy"', '"To y"', 2, "key id: given 'To y'; string should match pattern"),
        ('"toy"', '"../../x"', 2, "key id: given '../../x'; string should match pattern"),
        ('"toy"', "7", 2, "key id: given 7; input should be a valid string"),
        ("format = 1", "format = 2", 1, "key format: given 2; input should be 1"),
        ("format = 1", "format = true", 1, "key format: given True; expected 1, got true"),
        ("format = 1", 'format = "1"', 1, "key format: given '1'; input should be 1"),
        ('"made up"', '""', 5, "key reason: given ''; string should have at least 1 character"),
    ],
)
def test_a_wrong_key_or_value_is_refused_with_its_line(read, old, new, line, rest):
    message = refusal(read, SCENARIO.replace(old, new, 1))
    assert f"toy.toml, line {line}, {rest}" in message


def test_every_fault_of_a_file_is_told_at_once(read):
    message = refusal(read, SCENARIO.replace("0.08", "2").replace("false", "3").replace("reason", "raison"))
    assert len(message.splitlines()) == 4
    assert all("toy.toml" in line for line in message.splitlines())
    assert "key reason: missing; this key is required." in message


@pytest.mark.parametrize("key", ["format", "id", "title_en", "title_zh", "reason"])
def test_a_missing_key_is_named_and_no_line_made_up_for_it(read, key):
    message = refusal(read, re.sub(rf"^{key} = .*\n", "", SCENARIO, flags=re.M))
    assert message.endswith(f"toy.toml, key {key}: missing; this key is required.")


def test_a_missing_key_of_one_table_is_not_looked_for_in_the_next(read):
    """The second target has no note; the line is that of its own table."""
    lines = (facts_dir() / "targets.toml").read_text(encoding="utf-8").splitlines()
    headers = [number for number, line in enumerate(lines) if line == "[[targets]]"]
    notes = [number for number, line in enumerate(lines) if line.startswith("note")]
    del lines[notes[1]]
    message = refusal(read, "\n".join(lines), Targets)
    assert f"line {headers[1] + 1}, key targets[2].note: missing" in message


def test_a_wrong_value_in_a_later_table_has_the_line_of_that_table(read):
    lines = (facts_dir() / "ladder.toml").read_text(encoding="utf-8").splitlines()
    at = [n for n, line in enumerate(lines) if line.startswith("minimum_service_years = 5")][1]
    lines[at] = "minimum_service_years = 5.5"
    message = refusal(read, "\n".join(lines), Ladder)
    assert f"line {at + 1}, key promotions[4].minimum_service_years: given 5.5" in message


def test_a_misspelt_key_within_a_table_in_one_line_has_that_line(read):
    text = (facts_dir() / "ladder.toml").read_text(encoding="utf-8")
    line = text[: text.index('{ assumption = "section-deputy-posts" }')].count("\n") + 1
    message = refusal(read, text.replace('{ assumption = "section-deputy-p', '{ assumtion = "section-deputy-p'), Ladder)
    assert f"line {line}, key ranks[3].posts.Assumed.assumtion: unknown name. Did you mean assumption" in message


def test_a_key_of_an_inner_table_has_its_own_line(read):
    text = (facts_dir() / "targets.toml").read_text(encoding="utf-8")
    line = text[: text.index("young = 306")].count("\n") + 1
    message = refusal(read, text.replace("young = 306", "young = -306"), Targets)
    assert (
        f"line {line}, key targets[2].survey.young: given -306; input should be greater than or equal to 0" in message
    )


def test_a_fault_of_the_whole_file_has_no_line(read):
    text = (facts_dir() / "assumptions.toml").read_text(encoding="utf-8")
    message = refusal(read, text.replace('id = "removal"', 'id = "demotion"'), AssumptionsFile)
    assert "toy.toml, key (whole file): each id once, got demotion more than once" in message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SCENARIO + "reform = true\n", "not a valid UTF-8 TOML file: Cannot overwrite a value"),
        (SCENARIO.replace('"toy"', "toy"), "not a valid UTF-8 TOML file: Invalid value"),
        (SCENARIO.encode("utf-16"), "not a valid UTF-8 TOML file: 'utf-8' codec can't decode"),
        (SCENARIO.encode("gbk"), "not a valid UTF-8 TOML file: 'utf-8' codec can't decode"),
        (SCENARIO.encode("utf-8-sig"), "not a valid UTF-8 TOML file"),
        (b"\x00", "not a valid UTF-8 TOML file"),
        ("a = " + "[" * 100_000 + "]" * 100_000, "not a valid UTF-8 TOML file: maximum recursion depth exceeded"),
        ("a = " + "9" * 10_000, "not a valid UTF-8 TOML file: Exceeds the limit"),
        ("#" * (LARGEST_FILE_BYTES + 1), "1,000,001 bytes given, at most 1,000,000 expected"),
        ("", "key format: missing; this key is required"),
        ("# nothing but a comment\n", "key id: missing; this key is required"),
        ("[[promotion]]\n" + SCENARIO.split("[promotion]")[0], "key promotion"),
    ],
    ids=[
        "duplicate key",
        "no quotes",
        "UTF-16",
        "GBK",
        "byte-order mark",
        "NUL",
        "deep nesting",
        "huge integer",
        "too large",
        "empty",
        "comment only",
        "array for a table",
    ],
)
def test_a_file_that_is_no_such_file_is_refused(read, content, message):
    assert message in refusal(read, content)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EvidenceError, match=r"missing\.toml: cannot be read \(No such file or directory\)"):
        read_source(tmp_path / "missing.toml", Scenario)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(EvidenceError, match=r"cannot be read \(a folder, device or pipe; expected a file\)"):
        read_source(tmp_path, Scenario)


def test_what_was_read_cannot_be_changed(read):
    scenario = read(SCENARIO)
    with pytest.raises(ValueError, match="frozen"):
        scenario.id = "other"


@pytest.mark.parametrize("written", ["8%", "8 %", "8\t%  # of the posts"])
def test_a_percentage_is_told_how_it_is_written(read, written):
    said = refusal(read, SCENARIO.replace("0.08", written))
    assert "at line 9" in said
    assert said.endswith(" A percentage is written as a decimal: 0.08 for 8 %.")


def test_what_only_speaks_of_a_percentage_is_not_taken_for_one(read):
    text = SCENARIO.replace('"made up"', '"8 % of them"').replace("[promotion]", "# rate = 8%\n[promotion]")
    assert read(text).reason == "8 % of them"
    assert "percentage" not in refusal(read, text.replace("[retirement]", "[retirement"))


def test_only_a_share_or_probability_above_one_is_told_what_is_meant(read):
    assert "12 of 100 is written 0.12." in refusal(read, SCENARIO.replace("0.08", "12"))
    many = SCENARIO.replace("[promotion]", "[promotion]\ncandidates_per_post = 101")
    assert refusal(read, many).endswith("less than or equal to 100.")
    assert "of 100 is written" not in refusal(
        read, SCENARIO.replace("[retirement]", "[posts]\ngrowth_per_year = -12\n[retirement]")
    )
    assert "of 100 is written" not in refusal(read, SCENARIO.replace("0.08", "800"))
