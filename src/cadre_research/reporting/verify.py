"""Whether a report is whole: what is checked before readers see it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path

from cadre_research.errors import PublicationError
from cadre_research.reporting.provenance import verify_manifest
from cadre_research.reporting.scripts import EXPLORER, listed_scripts, script_hash

__all__ = ["outside_addresses", "verify_report"]

ADDRESS_ATTRIBUTES = frozenset({"src", "href", "xlink:href", "srcset", "poster", "data", "action", "background"})
OUTSIDE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"']?)\s*((?:[a-z]+:)?//[^\"')\s]*)", re.IGNORECASE)


def verify_report(
    folder: Path, pages: Mapping[str, str], tables: Mapping[str, Sequence[str]], figures: Sequence[str] = ()
) -> None:
    """Refuse a report that is not whole.

    Parameters
    ----------
    folder : Path
        The report.
    pages : mapping
        Pages that must be there, by path relative to `folder`, with the line each must show (`completion_line`).
    tables : mapping
        Tables that must be there, by path without suffix ("tables/verdicts"), with the columns each must have.
    figures : sequence of str
        Other files that must be there and not be empty.

    Raises
    ------
    PublicationError
        Names every file that is missing, empty, without its last line, unreadable or different between CSV and
        Parquet, that runs a script or refers to an outside address, and every file that is not as its manifest says.
    """
    verify_manifest(folder)
    required = ["index.html", *pages, *figures]
    faults = [f"{name}: missing or empty" for name in required if not _has_content(folder / name)]
    for name, line in pages.items():
        if _has_content(folder / name) and line not in (folder / name).read_text(encoding="utf-8"):
            faults.append(f"{name}: does not show {line!r}, so its notebook did not reach its end")
    for path in sorted(folder.rglob("*.html")):
        name = path.relative_to(folder).as_posix()
        page = path.read_text(encoding="utf-8")
        # One page alone may run scripts, and those alone that its policy lists.
        listed = listed_scripts(page) if name == EXPLORER else frozenset()
        faults += [f"{name}: {fault}" for fault in outside_addresses(page, listed)]
    for name, columns in tables.items():
        faults += [f"{name}: {fault}" for fault in _table_faults(folder / name, columns)]
    if faults:
        raise PublicationError("the report is not whole and was not published.\n  " + "\n  ".join(faults))


def outside_addresses(page: str, scripts: Collection[str] = ()) -> list[str]:
    """Say where a page refers to an outside address or holds a script, but for scripts of which the hashes are given.

    >>> outside_addresses('<img src="https://example.org/a.png">')
    ['<img src> refers to https://example.org/a.png']
    >>> outside_addresses('<a href="pages/a.html#top">a</a>')
    []
    """
    found = _Addresses(scripts)
    found.feed(page)
    found.close()
    return found.faults


class _Addresses(HTMLParser):
    def __init__(self, scripts: Collection[str] = ()) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._in_style = False
        self._scripts = scripts
        # What a script holds so far, None outside.
        self._script: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag == "script":
            self._script = ""
            if not self._scripts:
                self.faults.append("<script> found; pages run no script")
        for name, value in attributes:
            value = value or ""
            if name in ADDRESS_ATTRIBUTES and OUTSIDE.match(value):
                self.faults.append(f"<{tag} {name}> refers to {value[:100]}")
            if name.startswith("on") or re.match(r"\s*javascript:", value, re.IGNORECASE):
                self.faults.append(f"<{tag} {name}> holds a script")
            if name == "style":
                self._style(value)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False
        if tag == "script" and self._script is not None:
            self._close_script()

    def close(self) -> None:
        super().close()
        if self._script is not None:
            self._close_script()

    def _close_script(self) -> None:
        if self._scripts and script_hash(self._script) not in self._scripts:
            self.faults.append("<script> found that the page's policy does not list")
        self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script += data
        if self._in_style:
            self._style(data)

    def _style(self, text: str) -> None:
        self.faults += [f"a style refers to {address[:100]}" for address in IN_STYLE.findall(text)]


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _table_faults(stem: Path, columns: Sequence[str]) -> list[str]:
    """Check that both files of a table are there, have the columns expected and hold as many rows."""
    import pandas as pd  # a second that only a whole report needs

    rows, faults = {}, []
    for suffix, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
        path = stem.with_name(stem.name + suffix)
        try:
            frame = read(path)
        except FileNotFoundError:
            faults.append(f"{suffix} missing")
            continue
        except Exception as fault:
            faults.append(f"{suffix} cannot be read ({fault})")
            continue
        rows[suffix] = len(frame)
        if missing := [column for column in columns if column not in frame.columns]:
            faults.append(f"{suffix} lacks columns: {', '.join(missing)}")
        if frame.empty:
            faults.append(f"{suffix} has no rows")
    if len(set(rows.values())) > 1:
        faults.append(f"CSV has {rows['.csv']} rows, Parquet {rows['.parquet']}")
    return faults
