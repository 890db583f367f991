"""A scenario of one's own: every answer is checked at once, the file is whole or not there, nothing is written over."""

import os
import shutil
import tomllib
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from cadre_research import cli, paths
from cadre_research.errors import CadreResearchError, InputError, ParameterError, UnknownNameError
from cadre_research.evidence.scenario import load_scenario
from cadre_research.reporting import new_scenario as module
from cadre_research.reporting.decimals import decimal_of, promotion_rates, share_of
from cadre_research.reporting.new_scenario import NEEDED, QUESTIONS, Draft, write_new
from cadre_research.reporting.wording import word

NAMED = {"id": "my-plan", "title-en": "My plan", "title-zh": "我的方案", "reason": "To try it."}
GIVEN = ("new-scenario", "my-plan", "--title-en", "My plan", "--title-zh", "我的方案", "--reason", "To try it.")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with the project's data, which the commands take for their own."""
    for part in ("facts", "scenarios"):
        shutil.copytree(paths.data_dir() / part, tmp_path / "data" / part)
    monkeypatch.setenv(paths.ROOT_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def scenarios(checkout):
    return checkout / "data" / "scenarios"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def draft(study, base="status-quo", **answers):
    found = Draft.of(study, base)
    for question, answer in {**NAMED, **{name.replace("_", "-"): text for name, text in answers.items()}}.items():
        found = found.answered(question, answer)
    return found


def run(*arguments, typed=None):
    result = CliRunner().invoke(cli.app, arguments, input=typed, env={"COLUMNS": "200"})
    if isinstance(result.exception, CadreResearchError):
        return result.exception.exit_code, str(result.exception)
    return result.exit_code, result.output


def test_with_options_alone_nothing_is_asked_and_the_file_holds_what_was_given(scenarios):
    before = names(scenarios)
    code, text = run(*GIVEN, "--promotion-rate", "0.1", "--young-share", "1/2", "--horizon", "2", "--yes")
    assert code == 0, text
    assert "Write data" not in text
    assert names(scenarios) == sorted([*before, "my-plan.toml"])
    written = load_scenario("my-plan", scenarios)
    assert (written.promotion.mode, written.promotion.rate_per_year, written.promotion.young_share * 2) == (
        "rate",
        0.1,
        1,
    )
    assert (written.title_en, written.title_zh, written.reason) == ("My plan", "我的方案", "To try it.")


def test_the_verdict_is_shown_and_what_to_do_next(scenarios):
    code, text = run(*GIVEN, "--young-share", "0.5", "--horizon", "2", "--yes")
    assert code == 0
    assert "My plan, 2017 → 2019" in text
    assert "County level, all" in text
    for command in ("forecast my-plan", "-p scenario my-plan", "report --only my-plan"):
        assert command in text


def test_what_it_shows_is_what_forecast_shows_of_the_file(scenarios):
    _, made = run(*GIVEN, "--young-share", "0.5", "--horizon", "3", "--yes")
    _, shown = run("forecast", "my-plan", "--horizon", "3")
    assert shown.strip()
    assert shown.strip() in made


def test_every_question_is_asked_and_a_bad_answer_is_asked_again(scenarios):
    typed = ["My Plan", "my-plan", "", "我的方案", "To try it.", "12", "0.12", "2/3", "3", "yes", "y"]
    code, text = run("new-scenario", "--horizon", "1", typed="\n".join(typed) + "\n")
    assert code == 0, text
    assert "given 'My Plan', expected lower-case letters, digits and hyphens" in text
    assert "Perhaps my-plan." in text
    assert "12 of 100 is written 0.12." in text
    written = load_scenario("my-plan", scenarios)
    assert written.title_en == "My plan"
    assert written.promotion.rate_per_year == 0.12
    assert written.promotion.priority_rule
    # At a rate no posts are freed besides, and it is not asked.
    assert word("new_release_rate", "en", base="status-quo") not in text


def test_it_asks_in_chinese(scenarios):
    typed = "\n".join(["my-plan", "My plan", "", "试一试。", "", "", "0.02", "", "", ""]) + "\n"
    code, text = run("new-scenario", "--language", "zh", "--horizon", "1", typed=typed)
    assert code == 0, text
    assert word("new_release_rate", "zh", base="status-quo") in text
    assert "已写入" in text
    assert load_scenario("my-plan", scenarios).promotion.release_rate_per_year == 0.02


def test_whoever_does_not_want_it_after_all_leaves_nothing_behind(scenarios):
    before = names(scenarios)
    code, text = run(*GIVEN, "--young-share", "0.5", "--horizon", "1", typed="\n\n\n\nn\n")
    assert code == 1
    assert "Aborted" in text
    assert names(scenarios) == before


@pytest.mark.parametrize("step", range(1, len(QUESTIONS)))
def test_an_interrupt_at_any_question_leaves_nothing_behind(step, scenarios, monkeypatch):
    before, asked = names(scenarios), []

    def interrupted(text, **settings):
        asked.append(text)
        if len(asked) == step:
            raise KeyboardInterrupt
        return settings["value_proc"]({1: "my-plan", 2: "My plan", 3: "我的方案", 4: "Why."}.get(len(asked), ""))

    monkeypatch.setattr(typer, "prompt", interrupted)
    code, _ = run("new-scenario")
    assert code != 0
    assert len(asked) == step
    assert names(scenarios) == before


@pytest.mark.parametrize("where", ["fsync", "link"])
@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (KeyboardInterrupt, KeyboardInterrupt),
        (OSError(28, "No space left on device"), ParameterError),
        (SystemExit, SystemExit),
    ],
)
def test_an_interrupt_or_a_full_disk_while_writing_leaves_nothing_behind(
    where, fault, seen, study, tmp_path, monkeypatch
):
    def fails(*_):
        raise fault

    monkeypatch.setattr(os, where, fails)
    with pytest.raises(seen):
        write_new(draft(study), tmp_path)
    assert names(tmp_path) == []


