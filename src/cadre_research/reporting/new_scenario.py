"""A scenario of one's own: put together answer by answer, each checked at once, and written as a file with comments."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import ValidationError

from cadre_research.errors import ParameterError, UnknownNameError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.source import explain_faults
from cadre_research.findings.study import BASELINE, Study
from cadre_research.reporting.decimals import decimal_of, promotion_rates, share_of
from cadre_research.reporting.scenario_file import save_scenario
from cadre_research.reporting.scenario_ids import EXPECTED_ID, new_id

__all__ = ["NEEDED", "QUESTIONS", "Draft", "default_of", "write_new"]

# What is asked, in order, by the name of the option that answers it.
QUESTIONS = (
    "id",
    "title-en",
    "title-zh",
    "reason",
    "promotion-rate",
    "young-share",
    "release-rate",
    "candidates",
    "priority-rule",
)
# Nothing stands in for these.
NEEDED = ("id", "title-en", "title-zh", "reason")
YES_NO = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}
LONGEST_TITLE_ZH = 40
COMMENTS = {
    "mode": '"vacancy" fills empty posts; "rate" promotes at a stated rate',
    "rate_per_year": "promotions into each rank per post and year, 0 to 1",
    "rate_per_year_by_rank": "the same for single ranks; the others fill their vacancies",
    "young_share": "least share of each batch of promotions that is young",
    "release_rate_per_year": "posts freed per post and year, 0 to 1, where no rate is stated",
    "candidates_per_post": "at most one of so many eligible is promoted",
    "priority_rule": "a unit short of its target promotes the young first",
}
HEAD = """A scenario: differences from the status quo. What is left out stays as it is there.
Begun by `cadre-research new-scenario` from {base}. Rates and shares are decimals from 0 to 1.
More keys stand in full-plan-2018.toml and post-freeze.toml; `cadre-research check` says what is wrong in a file."""


@dataclass(frozen=True)
class Draft:
    """A scenario in the making: what its file will say.

    Parameters
    ----------
    study : Study
        Whose ranks, assumptions and other scenarios it is checked against.
    base : str
        Id of the scenario it began as.
    content : mapping
        Of its file, by key.
    """

    study: Study
    base: str
    content: Mapping[str, Any]

    @classmethod
    def of(cls, study: Study, base: str = BASELINE) -> Draft:
        """Begin with what another scenario or measure says; an unknown one is refused."""
        content = study.scenario(base).model_dump(exclude_unset=True)
        # Its place, and why it is there, are its own; the reason is asked for anew.
        content.pop("order", None)
        content.pop("reason_zh", None)
        return cls(study, base, content)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario as it stands.

        Raises
        ------
        ParameterError, UnknownNameError, EvidenceError
            When it is none: a value out of range, an unknown rank, parts that do not go together.
        """
        try:
            found = Scenario.model_validate(self.content)
        except ValidationError as faults:
            raise ParameterError(explain_faults(faults, Scenario)) from None
        self.study.evidence.under(found)
        return found

    @property
    def promotes_at_a_rate(self) -> bool:
        """Whether a rate says how many are promoted into every rank, so that no posts are freed besides."""
        return self.scenario.promotion.rate_per_year is not None

    @property
    def differs(self) -> bool:
        """Whether it turns anything that the scenario it began as does not."""
        names = {"id", "title_en", "title_zh", "reason", "reason_zh", "order"}
        return self.scenario.model_dump(exclude=names) != self.study.scenario(self.base).model_dump(exclude=names)

    def may_be_asked(self, question: str) -> bool:
        """Whether a question still makes sense: no posts are freed besides where a rate says how many."""
        return question != "release-rate" or not self.promotes_at_a_rate

    def answered(self, question: str, answer: str) -> Draft:
        """Return the draft with one more answer, checked against everything that is known so far.

        Parameters
        ----------
        question : str
            One of `QUESTIONS`.
        answer : str
            As typed; empty keeps what the scenario it began as has, where nothing is needed.

        Raises
        ------
        ParameterError, UnknownNameError, EvidenceError
            Says what was given, what was expected and what to do.
        """
        if question not in QUESTIONS:
            raise UnknownNameError("question", question, QUESTIONS)
        where, answer = f"--{question}", answer.strip()
        if not answer:
            if question in NEEDED:
                raise ParameterError(f"{_named(question)}: given nothing, expected {_EXPECTED[question]}.")
            return self
        changed = replace(self, content=self._with(where, question, answer))
        # Read for its checks.
        changed.scenario  # noqa: B018
        return changed

    def text(self) -> str:
        """Content of the file: TOML with a comment on every lever."""
        document = tomlkit.document()
        for line in HEAD.format(base=self.base).splitlines():
            document.add(tomlkit.comment(line))
        for key, value in self.content.items():
            plain = _plain(value)
            document.add(key, _table(plain) if isinstance(plain, dict) else tomlkit.item(plain))
        return tomlkit.dumps(document)

    def _with(self, where: str, question: str, answer: str) -> dict[str, Any]:
        content = deepcopy(dict(self.content))
        if question == "id":
            return {**content, "id": new_id(answer, self.study)}
        if question in NEEDED:
            if not answer.isprintable():
                raise ParameterError(f"{where}: given {answer!r}, expected {_EXPECTED[question]}, on one line.")
            return {**content, question.replace("-", "_"): answer}
        return {**content, "promotion": {**content.get("promotion", {}), **self._policy(where, question, answer)}}

    def _policy(self, where: str, question: str, answer: str) -> dict[str, Any]:
        """What an answer about promotions turns."""
        if question == "promotion-rate":
            rates = promotion_rates(where, [part.strip() for part in answer.split(",")])
            before = self.scenario.promotion
            if isinstance(rates, dict):
                return {"mode": "rate", "rate_per_year_by_rank": {**before.rate_per_year_by_rank, **rates}}
            # A rate for all ranks frees as many posts as it asks for; what was freed besides would be passed over.
            idle = {"release_rate_per_year": 0.0} if before.release_rate_per_year else {}
            return {"mode": "rate", "rate_per_year": rates, "rate_per_year_by_rank": {}, **idle}
        if question == "young-share":
            return {"young_share": share_of(where, answer)}
        if question == "release-rate":
            rate = decimal_of(where, answer)
            if self.promotes_at_a_rate and rate:
                raise ParameterError(
                    f"{where}: given {answer} beside a promotion rate, expected one of the two: at a rate as many "
                    "posts are freed as it asks for. Leave one of them out."
                )
            return {"release_rate_per_year": rate}
        if question == "candidates":
            if not answer.isdecimal():
                raise ParameterError(f"{where}: given {answer!r}, expected a whole number from 1 to 100, such as 3.")
            return {"candidates_per_post": int(answer)}
        if answer.lower() not in YES_NO:
            raise ParameterError(f"{where}: given {answer!r}, expected yes or no.")
        return {"priority_rule": YES_NO[answer.lower()]}


