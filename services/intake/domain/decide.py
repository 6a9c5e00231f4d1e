"""The decision of intake, for a whole batch at once: case, further word, query or record; pure.

The caller has claimed every thread key and read every conversation named; `Ledger` holds them. Items are
decided in the order they came, so that the second word of a new customer finds the case the first one began.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from services.intake.domain import events
from services.intake.domain.duplicates import SAME_MATTER, Recent, may_be_the_same, references, same_matter
from services.intake.domain.events import Customer, Fact, Stamps, Where
from services.intake.domain.identity import Merge, PartyKey, another_person
from services.intake.domain.kind import ASSESSED, because, is_query
from services.intake.domain.rate import SenderRate
from services.intake.domain.records import (
    Channel,
    CustomerWord,
    Item,
    Outcome,
    Pointer,
    Receipt,
    Refusal,
    SessionEvent,
    SessionStep,
    Speech,
    ThreadKey,
)
from services.intake.domain.threading import proven_first, tag_of

KeyId = tuple[str, str, str]  # tenant, scope, key
SESSION = "session"


@dataclass(slots=True)
class Conversation:
    """A case (`is_case`) or a query that may become one."""

    tenant_id: str
    conversation_id: UUID
    customer_id: UUID
    channel: Channel
    is_case: bool
    fresh: bool = False
    topic: str = ""  # of its first word, as the references
    references: frozenset[str] = frozenset()


@dataclass(slots=True)
class Held:
    """Who holds a thread key; `fresh` when this batch claimed it, so that it may still be moved."""

    where: Where
    fresh: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """One item with the ids it will use if it needs them."""

    item: Item
    stamps: Stamps
    raw_sha256: bytes
    fresh_where: Where
    message_id: UUID


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one item, and the facts to publish."""

    outcome: Outcome
    where: Where | None = None
    message_id: UUID | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(slots=True)
class Ledger:
    """Everything known about a batch, and what deciding changes in it."""

    customer_of: dict[PartyKey, UUID]
    unknown_parties: set[PartyKey]
    new_customers: set[UUID]
    customers: dict[UUID, Customer]
    keys: dict[KeyId, Held]
    conversations: dict[tuple[str, UUID], Conversation]
    tags: dict[tuple[str, str], list[UUID]] = field(default_factory=dict)
    named: set[UUID] = field(default_factory=set)  # customers whose name became known
    moved: set[KeyId] = field(default_factory=set)  # keys to be rewritten
    added_keys: dict[KeyId, Where] = field(default_factory=dict)
    begun: list[Conversation] = field(default_factory=list)
    converted: list[Conversation] = field(default_factory=list)  # queries that became cases
    recent: dict[tuple[str, UUID], list[Recent]] = field(default_factory=dict)  # cases by customer
    same_matter: timedelta = timedelta(0)  # how long a word by another way may belong to a case; 0 = never
    merged: list[Merge] = field(default_factory=list)  # customers that turned out to be one, written down


def key_id(tenant_id: str, key: ThreadKey, customer_id: UUID) -> KeyId:
    """How a thread key is stored: one that counts per customer carries the customer in its scope."""
    scope = f"{key.scope}:{customer_id}" if key.per_customer else key.scope
    return (tenant_id, scope, key.key)


def party_keys(word: CustomerWord) -> tuple[PartyKey, ...]:
    """The parties of a word as identity sees them, each once, in their order."""
    tenant = word.source.tenant_id
    return tuple(dict.fromkeys((tenant, *party.identity) for party in word.parties))


def decide(arrivals: Sequence[Arrival], ledger: Ledger, rate: SenderRate) -> list[Decision]:
    """Decide every arrival in order, writing what is new into `ledger`."""
    return [_decide_one(arrival, ledger, rate) for arrival in arrivals]


