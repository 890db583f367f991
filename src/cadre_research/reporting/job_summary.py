"""The verdicts of a published report as a Markdown table, for the summary page of a job that made it.

`python -m cadre_research.reporting.job_summary [FOLDER]` prints them; FOLDER is outputs/latest by default.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from cadre_research.errors import CadreResearchError, InputError, PublicationError
from cadre_research.evidence.targets import Targets
from cadre_research.findings.study import Study
from cadre_research.paths import outputs_dir, study_path
from cadre_research.reporting.answer import overall_answer
from cadre_research.reporting.display import verdict_mark
from cadre_research.reporting.editions import editions
from cadre_research.reporting.names import display_names
from cadre_research.reporting.provenance import verify_manifest
from cadre_research.reporting.wording import HIDDEN, percent

__all__ = ["main", "verdict_summary"]

AGE_LINE = "inclusive"


def verdict_summary(verdicts: pd.DataFrame, targets: Targets, names: Mapping[str, str], language: str) -> str:
    """The answer in a sentence, then a row a scenario and a column a target: shares at each horizon, reached or not.

    Parameters
    ----------
    verdicts : DataFrame
        Table `verdicts` of a report: shares as decimals, missing where disclosure control hides them.
    targets : Targets
    names : mapping
        Names of targets and scenarios, as `display_names` gives them.
    language : {"en", "zh"}
    """
    frame = verdicts[verdicts["age_line"] == AGE_LINE]
    level = frame[frame["population"] == "level"].sort_values("horizon_years", kind="stable")
    shown = [target for target in targets.ids if target in set(level["target"])]
    years = " → ".join(str(targets.baseline_year + int(ahead)) for ahead in sorted(set(level["horizon_years"])))
    lines = [
        f"**{overall_answer(frame, targets, names, language)}**",
        "",
        "| " + " | ".join([years, *(_cell(names[target]) for target in shown)]) + " |",
        "|---|" + "---|" * len(shown),
    ]
    for scenario in dict.fromkeys(verdicts["scenario"]):
        rows = level[level["scenario"] == scenario]
        cells = [_shares(rows[rows["target"] == target], language) for target in shown]
        lines.append("| " + " | ".join([_cell(names[scenario]), *cells]) + " |")
    return "\n".join([*lines, "", " · ".join(verdict_mark(reached, language) for reached in (True, False))])


def main(arguments: Sequence[str]) -> int:
    """Print the summary of the report in a folder, once it is known to be whole; returns the exit code."""
    folder = Path(arguments[0]) if arguments else outputs_dir() / "latest"
    try:
        if len(arguments) > 1:
            raise InputError(f"given {len(arguments)} folders, expected one: that of a report.")
        language = editions(verify_manifest(folder)["parameters"]["language"])[0].language
        study = Study.read(study_path())
        verdicts = pd.read_parquet(folder / "tables" / "verdicts.parquet")
        sys.stdout.write(
            verdict_summary(verdicts, study.evidence.targets, display_names(study, language), language) + "\n"
        )
    except KeyError as fault:
        # A register's report has names that this study does not know.
        return _refuse(PublicationError(f"{folder}: {fault} is not of this study; its report has no summary here."))
    except CadreResearchError as fault:
        return _refuse(fault)
    return 0


def _refuse(fault: CadreResearchError) -> int:
    sys.stderr.write(f"Error: {fault}\n")
    return fault.exit_code


def _shares(rows: pd.DataFrame, language: str) -> str:
    if rows.empty or rows["share"].isna().all():
        return HIDDEN
    return f"{' → '.join(percent(share, language) for share in rows['share'])} {verdict_mark(rows['reached'].iloc[-1])}"


def _cell(text: str) -> str:
    """A name in a table of Markdown, where a bar would begin a new cell."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
