"""What is known of the addresses customers are written to (domain/reach.py), in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.db import Connection
from services.followup.domain.contact import Contact
from services.followup.domain.reach import Reach, lasting, place
from services.followup.domain.words import Channel, Via

_OF = """
select asked.number, reach.wrote_at, reach.barred_at, reach.error_class, reach.confirmed_at
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality
     as asked (tenant_id, via, account, address, number)
join reach using (tenant_id, via, account, address)
"""
_BAR = """
insert into reach (tenant_id, via, account, address, barred_at, error_class, reason)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (tenant_id, via, account, address) do update
set barred_at = greatest(reach.barred_at, excluded.barred_at), error_class = excluded.error_class,
    reason = excluded.reason
"""
# One row per address, in one order, so that two transactions do not wait for each other.
_SAID = """
    select tenant_id, via, account, address, max(at) as at
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
         as said (tenant_id, via, account, address, at)
    group by tenant_id, via, account, address order by tenant_id, via, account, address
"""
_WROTE = f"""
insert into reach (tenant_id, via, account, address, wrote_at) {_SAID}
on conflict (tenant_id, via, account, address) do update
set wrote_at = greatest(reach.wrote_at, excluded.wrote_at)
"""
_WROTE_TO_BARRED = f"""
update reach set wrote_at = greatest(reach.wrote_at, said.at) from ({_SAID}) as said
where (reach.tenant_id, reach.via, reach.account, reach.address)
    = (said.tenant_id, said.via, said.account, said.address)
"""  # noqa: S608 - ours
_CONFIRM = """
update reach set confirmed_at = $5, confirmed_by = $6
where (tenant_id, via, account, address) = ($1, $2, $3, $4) and barred_at is not null
  and barred_at > greatest(wrote_at, confirmed_at, '-infinity')
"""
_CONTACT = (
    "select via, account, party_value from contact where tenant_id = $1 and case_id = $2 and contact_id = $3"
)
_BY_CHANNEL = (
    "select distinct channel, via, account, party_value from contact where tenant_id = $1 and case_id = $2"
)
_WINDOWED = (Via.WHATSAPP, Via.MESSENGER, Via.INSTAGRAM)


@dataclass(frozen=True, slots=True)
class Heard:
    """A customer wrote from an address."""

    tenant_id: str
    via: Via
    account: str
    address: str
    at: datetime


async def of(tx: Connection, contacts: Sequence[Contact]) -> dict[str, Reach]:
    """What is known of the addresses of messages, by contact id; nothing of an address nobody spoke of."""
    places = [(one.tenant_id, one.via, *place(one.via, one.account, one.party_value)) for one in contacts]
    return {contacts[number].contact_id: reach for number, reach in (await _known(tx, places)).items()}


async def barred_channels(tx: Connection, tenant_id: str, case_id: str) -> set[Channel]:
    """The channels of a case on which every address that was written to is barred."""
    rows = await tx.fetch(_BY_CHANNEL, tenant_id, case_id)
    places = [place(Via(row["via"]), row["account"], row["party_value"]) for row in rows]
    known = await _known(tx, [(tenant_id, row["via"], *one) for row, one in zip(rows, places, strict=True)])
    barred = {number for number, reach in known.items() if reach.barred}
    free = {row["channel"] for number, row in enumerate(rows) if number not in barred}
    return {Channel(rows[number]["channel"]) for number in barred} - {Channel(one) for one in free}


async def failed(tx: Connection, contact: Contact, error_class: str, reason: str, at: datetime) -> bool:
    """Bar the address of a message that failed, if that is what its failure means; True when it is."""
    if not lasting(contact.via, error_class, reason):
        return False
    account, address = place(contact.via, contact.account, contact.party_value)
    await tx.execute(
        _BAR, contact.tenant_id, contact.via.value, account, address, at, error_class, reason[:200]
    )
    return True


async def _known(tx: Connection, places: Sequence[tuple[str, str, str, str]]) -> dict[int, Reach]:
    """What is known of (tenant, provider, account, address), by their number."""
    if not places:
        return {}
    rows = await tx.fetch(_OF, *[list(column) for column in zip(*places, strict=True)])
    return {
        int(row["number"]) - 1: Reach(
            row["wrote_at"], row["barred_at"], row["error_class"], row["confirmed_at"]
        )
        for row in rows
    }


async def wrote(tx: Connection, heard: Sequence[Heard]) -> None:
    """Customers wrote from these addresses: kept where windows hang on it; a barred one is free again."""
    for statement, some in (
        (_WROTE, [one for one in heard if one.via in _WINDOWED]),
        (_WROTE_TO_BARRED, [one for one in heard if one.via not in _WINDOWED]),
    ):
        if some:
            places = [place(one.via, one.account, one.address) for one in some]
            await tx.execute(
                statement,
                [one.tenant_id for one in some],
                [one.via.value for one in some],
                [account for account, _ in places],
                [address for _, address in places],
                [one.at for one in some],
            )


async def confirm(
    tx: Connection, key: tuple[str, str], contact_id: UUID, at: datetime, by: str
) -> bool | None:
    """Somebody confirms the address of this message of a case: True when it was barred, None when there is
    no such message.
    """
    row = await tx.fetchrow(_CONTACT, *key, contact_id)
    if row is None:
        return None
    account, address = place(Via(row["via"]), row["account"], row["party_value"])
    return await tx.execute(_CONFIRM, key[0], row["via"], account, address, at, by) == "UPDATE 1"
