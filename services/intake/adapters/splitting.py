"""A wrong merge of two customers taken back, in PostgreSQL.

What the merge kept says which parties go back; the journal says with whose word each conversation began, so
that no more had to be kept, and a merge of any age can be taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from services.chassis import journal
from services.chassis.clock import Clock
from services.chassis.db import Connection, Database
from services.chassis.errors import PreconditionFailed
from services.chassis.ids import Ids
from services.intake.adapters import statements as sql
from services.intake.adapters import wire
from services.intake.app.ports import SplitCustomer
from services.intake.domain.events import CustomersSplit, Stamps
from services.intake.domain.identity import PartyKey, parties_back
from services.intake.domain.records import Party

_CUSTOMER = "select merged_into from customer where tenant_id = $1 and customer_id = $2"
_BEFORE = """
select survivor, parties, cases from customer_split
where tenant_id = $1 and restored = $2 order by split_at desc limit 1
"""
# Everybody the customer was merged into, step by step; the last one is the survivor.
_ABOVE = """
with recursive above (customer_id, step) as (
    select merged_into, 1 from customer where tenant_id = $1 and customer_id = $2
    union all
    select customer.merged_into, step + 1
    from above join customer on customer.tenant_id = $1 and customer.customer_id = above.customer_id
    where customer.merged_into is not null)
select customer_id from above order by step
"""
_BELOW = """
with recursive below (customer_id) as (
    select customer_id from customer where tenant_id = $1 and merged_into = $2
    union all
    select customer.customer_id
    from below join customer on customer.tenant_id = $1 and customer.merged_into = below.customer_id)
select customer_id from below order by customer_id
"""
_RECORDED = """
select parties from customer_merge where tenant_id = $1 and gone = $2 order by merged_at desc limit 1
"""
_PARTIES_OF = "select kind, value from customer_party where tenant_id = $1 and customer_id = $2"
_FIRST_WORDS = """
select conversation_id, is_case, first.type, first.payload
from conversation
cross join lateral (
    select type, payload from journal
    where journal.tenant_id = conversation.tenant_id and key = conversation_id::text
        and type = any(array['amends.intake.v1.ComplaintReceived', 'amends.intake.v1.QueryReceived'])
    order by position limit 1) as first
where conversation.tenant_id = $1 and customer_id = $2
order by conversation_id
"""
_RESTORE_PARTIES = """
update customer_party as party set customer_id = $2
from unnest($3::text[], $4::text[]) as back (kind, value)
where party.tenant_id = $1 and party.kind = back.kind and party.value = back.value
"""
# A case that resolution began goes with the one it follows.
_RESTORE_CONVERSATIONS = """
update conversation set customer_id = $2
where tenant_id = $1
    and (conversation_id = any($3::uuid[]) or (customer_id = $4 and origins && $3::uuid[]))
"""
_RESTORE_CUSTOMER = "update customer set merged_into = null where tenant_id = $1 and customer_id = $2"
_PART = """
insert into customer_apart (tenant_id, customer_id, other)
select $1, $2, one from unnest($3::uuid[]) as o (one)
union all select $1, one, $2 from unnest($3::uuid[]) as o (one)
on conflict do nothing
"""
_RESTORE_THREADS = """
update thread_key as key set scope = $3
where tenant_id = $1 and scope = $2 and conversation_id = any($4) and not exists (
    select from thread_key as kept where kept.tenant_id = $1 and kept.scope = $3 and kept.key = key.key)
"""
# An open chat with a party that goes back, in a case that does not; and the other way round.
_FORGET_CHATS = """
delete from thread_key using conversation
where thread_key.tenant_id = $1 and conversation.tenant_id = $1
    and conversation.conversation_id = thread_key.conversation_id and scope like 'open:%'
    and conversation.customer_id = any($2) and (key = any($3)) <> (conversation.customer_id = $4)
