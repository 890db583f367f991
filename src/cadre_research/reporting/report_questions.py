"""The questions of a report that take long, put to processes of this machine or a cluster before it needs the answers.

What they find is kept as if the report had found it. So a question that stood in no list would cost time and no more:
it is answered when the report comes to it.
"""

from __future__ import annotations

import contextlib
import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from cadre_research.errors import RunError
from cadre_research.findings.study import BASELINE
from cadre_research.findings.surface import FULL as FULL_LINES
from cadre_research.findings.surface import Lines
from cadre_research.model.cluster import on_cluster
from cadre_research.model.paths import cores
from cadre_research.model.processes import as_finished, no_processes
from cadre_research.reporting.inquiries import FRONTIERS, attainable_by_law, required_in
from cadre_research.reporting.inquiry import FULL, HORIZONS_YEARS, Effort, Inquiry
from cadre_research.reporting.kept import NotKept, inputs, keep_file, keeping, kept_folder
from cadre_research.reporting.page_questions import page_questions
from cadre_research.reporting.possible import Possible
from cadre_research.reporting.queries import probability_curve
from cadre_research.reporting.question import ByLine, Question
from cadre_research.reporting.report_runs import AGE_LINE
from cadre_research.reporting.sweep_part import LIBRARIES, code_hash
from cadre_research.reporting.uncertain import Uncertain
from cadre_research.reporting.worlds import LONGEST_HORIZON_YEARS

__all__ = ["find_all", "rounds"]


def find_all(
    worlds: ByLine,
    asked: Sequence[Sequence[Question]],
    scheduler: str | None = None,
    progress: Callable[[str], object] = lambda name: None,
    workers: int | None = None,
) -> int:
    """Find what a report needs and is not kept yet, in one process a core or on a Dask cluster.

    Parameters
    ----------
    worlds : mapping of age line to Worlds
    asked : sequence of rounds
        As `rounds` gives them.
    scheduler : str, optional
        Address of a cluster, such as tcp://host:8786; this machine if not given.
    progress : callable, optional
        Called with the name of every question when it is answered; with none for what was there.
    workers : int, optional
        Processes of this machine; one a core if not given.

    Returns
    -------
    int
        Questions that were answered.

    Raises
    ------
    ParameterError, RunError
        As `on_cluster` or `as_finished`, and when a worker has other code or data. What was found before is kept.
    """
    answered, needed = 0, set()
    for questions in asked:
        with keeping(make=False):
            missing = [question for question in questions if not _is_kept(question, worlds)]
        for _ in range(len(questions) - len(missing)):
            progress("")
        found = (
            _here(worlds, missing, workers or cores())
            if scheduler is None
            else _on_cluster(worlds, missing, needed, scheduler)
        )
        for question in found:
            answered += 1
            progress(question.name)
        if scheduler is not None:
            # What the next round builds on is sent along with it.
            needed |= {name for question in questions for name in _names(question, worlds)}
    return answered


def _here(worlds: ByLine, missing: Sequence[Question], workers: int) -> Iterator[Question]:
    for question, _ in as_finished(_ask, dict(worlds), missing, workers):
        yield question


def _ask(worlds: ByLine, question: Question) -> None:
    """Answer a question in one of the processes of this machine, which keeps what it finds."""
    with no_processes():
        question.ask(worlds)


def _on_cluster(worlds: ByLine, missing: Sequence[Question], needed: set[str], scheduler: str) -> Iterator[Question]:
    if not missing:
        return
    message = pickle.dumps((dict(worlds), _contents(needed), _version()))
    for question, files in on_cluster(_files, message, missing, scheduler):
        for name, content in files.items():
            keep_file(name, content)
        yield question


