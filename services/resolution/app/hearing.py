"""What follows from facts that other services published: a batch in, one transaction's worth of effects
out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from services.chassis.clock import Clock
from services.chassis.errors import Rejected
from services.chassis.ids import Ids
from services.chassis.log import get_logger
from services.resolution.app import on_duty
from services.resolution.app.facts import Complaint, Fact, Introduced, Speech
from services.resolution.app.folding import Folding
from services.resolution.app.identity import of_survivors
from services.resolution.app.ports import Work
from services.resolution.app.rules import Rules, subtag
from services.resolution.app.shapes import CaseKey, Change
from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.assignment import Desk, Need
from services.resolution.domain.decide import closing, learning, listening, opening, ownership, solution
from services.resolution.domain.decide.closing import Feedback
from services.resolution.domain.decide.learning import Earlier
from services.resolution.domain.errors import NobodyToOwn
from services.resolution.domain.state import Case
from services.resolution.domain.words import Because, Person, Status, Word

log = get_logger(__name__)

Customer: TypeAlias = tuple[str, str]
"""(tenant id, customer id)."""


class Hearing:
    """Handles batches of facts. The caller's transaction sees exactly their tenants and is committed by the
    caller."""

    def __init__(self, rules: Rules, clock: Clock, ids: Ids) -> None:
        self._rules = rules
        self._clock = clock
        self._ids = ids

    async def hear(self, work: Work, facts: Sequence[Fact]) -> None:
        """Facts in their order per case; those of a case that nobody can own yet are kept for when somebody
        can. Raises Rejected for one that can never be worked on: a message on a case that does not exist
        (`unknown_case`)."""
        now = self._clock.now()
        facts = await of_survivors(work, facts)
        cases = await work.lock_cases({fact.key for fact in facts})
        desks, earlier = await self._desks(work, facts, cases), await _earlier(work, facts, now)
        waiting = await self._waiting(work, facts, cases, desks)
        trusted = await work.trusted(_customers(facts, cases))
        batch = _Batch(self._rules, self._ids, now, cases, desks, trusted, earlier)
        for fact in facts:
            if fact.key not in waiting:
                batch.hear(fact)
        changes = batch.folding.changes()
        await work.save(changes)
        await work.add_words(batch.words)
        await work.publish(batch.folding.said)
        await work.keep_waiting([fact for fact in facts if fact.key in waiting], now)
        for tenant_id in sorted({*batch.given, *(key[0] for key in waiting)}):
            await on_duty.look(work, self._ids, tenant_id, now, batch.given[tenant_id])
        for tenant_id, owner_id in sorted(_owners_again(changes)):
            if await work.left(tenant_id, [owner_id]):
                await work.set_timer(on_duty.LEAVER_TIMER, tenant_id, owner_id, now)

    async def _waiting(
        self,
        work: Work,
        facts: Sequence[Fact],
        cases: dict[CaseKey, Case],
        desks: dict[str, Desk],
    ) -> set[CaseKey]:
        """Cases that nobody can own yet: new complaints of a tenant without employees, and what is not the
        beginning of a case but follows on such a one. Adds to `cases` what was opened meanwhile."""
        for tenant_id in sorted(tenant for tenant, desk in desks.items() if not desk.employees):
            await work.lock_duty(tenant_id)  # whoever registers the first employee now waits for us
            desks[tenant_id] = await work.anybody(tenant_id)
        begun = {fact.key for fact in facts if isinstance(fact.what, Complaint)} - cases.keys()
        new = {key for key in begun if not desks[key[0]].employees}
        strange = {fact.key for fact in facts} - cases.keys() - begun
        follows = await self._following(work, strange)
        cases.update(await work.lock_cases(strange - follows))
        return new | follows

    @staticmethod
    async def _following(work: Work, strange: set[CaseKey]) -> set[CaseKey]:
        """Those of the unknown cases that wait; certain only once their tenants are locked."""
        found = await work.waiting_cases(strange)
        if not found:
            return found
        for tenant_id in sorted({tenant_id for tenant_id, _ in found}):
            await work.lock_duty(tenant_id)
        return await work.waiting_cases(found)

    async def _desks(
        self, work: Work, facts: Sequence[Fact], cases: Mapping[CaseKey, Case]
    ) -> dict[str, Desk]:
        """Only where a case may be opened; a tenant with nobody present and no duty owner falls back on
        everybody."""
        opening_facts = [fact for fact in facts if _may_open(fact, cases)]
        tenants = {fact.event.tenant_id for fact in opening_facts}
        if not tenants:
            return {}
        await work.know_active(tenants)
        named = {fact.what.point_of_contact_id for fact in opening_facts if isinstance(fact.what, Complaint)}
        desks = dict(await work.desks(tenants, named - {""}))
        for tenant_id in tenants - desks.keys():
            desks[tenant_id] = await work.anybody(tenant_id)
        return desks


def _may_open(fact: Fact, cases: Mapping[CaseKey, Case]) -> bool:
    """A complaint does, and a word after closing may; most words are for cases under way."""
    if isinstance(fact.what, e.CustomerSpoke):
        known = cases.get(fact.key)
        return known is not None and known.status is Status.CLOSED
    return isinstance(fact.what, Complaint | Feedback)


def _asked_again(case: Case, said: e.CustomerSpoke) -> Sequence[e.Event]:
    """In writing only: on a call the customer says one thing in many stretches."""
    return learning.repeat_contact(case, said.word) if said.address is not None else []


async def _earlier(work: Work, facts: Sequence[Fact], now: datetime) -> dict[Customer, list[Earlier]]:
    """What the customers of new complaints have had before; nothing is asked of those nobody knows."""
    customers = {
        (fact.event.tenant_id, fact.what.customer_id)
        for fact in facts
        if isinstance(fact.what, Complaint) and fact.what.customer_id
    }
    found = await work.earlier_failures(customers, now - learning.REPEAT_WITHIN) if customers else {}
    return {customer: list(found.get(customer, ())) for customer in customers}


class _Batch:
    """The state of one batch: what is known at its one instant, and what has followed so far."""

    def __init__(
        self,
        rules: Rules,
        ids: Ids,
        now: datetime,
        cases: Mapping[CaseKey, Case],
        desks: Mapping[str, Desk],
        trusted: Mapping[tuple[str, str], str],
        earlier: dict[Customer, list[Earlier]],
    ) -> None:
        self._earlier = earlier
        self._rules = rules
        self._ids = ids
        self._now = now
        self._desks = desks
        self._trusted = trusted
        self.given: Counter[str] = Counter()
        """By tenant, how many cases duty owners had to take."""
        self.folding = Folding(cases, rules, ids)
        self.words: list[tuple[CaseKey, Word]] = []

    def hear(self, fact: Fact) -> None:
        case = self.folding.find(fact.key)
        if isinstance(fact.what, Complaint):
            if case is None:  # else it was opened before: heard twice, done once
                self._open(fact, fact.what)
        elif case is None:
            _no_such_case(fact)
        else:
            self._follow(fact, case)

    def _open(self, fact: Fact, complaint: Complaint) -> None:
        tenant_id = fact.event.tenant_id
        need = Need(complaint.required_skill, subtag(complaint.language))
        known = self._trusted.get((tenant_id, complaint.customer_id), "")
        owner, because = self._choose(fact, need, complaint.point_of_contact_id, known)
        playbook = self._rules.playbook_for(tenant_id)
        command = c.OpenCase(
            case_id=fact.case_id,
            tenant_id=tenant_id,
            customer_id=complaint.customer_id,
            first_name=complaint.first_name,
            full_name=complaint.full_name,
            channel=complaint.channel,
            severity=complaint.severity,
            category=complaint.category,
            language=complaint.language,
            complained_at=complaint.origin_at or complaint.word.received_at,
            word=complaint.word,
            address=complaint.address,
            call_id=complaint.interaction_id if complaint.live else "",
            owner=owner,
            because=because,
            playbook_id=playbook.playbook_id,
            playbook_version=playbook.version,
        )
        self._apply(fact, fact.key, opening.open_case(command, self._now))
        self._repeats(fact, fact.key, (tenant_id, complaint.customer_id))

    def _repeats(self, fact: Fact, key: CaseKey, customer: Customer) -> None:
        """The same failure of this customer before; the next of the batch knows this one too."""
        case, earlier = self.folding.find(key), self._earlier.get(customer)
        if case is not None and earlier is not None:
            self._apply(fact, key, learning.repeats_by_category(case, earlier))
            earlier.append(Earlier(case.case_id, case.category, "", case.opened_at))

    def _choose(
        self, fact: Fact, need: Need, point_of_contact_id: str = "", trusted_id: str = ""
    ) -> tuple[Person, Because]:
        tenant_id = fact.event.tenant_id
        try:
            owner, because = self._desks[tenant_id].choose(need, point_of_contact_id, trusted_id)
        except NobodyToOwn as refusal:  # only a new case after a closed one, of a tenant that lost everybody
            raise Rejected(refusal.rule, refusal.detail, fact.event) from refusal
        if because is Because.DUTY_OWNER:
            self.given[tenant_id] += 1
        return owner, because

    def _follow(self, fact: Fact, case: Case) -> None:
        key = (case.tenant_id, case.case_id)
        what = fact.what
        if isinstance(what, e.CustomerSpoke):
            self.words.append((key, what.word))
        if (word := self._late_word(case, what)) is not None:
            self._open_successor(fact, case, word)
        else:
            self._apply(fact, key, self._decided(case, fact))

    def _late_word(self, case: Case, what: object) -> Word | None:
        """The customer's word, when it comes too late to reopen this case."""
        window = self._rules.reopen_window
        match what:
            case Feedback() as feedback if closing.begins_new_case(case, feedback, self._now, window):
                return Word(feedback.message_id, feedback.given_at)
            case e.CustomerSpoke(word=word) if closing.word_begins_new_case(case, self._now, window):
                return word
            case _:
                return None

    def _decided(self, case: Case, fact: Fact) -> Sequence[e.Event]:
        match fact.what:
            case Speech() as speech:
                return self._spoken(case, speech)
            case e.CallJoined() as joined:
                return ownership.hear_joined(case, joined)
            case Introduced() as introduced:
                contact = introduced.contact
                now_with_both = ownership.hear_introduced(
                    case, introduced.hand_off_id, contact.contact_id, contact.at
                )
                return [contact, *now_with_both]
            case Feedback() | e.CustomerSpoke() as said:
                return self._heard(case, said)
            case e.CallEnded() as ended:
                return ownership.hear_ended(case, ended, self._now, self._rules.hand_off)
            case e.CallStarted() | e.ContactMade() as heard:
                return [heard]
            case _:
                raise TypeError(type(fact.what).__name__)

    def _spoken(self, case: Case, speech: Speech) -> Sequence[e.Event]:
        spoke = e.EmployeeSpoke(speech.employee_id, speech.segment_id, speech.spoken_at, text=speech.text)
        pack, playbook = self._rules.pack_of(case), self._rules.playbook_of(case)
        return listening.hear_employee(case, spoke, self._now, pack, playbook)

    def _heard(self, case: Case, said: Feedback | e.CustomerSpoke) -> Sequence[e.Event]:
        window = self._rules.reopen_window
        if isinstance(said, Feedback):
            return closing.hear_feedback(case, said, self._now, window)
        pack, playbook = self._rules.pack_of(case), self._rules.playbook_of(case)
        hints = listening.remind_owner(case, said, self._now, pack, playbook)
        heard = closing.hear_word(case, said, self._now, window)
        return [*heard, *solution.hear_severity(case, said), *_asked_again(case, said), *hints]

    def _open_successor(self, fact: Fact, old: Case, word: Word) -> None:
        new_id = str(self._ids.new())
        owner = self._owner_again(fact, old)
        playbook = self._rules.playbook_for(old.tenant_id)
        events = opening.follow_up_case(old, word, new_id, owner, self._now, playbook)
        self._apply(fact, (old.tenant_id, new_id), events)
        before = Earlier(old.case_id, old.category, old.cause_code, old.opened_at, old.closing)
        new = self.folding.find((old.tenant_id, new_id))
        if new is not None:
            graver = solution.hear_severity(new, fact.what) if isinstance(fact.what, e.CustomerSpoke) else []
            again = learning.repeats_by_category(new, [before])
            self._apply(fact, (old.tenant_id, new_id), [*graver, *again])
        self._apply(fact, (old.tenant_id, old.case_id), [e.SuccessorOpened(new_id)])

    def _owner_again(self, fact: Fact, old: Case) -> tuple[Person, Because]:
        """The person the customer knows, when they are here; else whoever fits best (P1.6)."""
        desk = self._desks[old.tenant_id]
        known = desk.employees.get(old.owner.employee_id)
        if known is not None and known.present:
            known.load += 1
            return known.person, Because.BEST_MATCH
        return self._choose(fact, Need("", subtag(old.language)))

    def _apply(self, fact: Fact, key: CaseKey, events: Sequence[e.Event]) -> None:
        self.folding.apply(key, events, self._now, fact.cause, fact.event.event_id)


def _customers(facts: Sequence[Fact], cases: Mapping[CaseKey, Case]) -> set[tuple[str, str]]:
    """Whose cases are about to be opened."""
    return {
        (fact.event.tenant_id, fact.what.customer_id)
        for fact in facts
        if isinstance(fact.what, Complaint) and fact.what.customer_id and fact.key not in cases
    }


def _owners_again(changes: Sequence[Change]) -> set[tuple[str, str]]:
    """Whose cases were closed and are open again: they may have left the company meanwhile."""
    return {
        (change.after.tenant_id, change.after.owner.employee_id)
        for change in changes
        if change.before and change.before.status is Status.CLOSED and change.after.status is Status.OPEN
    }


def _no_such_case(fact: Fact) -> None:
    if fact.needs_case:
        raise Rejected("unknown_case", "A customer's message names a case that was never opened.", fact.event)
    # the beginning of a call precedes the complaint made in it, and says nothing that the complaint does not
    log.debug("heard of a case not yet opened", case_id=fact.case_id, type=fact.event.type)