"""
_KEEP = """
insert into customer_split (tenant_id, restored, survivor, parties, cases, reason, split_by, split_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""


class PostgresSplits:
    """Splits over a Database."""

    def __init__(self, database: Database, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._ids = ids
        self._clock = clock

    async def split(
        self, tenant_id: str, customer_id: UUID, named: Sequence[Party], by: str, reason: str
    ) -> SplitCustomer | None:
        """See Splits."""
        async with self._database.transaction([tenant_id]) as tx:
            await tx.execute(sql.MERGE_ONE_AT_A_TIME, [tenant_id])
            known = await tx.fetchrow(_CUSTOMER, tenant_id, customer_id)
            if known is None:
                return None
            if known["merged_into"] is None:
                return await _done_before(tx, tenant_id, customer_id)
            fact = await self._decided(tx, tenant_id, customer_id, named, by, reason)
            await journal.append(tx, wire.SOURCE, wire.new_events([(fact, tenant_id, None)], self._ids))
            await journal.notify(tx)
        shown = tuple((kind, value) for _, kind, value in fact.parties)
        return SplitCustomer(fact.survivor, shown, fact.cases, done=True)

    async def _decided(
        self, tx: Connection, tenant_id: str, restored: UUID, named: Sequence[Party], by: str, reason: str
    ) -> CustomersSplit:
        """What goes back, written down."""
        above = [row[0] for row in await tx.fetch(_ABOVE, tenant_id, restored)]
        below = [row[0] for row in await tx.fetch(_BELOW, tenant_id, restored)]
        parties = await _parties(tx, tenant_id, restored, above[-1], named)
        begun = await _begun_by(tx, tenant_id, above[-1], parties)
        now = self._clock.now()
        cases = tuple(each for each, is_case in begun.items() if is_case)
        await _restore(tx, tenant_id, (restored, above[-1]), parties, list(begun))
        await tx.execute(_PART, tenant_id, restored, above)
        told = [f"{kind}:{value}" for _, kind, value in parties]
        await tx.execute(_KEEP, tenant_id, restored, above[-1], told, list(cases), reason, by, now)
        return CustomersSplit(above[-1], restored, tuple(below), parties, cases, reason, by, Stamps(now, now))


async def _done_before(tx: Connection, tenant_id: str, customer_id: UUID) -> SplitCustomer:
    before = await tx.fetchrow(_BEFORE, tenant_id, customer_id)
    if before is None:
        raise PreconditionFailed("not_merged", "this customer was never merged into another")
    parties = tuple(_kind_and_value(one) for one in before["parties"])
    return SplitCustomer(before["survivor"], parties, tuple(before["cases"]), done=False)


def _kind_and_value(text: str) -> tuple[str, str]:
    kind, _, value = text.partition(":")
    return kind, value


async def _parties(
    tx: Connection, tenant_id: str, restored: UUID, survivor: UUID, named: Sequence[Party]
) -> tuple[PartyKey, ...]:
    """Raises PreconditionFailed when somebody else's party is named."""
    survivors = {(tenant_id, row[0], row[1]) for row in await tx.fetch(_PARTIES_OF, tenant_id, survivor)}
    asked = {(tenant_id, *party.identity) for party in named}
    if strange := sorted(asked - survivors):
        raise PreconditionFailed(
            "not_the_survivors", "a party named is not the survivor's", {"party": ":".join(strange[0][1:])}
        )
    recorded = await tx.fetchval(_RECORDED, tenant_id, restored) or ()
    return parties_back({(tenant_id, *_kind_and_value(one)) for one in recorded}, asked, survivors)


async def _begun_by(
    tx: Connection, tenant_id: str, survivor: UUID, parties: Collection[PartyKey]
) -> dict[UUID, bool]:
    """The survivor's conversations that began with a word from one of these parties, and which are cases."""
    begun: dict[UUID, bool] = {}
    for row in await tx.fetch(_FIRST_WORDS, tenant_id, survivor):
        word = wire.words_of(row["type"], row["payload"])
        if word is not None and (tenant_id, *Party(word.party.kind, word.party.value).identity) in parties:
            begun[row["conversation_id"]] = row["is_case"]
    return begun


async def _restore(
    tx: Connection,
    tenant_id: str,
    customers: tuple[UUID, UUID],
    parties: Sequence[PartyKey],
    conversations: Sequence[UUID],
) -> None:
    restored, survivor = customers
    kinds, values = [one[1] for one in parties], [one[2] for one in parties]
    await tx.execute(_RESTORE_PARTIES, tenant_id, restored, kinds, values)
    await tx.execute(_RESTORE_CONVERSATIONS, tenant_id, restored, conversations, survivor)
    await tx.execute(_RESTORE_CUSTOMER, tenant_id, restored)
    for scope in ("mail", "gmail"):
        scopes = (f"{scope}:{survivor}", f"{scope}:{restored}")
        await tx.execute(_RESTORE_THREADS, tenant_id, *scopes, conversations)
    chats = [f"{kind}/{value}" for _, kind, value in parties]
    await tx.execute(_FORGET_CHATS, tenant_id, [restored, survivor], chats, restored)