def test_a_file_that_is_there_is_never_written_over(study, tmp_path):
    (tmp_path / "my-plan.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError, match="is there and is never written over"):
        write_new(draft(study), tmp_path)
    assert (tmp_path / "my-plan.toml").read_text(encoding="utf-8") == "mine"
    assert names(tmp_path) == ["my-plan.toml"]


def test_a_folder_that_nobody_may_write_to_is_told_of(study, tmp_path):
    with pytest.raises(ParameterError, match="cannot be written"):
        write_new(draft(study), tmp_path / "none")


@pytest.mark.parametrize("base", ["status-quo", "rate-08", "full-plan-2018", "post-freeze", "reserve-lists"])
def test_a_file_says_all_that_the_scenario_it_began_as_says(base, study, tmp_path):
    begun = draft(study, base)
    assert not begun.differs
    write_new(begun, tmp_path)
    told = {"id", "title_en", "title_zh", "reason", "reason_zh", "order"}
    written = load_scenario("my-plan", tmp_path)
    assert written.model_dump(exclude=told) == study.scenario(base).model_dump(exclude=told)


def test_every_scenario_there_is_can_be_begun_from(study, tmp_path):
    for base in (*study.scenarios, *study.measures):
        begun = draft(study, base, id=f"own-{base}", young_share="0.25")
        path = write_new(begun, tmp_path)
        assert load_scenario(path.stem, tmp_path) == begun.scenario


def test_every_lever_has_a_comment_and_the_file_says_where_it_began(study):
    text = draft(
        study,
        "one-third-rule",
        promotion_rate="county-deputy=0.12",
        release_rate="0.02",
        candidates="2",
        priority_rule="yes",
    ).text()
    assert "from one-third-rule" in text
    levers = [line for line in text.split("[promotion]")[1].splitlines() if "=" in line]
    assert len(levers) == 6
    assert all("  # " in line for line in levers)
    assert tomllib.loads(text)["promotion"]["rate_per_year_by_rank"] == {"county-deputy": 0.12}


def test_a_rate_for_all_ranks_takes_the_place_of_those_of_single_ranks_and_of_freed_posts(study):
    single = draft(study, promotion_rate="county-deputy=0.12, section-chief=0.1", release_rate="0.02")
    assert single.scenario.promotion.rate_per_year_by_rank == {"county-deputy": 0.12, "section-chief": 0.1}
    policy = single.answered("promotion-rate", "0.08").scenario.promotion
    assert (policy.rate_per_year, policy.rate_per_year_by_rank, policy.release_rate_per_year) == (0.08, {}, 0.0)


def test_nothing_answered_keeps_what_there_is(study):
    begun = draft(study, "one-third-rule")
    assert all(begun.answered(question, " ") is begun for question in QUESTIONS if question not in NEEDED)


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("id", "", "ID: given nothing, expected lower-case letters"),
        (
            "id",
            "../x",
            "such as my-plan; at most 64 characters. Perhaps x.",
        ),
        ("id", "我的方案", "expected lower-case letters"),
        ("id", "a" * 65, "at most 64"),
        (
            "id",
            "status-quo",
            "a scenario of that name is there and is never written over",
        ),
        ("id", "early-retirement", "a measure of that name"),
        ("id", "section-chief", "reserved"),
        ("id", "county-level", "reserved"),
        ("id", "resignation", "reserved"),
        ("id", "measures", "reserved"),
        ("id", "con", "reserved"),
        ("id", "my-plan-changed", "reserved"),
        ("title-en", "x" * 81, "title_en: given"),
        ("title-zh", "很" * 41, "at most 40 characters"),
        ("title-en", "a\x1b[31mb", "expected a title in English, such as Half young, on one line"),
        ("reason", "", "--reason: given nothing, expected a sentence on why"),
        (
            "promotion-rate",
            "12",
            "expected a decimal number from 0 to 1, such as 0.08. 12 of 100 is written 0.12.",
        ),
        ("promotion-rate", "8%", "given '8%', expected a decimal number such as 0.08. 8 of 100 is written 0.08."),
        ("promotion-rate", "county=0.1", "'county' is not known. Did you mean county-deputy?"),
        ("promotion-rate", "0.1, county-deputy=0.2", "expected one number, or RANK=NUMBER"),
        ("promotion-rate", "nan", "given nan, expected a decimal number from 0 to 1"),
        ("young-share", "33", "33 of 100 is written 0.33."),
        ("young-share", "2/0", "expected a share from 0 to 1 such as 0.5 or 1/3"),
        ("young-share", "4/3", "expected a share from 0 to 1"),
        ("young-share", "half", "given 'half', expected a decimal number"),
        ("release-rate", "-0.1", "given -0.1, expected a decimal number from 0 to 1"),
        ("candidates", "0", "candidates_per_post: given 0"),
        ("candidates", "three", "given 'three', expected a whole number from 1 to 100"),
        ("priority-rule", "perhaps", "given 'perhaps', expected yes or no"),
    ],
)
def test_a_bad_answer_is_refused_with_what_was_expected(question, answer, said, study):
    with pytest.raises(InputError) as error:
        draft(study).answered(question, answer)
    assert said in str(error.value)


