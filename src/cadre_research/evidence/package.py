"""A package: the status quo with the differences of several measures put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import ValidationError

from cadre_research.errors import EvidenceError
from cadre_research.evidence.scenario import Scenario
from cadre_research.evidence.source import Record, explain_faults

__all__ = ["differences", "measures_of", "together"]

# What a scenario is called, in which nobody differs from anybody.
NAMES = ("format", "id", "order", "title_en", "title_zh", "reason", "reason_zh")
# What a measure adds entries to; every other field it turns.
LISTS = ("lateral_intake", "reserve_lists", "promotion.frozen_years", "recruitment.frozen_years")
# What holds values by name, each turned by itself.
BY_NAME = ("promotion.rate_per_year_by_rank", "recruitment.persons_by_year", "assumptions")
LONGEST_TITLE = {"title_en": 80, "title_zh": 40}


def differences(measure: Scenario, status_quo: Scenario) -> dict[str, object]:
    """Tell what a scenario turns, and what it adds, as against the status quo.

    Returns
    -------
    dict of str to object
        By the key of a scenario file, such as `promotion.young_share`: the value it is turned to; of a list, such as
        `reserve_lists`, the entries that are added. Names, titles and reasons are left out.

    Raises
    ------
    EvidenceError
        When entries of a list, or values by name, of the status quo are not in the measure: a package cannot tell
        that they are to go.
    """
    found: dict[str, object] = {}
    before = dict(_fields(status_quo))
    for key, value in _fields(measure):
        if key in LISTS:
            added, gone = _added(value, before[key])
            if gone:
                raise EvidenceError(
                    f"measure {measure.id}, key {key}: {gone} of the entries of {status_quo.id} are left out, expected "
                    "all of them. A measure of a package adds entries and takes none away."
                )
            if added:
                found[key] = added
        elif key in BY_NAME:
            missing = sorted(set(before[key]) - set(value))
            if missing:
                raise EvidenceError(
                    f"measure {measure.id}, key {key}: {', '.join(missing)} of {status_quo.id} left out, expected all "
                    "of its names. A measure of a package adds names and takes none away."
                )
            found |= {f"{key}.{name}": one for name, one in value.items() if before[key].get(name) != one}
        elif value != before[key]:
            found[key] = value
    return found


def together(status_quo: Scenario, measures: Iterable[Scenario], name: str = "package") -> Scenario:
    """Put the differences of measures from the status quo together.

    Lists (reserve lists, lateral intake, frozen years) are joined in the order of the measures; everything else may be
    turned by one measure only, unless all turn it to the same value.

    Parameters
    ----------
    measures : iterable of Scenario
        Each once; none gives the status quo under another name.
    name : str
        Id of the package.

    Raises
    ------
    EvidenceError
        When a measure is given twice, two turn a field to different values, or what comes out is no scenario.
    """
    measures = list(measures)
    twice = [given for given, times in Counter(measure.id for measure in measures).items() if times > 1]
    if twice:
        raise EvidenceError(f"package {name}: given {', '.join(twice)} more than once, expected each measure once.")
    content = status_quo.model_dump()
    turned: dict[str, tuple[Scenario, object]] = {}
    for measure in measures:
        for key, value in differences(measure, status_quo).items():
            if key in LISTS:
                _put(content, key, (*_at(content, key), *_plain(value)))
                continue
            first, other = turned.setdefault(key, (measure, value))
            if other != value:
                raise EvidenceError(
                    f"package {name}: {first.id} turns {key} to {_printed(other)} and {measure.id} to "
                    f"{_printed(value)}, expected one value. Leave one of the two out."
                )
            _put(content, key, _plain(value))
    for key in ("promotion.frozen_years", "recruitment.frozen_years"):
        _put(content, key, tuple(sorted(set(_at(content, key)))))
    content |= {"id": name, **_titles(status_quo, measures)}
    try:
        return Scenario.model_validate(content)
    except ValidationError as faults:
        raise EvidenceError(f"package {name}: {explain_faults(faults, Scenario)}") from None


def measures_of(plan: Scenario, status_quo: Scenario, known: Mapping[str, Scenario]) -> tuple[Scenario, ...]:
    """Find the measures that make up a plan: those all of whose differences are the plan's too.

    Parameters
    ----------
    known : mapping of id to Scenario
        Measures that the plan may be made of; the plan itself and the status quo are passed over.

    Returns
    -------
    tuple of Scenario
        In the order of `known`.

    Raises
    ------
    EvidenceError
        When they put together are not the plan: something in it belongs to no measure.
    """
    whole = differences(plan, status_quo)
    found = []
    for name, measure in known.items():
        own = {} if name == plan.id else differences(measure, status_quo)
        if own and all(_within(key, value, whole) for key, value in own.items()):
            found.append(measure)
    covered = differences(together(status_quo, found, plan.id), status_quo)
    open_keys = [key for key, value in whole.items() if not _same(key, value, covered.get(key))]
    if open_keys:
        raise EvidenceError(
            f"scenario {plan.id}, key {open_keys[0]}: not what its measures ({_names(found)}) come to together. Give "
            "the measures yourself, or add one for it in data/scenarios/measures."
        )
    return tuple(found)


def _fields(scenario: Scenario) -> Iterator[tuple[str, object]]:
    """Key and value of everything that a scenario may turn; policies field by field."""
    for key in type(scenario).model_fields:
        value = getattr(scenario, key)
        if key in NAMES:
            continue
        # A condition that may be left out is turned as a whole.
        if isinstance(value, Record) and key != "grass_roots":
            yield from ((f"{key}.{inner}", getattr(value, inner)) for inner in type(value).model_fields)
        else:
            yield key, value


def _added(entries: Sequence[object], before: Sequence[object]) -> tuple[tuple[object, ...], int]:
    """Entries that are not in `before`, and how many of `before` are not in them."""
    left = list(before)
    added = []
    for entry in entries:
        if entry in left:
            left.remove(entry)
        else:
            added.append(entry)
    return tuple(added), len(left)


def _within(key: str, value: object, whole: Mapping[str, object]) -> bool:
    if key not in whole:
        return False
    return all(entry in whole[key] for entry in value) if key in LISTS else whole[key] == value


def _same(key: str, value: object, other: object) -> bool:
    if key in LISTS and other is not None:
        return _added(value, other) == ((), 0)
    return value == other


def _put(content: dict, key: str, value: object) -> None:
    *tables, last = _path(key)
    for table in tables:
        content = content[table]
    content[last] = value


def _at(content: dict, key: str) -> object:
    for table in _path(key):
        content = content[table]
    return content


def _path(key: str) -> list[str]:
    """Steps to a key; what holds values by name is two steps deep at most."""
    for held in BY_NAME:
        if key.startswith(f"{held}."):
            return [*held.split("."), key.removeprefix(f"{held}.")]
    return key.split(".")


def _plain(value: object) -> object:
    if isinstance(value, Record):
        return value.model_dump()
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def _printed(value: object) -> str:
    return f"another {type(value).__name__}" if isinstance(value, Record) else str(value)


def _names(measures: Sequence[Scenario]) -> str:
    return ", ".join(measure.id for measure in measures) or "none"


def _titles(status_quo: Scenario, measures: Sequence[Scenario]) -> dict[str, str]:
    """Titles of all measures where there is room, else how many they are."""
    if not measures:
        return {key: getattr(status_quo, key) for key in (*LONGEST_TITLE, "reason", "reason_zh")}
    many = {"title_en": f"{len(measures)} measures together", "title_zh": f"{len(measures)}项措施合用"}
    titles = {}
    for key, longest in LONGEST_TITLE.items():
        joined = (" + " if key == "title_en" else "＋").join(getattr(measure, key) for measure in measures)
        titles[key] = joined if len(joined) <= longest else many[key]
    return {
        **titles,
        "reason": f"The status quo with {_names(measures)} put together.",
        "reason_zh": f"在维持现状之上合用：{'、'.join(measure.title_zh for measure in measures)}。",
    }
