"""What is given to the customer (domain.md, Authority)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.words import Amount


@dataclass(frozen=True, slots=True)
class RemedyGranted:
    """Something of value was given on the spot (P1.4)."""

    grant_id: str
    remedy_id: str
    granted_by_employee_id: str
    cost: Amount
    value: Amount
    charges: tuple[Amount, ...]  # kept
    idempotency_key: str
    granted_at: datetime
    description: str


Published: TypeAlias = RemedyGranted
