"""The command that makes a scenario of one's own. No logic lives here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cadre_research.cli_options import LanguageChoice, NamesOption
from cadre_research.errors import InputError, ParameterError, as_printed

if TYPE_CHECKING:
    from cadre_research.reporting.new_scenario import Draft

__all__ = ["new_scenario"]

out = Console(highlight=False)


def new_scenario(
    name: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Its id: lower-case letters, digits and hyphens.")
    ] = None,
    base: Annotated[str, typer.Option(help="Id of the scenario or measure that it begins as.")] = "status-quo",
    title_en: Annotated[str | None, typer.Option(help="Title in English.")] = None,
    title_zh: Annotated[str | None, typer.Option(help="Title in Chinese, up to 40 characters.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; the report shows it.")] = None,
    promotion_rate: Annotated[
        list[str] | None,
        typer.Option(help="Promotions per post and year: 0.08 for all ranks, or RANK=0.08; may be repeated."),
    ] = None,
    young_share: Annotated[
        str | None, typer.Option(help="Least share of each batch of promotions that is young, such as 0.5 or 1/3.")
    ] = None,
    release_rate: Annotated[
        str | None, typer.Option(help="Posts freed per post and year, 0 to 1, where no rate is stated.")
    ] = None,
    candidates: Annotated[
        str | None, typer.Option(help="At most one of so many eligible is promoted; 3 by the rules.")
    ] = None,
    priority_rule: Annotated[
        str | None, typer.Option(help="yes or no: whether a unit short of its target promotes the young first.")
    ] = None,
    horizon: Annotated[int, typer.Option(help="Years ahead that the verdict is shown for, 1 to 30.")] = 10,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: for scripts. Needs ID, titles, reason.")
    ] = False,
    language: NamesOption = LanguageChoice.en,
) -> None:
    """Make a scenario of your own: asks for what differs, shows the verdict, and writes its file.

    What an option gives is not asked for. Each answer is checked at once. The file goes to data/scenarios/ when all is
    answered; nothing there is ever written over, and Ctrl-C before leaves nothing behind.

    Example: cadre-research new-scenario my-plan --base one-third-rule

    Example: cadre-research new-scenario my-plan --title-en "My plan" --title-zh "我的方案" --reason "To try it."
    --promotion-rate 0.1 --young-share 1/2 --yes
    """
    from cadre_research.findings.study import Study, check_horizon
    from cadre_research.paths import data_dir, scenarios_dir
    from cadre_research.reporting.new_scenario import NEEDED, QUESTIONS, Draft, default_of, write_new
    from cadre_research.reporting.terminal import verdict_table
    from cadre_research.reporting.wording import word

    check_horizon(horizon)
    rates = None if promotion_rate is None else ", ".join(promotion_rate)
    given = dict(
        zip(
            QUESTIONS,
            (name, title_en, title_zh, reason, rates, young_share, release_rate, candidates, priority_rule),
            strict=True,
        )
    )
    study = Study.read(data_dir())
    draft = Draft.of(study, base)
    missing = [question for question in NEEDED if yes and given[question] is None]
    if missing:
        raise ParameterError(
            f"--yes: expected with it {', '.join('ID' if name == 'id' else f'--{name}' for name in missing)}. Give "
            "them, or leave --yes out to be asked."
        )
    # What was given is checked before anything is asked.
    for question, answer in given.items():
        if answer is not None:
            draft = draft.answered(question, answer)
    for question, answer in given.items():
        if answer is None and not yes and draft.may_be_asked(question):
            draft = _asked(draft, question, default_of(draft, question), language.value)
    if not draft.differs:
        out.print(word("new_same", language.value, base=base), markup=False, soft_wrap=True)
    out.print(verdict_table(study, study.forecast(draft.scenario, horizon), language.value))
    if not yes:
        typer.confirm(word("new_write", language.value, name=draft.scenario.id), default=True, abort=True)
    path = write_new(draft, scenarios_dir())
    out.print(word("new_written", language.value, path=path), markup=False, soft_wrap=True)
    out.print(word("new_next", language.value, name=draft.scenario.id), markup=False, soft_wrap=True)


def _asked(draft: Draft, question: str, default: str, language: str) -> Draft:
    """Ask until the answer can be used."""
    from cadre_research.reporting.wording import word

    def answered(answer: str) -> Draft:
        try:
            return draft.answered(question, answer)
        except InputError as fault:
            raise typer.BadParameter(as_printed(str(fault))) from None

    asked = word(f"new_{question.replace('-', '_')}", language, base=draft.base)
    return typer.prompt(asked, default=default, show_default=bool(default), value_proc=answered)
