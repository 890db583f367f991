"""Office files, which are archives, with the same bytes whenever they are written."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from datetime import datetime

__all__ = ["plain_text", "undated", "wide"]

# The first day that a zip archive can hold.
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
CORE = "docProps/core.xml"
# XML holds no other control characters, nor these, which stand for no character.
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# They turn the text around, so that it reads as another one.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def undated(content: bytes, created: datetime, replaced: Mapping[str, bytes] | None = None) -> bytes:
    """The archive again, its files in order and without times, its last change set to `created`.

    Parameters
    ----------
    content : bytes
        Of a .xlsx or .docx file.
    created : datetime
        In UTC.
    replaced : mapping, optional
        Contents of files of the archive, in the place of those it has.
    """
    replaced, changed = dict(replaced or {}), created.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w") as after:
        # The list of contents comes first, as some programs expect it.
        for name in sorted(before.namelist(), key=lambda name: (not name.startswith("["), name)):
            part = replaced.get(name) or before.read(name)
            if name == CORE:
                part = MODIFIED.sub(rb"\g<1>" + changed + rb"\g<2>", part)
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            after.writestr(entry, part, compresslevel=6)
    return made.getvalue()


def plain_text(text: object) -> str:
    r"""A text as any document can hold it: control characters and those that turn the direction show as a sign each.

    >>> plain_text("a\x00b\u202ec")
    'a�b�c'
    """
    return TURNING.sub("\N{REPLACEMENT CHARACTER}", UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", str(text)))


def wide(text: str) -> int:
    """How many Latin letters a text is as wide as; a Chinese character counts for two.

    >>> wide("ab正科")
    6
    """
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
