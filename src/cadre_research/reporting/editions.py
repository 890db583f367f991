"""The editions of a report: one a language, side by side in the same folders, told apart by the names of their files.

The first edition has plain names (index.html, pages/levers.html), so that old links hold; a second one's say its
language (index.zh.html, pages/levers.zh.html). Tables have no language and are written once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from cadre_research.errors import UnknownNameError
from cadre_research.reporting.wording import LANGUAGES

__all__ = ["ASKED", "BOTH", "Edition", "editions", "languages_of", "twin"]

BOTH = "both"
# What can be asked for, with the languages that it means; the first one opens.
ASKED = {BOTH: LANGUAGES, "zh-en": ("zh", "en"), **{language: (language,) for language in LANGUAGES}}


@dataclass(frozen=True)
class Edition:
    """A report in one language.

    Parameters
    ----------
    language : {"en", "zh"}
    suffix : str
        What stands in the names of its files before their kind; nothing in the first edition's.
    """

    language: str
    suffix: str = ""

    def file(self, name: str) -> str:
        """Name, or path, of this edition's own file of that kind.

        >>> Edition("zh", ".zh").file("figures/share-paths.svg")
        'figures/share-paths.zh.svg'
        """
        path = PurePosixPath(name)
        return path.with_name(f"{path.stem}{self.suffix}{path.suffix}").as_posix()

    def page(self, name: str) -> str:
        """Name of this edition's page, without its kind.

        >>> Edition("zh", ".zh").page("levers")
        'levers.zh'
        """
        return f"{name}{self.suffix}"


def editions(asked: str) -> tuple[Edition, ...]:
    """Editions of a report by the language that it is asked for in: both, zh-en, en or zh.

    Raises
    ------
    UnknownNameError
        For anything else.

    Examples
    --------
    >>> [edition.file("index.html") for edition in editions("both")]
    ['index.html', 'index.zh.html']
    """
    if asked not in ASKED:
        raise UnknownNameError("language", str(asked), ASKED)
    first, *others = ASKED[asked]
    return (Edition(first), *(Edition(language, f".{language}") for language in others))


def languages_of(asked: object) -> tuple[str, ...]:
    """Languages of a report by what its manifest says; none where that is unknown."""
    return ASKED.get(asked, ()) if isinstance(asked, str) else ()


def twin(edition: Edition, every: Sequence[Edition]) -> Edition | None:
    """The other edition, None where there is none."""
    return next((other for other in every if other != edition), None)