def default_of(draft: Draft, question: str) -> str:
    """What is proposed as an answer: titles made of what is known; empty where there is nothing to propose."""
    if question == "title-en":
        return draft.content["id"].replace("-", " ").capitalize()
    return draft.content["title_en"][:LONGEST_TITLE_ZH] if question == "title-zh" else ""


def write_new(draft: Draft, folder: Path) -> Path:
    """Put the file of a finished draft into a folder of scenarios, as `scenario_file.save_scenario` does."""
    return save_scenario(draft.scenario, folder, draft.text())


_EXPECTED = {
    "id": EXPECTED_ID,
    "title-en": "a title in English, such as Half young",
    "title-zh": "a title in Chinese, up to 40 characters; the English one will do",
    "reason": "a sentence on why, which the report shows",
}


def _named(question: str) -> str:
    return "ID" if question == "id" else f"--{question}"


def _plain(value: Any) -> Any:
    """A value as TOML holds it; shares are kept exact, as text."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items() if entry is not None and entry != {}}
    return [_plain(entry) for entry in value] if isinstance(value, tuple | list) else value


def _table(values: Mapping[str, Any]) -> tomlkit.items.Table:
    """A table with a comment beside every lever."""
    table = tomlkit.table()
    for key, value in values.items():
        if isinstance(value, dict):
            item = tomlkit.inline_table()
            item.update(value)
        else:
            item = tomlkit.item(value)
        if key in COMMENTS:
            item.comment(COMMENTS[key])
            item.trivia.comment_ws = "  "
        table.add(key, item)
    return table
