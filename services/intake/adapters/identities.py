"""Who the customers of a batch are: parties claimed, customers merged, names known."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from services.chassis.db import Connection
from services.chassis.ids import Ids
from services.intake.adapters import statements as sql
from services.intake.domain.decide import Arrival, Ledger, party_keys
from services.intake.domain.events import Customer, CustomersMerged, Stamps
from services.intake.domain.identity import Merge, PartyKey, Plan, Seen, evidence, plan, without_others
from services.intake.domain.records import CustomerWord

Words = Sequence[tuple[Arrival, CustomerWord]]


async def resolve_customers(tx: Connection, words: Words, ledger: Ledger, ids: Ids) -> None:
    """Fill the ledger with the customer of every party; parties nobody knew are claimed in this
    transaction.
    """
    told = [Seen(evidence(party_keys(word)), ids.new(), word.full_name) for _, word in words]
    asked = sorted({party for one in told for party in one.parties})
    known = await _known(tx, asked, ledger)
    seen = without_others(told, _names(known, ledger))
    planned = plan(seen, known)
    apart: frozenset[tuple[UUID, UUID]] = frozenset()
    if planned.merges:
        apart = await _apart(tx, planned.merges)
        planned = plan(seen, known, apart)
    if planned.unknown:
        claimed = await _claim(tx, planned, words)
        ledger.unknown_parties |= claimed
        if len(claimed) < len(planned.unknown):
            # A rival was first: its rows are committed now, and its customers count.
            known |= await _known(tx, [party for party in planned.unknown if party not in claimed], ledger)
            seen = without_others(told, _names(known, ledger))
            known |= {party: planned.customer_of[party] for party in claimed}
            planned = plan(seen, known, apart)
    if planned.merges:
        # A rival may be merging the same customers, or parting them: one at a time, each seeing what the one
        # before has moved.
        await tx.execute(sql.MERGE_ONE_AT_A_TIME, sorted({merge.tenant_id for merge in planned.merges}))
        known |= await _known(tx, asked, ledger)
        seen = without_others(told, _names(known, ledger))
        planned = plan(seen, known)
        if planned.merges:
            planned = plan(seen, known, await _apart(tx, planned.merges))
    for merge in planned.merges:
        if await _merge(tx, merge, words[0][0].stamps.received_at):
            ledger.merged.append(merge)
    ledger.customer_of.update(planned.customer_of)
    _add_new(planned, ledger)


async def _known(tx: Connection, parties: Collection[PartyKey], ledger: Ledger) -> dict[PartyKey, UUID]:
    found: dict[PartyKey, UUID] = {}
    for row in await tx.fetch(sql.KNOWN_PARTIES, *zip(*parties, strict=True)):
        tenant, kind, value, customer_id, first_name, full_name = row
        found[tenant, kind, value] = customer_id
        ledger.customers[customer_id] = Customer(customer_id, first_name, full_name)
    return found


def _names(known: Mapping[PartyKey, UUID], ledger: Ledger) -> dict[PartyKey, str]:
    """The names of the customers to whom parties lead; of one who is new there is none yet."""
    return {
        party: ledger.customers[customer].full_name
        for party, customer in known.items()
        if customer in ledger.customers
    }


async def _apart(tx: Connection, merges: Sequence[Merge]) -> frozenset[tuple[UUID, UUID]]:
    """Who of those that would become one has been parted from another."""
    tenants = sorted({merge.tenant_id for merge in merges})
    customers = sorted({each for merge in merges for each in (merge.gone, merge.stays)})
    return frozenset(tuple(row) for row in await tx.fetch(sql.KNOWN_APART, tenants, customers))


async def _claim(tx: Connection, planned: Plan, words: Words) -> set[PartyKey]:
    shown = {
        (word.source.tenant_id, *party.identity): (party.display_name, word.source.channel.value, arrival)
        for arrival, word in words
        for party in word.parties
    }
    rows = [
        (
            *party,
            planned.customer_of[party],
            shown[party][0],
            shown[party][1],
            shown[party][2].stamps.received_at,
        )
        for party in planned.unknown
    ]
    claimed = await tx.fetch(sql.CLAIM_PARTIES, *zip(*rows, strict=True))
    return {(row[0], row[1], row[2]) for row in claimed}


def _add_new(planned: Plan, ledger: Ledger) -> None:
    for customer_id in set(planned.customer_of.values()):
        if customer_id not in ledger.customers:
            ledger.customers[customer_id] = Customer(customer_id)
            ledger.new_customers.add(customer_id)


def merges_said(merges: Sequence[Merge], stamps: Stamps) -> Iterator[tuple[CustomersMerged, str]]:
    """One fact per survivor, with its tenant."""
    for (tenant_id, stays), ours in groupby(merges, key=lambda each: (each.tenant_id, each.stays)):
        all_ours = list(ours)
        gone = tuple(each.gone for each in all_ours)
        yield CustomersMerged(stays, gone, all_ours[0].shown, stamps), tenant_id


async def _merge(tx: Connection, merge: Merge, now: datetime) -> bool:
    """Rare, so one by one: the parties, cases and mail threads of `gone` become those of `stays`. Whether
    this was not on record before."""
    one = (merge.tenant_id, merge.gone, merge.stays)
    new = await tx.fetchval(sql.MERGE_EVIDENCE, *one, now)
    await tx.execute(sql.MERGE_PARTIES, *one)
    await tx.execute(sql.MERGE_CONVERSATIONS, *one)
    await tx.execute(sql.MERGE_CUSTOMER, *one)
    await tx.execute(sql.MERGE_APART, *one)
    await tx.execute(sql.MERGE_THREADS, merge.tenant_id, f"mail:{merge.gone}", f"mail:{merge.stays}")
    return bool(new)
