"""A batch of submissions on its way through one transaction: who is new, who is a repeat, what each is
answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from services.chassis.ids import Ids
from services.intake.domain.decide import Arrival, Decision
from services.intake.domain.events import Stamps, Where
from services.intake.domain.records import (
    Answer,
    CustomerWord,
    Item,
    Outcome,
    Refusal,
    SessionEvent,
    Source,
    Speech,
    Submission,
    Unrecognised,
)

InboxKey = tuple[str, str, str, str]
# A btree entry holds 2.7 kB and a provider's id may be anything: what is long is stored by its hash.
_LONGEST_EVENT_ID = 200


def inbox_key(source: Source) -> InboxKey:
    """The unique key of a provider event (conventions 1.1)."""
    event_id = source.event_id
    if len(event_id) > _LONGEST_EVENT_ID:
        event_id = f"sha256:{sha256(event_id.encode('utf-8', 'replace')).hexdigest()}"
    return (source.tenant_id, source.provider, source.account, event_id)


def fingerprint(item: Item) -> bytes:
    """What a repeat must have in common with the first; empty where the provider's id says it all."""
    return item.fingerprint if isinstance(item, CustomerWord) else b""


@dataclass(slots=True)
class Entry:
    """One item of one submission."""

    item: Item
    key: InboxKey
    submission: Envelope
    arrival: Arrival
    expected: Answer  # a new case for a word, a record for anything else; nearly always right
    answer: Answer | None = None


@dataclass(slots=True)
class Envelope:
    """One submission with the ids of its raw bytes, one per tenant that it concerns."""

    submission: Submission
    stamps: Stamps
    raw_sha256: bytes
    raw_ids: dict[str, UUID]
    entries: list[Entry] = field(default_factory=list)
    fresh_tenants: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Batch:
    """All of it, and the order in which it came."""

    envelopes: list[Envelope]
    tenants: list[str]
    fresh: list[Entry] = field(default_factory=list)

    @classmethod
    def of(cls, submissions: Sequence[Submission], ids: Ids) -> Batch:
        """Flatten submissions; nothing is read or written yet."""
        envelopes = [_envelope(one, ids) for one in submissions]
        return cls(envelopes, sorted({tenant for one in envelopes for tenant in one.raw_ids}))

    def leaders(self) -> dict[InboxKey, Entry]:
        """The first entry of every provider event; later ones of this batch are repeats of it."""
        found: dict[InboxKey, Entry] = {}
        for envelope in self.envelopes:
            for entry in envelope.entries:
                found.setdefault(entry.key, entry)
        return found

    def accept(self, entries: Sequence[Entry]) -> None:
        """Say which entries are new: the others repeat something."""
        # Of what came within these milliseconds, a call's beginning goes before what happened in it.
        self.fresh = sorted(entries, key=lambda entry: isinstance(entry.item, SessionEvent | Speech))
        for entry in entries:
            entry.submission.fresh_tenants.add(entry.item.source.tenant_id)

    def refusals(self) -> list[tuple[Envelope, Refusal]]:
        """What the channels refused, with the envelope that holds its bytes."""
        return [(one, refusal) for one in self.envelopes for refusal in one.submission.refusals]

    def answer_repeats(self, leaders: dict[InboxKey, Entry]) -> None:
        """Give every entry that is not its key's leader the leader's answer."""
        for envelope in self.envelopes:
            for entry in envelope.entries:
                leader = leaders[entry.key]
                if entry is not leader and leader.answer is not None:
                    entry.answer = repeat(
                        leader.answer, same=fingerprint(entry.item) == fingerprint(leader.item)
                    )

    def answers(self) -> list[tuple[Answer, ...]]:
        """One answer per item, in order."""
        return [
            tuple(entry.answer for entry in envelope.entries if entry.answer is not None)
            for envelope in self.envelopes
        ]


def repeat(first: Answer, *, same: bool) -> Answer:
    """The first answer again; the same event id with another body is an error of the caller (422)."""
    return Answer(
        first.outcome if same else Outcome.REUSED_KEY,
        first.received_at,
        first.conversation_id,
        first.interaction_id,
        first.message_id,
        duplicate=True,
    )


def answer(entry: Entry, decision: Decision) -> Answer:
    """What the channel may tell about a decision."""
    where = decision.where
    return Answer(
        decision.outcome,
        entry.submission.stamps.received_at,
        where.conversation_id if where else None,
        where.interaction_id if where else None,
        decision.message_id,
    )


def _envelope(submission: Submission, ids: Ids) -> Envelope:
    tenants = {item.source.tenant_id for item in submission.items}
    tenants |= {refusal.tenant_id for refusal in submission.refusals}
    again = submission.again
    envelope = Envelope(
        submission,
        Stamps(submission.received_at, submission.normalised_at),
        sha256(submission.raw).digest(),
        {tenant: again.raw_id if again else ids.new() for tenant in sorted(tenants)},
        fresh_tenants={refusal.tenant_id for refusal in submission.refusals},
    )
    envelope.entries = [_entry(item, envelope, ids) for item in submission.items]
    return envelope


def _entry(item: Item, envelope: Envelope, ids: Ids) -> Entry:
    """An item with the ids it will use if it needs them, and the answer it will get if nothing is known
    yet.
    """
    where, message_id = Where(ids.new(), ids.new()), ids.new()
    at = envelope.stamps.received_at
    expected = _expected(item, at, where, message_id)
    arrival = Arrival(item, envelope.stamps, envelope.raw_sha256, where, message_id)
    return Entry(item, inbox_key(item.source), envelope, arrival, expected)


def _expected(item: Item, at: datetime, where: Where, message_id: UUID) -> Answer:
    if isinstance(item, CustomerWord):
        return Answer(Outcome.CASE_BEGUN, at, where.conversation_id, where.interaction_id, message_id)
    return Answer(Outcome.UNRECOGNISED if isinstance(item, Unrecognised) else Outcome.RECORDED, at)
