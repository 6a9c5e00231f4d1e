"""Identifiers that follow from what they name, so that deriving the same thing twice gives the same id."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID, uuid5

# Drawn once for this product; changing it would start every clock and promise anew.
_NAMESPACE = UUID("6a0c5c1e-7f0b-4f0e-9d57-3f5a2f1c8e11")


# A case is looked at before and after each fact, and its names are the same both times.
@lru_cache(maxsize=4096)
def derived_id(case_id: str, *parts: str) -> str:
    """A UUIDv5 of the case and `parts`, as text."""
    return str(uuid5(_NAMESPACE, "|".join((case_id, *parts))))