def _decide_one(arrival: Arrival, ledger: Ledger, rate: SenderRate) -> Decision:
    match arrival.item:
        case CustomerWord() as word:
            return _word(word, arrival, ledger, rate)
        case SessionEvent() as event:
            return _session(event, arrival, ledger)
        case Speech() as speech:
            return _speech(speech, arrival, ledger)
        case Receipt() as receipt:
            return Decision(
                Outcome.RECORDED, facts=(events.DeliveryReceiptReceived(receipt, arrival.stamps),)
            )
        case _:
            return Decision(Outcome.UNRECOGNISED)


# ------------------------------------------------------------------------------------------ words


def _word(word: CustomerWord, arrival: Arrival, ledger: Ledger, rate: SenderRate) -> Decision:
    tenant = word.source.tenant_id
    customer = _customer(word, ledger)
    found, threaded_by = _thread(word, customer.customer_id, ledger)
    if found is None and word.must_thread:
        return refuse(arrival, "unknown_case", Outcome.UNKNOWN_CASE)
    why = ""
    if found is None and (twin := _twin(word, customer.customer_id, arrival, ledger)):
        found, threaded_by, why = twin[0].conversation_id, SAME_MATTER, twin[1]
    where, started = _place(word, customer.customer_id, found, arrival, ledger)
    known = ledger.conversations.get((tenant, where.conversation_id))
    if known is not None and known.is_case:
        fact: Fact = events.CustomerMessageReceived(
            where, customer, arrival.message_id, word, arrival.stamps, threaded_by, why
        )
        return _with_company(Outcome.THREADED, fact, word, where, customer, arrival, ledger, started)
    reason = "" if word.imported_from else word.suppressed_reason or _over_rate(word, arrival, rate)
    if reason:
        _begin(where, customer.customer_id, word, arrival, ledger, is_case=False)
        muted = replace(word, suppressed_reason=reason)
        fact = events.QueryReceived(where, customer, arrival.message_id, muted, arrival.stamps, reason)
        return _with_company(Outcome.QUERY, fact, word, where, customer, arrival, ledger, started)
    if is_query(word):
        _begin(where, customer.customer_id, word, arrival, ledger, is_case=False)
        fact = events.QueryReceived(where, customer, arrival.message_id, word, arrival.stamps, ASSESSED)
        return _with_company(Outcome.QUERY, fact, word, where, customer, arrival, ledger, started)
    _begin(where, customer.customer_id, word, arrival, ledger, is_case=True)
    fact = events.ComplaintReceived(where, customer, arrival.message_id, word, arrival.stamps, because(word))
    return _with_company(Outcome.CASE_BEGUN, fact, word, where, customer, arrival, ledger, started)


def _twin(
    word: CustomerWord, customer_id: UUID, arrival: Arrival, ledger: Ledger
) -> tuple[Recent, str] | None:
    """The customer's case that this word belongs to although it came another way."""
    recent = ledger.recent.get((word.source.tenant_id, customer_id))
    if not recent or not ledger.same_matter or not may_be_the_same(word):
        return None
    found = same_matter(word, arrival.stamps.received_at, recent, ledger.same_matter)
    if found is not None:
        key = (word.source.tenant_id, found[0].conversation_id)
        ledger.conversations.setdefault(key, Conversation(*key, customer_id, found[0].channel, is_case=True))
    return found


def _customer(word: CustomerWord, ledger: Ledger) -> Customer:
    """The person who spoke; a name that nobody told us before is kept. Whoever writes from another's mailbox
    is called by their own name, and the owner keeps theirs; who calls signs nothing: a name that comes with a
    call is that of the line's holder.
    """
    customer = ledger.customers[ledger.customer_of[party_keys(word)[0]]]
    if not word.live and another_person(word.full_name, customer.full_name):
        return replace(customer, full_name=word.full_name, first_name=word.first_name)
    if word.full_name and not customer.full_name:
        customer = replace(
            customer, full_name=word.full_name, first_name=word.first_name or customer.first_name
        )
        ledger.customers[customer.customer_id] = customer
        ledger.named.add(customer.customer_id)
    return customer


