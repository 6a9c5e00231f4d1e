"""The Work of the application as one PostgreSQL transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar

from services.chassis.db import Connection, Database
from services.resolution.adapters.absence import AbsenceRows
from services.resolution.adapters.accounts import AccountRows
from services.resolution.adapters.cases import CaseRows
from services.resolution.adapters.duty import DutyRows
from services.resolution.adapters.grants import GrantRows
from services.resolution.adapters.identities import IdentityRows
from services.resolution.adapters.learning_rows import LearningRows
from services.resolution.adapters.offers import OfferRows
from services.resolution.adapters.parting import PartingRows
from services.resolution.adapters.playbook_rows import PlaybookRows
from services.resolution.adapters.staff import StaffRows
from services.resolution.adapters.trust import TrustRows
from services.resolution.app.ports import Work
from services.resolution.app.shapes import CaseKey, CaseList, Change
from services.resolution.app.shelf import Shelf
from services.resolution.domain.state import Case


class PostgresWork(
    CaseRows,
    StaffRows,
    DutyRows,
    TrustRows,
    OfferRows,
    AbsenceRows,
    PlaybookRows,
    AccountRows,
    GrantRows,
    LearningRows,
    IdentityRows,
    PartingRows,
):
    """A Work over a connection inside a transaction that somebody else commits. Whatever case it loads, the
    playbook that case follows is on the shelf afterwards."""

    def __init__(self, tx: Connection, shelf: Shelf) -> None:
        CaseRows.__init__(self, tx)
        StaffRows.__init__(self, tx)
        DutyRows.__init__(self, tx)
        TrustRows.__init__(self, tx)
        OfferRows.__init__(self, tx)
        AccountRows.__init__(self, tx)
        GrantRows.__init__(self, tx)
        AbsenceRows.__init__(self, tx)
        PlaybookRows.__init__(self, tx, shelf)
        LearningRows.__init__(self, tx)
        IdentityRows.__init__(self, tx)
        PartingRows.__init__(self, tx)

    async def lock_cases(self, keys: Collection[CaseKey]) -> dict[CaseKey, Case]:
        """See Work."""
        found = await super().lock_cases(keys)
        await self.know_versions(found.values())
        return found

    async def lock_free_cases(self, keys: Collection[CaseKey]) -> dict[CaseKey, Case]:
        """See CaseRows."""
        found = await super().lock_free_cases(keys)
        await self.know_versions(found.values())
        return found

    async def read_case(self, key: CaseKey) -> Case | None:
        """See Work."""
        found = await super().read_case(key)
        await self.know_versions([found] if found else [])
        return found

    async def list_cases(self, tenant_id: str, wanted: CaseList) -> Sequence[Case]:
        """See Work."""
        found = await super().list_cases(tenant_id, wanted)
        await self.know_versions(found)
        return found

    async def save(self, changes: Sequence[Change]) -> None:
        """See Work."""
        await CaseRows.save(self, changes)
        await self.give_back(changes)
        await self.save_grants(changes)

    async def read_cases(self, keys: Collection[CaseKey]) -> Mapping[CaseKey, Case]:
        """See CaseRows."""
        found = await super().read_cases(keys)
        await self.know_versions(found.values())
        return found

    async def concerning(self, tenant_id: str, employee_id: str) -> Sequence[Case]:
        """See Work."""
        found = await super().concerning(tenant_id, employee_id)
        await self.know_versions(found)
        return found


_joined: ContextVar[tuple[str, Work] | None] = ContextVar("joined", default=None)


class PostgresWorks:
    """Transactions of the app role, each bound to its tenant by row-level security."""

    def __init__(self, database: Database, shelf: Shelf) -> None:
        self._database = database
        self._shelf = shelf

    def begin(self, tenant_id: str) -> AbstractAsyncContextManager[Work]:
        """See Works. Inside `one` it is a part of that transaction, which commits later."""
        joined = _joined.get()
        if joined is not None and joined[0] == tenant_id:
            return nullcontext(joined[1])
        return self._transaction(tenant_id)

    @asynccontextmanager
    async def _transaction(self, tenant_id: str) -> AsyncIterator[Work]:
        async with self._database.transaction([tenant_id]) as tx:
            yield PostgresWork(tx, self._shelf)

    @asynccontextmanager
    async def one(self, tenant_id: str) -> AsyncIterator[Connection]:
        """One transaction for everything that is begun for this tenant inside the block."""
        async with self._database.transaction([tenant_id]) as tx:
            with self.joining(tenant_id, PostgresWork(tx, self._shelf)):
                yield tx

    @asynccontextmanager
    async def impatient(
        self, tenant_id: str, patience_s: float
    ) -> AsyncIterator[tuple[Connection, PostgresWork]]:
        """One transaction that waits no longer than `patience_s` for what others hold; nothing joins it but
        what is told to (joining)."""
        async with self._database.transaction([tenant_id], patience_s) as tx:
            yield tx, PostgresWork(tx, self._shelf)

    @contextmanager
    def joining(self, tenant_id: str, work: Work) -> Iterator[None]:
        """Everything that is begun for this tenant inside the block is a part of `work`."""
        before = _joined.set((tenant_id, work))
        try:
            yield
        finally:
            _joined.reset(before)
