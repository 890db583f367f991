"""A study of somebody's own register, made for one report: read, checked and estimated once, then handed on as cells.

What the notebooks and tables are made from lies in a private folder that only this user may read, and that is removed
when the report is done, however it ends. It holds cells and coefficients, and no person.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cadre_research.errors import InputError
from cadre_research.evidence.assumptions import load_assumptions
from cadre_research.evidence.base import Evidence
from cadre_research.evidence.diagnostics import pooled_residuals
from cadre_research.evidence.estimates import Estimates, TakeUp
from cadre_research.evidence.estimation import estimate
from cadre_research.evidence.ladder import Ladder, load_ladder
from cadre_research.evidence.own_scenarios import own_scenarios
from cadre_research.evidence.person_years import person_years
from cadre_research.evidence.recruitment import Recruitment
from cadre_research.evidence.register import read_register
from cadre_research.evidence.register_evidence import registered_evidence
from cadre_research.evidence.retirement import RetirementRules, load_retirement
from cadre_research.evidence.study_file import StudyFile, read_study_file
from cadre_research.evidence.targets import load_targets
from cadre_research.findings.study import Study
from cadre_research.paths import STUDY_VARIABLE, data_dir, facts_dir, own_study
from cadre_research.reporting.disclosure_versions import rounded_counts
from cadre_research.reporting.ledger import ledger_name
from cadre_research.reporting.provenance import sha256
from cadre_research.reporting.suppression import LEAST_PERSONS
from cadre_research.reporting.wording import word

__all__ = [
    "RegisterFiles",
    "estimates_at_hand",
    "notice",
    "own_service",
    "shown",
    "shown_young_shares",
    "synthetic_at_hand",
    "write_shown",
]

PREFIX = "cadre-research-"
# In a service of some size somebody comes or goes each year.
LONGEST_QUIET_YEARS = 1
SYNTHETIC, SYNTHETIC_AS_OF = "synthetic-register.parquet", date(2017, 12, 31)
ESTIMATES = ("coefficients", "rates", "observed", "calibration", "residuals", "notes")
RECRUITMENT = ("yearly", "forecast", "mix", "lateral")
COUNTS = ("persons", "low_80", "high_80", "low_95", "high_95")
# What a row of a table is about; a notebook shows of a table the rows that its own frame is about.
ABOUT = ("target", "scenario", "horizon_years", "age_line", "population", "year", "course", "lever_x", "lever_y")


@dataclass(frozen=True)
class RegisterFiles:
    """Files that a study of a register is made from.

    Parameters
    ----------
    register : Path
    as_of : date
        Day up to which the register is complete.
    ladder, targets, retirement, assumptions : Path, optional
        The project's own by default; the retirement law holds where the ladder names its categories.
    encoding, date_format : as for `read_register`.
    observed_from_year : int, optional
    internal : bool
        Whether disclosure control is off, for the office that owns the data.
    """

    register: Path
    as_of: date
    ladder: Path | None = None
    targets: Path | None = None
    retirement: Path | None = None
    assumptions: Path | None = None
    encoding: str = "utf-8-sig"
    date_format: str | None = None
    observed_from_year: int | None = None
    internal: bool = False

    @property
    def setting(self) -> str:
        """Setting of disclosure control."""
        return "internal" if self.internal else "protected"

    def evidence(self) -> tuple[Evidence, Estimates]:
        """Read, check and estimate."""
        facts = facts_dir()
        ladder = load_ladder(self.ladder or facts / "ladder.toml")
        evidence = Evidence(
            ladder=ladder,
            targets=load_targets(self.targets or facts / "targets.toml"),
            retirement=self._law(ladder),
            assumptions=load_assumptions(self.assumptions or facts / "assumptions.toml"),
        )
        register = read_register(
            self.register,
            ladder,
            self.as_of,
            encoding=self.encoding,
            date_format=self.date_format,
            observed_from_year=self.observed_from_year,
        )
        if self.as_of.year - register.last_year_of_events > LONGEST_QUIET_YEARS:
            raise InputError(
                f"register: nobody in it joined, moved or left after {register.last_year_of_events}, and it is said to "
                f"be complete as of {self.as_of}. Give the day up to which it is complete as --as-of."
            )
        years = person_years(register, ladder)
        estimates = estimate(years, evidence)
        return registered_evidence(evidence, register, years, estimates, internal=self.internal), estimates

    def asked(self) -> dict[str, Any]:
        """What tells these files and options from others: hashes, and no name of a file."""
        files = {name: getattr(self, name) for name in ("register", "ladder", "targets", "retirement", "assumptions")}
        # One that is not there is refused when it is read.
        hashes = {name: sha256(path) for name, path in files.items() if path and path.is_file()}
        options = {"encoding": self.encoding, "date_format": self.date_format, "from": self.observed_from_year}
        return {**hashes, "as_of": self.as_of.isoformat(), **options, "disclosure": self.setting}

    def described(self, evidence: Evidence) -> dict[str, Any]:
        """What a manifest says of the register: service, hash and setting, and no name of a file."""
        registered = evidence.registered
        return {
            "service": ledger_name(evidence),
            "sha256": registered.sha256,
            "as_of": self.as_of.isoformat(),
            "first_year": registered.first_year,
            "last_year": registered.last_year,
            "synthetic": registered.synthetic,
            "disclosure": self.setting,
        }

    def _law(self, ladder: Ladder) -> RetirementRules | None:
        if self.retirement:
            return load_retirement(self.retirement)
        return (
            load_retirement(facts_dir() / "retirement.toml") if any(rank.retirement for rank in ladder.ranks) else None
        )


@contextlib.contextmanager
def own_service(files: RegisterFiles) -> Iterator[tuple[Path, Evidence]]:
    """Make the study of a register the study at hand, for this process and those that it starts.

    Gives the private folder, with the study's file in it, and the evidence.

    Raises
    ------
    InputError
        When a file cannot be used; nothing of it is quoted.
    """
    evidence, estimates = files.evidence()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    before = os.environ.get(STUDY_VARIABLE)
    try:
        study = folder / f"{'synthetic-' if evidence.registered.synthetic else ''}{files.setting}-study.json"
        text = StudyFile.of(evidence, own_scenarios(evidence, estimates.recruitment)).text()
        study.write_text(text, encoding="utf-8")
        _write(_frames(estimates, protected=not files.internal), folder / "estimates")
        os.environ[STUDY_VARIABLE] = str(study)
        yield folder, evidence
    finally:
        if before is None:
            os.environ.pop(STUDY_VARIABLE, None)
        else:
            os.environ[STUDY_VARIABLE] = before
        shutil.rmtree(folder, ignore_errors=True)


def shown(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Give what may be shown of a frame: itself, or the rows of the report's protected table that are about the same.

    Parameters
    ----------
    name : str
        Of the report's table.
    """
    study = own_study()
    if study is None:
        return frame
    table = pd.read_parquet(study.parent / "tables" / f"{name}.parquet")
    for column in ABOUT:
        if column in table and column in frame:
            table = table[table[column].isin(frame[column].unique())]
    return table.reset_index(drop=True)