def test_posts_are_not_freed_twice(study):
    with pytest.raises(ParameterError, match="beside a promotion rate, expected one of the two"):
        draft(study, "rate-08").answered("release-rate", "0.02")
    assert draft(study, "rate-08").answered("release-rate", "0").scenario.promotion.release_rate_per_year == 0


def test_questions_and_bases_that_there_are_not(study):
    with pytest.raises(UnknownNameError, match="Did you mean young-share"):
        draft(study).answered("young-shar", "1")
    with pytest.raises(UnknownNameError, match="Did you mean rate-08"):
        Draft.of(study, "rate-8")


def test_a_file_that_would_read_back_as_something_else_is_not_put_in_place(study, tmp_path, monkeypatch):
    other = replace(draft(study), content=draft(study, young_share="0.5").content)
    monkeypatch.setattr(module, "read_source", lambda *_: other.scenario)
    with pytest.raises(InputError, match="reads back as another"):
        write_new(draft(study), tmp_path)
    assert names(tmp_path) == []


def test_scripts_are_told_what_is_missing(scenarios):
    code, text = run("new-scenario", "my-plan", "--title-en", "My plan", "--yes")
    assert code == 2
    assert "--yes: expected with it --title-zh, --reason." in text


def test_a_scenario_that_differs_in_nothing_is_said_to(scenarios):
    code, text = run(*GIVEN, "--horizon", "1", "--yes")
    assert code == 0
    assert "So far it is status-quo under another name" in text


def test_numbers_as_they_are_typed():
    assert decimal_of("--x", " 0.5 ") == 0.5
    assert str(share_of("--x", "1/3")) == "1/3"
    assert promotion_rates("--x", []) is None
