"""Sends what is queued: claims, hands over, records, with bounded concurrency per provider; many replicas
share.

A claim is a lease. A sender that dies after the hand-over and before the commit leaves a claim that others
take over within seconds (claimers.py); the next sender knows the message may be out already (`uncertain`) and
asks the provider before sending again. Where it cannot be asked and takes the same message twice, the message
is counted as one that the customer may have twice. docs/sending.md says which channels these are.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import aiohttp
import asyncpg

from services.chassis.db import Connection, Database
from services.chassis.errors import Retryable
from services.chassis.log import get_logger
from services.chassis.meters import CONTACTS_MAYBE_TWICE, CONTACTS_SENT
from services.chassis.telemetry import SpanKind, span_from
from services.followup.adapters import contacts, delivery, holding, paces, reaches
from services.followup.adapters.claimers import Claimer
from services.followup.adapters.office import Office
from services.followup.app.ports import Sender
from services.followup.domain.contact import (
    Contact,
    HandedOver,
    Outcome,
    PartOut,
    Refused,
    Repeat,
    Throttled,
    TryAgain,
    Unseen,
    retry_at,
)
from services.followup.domain.pace import Pace
from services.followup.domain.reach import ADDRESS_BARRED, OUTSIDE_THE_WINDOW, Reach, Window, window
from services.followup.domain.words import Via

log = get_logger(__name__)

# Longer than a sender's timeouts together: a lease that runs out means a frozen process.
LEASE = timedelta(seconds=60)
IDLE_S = 0.1
AWAY_S = 1.0


@dataclass(frozen=True, slots=True)
class _Going:
    """A claimed message, what is known of its address, and what its customer's wishes refuse."""

    contact: Contact
    reach: Reach
    refused: Refused | None