def _thread(word: CustomerWord, customer_id: UUID, ledger: Ledger) -> tuple[UUID | None, str]:
    """The conversation that has the strongest claim, and by what; None for a new one."""
    tenant = word.source.tenant_id
    for pointer in proven_first(word.pointers):
        if pointer.case_id is not None and (tenant, pointer.case_id) in ledger.conversations:
            return (
                pointer.case_id,
                "provider_thread" if pointer.threaded_by == "case" else pointer.threaded_by,
            )
    keys = [key for key in word.keys if not key.claims_only]
    strong = [key for key in keys if key.threaded_by != "open_case"]
    weak = [key for key in keys if key.threaded_by == "open_case"]
    return (
        _by_keys(strong, tenant, customer_id, ledger)
        or _by_tag(word.pointers, tenant, customer_id, ledger)
        or _by_keys(weak, tenant, customer_id, ledger)
        or (None, "")
    )


def _by_keys(
    keys: Iterable[ThreadKey], tenant: str, customer_id: UUID, ledger: Ledger
) -> tuple[UUID, str] | None:
    for key in keys:
        held = ledger.keys.get(key_id(tenant, key, customer_id))
        if held is not None and (tenant, held.where.conversation_id) in ledger.conversations:
            return held.where.conversation_id, key.threaded_by
    return None


def _by_tag(
    pointers: Iterable[Pointer], tenant: str, customer_id: UUID, ledger: Ledger
) -> tuple[UUID, str] | None:
    for pointer in pointers:
        for case_id in ledger.tags.get((tenant, pointer.tag), ()):
            found = ledger.conversations.get((tenant, case_id))
            if found is not None and found.customer_id == customer_id:
                return case_id, "subject_tag"
    return None


def _place(
    word: CustomerWord, customer_id: UUID, found: UUID | None, arrival: Arrival, ledger: Ledger
) -> tuple[Where, bool]:
    """Where the word goes, and whether an interaction begins with it; its keys point there from now on."""
    tenant = word.source.tenant_id
    conversation_id = found or _promised(word, customer_id, ledger) or arrival.fresh_where.conversation_id
    held = [ledger.keys.get(key_id(tenant, key, customer_id)) for key in word.keys]
    running = [
        one.where
        for one in held
        if one is not None and not one.fresh and one.where.conversation_id == conversation_id
    ]
    where = running[0] if running else Where(conversation_id, arrival.fresh_where.interaction_id)
    for key in word.keys:
        _point(key_id(tenant, key, customer_id), where, ledger, newest=key.claims_only)
    return where, not running


def _promised(word: CustomerWord, customer_id: UUID, ledger: Ledger) -> UUID | None:
    """The id under which this batch claimed the word's first key: the one other replicas wait for."""
    for key in word.keys:
        held = ledger.keys.get(key_id(word.source.tenant_id, key, customer_id))
        if held is not None and held.fresh and not key.claims_only:
            return held.where.conversation_id
    return None


def _point(key: KeyId, where: Where, ledger: Ledger, *, newest: bool) -> None:
    """Let a key claimed by this batch lead to `where`; one that others hold stays theirs unless the `newest`
    counts.
    """
    held = ledger.keys.get(key)
    if held is None or not (held.fresh or newest):
        return
    if held.where != where:
        ledger.moved.add(key)
    ledger.keys[key] = Held(where, fresh=False)


def _begin(
    where: Where, customer_id: UUID, word: CustomerWord, arrival: Arrival, ledger: Ledger, *, is_case: bool
) -> None:
    tenant, channel = word.source.tenant_id, word.source.channel
    known = ledger.conversations.get((tenant, where.conversation_id))
    if known is None:
        named = references(word)
        begun = Conversation(
            tenant,
            where.conversation_id,
            customer_id,
            channel,
            is_case,
            fresh=True,
            topic=word.category,
            references=named,
        )
        ledger.conversations[tenant, where.conversation_id] = begun
        ledger.tags.setdefault((tenant, tag_of(where.conversation_id)), []).append(where.conversation_id)
        ledger.begun.append(begun)
        if is_case:
            at = arrival.stamps.received_at
            recent = Recent(where.conversation_id, channel, at, word.category, named)
            ledger.recent.setdefault((tenant, customer_id), []).append(recent)
    elif is_case and not known.is_case:
        known.is_case = True
        if not known.fresh:
            ledger.converted.append(known)


