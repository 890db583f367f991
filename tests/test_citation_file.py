"""CITATION.cff keeps the rules of Citation File Format 1.2.0: its keys, what is needed, types and forms."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

FILE = Path(__file__).resolve().parent.parent / "CITATION.cff"

Text = Annotated[str, StringConstraints(min_length=1, strict=True)]
Version = Text | Annotated[float, Field(strict=True)]
Address = Annotated[str, StringConstraints(pattern=r"^(https|http|ftp|sftp)://.+")]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[012])-(0[1-9]|[12]\d|3[01])$")]
Doi = Annotated[str, StringConstraints(pattern=r"^10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-.()\[\]\\]+$")]
Orcid = Annotated[str, StringConstraints(pattern=r"^https://orcid\.org/\d{4}-\d{4}-\d{4}-\d{3}[0-9X]$")]
Mail = Annotated[str, StringConstraints(pattern=r"^\S+@\S+\.\S{2,}$")]
# Identifiers of SPDX that a project of code and tables would take.
License = Literal["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "GPL-3.0-only", "GPL-3.0-or-later", "CC-BY-4.0"]


class Part(BaseModel):
    """Keys are as the format spells them; any other is refused."""

    model_config = ConfigDict(extra="forbid", alias_generator=lambda name: name.replace("_", "-"))


class Reached(Part):
    """What persons and entities have in common."""

    address: Text = None
    alias: Text = None
    city: Text = None
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] = None
    email: Mail = None
    fax: Text = None
    orcid: Orcid = None
    post_code: Text | float = None
    region: Text = None
    tel: Text = None
    website: Address = None


class Person(Reached):
    """None of the names is needed."""

    affiliation: Text = None
    family_names: Text = None
    given_names: Text = None
    name_particle: Text = None
    name_suffix: Text = None


class Entity(Reached):
    """A team, an institution, a conference."""

    name: Text
    location: Text = None
    date_start: Day = None
    date_end: Day = None


class Work(BaseModel):
    """What is referred to; of its many keys only those that are needed are looked at."""

    authors: list[Person | Entity] = Field(min_length=1)
    title: Text
    type: Text


class Citation(Part):
    """The file."""

    cff_version: Literal["1.2.0"]
    message: Text
    title: Text
    authors: list[Person | Entity] = Field(min_length=1)
    abstract: Text = None
    commit: Text = None
    contact: list[Person | Entity] = Field(None, min_length=1)
    date_released: Day = None
    doi: Doi = None
    identifiers: list[dict[str, Any]] = Field(None, min_length=1)
    keywords: list[Text] = Field(None, min_length=1)
    license: License | list[License] = None
    license_url: Address = None
    preferred_citation: Work = None
    references: list[Work] = Field(None, min_length=1)
    repository: Address = None
    repository_artifact: Address = None
    repository_code: Address = None
    type: Literal["software", "dataset"] = None
    url: Address = None
    version: Version = None


def read(text):
    # The format's rules are for days as text, which YAML would read as dates.
    return yaml.load(text, Loader=yaml.BaseLoader)


def faults(content):
    try:
        Citation.model_validate(content)
    except ValidationError as found:
        return [".".join(map(str, fault["loc"])) for fault in found.errors()]
    return [key for key in ("authors", "keywords") if repeated(content.get(key, []))]


def repeated(entries):
    return any(entry in entries[:place] for place, entry in enumerate(entries))


def test_the_file_keeps_the_rules_of_the_format():
    content = read(FILE.read_text(encoding="utf-8"))
    assert faults(content) == []
    # The plain loader agrees on what the values are.
    assert faults(yaml.safe_load(FILE.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"cff-version": "1.1.0"}, "cff-version"),
        ({"message": ""}, "message"),
        ({"title": None}, "title"),
        ({"authors": []}, "authors"),
        ({"authors": [{"name": "A"}, {"name": "A"}]}, "authors"),
        ({"authors": [{"names": "A"}]}, "authors.0.Person.names"),
        ({"authors": [{"name": "A", "orcid": "0000-0001-2345-6789"}]}, "authors.0.Entity.orcid"),
        ({"type": "report"}, "type"),
        ({"version": []}, "version.constrained-str"),
        ({"license": "CC BY 4.0"}, "license.literal['MIT','Apache-2.0','BSD-2-Clause','BSD-3-Clause'"),
        ({"keywords": ["a", "a"]}, "keywords"),
        ({"keywords": "a"}, "keywords"),
        ({"date-released": "26 November 2026"}, "date-released"),
        ({"doi": "https://doi.org/10.5281/zenodo.1003150"}, "doi"),
        ({"repository-code": "github.com/a/b"}, "repository-code"),
        ({"licence": "MIT"}, "licence"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_breaks_a_rule_is_noticed(changes, fault):
    found = faults({**read(FILE.read_text(encoding="utf-8")), **changes})
    assert any(name.startswith(fault) for name in found), found


@pytest.mark.parametrize("key", ["cff-version", "message", "title", "authors"])
def test_what_is_needed_cannot_be_left_out(key):
    content = read(FILE.read_text(encoding="utf-8"))
    content.pop(key)
    assert faults(content) == [key]
