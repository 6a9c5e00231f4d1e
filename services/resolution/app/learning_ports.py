"""What the application needs of what was learnt: part of a Work, in its transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.resolution.domain.decide.learning import Earlier


class LearningWork(Protocol):
    """Customers' earlier failures, who left, and the causes that a tenant tells apart."""

    async def earlier_failures(
        self, customers: Collection[tuple[str, str]], since: datetime
    ) -> Mapping[tuple[str, str], Sequence[Earlier]]:
        """By (tenant id, customer id), the cases opened since then, latest first, at most 50 of each."""
        ...

    async def defected_on(self, tenant_id: str, customer_id: str) -> str:
        """The case on which it is on record that this customer left, "" when they did not; nobody else says
        so until the transaction ends."""
        ...

    async def causes(self, tenant_id: str) -> Mapping[str, str]:
        """Title by code of the tenant's own causes; empty when it has no list."""
        ...

    async def save_causes(self, tenant_id: str, causes: Mapping[str, str]) -> None:
        """Replaces the tenant's list."""
        ...
