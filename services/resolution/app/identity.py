"""Customers that intake found to be one person: their cases go on under the survivor, and what is counted per
customer is counted together. Events: none of our own; intake has said it.

Of all who are one person the smallest id stays, whichever merges were heard and in whatever order; a merge
heard twice changes nothing. A complaint that still names a merged customer is the survivor's.

A merge that was wrong is taken back when intake says so: the cases it names are the restored customer's
again, with what was given in them, whatever is heard of them or of the merge only later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from services.chassis.clock import Clock
from services.chassis.ids import Ids
from services.resolution.app.facts import Complaint, Fact, OnePerson, TwoPeople
from services.resolution.app.folding import Folding
from services.resolution.app.ports import Work
from services.resolution.app.rules import Rules
from services.resolution.app.shapes import CaseKey
from services.resolution.domain import events as e
from services.resolution.domain import parting
from services.resolution.domain.state import Case


class Identities:
    """Handles merges of customers. The caller's transaction sees exactly their tenants and is committed by
    the caller."""

    def __init__(self, rules: Rules, clock: Clock, ids: Ids) -> None:
        self._rules = rules
        self._clock = clock
        self._ids = ids

    async def hear(self, work: Work, said: Sequence[OnePerson | TwoPeople]) -> None:
        """Each in turn; one whose customers are known to be one person, or two, changes nothing."""
        for each in said:
            if isinstance(each, OnePerson):
                await self._merge(work, each)
            else:
                await self._split(work, each)

    async def _merge(self, work: Work, merge: OnePerson) -> None:
        tenant_id = merge.event.tenant_id
        known = await work.hold_identities(tenant_id, {merge.survivor, *merge.merged})
        parted = await work.parted_since(tenant_id, merge.merged, merge.merged_at)
        people = {who for customer_id, who in known.items() if customer_id not in parted}
        stays = min(people)
        gone = people - {stays}
        if gone:
            await self._rename(work, merge, gone, stays)
            await work.make_one(tenant_id, gone, stays)

    async def _split(self, work: Work, split: TwoPeople) -> None:
        tenant_id, restored = split.event.tenant_id, split.restored
        known = await work.hold_identities(tenant_id, {split.survivor, restored})
        if not await work.part(split):
            return
        survivor = known[split.survivor]
        cases = await _locked(work, tenant_id, {survivor, *known.values(), restored})
        named = {case_id: case for (_, case_id), case in cases.items()}
        theirs = parting.restored_cases(named, split.case_ids)
        await work.await_cases(split, split.case_ids - theirs)
        moving = [named[each] for each in sorted(theirs) if named[each].customer_id != restored]
        folding = self._restored(cases, moving, split)
        # What was given while they were one goes off the survivor's account here, for it is held no longer.
        await work.save(folding.changes())
        await work.publish(folding.said)
        joined = known[restored] != restored
        given = parting.given(moving).items()
        await work.make_two(
            split, survivor, moving, {of: value for of, value in given if joined or of.holder != restored}
        )
        for customer_id in (survivor, restored):
            of = [each for key in cases if (each := folding.get(key)) and each.customer_id == customer_id]
            await work.trust(tenant_id, customer_id, parting.last_confirmed(of))

    def _restored(self, cases: Mapping[CaseKey, Case], moving: Sequence[Case], split: TwoPeople) -> Folding:
        folding = Folding(cases, self._rules, self._ids)
        now = self._clock.now()
        for case in moving:
            restored = [e.CustomerRestored(split.restored)]
            folding.apply((case.tenant_id, case.case_id), restored, now, split.cause, split.event.event_id)
        return folding

    async def _rename(self, work: Work, merge: OnePerson, gone: Collection[str], stays: str) -> None:
        cases = await _locked(work, merge.event.tenant_id, gone)
        folding = Folding(cases, self._rules, self._ids)
        now = self._clock.now()
        for key, case in sorted(cases.items()):
            if case.customer_id in gone:
                folding.apply(key, [e.CustomerRenamed(stays)], now, merge.cause, merge.event.event_id)
        await work.save(folding.changes())
        await work.publish(folding.said)


async def _locked(work: Work, tenant_id: str, customer_ids: Collection[str]) -> dict[CaseKey, Case]:
    """Every case of these customers. One may open another (a late word, a split) until it is locked, so they
    are looked for until there is no other."""
    cases: dict[CaseKey, Case] = {}
    while more := await work.cases_of(tenant_id, customer_ids) - cases.keys():
        cases.update(await work.lock_cases(more))
    return cases


async def of_survivors(work: Work, facts: Sequence[Fact]) -> Sequence[Fact]:
    """The same facts, with complaints as those of who their customers are by now."""
    customers = {
        (fact.event.tenant_id, fact.what.customer_id)
        for fact in facts
        if isinstance(fact.what, Complaint) and fact.what.customer_id
    }
    if not customers:
        return facts
    known = await work.known_as(customers)
    awaited = await work.awaited({fact.key for fact in facts if isinstance(fact.what, Complaint)})
    return [_of_survivor(fact, known, awaited) for fact in facts] if known or awaited else facts


def _of_survivor(fact: Fact, known: Mapping[tuple[str, str], str], awaited: Mapping[CaseKey, str]) -> Fact:
    if not isinstance(fact.what, Complaint):
        return fact
    tenant_id = fact.event.tenant_id
    customer_id = awaited.get(fact.key, fact.what.customer_id)
    stays = known.get((tenant_id, customer_id), customer_id)
    return replace(fact, what=replace(fact.what, customer_id=stays))
