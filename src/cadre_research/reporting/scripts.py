"""Which scripts a page may run: those that its content policy lists by their hashes, on the one page that has any."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

from cadre_research.reporting.templates import content_policy

__all__ = ["EXPLORER", "listed_scripts", "script_hash", "scripts_policy"]

EXPLORER = "explorer.html"
HASH = r"'sha256-[A-Za-z0-9+/]{43}='"
POLICY = content_policy("{hashes}")
IN_HEAD = re.compile(
    r"\A<!DOCTYPE html>\n<html lang=\"[\w-]+\">\n<head>\n<meta charset=\"utf-8\">\n"
    r"<meta name=\"viewport\" content=\"[^\"<>]*\">\n<meta http-equiv=\"Content-Security-Policy\" content=\""
    + re.escape(POLICY).replace(re.escape("{hashes}"), rf"((?:{HASH} ?)+)")
    + '">'
)


def scripts_policy(scripts: Sequence[str]) -> str:
    """What a page with scripts may load or do: the scripts given, by their hashes, and otherwise what every page may.

    Nothing is evaluated from text, and nothing fetched.
    """
    return POLICY.format(hashes=" ".join(map(script_hash, scripts)))


def script_hash(script: str) -> str:
    """Hash of a script as a content policy names it.

    >>> script_hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode('ascii')}'"


def listed_scripts(page: str) -> frozenset[str]:
    """Hashes that a page's policy lists; none unless its head begins with the policy of `scripts_policy` as it is."""
    found = IN_HEAD.match(page)
    return frozenset(re.findall(HASH, found[1])) if found else frozenset()
