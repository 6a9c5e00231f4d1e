"""The watch over lives.py: it keeps its own books beside the domain's, and asserts after every step what must
always hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from services.resolution.app.rules import Rules
from services.resolution.domain import events as e
from services.resolution.domain.decide import authority, remedies
from services.resolution.domain.state import Case
from services.resolution.domain.words import Closing, Person, ReplyKind, Status
from tests.unit.resolution.world import NOON

PEOPLE = [
    Person("ana", "Ana Silva", 1),
    Person("ben", "Ben Okoro", 0),
    Person("lea", "Lea Haddad", 1),
    Person("vic", "Vic Moore", 2),
]
TENANT = "air"
OMBUDSMAN = "Ombudsman Service"
Key = tuple[str, str]


@dataclass
class Book:
    """What the watch itself knows of a case, from what was put in rather than from what came out."""

    words: dict[str, datetime] = field(default_factory=dict)
    tried: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    arrived: set[str] = field(default_factory=set)
    heard_at: datetime = NOON
    log: list[e.Event] = field(default_factory=list)

    def note(self, event: e.Event) -> None:
        """Write down what a closing may rest on, of one event."""
        match event:
            case e.CaseOpened():
                self.heard_at = event.word.received_at
            case e.CustomerSpoke():
                self.words[event.word.message_id] = event.word.received_at
                self.silent_from(event.word.received_at)
                self.heard_at = max(self.heard_at, event.word.received_at)
            case e.ContactMade():
                if event.at > self.heard_at:
                    self.tried[event.contact_id] = (event.channel, event.at)
                self.arrived |= {event.reply_id} if event.delivered else set()
            case e.ReplySent(kind=ReplyKind.FINAL_RESPONSE):
                self.letters[event.reply_id] = event.text
            case e.CasesMerged() | e.CaseReopened():
                self.tried.clear()

    def silent_from(self, at: datetime) -> None:
        """Attempts count since the customer was last heard."""
        self.tried = {one: (channel, when) for one, (channel, when) in self.tried.items() if when > at}


class Told(Protocol):
    """What is watched: the cases as they are now, and a book of each."""

    rules: Rules
    books: dict[Key, Book]

    def case(self, key: Key) -> Case: ...


def watch(told: Told, key: Key, before: Case | None, happened: list[e.Event]) -> None:
    """What must hold after every step, from its state before and what happened."""
    after = told.case(key)
    assert after.version == (before.version if before else 0) + len(happened)
    assert after.owner in PEOPLE  # exactly one, at every instant
    if before:
        assert after.owner.rank <= before.owner.rank
        moved = [event.first_contact for event in happened if isinstance(event, e.FirstContactMoved)]
        assert after.first_contact == [before.first_contact, *moved][-1]
    limits = told.rules.authority.of(2).per_case
    spent = remedies.spent_on(after)
    assert after.absorbed or all(used <= limits[unit] for unit, used in spent.items())
    assert all(left >= 0 for left in authority.lent_left(after).values())
    for event in happened:
        if isinstance(event, e.CaseClosed):
            assert before is not None
            EVIDENCE[event.closing](told, key, before, event)
        told.books[key].note(event)
        if isinstance(event, e.CasesMerged):
            _united(told.books[key], told.books[TENANT, event.merged_case_id])
    follows_the_check(happened)


def _united(book: Book, other: Book) -> None:
    book.words.update(other.words)
    book.heard_at = max(book.heard_at, other.heard_at)


def _confirmed(told: Told, key: Key, before: Case, closed: e.CaseClosed) -> None:
    assert before.status is Status.RESOLVED
    assert closed.message_id not in ("", *before.held_back)


def _withdrawn(told: Told, key: Key, before: Case, closed: e.CaseClosed) -> None:
    assert closed.message_id in told.books[key].words


def _unreachable(told: Told, key: Key, before: Case, closed: e.CaseClosed) -> None:
    tried = sorted(told.books[key].tried.values(), key=lambda one: one[1])
    assert len(tried) >= 3
    assert len({channel for channel, _ in tried}) >= min(2, len(before.addresses))
    assert tried[-1][1] - tried[0][1] >= timedelta(days=5)


def _dismissed(told: Told, key: Key, before: Case, closed: e.CaseClosed) -> None:
    assert before.status in (Status.OPEN, Status.PROPOSED)
    assert closed.evidence


def _by_letter(told: Told, key: Key, before: Case, closed: e.CaseClosed) -> None:
    arrived = told.books[key].letters.keys() & told.books[key].arrived
    assert any(OMBUDSMAN in told.books[key].letters[reply_id] for reply_id in arrived)


def _merged(told: Told, key: Key, before: Case, closed: e.CaseClosed) -> None:
    survivor = told.case((TENANT, closed.survivor_case_id))
    assert survivor.status is not Status.CLOSED
    assert survivor.customer_id == before.customer_id
    assert survivor.owner.rank <= before.owner.rank
    assert survivor.complained_at <= before.complained_at
    assert {given.grant_id for given in before.grants} <= {given.grant_id for given in survivor.grants}


EVIDENCE: dict[Closing, Callable[[Told, Key, Case, e.CaseClosed], None]] = {
    Closing.CONFIRMED: _confirmed,
    Closing.WITHDRAWN: _withdrawn,
    Closing.UNREACHABLE: _unreachable,
    Closing.NOT_A_COMPLAINT: _dismissed,
    Closing.FINAL_RESPONSE: _by_letter,
    Closing.MERGED: _merged,
}


def ends_somewhere(told: Told, key: Key) -> None:
    """A merged case leads to one that is not, and no case leads back to itself."""
    case, seen = told.case(key), {key}
    while case.successor_id:
        assert case.status is Status.CLOSED
        key = (TENANT, case.successor_id)
        assert key not in seen
        seen.add(key)
        case = told.case(key)
    assert case.closing is not Closing.MERGED


def follows_the_check(happened: list[e.Event]) -> None:
    """No words go out but right after a check that did not stop them."""
    for index, event in enumerate(happened):
        if isinstance(event, e.ReplySent):
            checked = next(each for each in reversed(happened[:index]) if isinstance(each, e.ReplyChecked))
            assert checked.reply_id == event.reply_id
            assert checked.outcome != "stopped"
