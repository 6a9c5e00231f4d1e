"""What the application needs of who is who: part of a Work, in its transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.resolution.app.facts import TwoPeople
from services.resolution.app.shapes import CaseKey
from services.resolution.domain.accounts import Account
from services.resolution.domain.state import Case


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

    async def parted_since(
        self, tenant_id: str, customer_ids: Collection[str], merged_at: datetime
    ) -> Collection[str]:
        """Of these customers those whose merge was taken back at that moment or later."""
        ...

    async def part(self, split: TwoPeople) -> bool:
        """On record that a merge was taken back; False when it was already."""
        ...

    async def await_cases(self, split: TwoPeople, case_ids: Collection[str]) -> None:
        """These cases are the restored customer's when they are heard of."""
        ...

    async def awaited(self, cases: Collection[CaseKey]) -> Mapping[CaseKey, str]:
        """Whose these cases are, where a merge was taken back before they were heard of."""
        ...

    async def make_two(
        self, split: TwoPeople, survivor: str, cases: Sequence[Case], given: Mapping[Account, int]
    ) -> None:
        """The reverse of make_one for these cases and what they hold; they must be locked and have been saved
        as the restored customer's."""
        ...

    async def trust(self, tenant_id: str, customer_id: str, case: Case | None) -> None:
        """The customer trusts the owner of this case and nobody else."""
        ...
