"""What becomes of messages once they are out: hand-overs and receipts, in whichever order they are
learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.chassis import journal
from services.chassis.db import Connection
from services.chassis.journal import NewEvent
from services.followup.adapters import contacts, reaches
from services.followup.adapters.contacts import Settled
from services.followup.adapters.office import Office
from services.followup.adapters.postgres import SOURCE
from services.followup.adapters.wire import telling
from services.followup.app import handlers
from services.followup.app.ports import CaseKey, Cause
from services.followup.domain.contact import Contact, HandedOver, Receipt, Refused, delivered_at
from services.followup.domain.reach import ADDRESS_BARRED
from services.followup.domain.record import Fact, Failure

Facts = list[tuple[CaseKey, Fact, Cause]]
_NO_CAUSE = Cause()


async def handed_over(tx: Connection, office: Office, contact: Contact, handed: HandedOver) -> bool:
    """Record that a provider took a message, with the receipts that came before; False when the claim was
    lost.
    """
    place = (contact.via.value, handed.provider_message_id)
    await contacts.meet(tx, [place])
    if not await contacts.sent(tx, contact, handed):
        return False
    news = [office.news(contact, telling.contact_sent(contact, handed), handed.at, _NO_CAUSE)]
    facts: Facts = []
    if handed.final:
        message = telling.contact_delivered(contact, handed.at, handed.at, by_receipt=False)
        news.append(office.news(contact, message, handed.at, _NO_CAUSE))
        facts += _arrived(contact, handed.at, _NO_CAUSE)
    early = await contacts.take_early(tx, contact, handed.provider_message_id)
    settled = [_settled(contact, receipt, handed) for receipt in _deciding(early)]
    for one in await contacts.settle(tx, settled):
        more, learned = _outcome(office, one, _NO_CAUSE, barred=await _bars(tx, one))
        news.append(more)
        facts += learned
    await _write(tx, office, news, facts)
    return True


async def refused(tx: Connection, office: Office, contact: Contact, refusal: Refused) -> bool:
    """Record that a message will not go out; False when somebody else settled it meanwhile."""
    now = office.clock.now()
    if not await contacts.give_up(tx, contact, now, refusal.error_class, refusal.reason):
        return False
    barred = await reaches.failed(tx, contact, refusal.error_class, refusal.reason, now)
    message = telling.contact_failed(
        contact, refusal.error_class, refusal.reason, now, barred=barred or refusal.reason == ADDRESS_BARRED
    )
    facts: Facts = [((contact.tenant_id, contact.case_id), Failure(contact.contact_id, now), _NO_CAUSE)]
    await _write(tx, office, [office.news(contact, message, now, _NO_CAUSE)], facts if contact.human else [])
    return True


async def received(
    tx: Connection, office: Office, receipts: Sequence[tuple[str, Receipt, Cause]]
) -> tuple[list[NewEvent], Facts]:
    """Match (tenant, receipt, cause) against what was sent; what is not known yet is kept for its hand-over.

    The events are for the caller to journal and the facts for the caller to learn, in the same transaction.
    """
    if not receipts:
        return [], []
    await contacts.meet(tx, [(receipt.via, receipt.provider_message_id) for _, receipt, _ in receipts])
    pairs = [(tenant, receipt) for tenant, receipt, _ in receipts]
    known = await contacts.at_provider(tx, pairs)
    early = [pair for pair in pairs if _place(*pair) not in known]
    await contacts.keep_early(tx, early)
    settled, causes = _matched(receipts, known)
    news: list[NewEvent] = []
    facts: Facts = []
    for one in await contacts.settle(tx, settled):
        cause = causes[one.contact.contact_id]
        said, learned = _outcome(office, one, cause, barred=await _bars(tx, one))
        news.append(said)
        facts += learned
    return news, facts


def _matched(
    receipts: Sequence[tuple[str, Receipt, Cause]], known: dict[contacts.Place, contacts.Outgone]
) -> tuple[list[Settled], dict[str, Cause]]:
    """The first receipt that settles each known message, and what brought it."""
    settled: dict[str, Settled] = {}
    causes: dict[str, Cause] = {}
    for tenant, receipt, cause in receipts:
        found = known.get(_place(tenant, receipt))
        if found is None or found[0].contact_id in settled:
            continue
        contact, sent_at = found
        settled[contact.contact_id] = Settled(contact, receipt, sent_at, delivered_at(sent_at, receipt))
        causes[contact.contact_id] = cause
    return list(settled.values()), causes


def _place(tenant: str, receipt: Receipt) -> contacts.Place:
    return tenant, receipt.via, receipt.provider_message_id


def _deciding(early: Sequence[Receipt]) -> list[Receipt]:
    """Of the receipts that came early, the one that counts: delivered wins over failed."""
    return sorted(early, key=lambda receipt: receipt.outcome)[:1]


def _settled(contact: Contact, receipt: Receipt, handed: HandedOver) -> Settled:
    return Settled(contact, receipt, handed.at, delivered_at(handed.at, receipt))


async def _bars(tx: Connection, one: Settled) -> bool:
    """Whether a receipt says that its address takes nothing any more, which is then kept."""
    receipt = one.receipt
    if receipt.outcome == "delivered":
        return False
    return await reaches.failed(tx, one.contact, "bounced", receipt.reason, one.at)


def _outcome(office: Office, one: Settled, cause: Cause, *, barred: bool) -> tuple[NewEvent, Facts]:
    contact = one.contact
    if one.receipt.outcome == "delivered":
        message = telling.contact_delivered(contact, one.sent_at, one.at, by_receipt=True)
        return office.news(contact, message, one.at, cause), _arrived(contact, one.at, cause)
    failed = telling.contact_failed(contact, "bounced", one.receipt.reason, one.at, barred=barred)
    key = (contact.tenant_id, contact.case_id)
    facts: Facts = [(key, Failure(contact.contact_id, one.at), cause)] if contact.human else []
    return office.news(contact, failed, one.at, cause), facts


def _arrived(contact: Contact, at: datetime, cause: Cause) -> Facts:
    """Only a person's words are an answer (rule 7)."""
    key = (contact.tenant_id, contact.case_id)
    return [(key, telling.answer_of(contact, at), cause)] if contact.human else []


async def _write(tx: Connection, office: Office, news: Sequence[NewEvent], facts: Facts) -> None:
    await journal.append(tx, SOURCE, news)
    await handlers.learn(office.desk(tx), office.letters, grouped(facts), office.clock.now())
    await journal.notify(tx)


def grouped(facts: Facts) -> dict[CaseKey, tuple[list[Fact], Cause]]:
    """Facts by case, each with the cause of the last of them."""
    found: dict[CaseKey, tuple[list[Fact], Cause]] = {}
    for key, fact, cause in facts:
        earlier = found[key][0] if key in found else []
        found[key] = ([*earlier, fact], cause)
    return found
