"""Durable timers: deadlines, reminders, circle-backs. Each fires once, in order per key, with its effects."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.chassis.clock import Clock
from services.chassis.db import Connection, Database


@dataclass(frozen=True, slots=True)
class Timer:
    """Something to do for `key` at `due_at`. `timer_id` is the caller's: the same again moves the timer."""

    timer_id: UUID
    tenant_id: str
    key: str
    kind: str  # what to do, a word of the service's domain
    due_at: datetime  # aware
    data: str = ""  # what the handler needs, kept small


class TimerHandler(Protocol):
    """What a service does when timers are due."""

    async def fire(self, tx: Connection, timers: Sequence[Timer], now: datetime) -> None:
        """Apply `timers` (ordered by due time within each key) inside `tx`, which sees exactly their tenants.

        One call is one transaction with the claim: when it raises, all of them stay due. Retryable: tried
        again later. Any other exception: halved down to the timer, which is retried and at last moved to
        timer_failed.
        """
        ...


async def schedule(tx: Connection, timers: Sequence[Timer]) -> None:
    """Set timers with one statement; an id that exists is moved to its new time and data."""
    ...


async def cancel(tx: Connection, tenant_id: str, timer_ids: Sequence[UUID]) -> None:
    """Remove timers that are no longer wanted; unknown or fired ones are ignored."""
    ...


class TimerLoop:
    """Component that fires due timers; many replicas share the work."""

    def __init__(self, database: Database, handler: TimerHandler, clock: Clock) -> None:
        self.name = "timers"

    async def run(self, stop: asyncio.Event) -> None:
        """Fire timers until `stop` is set; at idle within 50 ms of their time."""
        ...
