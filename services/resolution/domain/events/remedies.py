"""What is given to the customer (domain.md, Authority)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.resolution.domain.state import Drawn
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
    customer_id: str = ""
    quantity: int = 1
    stocked: bool = False  # kept
    drawn: tuple[Drawn, ...] = ()  # kept
    fulfil_by: datetime | None = None
    """When the system that fulfils it must have answered; None for one that the owner hands over."""


@dataclass(frozen=True, slots=True)
class RemedyFulfilled:
    """The system that fulfils it says that the customer has it."""

    grant_id: str
    reference: str
    fulfilled_at: datetime


@dataclass(frozen=True, slots=True)
class RemedyFulfilmentFailed:
    """It says that they will not get it ("refused"), or said nothing in time ("timed_out")."""

    grant_id: str
    because: str
    reason: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class RemedyRevoked:
    """It was taken back before the customer had it; limits and stock have it again."""

    grant_id: str
    reason: str
    revoked_by_employee_id: str
    revoked_at: datetime


Published: TypeAlias = RemedyGranted | RemedyFulfilled | RemedyFulfilmentFailed | RemedyRevoked
