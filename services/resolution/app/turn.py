"""One command's turn on one case: lock it, decide, apply, write, in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from services.chassis.clock import Clock
from services.chassis.ids import Ids
from services.resolution.app.folding import Folding
from services.resolution.app.ports import Work, Works
from services.resolution.app.rules import Rules
from services.resolution.app.shapes import By, CaseKey, Cause
from services.resolution.domain import events as e
from services.resolution.domain.errors import NotNow, NotYours, Refusal, Unknown
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.state import Case
from services.resolution.domain.words import Person

MACHINE = Person("", "", 0)
"""Who acts when another system of the tenant's does."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What every command may say besides what it is for."""

    if_version: int = 0
    """The case's version that the caller has seen; 0 is whatever it is now."""
    on_behalf_of: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an employee of a tenant. employee_id is "" for a machine."""

    tenant_id: str
    employee_id: str
    meta: Meta = Meta()


class Turn:
    """What a handler works with. `case` is always as the events applied so far have made it."""

    def __init__(
        self, work: Work, folding: Folding, key: CaseKey, actor: Person, now: datetime, rules: Rules, by: By
    ):
        self.work = work
        self.actor = actor
        self.now = now
        self.rules = rules
        self._key = key
        self._folding = folding
        self._cause = Cause(None, key[1], by=by)

    @property
    def key(self) -> CaseKey:
        return self._key

    @property
    def case(self) -> Case:
        return self.other(self._key[1])

    def other(self, case_id: str) -> Case:
        """Another case of the turn, as the events applied so far have made it. A command names its case:
        unlike a customer's word, it is not carried on to a successor."""
        case = self._folding.get((self._key[0], case_id))
        if case is None:
            raise Unknown("unknown_case", "There is no such case.")
        return case

    @property
    def playbook(self) -> Playbook:
        return self.rules.playbook_of(self.case)

    def apply(self, events: Sequence[e.Event]) -> Case:
        """The case after `events`."""
        return self.apply_to(self._key[1], events)

    def apply_to(self, case_id: str, events: Sequence[e.Event]) -> Case:
        """Another case of the turn, or a new one, after `events`."""
        self._folding.apply((self._key[0], case_id), events, self.now, self._cause)
        return self.other(case_id)

    async def commit(self) -> None:
        """Writes what has been applied, if anything."""
        if self._folding.said:
            await self.work.save(self._folding.changes())
            await self.work.publish(self._folding.said)
            await self.work.wake_relay()


class Turns:
    """Where turns come from."""

    def __init__(self, works: Works, rules: Rules, clock: Clock, ids: Ids) -> None:
        self.works = works
        self.rules = rules
        self.clock = clock
        self.ids = ids

    @asynccontextmanager
    async def on(
        self, caller: Caller, case_id: str, *others: str, machine: bool = False
    ) -> AsyncIterator[Turn]:
        """A turn of a registered employee on a locked case, with `others` locked beside it. When the block
        raises, nothing is kept, except the events that a Refusal asks to keep on record: these are written
        before it goes on to the caller. A `machine` need not be an employee: for commands that only another
        system gives.

        Raises Unknown("unknown_case"), NotNow("case_changed") when the caller has seen another version, and
        what actor_of raises.
        """
        kept: Refusal | None = None
        async with self.works.begin(caller.tenant_id) as work:
            actor = MACHINE if machine else await actor_of(work, caller)
            turn = await self._begin(work, caller, (case_id, *others), actor)
            try:
                yield turn
            except Refusal as refusal:
                if not refusal.events:
                    raise
                turn.apply(refusal.events)
                kept = refusal
            await turn.commit()
        if kept is not None:
            raise kept

    async def _begin(self, work: Work, caller: Caller, case_ids: Sequence[str], actor: Person) -> Turn:
        meta = caller.meta
        keys = [(caller.tenant_id, case_id) for case_id in case_ids]
        cases = await work.lock_cases(keys)
        if not cases.keys() >= set(keys):
            raise Unknown("unknown_case", "There is no such case.")
        demand_version(cases[keys[0]], meta.if_version)
        folding = Folding({key: cases[key] for key in keys}, self.rules, self.ids)
        by = By(actor.employee_id, meta.on_behalf_of, meta.reason)
        return Turn(work, folding, keys[0], actor, self.clock.now(), self.rules, by)


async def actor_of(work: Work, caller: Caller) -> Person:
    """The caller as a registered employee. Raises NotYours("no_employee"), and Unknown("unknown_employee")
    when the caller acts on behalf of nobody we know: whose case it is depends on the caller alone."""
    employee = await work.find_employee(caller.tenant_id, caller.employee_id) if caller.employee_id else None
    if employee is None:
        raise NotYours("no_employee", "Only a registered employee may do this; this key is of none.")
    other = caller.meta.on_behalf_of
    if other and await work.find_employee(caller.tenant_id, other) is None:
        raise Unknown("unknown_employee", f"No employee {other!r} is registered to act on behalf of.")
    return employee.person


def demand_version(case: Case, if_version: int) -> None:
    """Raises NotNow("case_changed") when the caller has seen another version; 0 is whatever it is now."""
    if if_version and if_version != case.version:
        raise NotNow(
            "case_changed", "The case has changed since you read it.", {"version": str(case.version)}
        )