class Outbox:
    """Component that sends; `wake()` spares it the wait when something was just queued in this process."""

    name = "outbox"

    def __init__(
        self,
        database: Database,
        office: Office,
        senders: Mapping[Via, Sender],
        *,
        concurrency: int = 16,
        paces: Mapping[Via, Pace] | None = None,
    ) -> None:
        self._database = database
        self._office = office
        self._senders = senders
        self._concurrency = concurrency
        self._paces = paces or {}
        self._claimer = Claimer(database)
        self._running: dict[Via, set[asyncio.Task[None]]] = {via: set() for via in senders}
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look again soon. Something queued by a transaction under way is found at the next look after it."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set, then finish what is being handed over."""
        stopping = asyncio.create_task(stop.wait())
        done = asyncio.Event()
        named = asyncio.create_task(self._claimer.run(done))
        try:
            while not stop.is_set():
                await self._wait(stopping, await self._round())
        finally:
            stopping.cancel()
            running = [task for tasks in self._running.values() for task in tasks]
            await asyncio.gather(*running)
            done.set()
            await named

    async def _round(self) -> float:
        """Claim and start what can be sent now; how long to wait before the next look, in seconds."""
        self._woken.clear()
        try:
            found = await self._claim()
        except Retryable as error:
            log.warning("sending waits for the database", rule=error.rule)
            return AWAY_S
        for one in found:
            self._start(one)
        return 0.0 if found else IDLE_S

    async def _wait(self, stopping: asyncio.Task[bool], seconds: float) -> None:
        woken = asyncio.create_task(self._woken.wait())
        await asyncio.wait({woken, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()

    async def _claim(self) -> list[_Going]:
        """What can be sent now; what its customer's quiet hours hold back is put back."""
        free = {via: self._concurrency - len(tasks) for via, tasks in self._running.items()}
        open_ = [via for via, slots in free.items() if slots > 0]
        if not open_:
            return []
        now = self._office.clock.now()
        await self._claimer.release_orphans(now)
        async with self._database.system() as conn:
            due = await contacts.waiting(conn, now, open_)
        if not due:
            return []
        claimed: list[Contact] = []
        async with self._database.transaction({tenant for tenant, _ in due}) as tx:
            for via in sorted({via for _, via in due}):
                claimed += await contacts.claim(
                    tx,
                    contacts.Claim(
                        via, free[via], now, now + LEASE, self._claimer.number, self._paces.get(via)
                    ),
                )
            going, refused = await holding.sift(tx, claimed, self._office.quiet, now)
            known = await reaches.of(tx, going)
        for held in set(claimed).difference(going):
            _count(held, "held")
        return [_Going(one, known.get(one.contact_id, Reach()), refused.get(one.contact_id)) for one in going]

    def _start(self, going: _Going) -> None:
        tasks = self._running[going.contact.via]
        task = asyncio.create_task(self._send(going))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        task.add_done_callback(lambda _: self.wake())

    async def _send(self, going: _Going) -> None:
        """One message from claim to record. What fails here leaves the claim to run out; nothing is lost."""
        contact = going.contact
        attributes = {"amends.channel": contact.channel.value, "amends.attempt": contact.attempt}
        with span_from(contact.traceparent or None, f"send {contact.via}", SpanKind.CLIENT, attributes):
            try:
                found = await self._found(contact)
                if found is not None and await self._adopted(contact, found):
                    return
                await self._hand_over(going)
            except Exception:
                log.exception("a message stays claimed until its lease ends", contact_id=contact.contact_id)

    async def _hand_over(self, going: _Going) -> None:
        """Send and record; a long message part by part, as long as the claim holds."""
        contact, reach = going.contact, going.reach
        how = window(contact.via, reach.wrote_at, self._office.clock.now(), human=contact.human)
        if going.refused or reach.barred or how is Window.CLOSED:
            await self._record(contact, going.refused or _unsendable(reach))
            return
        sender, contact = self._senders[contact.via], replace(contact, window=how)
        if contact.uncertain and sender.repeat is Repeat.POSSIBLE:
            contact = replace(contact, maybe_twice=True)
        outcome = await sender.send(contact)
        ours = await self._record(contact, outcome)
        while ours and isinstance(outcome, PartOut):
            contact = replace(contact, parts_out=contact.parts_out + 1, uncertain=False)
            outcome = await sender.send(contact)
            ours = await self._record(contact, outcome)

    async def _found(self, contact: Contact) -> HandedOver | None:
        """What an earlier attempt that nobody saw the end of left at the provider."""
        if not contact.uncertain:
            return None
        _count(contact, "uncertain")
        try:
            message_id = await self._senders[contact.via].find(contact)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning(
                "the provider cannot be asked", contact_id=contact.contact_id, error_type=type(error).__name__
            )
            raise
        return None if message_id is None else HandedOver(message_id, self._office.clock.now())

    async def _adopted(self, contact: Contact, found: HandedOver) -> bool:
        """Record the earlier hand-over; False when what was found turns out to be another message of ours."""
        try:
            await self._record(contact, found)
        except asyncpg.UniqueViolationError:
            return False
        return True

    async def _record(self, contact: Contact, outcome: Outcome) -> bool:
        """Write the outcome down, tried until the database answers, for the message is out; False when the
        claim was lost.
        """
        while True:
            try:
                return await self._write(contact, outcome)
            except Retryable as error:
                log.warning(
                    "an outcome waits for the database", rule=error.rule, contact_id=contact.contact_id
                )
                await asyncio.sleep(AWAY_S)

    async def _write(self, contact: Contact, outcome: Outcome) -> bool:
        async with self._database.transaction({contact.tenant_id}) as tx:
            if isinstance(outcome, HandedOver):
                ours = await delivery.handed_over(tx, self._office, contact, outcome)
            elif isinstance(outcome, Refused):
                ours = await delivery.refused(tx, self._office, contact, outcome)
            elif isinstance(outcome, PartOut):
                ours = await contacts.part_out(tx, contact, self._office.clock.now() + LEASE)
            else:
                ours = await self._again(tx, contact, outcome)
        _count(contact, _word(outcome) if ours else "claim_lost")
        if ours and isinstance(outcome, HandedOver) and contact.maybe_twice:
            CONTACTS_MAYBE_TWICE.add(1, channel=contact.channel.value, provider=contact.via.value)
        return ours

    async def _again(self, tx: Connection, contact: Contact, outcome: TryAgain) -> bool:
        now = self._office.clock.now()
        # Jitter spreads retries; nothing secret is drawn.
        when = retry_at(contact, outcome, now, random.random())  # noqa: S311
        if when is None:
            return await delivery.refused(tx, self._office, contact, Refused("expired", outcome.reason))
        if isinstance(outcome, Throttled):
            await paces.hold(tx, contact, when)
        return await contacts.again(tx, contact, when, isinstance(outcome, Unseen), outcome.reason)


def _unsendable(reach: Reach) -> Refused:
    if reach.barred:
        return Refused(reach.error_class, ADDRESS_BARRED)
    return Refused("blocked", OUTSIDE_THE_WINDOW)


_WORDS: Mapping[type, str] = {
    HandedOver: "sent",
    PartOut: "part_sent",
    Refused: "failed",
    TryAgain: "retried",
    Throttled: "throttled",
    Unseen: "unseen",
}


def _word(outcome: Outcome) -> str:
    return _WORDS[type(outcome)]


def _count(contact: Contact, outcome: str) -> None:
    CONTACTS_SENT.add(1, channel=contact.channel.value, kind=contact.kind, outcome=outcome)
    log.info(
        "contact",
        contact_id=contact.contact_id,
        case_id=contact.case_id,
        outcome=outcome,
        attempt=contact.attempt,
    )
