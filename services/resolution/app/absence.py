"""Being away, and leaving. Cover: a colleague of equal or lower rank keeps promises without owning. Leaving:
every open case moves to somebody of equal or lower rank, in bounded batches that no crash between any two of
them loses: a timer comes back until nothing is left to move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.chassis.ids import Ids
from services.resolution.app import on_duty
from services.resolution.app.folding import Folding
from services.resolution.app.people import known
from services.resolution.app.ports import Work
from services.resolution.app.rules import Rules, subtag
from services.resolution.app.shapes import Cause
from services.resolution.app.turn import Caller, Turns
from services.resolution.domain.assignment import Desk, Employee, Need
from services.resolution.domain.covering import Cover, demand_cover
from services.resolution.domain.decide import leaving
from services.resolution.domain.decide.guard import demand_text
from services.resolution.domain.errors import Unknown
from services.resolution.domain.events import Event, staff
from services.resolution.domain.state import Case

CASES_AT_ONCE = 100
LOOK_AGAIN = timedelta(minutes=1)
"""Longer than any transaction: one that gave a case to somebody while they were leaving has ended by then."""


class Absence:
    """The commands around being away and leaving."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def start_cover(
        self, caller: Caller, employee_id: str, cover_id: str, starts_at: datetime | None, ends_at: datetime
    ) -> Cover:
        """From `starts_at` (None: now) until `ends_at` the cover keeps promises; one that was there before is
        replaced. Raises Unknown("unknown_employee") and what demand_cover raises."""
        now, tenant_id = self._turns.clock.now(), caller.tenant_id
        async with self._turns.works.begin(tenant_id) as work:
            away = known(await work.find_employee(tenant_id, employee_id), employee_id)
            person = known(await work.hold_employee(tenant_id, cover_id), cover_id).person
            cover = Cover(employee_id, person, starts_at or now, ends_at)
            demand_cover(away.person, person, cover.starts_at, ends_at, now)
            await work.set_timer(on_duty.COVER_TIMER, tenant_id, employee_id, ends_at)
            await _end(work, self._turns.ids, tenant_id, employee_id, now)
            await work.save_cover(tenant_id, cover)
            started = staff.CoverStarted(employee_id, person, cover.starts_at, ends_at)
            await on_duty.say(work, self._turns.ids, tenant_id, employee_id, [started], now)
        return cover

    async def end_cover(self, caller: Caller, employee_id: str) -> Cover:
        """Ends it sooner. Raises Unknown("no_cover")."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            now = self._turns.clock.now()
            ended = await _end(work, self._turns.ids, caller.tenant_id, employee_id, now)
        if ended is None:
            raise Unknown("no_cover", f"Nobody covers for {employee_id!r}.")
        return ended

    async def covers(self, caller: Caller, employee_id: str) -> Sequence[Cover]:
        """Who covers for one employee, or ("") for anybody."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            return await work.covers(caller.tenant_id, employee_id)

    async def let_leave(self, caller: Caller, employee_id: str, reason: str) -> int:
        """They are not with the company any more; how many open cases are to be moved. Asked again, how many
        are left. Raises Unknown("unknown_employee") and what demand_successors raises, with nothing moved."""
        reason = demand_text("reason", reason)
        now, tenant_id = self._turns.clock.now(), caller.tenant_id
        async with self._turns.works.begin(tenant_id) as work:
            await work.set_timer(on_duty.LEAVER_TIMER, tenant_id, employee_id, now)
            await work.set_timer(on_duty.ABSENT_TIMER, tenant_id, employee_id, now)
            await work.lock_duty(tenant_id)
            open_cases = await work.open_cases(tenant_id, employee_id)
            if await work.left(tenant_id, [employee_id]):
                return open_cases
            known(await work.find_employee(tenant_id, employee_id), employee_id)
            leaving.demand_successors(*await work.ranks_without(tenant_id, employee_id))
            await work.leave(tenant_id, employee_id, now)
            left = staff.EmployeeLeft(employee_id, now, open_cases, reason)
            await on_duty.say(work, self._turns.ids, tenant_id, employee_id, [left], now)
            await on_duty.look(work, self._turns.ids, tenant_id, now)
        return open_cases


async def _end(work: Work, ids: Ids, tenant_id: str, employee_id: str, now: datetime) -> Cover | None:
    before = await work.covers(tenant_id, employee_id)
    for cover in before:
        await work.end_cover(tenant_id, employee_id)
        ended = staff.CoverEnded(employee_id, cover.cover, now)
        await on_duty.say(work, ids, tenant_id, employee_id, [ended], now)
    return before[0] if before else None


class Returns:
    """Ends covers whose time is up."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    async def end(self, work: Work, due: Sequence[tuple[str, str]], now: datetime) -> None:
        """`due`: tenants with employees whose cover was to end by now; one that was prolonged stays."""
        for tenant_id, employee_id in sorted(due):
            for cover in await work.covers(tenant_id, employee_id):
                if cover.ends_at <= now:
                    await _end(work, self._ids, tenant_id, employee_id, now)


class Leavers:
    """Moves the cases of those who left."""

    def __init__(self, rules: Rules, ids: Ids) -> None:
        self._rules = rules
        self._ids = ids

    async def move(self, work: Work, due: Sequence[tuple[str, str]], now: datetime) -> None:
        """Some cases of each leaver, and a timer for the next. Who was hired again keeps theirs."""
        for tenant_id, leaver_id in sorted(due):
            left_at = (await work.left(tenant_id, [leaver_id])).get(leaver_id)
            if left_at is None:
                continue
            keys = await work.cases_of_leaver(tenant_id, leaver_id, CASES_AT_ONCE)
            cases = await work.lock_cases(keys)
            desks = _Desks(await work.list_employees(tenant_id))
            folding = Folding(cases, self._rules, self._ids)
            for key in sorted(set(keys) & cases.keys()):
                folding.apply(key, _moved(cases[key], leaver_id, desks, now), now, Cause(None, key[1]))
            await work.save(folding.changes())
            await work.publish(folding.said)
            if keys or now < left_at + LOOK_AGAIN:
                again = now if len(keys) >= CASES_AT_ONCE else now + LOOK_AGAIN
                await work.set_timer(on_duty.LEAVER_TIMER, tenant_id, leaver_id, again)


def _moved(case: Case, leaver_id: str, desks: _Desks, now: datetime) -> list[Event]:
    if case.owner.employee_id != leaver_id:
        return leaving.move_first_contact(case, leaver_id)
    owner, _ = desks.below(case.owner.rank).choose(Need("", subtag(case.language)))
    return leaving.move(case, leaver_id, owner, now)


class _Desks:
    """Who may own a case of some rank; loads are shared, so that a leaver's cases spread evenly."""

    def __init__(self, employees: Sequence[Employee]) -> None:
        self._employees = employees
        self._desks: dict[int, Desk] = {}

    def below(self, rank: int) -> Desk:
        if rank not in self._desks:
            self._desks[rank] = Desk.of(each for each in self._employees if each.person.rank <= rank)
        return self._desks[rank]
