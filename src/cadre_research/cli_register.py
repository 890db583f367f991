"""The command line for registers: check one, get a file to fill in, make one up. No logic lives here."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cadre_research.cli_options import LanguageChoice, NamesOption, path_read, path_written

__all__ = ["DATE", "ENCODING_HELP", "register_app"]

register_app = typer.Typer(
    name="register",
    help="A personnel register of one's own: check it, get a file to fill in, or have one made up.",
    no_args_is_help=True,
)
out = Console(highlight=False, markup=False, emoji=False)

DATE = ["%Y-%m-%d"]
ENCODING_HELP = "Of a CSV file: utf-8-sig (also plain UTF-8) or gb18030."
LADDER_HELP = "Ladder file; default: data/facts/ladder.toml."


@register_app.command("check")
def check_register(
    file: Annotated[Path, typer.Argument(parser=path_read("FILE"), help="Register: .csv, .parquet or .xlsx.")],
    ladder: Annotated[Path | None, typer.Option(parser=path_read("--ladder"), help=LADDER_HELP)] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=DATE, help="Day up to which it is complete; default: today.")
    ] = None,
    encoding: Annotated[str, typer.Option(help=ENCODING_HELP)] = "utf-8-sig",
    date_format: Annotated[
        str | None, typer.Option(help="How dates are written, such as %Y.%m.%d; default: YYYY-MM-DD or YYYY-MM.")
    ] = None,
    observed_from_year: Annotated[
        int | None,
        typer.Option(help="First year in which leavers are recorded; default: that of the earliest way out."),
    ] = None,
) -> None:
    """Check a register and say how large it is.

    Faults have a code, line and column; no message repeats what stands in a cell.
    """
    from cadre_research.errors import on_one_line
    from cadre_research.evidence.ladder import load_ladder
    from cadre_research.evidence.register import read_register
    from cadre_research.paths import facts_dir

    steps = load_ladder(ladder or facts_dir() / "ladder.toml")
    day = (as_of or datetime.now()).date()
    given = read_register(
        file, steps, day, encoding=encoding, date_format=date_format, observed_from_year=observed_from_year
    )
    rows, persons = len(given.spells), given.persons
    out.print(
        f"{on_one_line(file.name)}: in order. "
        f"{rows:,} row{'s' * (rows != 1)}, {persons:,} person{'s' * (persons != 1)}, "
        f"{given.spells['rank'].nunique()} of {len(steps.ranks)} ranks, leavers recorded {given.observed_from_year} "
        f"to {day}.{' Synthetic: nobody in it is real.' * given.synthetic}",
        soft_wrap=True,
    )
    if given.last_year_of_events < day.year - 1:
        out.print(
            f"Note: nobody in it joined, moved or left after {given.last_year_of_events}. Give --as-of the day up to "
            "which it is complete.",
            soft_wrap=True,
        )


@register_app.command("template")
def register_template(
    file: Annotated[
        Path,
        typer.Argument(
            parser=path_written("FILE"), help="File to write: .csv or .xlsx; its data dictionary goes beside it as .md."
        ),
    ] = Path("register.csv"),
    ladder: Annotated[Path | None, typer.Option(parser=path_read("--ladder"), help=LADDER_HELP)] = None,
    language: NamesOption = LanguageChoice.en,
) -> None:
    """Write a register to fill in, and its data dictionary; replaces no file."""
    from cadre_research.errors import on_one_line
    from cadre_research.evidence.ladder import load_ladder
    from cadre_research.paths import facts_dir
    from cadre_research.reporting.register_template import write_template

    written = write_template(file, load_ladder(ladder or facts_dir() / "ladder.toml"), language.value)
    out.print("\n".join(on_one_line(str(path)) for path in written), soft_wrap=True)


@register_app.command()
def synthesise(
    file: Annotated[
        Path,
        typer.Option(
            "--out",
            parser=path_written("--out"),
            help="Begins with synthetic-register and ends in .csv, .parquet or .xlsx.",
        ),
    ] = Path("synthetic-register.parquet"),
    seed: Annotated[int, typer.Option(min=0, help="Of the draws; the shipped register has 2017.")] = 2017,
    years: Annotated[int, typer.Option(min=1, max=40, help="Calendar years told of, up to the survey's.")] = 10,
) -> None:
    """Make up a register that ends at the survey's own counts; nobody in it is real.

    Some five seconds, by luck up to half a minute.
    """
    from cadre_research.errors import on_one_line
    from cadre_research.findings.study import Study
    from cadre_research.findings.synthetic_register import synthetic_register
    from cadre_research.paths import data_dir
    from cadre_research.reporting.register_export import check_register_file, write_register

    check_register_file(file)
    made = synthetic_register(Study.read(data_dir()).opening(), seed, years)
    write_register(made, file)
    out.print(
        f"Synthetic register: {on_one_line(str(file))} ({len(made.spells):,} rows). Nobody in it is real.",
        soft_wrap=True,
    )