def rounds(
    worlds: ByLine, scenarios: Sequence[str], effort: Effort = FULL, lines: Lines = FULL_LINES
) -> tuple[list[Question], ...]:
    """Questions of a report, in rounds that each need nothing but what was found in those before."""
    study = worlds[AGE_LINE].study
    pages = page_questions(study, scenarios, lines)
    levers = Inquiry(worlds[AGE_LINE], study.scenario(BASELINE)).levers
    ensembles = {
        repr((line, each.asked(study.scenario(name)))): Question(
            f"worlds of {name} ({line})", partial(_worlds, line, name, None)
        )
        for line, each in worlds.items()
        for name in scenarios
    }
    more = effort.surrogate_draws
    laws = attainable_by_law(Possible(worlds[AGE_LINE], study.scenario(BASELINE), effort), scenarios)
    longest_first = [
        *(Question(f"best policies under the law of {name}", partial(_best, name, effort)) for name in laws),
        _of(Uncertain, "coverage", effort),
        _of(Uncertain, "sensitivity", effort),
        *pages.others,
        *(Question(f"{lever} of {BASELINE}", partial(_curve, lever, effort)) for lever in levers),
        *(
            Question(f"forecast of {name} ({line})", partial(_forecast, line, name))
            for line in worlds
            for name in scenarios
        ),
        _of(Possible, "attainable_range", effort),
        _of(Possible, "first_possible", effort),
        _of(Possible, "maintainable", effort),
        *(_of(Possible, "optimal_plan", effort, horizon) for horizon in HORIZONS_YEARS),
        *(_of(Inquiry, "frontier", effort, *pair, HORIZONS_YEARS[-1]) for pair in FRONTIERS),
        *(Question(f"required in {name}", partial(_required, name, effort)) for name in scenarios if name != BASELINE),
    ]
    return (
        [
            *ensembles.values(),
            Question(f"{more} worlds of {BASELINE}", partial(_worlds, AGE_LINE, BASELINE, more)),
            *pages.worlds,
        ],
        longest_first,
        [
            Question(f"required in {BASELINE}", partial(_required, BASELINE, effort)),
            _of(Possible, "certificate", effort),
            _of(Possible, "least_relaxation", effort),
        ],
    )


def _of(kind: type[Inquiry], method: str, effort: Effort, *arguments: object) -> Question:
    """One table about the status quo."""
    named = ", ".join(map(str, arguments))
    return Question(
        f"{method.replace('_', ' ')}{named and f' ({named})'}", partial(_table, kind, method, effort, arguments)
    )


def _table(kind: type[Inquiry], method: str, effort: Effort, arguments: tuple, worlds: ByLine) -> None:
    each = worlds[AGE_LINE]
    getattr(kind(each, each.study.scenario(BASELINE), effort), method)(*arguments)


def _worlds(line: str, scenario: str, draws: int | None, worlds: ByLine) -> None:
    each = worlds[line] if draws is None else replace(worlds[line], draws=draws)
    each.drawn(each.study.scenario(scenario))


def _forecast(line: str, scenario: str, worlds: ByLine) -> None:
    worlds[line].probabilities(worlds[line].study.scenario(scenario), LONGEST_HORIZON_YEARS)


def _curve(lever: str, effort: Effort, worlds: ByLine) -> None:
    each = worlds[AGE_LINE]
    probability_curve(each, each.study.scenario(BASELINE), lever, HORIZONS_YEARS, effort.values_per_lever)


def _required(scenario: str, effort: Effort, worlds: ByLine) -> None:
    each = worlds[AGE_LINE]
    required_in(Inquiry(each, each.study.scenario(BASELINE), effort), each.study.scenario(scenario))


def _best(scenario: str, effort: Effort, worlds: ByLine) -> None:
    each = worlds[AGE_LINE]
    possible = Possible(each, each.study.scenario(BASELINE), effort)
    attainable_by_law(possible, [scenario])[scenario].attainable()


def _is_kept(question: Question, worlds: ByLine) -> bool:
    try:
        question.ask(worlds)
    except NotKept:
        return False
    return True


def _names(question: Question, worlds: ByLine) -> set[str]:
    """Files of what a question finds."""
    with keeping(make=False) as asked, contextlib.suppress(NotKept):
        question.ask(worlds)
    return asked.names


def _contents(names: set[str]) -> dict[str, bytes]:
    """Those that are there: where nothing can be written, a worker finds them again."""
    files = [kept_folder() / name for name in sorted(names)]
    return {path.name: path.read_bytes() for path in files if path.is_file()}


def _version() -> tuple[object, ...]:
    """What the answers follow from, beside what is sent."""
    return inputs(), code_hash()


def _files(message: bytes, question: Question) -> dict[str, bytes]:
    """Answer a question in a process of the cluster: the files that are kept of it, by name."""
    worlds, needed, version = _opened(message)
    found: dict[str, bytes] = {}
    if version == _version():
        with tempfile.TemporaryDirectory(prefix="cadre-research-") as named:
            folder = Path(named)
            for name, content in needed.items():
                (folder / name).write_bytes(content)
            with keeping(folder) as asked, no_processes():
                question.ask(worlds)
            found = {path.name: path.read_bytes() for path in folder.glob("*.parquet") if path.name not in needed}
            if asked.names <= {*found, *needed}:
                return found
    # Nothing is kept where files changed after the worker began.
    raise RunError(
        f"{question}: a worker has other data, another version of this package or of {', '.join(LIBRARIES)} than the "
        "process that makes the report. Install the same checkout with the same lock file on every machine, and start "
        "the workers anew."
    )


@lru_cache(1)
def _opened(message: bytes) -> tuple[ByLine, Mapping[str, bytes], tuple[object, ...]]:
    """Kept from question to question, and with it the worlds that were put together."""
    return pickle.loads(message)
