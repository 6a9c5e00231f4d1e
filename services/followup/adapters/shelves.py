"""Words by language: those that ship, and a tenant's own in their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from services.chassis.errors import ConfigError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shelf(Generic[T]):
    """`shipped` by language, `own` by tenant and language."""

    shipped: Mapping[str, T]
    own: Mapping[str, Mapping[str, T]] = field(default_factory=dict)

    def of(self, tenant_id: str) -> Mapping[str, T]:
        """By language, for a tenant."""
        return {**self.shipped, **self.own.get(tenant_id, {})}


def fill(load: Callable[[Path], Mapping[str, T]], shipped: Path, own: str) -> Shelf[T]:
    """What `load` finds in the folder that ships, and in the folders of `own`, each named as its tenant
    ("": there are none). Raises ConfigError."""
    if not own:
        return Shelf(load(shipped))
    try:
        folders = sorted(one for one in Path(own).iterdir() if one.is_dir())
    except OSError as error:
        raise ConfigError("missing_folder", f"AMENDS_FOLLOWUP_TEMPLATES: {error}") from error
    return Shelf(load(shipped), {one.name: load(one) for one in folders})
