"""Making the report again, when and as far as that is needed, and recording how it went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cadre_research.paths import outputs_dir
from cadre_research.reporting.beginning import beginning, importing
from cadre_research.reporting.editions import BOTH
from cadre_research.reporting.recorded_run import digest, recorded
from cadre_research.reporting.unchanged import DRAWS, REPLICATES, SEED, asked_for, made_from, unchanged_report

if TYPE_CHECKING:
    from rich.console import Console

    from cadre_research.reporting.own_service import RegisterFiles

__all__ = ["Regenerated", "regenerate"]


@dataclass(frozen=True)
class Regenerated:
    """The report that is up, and whether it had to be made."""

    latest: Path
    made: bool


def regenerate(
    scenarios: Sequence[str] | None = None,
    language: str = BOTH,
    outputs: Path | None = None,
    console: Console | None = None,
    draws: int = DRAWS,
    replicates: int = REPLICATES,
    register: RegisterFiles | None = None,
    *,
    once_per: str | None = None,
    force: bool = False,
    **options: Any,
) -> Regenerated:
    """Make the report, unless the one that is up was asked for the same, is made from the same and is whole.

    Parameters
    ----------
    scenarios, language, outputs, console, draws, replicates, register, force
        As for `report.make_report`; `force` also makes a report that would be the same.
    once_per : {"day", "week", "month"}, optional
        Make it only where this period has none yet.
    **options
        Further options of `make_report`.

    Raises
    ------
    NothingDue
        This period has its report, or another run is making it.
    RunError
        Its report failed too often from the same to be tried already.
    CadreResearchError
        As `make_report`; what was published before is untouched.
    """
    outputs = outputs or outputs_dir()
    asked = asked_for(scenarios, language, draws, replicates, SEED, register and register.asked())
    note: Callable[[str], object] = console.print if console else lambda text: None
    named = digest(**{**asked, "scenarios": sorted(scenarios or ())})
    with recorded(outputs, named, once_per, note, made_from=partial(made_from, asked)) as run:
        if not force and unchanged_report(outputs, asked):
            return Regenerated(outputs / "latest", made=False)
        if options.get("warm", True) and not register:
            # Where there is a register it can begin only when that is read.
            beginning()
        # Seconds of imports, which a schedule that finds nothing to do need not wait for.
        with importing():
            from cadre_research.reporting.report import make_report

        latest = make_report(
            scenarios,
            language,
            outputs,
            console=console,
            draws=draws,
            replicates=replicates,
            register=register,
            force=force,
            within=run,
            **options,
        )
        return Regenerated(latest, made=True)
