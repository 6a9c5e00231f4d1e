"""Kafka's events into follow-up: receipts, replies to be sent, and everything else as facts, one transaction
a batch.

| event | becomes |
|---|---|
| DeliveryReceiptReceived | ContactDelivered or ContactFailed of the message it speaks of |
| ReplySent | a message in the outgoing queue |
| ComplaintReceived, CustomerMessageReceived, TranscriptSegmentReceived | who waits since when, and who spoke
| CoverStarted, CoverEnded | who keeps whose promises
| CustomersMerged, CustomersSplit | whose loyalty a case tells of, and how they want to be reached
| CaseOpened, SeverityAssessed, OwnerAssigned, CaseResolved, CaseClosed, CaseReopened | the life that promises
  follow |

A merge is heard by the closing of the case that was merged, which names the survivor, and its undoing by that
case's reopening: what the two tell each other then follows from their facts (domain/merging.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as resolution

from services.chassis import journal
from services.chassis.clock import stamp_or_none
from services.chassis.db import Connection
from services.chassis.envelope import Event, EventRegistry
from services.chassis.errors import Rejected
from services.chassis.journal import NewEvent
from services.followup.adapters import contacts, covers, delivery, holding, loyalty, preferences, reaches
from services.followup.adapters.delivery import Facts
from services.followup.adapters.office import Office
from services.followup.adapters.postgres import SOURCE
from services.followup.adapters.rules.choices import Followed
from services.followup.adapters.wire import hearing, names, telling
from services.followup.app import handlers
from services.followup.app.ports import CaseKey, Cause
from services.followup.domain.contact import Contact, Receipt
from services.followup.domain.record import Fact, Failure, Policed
from services.followup.domain.words import Via, route

GROUP = "followup"
# By which a further policy comes to rule a case.
_RULED = (intake.ComplaintReceived, resolution.OwnerAssigned)
# By which somebody turns out to be awake: they wrote or speak on a call; or by which a regulator's clock may
# begin that does not wait for the morning. Either wakes what quiet hours held back.
_WAKING = (*_RULED, intake.CustomerMessageReceived, intake.TranscriptSegmentReceived)
_LANGUAGES = """
select tenant_id, case_id, coalesce(state -> 'complaint' ->> 'language', '') as language from follow_up
where (tenant_id, case_id) in (select * from unnest($1::text[], $2::text[]))
"""
TOPICS = ("amends.intake.events.v1", "amends.intake.receipts.v1", "amends.resolution.events.v1")


def registry() -> EventRegistry:
    """The events follow-up can read."""
    return EventRegistry(intake, resolution)


class Subscriptions:
    """The EventHandler of follow-up; `queued` is called when messages wait to be sent."""

    def __init__(self, office: Office, queued: Callable[[], None]) -> None:
        self._office = office
        self._queued = queued

    async def handle(self, tx: Connection, events: Sequence[Event]) -> None:
        """Apply a batch: receipts first, for they lock their messages before any case is locked."""
        news, facts = await delivery.received(tx, self._office, _receipts(events))
        await reaches.wrote(tx, [heard for event in events for heard in _heard(event)])
        failures, failed = await self._replies(tx, events)
        await covers.hear(tx, events)
        await loyalty.hear(tx, events)
        await preferences.hear(tx, events)
        ruled = {one.tenant_id for one in events if isinstance(one.message, _RULED)}
        followed = await self._office.policies.of(tx, ruled)
        for event in events:
            _demand_its_key(event)
            cause = _cause(event)
            facts += [(_key(event), fact, cause) for fact in self._facts(event, followed)]
        if news or failures:
            await journal.append(tx, SOURCE, [*news, *failures])
        now = self._office.clock.now()
        await handlers.learn(
            self._office.desk(tx), self._office.letters, delivery.grouped(facts + failed), now
        )
        waking = [_key(one) for one in events if isinstance(one.message, _WAKING)]
        await holding.release(tx, waking, now)
        self._queued()

    def _facts(self, event: Event, followed: Mapping[str, Followed]) -> list[Fact]:
        try:
            return [*hearing.facts_of(event, self._office.lexicon), *_ruling(event, followed)]
        except (ValueError, OverflowError) as error:
            raise Rejected("impossible_event", f"{event.type}: {error}", event) from error

    async def _replies(self, tx: Connection, events: Sequence[Event]) -> tuple[list[NewEvent], Facts]:
        """Queue what people wrote; what cannot reach the customer fails at once, visibly."""
        queued: list[Contact] = []
        news: list[NewEvent] = []
        facts: Facts = []
        spoken = await _languages(tx, events)
        for event in events:
            if not isinstance(event.message, resolution.ReplySent):
                continue
            contact, reachable = self._contact(event, event.message, spoken.get(_key(event), ""))
            if reachable:
                queued.append(contact)
                continue
            now, cause = self._office.clock.now(), _cause(event)
            message = telling.contact_failed(contact, "rejected", "no_way_to_reach_the_customer", now)
            news.append(self._office.news(contact, message, now, cause))
            facts.append((_key(event), Failure(contact.contact_id, now), cause))
        await contacts.queue(tx, queued)
        return news, facts

    def _contact(self, event: Event, message: resolution.ReplySent, language: str) -> tuple[Contact, bool]:
        try:
            invite = partial(self._office.invitations.write, language=language)
            contact, reachable = hearing.contact_of(event, message, invite)
        except (ValueError, OverflowError) as error:
            raise Rejected("impossible_event", f"{event.type}: {error}", event) from error
        if contact.via is Via.SMTP and not contact.subject.strip():
            contact = replace(contact, subject=self._office.letters.subject(event.tenant_id, language))
        return contact, reachable


async def _languages(tx: Connection, events: Sequence[Event]) -> dict[CaseKey, str]:
    """In which language the customers write to whom something goes out to which we add words of our own."""
    keys = [
        _key(event)
        for event in events
        if isinstance(event.message, resolution.ReplySent)
        and (event.message.kind == resolution.REPLY_KIND_CIRCLE_BACK or not event.message.subject.strip())
    ]
    if not keys:
        return {}
    rows = await tx.fetch(_LANGUAGES, [tenant for tenant, _ in keys], [case for _, case in keys])
    return {(row["tenant_id"], row["case_id"]): row["language"] for row in rows}


def _ruling(event: Event, followed: Mapping[str, Followed]) -> list[Policed]:
    """The policies whose clocks run on a complaint beside the service's: of regulators, and of its owner's
    team."""
    message = event.message
    if isinstance(message, resolution.OwnerAssigned):
        since = stamp_or_none(message, "accepted_at") or event.time
        return followed[event.tenant_id].regulators.rule_team(event.tenant_id, message.owner.team, since)
    if not isinstance(message, intake.ComplaintReceived) or message.message.suppressed_reason:
        return []
    received_at = stamp_or_none(message.message, "received_at") or event.time
    return followed[event.tenant_id].regulators.rule(event.tenant_id, message.category, received_at)


def _receipts(events: Sequence[Event]) -> list[tuple[str, Receipt, Cause]]:
    return [
        (event.tenant_id, receipt, _cause(event))
        for event in events
        if isinstance(event.message, intake.DeliveryReceiptReceived)
        and (receipt := hearing.receipt_of(event.message, event.time)) is not None
    ]


def _heard(event: Event) -> list[reaches.Heard]:
    """From which address a customer wrote; nothing of what a robot sent or an import brought."""
    if not isinstance(event.message, intake.ComplaintReceived | intake.CustomerMessageReceived):
        return []
    message = event.message.message
    via = route(names.channel(message.channel), message.party.kind, message.channel_account)
    if via is None or not message.party.value or message.suppressed_reason:
        return []
    at = hearing.said_at(message, event.time)
    return [reaches.Heard(event.tenant_id, via, message.channel_account, message.party.value, at)]


def _demand_its_key(event: Event) -> None:
    """Order holds per key: with another's key a record could overtake what is said of its own case."""
    case_id = getattr(event.message, "case_id", event.key)
    if case_id != event.key:
        raise Rejected("wrong_key", f"the record is keyed {event.key!r} but tells of {case_id!r}", event)


def _key(event: Event) -> CaseKey:
    return event.tenant_id, event.key


def _cause(event: Event) -> Cause:
    return Cause(event.event_id, event.traceparent or "")
