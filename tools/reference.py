"""The reference: numbers and pages that a change to the project may move only on purpose.

``python -m tools.reference`` (make reference) computes them anew, shows what moved and stores it in tests/reference/;
tests/test_reference.py compares and never stores. A commit that changes what is stored says why in a line that begins
with "Regression:"; tools/commit_message.py holds it to that.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import nbformat
import pandas as pd

from cadre_research.errors import CadreResearchError, RunError
from cadre_research.evidence.targets import AGE_LINES
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.attainable import Attainability, attainable
from cadre_research.findings.outlook import outlook, probabilities
from cadre_research.findings.required import required
from cadre_research.findings.study import BASELINE, Study
from cadre_research.model.ensemble import draw_ensemble
from cadre_research.paths import data_dir, notebooks_dir
from tools.moved import moved_lines, moved_numbers, told

__all__ = [
    "FOLDER",
    "PAGES",
    "TABLES",
    "WHAT_TO_DO",
    "difference",
    "findings",
    "forecasts",
    "page",
    "page_text",
    "refresh",
]

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "reference"
HORIZONS_YEARS = (1, 3, 5, 10, 20)
FORECAST_KEYS = ["scenario", "horizon_years", "age_line", "population"]
FINDING_KEYS = ["finding", "scenario", "horizon_years", "setting"]
# How far a number may lie from its reference, which another processor or system rounds differently.
TOLERANCES = pd.Series(
    {
        # Shares in expectation: a calibration solved to 1e-11 and sums of a few thousand numbers.
        "": 1e-9,
        # Whole worlds and whole persons over their number: they move in steps far above this, or not at all.
        "probability": 1e-9,
        "median share": 1e-9,
        # The upper end of a bracket that is a millionth wide: rounding may move it by one of its steps.
        "required": 1.5e-6,
        # The programmes' solver keeps its constraints to 1e-7.
        "best share": 1e-7,
    }
)
DRAWS, REPLICATES, SEED = 4, 2, 2017
NOTEBOOK = "03-age-structure-forecast"
FEW = {"draws": DRAWS, "replicates": REPLICATES}
PAGES: Mapping[str, Mapping[str, object]] = {
    "forecast-rate-08-half-young-5.txt": {
        **{"scenario": "rate-08", "horizon_years": 5, "young_share_of_promotions": 0.5},
        **FEW,
    },
    "forecast-two-thirds-young-3-strict-zh.txt": {
        **{"scenario": "two-thirds-young", "horizon_years": 3, "age_line": "strict", "language": "zh"},
        **FEW,
    },
}
WHAT_TO_DO = (
    "If that is meant: run make reference, read what it prints, and commit what it stores with a line in the message "
    "such as\n\n    Regression: <why the numbers moved>\n\n"
    "and the old and new value of what is published under Regression: in CHANGELOG.md. If it is not meant, the last "
    "change moved numbers by mistake."
)


def forecasts(study: Study) -> pd.DataFrame:
    """Share of each target in expectation: every scenario, five horizons, both age lines and populations.

    Returns
    -------
    DataFrame
        Columns scenario, horizon_years, age_line, population and one for each target, decimals.
    """
    years = [study.evidence.targets.baseline_year + horizon for horizon in HORIZONS_YEARS]
    parts = []
    for age_line in AGE_LINES:
        for scenario in study.scenarios:
            shares = target_shares(study.forecast(scenario, max(HORIZONS_YEARS), age_line))
            parts.append(shares[shares["year"].isin(years)])
    found = pd.concat(parts).assign(horizon_years=lambda frame: frame["year"] - study.evidence.targets.baseline_year)
    return _wide(found, FORECAST_KEYS, "share")


def findings(study: Study) -> pd.DataFrame:
    """A few numbers of each kind that is not a plain expectation.

    Returns
    -------
    DataFrame
        Columns finding (probability, median share, required, best share), scenario, horizon_years, setting (of the
        question), and one for each target, decimals; missing where no value suffices.
    """
    return pd.concat([*_by_chance(study), _required(study), _best_shares(study)], ignore_index=True)


def _by_chance(study: Study) -> Iterator[pd.DataFrame]:
    """Probabilities and median shares over few worlds and few replicates of a fixed seed."""
    status_quo = study.scenario(BASELINE)
    worlds = draw_ensemble(study.opening(), status_quo, DRAWS, SEED)
    for name in ("rate-12", "two-thirds-young-rate-12"):
        drawn = outlook(worlds.openings, study.scenario(name), 10, REPLICATES, SEED)
        for horizon in (5, 10):
            chances = probabilities(drawn, horizon)
            for finding, column in (("probability", "probability"), ("median share", "share_p50")):
                yield _wide(chances.assign(finding=finding, setting=chances["population"]), FINDING_KEYS, column)


def _required(study: Study) -> pd.DataFrame:
    found = required(study, BASELINE, ("promotion-rate", "young-share"), (5,))
    return _wide(found.assign(finding="required", setting=found["lever"]), FINDING_KEYS, "value")


def _best_shares(study: Study) -> pd.DataFrame:
    asked = Attainability((2,), (0.0, 10.0), (False,), study.evidence.targets.ids, certified_per_100_posts=())
    found = attainable(study, BASELINE, question=asked)
    freed = [f"{budget:g} posts freed per 100" for budget in found["releases_per_100_posts"]]
    return _wide(found.assign(finding="best share", setting=freed), FINDING_KEYS, "best_share")


TABLES: Mapping[str, tuple[Callable[[Study], pd.DataFrame], list[str]]] = {
    "forecasts.csv": (forecasts, FORECAST_KEYS),
    "findings.csv": (findings, FINDING_KEYS),
}


def page(name: str) -> str:
    """Run a notebook of `PAGES` through plain papermill, and return what it shows in words and tables.

    Raises
    ------
    RunError
        When papermill fails; with what it said.
    """
    with tempfile.TemporaryDirectory() as folder:
        executed = Path(folder) / "executed.ipynb"
        given = [word for key, value in PAGES[name].items() for word in ("-p", key, str(value))]
        command = [sys.executable, "-m", "papermill", str(notebooks_dir() / f"{NOTEBOOK}.ipynb"), str(executed)]
        done = subprocess.run(
            [*command, "--no-progress-bar", *given],
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise RunError(f"papermill {NOTEBOOK} {' '.join(given)}: failed.\n{done.stderr.strip()}")
        return page_text(nbformat.read(executed, as_version=4))


def page_text(notebook: nbformat.NotebookNode) -> str:
    """The parameters of an executed notebook, and what its cells print and show, without pictures.

    Blanks at the ends of lines are left out.
    """
    lines = []
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            lines += [*cell.source.splitlines(), ""]
        for output in cell.get("outputs", []):
            for kind, text in _texts(output).items():
                lines += [f"## {cell.source.splitlines()[-1]}: {kind}", *text.rstrip().splitlines(), ""]
    return "\n".join(line.rstrip() for line in lines)


def _texts(output: nbformat.NotebookNode) -> dict[str, str]:
    """Texts of an output by kind; none of a picture, whose text is its size."""
    if output.output_type == "stream":
        return {output.name: output.text}
    kinds = [kind for kind in output.get("data", {}) if kind.startswith("image/")]
    wanted = () if kinds else ("text/markdown", "text/html", "text/plain")
    return {
        kind: output.data[kind] for kind in wanted if kind in output.data and "object at 0x" not in output.data[kind]
    }


def difference(name: str, stored: str, found: str) -> str:
    """What moved from the stored text of a reference to the one found; empty where nothing did."""
    if name not in TABLES:
        return moved_lines(name, stored, found)
    keys = TABLES[name][1]
    before, after = (_read(text, keys) for text in (stored, found))
    moved = moved_numbers(before, after, keys, TOLERANCES)
    return told(name, moved, after.drop(columns=keys).size) if len(moved) else ""


def computed(name: str, study: Study) -> str:
    """Compute a reference anew, as the text that is stored."""
    # The shortest text that reads back as the same number.
    return TABLES[name][0](study).to_csv(index=False, lineterminator="\n") if name in TABLES else page(name)


def refresh(folder: Path, found: Mapping[str, Callable[[], str]], say: Callable[[str], None] = print) -> list[str]:
    """Show what moved in each reference and store it; what did not move is not written.

    Parameters
    ----------
    folder : Path
    found : mapping of file name to callable
        Each computes the text of a reference.

    Returns
    -------
    list of str
        Names of the files written.
    """
    written = []
    for name, compute in found.items():
        file, text = folder / name, compute()
        stored = file.read_text(encoding="utf-8") if file.exists() else None
        moved = "stored for the first time" if stored is None else difference(name, stored, text)
        say(f"{name}: {moved or 'nothing moved'}" if stored is None or not moved else moved)
        if moved:
            _store(file, text)
            written.append(name)
    if written:
        say(f"\nStored: {', '.join(written)}.\n{WHAT_TO_DO}")
    return written


def _wide(frame: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    """One row for each combination of keys, one column for each target, in the order they come."""
    order = frame[keys].drop_duplicates()
    wide = frame.pivot(index=keys, columns="target", values=value)[[*dict.fromkeys(frame["target"])]]
    return order.merge(wide.reset_index(), on=keys, validate="one_to_one").rename_axis(columns=None)


def _read(text: str, keys: list[str]) -> pd.DataFrame:
    """Keys as texts, and numbers to the last digit."""
    frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    return frame.apply(lambda column: column if column.name in keys else [float(one or "nan") for one in column])


def _store(file: Path, text: str) -> None:
    """Put a file in place by one rename."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, encoding="utf-8", newline="\n")
    os.replace(new, file)


def main() -> int:
    """Refresh the reference of the checkout."""
    try:
        study = Study.read(data_dir())
        refresh(FOLDER, {name: lambda name=name: computed(name, study) for name in (*TABLES, *PAGES)})
    except CadreResearchError as fault:
        print(fault, file=sys.stderr)
        return fault.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
