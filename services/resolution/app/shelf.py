"""Playbooks at hand: every version a case here follows, and which one new cases of a tenant follow.

A version never changes, so it is read once per process. Which version is active does: it is believed for
ACTIVE_S, so that every replica follows an activation within that time, and batches ask once a second at most
for each tenant. Whoever loads cases fills the shelf in the same transaction (Work): asking it neither waits
nor fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeAlias

from services.resolution.domain.playbook import Playbook
from services.resolution.domain.playbook_versions import Written
from services.resolution.domain.state import Case

Ref: TypeAlias = tuple[str, str, int]
"""(tenant id, playbook id, version)."""
ACTIVE_S = 1.0
_NEVER = (None, float("-inf"))


class Shelf:
    """`shipped` are the playbooks of this release; `default_id` names the one that tenants without an own
    choice follow."""

    def __init__(
        self, shipped: Mapping[str, Written], default_id: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.shipped = shipped
        self.default = shipped[default_id].playbook
        self._monotonic = monotonic
        self._versions: dict[Ref, Playbook] = {}
        self._active: dict[str, tuple[Playbook, float]] = {}

    def find(self, tenant_id: str, playbook_id: str, version: int) -> Playbook | None:
        """This very version; None when it is not at hand."""
        ours = self.shipped.get(playbook_id)
        if ours is not None and ours.playbook.version == version:
            return ours.playbook
        return self._versions.get((tenant_id, playbook_id, version))

    def of(self, case: Case) -> Playbook:
        """The one this case was opened with. A version that nobody has kept any more (a case older than the
        keeping of versions) is followed as the nearest there is: ours of that id, else the default."""
        found = self.find(case.tenant_id, case.playbook_id, case.playbook_version)
        return found or self.nearest(case.playbook_id)

    def nearest(self, playbook_id: str) -> Playbook:
        """Ours of that id as it is today, else the default."""
        ours = self.shipped.get(playbook_id)
        return ours.playbook if ours else self.default

    def lacking(self, cases: Iterable[Case]) -> set[Ref]:
        """The versions these cases follow that are not at hand."""
        wanted = {(case.tenant_id, case.playbook_id, case.playbook_version) for case in cases}
        return {ref for ref in wanted if self.find(*ref) is None}

    def put(self, ref: Ref, playbook: Playbook) -> None:
        """Has a version at hand from now on."""
        self._versions[ref] = playbook

    def active(self, tenant_id: str) -> Playbook:
        """The one that new cases of this tenant follow, as last known."""
        known = self._active.get(tenant_id)
        return known[0] if known else self.default

    def unsure(self, tenants: Collection[str]) -> set[str]:
        """The tenants whose active playbook was not asked for within the last second."""
        oldest = self._monotonic() - ACTIVE_S
        return {tenant for tenant in tenants if self._active.get(tenant, _NEVER)[1] <= oldest}

    def believe(self, tenant_id: str, playbook: Playbook) -> None:
        """What new cases of a tenant follow, true now."""
        self._active[tenant_id] = playbook, self._monotonic()

    def forget(self, tenant_id: str) -> None:
        """Asks again at the next case of this tenant."""
        self._active.pop(tenant_id, None)
