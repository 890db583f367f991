"""Fixed attributes beside sex, such as minority status: who has them, how they fare, and the targets set for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from cadre_research.errors import nearest
from cadre_research.evidence.assumptions import Assumption, Provenance
from cadre_research.evidence.ladder import Assumed, Group, Ladder
from cadre_research.evidence.source import Identifier, Probability, Record, SourceFile, read_source
from cadre_research.evidence.targets import Target

__all__ = ["Attribute", "Attributes", "load_attributes"]

Weight = Annotated[float, Field(gt=0, le=100)] | Assumed
Amount = Callable[[float | Assumed], float]


class Attribute(Record):
    """Something that persons have for good or not.

    `share_of_entry` of every sex have it when they enter, whatever else they have. Among the eligible, they are
    promoted with `promotion_weight` times the relative chance of others of their age.
    """

    id: Identifier
    name_en: str = Field(min_length=1, max_length=60)
    name_zh: str = Field(min_length=1, max_length=30)
    others_en: str = Field(min_length=1, max_length=60)
    others_zh: str = Field(min_length=1, max_length=30)
    share_of_entry: Probability | Assumed
    promotion_weight: Weight = 1.0


class Attributes(SourceFile):
    """All attributes, with assumptions and targets that matter only where groups are told apart.

    `promotion_weights` are those of groups of the ladder, as of women against men.
    """

    source: str
    provenance: Provenance
    attributes: tuple[Attribute, ...] = Field(min_length=1, max_length=4)
    promotion_weights: dict[Identifier, Weight] = Field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()
    targets: tuple[Target, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        for kind in ("attributes", "assumptions", "targets"):
            ids = [entry.id for entry in getattr(self, kind)]
            repeated = sorted({name for name in ids if ids.count(name) > 1})
            if repeated:
                raise ValueError(f"{kind}: each id once, got {', '.join(repeated)} more than once")
        if "sex" in self.ids:
            raise ValueError("attributes: sex is told apart by the ladder's groups; choose another id")
        return self

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the attributes in the order of the file."""
        return tuple(attribute.id for attribute in self.attributes)

    def divided(self, ladder: Ladder) -> Ladder:
        """Return the ladder with each of its groups divided by every attribute."""
        return Ladder.model_validate({**dict(ladder), "groups": self._parts(ladder)})

    def shares(self, ladder: Ladder, amount: Amount) -> np.ndarray:
        """Share that holds just the attributes of each group, among entrants of its sex, array [group]."""
        held = {attribute.id: amount(attribute.share_of_entry) for attribute in self.attributes}
        return np.array(
            [
                np.prod([held[name] if has else 1 - held[name] for name, has in g.attributes.items()])
                for g in ladder.groups
            ]
        )

    def weights(self, ladder: Ladder, amount: Amount) -> np.ndarray:
        """Relative chance of promotion of each group, array [group]; attributes multiply."""
        own = {attribute.id: amount(attribute.promotion_weight) for attribute in self.attributes}
        whole = {name: amount(weight) for name, weight in self.promotion_weights.items()}
        return np.array(
            [
                whole.get(group.part_of, 1.0) * np.prod([own[name] for name, has in group.attributes.items() if has])
                for group in ladder.groups
            ]
        )

    def references(self) -> Iterator[tuple[str, object]]:
        """Where a number stands, and what stands there."""
        for attribute in self.attributes:
            yield f"attribute {attribute.id}, share_of_entry", attribute.share_of_entry
            yield f"attribute {attribute.id}, promotion_weight", attribute.promotion_weight
        for name, weight in self.promotion_weights.items():
            yield f"group {name}, promotion_weight", weight

    def faults(self, ladder: Ladder, assumptions: Iterable[str], targets: Iterable[str]) -> Iterator[str]:
        """Tell what keeps them from being added to an undivided ladder, its assumptions and its targets."""
        groups = [group.id for group in ladder.groups]
        for name in self.promotion_weights:
            if name not in groups:
                yield f"groups: promotion_weights: group {name!r} is not on the ladder. {nearest(name, groups)}"
        for kind, own, known in (("assumption", self.assumptions, assumptions), ("target", self.targets, targets)):
            for taken in sorted({entry.id for entry in own} & set(known)):
                yield f"groups: {kind} {taken!r} stands in {kind}s.toml too; expected another id."
        parts = [group.id for group in self._parts(ladder)]
        for name in sorted({name for name in parts if parts.count(name) > 1}):
            yield f"groups: two groups would be called {name!r}; expected another id of an attribute."

    def _parts(self, ladder: Ladder) -> tuple[Group, ...]:
        parts = [group.model_copy(update={"part_of": group.id}) for group in ladder.groups]
        for attribute in self.attributes:
            parts = [_part(group, attribute, held) for group in parts for held in (False, True)]
        return tuple(parts)


def _part(group: Group, attribute: Attribute, held: bool) -> Group:
    """Those of a group who have an attribute, or who have it not."""
    return group.model_copy(
        update={
            "id": f"{group.id}-{attribute.id}" if held else group.id,
            "name_en": f"{group.name_en}, {attribute.name_en if held else attribute.others_en}",
            "name_zh": f"{group.name_zh}、{attribute.name_zh if held else attribute.others_zh}",
            "attributes": {**group.attributes, attribute.id: held},
        }
    )


def load_attributes(path: Path) -> Attributes:
    """Read groups.toml."""
    return read_source(path, Attributes)
