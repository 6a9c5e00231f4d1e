"""Deciding a batch: which conversation every word joins, whatever the batches are cut like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.decide import (
    SESSION,
    Arrival,
    Conversation,
    Decision,
    Held,
    KeyId,
    Ledger,
    decide,
    key_id,
    party_keys,
)
from services.intake.domain.events import Customer, Stamps, Where
from services.intake.domain.rate import SenderRate
from services.intake.domain.records import (
    Channel,
    CustomerWord,
    Item,
    Outcome,
    Party,
    SessionEvent,
    SessionStep,
    Source,
    ThreadKey,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
STAMPS = Stamps(NOW, NOW)


class World:
    """What PostgreSQL remembers between batches, as plain dictionaries with the same claiming rules."""

    def __init__(self, limit: int = 0) -> None:
        self.keys: dict[KeyId, Where] = {}
        self.conversations: dict[tuple[str, UUID], Conversation] = {}
        self.rate = SenderRate(limit, 60)
        self.next_id = 0

    def write(self, items: Sequence[Item]) -> list[Decision]:
        arrivals = [self._arrival(item) for item in items]
        ledger = Ledger({}, set(), set(), {}, {}, dict(self.conversations))
        candidates = set()
        for arrival in arrivals:
            if isinstance(arrival.item, CustomerWord):
                party = party_keys(arrival.item)[0]
                customer = UUID(int=int(party[2].rpartition(":")[2]))
                ledger.customer_of[party] = customer
                ledger.customers[customer] = Customer(customer)
                candidates.add(arrival.fresh_where.conversation_id)
                for key in arrival.item.keys:
                    claimed = key_id("t", key, customer)
                    where = self.keys.setdefault(claimed, arrival.fresh_where)
                    ledger.keys[claimed] = Held(where, where.conversation_id in candidates)
        for claimed, where in self.keys.items():
            if claimed[1] == SESSION and claimed not in ledger.keys:
                ledger.keys[claimed] = Held(where, fresh=False)
        decisions = decide(arrivals, ledger, self.rate)
        self.keys |= {key: ledger.keys[key].where for key in ledger.moved} | ledger.added_keys
        self.conversations = ledger.conversations
        return decisions

    def _arrival(self, item: Item) -> Arrival:
        self.next_id += 3
        where = Where(UUID(int=self.next_id), UUID(int=self.next_id + 1))
        return Arrival(item, STAMPS, b"", where, UUID(int=self.next_id + 2))


def word(
    event: str, party: int, *keys: str, channel: Channel = Channel.SMS, suppressed: str = ""
) -> CustomerWord:
    handles = tuple(ThreadKey("s", key, "open_case") for key in keys)
    source = Source("t", "p", "a", event, channel)
    return CustomerWord(source, (Party("phone", f"n:{party}"),), keys=handles, suppressed_reason=suppressed)


WORDS = st.lists(st.tuples(st.integers(1, 3), st.lists(st.sampled_from("abcd"), max_size=1)), max_size=12)


@given(WORDS, st.data())
def test_how_arrivals_are_cut_into_batches_does_not_change_their_cases(
    said: list[tuple[int, list[str]]], data: st.DataObject
) -> None:
    words = [word(str(number), party, *keys) for number, (party, keys) in enumerate(said)]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(words)), max_size=4)))
    batches = [words[start:end] for start, end in zip([0, *cuts], [*cuts, len(words)], strict=True)]
    together = World().write(words)
    apart_world = World()
    apart = [decision for batch in batches for decision in apart_world.write(batch)]
    assert [one.outcome for one in together] == [one.outcome for one in apart]
    assert [one.where for one in together] == [one.where for one in apart]


@given(WORDS)
def test_every_conversation_begins_once_and_words_with_one_key_share_it(
    said: list[tuple[int, list[str]]],
) -> None:
    words = [word(str(number), party, *keys) for number, (party, keys) in enumerate(said)]
    decisions = World().write(words)
    begun = [one.where for one in decisions if one.outcome is Outcome.CASE_BEGUN]
    assert len(begun) == len({where.conversation_id for where in begun if where})
    by_key: dict[str, set[UUID]] = {}
    for (_, keys), decision in zip(said, decisions, strict=True):
        for key in keys:
            assert decision.where is not None
            by_key.setdefault(key, set()).add(decision.where.conversation_id)
    assert all(len(conversations) == 1 for conversations in by_key.values())


def test_a_word_with_two_handles_brings_the_second_to_the_firsts_case() -> None:
    world = World()
    (first,) = world.write([word("1", 1, "a")])
    (second,) = world.write([word("2", 1, "a", "b")])
    (third,) = world.write([word("3", 1, "b")])
    assert first.where == second.where == third.where


def test_a_robot_that_answers_us_stops_beginning_cases_and_loses_nothing() -> None:
    world = World(limit=2)
    outcomes = [world.write([word(str(number), 1, channel=Channel.EMAIL)])[0].outcome for number in range(4)]
    assert outcomes == [Outcome.CASE_BEGUN, Outcome.CASE_BEGUN, Outcome.QUERY, Outcome.QUERY]


def test_an_automatic_word_begins_a_query_and_a_persons_word_makes_it_a_case() -> None:
    world = World()
    (query,) = world.write([word("1", 1, "a", suppressed="auto_submitted")])
    (complaint,) = world.write([word("2", 1, "a")])
    assert (query.outcome, complaint.outcome) == (Outcome.QUERY, Outcome.CASE_BEGUN)
    assert query.where is not None
    assert complaint.where is not None
    assert query.where.conversation_id == complaint.where.conversation_id


def test_a_session_is_found_by_any_of_its_ids_and_learns_the_others() -> None:
    world = World()
    call = CustomerWord(
        Source("t", "twilio", "a", "1", Channel.PHONE),
        (Party("phone", "n:1"),),
        keys=(ThreadKey(SESSION, "CA1", "provider_thread"),),
        live=True,
    )

    def event(*ids: str, step: SessionStep = SessionStep.LINKED) -> SessionEvent:
        return SessionEvent(Source("t", "twilio", "a", "/".join(ids), Channel.PHONE), step, ids)

    begun, linked = world.write([call, event("room", "CF1", "CA1")])
    (joined,) = world.write([event("room", "CF1", "CA2", step=SessionStep.JOINED)])
    (lost,) = world.write([event("elsewhere", step=SessionStep.JOINED)])
    assert begun.where == linked.where == joined.where
    assert lost.outcome is Outcome.UNKNOWN_SESSION
    assert [type(fact).__name__ for fact in lost.facts] == ["IntakeRejected"]


def test_what_a_provider_without_order_says_of_an_unknown_session_waits_and_is_no_refusal() -> None:
    ids = ("unheard-of",)
    source = Source("t", "amazon-connect", "a", "1", Channel.PHONE)
    (waiting,) = World().write([SessionEvent(source, SessionStep.JOINED, ids, "emp-1", may_wait=True)])
    assert (waiting.outcome, waiting.where, waiting.facts) == (Outcome.WAITING, None, ())


def test_an_end_counts_only_while_nobody_has_named_the_id_by_which_the_session_goes_on() -> None:
    world = World()
    call = CustomerWord(
        Source("t", "amazon-connect", "a", "1", Channel.PHONE),
        (Party("phone", "n:1"),),
        keys=(ThreadKey(SESSION, "first", "provider_thread"),),
        live=True,
    )

    def event(number: str, step: SessionStep, *ids: str, unless: str = "") -> SessionEvent:
        source = Source("t", "amazon-connect", "a", number, Channel.PHONE)
        return SessionEvent(source, step, ids, unless_known=unless)

    def facts(one: SessionEvent) -> list[str]:
        (decision,) = world.write([one])
        return [type(fact).__name__ for fact in decision.facts]

    world.write([call])
    assert facts(event("2", SessionStep.ENDED, "first", unless="first>")) == ["InteractionChanged"]
    assert facts(event("3", SessionStep.LINKED, "first", "second", "first>")) == []
    assert facts(event("4", SessionStep.ENDED, "first", unless="first>")) == []
    assert facts(event("5", SessionStep.ENDED, "second", unless="second>")) == ["InteractionChanged"]
