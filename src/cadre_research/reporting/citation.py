"""How a report is cited, and by what it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadre_research.reporting.wording import word, words_in

__all__ = ["citation_line", "made_line"]


def citation_line(provenance: Mapping[str, Any], title: str, language: str) -> str:
    """One line to cite a report by.

    Parameters
    ----------
    provenance : mapping
        As `provenance.describe` returns.
    title : str
        Of the report.
    """
    created = str(provenance["created"])
    return word(
        "cite",
        language,
        year=created[:4],
        title=title,
        package=provenance["package"]["name"],
        version=provenance["package"]["version"],
        date=created[:10],
        commit=_commit(provenance, words_in(language)),
    )


def made_line(provenance: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """By what a report was made, and when."""
    return words["made"].format(
        created=str(provenance["created"]).replace("T", " ").replace("+00:00", " UTC"),
        package=provenance["package"]["name"],
        version=provenance["package"]["version"],
        commit=_commit(provenance, words),
    )


def _commit(provenance: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """The commit of the code, and whether it was changed since; nothing where it is not known."""
    git = provenance.get("git") or {}
    key = "commit_dirty" if git.get("dirty") else "commit"
    return words[key].format(commit=git["commit"][:10]) if git else ""