def _over_rate(word: CustomerWord, arrival: Arrival, rate: SenderRate) -> str:
    """Only mail can be answered by a robot that answers us."""
    if word.source.channel is not Channel.EMAIL:
        return ""
    allowed = rate.take(word.source.tenant_id, word.parties[0].value, arrival.stamps.received_at)
    return "" if allowed else "sender_rate"


def _with_company(
    outcome: Outcome,
    fact: Fact,
    word: CustomerWord,
    where: Where,
    customer: Customer,
    arrival: Arrival,
    ledger: Ledger,
    started: bool,
) -> Decision:
    """The fact itself, then the interaction that began with it, then the parties nobody knew before."""
    facts: list[Fact] = [fact]
    if started:
        facts.append(events.InteractionStarted(where, word, arrival.stamps))
    for party in word.parties:
        key: PartyKey = (word.source.tenant_id, *party.identity)
        if key in ledger.unknown_parties:
            ledger.unknown_parties.discard(key)
            because = f"{word.source.channel}_sender" if party == word.parties[0] else "named_together"
            new = customer.customer_id in ledger.new_customers
            facts.append(events.CustomerIdentified(where, customer, party, because, new, arrival.stamps))
    return Decision(outcome, where, arrival.message_id, tuple(facts))


# ------------------------------------------------------------------------------------------ live sessions


def _known_session(tenant: str, session_ids: Sequence[str], ledger: Ledger) -> Where | None:
    """The call by any of its ids; ids that were unknown lead to it from now on."""
    held = [ledger.keys.get((tenant, SESSION, one)) for one in session_ids if one]
    where = next((one.where for one in held if one is not None), None)
    if where is not None:
        for one in session_ids:
            if one and (tenant, SESSION, one) not in ledger.keys:
                ledger.keys[tenant, SESSION, one] = Held(where, fresh=False)
                ledger.added_keys[tenant, SESSION, one] = where
    return where


def _session(event: SessionEvent, arrival: Arrival, ledger: Ledger) -> Decision:
    where = _known_session(event.source.tenant_id, event.session_ids, ledger)
    if where is None:
        return _early(event, arrival)
    goes_on = event.unless_known and (event.source.tenant_id, SESSION, event.unless_known) in ledger.keys
    if event.step is SessionStep.LINKED or goes_on:
        return Decision(Outcome.RECORDED, where)
    return Decision(Outcome.RECORDED, where, facts=(events.InteractionChanged(where, event, arrival.stamps),))


def _speech(speech: Speech, arrival: Arrival, ledger: Ledger) -> Decision:
    where = _known_session(speech.source.tenant_id, speech.session_ids, ledger)
    if where is None:
        return _early(speech, arrival)
    fact = events.TranscriptSegmentReceived(where, arrival.message_id, speech, arrival.stamps)
    return Decision(Outcome.RECORDED, where, arrival.message_id, (fact,))


def _early(item: SessionEvent | Speech, arrival: Arrival) -> Decision:
    """Of a session nobody has announced: it waits where the provider keeps no order, else it led nowhere."""
    return Decision(Outcome.WAITING) if item.may_wait else refuse_session(arrival)


def refuse_session(arrival: Arrival) -> Decision:
    """Record that something belongs to a session that nobody announced (in time)."""
    return refuse(arrival, "unknown_session", Outcome.UNKNOWN_SESSION)


def refuse(arrival: Arrival, code: str, outcome: Outcome) -> Decision:
    """Record that an item led nowhere; the reject id is the id its message would have had."""
    source = arrival.item.source
    refusal = Refusal(source.tenant_id, source.channel, source.provider, code, account=source.account)
    fact = events.IntakeRejected(arrival.message_id, refusal, arrival.raw_sha256, arrival.stamps)
    return Decision(outcome, facts=(fact,))