def shown_young_shares(study: Study, scenario: str, age_line: str, years: Sequence[int]) -> dict[str, Any]:
    """What a pyramid of bands is told of each level's own target: its shares in some years, where they may be shown.

    Nothing where no register is at hand: there the pyramid itself has every age.
    """
    if own_study() is None:
        return {}
    asked = pd.DataFrame({"scenario": [scenario], "age_line": [age_line], "population": ["level"]})
    shares = shown("target_shares", asked).set_index(["target", "year"])["share"]
    levels = [level for level in study.evidence.ladder.levels if study.evidence.target_age_years(level) is not None]
    own = {target.levels[0]: target.id for target in study.evidence.targets.targets if len(target.levels) == 1}
    return {"young_shares": {level: [shares.get((own.get(level), year), np.nan) for year in years] for level in levels}}


def notice(language: str) -> str:
    """What every page of a report of a register says at its top; nothing where no register is at hand."""
    study = own_study()
    if study is None:
        return ""
    setting = "internal" if "internal" in study.name else "protected"
    synthetic = [word("disclosed_synthetic", language)] if study.name.startswith("synthetic") else []
    return ("" if language == "zh" else " ").join([*synthetic, word(f"disclosed_{setting}", language)])


def estimates_at_hand() -> Estimates:
    """Estimates of the study at hand; without one, of the synthetic register that the project ships."""
    study = own_study()
    if study is None:
        return RegisterFiles(data_dir() / "register" / SYNTHETIC, SYNTHETIC_AS_OF).evidence()[1]
    registered = read_study_file(study).registered
    found = {path.stem: pd.read_parquet(path) for path in (study.parent / "estimates").glob("*.parquet")}
    taken = found["take_up"].set_index("assumption") if len(found["take_up"]) else found["take_up"]
    return Estimates(
        hazards=registered.hazards,
        take_up={
            str(name): TakeUp(**{**row, "persons": int(row["persons"])}) for name, row in taken.to_dict("index").items()
        },
        recruitment=Recruitment(**{name: found[f"recruitment_{name}"] for name in RECRUITMENT}),
        **{name: found[name] for name in ESTIMATES},
        first_year=registered.first_year,
        last_year=registered.last_year,
    )


def synthetic_at_hand() -> bool:
    """Whether the register that `estimates_at_hand` tells of is made up."""
    study = own_study()
    return study is None or study.name.startswith("synthetic")


def write_shown(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Leave the protected tables where `shown` finds them."""
    _write(tables, folder / "tables")


def _frames(estimates: Estimates, *, protected: bool) -> dict[str, pd.DataFrame]:
    """Tables of the estimates; under disclosure control counts and shares are rounded and few events tell nothing.

    The number of events would follow from the width of an interval.
    """
    frames = {name: getattr(estimates, name) for name in ESTIMATES}
    frames |= {f"recruitment_{name}": getattr(estimates.recruitment, name).copy() for name in RECRUITMENT}
    told = {name: share.protected(LEAST_PERSONS) if protected else share for name, share in estimates.take_up.items()}
    frames["take_up"] = pd.DataFrame([{"assumption": n, **share.model_dump()} for n, share in told.items() if share])
    if not protected:
        return frames
    enough = [hazard.name for hazard in estimates.hazards if hazard.events >= LEAST_PERSONS]
    for name in ("coefficients", "rates"):
        frames[name] = frames[name][frames[name]["hazard"].isin(enough)]
    frames["residuals"] = pooled_residuals(frames["residuals"]) if len(frames["residuals"]) else frames["residuals"]
    for name in ("take_up", "recruitment_yearly", "recruitment_forecast"):
        for column in COUNTS if len(frames[name]) else ():
            if column in frames[name]:
                persons = frames[name][column].to_numpy(float)
                frames[name][column] = rounded_counts(persons, persons >= LEAST_PERSONS)
    return frames


def _write(frames: Mapping[str, pd.DataFrame], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
