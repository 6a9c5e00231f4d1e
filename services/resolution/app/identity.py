"""Customers that intake found to be one person: their cases go on under the survivor, and what is counted per
customer is counted together. Events: none of our own; intake has said it.

Of all who are one person the smallest id stays, whichever merges were heard and in whatever order; a merge
heard twice changes nothing. A complaint that still names a merged customer is the survivor's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from services.chassis.clock import Clock
from services.chassis.ids import Ids
from services.resolution.app.facts import Complaint, Fact, OnePerson
from services.resolution.app.folding import Folding
from services.resolution.app.ports import Work
from services.resolution.app.rules import Rules
from services.resolution.app.shapes import CaseKey
from services.resolution.domain import events as e
from services.resolution.domain.state import Case


class Identities:
    """Handles merges of customers. The caller's transaction sees exactly their tenants and is committed by
    the caller."""

    def __init__(self, rules: Rules, clock: Clock, ids: Ids) -> None:
        self._rules = rules
        self._clock = clock
        self._ids = ids

    async def hear(self, work: Work, merges: Sequence[OnePerson]) -> None:
        """Each in turn; one whose customers are known to be one person changes nothing."""
        for merge in merges:
            tenant_id = merge.event.tenant_id
            known = await work.hold_identities(tenant_id, merge.customer_ids)
            stays = min(known.values())
            gone = {*known.values()} - {stays}
            if gone:
                await self._rename(work, merge, gone, stays)
                await work.make_one(tenant_id, gone, stays)

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
    known = await work.known_as(customers) if customers else {}
    return [_of_survivor(fact, known) for fact in facts] if known else facts


def _of_survivor(fact: Fact, known: Mapping[tuple[str, str], str]) -> Fact:
    if not isinstance(fact.what, Complaint):
        return fact
    customer_id = fact.what.customer_id
    stays = known.get((fact.event.tenant_id, customer_id), customer_id)
    return replace(fact, what=replace(fact.what, customer_id=stays))
