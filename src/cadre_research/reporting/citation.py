"""How a report is cited, and by what it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadre_research.reporting.wording import word

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
    created, git = str(provenance["created"]), provenance.get("git") or {}
    key = "commit_dirty" if git.get("dirty") else "commit"
    return word(
        "cite",
        language,
        year=created[:4],
        title=title,
        package=provenance["package"]["name"],
        version=provenance["package"]["version"],
        date=created[:10],
        commit=word(key, language, commit=git["commit"][:10]) if git else "",
    )


def made_line(provenance: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """By what a report was made, and when."""
    commit = provenance.get("git") or {}
    key = "commit_dirty" if commit.get("dirty") else "commit"
    return words["made"].format(
        created=str(provenance["created"]).replace("T", " ").replace("+00:00", " UTC"),
        package=provenance["package"]["name"],
        version=provenance["package"]["version"],
        commit=words[key].format(commit=commit["commit"][:10]) if commit else "",
    )
