"""What the application needs of the playbooks that are kept: part of a Work, in its transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.resolution.app.shelf import Ref
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.playbook_versions import Active, PlaybookEvent, PlaybookVersion
from services.resolution.domain.state import Case


class PlaybookWork(Protocol):
    """Versions of playbooks: a tenant's own and those that ship, which are there for every tenant."""

    async def know_versions(self, cases: Iterable[Case]) -> None:
        """Puts what these cases follow on the shelf, asking only for what is not there yet."""
        ...

    async def know_active(self, tenants: Collection[str]) -> None:
        """Puts on the shelf what new cases of these tenants follow, asking only where it may have changed."""
        ...

    async def read_playbooks(self, refs: Collection[Ref]) -> Mapping[Ref, Playbook]:
        """These versions, read from their texts; one that nobody kept is left out."""
        ...

    async def lock_playbooks(self, tenant_id: str) -> None:
        """One at a time changes a tenant's playbooks, until the transaction ends."""
        ...

    async def list_playbooks(
        self, tenant_id: str, playbook_id: str, after: tuple[str, int] = ("", 0), most: int | None = None
    ) -> Sequence[PlaybookVersion]:
        """Every version without its text, by id and version, behind `after` and no more than `most`; "" is
        all playbooks. Those that ship have no author."""
        ...

    async def find_playbook(self, tenant_id: str, playbook_id: str, version: int) -> PlaybookVersion | None:
        """One version with its text; version 0 is the newest."""
        ...

    async def save_playbook(self, tenant_id: str, version: PlaybookVersion) -> None:
        """Keeps a version, new or not yet reviewed."""
        ...

    async def active_playbook(self, tenant_id: str) -> Active | None:
        """What new cases follow; None for the default."""
        ...

    async def activate_playbook(self, tenant_id: str, active: Active) -> None:
        """Lets new cases follow this version."""
        ...

    async def publish_playbook(
        self, tenant_id: str, event_id: UUID, event: PlaybookEvent, at: datetime
    ) -> None:
        """Writes what was done to the journal, keyed by the playbook's id, and wakes the relay."""
        ...
