"""Commands about the versions of the report that are kept. No logic lives here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cadre_research.cli_options import path_read, path_written

__all__ = ["pin", "replay", "rollback", "unpin", "verify", "versions"]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", parser=path_read("--output"), help="Folder of the versions; default: outputs/ of the checkout."
    ),
]
NAME = "A version: its name, the beginning of it, `latest`, or the path of its folder."
OWN_NAME = "A version of that folder: its name, the beginning of it, or `latest`."
VersionArgument = Annotated[str, typer.Argument(help=NAME)]
OwnVersionArgument = Annotated[str, typer.Argument(metavar="VERSION", help=OWN_NAME)]


def versions(output: OutputOption = None) -> None:
    """List the versions that are kept, the newest first: when each was made, of what, and which one is up."""
    from cadre_research.paths import outputs_dir
    from cadre_research.reporting.terminal_versions import versions_table

    out.print(versions_table(output or outputs_dir()))


def rollback(
    version: Annotated[str | None, typer.Argument(help=f"{OWN_NAME} Default: the one before the latest.")] = None,
    output: OutputOption = None,
) -> None:
    """Let outputs/latest show an older version again, once it is known to be whole. No version is lost."""
    from cadre_research.paths import outputs_dir
    from cadre_research.reporting.shelf import before_latest, roll_back
    from cadre_research.reporting.version_names import resolve_own_version

    folder = output or outputs_dir()
    chosen = before_latest(folder) if version is None else resolve_own_version(version, folder)
    roll_back(chosen, folder)
    out.print(f"Report: {folder / 'latest' / 'index.html'} (version {chosen.name})", soft_wrap=True)


def verify(version: VersionArgument = "latest", output: OutputOption = None) -> None:
    """Check every file of a version against the hashes in its manifest; exit code 4 when one differs."""
    from cadre_research.paths import outputs_dir
    from cadre_research.reporting.provenance import verify_manifest
    from cadre_research.reporting.version_names import resolve_version

    chosen = resolve_version(version, output or outputs_dir())
    files = len(verify_manifest(chosen)["outputs"])
    out.print(f"Version {chosen.name}: {files} files, all as the manifest says.", soft_wrap=True)


def replay(
    version: VersionArgument = "latest",
    into: Annotated[
        Path | None,
        typer.Option(
            parser=path_written("--into"),
            help="Empty folder for the report; default: a temporary one, removed afterwards.",
        ),
    ] = None,
    register: Annotated[
        list[Path] | None,
        typer.Option(
            parser=path_read("--register"),
            help="For a register's report: the register and the files given with it, known by their hashes.",
        ),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Make a version again from the data, notebooks and code in its inputs.zip, and compare every table.

    Nothing that was found before is used, so it takes as long as the first report did. Exit code 4 when a table
    differs.
    """
    from cadre_research.paths import outputs_dir
    from cadre_research.reporting.replay import replay as again
    from cadre_research.reporting.version_names import resolve_version

    chosen = resolve_version(version, output or outputs_dir())
    found = again(chosen, into, register or (), err.print)
    out.print(f"Version {chosen.name}: {found} tables, all the same again.", soft_wrap=True)


def pin(version: OwnVersionArgument, output: OutputOption = None) -> None:
    """Keep a version for good: it is never removed to make room for newer ones."""
    from cadre_research.paths import outputs_dir
    from cadre_research.reporting import shelf
    from cadre_research.reporting.version_names import resolve_own_version

    folder = output or outputs_dir()
    chosen = resolve_own_version(version, folder)
    shelf.pin(chosen, folder)
    out.print(f"Version {chosen.name} is kept for good.")


def unpin(version: OwnVersionArgument, output: OutputOption = None) -> None:
    """Let a version be removed again when ten newer ones are there."""
    from cadre_research.paths import outputs_dir
    from cadre_research.reporting import shelf
    from cadre_research.reporting.version_names import resolve_own_version

    folder = output or outputs_dir()
    chosen = resolve_own_version(version, folder)
    shelf.unpin(chosen, folder)
    out.print(f"Version {chosen.name} is one of the ten newest or goes.")
