"""What the application needs of who is who: part of a Work, in its transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from services.resolution.app.shapes import CaseKey


class IdentityWork(Protocol):
    """Customers that turned out to be one person, and all that is kept by customer."""

    async def known_as(self, customers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """Who these customers, (tenant id, customer id), are by now; who is missing is themselves. Nobody in
        their tenants is merged until the transaction ends. To be asked before any case is locked."""
        ...

    async def hold_identities(self, tenant_id: str, customer_ids: Collection[str]) -> Mapping[str, str]:
        """Who each of these customers is by now. Nobody else merges customers of the tenant, or opens a case
        for a new complaint, until the transaction ends. To be asked before any case is locked."""
        ...

    async def cases_of(self, tenant_id: str, customer_ids: Collection[str]) -> set[CaseKey]:
        """All cases of these customers, closed ones too."""
        ...

    async def make_one(self, tenant_id: str, gone: Collection[str], stays: str) -> None:
        """What is kept under `gone` is kept under `stays`: sums of what was given, whom they trust, their
        earlier failures. Their cases must be locked and have been renamed."""
        ...
